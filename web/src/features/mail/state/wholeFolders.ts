/** What is done to all messages of a folder, however many there are: it comes when it is asked for. */
import { plural, t } from "@lingui/core/macro";
import type { EmailId, Folder, MailboxId } from "@/jmap";
import { byRole, emptyPortion } from "@/store";
import type { AccountStore, MailStore } from "@/store";
import { closeToast, showLasting, showToast } from "@/ui";
import type { Deeds } from "./mail";
import { saidWhileAsked } from "./ticking";
import { offerUndo, undoWhileUnderWay } from "./undo";

/** As many ids as the server tells at once. */
export const IDS_AT_ONCE = 5_000;

export interface Whole {
  readonly account: AccountStore;
  readonly store: Pick<MailStore, "transport">;
  readonly deeds: Pick<Deeds, "setSeen" | "bringBack">;
  readonly setProblem: (error: unknown) => void;
}

/** Mark everything in a folder as read. */
export async function markFolderRead({ account, deeds }: Whole, folder: Folder): Promise<void> {
  const ids = await saidWhileAsked(idsIn(account, folder.id, { notKeyword: "$seen" }));
  if (ids) deeds.setSeen(ids, true);
}

/**
 * Empty a folder, portion by portion. What only went to the trash can be brought back, also while it is under way; what was
 * in the trash or among the junk is gone.
 */
export async function emptyFolder(whole: Whole, folder: Folder, name: string): Promise<void> {
  const { account, deeds } = whole;
  const trash = folder.role === "trash" || folder.role === "junk" ? null : (byRole(account.mailboxes.all(), "trash")?.id ?? null);
  const before = trash === null ? [] : await saidWhileAsked(idsIn(account, folder.id));
  if (before === null) return;
  const bringBack = trash === null ? null : (): void => { deeds.bringBack(before, trash, folder.id); };
  const { stayed, isTakenBack } = await emptied(whole, folder, name, bringBack !== null);
  const n = before.length - stayed;
  if (isTakenBack) bringBack?.();
  else if (bringBack && n > 0) offerUndo(plural(n, { one: "Message deleted", other: "# messages deleted" }), bringBack, before);
}

/** Until nothing is left, or somebody stops it. Answers how many messages stayed, once the page knows of all the others. */
async function emptied({ account, store, setProblem }: Whole, { id }: Folder, name: string, hasWayBack: boolean): Promise<Ended> {
  const all = account.mailboxes.get(id)?.totalEmails ?? 0;
  let [left, held, isStopped, isTakenBack] = [all, 0, false, false];
  let toast: number | null = null;
  const stop = (): void => { isStopped = true; };
  const endUndo = hasWayBack ? undoWhileUnderWay(() => { stop(); isTakenBack = true; }) : () => undefined;
  const isWanted = (): boolean => left > 0 && !isStopped;
  try {
    while (isWanted()) {
      const before = left;
      ({ left, held } = await emptyPortion(store.transport, account, id));
      if (left >= before && left > 0) break; // what is left stays: it has just come
      if (left > 0) toast = showLasting(t`“${name}” is being emptied`, { share: 1 - left / Math.max(1, all), onStop: stop }, toast ?? undefined);
    }
    if (held > 0) showToast(plural(held, {
      one: "One message stays: it is to be sent. Cancel that first.", other: "# messages stay: they are to be sent. Cancel that first.",
    }));
  } catch (error) {
    setProblem(error);
  }
  if (toast !== null) closeToast(toast);
  await account.refresh(); // before what went can be brought back: the page has to know where it lies
  endUndo();
  return { stayed: left + held, isTakenBack };
}

interface Ended { readonly stayed: number; readonly isTakenBack: boolean }

async function idsIn(account: AccountStore, inMailbox: MailboxId, filter: { readonly notKeyword?: "$seen" } = {}): Promise<readonly EmailId[]> {
  const found = new Set<EmailId>();
  for (let position = 0; ; position += IDS_AT_ONCE) {
    const { ids } = await account.client.call("Email/query", {
      accountId: account.id, filter: { inMailbox, ...filter }, sort: [{ property: "receivedAt", isAscending: false }], position, limit: IDS_AT_ONCE,
    }).result;
    for (const id of ids) found.add(id);
    if (ids.length < IDS_AT_ONCE) return [...found];
  }
}
