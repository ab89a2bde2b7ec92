import { useLingui } from "@lingui/react/macro";
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
}

/** Folders by a part of their names: arrows choose, Enter takes. */
export function FolderChooser<T>({ choices, onChoose }: FolderChooserProps<T>) {
  const { t } = useLingui();
  const listId = useId();
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const found = useMemo(() => {
    const wanted = folded(text, true); // "mueller" is "Müller", as in a search
    return choices.filter(({ name, above }) => folded([...above, name].join(" / "), true).includes(wanted));
  }, [choices, text]);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const current = found[chosen];
    if (step) setChosen((at) => Math.max(0, Math.min(found.length - 1, at + step)));
    else if (event.key === "Enter" && current) onChoose(current.value);
    else if (event.key !== "Enter") return;
    event.preventDefault();
  };
  return (
    <>
      <input
        type="text" role="combobox" aria-expanded aria-controls={listId} aria-label={t`Folder`} aria-autocomplete="list"
        aria-activedescendant={found[chosen] ? `${listId}-${found[chosen].id}` : undefined}
        placeholder={t`Type a part of the folder's name`} value={text} className={cx(inputClass, "mt-1")}
        onChange={(event) => { setText(event.target.value); setChosen(0); }} onKeyDown={onKeyDown}
      />
      <ul id={listId} role="listbox" aria-label={t`Folders`} className="mt-2 h-80 max-h-[45dvh] overflow-y-auto">
        {found.map(({ id, value, name, above }, i) => (
          <li
            key={id} id={`${listId}-${id}`} role="option" aria-selected={i === chosen} onClick={() => { onChoose(value); }}
            ref={(row) => { if (i === chosen) row?.scrollIntoView({ block: "nearest" }); }}
            className={cx("flex min-h-9 touch:min-h-11 cursor-pointer flex-col justify-center rounded-md px-3 py-1", i === chosen ? "bg-selected" : "hover:bg-hover")}
          >
            <bdi className="truncate font-medium">{name}</bdi>
            {above.length > 0 && <bdi className="truncate text-fine text-muted">{above.join(" / ")}</bdi>}
          </li>
        ))}
        {found.length === 0 && <li role="presentation" className="px-3 py-6 text-center text-muted">{t`No folder is called like this.`}</li>}
      </ul>
    </>
  );
}
