import { useState } from "react";
import type { Email, EmailId } from "@/jmap";
import { hasKeyword } from "@/store";

export interface Folds {
  isOpen(id: EmailId): boolean;
  fold(id: EmailId, isFolded: boolean): void;
  foldAll(isFolded: boolean): void;
  /** Whether the folded messages in the middle have a line each. */
  readonly isMiddleShown: boolean;
  showMiddle(): void;
  /** It came while the thread was open, and was unread then. */
  isNew(id: EmailId): boolean;
  /** Those of them that have not been on screen. */
  readonly unseen: readonly EmailId[];
  noteSeen(id: EmailId): void;
}

interface State {
  readonly open: ReadonlyMap<EmailId, boolean>;
  readonly fresh: ReadonlySet<EmailId>;
  readonly seen: ReadonlySet<EmailId>;
}

/**
 * Which messages of a thread are unfolded: at first what is unread, the newest and the one that is
 * opened; whatever comes later. Drafts are a line until they are opened themselves.
 */
export function useFolds(members: readonly Email[], opened: EmailId, isDraft: (id: EmailId) => boolean): Folds {
  const [state, setState] = useState<State>(() => ({ open: firstOpen(members, opened, isDraft), fresh: new Set(), seen: new Set() }));
  const [isMiddleShown, setMiddleShown] = useState(false);
  const news = members.filter(({ id }) => !state.open.has(id));
  if (news.length > 0) {
    const fresh = news.filter((email) => !hasKeyword(email, "$seen") && !isDraft(email.id)).map(({ id }) => id);
    setState((old) => ({
      ...old, open: new Map([...old.open, ...news.map(({ id }) => [id, !isDraft(id)] as const)]), fresh: new Set([...old.fresh, ...fresh]),
    }));
  }
  const isOpen = (id: EmailId): boolean => state.open.get(id) ?? true;
  return {
    isOpen, isMiddleShown,
    fold: (id, isFolded) => { setState((old) => ({ ...old, open: new Map([...old.open, [id, !isFolded]]) })); },
    foldAll: (isFolded) => {
      setMiddleShown(true);
      setState((old) => ({ ...old, open: new Map([...old.open.keys()].map((id) => [id, !isFolded && !isDraft(id)])) }));
    },
    showMiddle: () => { setMiddleShown(true); },
    isNew: (id) => state.fresh.has(id),
    unseen: [...state.fresh].filter((id) => !state.seen.has(id)),
    noteSeen: (id) => { setState((old) => (old.fresh.has(id) && !old.seen.has(id) ? { ...old, seen: new Set([...old.seen, id]) } : old)); },
  };
}

/** `members`: oldest first. */
export function firstOpen(members: readonly Email[], opened: EmailId, isDraft: (id: EmailId) => boolean): ReadonlyMap<EmailId, boolean> {
  const newest = members.findLast(({ id }) => !isDraft(id))?.id;
  return new Map(members.map((email) => [
    email.id, email.id === opened || email.id === newest || (!hasKeyword(email, "$seen") && !isDraft(email.id)),
  ]));
}
