import { useLingui } from "@lingui/react/macro";
import { useEffect } from "react";
import type { ReactNode } from "react";
import type { Folder } from "@/jmap";
import type { MessageList, RowList } from "@/store";
import { Banner, Button, Details } from "@/ui";
import { WriteButton } from "./WriteButton";
import { ReadOnly } from "../folders/IdentityMenu";
import { SyncLine } from "../folders/SyncLine";
import { MailError } from "../MailError";
import { NothingFound } from "../search/NothingFound";
import { SearchField } from "../search/SearchField";
import { NotAllIndexed } from "../search/SearchHead";
import { TakenBack } from "../TakenBack";
import { useCounted, useSignal } from "../state/hooks";
import { useListView, useMail } from "../state/mail";
import { DeedFailed, useRefusalWords } from "../state/refusals";
import { EmptyList } from "./EmptyList";
import { HistoryNote } from "./HistoryNote";
import { ListHead, Total } from "./ListHead";
import { RowMenuDoor } from "./RowMenuDoor";
import { SelectionBar } from "./SelectionBar";
import { useLook } from "./useLook";
import { VirtualList } from "./VirtualList";

/** The middle pane of one mailbox. */
export function ListPane({ list, folder }: { readonly list: MessageList | null; readonly folder: Folder }) {
  const { store, mailbox, account, setDialog } = useMail();
  const counted = useCounted(account, folder.id);
  useLook(store.transport, [{ account: account.id, folder: folder.id }]);
  const openSync = mailbox.type === "local" ? {} : { onOpen: () => { setDialog({ kind: "sync" }); } };
  return (
    <ListFrame
      list={list} notes={<><NotAllIndexed /><Problem /><TakenBack /></>} foot={<HistoryNote />}
      empty={list && <EmptyList list={list} folder={folder} />}
      head={(
        <ListHead
          list={list} total={list && counted && <Total list={list} messages={counted.totalEmails} threads={counted.totalThreads} />} whose={<Whose />}
          state={<div className="px-1.5"><SyncLine store={store} mailbox={mailbox} account={account} isSilentWhenGood {...openSync} /></div>}
        />
      )}
    />
  );
}

/** Where the drop-down is out of sight: which of several mailboxes this is, and that it can only be read. */
function Whose() {
  const { store, mailbox } = useMail();
  const isOneOfMany = (useSignal(store.assigned) ?? []).length > 1;
  const isReadOnly = mailbox.level === "read";
  if (!isOneOfMany && !isReadOnly) return null;
  return (
    <p className="flex gap-x-3 text-fine text-muted">
      {isOneOfMany && <bdi className="min-w-0 truncate">{mailbox.address}</bdi>}
      {isReadOnly && <span className="shrink-0"><ReadOnly /></span>}
    </p>
  );
}

export interface ListFrameProps {
  /** Null where what is looked for can't be understood. */
  readonly list: RowList | null;
  readonly head: ReactNode;
  /** Above the rows: what went wrong, what is missing. */
  readonly notes: ReactNode;
  readonly empty: ReactNode;
  readonly foot: ReactNode;
}

/** Search field, head or selection bar, notes, rows. */
export function ListFrame({ list, head, notes, empty, foot }: ListFrameProps) {
  const { t } = useLingui();
  const { ticks, place, screen, title } = useListView();
  useEffect(() => () => { list?.leave(); }, [list]);
  return (
    <section aria-label={t`Messages in ${title}`} className="relative flex h-full min-h-0 min-w-0 flex-col">
      <SearchField />
      {ticks.ids.size > 0 && list ? <SelectionBar list={list} /> : head}
      {notes}
      {list ? <VirtualList key={place.name} list={list} empty={empty} foot={foot} /> : <NothingFound />}
      <RowMenuDoor />
      {screen === "phone" && ticks.ids.size === 0 && <WriteButton look="floating" />}
    </section>
  );
}

/** The last deed in this mailbox that was refused: what happened, and that the messages are back. */
export function Problem() {
  const { t } = useLingui();
  const { problem, setProblem } = useMail();
  const { title, reason, state } = useRefusalWords();
  if (problem === null || problem === undefined) return null;
  const close = <Button onClick={() => { setProblem(null); }}>{t`Understood`}</Button>;
  if (problem instanceof DeedFailed) {
    const why = problem.isUnsure ? "" : reason(problem.cause);
    return (
      <Banner tone={problem.isUnsure ? "warning" : "danger"} className="m-2" title={title(problem)} actions={close}>
        <p>{why} {state(problem)}</p>
        {why === null && <Details code={problem.message} />}
      </Banner>
    );
  }
  return <div className="m-2"><MailError error={problem} hint={t`Nothing was changed.`} actions={close} /></div>;
}
