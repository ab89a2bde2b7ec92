import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { ArrowDown, ArrowLeft, ArrowUp, Command, PanelLeft, X } from "lucide-react";
import { ToggleGroup } from "radix-ui";
import type { ReactNode } from "react";
import { useDates } from "@/i18n";
import { NEWEST_FIRST, isSameSort } from "@/store";
import type { ListFilter, RowList } from "@/store";
import { IconButton, cx } from "@/ui";
import { WriteButton } from "./WriteButton";
import { Found, SearchHead } from "../search/SearchHead";
import { useRows } from "../state/hooks";
import { useListView } from "../state/mail";
import { changePrefs, usePrefs } from "../state/prefs";
import { isPaletteOpen } from "../palette/door";
import { shortcut } from "../text/keys";
import { directionWord, sortWord } from "./columnWords";
import { TickAll } from "./TickAll";
import { useFeel } from "./useFeel";
import { ViewMenu } from "./ViewMenu";

export interface ListHeadProps {
  /** Null while nothing can be shown. */
  readonly list: RowList | null;
  /** Beside the title: how many there are. */
  readonly total: ReactNode;
  /** Below the title, where the drop-down is out of sight: whose this is. */
  readonly whose: ReactNode;
  /** There, too: what is to be known of the synchronisation. */
  readonly state: ReactNode;
}

/** Name and count of what is open, the filter, where the preview stands; on small screens the way to the folders. */
export function ListHead({ list, total, whose, state }: ListHeadProps) {
  const { t } = useLingui();
  const { screen, openFolders, mayWrite, search, title } = useListView();
  return (
    <header className="shrink-0 border-b border-border">
      <div className="flex min-h-12 items-center gap-1 pr-2 pl-3">
        {screen === "phone" && <IconButton label={t`Folders`} icon={<ArrowLeft size={18} aria-hidden />} onClick={openFolders} className="-ml-2" />}
        {screen === "tablet" && <IconButton label={t`Folders`} icon={<PanelLeft size={18} aria-hidden />} onClick={openFolders} className="-ml-2" />}
        {search ? <SearchHead /> : (
          <div className="min-w-0 grow py-1">
            <h1 className="flex items-baseline gap-2 text-reading font-semibold">
              <bdi className="truncate">{title}</bdi>
              {total}
            </h1>
            {screen !== "wide" && whose}
          </div>
        )}
        {screen === "tablet" && <WriteButton look="icon" />}
        {screen !== "phone" && !search && <IconButton label={t`Commands`} shortcut={shortcut("palette")} icon={<Command size={18} aria-hidden />} onClick={() => { isPaletteOpen.set(true); }} />}
        <ViewMenu />
      </div>
      {screen !== "wide" && state}
      <div className="flex min-h-9 items-center gap-1 pr-2 pb-1 pl-1.5">
        {mayWrite && list && <TickAll list={list} />}
        <Filter />
        <Order />
        {search && list && <Found list={list} />}
      </div>
    </header>
  );
}

/** How many messages a folder has; of threads how many threads, and of how many messages when pointed at. */
export function Total({ list, messages, threads }: { readonly list: RowList; readonly messages: number; readonly threads: number }) {
  const { count } = useDates();
  const shown = useRows(list).length;
  const all = Math.max(list.spec.isThreaded ? threads : messages, shown);
  const words = list.spec.isThreaded && messages > 0 ? plural(messages, { one: "# message", other: "# messages" }) : undefined;
  return <span title={words} className="tabular text-list font-normal text-muted">{count(list.spec.filter === "all" ? all : shown)}</span>;
}

function Filter() {
  const { t } = useLingui();
  const { filter, setFilter } = useListView();
  const choices: readonly { value: ListFilter; label: string }[] = [
    { value: "all", label: t`All` }, { value: "unread", label: t`Unread` }, { value: "flagged", label: t`Flagged` },
  ];
  return (
    <ToggleGroup.Root
      type="single" value={filter} aria-label={t`Show`} className="flex min-w-0 gap-0.5"
      onValueChange={(value) => { if (value) setFilter(value as ListFilter); }}
    >
      {choices.map(({ value, label }) => (
        <ToggleGroup.Item
          key={value} value={value}
          className="min-h-7 min-w-0 touch:min-h-11 truncate rounded-md px-1.5 text-list text-muted max-[359px]:px-1 hover:text-ink phone:px-2 data-[state=on]:bg-selected data-[state=on]:font-medium data-[state=on]:text-accent"
        >
          {label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}

/** What the order is, where it isn't what one would think. */
function Order() {
  const { t } = useLingui();
  const { isMerged, search } = useListView();
  const { sort } = usePrefs();
  const { columns } = useFeel();
  if (isSameSort(sort, NEWEST_FIRST)) return null;
  if (!isMerged) return <SortedOtherwise />;
  if (search) return null; // there it says how much was found
  const whole = t`Several mailboxes: newest first`;
  return (
    <p title={whole} className="ml-auto flex min-w-0 items-center gap-1 text-fine text-muted">
      <ArrowDown size={12} aria-hidden className="shrink-0" />
      {columns ? <span className="truncate">{whole}</span> : <><span aria-hidden className="truncate">{sortWord("date")}</span><span className="sr-only">{whole}</span></>}
    </p>
  );
}

/** In lines nothing else says that the newest is not on top; in a table the heads do. */
function SortedOtherwise() {
  const { t } = useLingui();
  const { sort } = usePrefs();
  const { columns } = useFeel();
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
