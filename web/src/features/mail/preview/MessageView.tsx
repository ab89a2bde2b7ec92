import { useLingui } from "@lingui/react/macro";
import { FileText } from "lucide-react";
import { useMemo, useState } from "react";
import type { BodyPart, Email, EmailBody, MailboxId } from "@/jmap";
import { Banner, Button, SkeletonRows } from "@/ui";
import { AnswerBar, WaitsToBeSent } from "../compose/AnswerBar";
import { NotLoaded } from "../MailError";
import { isHeavy, wordsOf } from "../html/heavy";
import { safeHtml } from "../html/safe";
import { PresenceLine } from "../presence/PresenceLine";
import type { Loaded } from "../state/hooks";
import { homeOf, useMail } from "../state/mail";
import { Attachments } from "./Attachments";
import { Held, HeldPictures } from "./HeldPictures";
import { HtmlBody } from "./HtmlBody";
import { MessageBar } from "./MessageBar";
import { MessageHead } from "./MessageHead";
import { ReceiptAsked } from "./ReceiptAsked";
import { TextBody } from "./TextBody";
import { useInlinePictures } from "./useInlinePictures";

export interface MessageViewProps {
  readonly email: Email;
  readonly body: Loaded<EmailBody>;
}

/** One message: deeds, head, what was held back, text, attachments. */
export function MessageView({ email, body }: MessageViewProps) {
  const { t } = useLingui();
  const value = body.kind === "ready" ? body.value : null;
  return (
    <article aria-label={email.subject || t`(no subject)`} className="flex h-full min-h-0 flex-col">
      <MessageBar email={email} body={value} />
      <div className="flex min-h-0 grow flex-col overflow-y-auto *:shrink-0" tabIndex={-1}>
        <Elsewhere email={email} />
        <WaitsToBeSent email={email} />
        <MessageHead email={email} body={value} />
        <PresenceLine email={email} />
        <ReceiptAsked email={email} />
        {body.kind === "loading" && <div className="px-6"><SkeletonRows rows={4} /></div>}
        {body.kind === "failed" && <div className="p-4"><NotLoaded error={body.error} onRetry={body.retry} /></div>}
        {value && <Content email={email} body={value} />}
      </div>
      <AnswerBar email={email} body={value} />
    </article>
  );
}

/** Somebody moved the message while it was open: it stays readable, and the page says where it is. */
function Elsewhere({ email }: { readonly email: Email }) {
  const { t } = useLingui();
  const view = useMail();
  const { account, openFolder } = view;
  const folder = homeOf(view, email);
  const folderId = (Object.keys(email.mailboxIds) as MailboxId[])[0];
  if (!folder || email.mailboxIds[folder.id] || !folderId) return null;
  const name = account.mailboxes.get(folderId)?.name ?? "";
  return (
    <Banner tone="info" className="rounded-none" title={t`This message is now in “${name}”.`} actions={<Button onClick={() => { openFolder(folderId); }}>{t`Open folder`}</Button>} />
  );
}

const NO_WORDS: readonly string[] = [];

function Content({ email, body }: { readonly email: Email; readonly body: EmailBody }) {
  const { t } = useLingui();
  const { screen, search } = useMail();
  const [mayFetch, setMayFetch] = useState(false);
  const [isBuilt, setBuilt] = useState(false);
  const pictures = useInlinePictures(email, body);
  const part = body.htmlBody[0] ?? body.textBody[0];
  const content = textOf(body, part);
  const isHtml = part?.type.toLowerCase() === "text/html";
  const isTooMuch = useMemo(() => isHtml && isHeavy(content), [isHtml, content]);
  const isDrawn = isHtml && (isBuilt || !isTooMuch);
  const mail = useMemo(
    () => (isDrawn ? safeHtml(content, { mayFetch, cidUrl: (cid) => pictures?.get(cid) ?? null }) : null),
    [isDrawn, content, mayFetch, pictures],
  );
  const text = useMemo(() => (isDrawn ? "" : isHtml ? wordsInstead(body, content) : content), [isDrawn, isHtml, body, content]);
  if (pictures === null) return null;
  const shown = mail?.cids ?? new Set<string>();
  return (
    <>
      {mail?.hasRemote && !mayFetch && <HeldPictures onShow={() => { setMayFetch(true); }} />}
      {isTooMuch && !isBuilt && <TooMuch onBuild={() => { setBuilt(true); }} />}
      {content.trim() === "" && <p className="px-6 py-4 text-muted">{t`This message has no text.`}</p>}
      {mail ? <HtmlBody mail={mail} mayFetch={mayFetch} title={email.subject || t`(no subject)`} marginPx={screen === "phone" ? 16 : 24} words={search?.words ?? NO_WORDS} /> : <TextBody text={text} />}
      {email.hasAttachment && !body["poststelle:isComplete"] && (
        <p className="border-t border-border px-4 py-3 text-list text-muted phone:px-6">{t`The attachments are still at Microsoft and will be fetched.`}</p>
      )}
      <Attachments email={email} body={body} shownInline={shown} />
    </>
  );
}

function textOf(body: EmailBody, part: BodyPart | undefined): string {
  return part?.partId ? (body.bodyValues[part.partId]?.value ?? "") : "";
}

/** The sender's own plain text where there is one, else the words of the HTML. */
function wordsInstead(body: EmailBody, html: string): string {
  const plain = body.textBody.find((part) => part.type.toLowerCase() === "text/plain");
  return textOf(body, plain) || wordsOf(html);
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
