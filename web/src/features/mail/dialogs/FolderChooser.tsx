import { useLingui } from "@lingui/react/macro";
import { FolderPlus } from "lucide-react";
import type { KeyboardEvent } from "react";
import { useId, useMemo, useState } from "react";
import { cx, inputClass } from "@/ui";
import { folded } from "../search/found";

export interface Choice<T> {
  readonly id: string;
  readonly value: T;
  readonly name: string;
  /** The names above it. */
  readonly above: readonly string[];
}

export interface FolderChooserProps<T> {
  readonly choices: readonly Choice<T>[];
  readonly onChoose: (value: T) => void;
  /** Where a new one may be made: is told what was typed. It is offered below all others. */
  readonly onNew?: (text: string) => void;
}

/** Folders by a part of their names: arrows choose, round and round, Enter takes. */
export function FolderChooser<T>({ choices, onChoose, onNew }: FolderChooserProps<T>) {
  const { t } = useLingui();
  const listId = useId();
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const found = useMemo(() => {
    const wanted = folded(text, true); // "mueller" is "Müller", as in a search
    return choices.filter(({ name, above }) => folded([...above, name].join(" / "), true).includes(wanted));
  }, [choices, text]);
  const typed = text.trim();
  const isNewChosen = onNew !== undefined && chosen === found.length;
  const active = isNewChosen ? "new" : found[chosen]?.id;
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const current = found[chosen];
    const count = found.length + (onNew ? 1 : 0);
    if (step) setChosen((at) => (at + step + count) % Math.max(1, count));
    else if (event.key === "Enter" && current) onChoose(current.value);
    else if (event.key === "Enter" && isNewChosen) onNew?.(typed);
    else if (event.key !== "Enter") return;
    event.preventDefault();
  };
  return (
    <>
      <input
        type="text" role="combobox" aria-expanded aria-controls={listId} aria-label={t`Folder`} aria-autocomplete="list"
        aria-activedescendant={active === undefined ? undefined : `${listId}-${active}`}
        placeholder={t`Type a part of the folder's name`} value={text} className={cx(inputClass, "mt-1")}
        onChange={(event) => { setText(event.target.value); setChosen(0); }} onKeyDown={onKeyDown}
      />
      <ul id={listId} role="listbox" aria-label={t`Folders`} className="mt-2 flex h-80 max-h-[45dvh] flex-col overflow-y-auto">
          {found.map(({ id, value, name, above }, i) => (
            <li
              key={id} id={`${listId}-${id}`} role="option" aria-selected={i === chosen} onClick={() => { onChoose(value); }}
              ref={(row) => { if (i === chosen) row?.scrollIntoView({ block: "nearest" }); }}
              className={cx("flex min-h-9 shrink-0 touch:min-h-11 cursor-pointer flex-col justify-center rounded-md px-3 py-1", i === chosen ? "bg-selected" : "hover:bg-hover")}
            >
              <bdi className="truncate font-medium">{name}</bdi>
              {above.length > 0 && <bdi className="truncate text-fine text-muted">{above.join(" / ")}</bdi>}
            </li>
          ))}
          {found.length === 0 && <li role="presentation" className="px-3 py-6 text-center text-muted">{t`No folder is called like this.`}</li>}
        {onNew && (
          <li
            id={`${listId}-new`} role="option" aria-selected={isNewChosen} onClick={() => { onNew(typed); }}
            className="sticky bottom-0 mt-auto cursor-pointer border-t border-border bg-surface pt-2 font-medium"
          >
            <span className={cx("flex min-h-9 touch:min-h-11 items-center gap-2 rounded-md px-3 py-1", isNewChosen ? "bg-selected" : "hover:bg-hover")}>
              <FolderPlus size={16} aria-hidden className="shrink-0 text-muted" />
              <span className="min-w-0 truncate">{typed === "" ? t`New folder …` : t`New folder “${typed}” …`}</span>
            </span>
          </li>
        )}
      </ul>
    </>
  );
}
