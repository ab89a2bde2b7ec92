/** Groups of recipients in a letter: one chip until somebody opens it, and single addresses for everybody else. Pure. */
import type { Person, RecipientGroup } from "@/api";
import type { EmailAddress } from "@/jmap";
import { formsOf } from "./addresses";

/** Somebody a letter goes to, and by which group's name they stand in it. */
export interface Recipient extends EmailAddress {
  readonly group?: string;
  /** It answers somebody who wrote from another address: this one is to be seen beside the name. */
  readonly isElsewhere?: boolean;
}

export type Chip =
  | { readonly kind: "person"; readonly person: Recipient }
  | { readonly kind: "group"; readonly name: string; readonly members: readonly Recipient[] };

/** What is shown for them: the people of a group at the place of its first one. */
export function chipsOf(people: readonly Recipient[]): readonly Chip[] {
  const groups = Map.groupBy(people.filter(({ group }) => group !== undefined), ({ group }) => group ?? "");
  const shown = new Set<string>();
  return people.flatMap((person): readonly Chip[] => {
    const { group } = person;
    if (group === undefined) return [{ kind: "person", person }];
    if (shown.has(group)) return [];
    shown.add(group);
    return [{ kind: "group", name: group, members: groups.get(group) ?? [] }];
  });
}

/** A group's people as they come into a field; who is chosen already does not come twice. */
export function membersOf({ name, members }: RecipientGroup, chosen: readonly EmailAddress[]): readonly Recipient[] {
  const taken = new Set(chosen.map(({ email }) => email.toLowerCase()));
  return members.filter(({ email }) => !taken.has(email.toLowerCase())).map((member) => ({ ...addressOf(member), group: name }));
}

/** Somebody kept, as a letter knows people. */
export function addressOf({ name, email }: Person): EmailAddress {
  return { name: name === "" ? null : name, email };
}

export function personOf({ name, email }: EmailAddress): Person {
  return { name: name ?? "", email };
}

/** The people of one group, from now on each by themselves. */
export function singled(people: readonly Recipient[], group: string): readonly Recipient[] {
  return people.map((each) => (each.group === group ? bare(each) : each));
}

/** Without the group's name: as servers and other programs know people. */
export function bare({ name, email }: Recipient): EmailAddress {
  return { name, email };
}

const MOST_GROUPS = 3;

/** The groups whose name has words that begin so, unless all of their people are chosen. */
export function proposedGroups(begun: string, groups: readonly RecipientGroup[], chosen: readonly EmailAddress[]): readonly RecipientGroup[] {
  const words = begun.trim().split(/\s+/u).filter(Boolean).map(formsOf);
  if (words.length === 0) return [];
  const isMeant = ({ name }: RecipientGroup): boolean => {
    const parts = name.split(/[\s@._/()-]+/u).flatMap(formsOf);
    return words.every((forms) => parts.some((part) => forms.some((form) => part.startsWith(form))));
  };
  return groups.filter((group) => isMeant(group) && membersOf(group, chosen).length > 0).slice(0, MOST_GROUPS);
}
