/** Deeds on rows of the list: a row of a thread stands for the thread's messages in the folder. */
import type { Email, EmailId } from "@/jmap";
import { hasKeyword } from "@/store";
import type { RowList } from "@/store";
import type { Deeds } from "./mail";

export interface RowDeedsOptions {
  readonly emailOf: (id: EmailId) => Email | undefined;
  readonly list: Pick<RowList, "spec" | "messagesOf" | "messagesOfAll" | "rowOf"> | null;
  /** The deeds on messages. */
  readonly deeds: Deeds;
  readonly setProblem: (error: unknown) => void;
}

/**
 * The same deeds for rows. Marking as read, moving and deleting are done to all of a thread that lies in the
 * folder; a flag is put on its newest message, and taken from all.
 */
export function deedsOnRows({ emailOf, list, deeds, setProblem }: RowDeedsOptions): Deeds {
  if (!list?.spec.isThreaded) return deeds;
  /** At once where the messages are known, as those of rows on screen are. */
  const over = (rows: readonly EmailId[], run: (ids: readonly EmailId[]) => void): void => {
    const known: (readonly EmailId[])[] = [];
    for (const row of rows) {
      const messages = list.messagesOf(row);
      if (messages === null) { list.messagesOfAll(rows).then(run, setProblem); return; }
      known.push(messages);
    }
    run([...new Set(known.flat())]);
  };
  const isFlagged = (id: EmailId): boolean => hasKeyword(emailOf(id), "$flagged");
  const newest = (row: EmailId): EmailId => list.messagesOf(row)?.at(-1) ?? row;
  const setFlagged = (rows: readonly EmailId[], on: boolean): void => {
    if (on) deeds.setFlagged(rows.map(newest), true);
    else over(rows, (ids) => { deeds.setFlagged(ids, false); });
  };
  return {
    targets: () => {
      const ids = deeds.targets(); // ticked rows, or the message being read
      return ids.length === 1 && ids[0] ? [list.rowOf(ids[0])] : ids;
    },
    setSeen: (rows, on) => { over(rows, (ids) => { deeds.setSeen(ids, on); }); },
    setFlagged,
    toggleFlagged: (rows) => {
      const bare = rows.filter((row) => !(list.messagesOf(row) ?? [row]).some(isFlagged));
      setFlagged(bare.length > 0 ? bare : rows, bare.length > 0);
    },
    toggleSeen: (rows) => { over(rows, deeds.toggleSeen); },
    move: (rows, to, isFolderNew) => { over(rows, (ids) => { deeds.move(ids, to, isFolderNew); }); },
    moveToRole: (rows, role) => { over(rows, (ids) => { deeds.moveToRole(ids, role); }); },
    remove: (rows) => { over(rows, deeds.remove); },
    destroy: (rows) => { over(rows, deeds.destroy); },
    bringBack: (ids, from, to) => { deeds.bringBack(ids, from, to); }, // messages by themselves
    setCategory: (rows, name, on) => { over(rows, (ids) => { deeds.setCategory(ids, name, on); }); },
    chooseCategories: (rows) => { over(rows, deeds.chooseCategories); },
    chooseFolder: (rows) => { over(rows, deeds.chooseFolder); },
  };
}
