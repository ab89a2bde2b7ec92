/** Messages on their way from the list to a folder, by the browser's drag and drop. */
import type { EmailId } from "@/jmap";

const TYPE = "application/x-poststelle-emails";

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

/** Put `ids` on the pointer, with a small label saying how many. */
export function startDrag(transfer: DataTransfer, ids: readonly EmailId[], label: string): void {
  transfer.effectAllowed = "move";
  transfer.setData(TYPE, JSON.stringify(ids));
  const image = document.createElement("div");
  image.textContent = label;
  image.className = "fixed -top-20 left-0 rounded-md bg-accent px-3 py-1.5 text-list font-medium text-on-accent";
  document.body.append(image);
  transfer.setDragImage(image, -12, 12);
  setTimeout(() => { image.remove(); });
}
