/**
 * What others have done with a letter's draft while it lay on the desk: with Outlook, from
 * another window, or a colleague. Pure.
 *
 *     as it was ──> waits to be sent ──> sent
 *        │ └──────> edited: two versions      (a person decides which)
 *        └── gone ──> sent · edited · deleted, once it is known
 *
 * Outlook copies drafts with their Message-ID. While the draft is there, what is like it is such a copy.
 */
import type { EmailAddress, EmailId, MailboxId, Submission } from "@/jmap";
import type { Trace, Traces } from "@/store";
import { liesIn } from "@/store";

export type Fate =
  | Sent
  | { readonly kind: "leaving"; readonly id: EmailId; readonly submission: Submission }
  /** `id`: the other version. */
  | { readonly kind: "edited"; readonly id: EmailId }
  /** Nobody knows yet: what was sent is seen a moment after the draft has gone. */
  | { readonly kind: "gone" }
  | { readonly kind: "deleted" };

/** `by`: who sent it for the mailbox, where that is told. `isOther`: to other people or under another subject, so perhaps a copy. */
export interface Sent {
  readonly kind: "sent";
  readonly id: EmailId;
  readonly at: Date;
  readonly by: string | null;
  readonly isFromHere: boolean;
  readonly isOther: boolean;
}

/** By which a letter is told from somebody's copy of it. Whom it names in secret is not told of all that is sent. */
export interface Headed {
  readonly to: readonly Pick<EmailAddress, "email">[] | null;
  readonly cc: readonly Pick<EmailAddress, "email">[] | null;
  readonly subject: string | null;
}

export interface Places {
  readonly sent: MailboxId | undefined;
  readonly trash: MailboxId | undefined;
  /** It was written on in the trash. */
  readonly wasInTrash: boolean;
}

/** Null: the draft is there as it was. `letter`: as it was last saved. `hadDraft`: there was a draft. */
export function fateOf({ draft, others }: Traces, letter: Headed, hadDraft: boolean, { sent, trash, wasInTrash }: Places): Fate | null {
  const isDraft = draft !== null && !isSent(draft);
  const isThere = isDraft && (wasInTrash || !liesIn(draft, trash));
  const kin = isThere ? [] : others;
  const all = draft ? [draft, ...kin] : kin;
  const gone = all.filter((each) => isSent(each) && (each === draft || isSameLetter(each, letter)));
  const [first] = gone.toSorted((one, other) => Number(liesIn(other, sent)) - Number(liesIn(one, sent)));
  if (first) return sentFate(first);
  const leaving = all.find((each) => !isSent(each) && each.submission !== null);
  if (leaving?.submission) return { kind: "leaving", id: leaving.id, submission: leaving.submission };
  if (isThere) return null;
  if (isDraft) return { kind: "deleted" };
  const drafts = kin.filter((each) => !isSent(each));
  const version = drafts.find((each) => !liesIn(each, trash));
  if (version) return { kind: "edited", id: version.id };
  if (!hadDraft) return null;
  return drafts.length > 0 ? { kind: "deleted" } : { kind: "gone" };
}

/** What is to be said of a draft that has been gone for long enough for all that was sent to be seen. */
export function fateAfterAll({ others }: Traces): Fate {
  const like = others.find(isSent);
  return like ? sentFate(like, true) : { kind: "deleted" };
}

function isSent({ keywords }: Trace): boolean {
  return keywords["$draft"] === undefined;
}

function isSameLetter(one: Headed, other: Headed): boolean {
  return JSON.stringify(heading(one)) === JSON.stringify(heading(other));
}

function heading({ to, cc, subject }: Headed): unknown {
  const people = [...(to ?? []), ...(cc ?? [])].map(({ email }) => email.trim().toLowerCase());
  return [(subject ?? "").trim(), [...new Set(people)].toSorted()];
}

function sentFate({ id, sentAt, receivedAt, sender, submission }: Trace, isOther = false): Sent {
  return { kind: "sent", id, at: new Date(sentAt ?? receivedAt), by: sender?.[0]?.name ?? null, isFromHere: submission !== null, isOther };
}

/** What is said stays said although it cannot be seen again: until somebody has read it, or the letter is saved. */
export function staysSaid(fate: Fate | null): boolean {
  return fate?.kind === "deleted" || (fate?.kind === "sent" && fate.isOther);
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
