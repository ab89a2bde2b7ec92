import type { AccountId } from "./types";

/** What an organisation's administrator is waited for. `code` is Microsoft's. Source: docs/api.md. */
export interface ApprovalState {
  readonly asked_at: string;
  /** null: not there yet. */
  readonly given_at: string | null;
  readonly code: string;
}

/** What a page says to who was handed the link to an approval. */
export interface ApprovalPage {
  readonly admin_consent_url: string;
  readonly scopes: readonly string[];
  /** Of the application by itself, where it is about them. */
  readonly permissions: readonly string[];
  readonly client_id: string;
  /** null: the reader's own. */
  readonly organisation: string | null;
  readonly is_given: boolean;
}

export type SetupStep = "entered" | "organisation" | "redirect" | "approved_redirect" | "credential" | "application";

/** What trying one step at Microsoft has shown. */
export interface Finding {
  readonly step: SetupStep;
  readonly outcome: "good" | "wrong" | "unknown" | "skipped";
  /** Microsoft's, or `app_missing`, `expired`, `unreachable`, `no_organisation`. */
  readonly code: string | null;
}

export interface SetupTest {
  readonly at: string;
  readonly findings: readonly Finding[];
}

export interface Tried {
  readonly address: string;
  readonly result: "open" | "shut" | "no_mailbox" | "unknown";
}

/** What the application opens by itself, and that it does not open a mailbox that is none of its business. */
export interface Proof {
  readonly at: string;
  /** null: it was repeated by itself. */
  readonly by: string | null;
  readonly verdict: "proven" | "too_wide" | "not_open" | "unproven";
  readonly opened: readonly Tried[];
  readonly control: Tried;
}

export interface Choosable {
  readonly id: AccountId;
  readonly address: string;
  readonly is_given: boolean;
}

export interface ProofSheet {
  readonly proof: Proof | null;
  readonly mailboxes: readonly Choosable[];
}

/** PowerShell for an Exchange administrator, filled in. */
export interface ExchangeCommands {
  readonly connect: string;
  readonly allow: string;
  readonly add: string;
  readonly test: string;
  readonly narrow: string;
}
