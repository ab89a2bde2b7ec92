/** How mailboxes that stand side by side are told apart. Pure. */
import type { AssignedMailbox } from "@/store";

type Named = Pick<AssignedMailbox, "id" | "name" | "address">;

/** A mailbox keeps its colour when others come: the first that was made has the first one. */
export function tonesOf(all: readonly Pick<AssignedMailbox, "id">[]): ReadonlyMap<string, number> {
  const ids = all.map(({ id }) => id).sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  return new Map(ids.map((id, tone) => [id, tone]));
}

/** Its name, else what stands before the @, unless another mailbox is called so too. */
export function shortName(mailbox: Named, all: readonly Named[]): string {
  const short = (each: Named): string => each.name || (each.address.split("@")[0] ?? each.address);
  const isShared = all.some((other) => other.id !== mailbox.id && short(other) === short(mailbox));
  return isShared ? mailbox.address : short(mailbox);
}
