/** Which part of a message is read. */
import type { BodyPart, EmailBody } from "@/jmap";
import { wordsOf } from "../html/heavy";

/** What is read of a message: its HTML, or its plain text. */
export function contentOf(body: EmailBody): { readonly content: string; readonly isHtml: boolean } {
  const part = body.htmlBody[0] ?? body.textBody[0];
  return { content: textOf(body, part), isHtml: part?.type.toLowerCase() === "text/html" };
}

function textOf(body: EmailBody, part: BodyPart | undefined): string {
  return part?.partId ? (body.bodyValues[part.partId]?.value ?? "") : "";
}

/** The sender's own plain text where there is one, else the words of the HTML. */
export function wordsInstead(body: EmailBody, html: string): string {
  const plain = body.textBody.find((part) => part.type.toLowerCase() === "text/plain");
  return textOf(body, plain) || wordsOf(html);
}
