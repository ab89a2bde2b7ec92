/**
 * Which people of a draft stand there as a group, kept in this browser.
 *
 * A draft at Microsoft names people alone, and a header field of our own would be sent to all of them. So a group is
 * known again by the draft's lineage and by digests of its people's addresses, by user, for as long as copies of letters are kept.
 */
import { digest } from "./fate";
import type { Recipient } from "./groups";
import type { Letter } from "./letter";

const FIELDS = ["to", "cc", "bcc"] as const;
type Field = (typeof FIELDS)[number];

interface Kept {
  readonly at: string;
  /** Digests of the people of each group, by field and the group's name. */
  readonly groups: Readonly<Record<Field, Readonly<Record<string, readonly string[]>>>>;
}

type Shelf = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const LONGEST_MS = 30 * 86_400_000;
const MOST_LETTERS = 50;

export class KeptGroups {
  readonly #name: string;
  readonly #shelf: Shelf;

  constructor(userId: string, shelf: Shelf = localStorage) {
    this.#name = `poststelle.draft-groups.${userId}`;
    this.#shelf = shelf;
  }

  /** Keep the groups of a letter as it stands now; one without any is forgotten. */
  put(letter: Letter, now = new Date()): void {
    const [lineage] = letter.lineage;
    if (lineage === undefined) return;
    const hasGroups = FIELDS.some((field) => letter[field].some(({ group }) => group !== undefined));
    if (!hasGroups) { this.drop(letter); return; }
    const groups = { to: digests(letter.to), cc: digests(letter.cc), bcc: digests(letter.bcc) };
    const others = Object.entries(this.#all(now)).filter(([each]) => each !== lineage);
    this.#write(Object.fromEntries([...others.slice(1 - MOST_LETTERS), [lineage, { at: now.toISOString(), groups }]]));
  }

  /** The letter with its groups, as far as all of a group's people are still in the field they were in. */
  restored(letter: Letter, now = new Date()): Letter {
    const [lineage = ""] = letter.lineage;
    const kept = this.#all(now)[lineage];
    if (!kept) return letter;
    return { ...letter, to: grouped(letter.to, kept.groups.to), cc: grouped(letter.cc, kept.groups.cc), bcc: grouped(letter.bcc, kept.groups.bcc) };
  }

  /** It was sent or thrown away. */
  drop({ lineage: [lineage = ""] }: Pick<Letter, "lineage">): void {
    const { [lineage]: gone, ...others } = this.#all(new Date());
    if (gone) this.#write(others);
  }

  #all(now: Date): Readonly<Record<string, Kept>> {
    try {
      const all = JSON.parse(this.#shelf.getItem(this.#name) ?? "{}") as Record<string, Kept>;
      return Object.fromEntries(Object.entries(all).filter(([, { at }]) => now.getTime() - Date.parse(at) < LONGEST_MS));
    } catch {
      return {}; // unreadable: people are shown one by one
    }
  }

  #write(all: Readonly<Record<string, Kept>>): void {
    try {
      if (Object.keys(all).length === 0) this.#shelf.removeItem(this.#name);
      else this.#shelf.setItem(this.#name, JSON.stringify(all));
    } catch {
      // Storage is full or forbidden: people are shown one by one.
    }
  }
}

function digestOf({ email }: Recipient): string {
  return digest(email.toLowerCase());
}

function digests(people: readonly Recipient[]): Readonly<Record<string, readonly string[]>> {
  const groups = Map.groupBy(people.filter(({ group }) => group !== undefined), ({ group }) => group ?? "");
  return Object.fromEntries([...groups].map(([name, members]) => [name, members.map(digestOf)]));
}

function grouped(people: readonly Recipient[], groups: Readonly<Record<string, readonly string[]>>): readonly Recipient[] {
  const here = new Set(people.map(digestOf));
  const whole = Object.entries(groups).filter(([, members]) => members.every((one) => here.has(one)));
  const groupOf = new Map(whole.flatMap(([name, members]) => members.map((one) => [one, name] as const)));
  return people.map((person) => {
    const group = groupOf.get(digestOf(person));
    return group === undefined ? person : { ...person, group };
  });
}
