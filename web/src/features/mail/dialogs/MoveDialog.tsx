import { useLingui } from "@lingui/react/macro";
import type { KeyboardEvent } from "react";
import { useId, useMemo, useState } from "react";
import { plural } from "@lingui/core/macro";
import { useDates } from "@/i18n";
import type { EmailId, Mailbox } from "@/jmap";
import { Dialog, cx, inputClass } from "@/ui";
import { useVisibleFolders } from "../state/hooks";
import { useMail } from "../state/mail";
import type { FolderNode } from "../text/names";
import { folderForest, folderPath, takesMessages } from "../text/names";

/** Choose a folder by typing a part of its name; arrows choose, Enter moves. */
export function MoveDialog({ ids }: { readonly ids: readonly EmailId[] }) {
  const { t } = useLingui();
  const { account, folder: shown, search, deeds, setDialog } = useMail();
  const folder = search && !search.isHere ? null : shown;
  const { style } = useDates();
  const folders = useVisibleFolders(account);
  const listId = useId();
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const choices = useMemo(() => {
    const { system, own } = folderForest(folders, style.locale);
    const wanted = folded(text);
    const all = [...flat(system), ...flat(own)];
    return [...all.filter(takesMessages), ...all.filter((mailbox) => !takesMessages(mailbox))]
      .map((mailbox) => ({ mailbox, path: folderPath(mailbox, (id) => account.mailboxes.get(id)) }))
      .filter(({ mailbox, path }) => mailbox.id !== folder?.id && folded(path.join(" / ")).includes(wanted));
  }, [folders, style.locale, text, folder?.id, account]);
  const close = (): void => { setDialog(null); };
  const move = (to: Mailbox | undefined): void => {
    if (!to) return;
    close();
    deeds.move(ids, to.id);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setChosen((at) => Math.max(0, Math.min(choices.length - 1, at + step)));
    else if (event.key === "Enter") move(choices[chosen]?.mailbox);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog isOpen onClose={close} title={plural(ids.length, { one: "Move message to", other: "Move # messages to" })}>
      <input
        type="text" role="combobox" aria-expanded aria-controls={listId} aria-label={t`Folder`} aria-autocomplete="list"
        aria-activedescendant={choices[chosen] ? `${listId}-${choices[chosen].mailbox.id}` : undefined}
        placeholder={t`Type a part of the folder's name`} value={text} className={cx(inputClass, "mt-1")}
        onChange={(event) => { setText(event.target.value); setChosen(0); }} onKeyDown={onKeyDown}
      />
      <ul id={listId} role="listbox" aria-label={t`Folders`} className="mt-2 h-80 max-h-[45dvh] overflow-y-auto">
        {choices.map(({ mailbox, path }, i) => (
          <li
            key={mailbox.id} id={`${listId}-${mailbox.id}`} role="option" aria-selected={i === chosen} onClick={() => { move(mailbox); }}
            ref={(row) => { if (i === chosen) row?.scrollIntoView({ block: "nearest" }); }}
            className={cx("flex min-h-9 touch:min-h-11 cursor-pointer flex-col justify-center rounded-md px-3 py-1", i === chosen ? "bg-selected" : "hover:bg-hover")}
          >
            <bdi className="truncate font-medium">{mailbox.name}</bdi>
            {path.length > 1 && <bdi className="truncate text-fine text-muted">{path.slice(0, -1).join(" / ")}</bdi>}
          </li>
        ))}
        {choices.length === 0 && <li role="presentation" className="px-3 py-6 text-center text-muted">{t`No folder is called like this.`}</li>}
      </ul>
    </Dialog>
  );
}

function flat(nodes: readonly FolderNode[]): readonly Mailbox[] {
  return nodes.flatMap((node) => [node.mailbox, ...flat(node.children)]);
}

/** Umlauts and letter case do not matter when looking for a name. */
function folded(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
