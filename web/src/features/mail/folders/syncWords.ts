import { msg } from "@lingui/core/macro";
import type { MessageDescriptor } from "@lingui/core";
import type { SyncState } from "@/jmap";
import type { AssignedMailbox, Line } from "@/store";
import type { StateTone } from "@/ui";

export interface SyncWords {
  readonly tone: StateTone;
  readonly text: MessageDescriptor;
}

export interface Facts {
  readonly sync: SyncState | null;
  readonly mailbox: Pick<AssignedMailbox, "state" | "is_active" | "last_synced_at">;
  readonly line: Line;
  readonly clock: (instant: string) => string;
  readonly count: (value: number) => string;
}

/** The truth about a mailbox in one short line; what needs a person comes first. */
export function syncWords(facts: Facts): SyncWords {
  const { sync, mailbox, line, clock, count } = facts;
  const state = sync?.state ?? mailbox.state;
  const at = sync?.lastSyncedAt ?? mailbox.last_synced_at;
  if (line === "offline") return { tone: "bad", text: msg`No connection to the server` };
  if (state === "waiting_for_sign_in") return { tone: "attention", text: msg`Waiting for sign-in` };
  if (state === "sign_in_needed") return { tone: "attention", text: msg`Sign-in needed` };
  if (!(sync?.isActive ?? mailbox.is_active)) return { tone: "off", text: msg`Inactive: nothing new is fetched` };
  const problem = sync?.problem ? problemWords(sync, clock) : null;
  if (problem) return problem;
  if (sync && sync.phase !== "steady" && sync.expected > sync.held) {
    const [held, expected] = [count(sync.held), count(sync.expected)];
    return { tone: "waiting", text: msg`${held} of ${expected} loaded` };
  }
  if (sync && sync.pending > 0) {
    const pending = count(sync.pending);
    return { tone: "good", text: msg`connected, waiting changes: ${pending}` };
  }
  if (!at) return { tone: "waiting", text: msg`Being loaded for the first time` };
  const time = clock(at);
  return { tone: "good", text: msg`connected ${time}` };
}

function problemWords({ problem, retryAt }: SyncState, clock: Facts["clock"]): SyncWords {
  const time = retryAt ? clock(retryAt) : null;
  if (problem === "throttled") {
    return { tone: "waiting", text: time ? msg`Microsoft is slowing us down, continuing at ${time}` : msg`Microsoft is slowing us down` };
  }
  if (problem === "unreachable") {
    return { tone: "attention", text: time ? msg`Microsoft can't be reached, next try at ${time}` : msg`Microsoft can't be reached` };
  }
  return { tone: "bad", text: time ? msg`Synchronisation failed, next try at ${time}` : msg`Synchronisation failed` };
}
