import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { Search, X } from "lucide-react";
import { Dialog } from "radix-ui";
import type { KeyboardEvent } from "react";
import { useId, useMemo, useRef, useState } from "react";
import { useMe } from "@/session";
import { IconButton, cx, focusBack, useWayBack } from "@/ui";
import { keyParts } from "../text/keys";
import { isPaletteOpen } from "./door";
import type { Item, Where } from "./items";
import { useItems, useSearchItems } from "./items";
import type { Found } from "./match";
import { matched, wholly } from "./match";
import { recentlyUsed, rememberUse } from "./recent";

/** Rows turned at once by the page keys. */
const PAGE_ROWS = 8;
/** While nothing is typed: of each group no more than one can look through. */
const MOST_IN_GROUP = 30;
const MOST_RECENT = 6;

interface Section {
  /** Empty: none. */
  readonly title: string;
  readonly found: readonly Found<Item>[];
}

/** Everything that can be done here, found by a few letters. */
export function Palette(where: Where) {
  const { t } = useLingui();
  const { remember, goBack } = useWayBack();
  const [isFromField] = useState(() => document.activeElement instanceof HTMLInputElement);
  const userId = useMe().id;
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const chosen = useRef<Item | null>(null);
  const listId = useId();
  const recent = useMemo(() => recentlyUsed(userId), [userId]);
  const sections = useSections(where, text.trim(), recent);
  const rows = sections.flatMap(({ found }) => found);
  const active = Math.min(at, rows.length - 1);
  const choose = (item: Item | undefined): void => {
    if (!item) return;
    rememberUse(userId, item.id);
    chosen.current = item;
    isPaletteOpen.set(false);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") isPaletteOpen.set(false);
    else if (event.key === "Enter") choose(rows[active]?.entry);
    else {
      const to = targetOf(event, active, rows.length);
      if (to === null) return;
      setAt(to);
    }
    event.preventDefault();
  };
  return (
    <Dialog.Root open onOpenChange={(isOpen) => { if (!isOpen) isPaletteOpen.set(false); }}>
      <Dialog.Portal>
        <Dialog.Overlay className="appear fixed inset-0 z-40 bg-scrim" />
        <Dialog.Content
          aria-describedby={undefined} onOpenAutoFocus={remember}
          // What was chosen is done once the keyboard is back where it was: it may want to put it elsewhere.
          onCloseAutoFocus={(event) => {
            goBack(event);
            if (chosen.current && isFromField) focusBack(null); // who goes elsewhere does not go on typing there
            chosen.current?.run();
          }}
          className={cx(
            "appear fixed z-40 flex flex-col overflow-hidden bg-surface shadow-pop outline-none",
            "inset-0 phone:inset-auto phone:top-[10vh] phone:left-1/2 phone:max-h-[70vh] phone:w-[min(640px,calc(100vw-32px))] phone:-translate-x-1/2 phone:rounded-md phone:border phone:border-border",
          )}
        >
          <Dialog.Title className="sr-only">{t`Commands`}</Dialog.Title>
          <div className="flex items-center gap-2 border-b border-border px-3">
            <Search size={18} aria-hidden className="shrink-0 text-muted" />
            <input
              type="text" role="combobox" aria-expanded aria-controls={listId} aria-autocomplete="list" aria-label={t`What would you like to do?`}
              aria-activedescendant={rows[active] ? `${listId}-${String(active)}` : undefined} placeholder={t`What would you like to do? Where to go?`}
              autoComplete="off" autoCapitalize="off" spellCheck={false} enterKeyHint="go" maxLength={200}
              value={text} onChange={(event) => { setText(event.target.value); setAt(0); }} onKeyDown={onKeyDown}
              className="min-h-12 min-w-0 grow bg-transparent text-reading text-ellipsis outline-none"
            />
            <Dialog.Close asChild><IconButton label={t`Close`} shortcut="Esc" icon={<X size={18} aria-hidden />} className="-mr-1" /></Dialog.Close>
          </div>
          <p role="status" className="sr-only">{plural(rows.length, { one: "# result", other: "# results" })}</p>
          <div id={listId} role="listbox" aria-label={t`Commands`} className="min-h-0 grow overflow-y-auto overscroll-contain p-1 pb-[max(4px,env(safe-area-inset-bottom))]">
            {sections.map((section, nth) => (
              <Group
                key={section.title} section={section} first={sections.slice(0, nth).reduce((sum, { found }) => sum + found.length, 0)}
                listId={listId} active={active} onChoose={choose} onPoint={setAt}
              />
            ))}
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** Where a key leads in the list; null: it is none of the list's. */
function targetOf({ key, ctrlKey, metaKey }: KeyboardEvent, at: number, count: number): number | null {
  const last = count - 1;
  switch (key) {
    case "ArrowDown": return at >= last ? 0 : at + 1;
    case "ArrowUp": return at <= 0 ? last : at - 1;
    case "PageDown": return Math.min(last, at + PAGE_ROWS);
    case "PageUp": return Math.max(0, at - PAGE_ROWS);
    case "Home": return ctrlKey || metaKey ? 0 : null;
    case "End": return ctrlKey || metaKey ? last : null;
    default: return null;
  }
}

/** While nothing is typed all of it by its groups, what was used lately before it; else what was meant, and searching for it. */
function useSections(where: Where, text: string, recent: readonly string[]): readonly Section[] {
  const { t } = useLingui();
  const items = useItems(where);
  const searches = useSearchItems(where.view, text);
  const shown = (item: Item): Found<Item> => ({ entry: item, pieces: wholly(item.title) });
  if (text !== "") return [{ title: "", found: [...matched(text, items, recent), ...searches.map(shown)] }];
  const byId = new Map(items.map((item) => [item.id, item]));
  const lately = recent.flatMap((id) => byId.get(id) ?? []).slice(0, MOST_RECENT);
  const others = Map.groupBy(items.filter((item) => !lately.includes(item)), ({ group }) => group);
  return [
    ...(lately.length > 0 ? [{ title: t`Recently used`, found: lately.map(shown) }] : []),
    ...[...others].map(([title, some]) => ({ title, found: some.slice(0, MOST_IN_GROUP).map(shown) })),
  ];
}

interface GroupProps {
  readonly section: Section;
  /** The place of its first row among all. */
  readonly first: number;
  readonly listId: string;
  readonly active: number;
  readonly onChoose: (item: Item) => void;
  readonly onPoint: (at: number) => void;
}

function Group({ section: { title, found }, first, listId, active, onChoose, onPoint }: GroupProps) {
  const rows = found.map(({ entry, pieces }, i) => {
    const at = first + i;
    return (
      <div
        key={entry.id} id={`${listId}-${String(at)}`} role="option" aria-selected={at === active}
        ref={(row) => { if (at === active) row?.scrollIntoView({ block: "nearest" }); }}
        onClick={() => { onChoose(entry); }} onPointerMove={() => { if (at !== active) onPoint(at); }}
        className={cx("flex min-h-9 touch:min-h-12 cursor-pointer items-center gap-3 rounded-md px-2.5 py-1", at === active && "bg-selected")}
      >
        <span className="shrink-0 text-muted">{entry.icon}</span>
        <bdi className="min-w-0 shrink truncate">{pieces.map((piece, nth) => (piece.isHit ? <b key={nth} className="font-semibold text-accent">{piece.text}</b> : piece.text))}</bdi>
        {entry.detail && <bdi className="min-w-0 grow truncate text-fine text-muted">{entry.detail}</bdi>}
        {!entry.detail && <span className="grow" />}
        {entry.shortcut && <Keys shortcut={entry.shortcut} />}
      </div>
    );
  });
  if (title === "") return <>{rows}</>;
  const titleId = `${listId}-of-${String(first)}`;
  return (
    <div role="group" aria-labelledby={titleId}>
      <div id={titleId} role="presentation" className="px-2.5 pt-3 pb-1 text-fine font-medium text-muted">{title}</div>
      {rows}
    </div>
  );
}

function Keys({ shortcut }: { readonly shortcut: string }) {
  return (
    <span className="flex shrink-0 gap-1 touch:hidden">
      {keyParts(shortcut).map((key, nth) => <kbd key={nth} className="rounded-sm border border-border bg-sunken px-1.5 font-sans text-fine leading-5 text-muted">{key}</kbd>)}
    </span>
  );
}
