import { i18n } from "@lingui/core";
import { beforeEach, expect, test } from "vitest";
import type { AccountRow, AccountState } from "@/api";
import { syncWords } from "@/features/mail/folders/syncWords";
import { rowState } from "@/features/settings/words";

beforeEach(() => i18n.loadAndActivate({ locale: "en", messages: {} }));

const row = (state: AccountState): AccountRow => ({
  id: "a1",
  type: "graph",
  address: "info@example.org",
  name: "",
  state,
  state_reason: null,
  is_active: true,
  last_synced_at: "2026-05-01T08:00:00Z",
  sync: { phase: "steady", expected: 1, held: 1, pending: 0, problem: null, problem_detail: null, retry_at: null, poll_s: 16, notified_until: null, notify_problem: null },
  users: [], teams: [],
  sign_in: null,
  created_at: "2026-05-01T08:00:00Z",
});

test.each(["waiting_for_sign_in", "connected", "sign_in_needed"] as const)(
  "%s has the same sign in the settings and in the mailbox drop-down",
  (state) => {
    const mailbox = row(state);
    const inMail = syncWords({ sync: null, mailbox, line: "online", clock: () => "12:03", count: String, pause: null });
    expect(inMail.tone).toBe(rowState(mailbox).tone);
  },
);
