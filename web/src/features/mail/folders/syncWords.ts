import { msg, plural } from "@lingui/core/macro";
import type { MessageDescriptor } from "@lingui/core";
import type { SyncState } from "@/jmap";
import type { AssignedMailbox, Line } from "@/store";
import { accountTone, type StateTone } from "@/ui";

export interface SyncWords {
  readonly tone: StateTone;
  readonly text: MessageDescriptor;
}

export interface Facts {
  readonly sync: SyncState | null;
  readonly mailbox: Pick<AssignedMailbox, "type" | "state" | "is_active" | "last_synced_at" | "sync">;
  readonly line: Line;
  readonly clock: (instant: string) => string;
  readonly count: (value: number) => string;
  /** How long Microsoft's pause still lasts, in words; null when it has none or it is over. */
  readonly pause: string | null;
}

/** The truth about a mailbox in one short line; what needs a person comes first. */
export function syncWords(facts: Facts): SyncWords {
  const { sync, mailbox, line, clock, count } = facts;
  const state = sync?.state ?? mailbox.state;
  const at = sync?.lastSyncedAt ?? mailbox.last_synced_at;
  if (mailbox.type === "local") return internalWords(line);
  if (line === "offline") return offlineWords(at ? clock(at) : null, sync?.held ?? mailbox.sync.held, count);
  if (state === "waiting_for_sign_in") return { tone: accountTone[state], text: msg`Waiting for sign-in` };
  if (state === "sign_in_needed") return { tone: accountTone[state], text: msg`Sign-in needed` };
  if (!(sync?.isActive ?? mailbox.is_active)) return { tone: "off", text: msg`Inactive: nothing new is fetched` };
  const problem = sync?.problem ? problemWords(sync, facts) : null;
  if (problem) return problem;
  if (sync && sync.phase !== "steady" && sync.expected > sync.held) {
    const [held, expected] = [count(sync.held), count(sync.expected)];
    return { tone: "waiting", text: msg`${held} of ${expected} loaded` };
  }
  if (sync && sync.pending > 0) {
    return { tone: "good", text: msg`${plural(sync.pending, { one: "connected, # change waiting", other: "connected, # changes waiting" })}` };
  }
  if (!at) return { tone: "waiting", text: msg`Being loaded for the first time` };
  const time = clock(at);
  return { tone: "good", text: msg`connected ${time}` };
}

/** Nothing is synchronised: what is shown is the mailbox itself. */
function internalWords(line: Line): SyncWords {
  return line === "offline" ? { tone: "off", text: msg`as loaded last` } : { tone: "good", text: msg`Internal mailbox` };
}

/** The page's head says that the line is cut; here how old is what is shown, during the first synchronisation how much it is. */
function offlineWords(time: string | null, held: number, count: Facts["count"]): SyncWords {
  if (time) return { tone: "off", text: msg`as of ${time}` };
  const number = count(held);
  return { tone: "off", text: held > 0 ? msg`${plural(held, { one: "one message loaded", other: `${number} messages loaded` })}` : msg`not loaded yet` };
}

function problemWords({ problem, retryAt }: SyncState, { clock, pause }: Facts): SyncWords {
  const time = retryAt ? clock(retryAt) : null;
  if (problem === "throttled") {
    return { tone: "waiting", text: pause ? msg`Microsoft asks for a pause, continuing in ${pause}` : msg`Microsoft asks for a pause` };
  }
  if (problem === "unreachable") {
    return { tone: "attention", text: time ? msg`Microsoft can't be reached, next try at ${time}` : msg`Microsoft can't be reached` };
  }
  return { tone: "bad", text: time ? msg`Synchronisation failed, next try at ${time}` : msg`Synchronisation failed` };
}

/** How changes made elsewhere come here; null while nothing was read yet. */
export function arrivalWords({ notifiedUntil, lastSyncedAt, pollSeconds }: SyncState): MessageDescriptor | null {
  if (notifiedUntil && Date.parse(notifiedUntil) > Date.parse(lastSyncedAt ?? "1970-01-01")) return msg`told by Microsoft at once`;
  if (pollSeconds === null) return null;
  const seconds = Math.max(1, Math.round(pollSeconds));
  return msg`${plural(seconds, { one: "asked for every second", other: "asked for every # seconds" })}`;
}
