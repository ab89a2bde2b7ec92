/** From the store's subscriptions to React. */
import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import type { Email, EmailId, Mailbox } from "@/jmap";
import type { AccountStore, MessageList, Signal, Slot } from "@/store";

export function useSignal<T>(signal: Signal<T>): T {
  return useSyncExternalStore(signal.subscribe, signal.get);
}

/** One email as shown; undefined while it is not loaded or when it is gone. */
export function useEmail(account: AccountStore, id: string | null): Email | undefined {
  const subscribe = useCallback(
    (listener: () => void) => (id === null ? () => undefined : account.emails.subscribe(id, listener)),
    [account, id],
  );
  return useSyncExternalStore(subscribe, () => (id === null ? undefined : account.emails.get(id)));
}

export function useFolders(account: AccountStore): readonly Mailbox[] {
  return useSyncExternalStore(account.mailboxes.subscribeAll, account.mailboxes.all);
}

export function useRows(list: MessageList): readonly Slot[] {
  return useSyncExternalStore(list.subscribe, list.rows);
}

/** Folders people should see: those that Microsoft hides stay hidden. */
export function useVisibleFolders(account: AccountStore): readonly Mailbox[] {
  const folders = useFolders(account);
  return useMemo(() => folders.filter((folder) => folder.isSubscribed), [folders]);
}

/** Whether a media query holds now. */
export function useMedia(query: string): boolean {
  const subscribe = useCallback((listener: () => void) => {
    const media = window.matchMedia(query);
    media.addEventListener("change", listener);
    return () => { media.removeEventListener("change", listener); };
  }, [query]);
  return useSyncExternalStore(subscribe, () => window.matchMedia(query).matches);
}

export type Screen = "phone" | "tablet" | "wide";

export function useScreen(): Screen {
  const isWide = useMedia("(min-width: 1100px)");
  const isPhone = useMedia("(max-width: 699.9px)");
  return isWide ? "wide" : isPhone ? "phone" : "tablet";
}

/** The colours the page shows now. */
export function useTheme(): "light" | "dark" {
  return useSyncExternalStore(onTheme, () => (document.documentElement.dataset["theme"] === "dark" ? "dark" : "light"));
}

function onTheme(listener: () => void): () => void {
  const watcher = new MutationObserver(listener);
  watcher.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => { watcher.disconnect(); };
}

/** A clock that ticks every minute, for words like "yesterday". */
export function useNow(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => { setNow(new Date()); }, 60_000);
    return () => { clearInterval(timer); };
  }, []);
  return now;
}

export type Loaded<T> =
  | { readonly kind: "loading" }
  | { readonly kind: "ready"; readonly value: T }
  | { readonly kind: "failed"; readonly error: unknown };

/** Follow one promise at a time; `key` says which thing it is about. */
export function useLoaded<T>(key: string, load: () => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ key: string; loaded: Loaded<T> }>({ key, loaded: { kind: "loading" } });
  useEffect(() => {
    let isCurrent = true;
    const settle = (loaded: Loaded<T>): void => { if (isCurrent) setState({ key, loaded }); };
    load().then((value) => { settle({ kind: "ready", value }); }, (error: unknown) => { settle({ kind: "failed", error }); });
    return () => { isCurrent = false; };
    // `key` stands for everything `load` depends on.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key]);
  return state.key === key ? state.loaded : { kind: "loading" };
}

export type { EmailId };
