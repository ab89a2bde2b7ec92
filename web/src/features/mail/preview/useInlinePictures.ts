import { useEffect, useState } from "react";
import type { Email, EmailBody } from "@/jmap";
import { downloadUrl } from "@/jmap";
import { bareCid } from "../html/safe";
import { useMail } from "../state/mail";
import { fileKind } from "../text/names";
import { fetchBlob } from "./files";

const NONE: ReadonlyMap<string, string> = new Map();

/**
 * The pictures inside a message, by content id, as addresses that only this page
 * can read. They are fetched when the message is opened and let go with it.
 */
export function useInlinePictures(email: Email, body: EmailBody): ReadonlyMap<string, string> {
  const { session, account } = useMail();
  const [held, setHeld] = useState<{ id: string; urls: ReadonlyMap<string, string> }>({ id: email.id, urls: NONE });
  useEffect(() => {
    const pictures = body.attachments.filter((part) => part.cid && part.blobId && fileKind(part.type, part.name) === "picture");
    const made: string[] = [];
    let isCurrent = true;
    const load = async (): Promise<void> => {
      const entries = await Promise.all(pictures.map(async ({ blobId, cid, type, name }) => {
        if (!blobId || !cid) return [];
        const file = { name: name ?? "picture", type, inline: true };
        const blob = await fetchBlob(downloadUrl(session, account.id, blobId, file), type).catch(() => null);
        if (!blob || !isCurrent) return []; // the frame shows its empty box; the attachment list still offers it
        const url = URL.createObjectURL(blob);
        made.push(url);
        return [[bareCid(cid), url] as const];
      }));
      if (isCurrent) setHeld({ id: email.id, urls: new Map(entries.flat()) });
    };
    if (pictures.length > 0) void load();
    return () => {
      isCurrent = false;
      for (const url of made) URL.revokeObjectURL(url);
    };
  }, [email.id, body, session, account]);
  return held.id === email.id ? held.urls : NONE;
}
