/**
 * Letters whose writer may not write in their mailbox any more. What a person has written is theirs; what
 * came from the mailbox goes from the page at once.
 */
import { MethodFailed, Offline, SetFailed } from "@/jmap";
import type { AssignedMailbox, Signal } from "@/store";
import type { Composer } from "./composer";
import type { Letter } from "./letter";
import { NO_ORIGIN } from "./letter";

/** "access": nothing of the mailbox may be seen. "writing": it may be read. */
export type Ended = "access" | "writing";

/** What an error says of the right to write; null: nothing. `isSaving`: a draft was to be stored. */
export function endedBy(error: unknown, isSaving: boolean): Ended | null {
  if (error instanceof MethodFailed) return error.type === "accountNotFound" ? "access" : error.type === "accountReadOnly" ? "writing" : null;
  const isForbidden = error instanceof SetFailed && [...error.refused.values()].some(({ type }) => type === "forbidden");
  return isSaving && isForbidden ? "writing" : null;
}

/** What is told of the assigned mailboxes; undefined while nothing is told. */
function endedAs(assigned: readonly AssignedMailbox[] | null, { accountId }: Pick<Composer, "accountId">): Ended | null | undefined {
  if (!assigned) return undefined;
  const mailbox = assigned.find(({ id }) => id === accountId);
  return mailbox ? (mailbox.level === "read" ? "writing" : null) : "access";
}

/** Its writer may not write in the mailbox any more, or may again. What came from a mailbox that may not be read goes for good. */
function end(composer: Composer, ended: Ended | null): void {
  if (composer.ended.get() === "access" || composer.ended.get() === ended) return;
  if (ended === "access") {
    composer.hold(null); // what the editor holds is shown no more: the next one begins with what is left
    composer.letter.set(withoutTheMailbox(composer.letter.get()));
    composer.origin = NO_ORIGIN;
    composer.touched(); // this browser's copy goes too
    composer.keeper.stop();
  }
  composer.trouble.set(null);
  composer.ended.set(ended);
}

/** What waits is saved now, and what was said of the missing line is not true any more. */
export function lineIsBack(composer: Composer): void {
  const trouble = composer.trouble.get();
  if (trouble && "error" in trouble && trouble.error instanceof Offline) composer.trouble.set(null);
  composer.keeper.retry();
}

/** End letters as soon as it is known, by the list of mailboxes or by what the server refuses. */
export function watchAccess(assigned: Signal<readonly AssignedMailbox[] | null>, composers: Signal<readonly Composer[]>): void {
  const met = new WeakSet<Composer>();
  const look = (composer: Composer): void => {
    const told = endedAs(assigned.get(), composer);
    if (told !== undefined) end(composer, told);
  };
  const hear = (composer: Composer): void => {
    const [saving, trouble] = [composer.keeper.state.get(), composer.trouble.get()];
    const ended = (saving.kind === "refused" ? endedBy(saving.error, true) : null) ?? (trouble && "error" in trouble ? endedBy(trouble.error, false) : null);
    if (ended) end(composer, ended);
  };
  const meet = (): void => {
    for (const composer of composers.get()) {
      if (met.has(composer)) continue;
      met.add(composer);
      composer.keeper.state.subscribe(() => { hear(composer); });
      composer.trouble.subscribe(() => { hear(composer); });
      look(composer);
    }
  };
  composers.subscribe(meet);
  assigned.subscribe(() => { for (const each of composers.get()) look(each); });
}

/** A forwarded message in a plain text begins so, in any language. */
const FORWARDED = /^-{5,}[^\n]*-{5,}$/mu;

/** What its writer has written: without what it quotes, and without files, which lie in the mailbox. */
export function withoutTheMailbox(letter: Letter): Letter {
  const [text = ""] = letter.text.split(FORWARDED);
  const { body } = new DOMParser().parseFromString(letter.html, "text/html");
  for (const each of body.querySelectorAll(".poststelle-quote, .poststelle-forward")) each.remove();
  const html = body.innerHTML;
  return {
    ...letter, html, text: text.split("\n").filter((line) => !line.startsWith(">")).join("\n").trimEnd(),
    files: letter.files.filter(({ cid }) => cid !== null && html.includes(`cid:${cid}`)),
  };
}
