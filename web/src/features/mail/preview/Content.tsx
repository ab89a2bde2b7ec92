import { useLingui } from "@lingui/react/macro";
import { FileText } from "lucide-react";
import { useMemo, useState } from "react";
import type { Email, EmailBody } from "@/jmap";
import type { AttachedMessage } from "@/store";
import { isHeavy } from "../html/heavy";
import { foldQuotes, isForward } from "../html/quotes";
import { safeHtml } from "../html/safe";
import { useMail } from "../state/mail";
import { Attachments } from "./Attachments";
import { contentOf, wordsInstead } from "./body";
import { Held, HeldPictures, PicturesOf } from "./HeldPictures";
import { HtmlBody } from "./HtmlBody";
import { TextBody } from "./TextBody";
import { useInlinePictures } from "./useInlinePictures";

const NO_WORDS: readonly string[] = [];

export interface ContentProps {
  /** A stored message, or one that is attached to it. */
  readonly email: Pick<AttachedMessage, "id" | "blobId" | "subject" | "hasAttachment">;
  readonly body: EmailBody;
  /** What its frame is called. */
  readonly title: string;
  /** The reader asked for its pictures from outside. */
  readonly mayFetch: boolean;
  readonly onFetch: () => void;
  /** The message itself, where it is stored: a choice can be made for all of its sender's. */
  readonly stored?: Email;
  /** How deep it is attached; 0: it is stored. */
  readonly depth?: number;
}

/** What a message says: what was held back, text, attachments. */
export function Content({ email, body, title, mayFetch, onFetch, stored, depth = 0 }: ContentProps) {
  const { t } = useLingui();
  const { screen, search } = useMail();
  const [isBuilt, setBuilt] = useState(false);
  const pictures = useInlinePictures(email, body);
  const words = search?.words ?? NO_WORDS;
  const { content, isHtml } = contentOf(body);
  const isTooMuch = useMemo(() => isHtml && isHeavy(content), [isHtml, content]);
  const isDrawn = isHtml && (isBuilt || !isTooMuch);
  const label = t`Quoted text`;
  const isSearched = words.length > 0;
  const isPassedOn = isForward(email.subject);
  const mail = useMemo(() => {
    if (!isDrawn) return null;
    const fold = (root: HTMLElement): void => { foldQuotes(root, { label, isForward: isPassedOn, isOpen: isSearched }); };
    return safeHtml(content, { outside: mayFetch ? "named" : "held", cidUrl: (cid) => pictures?.get(cid) ?? null, fold });
  }, [isDrawn, content, mayFetch, pictures, label, isPassedOn, isSearched]);
  const text = useMemo(() => (isDrawn ? "" : isHtml ? wordsInstead(body, content) : content), [isDrawn, isHtml, body, content]);
  if (pictures === null) return null;
  const shown = mail?.cids ?? new Set<string>();
  return (
    <>
      {mail?.hasRemote && !mayFetch && (stored ? <PicturesOf email={stored} onShow={onFetch} /> : <HeldPictures onShow={onFetch} />)}
      {isTooMuch && !isBuilt && <TooMuch onBuild={() => { setBuilt(true); }} />}
      {content.trim() === "" && <p className="px-6 py-4 text-muted">{t`This message has no text.`}</p>}
      {mail ? <HtmlBody mail={mail} blob={email.blobId} title={title} marginPx={screen === "phone" ? 16 : 24} words={words} /> : <TextBody text={text} isForward={isPassedOn} />}
      {email.hasAttachment && !body["poststelle:isComplete"] && (
        <p className="border-t border-border px-4 py-3 text-list text-muted phone:px-6">{t`The attachments are still at Microsoft and will be fetched.`}</p>
      )}
      <Attachments body={body} subject={email.subject} shownInline={shown} depth={depth} />
    </>
  );
}

/** The message would hold the page up: its words come first, its looks when asked for. */
function TooMuch({ onBuild }: { readonly onBuild: () => void }) {
  const { t } = useLingui();
  return (
    <Held icon={<FileText size={16} aria-hidden className="shrink-0" />} deed={t`Show as sent`} onDeed={onBuild}>
      {t`This message is unusually large. You see its text alone, so that the page stays quick.`}
    </Held>
  );
}
