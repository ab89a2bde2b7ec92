/** The note while it is written, and what becomes of it. Pure but for the texts, which the editors hold. */
import type { AutomaticReply, ReplyAudience } from "@/api";
import { localText } from "../compose/later";

export interface ReplyForm {
  readonly isOn: boolean;
  /** For `<input type=datetime-local>`; empty: at once, or until it is switched off. */
  readonly from: string;
  readonly to: string;
  readonly audience: ReplyAudience;
  /** People outside get the text that people inside get. */
  readonly isSame: boolean;
}

export interface ReplyTexts {
  readonly internal: string;
  readonly external: string;
}

export function formOf({ is_enabled, from, to, internal, external, audience }: AutomaticReply): ReplyForm {
  return { isOn: is_enabled, from: local(from), to: local(to), audience, isSame: external === internal || external.trim() === "" };
}

/** A moment that was not touched stays as it is, to the second. */
export function replyOf(form: ReplyForm, texts: ReplyTexts, before: AutomaticReply): AutomaticReply {
  return {
    is_enabled: form.isOn,
    from: instant(form.from, before.from),
    to: instant(form.to, before.to),
    internal: texts.internal,
    external: form.isSame ? texts.internal : texts.external,
    audience: form.audience,
  };
}

const local = (at: string | null): string => (at === null ? "" : localText(new Date(at)));

function instant(text: string, before: string | null): string | null {
  if (text === "") return null;
  return text === local(before) ? before : new Date(text).toISOString();
}
