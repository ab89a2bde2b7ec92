/** Addresses that stand line by line, or with commas or semicolons between them. Pure. */
import { addressProblem, tidyAddress } from "@/lib/address";

export interface Written {
  /** Each once. */
  readonly addresses: readonly string[];
  /** The first that is none. */
  readonly wrong: string | null;
}

export function addressesIn(text: string): Written {
  const found = text.split(/[\n,;]+/u).map(tidyAddress).filter((each) => each !== "");
  const byKey = new Map(found.map((each) => [each.toLowerCase(), each]));
  return { addresses: [...byKey.values()], wrong: found.find((each) => addressProblem(each) !== null) ?? null };
}
