/**
 * What a sender wrote into the lines around a message, as it may be shown: no mark in it turns
 * the direction of writing. Done where it comes in, so that no place that shows it can forget to.
 */
import type { Email, EmailAddress, EmailBody } from "@/jmap";
import { withoutTurning } from "@/lib/turning";

type Addresses = readonly EmailAddress[] | null;

export function readableRow(email: Email): Email {
  return {
    ...email,
    subject: email.subject && withoutTurning(email.subject),
    preview: withoutTurning(email.preview),
    from: people(email.from),
    to: people(email.to),
    "poststelle:categories": email["poststelle:categories"].map(withoutTurning),
  };
}

/** The addresses only: texts and names of files are made readable where they are drawn, as what is saved keeps its octets. */
export function readableBody(body: EmailBody): EmailBody {
  return { ...body, sender: people(body.sender), cc: people(body.cc), bcc: people(body.bcc), replyTo: people(body.replyTo) };
}

export function people(addresses: Addresses): Addresses {
  return addresses && addresses.map(({ name, email }) => ({ name: name && withoutTurning(name), email: withoutTurning(email) }));
}
