import { useEffect, useMemo, useState } from "react";
import type { BodyPart, EmailBody, EmailId } from "@/jmap";
import { downloadUrl } from "@/jmap";
import { bareCid } from "../html/safe";
import { useMail } from "../state/mail";
import { fileKind } from "../text/names";
import { fetchBlob } from "./files";

type Pictures = ReadonlyMap<string, string>;

const NONE: Pictures = new Map();
const PATIENCE_MS = 400;

/**
 * The pictures inside a message, by content id, as addresses that only this page
 * can read. They are fetched when the message is opened and let go with it.
 * Null for a moment at first, so that quick ones are there before the text is drawn.
 */
export function useInlinePictures(email: { readonly id: EmailId }, body: EmailBody): Pictures | null {
  const { session, account } = useMail();
  const pictures = useMemo(
    () => body.attachments.filter((part) => part.cid && part.blobId && fileKind(part.type, part.name) === "picture"),
    [body],
  );
  const [held, setHeld] = useState<Pictures | null>(pictures.length > 0 ? null : NONE);
  useEffect(() => {
    if (pictures.length === 0) return;
    const made: string[] = [];
    let isCurrent = true;
    const patience = setTimeout(() => { setHeld((now) => now ?? NONE); }, PATIENCE_MS);
    const addressOf = ({ blobId, type, name }: BodyPart): string =>
      blobId ? downloadUrl(session, account.id, blobId, { name: name ?? "picture", type, inline: true }) : "";
    const loaded = pictures.map(async (part): Promise<(readonly [string, string])[]> => {
      const blob = await fetchBlob(addressOf(part), part.type).catch(() => null);
      if (!blob || !isCurrent) return []; // the frame shows its empty box; the attachment list still offers it
      const url = URL.createObjectURL(blob);
      made.push(url);
      return [[bareCid(part.cid ?? ""), url]];
    });
    void Promise.all(loaded).then((entries) => { if (isCurrent) setHeld(new Map(entries.flat())); });
    return () => {
      isCurrent = false;
      clearTimeout(patience);
      for (const url of made) URL.revokeObjectURL(url);
    };
    // Attachments never change once told; the email stands for its body.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [email.id, pictures, session.downloadUrl, account]);
  return held;
}
