import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { ArrowDown, ArrowLeft, ArrowUp, Command, PanelLeft, X } from "lucide-react";
import { ToggleGroup } from "radix-ui";
import { useDates } from "@/i18n";
import type { Mailbox } from "@/jmap";
import { NEWEST_FIRST, isSameSort } from "@/store";
import type { ListFilter, MessageList } from "@/store";
import { IconButton, cx } from "@/ui";
import { WriteButton } from "../compose/WriteButton";
import { ReadOnly } from "../folders/IdentityMenu";
import { SyncLine } from "../folders/SyncLine";
import { SearchHead } from "../search/SearchHead";
import { useRows, useSignal } from "../state/hooks";
import { useMail } from "../state/mail";
import { changePrefs, usePrefs } from "../state/prefs";
import { isPaletteOpen } from "../palette/door";
import { shortcut } from "../text/keys";
import { directionWord, sortWord } from "./columnWords";
import { TickAll } from "./TickAll";
import { useFeel } from "./useFeel";
import { ViewMenu } from "./ViewMenu";

export interface ListHeadProps {
  readonly folder: Mailbox;
  /** Null while nothing can be shown. */
  readonly list: MessageList | null;
}

/** Folder name and count, the filter, where the preview stands; on small screens the way to the folders. */
export function ListHead({ folder, list }: ListHeadProps) {
  const { t } = useLingui();
  const { screen, openFolders, store, mailbox, account, mayWrite, setDialog, search } = useMail();
  return (
    <header className="shrink-0 border-b border-border">
      <div className="flex min-h-12 items-center gap-1 pr-2 pl-3">
        {screen === "phone" && <IconButton label={t`Folders`} icon={<ArrowLeft size={18} aria-hidden />} onClick={openFolders} className="-ml-2" />}
        {screen === "tablet" && <IconButton label={t`Folders`} icon={<PanelLeft size={18} aria-hidden />} onClick={openFolders} className="-ml-2" />}
        {search ? <SearchHead list={list} folder={folder} /> : (
          <div className="min-w-0 grow py-1">
            <h1 className="flex items-baseline gap-2 text-reading font-semibold">
              <bdi className="truncate">{folder.name}</bdi>
              {list && <Total list={list} folder={folder} />}
            </h1>
            {screen !== "wide" && <Whose />}
          </div>
        )}
        {screen === "tablet" && <WriteButton look="icon" />}
        {screen !== "phone" && <IconButton label={t`Commands`} shortcut={shortcut("palette")} icon={<Command size={18} aria-hidden />} onClick={() => { isPaletteOpen.set(true); }} />}
        <ViewMenu />
      </div>
      {screen !== "wide" && (
        <div className="px-1.5"><SyncLine store={store} mailbox={mailbox} account={account} isSilentWhenGood {...(mailbox.type === "local" ? {} : { onOpen: () => { setDialog({ kind: "sync" }); } })} /></div>
      )}
      <div className="flex min-h-9 items-center gap-1 pr-2 pb-1 pl-1.5">
        {mayWrite && list && <TickAll list={list} />}
        <Filter />
        <SortedOtherwise />
      </div>
    </header>
  );
}

function Total({ list, folder }: { readonly list: MessageList; readonly folder: Mailbox }) {
  const { count } = useDates();
  const total = useRows(list).length;
  const all = Math.max(list.spec.isThreaded ? folder.totalThreads : folder.totalEmails, total);
  const messages = list.spec.isThreaded ? plural(folder.totalEmails, { one: "# message", other: "# messages" }) : undefined;
  return <span title={messages} className="tabular text-list font-normal text-muted">{count(list.spec.filter === "all" ? all : total)}</span>;
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

function Filter() {
  const { t } = useLingui();
  const { filter, setFilter } = useMail();
  const choices: readonly { value: ListFilter; label: string }[] = [
    { value: "all", label: t`All` }, { value: "unread", label: t`Unread` }, { value: "flagged", label: t`Flagged` },
  ];
  return (
    <ToggleGroup.Root
      type="single" value={filter} aria-label={t`Show`} className="flex gap-0.5"
      onValueChange={(value) => { if (value) setFilter(value as ListFilter); }}
    >
      {choices.map(({ value, label }) => (
        <ToggleGroup.Item
          key={value} value={value}
          className="min-h-7 touch:min-h-11 rounded-md px-2.5 text-list text-muted hover:text-ink data-[state=on]:bg-selected data-[state=on]:font-medium data-[state=on]:text-accent"
        >
          {label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}

/** In lines nothing else says that the newest is not on top; in a table the heads do. */
function SortedOtherwise() {
  const { t } = useLingui();
  const { sort } = usePrefs();
  const { columns } = useFeel();
  if (isSameSort(sort, NEWEST_FIRST)) return null;
  const Arrow = sort.isAscending ? ArrowUp : ArrowDown;
  const [by, direction] = [sortWord(sort.by), directionWord(sort.by, sort.isAscending)];
  return (
    <button
      type="button" title={t`Sort by date again, newest first`} onClick={() => { changePrefs({ sort: NEWEST_FIRST }); }}
      className={cx("ml-auto flex min-h-7 touch:min-h-11 min-w-0 items-center gap-1 rounded-md border border-border px-2 text-fine text-muted hover:bg-hover hover:text-ink", columns && "wide:border-transparent")}
    >
      <Arrow size={12} aria-hidden className="shrink-0" />
      <span className="truncate">{by}<span className="sr-only">: {direction}</span></span>
      <X size={12} aria-hidden className="shrink-0" />
      <span className="sr-only">{t`Sort by date again, newest first`}</span>
    </button>
  );
}
