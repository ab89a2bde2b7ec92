/**
 * What others have done with a letter's draft while it lay on the desk: with Outlook, from
 * another window, or a colleague. Pure.
 *
 *     as it was ──> waits to be sent ──> sent
 *        │ └──────> edited: two versions      (a person decides which)
 *        └── gone ──> sent · edited · deleted, once it is known
 */
import type { EmailId, MailboxId, Submission } from "@/jmap";
import type { Trace, Traces } from "@/store";
import { liesIn } from "@/store";

export type Fate =
  /** `by`: who sent it for the mailbox, where that is told. */
  | { readonly kind: "sent"; readonly id: EmailId; readonly at: Date; readonly by: string | null; readonly isFromHere: boolean }
  | { readonly kind: "leaving"; readonly id: EmailId; readonly submission: Submission }
  /** `id`: the other version. */
  | { readonly kind: "edited"; readonly id: EmailId }
  /** Nobody knows yet: what was sent is seen a moment after the draft has gone. */
  | { readonly kind: "gone" }
  | { readonly kind: "deleted" };

export interface Places {
  readonly sent: MailboxId | undefined;
  readonly trash: MailboxId | undefined;
  /** It was written on in the trash. */
  readonly wasInTrash: boolean;
}

/** Null: the draft is there as it was. `hadDraft`: there was one. */
export function fateOf({ draft, others }: Traces, hadDraft: boolean, { sent, trash, wasInTrash }: Places): Fate | null {
  const all = draft ? [draft, ...others] : others;
  const gone = all.filter(isSent).toSorted((one, other) => Number(liesIn(other, sent)) - Number(liesIn(one, sent)));
  const [letter] = gone;
  if (letter) return sentFate(letter);
  const leaving = all.find(({ submission }) => submission !== null);
  if (leaving?.submission) return { kind: "leaving", id: leaving.id, submission: leaving.submission };
  const [other] = others.filter((each) => !liesIn(each, trash));
  if (other) return { kind: "edited", id: other.id };
  if (draft) return !wasInTrash && liesIn(draft, trash) ? { kind: "deleted" } : null;
  if (!hadDraft) return null;
  return others.length > 0 ? { kind: "deleted" } : { kind: "gone" };
}

function isSent({ keywords }: Trace): boolean {
  return keywords["$draft"] === undefined;
}

function sentFate({ id, sentAt, receivedAt, sender, submission }: Trace): Fate {
  return { kind: "sent", id, at: new Date(sentAt ?? receivedAt), by: sender?.[0]?.name ?? null, isFromHere: submission !== null };
}

/** Whether nothing may be saved before a person has decided, or more is known. */
export function holdsSaving(fate: Fate | null): boolean {
  return fate !== null && fate.kind !== "deleted";
}

/** How the Message-IDs of a letter's next drafts begin, and what tells its earlier ones: the same in every window. */
export function lineageOf(messageId: string | null): readonly string[] {
  if (messageId === null) return [];
  const ours = OURS.exec(messageId)?.[1];
  return ours ? [ours] : [digest(messageId), messageId];
}

const OURS = /^([0-9a-f]{24})\.[0-9a-f]{24}@/u;

/** 96 bits of FNV-1a, each 32 begun otherwise: nobody's secret, only the same for the same text. */
export function digest(text: string): string {
  return [0x811c9dc5, 0x9747b28c, 0x5bd1e995].map((seed) => {
    let hash = seed;
    for (const letter of text) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0;
    return hash.toString(16).padStart(8, "0");
  }).join("");
}
