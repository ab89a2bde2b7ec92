/**
 * A message that is attached to another one, read where it lies: the server takes its octets apart, at
 * whatever depth. Nothing of it is stored, so it has no folder, no keywords, no id but its blob's.
 * Source: RFC 8621 §4.9.
 */
import { MethodFailed } from "@/jmap";
import type { BlobId, EmailBody, EmailId, ParsedEmail } from "@/jmap";
import { withoutTurning } from "@/lib/turning";
import type { AccountStore } from "./account";
import { people, readableBody } from "./readable";

/** What can be read of a message, stored or attached. `id` is its own, or its blob's. */
export interface AttachedMessage {
  readonly id: EmailId;
  readonly blobId: BlobId;
  readonly subject: string | null;
  readonly from: ParsedEmail["from"];
  readonly to: ParsedEmail["to"];
  readonly hasAttachment: boolean;
  readonly body: EmailBody;
}

/** The file is none, whatever it is called: an appointment, a contact, something broken. */
export class NoMessage extends Error {
  override readonly name = "NoMessage";
}

const PROPERTIES = ["subject", "from", "to", "hasAttachment", "sender", "cc", "bcc", "replyTo", "sentAt", "bodyValues", "textBody", "htmlBody", "attachments"] as const;

/** Read it; it may have to be fetched from Microsoft first. Throws NoMessage, MethodFailed `notFound`, and what breaks a request. */
export async function loadAttached({ client, id: accountId }: AccountStore, blobId: BlobId): Promise<AttachedMessage> {
  const { parsed, notFound } = await client.call("Email/parse", {
    accountId, blobIds: [blobId], properties: PROPERTIES, fetchTextBodyValues: true, fetchHTMLBodyValues: true,
  }).result;
  const told = parsed?.[blobId];
  if (!told && notFound?.includes(blobId)) throw new MethodFailed("Email/parse", "notFound", "The attached message is no longer there");
  if (!told || isNothing(told)) throw new NoMessage(blobId);
  const id = blobId as string as EmailId;
  return {
    id, blobId, subject: told.subject && withoutTurning(told.subject), from: people(told.from), to: people(told.to), hasAttachment: told.hasAttachment,
    body: readableBody({ ...told, id, "poststelle:isComplete": true }),
  };
}

/** Some words with a colon behind the first one are a header to whoever looks for one. */
function isNothing({ subject, from, to, sentAt, attachments, bodyValues }: ParsedEmail): boolean {
  const isEmpty = Object.values(bodyValues).every(({ value }) => value.trim() === "");
  return !subject && !from?.length && !to?.length && !sentAt && attachments.length === 0 && isEmpty;
}
