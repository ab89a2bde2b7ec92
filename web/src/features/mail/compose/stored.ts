/** Stored messages as letters: what is written on, answered or forwarded. */
import type { EmailBody } from "@/jmap";
import type { StoredMessage } from "@/store";
import { bareCid } from "../html/safe";
import { fileKind } from "../text/names";
import { lineageOf } from "./fate";
import type { Letter, LetterFile, Origin } from "./letter";
import { NO_ORIGIN } from "./letter";
import { cleanedHtml, shownPictures } from "./quote";

/** Files of a stored message as files of a letter: those that stand in `html` by their content id are pictures of it. */
export function filesOf(body: Pick<EmailBody, "attachments">, html: string): readonly LetterFile[] {
  const shown = shownPictures(html);
  return body.attachments.map(({ blobId, name, type, size, cid }) => {
    const bare = cid ? bareCid(cid) : null;
    const isPicture = blobId !== null && bare !== null && shown.has(bare);
    const called = name ?? (fileKind(type, name) === "message" ? "message.eml" : "file");
    return { key: randomId(), name: called, type, size, cid: isPicture ? bare : null, blobId, ...(blobId === null ? { isCloud: true } : {}) };
  });
}

export function letterOf(stored: StoredMessage): Letter {
  const part = stored.htmlBody[0] ?? stored.textBody[0];
  const value = part?.partId ? (stored.bodyValues[part.partId]?.value ?? "") : "";
  const isPlain = part?.type.toLowerCase() === "text/plain";
  const html = isPlain ? "" : cleanedHtml(value);
  return {
    identity: null, to: stored.to ?? [], cc: stored.cc ?? [], bcc: stored.bcc ?? [], subject: stored.subject ?? "",
    isPlain, html, text: isPlain ? value : "", importance: stored["poststelle:importance"],
    asksReceipt: stored["poststelle:receipt"] === "asked", files: filesOf(stored, html), signature: null,
    awaitsFiles: hasUnknownFiles(stored, html), lineage: lineageOf(stored.messageId?.[0] ?? null),
  };
}

/** Its files, or the pictures in its text, could not be listed yet. */
export function hasUnknownFiles(stored: Pick<StoredMessage, "hasAttachment" | "poststelle:isComplete">, html: string): boolean {
  return !stored["poststelle:isComplete"] && (stored.hasAttachment || shownPictures(html).size > 0);
}

export function originOfDraft({ inReplyTo, references }: StoredMessage): Origin {
  return { ...NO_ORIGIN, inReplyTo: inReplyTo ?? [], references: references ?? [] };
}

/** Also where the page came over plain http, which has no `randomUUID`. */
export function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (octet) => octet.toString(16).padStart(2, "0")).join("");
}
