/** Which part of a message is read. */
import type { BodyPart, EmailBody } from "@/jmap";
import { wordsOf } from "../html/heavy";

/**
 * What is read of a message: all of its texts in their order, as HTML where one of them is.
 * A file between two paragraphs, or what a list adds below, makes several of one letter.
 */
export function contentOf(body: EmailBody): { readonly content: string; readonly isHtml: boolean } {
  const parts = (body.htmlBody.length > 0 ? body.htmlBody : body.textBody).filter(({ type }) => type.toLowerCase().startsWith("text/"));
  const isHtml = parts.some(isHtmlPart);
  const texts = parts.map((part) => (isHtml && !isHtmlPart(part) ? asHtml(textOf(body, part)) : textOf(body, part)));
  return { content: texts.join("\n"), isHtml };
}

const isHtmlPart = ({ type }: BodyPart): boolean => type.toLowerCase() === "text/html";

function asHtml(text: string): string {
  return `<div style="white-space:pre-wrap">${text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</div>`;
}

function textOf(body: EmailBody, part: BodyPart | undefined): string {
  return part?.partId ? (body.bodyValues[part.partId]?.value ?? "") : "";
}

/** The sender's own plain text where there is one, else the words of the HTML. */
export function wordsInstead(body: EmailBody, html: string): string {
  const parts = body.textBody.filter(({ type }) => type.toLowerCase().startsWith("text/"));
  if (parts.length === 0 || parts.some(isHtmlPart)) return wordsOf(html);
  return parts.map((part) => textOf(body, part)).join("\n") || wordsOf(html);
}
