/**
 * What a user does to folders: shown at once where nothing new is made, told to the server,
 * taken back if it refuses. Source: RFC 8621 §2.5.
 */
import { SetFailed } from "@/jmap";
import type { EmailId, Folder, MailboxId, SetErrorBody, Transport } from "@/jmap";
import type { AccountStore } from "./account";

const MOST_NAMES = 20;

/** Make a folder; its id. Raises SetFailed, and what breaks a request. */
export async function createFolder(account: AccountStore, name: string, parentId: MailboxId | null): Promise<MailboxId> {
  const { result } = account.client.call("Mailbox/set", { accountId: account.id, create: { made: { name, parentId } } });
  const { created, notCreated } = await result;
  const made = created?.["made"];
  if (!made) throw new SetFailed(new Map(Object.entries(notCreated ?? {})));
  await account.refresh();
  return made.id as MailboxId;
}

export interface FolderChange {
  readonly name?: string;
  readonly parentId?: MailboxId | null;
}

/** Rename or move a folder. Raises SetFailed, and what breaks a request; then it is as it was. */
export async function changeFolder(account: AccountStore, id: MailboxId, change: FolderChange): Promise<void> {
  const overlay = account.mailboxes.overlay(new Set([id]), (mailbox) => ({ ...mailbox, ...change }));
  try {
    const { result } = account.client.call("Mailbox/set", { accountId: account.id, update: { [id]: { ...change } } });
    const { notUpdated } = await result;
    if (notUpdated?.[id]) throw new SetFailed(new Map([[id, notUpdated[id]]]));
    overlay.keep();
  } catch (error) {
    overlay.undo();
    throw error;
  }
  void account.refresh();
}

/** Put a folder below another one. Should its name be taken there, it gets a number. Answers the name it has now. */
export async function moveFolder(account: AccountStore, folder: Folder, parentId: MailboxId | null): Promise<string> {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? folder.name : `${folder.name} (${String(number)})`;
    try {
      await changeFolder(account, folder.id, number === 1 ? { parentId } : { parentId, name });
      return name;
    } catch (error) {
      if (!isNameTaken(error) || number === MOST_NAMES) throw error;
    }
  }
}

/** Remove a folder for good, with all in it and below it. Raises SetFailed, and what breaks a request. */
export async function destroyFolder(account: AccountStore, id: MailboxId): Promise<void> {
  const destroy = [...below(account, id).reverse(), id];
  const { result } = account.client.call("Mailbox/set", { accountId: account.id, destroy, onDestroyRemoveEmails: true });
  const { notDestroyed } = await result;
  await account.refresh();
  if (notDestroyed && Object.keys(notDestroyed).length > 0) throw new SetFailed(new Map(Object.entries(notDestroyed)));
}

/** Remove a folder that was made for something that was taken back; what has come into it meanwhile, of whomever, keeps it. */
export async function removeIfEmpty(account: AccountStore, id: MailboxId): Promise<void> {
  await account.client.call("Mailbox/set", { accountId: account.id, destroy: [id], onDestroyRemoveEmails: false }).result;
  await account.refresh();
}

/** How many messages are left to go from a folder, and how many stay because they are to be sent. */
export interface Emptied { readonly left: number; readonly held: number }

/** Empty a portion of a folder, up to this message: what has come later stays, and is not counted. */
export async function emptyPortion(transport: Transport, account: AccountStore, id: MailboxId, upTo: EmailId): Promise<Emptied> {
  return (await transport(`/api/mailboxes/${account.id}/folders/${id}/empty`, { up_to: upTo }, "POST")) as Emptied;
}

/** The message that came to the server last; null of none. Ids rise: they are numbers to the base of 36 behind a letter. */
export function lastCome(ids: Iterable<EmailId>): EmailId | null {
  let last: EmailId | null = null;
  for (const id of ids) {
    if (last === null || id.length > last.length || (id.length === last.length && id > last)) last = id;
  }
  return last;
}

/** The folders below one, parents before their children. */
export function below(account: AccountStore, id: MailboxId): MailboxId[] {
  const found: MailboxId[] = [];
  const look = (parent: MailboxId): void => {
    for (const mailbox of account.mailboxes.all()) {
      if (mailbox.parentId !== parent || found.includes(mailbox.id) || mailbox.id === id) continue;
      found.push(mailbox.id);
      look(mailbox.id);
    }
  };
  look(id);
  return found;
}

/** Whether a change was refused because there is a folder of this name already. */
export function isNameTaken(error: unknown): boolean {
  if (!(error instanceof SetFailed)) return false;
  return [...error.refused.values()].some(({ type, properties }: SetErrorBody) =>
    type === "alreadyExists" || (type === "invalidProperties" && properties?.includes("name")));
}
