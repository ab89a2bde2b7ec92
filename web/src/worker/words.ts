/** What a notification says. */
import { plural, t } from "@lingui/core/macro";
import type { MailboxNews, NewMail } from "./news";

export interface Words {
  readonly title: string;
  readonly body: string;
}

const MOST_NAMES = 4;

/** One message by its sender and subject, several by their number and senders; discreetly by their number alone. */
export function newsWords({ name }: Pick<MailboxNews, "name">, mail: readonly NewMail[], isDiscreet: boolean): Words {
  const [first, ...others] = mail;
  const count = mail.length;
  const title = plural(count, { one: `New message in ${name}`, other: `# new messages in ${name}` });
  if (isDiscreet || !first) return { title, body: "" };
  if (others.length > 0) return { title, body: names(mail) };
  return { title: first.sender || t`(unknown)`, body: `${first.subject || t`(no subject)`}\n${name}` };
}

/** A push came, and the server could not be asked what it is about. */
export function blindWords(names: readonly string[]): Words {
  return { title: t`New mail`, body: names.join(", ") };
}

function names(mail: readonly NewMail[]): string {
  const all = [...new Set(mail.map(({ sender }) => sender || t`(unknown)`))];
  const shown = all.slice(0, MOST_NAMES).join(", ");
  return all.length > MOST_NAMES ? `${shown} …` : shown;
}
