/** The page as actions see it that are about given rows, whatever is being read or ticked. */
import type { Email, EmailId } from "@/jmap";
import type { ListView } from "./mail";

/** Of one row also what is done with a message: it is that which the row is for. */
export function viewOn(view: ListView, rows: readonly EmailId[]): ListView {
  const one = rows.length === 1 ? (rows[0] ?? null) : null;
  return {
    ...view, messageId: one, cursor: one ?? view.cursor, reading: { current: null },
    rowDeeds: { ...view.rowDeeds, targets: () => rows }, deeds: { ...view.deeds, targets: () => rows },
  };
}

/** The messages that rows stand for, as far as they are loaded; undefined stands for one that is not. */
export function messagesOn(view: ListView, rows: readonly EmailId[]): readonly (Email | undefined)[] {
  return rows.flatMap((row) => view.list?.messagesOf(row) ?? [row]).map((id) => {
    const owner = view.ownerOf(id);
    return owner?.account.emails.get(owner.id);
  });
}
