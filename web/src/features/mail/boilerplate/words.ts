/** Placeholders as pages name and write them. */
import { t } from "@lingui/core/macro";
import type { Mailbox, Me } from "@/api";
import type { Meaning, Values } from "@/lib/placeholders";

export interface PlaceholderChoice {
  readonly meaning: Meaning;
  /** As it is written into a text, in the language of the page. */
  readonly sign: string;
  readonly label: string;
}

const braced = (name: string): string => `{{${name}}}`;

/** Those of letters, and for templates those of who they go to and what they are about. */
export function placeholderChoices(isTemplate: boolean): readonly PlaceholderChoice[] {
  const all: readonly PlaceholderChoice[] = [
    { meaning: "name", sign: braced(t({ message: "name", context: "placeholder" })), label: t`Your name` },
    { meaning: "position", sign: braced(t({ message: "position", context: "placeholder" })), label: t`Your position` },
    { meaning: "phone", sign: braced(t({ message: "phone", context: "placeholder" })), label: t`Your phone number` },
    { meaning: "email", sign: braced(t({ message: "e-mail", context: "placeholder" })), label: t`Your e-mail address` },
    { meaning: "email_name", sign: braced(t({ message: "e-mail name", context: "placeholder" })), label: t`E-mail name, as recipients see it` },
    { meaning: "mailbox_name", sign: braced(t({ message: "mailbox name", context: "placeholder" })), label: t`Name of the mailbox` },
    { meaning: "mailbox_address", sign: braced(t({ message: "mailbox address", context: "placeholder" })), label: t`Address of the mailbox` },
    { meaning: "date", sign: braced(t({ message: "date", context: "placeholder" })), label: t`The day` },
  ];
  const ofLetters: readonly PlaceholderChoice[] = [
    { meaning: "recipient_name", sign: braced(t({ message: "recipient name", context: "placeholder" })), label: t`Name of the first recipient` },
    { meaning: "recipient_first_name", sign: braced(t({ message: "recipient first name", context: "placeholder" })), label: t`First name of the first recipient` },
    { meaning: "subject", sign: braced(t({ message: "subject", context: "placeholder" })), label: t`Subject` },
  ];
  return isTemplate ? [...ofLetters, ...all] : all;
}

/** What they come to for oneself, in this mailbox or the first of one's own; recipient and subject are examples. */
export function ownValues(me: Me, mailbox: Pick<Mailbox, "name" | "address"> | null, locale: string): Values {
  const address = mailbox?.address ?? "";
  return {
    name: me.name, email: me.email || address, phone: me.phone, position: me.position,
    email_name: mailbox?.name || me.name, mailbox_name: mailbox?.name || address, mailbox_address: address,
    date: new Intl.DateTimeFormat(locale, { dateStyle: "medium" }).format(new Date()),
    recipient_name: t`Jane Doe`, recipient_first_name: t`Jane`, subject: t`Your enquiry`,
  };
}
