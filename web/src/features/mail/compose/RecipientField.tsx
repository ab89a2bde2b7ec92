import { useLingui } from "@lingui/react/macro";
import { X } from "lucide-react";
import type { ClipboardEvent, KeyboardEvent, ReactNode } from "react";
import { useEffect, useId, useMemo, useRef, useState } from "react";
import type { EmailAddress } from "@/jmap";
import { cx } from "@/ui";
import { peopleOf } from "../search/suggest";
import { fullAddress, personName } from "../text/names";
import { isProper, parseAddresses, proposed, unique } from "./addresses";
import type { Composer } from "./composer";
import { useCorrespondents } from "./useCorrespondents";

export interface RecipientFieldProps {
  readonly composer: Composer;
  readonly label: string;
  readonly people: readonly EmailAddress[];
  /** All recipients of the letter: nobody is proposed twice. */
  readonly chosen: readonly EmailAddress[];
  readonly isFirst?: boolean;
  readonly onChange: (people: readonly EmailAddress[]) => void;
  readonly children?: ReactNode;
}

/**
 * People as chips. Comma, semicolon, Enter and leaving the field end an address; a press on a
 * chip, or Backspace behind it, makes it text again.
 */
export function RecipientField({ composer, label, people, chosen, isFirst, onChange, children }: RecipientFieldProps) {
  const { t } = useLingui();
  const listId = useId();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const known = useCorrespondents(composer.accountId);
  const choices = useMemo(
    () => (isOpen && text.trim() !== "" ? proposed(text, unique([...known, ...peopleOf(composer.account.emails.all())]), chosen) : []),
    [isOpen, text, composer, chosen, known],
  );
  useEffect(() => { if (isFirst) input.current?.focus(); }, [isFirst]);
  const add = (added: readonly EmailAddress[]): void => {
    if (added.length > 0) onChange(unique([...people, ...added]));
    setText("");
    setOpen(false);
    setActive(0);
  };
  const write = (next: string): void => {
    if (/[,;]\s*$/u.test(next) && next.includes("@")) { add(parseAddresses(next)); return; }
    setText(next);
    setOpen(true);
    setActive(0);
  };
  const edit = (person: EmailAddress): void => {
    onChange(people.filter((each) => each !== person));
    setText(fullAddress(person));
    requestAnimationFrame(() => { input.current?.focus(); });
  };
  const remove = (person: EmailAddress): void => {
    onChange(people.filter((each) => each !== person));
    input.current?.focus();
  };
  const paste = (event: ClipboardEvent): void => {
    const pasted = event.clipboardData.getData("text/plain");
    if (!/[,;\n<]/u.test(pasted.trim()) || !pasted.includes("@")) return;
    event.preventDefault();
    add(parseAddresses(`${text}${pasted}`));
  };
  const onKey = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.nativeEvent.isComposing || event.ctrlKey || event.metaKey) return;
    const choice = choices[active];
    const last = people.at(-1);
    switch (event.key) {
      case "ArrowDown": case "ArrowUp":
        if (choices.length === 0) return;
        setActive((old) => (old + (event.key === "ArrowDown" ? 1 : -1) + choices.length) % choices.length);
        break;
      case "Enter": if (text.trim() !== "") add(choice ? [choice] : parseAddresses(text)); break;
      case "Tab": if (choice && !event.shiftKey && !text.includes("@")) { add([choice]); break; } return;
      case "Escape": if (choices.length === 0) return; setOpen(false); break;
      case "Backspace": if (text !== "" || !last) return; edit(last); break;
      default: return;
    }
    event.preventDefault();
    if (event.key === "Escape") event.stopPropagation();
  };
  return (
    <div className="relative flex items-start gap-2 border-b border-border px-4 py-1 focus-within:border-accent" onClick={() => { input.current?.focus(); }}>
      <label htmlFor={`${listId}-input`} className="min-w-9 shrink-0 py-1 text-list leading-6 text-muted">{label}</label>
      <ul aria-label={label} className="flex min-w-0 grow flex-wrap items-center gap-1 py-0.5">
        {people.map((person) => <Chip key={person.email} person={person} onEdit={() => { edit(person); }} onRemove={() => { remove(person); }} />)}
        <li className="min-w-12 grow basis-12">
          <input
            id={`${listId}-input`} ref={input} type="text" inputMode="email" autoComplete="off" autoCapitalize="off" spellCheck={false}
            role="combobox" aria-expanded={choices.length > 0} aria-controls={listId} aria-autocomplete="list"
            aria-activedescendant={choices.length > 0 ? `${listId}-${String(active)}` : undefined}
            value={text} onChange={(event) => { write(event.target.value); }} onKeyDown={onKey} onPaste={paste}
            onBlur={() => { add(parseAddresses(text)); }}
            className="min-h-7 w-full bg-transparent text-ui outline-none touch:min-h-10 touch:text-[16px]"
          />
        </li>
      </ul>
      {children}
      {choices.length > 0 && (
        <ul id={listId} role="listbox" aria-label={t`Proposals`} className="appear absolute inset-x-3 top-full z-20 max-h-64 overflow-y-auto rounded-md border border-border bg-surface py-1 shadow-pop">
          {choices.map((person, at) => (
            <li
              key={person.email} id={`${listId}-${String(at)}`} role="option" aria-selected={at === active}
              onPointerDown={(event) => { event.preventDefault(); }} onClick={(event) => { event.stopPropagation(); add([person]); input.current?.focus(); }}
              className={cx("flex min-h-9 cursor-pointer items-center gap-2 px-3 text-list touch:min-h-11", at === active ? "bg-selected" : "hover:bg-hover")}
            >
              <bdi className="min-w-0 truncate">{personName(person)}</bdi>
              {personName(person) !== person.email && <span className="ml-auto min-w-0 truncate pl-3 text-fine text-muted">{person.email}</span>}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

interface ChipProps {
  readonly person: EmailAddress;
  readonly onEdit: () => void;
  readonly onRemove: () => void;
}

function Chip({ person, onEdit, onRemove }: ChipProps) {
  const { t } = useLingui();
  const isGood = isProper(person);
  const name = personName(person) ?? "";
  return (
    <li className={cx("flex max-w-full items-center rounded-sm border text-list", isGood ? "border-border bg-sunken" : "border-danger bg-danger-surface text-danger")}>
      <button
        type="button" onClick={(event) => { event.stopPropagation(); onEdit(); }} title={isGood ? fullAddress(person) : t`This is no complete address: ${person.email}`}
        aria-label={isGood ? t`Change ${fullAddress(person)}` : t`This is no complete address: ${person.email}`}
        className="min-h-6 min-w-0 truncate rounded-sm pl-2 touch:min-h-9"
      >
        <bdi>{name}</bdi>
      </button>
      <button
        type="button" onClick={(event) => { event.stopPropagation(); onRemove(); }} aria-label={t`Remove ${name}`}
        className="flex size-6 shrink-0 items-center justify-center rounded-sm text-muted hover:text-ink touch:size-9"
      >
        <X size={14} aria-hidden />
      </button>
    </li>
  );
}
