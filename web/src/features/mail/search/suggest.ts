/** What the search field proposes while somebody types: pure, from what this browser holds. */
import type { Email, EmailAddress } from "@/jmap";
import { personName } from "@/lib/personName";
import type { Folders, Operator, Token } from "./parse";
import { tokens } from "./parse";

export type Suggestion =
  | { readonly kind: "recent"; readonly text: string }
  | { readonly kind: "operator"; readonly operator: Operator; readonly insert: string }
  | { readonly kind: "folder"; readonly name: string; readonly insert: string }
  | { readonly kind: "category"; readonly name: string; readonly insert: string }
  | { readonly kind: "person"; readonly name: string; readonly email: string; readonly insert: string }
  | { readonly kind: "state"; readonly state: State; readonly insert: string };

export type State = "unread" | "flagged" | "answered" | "attachment";

/** Operators as they are written in the page's language. */
export interface OperatorWords {
  readonly names: Readonly<Record<"from" | "to" | "subject" | "in" | "category" | "before" | "after" | "is" | "has", string>>;
  readonly states: Readonly<Record<State, string>>;
}

export interface Known {
  readonly recent: readonly string[];
  readonly folders: Folders;
  readonly people: readonly EmailAddress[];
  readonly categories: readonly string[];
}

const MOST = 7;

/** Proposals for the part of the text in which the writing mark stands. */
export function suggestions(text: string, at: number, known: Known, words: OperatorWords): readonly Suggestion[] {
  const token = tokenAt(text, at);
  if (!token) return text.trim() === "" ? [...recent(known).slice(0, MOST), ...operators(words)] : operators(words);
  const begun = token.value.toLowerCase();
  switch (token.operator) {
    case "in": return folders(begun, known, words);
    case "from": case "to": case "cc": case "bcc": return people(begun, known, text.slice(token.from).split(":")[0] ?? "");
    case "category": return categories(begun, known, words);
    case "is": case "has": return states(begun, words);
    case null: return begun.length < 2 ? [] : [...matching(begun, words), ...people(begun, known, words.names.from).slice(0, 4)].slice(0, MOST);
    default: return [];
  }
}

/** The text with a proposal in place of what stood under the writing mark, and where that goes on. */
export function accepted(text: string, at: number, suggestion: Suggestion): { readonly text: string; readonly at: number } {
  if (suggestion.kind === "recent") return { text: suggestion.text, at: suggestion.text.length };
  const token = tokenAt(text, at);
  const [from, to] = token ? [token.from + (token.isNot ? 1 : 0), token.to] : [at, at];
  const gap = suggestion.kind === "operator" ? "" : " ";
  const before = text.slice(0, from) + suggestion.insert + gap;
  return { text: before + text.slice(to).trimStart(), at: before.length };
}

function tokenAt(text: string, at: number): Token | undefined {
  return tokens(text).find(({ from, to }) => from < at && at <= to);
}

function recent({ recent }: Known): readonly Suggestion[] {
  return recent.map((text) => ({ kind: "recent", text }));
}

function operators({ names }: OperatorWords): readonly Suggestion[] {
  return (Object.keys(names) as (keyof typeof names)[]).map((operator) => ({ kind: "operator", operator, insert: `${names[operator]}:` }));
}

function matching(begun: string, words: OperatorWords): readonly Suggestion[] {
  return operators(words).filter((each) => each.kind === "operator" && each.insert.startsWith(begun));
}

function states(begun: string, { names, states }: OperatorWords): readonly Suggestion[] {
  return (Object.keys(states) as State[])
    .filter((state) => states[state].startsWith(begun))
    .map((state) => ({ kind: "state", state, insert: `${state === "attachment" ? names.has : names.is}:${states[state]}` }));
}

function folders(begun: string, { folders }: Known, { names }: OperatorWords): readonly Suggestion[] {
  return folders.all
    .map((mailbox) => folders.path(mailbox).join("/"))
    .filter((path) => path.toLowerCase().includes(begun))
    .sort((a, b) => a.toLowerCase().indexOf(begun) - b.toLowerCase().indexOf(begun))
    .slice(0, MOST)
    .map((name) => ({ kind: "folder", name, insert: `${names.in}:${quoted(name)}` }));
}

function quoted(name: string): string {
  return /[\s"“”„]/.test(name) ? `"${name.replaceAll('"', "")}"` : name;
}

function categories(begun: string, { categories }: Known, words: OperatorWords): readonly Suggestion[] {
  return categories
    .filter((name) => name.toLowerCase().includes(begun))
    .slice(0, MOST)
    .map((name) => ({ kind: "category", name, insert: searchForCategory(name, words.names.category) }));
}

/** A search for what is in a category. */
export function searchForCategory(name: string, operator: string): string {
  return `${operator}:${quoted(name)}`;
}

/** The categories of the messages that are held, after those that are known, each once. */
export function categoriesOf(known: readonly string[], emails: readonly Email[]): readonly string[] {
  const found = new Map<string, string>();
  for (const name of [...known, ...emails.flatMap((email) => email["poststelle:categories"])]) if (!found.has(name.toLowerCase())) found.set(name.toLowerCase(), name);
  return [...found.values()];
}

function people(begun: string, { people }: Known, name: string): readonly Suggestion[] {
  const matches = (text: string | null): boolean => text !== null && text.toLowerCase().split(/[\s@._-]+/).some((part) => part.startsWith(begun));
  return people
    .filter((person) => begun === "" || matches(person.name) || matches(person.email) || person.email.toLowerCase().startsWith(begun))
    .slice(0, MOST)
    .map((person) => ({ kind: "person", name: personName(person) ?? person.email, email: person.email, insert: `${name}:${person.email}` }));
}

/** The people in the messages that are held, those met most often first. */
export function peopleOf(emails: readonly Email[]): readonly EmailAddress[] {
  const met = new Map<string, { readonly person: EmailAddress; count: number }>();
  for (const person of emails.flatMap(({ from, to }) => [...(from ?? []), ...(to ?? [])])) {
    const key = person.email.toLowerCase();
    if (key === "") continue;
    const known = met.get(key);
    if (known) known.count += 1;
    else met.set(key, { person, count: 1 });
  }
  return [...met.values()].sort((a, b) => b.count - a.count).map(({ person }) => person);
}
