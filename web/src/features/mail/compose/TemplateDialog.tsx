import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { Paperclip } from "lucide-react";
import type { KeyboardEvent } from "react";
import { useId, useState } from "react";
import { Button, Dialog, EmptyState, TextField, buttonClass, cx } from "@/ui";
import { found, templatesOf } from "../boilerplate/filled";
import type { StockProps } from "./SignatureMenu";

export interface TemplateDialogProps extends StockProps {
  readonly onClose: () => void;
  /** Keep the letter as one. */
  readonly onKeep: () => void;
}

/** Find a template and put it in where the writing mark stands. */
export function TemplateDialog({ composer, stock, onClose, onKeep }: TemplateDialogProps) {
  const { t } = useLingui();
  const listId = useId();
  const [words, setWords] = useState("");
  const [active, setActive] = useState(0);
  const all = stock.needs ? templatesOf(stock.needs) : [];
  const choices = found(all, words);
  const insert = (at: number): void => {
    const one = choices[at];
    if (!one) return;
    onClose();
    requestAnimationFrame(() => { stock.insert(one); }); // the dialog has given the keyboard back by then
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter") insert(active);
    else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && choices.length > 0) setActive((active + (event.key === "ArrowDown" ? 1 : -1) + choices.length) % choices.length);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog
      isOpen onClose={onClose} title={t`Insert template`}
      actions={
        <>
          <Link to="/settings/me/templates" className={buttonClass("ghost")}>{t`Manage templates`}</Link>
          <Button onClick={onKeep} disabled={!composer.hasContent}>{t`Keep text as template`}</Button>
        </>
      }
    >
      {all.length === 0 ? (
        <EmptyState title={t`No templates yet`}>{t`A template is text that you write again and again. Keep a letter as one, or write one under “Manage templates”.`}</EmptyState>
      ) : (
        <>
          <TextField
            label={t`Search templates`} value={words} autoComplete="off" role="combobox" aria-expanded aria-controls={listId} aria-autocomplete="list"
            aria-activedescendant={choices.length > 0 ? `${listId}-${String(active)}` : undefined} onKeyDown={onKey}
            hint={t`In the text of a letter, “/” and the name find it too.`}
            onChange={({ target }) => { setWords(target.value); setActive(0); }}
          />
          <ul id={listId} role="listbox" aria-label={t`Templates`} className="mt-2 flex max-h-80 flex-col overflow-y-auto">
            {choices.map(({ id, name, subject, plain, files }, at) => (
              <li
                key={id} id={`${listId}-${String(at)}`} role="option" aria-selected={at === active} onClick={() => { insert(at); }}
                className={cx("cursor-pointer rounded-sm px-2 py-1.5 touch:min-h-11", at === active ? "bg-selected" : "hover:bg-hover")}
              >
                <p className="flex items-center gap-2 text-list font-medium">
                  <span className="truncate">{name}</span>
                  {files.length > 0 && <span className="tabular flex shrink-0 items-center gap-1 text-fine font-normal text-muted"><Paperclip size={14} aria-hidden /> {plural(files.length, { one: "# file", other: "# files" })}</span>}
                </p>
                <p className="truncate text-fine text-muted">{[subject, plain.replace(/\s+/gu, " ").trim()].filter(Boolean).join(" – ")}</p>
              </li>
            ))}
          </ul>
          {choices.length === 0 && <p role="status" className="px-2 py-4 text-muted">{t`No template has these words.`}</p>}
        </>
      )}
    </Dialog>
  );
}
