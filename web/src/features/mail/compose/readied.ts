/** Boilerplate for one letter: who writes to whom about what is known. */
import type { Boilerplate, WritingNeeds } from "@/api";
import type { Filled } from "../boilerplate/filled";
import { filled, valuesOf } from "../boilerplate/filled";
import type { Composer } from "./composer";

export function readied(composer: Composer, needs: WritingNeeds, one: Boilerplate, from: string, locale: string): Filled {
  const { to, cc, bcc, subject } = composer.now();
  const values = valuesOf(needs, { from, recipients: [...to, ...cc, ...bcc], subject, day: new Date(), locale });
  return filled(one, values, composer.makeCid);
}
