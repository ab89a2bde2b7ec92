import { useEffect, useMemo } from "react";
import { openFeature, useDates } from "@/i18n";
import type { EmailId } from "@/jmap";
import { useMe } from "@/session";
import type { AccountStore, AssignedMailbox, MailStore } from "@/store";
import { Value } from "@/store";
import { keepTyping } from "../state/typedAhead";
import type { LetterStart } from "../text/mailto";
import type { AnswerKind } from "./addresses";

/** What begins a letter. */
export interface Writing {
  /** Letters can be written in this mailbox; whether they may be sent is told there. */
  readonly isPossible: boolean;
  write(): void;
  /** Begin a letter that is begun already: by a mailto address, or by what another program shares. */
  writeOn(start: LetterStart): void;
  answer(kind: AnswerKind, id: EmailId): void;
  /** Write on a draft; one that waits to be sent is shown instead. */
  openDraft(id: EmailId): void;
}

export interface WritingOptions {
  readonly store: MailStore;
  readonly account: AccountStore;
  readonly mailbox: Pick<AssignedMailbox, "address" | "level" | "type">;
  readonly userId: string;
  /** For Intl. */
  readonly locale: string;
  readonly show: (id: EmailId) => void;
  readonly leave: (id: EmailId) => void;
}

/** Somebody has begun to write: from then on the desk is on the page. */
export const isDeskWanted = new Value(false);

/** Everything about writing comes with the first letter, so that the list is there sooner. */
const load = async () => {
  const [beginning] = await Promise.all([import("./begin"), openFeature("mail/compose")]);
  return beginning;
};

/** Begin a letter; false when there is none. Keys typed meanwhile are the letter's. */
async function begin(how: (beginning: Awaited<ReturnType<typeof load>>) => Promise<unknown>): Promise<boolean> {
  isDeskWanted.set(true);
  const letter = keepTyping();
  try {
    const isBegun = await how(await load()) !== false;
    if (isBegun) letter.come(); else letter.fail();
    return isBegun;
  } catch (error) {
    letter.fail();
    throw error;
  }
}

const SOON_MS = 6_000;

/** All that writing needs comes a while after the list, so that a letter is there when it is begun. */
export function useWritingSoon(): void {
  useEffect(() => {
    const timer = setTimeout(() => { Promise.all([load(), import("./ComposerDesk"), import("./ComposerPanel")]).catch(() => undefined); }, SOON_MS);
    return () => { clearTimeout(timer); };
  }, []);
}

/** What begins letters in one mailbox. */
export function writingIn({ store, account, mailbox: { address, level, type }, userId, locale, show, leave }: WritingOptions): Writing {
  const place = { store, userId, account, address, locale };
  const fail = (error: unknown): void => { account.problem.set(error); };
  return {
    isPossible: level !== "read" && type !== "local",
    write: () => { begin(({ write }) => write(place)).catch(fail); },
    writeOn: (start) => { begin(({ write }) => write(place, start)).catch(fail); },
    answer: (kind, id) => { begin(({ answer }) => answer(place, kind, id)).catch(fail); },
    openDraft: (id) => {
      if (account.waiting.of(id)) { show(id); return; } // at once: the next key is meant for it
      begin(({ openDraft }) => openDraft(place, id)).then((isOpen) => { if (isOpen) leave(id); else show(id); }).catch(fail);
    },
  };
}

export function useWriting({ store, account, mailbox: { address, level, type }, show, leave }: Omit<WritingOptions, "userId" | "locale">): Writing {
  const { style: { locale } } = useDates();
  const userId = useMe().id;
  return useMemo(
    () => writingIn({ store, account, mailbox: { address, level, type }, userId, locale, show, leave }),
    [store, userId, account, address, level, type, show, leave, locale],
  );
}
