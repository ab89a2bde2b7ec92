import { useEffect, useState } from "react";
import type { Boilerplate, WritingNeeds } from "@/api";
import { api } from "@/api";
import { useDates } from "@/i18n";
import { needsOf } from "../boilerplate/needs";
import { signatureFor } from "../boilerplate/filled";
import type { Composer } from "./composer";
import { unique } from "./addresses";
import { addressOf } from "./groups";
import { readied } from "./readied";

export interface Stock {
  /** Null until they are known. */
  readonly needs: WritingNeeds | null;
  /** Null: no signature. */
  readonly sign: (one: Boilerplate | null) => void;
  readonly insert: (one: Boilerplate) => void;
  /** Another sender address signs as it does; a signature that somebody chose by hand stays. */
  readonly followSender: (from: string, to: string) => void;
  /** Ask again: somebody has changed them. */
  readonly reload: () => void;
}

/** Whom the template goes to besides; who is a recipient already stays where they are. */
function takeRecipients(composer: Composer, one: Boilerplate): void {
  for (const field of ["to", "cc", "bcc"] as const) {
    const { to, cc, bcc, [field]: people } = composer.letter.get();
    const more = unique(one[field].map(addressOf), [...to, ...cc, ...bcc].map(({ email }) => email));
    if (more.length > 0) composer.change({ [field]: [...people, ...more] });
  }
}

/** Signatures and templates that can be put into a letter. */
export function useNeeds(composer: Composer): Stock {
  const { style: { locale } } = useDates();
  const [needs, setNeeds] = useState<WritingNeeds | null>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let isShown = true;
    needsOf(composer.accountId).then((known) => { if (isShown) setNeeds(known); }, () => undefined); // the menus say that nothing is known
    return () => { isShown = false; };
  }, [composer, turn]);
  const from = (): string => composer.author?.email ?? composer.address;
  const sign = (one: Boilerplate | null, by = from()): void => {
    if (needs) composer.sign(one && readied(composer, needs, one, by, locale));
  };
  return {
    needs, sign,
    insert: (one) => {
      if (!needs) return;
      const ready = readied(composer, needs, one, from(), locale);
      composer.insert(ready);
      const { subject } = composer.letter.get();
      if (ready.subject !== "" && subject.trim() === "") composer.change({ subject: ready.subject });
      takeRecipients(composer, one);
      composer.takeKept(one.files, () => api.bringTemplateFiles(composer.accountId, one.id));
    },
    followSender: (before, after) => {
      if (!needs) return;
      const [old, next] = [before, after].map((email) => signatureFor(needs, email, composer.isAnswer));
      const id = composer.letter.get().signature?.id ?? null;
      if ((old?.id ?? null) === id && old?.id !== next?.id) sign(next ?? null, after);
    },
    reload: () => { setTurn((old) => old + 1); },
  };
}
