import { Trans, useLingui } from "@lingui/react/macro";
import { ArrowDownUp, CircleCheck, Inbox, Star } from "lucide-react";
import type { ReactNode } from "react";
import { MethodFailed } from "@/jmap";
import type { Folder } from "@/jmap";
import { NEWEST_FIRST } from "@/store";
import type { RowList } from "@/store";
import { Button, EmptyState, SkeletonRows } from "@/ui";
import { NotLoaded } from "../MailError";
import { useMedia, useSignal } from "../state/hooks";
import { NothingFound } from "../search/NothingFound";
import { useListView, useMail } from "../state/mail";
import { changePrefs } from "../state/prefs";

export interface EmptyListProps {
  readonly list: RowList;
  readonly folder: Folder;
}

/** Where no rows are: loading, failed, or truly nothing there. */
export function EmptyList({ list, folder }: EmptyListProps) {
  const { t } = useLingui();
  const { account } = useMail();
  const isTouch = useMedia("(pointer: coarse)");
  const sync = useSignal(account.sync);
  const plain = usePlainEmpty(list);
  if (plain) return plain;
  if (sync && sync.phase !== "steady") {
    return (
      <EmptyState icon={<Inbox size={24} aria-hidden />} title={t`Messages are being loaded`}>
        <Trans>The newest appear first. You need not wait here.</Trans>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={<Inbox size={24} aria-hidden />} title={t`This folder is empty`}>
      <WhatComesHere folder={folder} isTouch={isTouch} />
    </EmptyState>
  );
}

/** What is said of any list without rows: loading, failed, nothing found, everything filtered out. Null: there is nothing in it. */
export function usePlainEmpty(list: RowList): ReactNode {
  const { t } = useLingui();
  const { mayWrite, setFilter, search } = useListView();
  const isTouch = useMedia("(pointer: coarse)");
  const status = useSignal(list.status);
  const { filter } = list.spec;
  if (status.kind === "loading") return <div className="px-4"><SkeletonRows rows={8} /></div>;
  if (status.kind === "failed" && status.error instanceof MethodFailed && status.error.type === "unsupportedSort") {
    return (
      <EmptyState icon={<ArrowDownUp size={24} aria-hidden />} title={t`These are too many messages to sort like this`} actions={<Button onClick={() => { changePrefs({ sort: NEWEST_FIRST }); }}>{t`Newest first`}</Button>}>
        <Trans>Up to 100,000 can be sorted by anything but the date.</Trans>
      </EmptyState>
    );
  }
  if (status.kind === "failed") {
    return <div className="p-3"><NotLoaded error={status.error} onRetry={() => { void list.refresh(); }} /></div>;
  }
  if (search) return <NothingFound />;
  const showAll = <Button onClick={() => { setFilter("all"); }}>{t`Show all messages`}</Button>;
  if (filter === "unread") {
    return <EmptyState icon={<CircleCheck size={24} aria-hidden />} title={t`Everything is read`} actions={showAll} />;
  }
  if (filter === "flagged") {
    return (
      <EmptyState icon={<Star size={24} aria-hidden />} title={t`Nothing is flagged`} actions={showAll}>
        {!mayWrite ? <Trans>What your colleagues flag appears here.</Trans> : isTouch ? <Trans>Flag a message to find it here again.</Trans> : <Trans>Press the star of a message, or s, to find it here again.</Trans>}
      </EmptyState>
    );
  }
  return null;
}

function WhatComesHere({ folder, isTouch }: { readonly folder: Folder; readonly isTouch: boolean }) {
  const { mayWrite } = useMail();
  if (folder.role === "inbox") return <Trans>New mail appears here by itself.</Trans>;
  if (folder.role === "sent") return <Trans>What is sent from this mailbox appears here by itself.</Trans>;
  if (folder.role === "drafts") return <Trans>Messages begun but not sent yet appear here.</Trans>;
  if (!mayWrite || isTouch) return <Trans>What is moved here appears in this list.</Trans>;
  return <Trans>Drag messages here, or move them with the v key.</Trans>;
}
