import { useLingui } from "@lingui/react/macro";
import { msg } from "@lingui/core/macro";
import { CalendarDays, Folder, History, Paperclip, Search, Tag, User, X } from "lucide-react";
import type { KeyboardEvent, ReactNode } from "react";
import { useEffect, useId, useMemo, useRef, useState } from "react";
import { IconButton, cx, inputClass } from "@/ui";
import { useListView } from "../state/mail";
import { recentSearches, rememberSearch } from "./recent";
import type { OperatorWords, Suggestion } from "./suggest";
import { accepted, suggestions } from "./suggest";

const PAUSE_MS = 250;

/** Where people say what they look for. What is found shows while they type; Enter and choosing end the proposals. */
export function SearchField() {
  const { t } = useLingui();
  const { search, setSearch, searchField } = useListView();
  const draft = useDraft();
  const { text, isOpen, active, choices, listId } = draft;
  return (
    <div role="search" className="relative px-2 pt-2">
      <Search size={16} aria-hidden className="pointer-events-none absolute top-4 left-4.5 text-muted touch:top-5.5" />
      <input
        ref={searchField} type="text" role="combobox" inputMode="search" enterKeyHint="search" autoComplete="off" spellCheck={false} maxLength={500}
        aria-label={t`Search`} aria-expanded={isOpen && choices.length > 0} aria-controls={listId} aria-autocomplete="list" aria-keyshortcuts="/"
        aria-activedescendant={active >= 0 ? `${listId}-${String(active)}` : undefined}
        placeholder={t`Search mail`} value={text} className={cx(inputClass, "pr-9 pl-8")}
        onChange={(event) => { draft.type(event.target.value); }} onKeyDown={draft.onKey}
        onFocus={draft.open} onClick={draft.open} onBlur={draft.close}
      />
      {(text !== "" || search) && (
        <IconButton label={t`End the search`} shortcut="Esc" icon={<X size={16} aria-hidden />} className="absolute top-2 right-2" onClick={() => { setSearch(null); }} />
      )}
      {isOpen && choices.length > 0 && <Choices {...draft} />}
    </div>
  );
}

interface Draft {
  readonly text: string;
  readonly isOpen: boolean;
  readonly active: number;
  readonly choices: readonly Suggestion[];
  readonly listId: string;
  type(text: string): void;
  choose(choice: Suggestion): void;
  open(): void;
  close(): void;
  onKey(event: KeyboardEvent<HTMLInputElement>): void;
}

/** The text while it is being typed; a moment after the last key it becomes the search. */
function useDraft(): Draft {
  const { search, setSearch, searchField, searchable: { memory }, focusList } = useListView();
  const listId = useId();
  const said = search?.text ?? "";
  const [held, setHeld] = useState({ said, text: said });
  if (held.said !== said) setHeld({ said, text: held.text.trim() === said.trim() ? held.text : said });
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const choices = useChoices(held.text, isOpen, searchField.current?.selectionStart ?? held.text.length);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => { clearTimeout(timer.current); }, []);
  const look = (text: string): void => {
    clearTimeout(timer.current);
    setSearch(text.trim() === "" ? null : text);
  };
  const write = (text: string): void => {
    setHeld((old) => ({ ...old, text }));
    setActive(-1);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => { look(text); }, PAUSE_MS);
  };
  const choose = (choice: Suggestion): void => {
    const input = searchField.current;
    const next = accepted(held.text, input?.selectionStart ?? held.text.length, choice);
    write(next.text);
    if (choice.kind === "recent") { setOpen(false); look(next.text); }
    requestAnimationFrame(() => { input?.focus(); input?.setSelectionRange(next.at, next.at); });
  };
  const submit = (): void => {
    setOpen(false);
    look(held.text);
    rememberSearch(memory, held.text);
  };
  const onKey = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.nativeEvent.isComposing) return;
    const shown = isOpen ? choices : [];
    const chosen = shown[active];
    switch (event.key) {
      case "ArrowDown": case "ArrowUp":
        if (!isOpen) { setOpen(true); break; }
        setActive((old) => turned(old, event.key === "ArrowDown" ? 1 : -1, shown.length));
        break;
      case "Enter": if (chosen) choose(chosen); else { submit(); focusList(); } break;
      case "Tab": if (chosen) { choose(chosen); break; } return;
      case "Escape":
        if (shown.length > 0) setOpen(false);
        else { write(""); look(""); focusList(); }
        break;
      default: return;
    }
    event.preventDefault();
  };
  return {
    text: held.text, isOpen, active, choices, listId, choose, onKey,
    type: (text) => { setOpen(true); write(text); },
    open: () => { setOpen(true); },
    close: () => { setOpen(false); if (said) rememberSearch(memory, said); },
  };
}

/** The next of `count` rows and, between the last and the first, none. */
function turned(at: number, by: number, count: number): number {
  const next = at + by;
  if (next < -1) return count - 1;
  return next >= count ? -1 : next;
}

function useChoices(text: string, isOpen: boolean, at: number): readonly Suggestion[] {
  const { searchable: { memory, folders, people, categories } } = useListView();
  const words = useOperatorWords();
  return useMemo(
    () => (isOpen ? suggestions(text, at, { recent: recentSearches(memory), folders, people: people(), categories: categories() }, words) : []),
    [text, at, isOpen, memory, folders, people, categories, words],
  );
}

/** Operators in the page's language; those of the other one are understood as well. */
function useOperatorWords(): OperatorWords {
  const { t } = useLingui();
  return useMemo(() => ({
    names: {
      from: t({ message: "from", context: "search operator" }), to: t({ message: "to", context: "search operator" }),
      subject: t({ message: "subject", context: "search operator" }), in: t({ message: "in", context: "search operator" }),
      category: t({ message: "category", context: "search operator" }),
      before: t({ message: "before", context: "search operator" }), after: t({ message: "after", context: "search operator" }),
      is: t({ message: "is", context: "search operator" }), has: t({ message: "has", context: "search operator" }),
    },
    states: {
      unread: t({ message: "unread", context: "search state" }), flagged: t({ message: "flagged", context: "search state" }),
      answered: t({ message: "answered", context: "search state" }), attachment: t({ message: "attachment", context: "search state" }),
    },
  }), [t]);
}

function Choices({ choices, active, listId, choose }: Draft) {
  const { t } = useLingui();
  return (
    <ul id={listId} role="listbox" aria-label={t`Proposals`} className="appear absolute inset-x-2 top-full z-20 mt-1 max-h-80 overflow-y-auto rounded-md border border-border bg-surface py-1 shadow-pop">
      {choices.map((choice, at) => (
        <li
          key={`${choice.kind} ${keyOf(choice)}`} id={`${listId}-${String(at)}`} role="option" aria-selected={at === active}
          onPointerDown={(event) => { event.preventDefault(); }} onClick={() => { choose(choice); }}
          className={cx("flex min-h-8 touch:min-h-11 cursor-pointer items-center gap-2 px-3 text-list", at === active ? "bg-selected" : "hover:bg-hover")}
        >
          <Line choice={choice} />
        </li>
      ))}
    </ul>
  );
}

function keyOf(choice: Suggestion): string {
  return choice.kind === "recent" ? choice.text : choice.insert;
}

const explanations = {
  from: msg`who wrote it`, to: msg`who got it`, subject: msg`words of the subject`, in: msg`a folder`, category: msg`a category`, before: msg`received before a day`,
  after: msg`received from a day on`, is: msg`unread, flagged, answered`, has: msg`with an attachment`,
} as const;

function Line({ choice }: { readonly choice: Suggestion }) {
  const { t } = useLingui();
  switch (choice.kind) {
    case "recent": return <Words icon={<History size={16} aria-hidden />}>{choice.text}</Words>;
    case "folder": return <Words icon={<Folder size={16} aria-hidden />}>{choice.name}</Words>;
    case "category": return <Words icon={<Tag size={16} aria-hidden />}>{choice.name}</Words>;
    case "person": return <Words icon={<User size={16} aria-hidden />} hint={choice.name === choice.email ? "" : choice.email}>{choice.name}</Words>;
    case "state": return <Words icon={choice.state === "attachment" ? <Paperclip size={16} aria-hidden /> : <Search size={16} aria-hidden />}>{choice.insert}</Words>;
    case "operator": {
      const words = choice.operator in explanations ? t(explanations[choice.operator as keyof typeof explanations]) : "";
      const isDate = choice.operator === "before" || choice.operator === "after";
      return <Words icon={isDate ? <CalendarDays size={16} aria-hidden /> : <Search size={16} aria-hidden />} hint={words}>{choice.insert}</Words>;
    }
  }
}

function Words({ icon, children, hint = "" }: { readonly icon: ReactNode; readonly children: string; readonly hint?: string }) {
  return (
    <>
      <span className="shrink-0 text-muted">{icon}</span>
      <bdi className="min-w-0 truncate">{children}</bdi>
      {hint !== "" && <span className="ml-auto min-w-0 truncate pl-3 text-fine text-muted">{hint}</span>}
    </>
  );
}
