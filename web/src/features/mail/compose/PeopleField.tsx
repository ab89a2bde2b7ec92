import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { ChevronsRight, Users, X } from "lucide-react";
import type { ClipboardEvent, KeyboardEvent, ReactNode } from "react";
import { useEffect, useId, useMemo, useRef, useState } from "react";
import type { RecipientGroup } from "@/api";
import type { EmailAddress } from "@/jmap";
import { personName } from "@/lib/personName";
import { cx } from "@/ui";
import { fullAddress } from "../text/names";
import { isProper, parseAddresses, proposed, unique } from "./addresses";
import type { Chip, Recipient } from "./groups";
import { chipsOf, membersOf, proposedGroups, singled } from "./groups";

export interface PeopleFieldProps {
  readonly label: string;
  readonly people: readonly Recipient[];
  /** All recipients: nobody is proposed twice. */
  readonly chosen: readonly EmailAddress[];
  /** Who may be meant, best first; asked for while somebody types. */
  readonly known: () => readonly EmailAddress[];
  readonly groups: readonly RecipientGroup[];
  readonly isFirst?: boolean;
  readonly onChange: (people: readonly Recipient[]) => void;
  /** At its end; Tab comes to it before the field, so that from there it leads on to the next one. */
  readonly children?: ReactNode;
}

type Choice = { readonly kind: "person"; readonly person: EmailAddress } | { readonly kind: "group"; readonly group: RecipientGroup };

const keyOf = (choice: Choice | undefined): string | null => (choice ? (choice.kind === "group" ? choice.group.id : choice.person.email) : null);

/**
 * The proposal that Enter takes: who was picked with the arrows, else the first; -1: none. Who types a whole
 * address means that one, and nobody else whose address begins the same.
 */
function activeOf(choices: readonly Choice[], picked: string | null, text: string): number {
  const at = choices.findIndex((choice) => keyOf(choice) === picked);
  if (at !== -1) return at;
  const [typed] = parseAddresses(text);
  const isWhole = typed !== undefined && isProper(typed);
  return isWhole && keyOf(choices[0])?.toLowerCase() !== typed.email.toLowerCase() ? -1 : 0;
}

function nextTo(active: number, isDown: boolean, count: number): number {
  if (active === -1) return isDown ? 0 : count - 1;
  return (active + (isDown ? 1 : -1) + count) % count;
}

/**
 * People as chips, groups of them as one chip. Comma, semicolon, Enter and leaving the field end an
 * address; a press on a chip, or Backspace behind it, makes it text again, a group its people.
 */
export function PeopleField({ label, people, chosen, known, groups, isFirst, onChange, children }: PeopleFieldProps) {
  const { t } = useLingui();
  const listId = useId();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const [isOpen, setOpen] = useState(false);
  const [picked, setPicked] = useState<string | null>(null);
  const choices = useMemo<readonly Choice[]>(() => {
    if (!isOpen || text.trim() === "") return [];
    return [
      ...proposedGroups(text, groups, chosen).map((group) => ({ kind: "group", group }) as const),
      ...proposed(text, known(), chosen).map((person) => ({ kind: "person", person }) as const),
    ];
  }, [isOpen, text, groups, chosen, known]);
  const active = activeOf(choices, picked, text);
  const chips = useMemo(() => chipsOf(people), [people]);
  useEffect(() => { if (isFirst) input.current?.focus(); }, [isFirst]);
  const add = (added: readonly Recipient[]): void => {
    if (added.length > 0) onChange(unique([...people, ...added]));
    setText("");
    setOpen(false);
    setPicked(null);
  };
  const write = (next: string): void => {
    if (/[,;]\s*$/u.test(next) && next.includes("@")) { add(parseAddresses(next)); return; }
    setText(next);
    setOpen(true);
    setPicked(null);
  };
  const choose = (choice: Choice): void => { add(choice.kind === "person" ? [choice.person] : membersOf(choice.group, chosen)); };
  const edit = (person: EmailAddress): void => {
    onChange(people.filter((each) => each !== person));
    setText(fullAddress(person));
    requestAnimationFrame(() => { input.current?.focus(); });
  };
  const remove = (gone: readonly Recipient[]): void => {
    onChange(people.filter((each) => !gone.includes(each)));
    input.current?.focus();
  };
  const expand = (name: string): void => {
    onChange(singled(people, name));
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
    const last = chips.at(-1);
    switch (event.key) {
      case "ArrowDown": case "ArrowUp":
        if (choices.length === 0) return;
        setPicked(keyOf(choices.at(nextTo(active, event.key === "ArrowDown", choices.length))));
        break;
      case "Enter": if (text.trim() !== "") { if (choice) choose(choice); else add(parseAddresses(text)); } break;
      case "Tab": if (choice && !event.shiftKey && !text.includes("@")) { choose(choice); break; } return;
      case "Escape": if (choices.length === 0) return; setOpen(false); break;
      case "Backspace":
        if (text !== "" || !last) return;
        if (last.kind === "group") expand(last.name);
        else edit(last.person);
        break;
      default: return;
    }
    event.preventDefault();
    if (event.key === "Escape") event.stopPropagation();
  };
  return (
    <div className="relative flex items-start gap-2 border-b border-border px-4 py-1 focus-within:border-accent" onClick={() => { input.current?.focus(); }}>
      <label htmlFor={`${listId}-input`} className="min-w-9 shrink-0 py-1 text-list leading-6 text-muted">{label}</label>
      {children && <div className="order-last shrink-0">{children}</div>}
      <ul aria-label={label} className="flex min-w-0 grow flex-wrap items-center gap-1 py-0.5">
        {chips.map((chip) => (chip.kind === "group"
          ? <GroupChip key={`group ${chip.name}`} chip={chip} onExpand={() => { expand(chip.name); }} onRemove={() => { remove(chip.members); }} />
          : <PersonChip key={chip.person.email} person={chip.person} onEdit={() => { edit(chip.person); }} onRemove={() => { remove([chip.person]); }} />))}
        <li className="min-w-12 grow basis-12">
          <input
            id={`${listId}-input`} ref={input} type="text" inputMode="email" autoComplete="off" autoCapitalize="off" spellCheck={false}
            role="combobox" aria-expanded={choices.length > 0} aria-controls={listId} aria-autocomplete="list"
            aria-activedescendant={choices[active] ? `${listId}-${String(active)}` : undefined}
            value={text} onChange={(event) => { write(event.target.value); }} onKeyDown={onKey} onPaste={paste}
            onBlur={() => { add(parseAddresses(text)); }}
            className="min-h-7 w-full bg-transparent text-ui outline-none touch:min-h-10 touch:text-[16px]"
          />
        </li>
      </ul>
      {choices.length > 0 && (
        <ul id={listId} role="listbox" aria-label={t`Proposals`} className="appear absolute inset-x-3 top-full z-20 max-h-64 overflow-y-auto rounded-md border border-border bg-surface py-1 shadow-pop">
          {choices.map((choice, at) => (
            <li
              key={keyOf(choice)} id={`${listId}-${String(at)}`} role="option" aria-selected={at === active}
              onPointerDown={(event) => { event.preventDefault(); }} onClick={(event) => { event.stopPropagation(); choose(choice); input.current?.focus(); }}
              className={cx("flex min-h-9 cursor-pointer items-center gap-2 px-3 text-list touch:min-h-11", at === active ? "bg-selected" : "hover:bg-hover")}
            >
              {choice.kind === "group" ? <GroupLine group={choice.group} /> : <PersonLine person={choice.person} />}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function PersonLine({ person }: { readonly person: EmailAddress }) {
  return (
    <>
      <bdi className="min-w-0 truncate">{personName(person)}</bdi>
      {personName(person) !== person.email && <span className="ml-auto min-w-0 truncate pl-3 text-fine text-muted">{person.email}</span>}
    </>
  );
}

function GroupLine({ group: { name, members } }: { readonly group: RecipientGroup }) {
  return (
    <>
      <Users size={16} aria-hidden className="shrink-0 text-muted" />
      <bdi className="min-w-0 truncate font-medium">{name}</bdi>
      <span className="tabular ml-auto shrink-0 pl-3 text-fine text-muted">{plural(members.length, { one: "group, # address", other: "group, # addresses" })}</span>
    </>
  );
}

interface GroupChipProps {
  readonly chip: Extract<Chip, { kind: "group" }>;
  readonly onExpand: () => void;
  readonly onRemove: () => void;
}

/** How many of a group's addresses a tooltip names. */
const NAMED = 20;

/** A group as long as nobody has asked for its people. */
function GroupChip({ chip: { name, members }, onExpand, onRemove }: GroupChipProps) {
  const { t } = useLingui();
  const count = plural(members.length, { one: "# address", other: "# addresses" });
  const all = members.slice(0, NAMED).map(fullAddress).join("\n") + (members.length > NAMED ? "\n…" : "");
  return (
    <li className="flex max-w-full items-center rounded-sm border border-accent/40 bg-info-surface text-list">
      <button
        type="button" onClick={(event) => { event.stopPropagation(); onExpand(); }} title={all} aria-label={t`${name} ${count}, show one by one`}
        className="flex min-h-6 min-w-0 items-center gap-1.5 rounded-sm pl-2 touch:min-h-9"
      >
        <Users size={14} aria-hidden className="shrink-0 text-muted" />
        <bdi className="truncate font-medium">{name}</bdi>{" "}
        <span className="tabular shrink-0 text-muted">{members.length}</span>
        <ChevronsRight size={14} aria-hidden className="shrink-0 text-muted" />
      </button>
      <RemoveButton name={name} onRemove={onRemove} />
    </li>
  );
}

interface ChipProps {
  readonly person: Recipient;
  readonly onEdit: () => void;
  readonly onRemove: () => void;
}

function PersonChip({ person, onEdit, onRemove }: ChipProps) {
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
        {person.isElsewhere && name !== person.email && <span className="text-muted"> {person.email}</span>}
      </button>
      <RemoveButton name={name} onRemove={onRemove} />
    </li>
  );
}

function RemoveButton({ name, onRemove }: { readonly name: string; readonly onRemove: () => void }) {
  const { t } = useLingui();
  return (
    <button
      type="button" onClick={(event) => { event.stopPropagation(); onRemove(); }} aria-label={t`Remove ${name}`}
      className="flex size-6 shrink-0 items-center justify-center rounded-sm text-muted hover:text-ink touch:size-9"
    >
      <X size={14} aria-hidden />
    </button>
  );
}
