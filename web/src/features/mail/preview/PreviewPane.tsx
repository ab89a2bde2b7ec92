import { Trans, useLingui } from "@lingui/react/macro";
import { MailOpen, MailX } from "lucide-react";
import { useEffect } from "react";
import type { Email, EmailId } from "@/jmap";
import { MethodFailed } from "@/jmap";
import type { MessageList } from "@/store";
import { Button, EmptyState, SkeletonRows } from "@/ui";
import { NotLoaded } from "../MailError";
import { useEmail, useLoaded, useMedia, useRows } from "../state/hooks";
import { useMail } from "../state/mail";
import { neighbour } from "../state/ticks";
import { MessageView } from "./MessageView";

const SEEN_AFTER_MS = 1_000;

/** The message being read, or a sentence saying why there is none. */
export function PreviewPane() {
  const { account, messageId, store, list } = useMail();
  const email = useEmail(account, messageId);
  const found = useLoaded(`${account.id}/${messageId ?? ""}`, async () => {
    if (messageId !== null) await account.shelf.need([messageId]);
  }, store.line);
  if (messageId === null) return list ? <NothingChosen list={list} /> : null;
  if (!email && found.kind === "loading") return <div className="px-6 pt-4"><SkeletonRows rows={4} /></div>;
  if (!email && found.kind === "failed") return <div className="p-4"><NotLoaded error={found.error} onRetry={found.retry} /></div>;
  return email ? <Reading key={email.id} email={email} /> : <Gone />;
}

/** An empty folder has said so in the list already; else how to go on. */
function NothingChosen({ list }: { readonly list: MessageList }) {
  const { t } = useLingui();
  const isTouch = useMedia("(pointer: coarse)");
  if (useRows(list).length === 0) return null;
  return (
    <div className="hidden h-full items-center justify-center phone:flex">
      <EmptyState icon={<MailOpen size={24} aria-hidden />} title={t`No message selected`}>
        {isTouch
          ? <Trans>Select one from the list.</Trans>
          : <Trans>Select one from the list, or press j for the next and k for the previous message. Press ? to see all shortcuts.</Trans>}
      </EmptyState>
    </div>
  );
}

/** Somebody else deleted it, or it was never here. */
function Gone() {
  const { t } = useLingui();
  const { open } = useMail();
  return (
    <EmptyState
      icon={<MailX size={24} aria-hidden />} title={t`This message is no longer here`}
      actions={<Button onClick={() => { open(null); }}>{t`Back to the list`}</Button>}
    >
      <Trans>It was deleted in another window or another program.</Trans>
    </EmptyState>
  );
}

function Reading({ email }: { readonly email: Email }) {
  const { account, store } = useMail();
  useSeenSoon(email);
  usePrefetch(email.id);
  const body = useLoaded(`${account.id}/${email.id}/${String(email.hasAttachment)}`, () => account.shelf.body(email.id), store.line);
  if (body.kind === "failed" && body.error instanceof MethodFailed && body.error.type === "notFound") return <Gone />;
  return <MessageView email={email} body={body} />;
}

/** Reading for a moment marks as read; walking past does not. Marked unread on purpose it stays so. */
function useSeenSoon({ id }: Email): void {
  const { account, mayWrite } = useMail();
  useEffect(() => {
    if (!mayWrite) return;
    const timer = setTimeout(() => { account.readMarks.note(id); }, SEEN_AFTER_MS);
    return () => { clearTimeout(timer); };
  }, [id, account, mayWrite]);
}

/** The neighbours' bodies are there before anybody asks. */
function usePrefetch(id: EmailId): void {
  const { account, list } = useMail();
  useEffect(() => {
    const timer = setTimeout(() => {
      const next = list ? neighbour(list.rows(), id, new Set([id])) : null;
      if (next) account.shelf.body(next as EmailId).catch(() => undefined);
    }, 300);
    return () => { clearTimeout(timer); };
  }, [id, account, list]);
}
