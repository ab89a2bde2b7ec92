/** What is done in one mailbox, of all that are open: its ids are made wide on their way. */
import type { RefObject } from "react";
import type { AccountId, EmailId } from "@/jmap";
import { narrowed, widened } from "@/store";
import type { Deeds } from "../state/mail";
import type { ReadingSight } from "../state/reading";

/** What was dragged comes wide already. */
export function wideIn(account: AccountId, id: EmailId): EmailId {
  return narrowed(id) ? id : widened(account, id);
}

export function deedsIn(account: AccountId, deeds: Deeds): Deeds {
  const wide = (ids: readonly EmailId[]): readonly EmailId[] => ids.map((id) => wideIn(account, id));
  return {
    targets: () => deeds.targets().flatMap((id) => { const own = narrowed(id); return own?.account === account ? [own.id] : []; }),
    setSeen: (ids, on) => { deeds.setSeen(wide(ids), on); },
    setFlagged: (ids, on) => { deeds.setFlagged(wide(ids), on); },
    toggleFlagged: (ids) => { deeds.toggleFlagged(wide(ids)); },
    toggleSeen: (ids) => { deeds.toggleSeen(wide(ids)); },
    move: (ids, to, isFolderNew) => { deeds.move(wide(ids), to, isFolderNew); },
    moveToRole: (ids, role) => { deeds.moveToRole(wide(ids), role); },
    remove: (ids) => { deeds.remove(wide(ids)); },
    destroy: (ids) => { deeds.destroy(wide(ids)); },
    bringBack: (ids, from, to) => { deeds.bringBack(wide(ids), from, to); },
    setCategory: (ids, name, on) => { deeds.setCategory(wide(ids), name, on); },
    chooseCategories: (ids) => { deeds.chooseCategories(wide(ids)); },
    chooseFolder: (ids) => { deeds.chooseFolder(wide(ids)); },
  };
}

/** The thread on screen as keys of all mailboxes know it. */
export function readingIn(account: AccountId, reading: RefObject<ReadingSight | null>): RefObject<ReadingSight | null> {
  return {
    get current() { return reading.current; },
    set current(sight) { reading.current = sight && { ...sight, answers: widened(account, sight.answers) }; },
  };
}
