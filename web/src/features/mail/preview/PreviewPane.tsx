import { useEffect, useLayoutEffect, useRef, useState } from "react";
import type { Email, EmailId, ThreadId } from "@/jmap";
import { SkeletonRows } from "@/ui";
import { NotLoaded } from "../MailError";
import { useEmail, useLoaded, useThread } from "../state/hooks";
import { useListView, useMail } from "../state/mail";
import { usePrefs } from "../state/prefs";
import { neighbour } from "../state/ticks";
import type { ThreadViewProps } from "./ThreadView";
import { ThreadView } from "./ThreadView";
import { Gone } from "./Gone";
import { NothingChosen } from "./NothingChosen";

/** What is being read, or a sentence saying why there is nothing. */
export function PreviewPane() {
  const { account, messageId, store, list } = useMail();
  const isThreaded = usePrefs().isThreaded && (list?.spec.isThreaded ?? true);
  const email = useEmail(account, messageId);
  const members = useThread(account, isThreaded ? email?.threadId : undefined);
  const found = useLoaded(`${account.id}/${messageId ?? ""}/${String(isThreaded)}`, async () => {
    if (messageId !== null) await (isThreaded ? account.shelf.threads.need([messageId]) : account.shelf.need([messageId]));
  }, store.line);
  const isReadOn = useReadOn(messageId, email);
  if (messageId === null) return list ? <NothingChosen list={list} /> : null;
  if (found.kind === "loading" && (!email || (isThreaded && !account.shelf.threads.isWhole(email.threadId)))) {
    return <div className="px-6 pt-4"><SkeletonRows rows={4} /></div>;
  }
  if (!email && found.kind === "failed") return <div className="p-4"><NotLoaded error={found.error} onRetry={found.retry} /></div>;
  if (!email) return isReadOn ? null : <Gone />;
  const isThread = members.some(({ id }) => id === email.id);
  return <Reading key={isThread ? email.threadId : email.id} email={email} members={isThread ? members : [email]} />;
}

/** The message that was open is gone, but its thread is not: that is read on. */
function useReadOn(messageId: EmailId | null, email: Email | undefined): boolean {
  const { account, open } = useMail();
  const [last, setLast] = useState<{ readonly id: EmailId; readonly threadId: ThreadId } | null>(null);
  if (email && (last?.id !== email.id || last.threadId !== email.threadId)) setLast({ id: email.id, threadId: email.threadId });
  const isGone = messageId !== null && !email && last?.id === messageId;
  const next = useThread(account, isGone ? last.threadId : undefined).findLast(({ id }) => id !== messageId)?.id;
  useEffect(() => { if (isGone && next) open(next); }, [isGone, next, open]);
  return isGone && next !== undefined;
}

function Reading({ email, members }: ThreadViewProps) {
  usePrefetch();
  useFocusHome();
  return <ThreadView email={email} members={members} />;
}

/** Who was in a message by keyboard when it went, deleted by its own button say, is in the list then and not nowhere. */
function useFocusHome(): void {
  const { focusList } = useMail();
  const home = useRef(focusList);
  useEffect(() => { home.current = focusList; });
  useLayoutEffect(() => () => {
    if (!document.activeElement?.closest("article")) return;
    setTimeout(() => { if (document.activeElement === document.body) home.current(); });
  }, []);
}

/** The neighbour's body is there before anybody asks. */
function usePrefetch(): void {
  const { list, messageId, ownerOf } = useListView();
  const latest = useRef(ownerOf);
  useEffect(() => { latest.current = ownerOf; });
  useEffect(() => {
    const timer = setTimeout(() => {
      const next = list && messageId ? neighbour(list.rows(), list.rowOf(messageId), new Set()) : null;
      const owner = next === null ? null : latest.current(next);
      if (owner) owner.account.shelf.body(owner.id).catch(() => undefined);
    }, 300);
    return () => { clearTimeout(timer); };
  }, [messageId, list]);
}
