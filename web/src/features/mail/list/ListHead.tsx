import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { ArrowLeft, Columns2, Ellipsis, PanelLeft, PanelTop, Rows2, Square } from "lucide-react";
import { ToggleGroup } from "radix-ui";
import type { ReactNode } from "react";
import { useDates } from "@/i18n";
import type { ListFilter, RowList } from "@/store";
import { IconButton, Menu, MenuChoice, MenuItem, MenuSeparator } from "@/ui";
import { WriteButton } from "../compose/WriteButton";
import { Found, SearchHead } from "../search/SearchHead";
import { useRows } from "../state/hooks";
import { useListView } from "../state/mail";
import type { PreviewPlace } from "../state/prefs";
import { changePrefs, usePrefs } from "../state/prefs";
import { TickAll } from "./TickAll";

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
        <ViewMenu />
      </div>
      {screen !== "wide" && state}
      <div className="flex min-h-9 items-center gap-1 pr-2 pb-1 pl-1.5">
        {mayWrite && list && <TickAll list={list} />}
        <Filter />
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
  const words = list.spec.isThreaded ? plural(messages, { one: "# message", other: "# messages" }) : undefined;
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
      type="single" value={filter} aria-label={t`Show`} className="flex gap-0.5"
      onValueChange={(value) => { if (value) setFilter(value as ListFilter); }}
    >
      {choices.map(({ value, label }) => (
        <ToggleGroup.Item
          key={value} value={value}
          className="min-h-7 touch:min-h-11 rounded-md px-1.5 text-list text-muted hover:text-ink phone:px-2 data-[state=on]:bg-selected data-[state=on]:font-medium data-[state=on]:text-accent"
        >
          {label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}

function ViewMenu() {
  const { t } = useLingui();
  const { screen, setDialog } = useListView();
  const { preview, isThreaded } = usePrefs();
  const choices: { value: PreviewPlace; label: string }[] = [
    { value: "right", label: t`On the right` }, { value: "below", label: t`Below` }, { value: "off", label: t`Off` },
  ];
  const icons = { right: <Columns2 size={18} aria-hidden />, below: <Rows2 size={18} aria-hidden />, off: <Square size={18} aria-hidden /> };
  const groupings: { value: "on" | "off"; label: string }[] = [{ value: "on", label: t`As conversations` }, { value: "off", label: t`One by one` }];
  const isPhone = screen === "phone";
  const icon = screen === "wide" ? icons[preview] : isPhone ? <Ellipsis size={18} aria-hidden /> : <PanelTop size={18} aria-hidden />;
  return (
    <Menu align="end" trigger={<IconButton label={t`View`} icon={icon} />}>
      <MenuChoice label={t`Messages`} value={isThreaded ? "on" : "off"} onChange={(value) => { changePrefs({ isThreaded: value === "on" }); }} choices={groupings} />
      {!isPhone && <MenuSeparator />}
      {!isPhone && <MenuChoice label={t`Preview`} value={preview} onChange={(value) => { changePrefs({ preview: value }); }} choices={choices} />}
      {!isPhone && <MenuSeparator />}
      {!isPhone && <MenuItem shortcut="?" onSelect={() => { setDialog({ kind: "keys" }); }}>{t`Keyboard shortcuts`}</MenuItem>}
    </Menu>
  );
}
