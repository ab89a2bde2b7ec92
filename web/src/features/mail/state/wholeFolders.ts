/** What is done to all messages of a folder, however many there are: it comes when it is asked for. */
import { plural, t } from "@lingui/core/macro";
import type { EmailId, Folder, MailboxId } from "@/jmap";
import { byRole, emptyPortion, lastCome } from "@/store";
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
 * Empty a folder, portion by portion, of what lies in it now: nobody has seen what comes later. What only went to the trash can
 * be brought back, also while it is under way; what was in the trash or among the junk is gone.
 */
export async function emptyFolder(whole: Whole, folder: Folder, name: string): Promise<void> {
  const { account, deeds } = whole;
  const trash = folder.role === "trash" || folder.role === "junk" ? null : (byRole(account.mailboxes.all(), "trash")?.id ?? null);
  const before = await saidWhileAsked(idsIn(account, folder.id));
  if (before === null || before.length === 0) return;
  const bringBack = (ids: readonly EmailId[]): void => { if (trash !== null) deeds.bringBack(ids, trash, folder.id); };
  const { stayed, isTakenBack, went } = await emptied(whole, { id: folder.id, name, before, trash });
  const n = went?.length ?? before.length - stayed;
  if (isTakenBack) bringBack(before);
  else if (trash !== null && n > 0) offerUndo(plural(n, { one: "Message deleted", other: "# messages deleted" }), () => { bringBack(went ?? before); }, went ?? before);
}

interface Task {
  readonly id: MailboxId;
  readonly name: string;
  /** What lay in it when somebody said that it be emptied. */
  readonly before: readonly EmailId[];
  /** Where that goes; null: for good. */
  readonly trash: MailboxId | null;
}

/** Until nothing is left, or somebody stops it. Answers how many messages stayed, once the page knows of all the others. */
async function emptied({ account, store, setProblem }: Whole, { id, name, before, trash }: Task): Promise<Ended> {
  const all = before.length;
  const upTo = lastCome(before);
  let [left, held, isStopped, isTakenBack, isBroken] = [all, 0, false, false, false];
  let toast: number | null = null;
  const stop = (): void => { isStopped = true; };
  const endUndo = trash === null ? () => undefined : undoWhileUnderWay(() => { stop(); isTakenBack = true; });
  const isWanted = (): boolean => left > 0 && !isStopped;
  try {
    while (upTo !== null && isWanted()) {
      const last = left;
      ({ left, held } = await emptyPortion(store.transport, account, id, upTo));
      if (left >= last && left > 0) break; // what is left stays: somebody has just put it here
      if (left > 0) toast = showLasting(t`“${name}” is being emptied`, { share: 1 - left / all, onStop: stop }, toast ?? undefined);
    }
    if (held > 0) showToast(plural(held, {
      one: "One message stays: it is to be sent. Cancel that first.", other: "# messages stay: they are to be sent. Cancel that first.",
    }));
  } catch (error) {
    isBroken = true;
    setProblem(error);
  }
  if (toast !== null) closeToast(toast);
  await account.refresh(); // before what went can be brought back: the page has to know where it lies
  const went = isBroken && trash !== null ? await nowIn(account, trash, before, () => isTakenBack) : null;
  endUndo();
  return { stayed: left + held, isTakenBack, went };
}

interface Ended {
  readonly stayed: number;
  readonly isTakenBack: boolean;
  /** What went after all; null where the server has answered to the last, and its counts say so. */
  readonly went: readonly EmailId[] | null;
}

/** A lost line may be back soon. */
const PAUSES_MS = [1_000, 3_000, 8_000, 20_000];

/**
 * Which of these lie in a folder now. An answer that got lost says nothing of what was done: that is asked for until the line
 * is back, or nobody needs it any more. None where it stays away.
 */
async function nowIn(account: AccountStore, folder: MailboxId, ids: readonly EmailId[], isNeedless: () => boolean): Promise<readonly EmailId[]> {
  for (const pause of [0, ...PAUSES_MS]) {
    if (pause > 0) await account.wait(pause);
    if (isNeedless()) break;
    try {
      const there = new Set(await idsIn(account, folder));
      if (pause > 0) await account.refresh();
      return ids.filter((id) => there.has(id));
    } catch {
      // its own words are on the page: why the emptying broke off
    }
  }
  return [];
}

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
