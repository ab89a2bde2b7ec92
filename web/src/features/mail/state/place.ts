/** Where the reader stands in the lists of one open mailbox. Kept here alone, so that nothing else moves a list. */
import { useMemo, useState } from "react";
import type { EmailId } from "@/jmap";
import type { Slot } from "@/store";

/** How far a list was scrolled, and the rows it had then: new ones above must not push it away. */
export interface Place {
  readonly top: number;
  readonly rows: readonly Slot[];
}

export interface ListPlace {
  /** Another name, another beginning: at the newest message. */
  readonly name: string;
  /** Where the list was left; undefined at its first sight. */
  last(): Place | undefined;
  keep(place: Place): void;
}

/** The place of one list of a folder (filter and search), and `beginAnew`: a folder or filter that a person opens starts at the top. */
export function usePlace(folderId: string | undefined, which: string): {
  readonly place: ListPlace; readonly beginAnew: (folderId: string) => void;
} {
  const [places] = useState(() => new Map<string, Place>());
  const [visits, setVisits] = useState<Readonly<Record<string, number>>>({});
  const name = `${folderId ?? ""} ${which} ${String(visits[folderId ?? ""] ?? 0)}`;
  return useMemo(() => ({
    place: { name, last: () => places.get(name), keep: (place) => { places.set(name, place); } },
    beginAnew: (id) => { setVisits((old) => ({ ...old, [id]: (old[id] ?? 0) + 1 })); },
  }), [places, name]);
}

/**
 * The message that keys go on from: the one being read, else the one read last
 * in this folder. `setCursor` leads on from a message that leaves the list.
 */
export function useCursor(folderId: string | undefined, messageId: EmailId | null): {
  readonly cursor: EmailId | null; readonly setCursor: (id: EmailId | null) => void;
} {
  const [held, setHeld] = useState({ folderId, messageId, cursor: messageId });
  if (held.folderId !== folderId || held.messageId !== messageId) {
    setHeld({ folderId, messageId, cursor: messageId ?? (held.folderId === folderId ? held.cursor : null) });
  }
  const setCursor = useMemo(() => (cursor: EmailId | null): void => { setHeld((old) => ({ ...old, cursor })); }, []);
  return { cursor: messageId ?? held.cursor, setCursor };
}
