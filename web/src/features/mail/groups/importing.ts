/** Addresses out of whatever somebody pastes: a mail's recipients, lines, a table's columns. Pure. */
import type { EmailAddress } from "@/jmap";
import { withoutTurning } from "@/lib/turning";
import { isProper, parseAddresses } from "../compose/addresses";

/** A group has no more, and no message goes to more. Source: docs/api.md. */
export const MOST_MEMBERS = 500;
/** Letters that are looked at; what follows is left out, and said to be. */
const MOST_TEXT = 100_000;
const LONGEST_NAME = 200;
const LONGEST_SHOWN = 60;
const MOST_SHOWN = 5;

export interface Imported {
  /** All members from now on. */
  readonly members: readonly EmailAddress[];
  readonly added: number;
  /** In the group already, or named twice. */
  readonly double: number;
  /** What is no address: how many, and the first of them, shortened. */
  readonly wrong: number;
  readonly wrongOnes: readonly string[];
  /** Addresses for which there was no room, or text that was too long to be looked at. */
  readonly isCut: boolean;
}

export function imported(text: string, before: readonly EmailAddress[]): Imported {
  const found = text.slice(0, MOST_TEXT).split(/[\r\n]+/u).flatMap(ofLine);
  const seen = new Set(before.map(({ email }) => email.toLowerCase()));
  const members = [...before];
  const wrong: string[] = [];
  let [double, isCut] = [0, text.length > MOST_TEXT];
  for (const person of found) {
    const key = person.email.toLowerCase();
    if (!isProper(person)) wrong.push(shortened(person.email));
    else if (seen.has(key)) double += 1;
    else if (members.length >= MOST_MEMBERS) isCut = true;
    else {
      seen.add(key);
      members.push(fit(person));
    }
  }
  return { members, added: members.length - before.length, double, wrong: wrong.length, wrongOnes: wrong.slice(0, MOST_SHOWN), isCut };
}

/** A table's row has a name in one column and an address in another one; a line without any @ is a heading. */
function ofLine(line: string): readonly EmailAddress[] {
  if (!line.includes("@")) return [];
  const cells = line.split("\t").map((cell) => cell.trim()).filter((cell) => cell !== "");
  const addresses = cells.filter((cell) => cell.includes("@"));
  const [address] = addresses;
  if (cells.length < 2 || addresses.length !== 1 || !address) return parseAddresses(line);
  const people = parseAddresses(address);
  const [only] = people;
  if (people.length !== 1 || !only || only.name !== null) return people;
  return [{ name: cells.filter((cell) => cell !== address).slice(0, 2).join(" "), email: only.email }];
}

/** A name in one line, without marks that turn or hide what follows. */
function fit({ name, email }: EmailAddress): EmailAddress {
  const plain = withoutTurning(name ?? "").replace(/[\p{C}\p{Z}]+/gu, " ").trim().slice(0, LONGEST_NAME);
  return { name: plain === "" ? null : plain, email };
}

function shortened(text: string): string {
  const plain = withoutTurning(text).replace(/[\p{C}\p{Z}]+/gu, " ").trim();
  return plain.length > LONGEST_SHOWN ? `${plain.slice(0, LONGEST_SHOWN)}…` : plain;
}
