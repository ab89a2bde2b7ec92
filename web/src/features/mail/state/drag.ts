/** Rows on their way from the list to a folder, and folders into others, by the browser's drag and drop. */
import type { EmailId, MailboxId } from "@/jmap";

const TYPE = "application/x-poststelle-emails";
const FOLDER = "application/x-poststelle-folder";

export function carriesEmails(transfer: DataTransfer): boolean {
  return transfer.types.includes(TYPE);
}

export function draggedEmails(transfer: DataTransfer): readonly EmailId[] {
  try {
    const ids = JSON.parse(transfer.getData(TYPE)) as unknown;
    return Array.isArray(ids) ? ids.filter((id): id is EmailId => typeof id === "string") : [];
  } catch {
    return []; // something else was dropped
  }
}

/** Put the rows `ids` on the pointer, with a small label saying how many. */
export function startDrag(transfer: DataTransfer, ids: readonly EmailId[], label: string): void {
  carry(transfer, TYPE, JSON.stringify(ids), label);
}

/** The folder on the pointer; nobody may look at it before it is dropped, so it is remembered here too. */
let dragged: MailboxId | null = null;

export function startFolderDrag(transfer: DataTransfer, id: MailboxId, label: string): void {
  dragged = id;
  carry(transfer, FOLDER, id, label);
}

/** The folder that is being dragged in this window; null when something else is. */
export function draggedFolder(transfer: DataTransfer): MailboxId | null {
  return transfer.types.includes(FOLDER) ? dragged : null;
}

/** The place of the favourite on the pointer. */
let draggedPlace: number | null = null;
const FAVOURITE = "application/x-poststelle-favourite";

export function startFavouriteDrag(transfer: DataTransfer, place: number, label: string): void {
  draggedPlace = place;
  carry(transfer, FAVOURITE, String(place), label);
}

/** Which favourite is being dragged in this window; null when something else is. */
export function draggedFavourite(transfer: DataTransfer): number | null {
  return transfer.types.includes(FAVOURITE) ? draggedPlace : null;
}

function carry(transfer: DataTransfer, type: string, data: string, label: string): void {
  transfer.effectAllowed = "move";
  transfer.setData(type, data);
  const image = document.createElement("div");
  image.textContent = label;
  image.className = "fixed -top-20 left-0 rounded-md bg-accent px-3 py-1.5 text-list font-medium text-on-accent";
  document.body.append(image);
  transfer.setDragImage(image, -12, 12);
  setTimeout(() => { image.remove(); });
}
