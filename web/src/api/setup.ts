import type { ApprovalPage, ExchangeCommands, ProofSheet, SetupTest } from "./setup-types";
import type { AccountId } from "./types";
import { request } from "./request";

export type { ApprovalPage, ApprovalState, Choosable, ExchangeCommands, Finding, Proof, ProofSheet, SetupStep, SetupTest, Tried } from "./setup-types";

/** Calls of the guide to the app registration, and of the page that is handed on. */
export const setup = {
  test: () => request<SetupTest>("POST", "/api/settings/microsoft/test", {}),
  proof: () => request<ProofSheet>("GET", "/api/settings/microsoft/proof"),
  prove: (accounts: readonly AccountId[], control: string) =>
    request<ProofSheet>("POST", "/api/settings/microsoft/proof", { accounts, control }),
  commands: (accounts: readonly AccountId[], control: string) =>
    request<ExchangeCommands>("POST", "/api/settings/microsoft/commands", { accounts, control }),
  approvalPage: (link: string) => request<ApprovalPage>("GET", `/api/approvals/${encodeURIComponent(link)}`),
};
