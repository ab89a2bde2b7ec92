import { useEffect, useSyncExternalStore } from "react";
import { chosenUnread } from "@/device/worker";

export interface TitleParts {
  /** The folder's name; null while none is open. */
  readonly folder: string | null;
  /** What the mailbox is called. */
  readonly whose: string;
  /** In the inbox. */
  readonly unread: number;
}

/** The tab tells the folder and, in brackets and on its icon, how many are unread in the inbox, or in those that notifications were asked for. */
export function useTitle({ folder, whose, unread: here }: TitleParts): void {
  const unread = useSyncExternalStore(chosenUnread.subscribe, chosenUnread.get) ?? here;
  useEffect(() => {
    const before = document.title;
    const count = unread > 0 ? `(${String(unread)}) ` : "";
    document.title = `${count}${folder === null ? "" : `${folder} – `}${whose}`;
    return () => { document.title = before; };
  }, [folder, whose, unread]);
  useEffect(() => markIcon(unread), [unread]);
}

const PX = 64;

/** Draw the count over the page's icon; the answer puts the plain icon back. */
function markIcon(unread: number): () => void {
  const link = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  if (!link || unread === 0) return () => undefined;
  const plain = link.dataset["plain"] ?? link.href;
  link.dataset["plain"] = plain;
  let isCurrent = true;
  const icon = new Image();
  icon.onload = () => {
    const drawn = drawBadge(icon, unread > 99 ? "99" : String(unread));
    if (isCurrent && drawn) link.href = drawn;
  };
  icon.src = plain;
  return () => {
    isCurrent = false;
    link.href = plain;
  };
}

function drawBadge(icon: HTMLImageElement, text: string): string | null {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = PX;
  const context = canvas.getContext("2d");
  if (!context) return null;
  context.drawImage(icon, 0, 0, PX, PX);
  context.fillStyle = "#b3261e";
  context.beginPath();
  context.arc(PX - 20, 20, 20, 0, 2 * Math.PI);
  context.fill();
  context.fillStyle = "#ffffff";
  context.font = `bold ${text.length > 1 ? "24" : "30"}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(text, PX - 20, 22);
  return canvas.toDataURL("image/png");
}
