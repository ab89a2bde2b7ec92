import { useEffect } from "react";
import type { RefObject } from "react";
import type { BlobId } from "@/jmap";
import { useMail } from "../state/mail";

/** Brings the pictures from outside that a message names into its frame, for as long as it is shown. */
export function useOutsidePictures(frame: RefObject<HTMLIFrameElement | null>, blob: BlobId, urls: readonly string[]): void {
  const { account } = useMail();
  const all = urls.join("\n");
  useEffect(() => {
    const element = frame.current;
    if (all === "" || !element) return;
    const ended = new AbortController();
    void import("./outside")
      .then(async ({ showPictures }) => { await showPictures(element, { account: account.id, blob, urls: all.split("\n") }, ended.signal); })
      .catch(() => undefined); // the boxes stay empty
    return () => { ended.abort(); };
  }, [frame, account, blob, all]);
}
