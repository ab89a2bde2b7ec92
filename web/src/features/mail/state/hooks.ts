/** From the store's subscriptions to React. */
import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { Busy, Offline } from "@/jmap";
import type { Email, EmailId, Folder, Mailbox, MailboxId, Submission, ThreadId } from "@/jmap";
import type { AccountStore, Favourite, Line, MailStore, RowList, Signal, Slot, Snippet, Snippets } from "@/store";

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

/** The messages of a thread whose rows are held, oldest first; none while it is not known. */
export function useThread(account: AccountStore, id: ThreadId | undefined): readonly Email[] {
  const { threads } = account.shelf;
  const subscribe = useCallback((listener: () => void) => (id === undefined ? () => undefined : threads.subscribe(id, listener)), [threads, id]);
  return useSyncExternalStore(subscribe, () => threads.members(id));
}

/** What the first of these drafts that waits to be sent waits for; null where none does, as far as is known. */
export function useWaiting({ waiting }: AccountStore, drafts: readonly EmailId[]): Submission | null {
  const key = drafts.join(" ");
  const subscribe = useCallback((listener: () => void) => {
    const ends = key.split(" ").map((id) => waiting.subscribe(id, listener));
    return () => { for (const end of ends) end(); };
  }, [waiting, key]);
  return useSyncExternalStore(subscribe, () => drafts.map((id) => waiting.of(id)).find((each) => each !== undefined) ?? null);
}

export function useCountedFolders(account: AccountStore): readonly Mailbox[] {
  return useSyncExternalStore(account.mailboxes.subscribeAll, account.mailboxes.all);
}

/** Likewise without their counts: the same array until a folder is another one than before. */
export function useFolders(account: AccountStore): readonly Folder[] {
  return useSyncExternalStore(account.mailboxes.subscribeAll, account.folders);
}

/** One folder with its counts; undefined when it is gone. */
export function useCounted(account: AccountStore, id: MailboxId): Mailbox | undefined {
  const subscribe = useCallback((listener: () => void) => account.mailboxes.subscribe(id, listener), [account, id]);
  return useSyncExternalStore(subscribe, () => account.mailboxes.get(id));
}

/** Likewise of any mailbox, be it open or not. */
export function useCountedAnywhere(store: MailStore, { account, folder }: Favourite): Mailbox | undefined {
  const open = store.opened().find(({ id }) => id === account)?.mailboxes;
  const { folders } = store.folderBook;
  const subscribe = useCallback((listener: () => void) => (open ? open.subscribe(folder, listener) : folders.subscribe(listener)), [open, folders, folder]);
  return useSyncExternalStore(subscribe, () => (open ? open.get(folder) : folders.get().get(account)?.find(({ id }) => id === folder)));
}

export function useRows(list: Pick<RowList, "rows" | "subscribe">): readonly Slot[] {
  return useSyncExternalStore(list.subscribe, list.rows);
}

const nothing = (): (() => void) => () => undefined;

/** Where the words of a search were found in a message; undefined until that is known. */
export function useSnippet(snippets: Snippets | null, id: string): Snippet | undefined {
  const subscribe = useCallback((listener: () => void) => (snippets ? snippets.records.subscribe(id, listener) : nothing()), [snippets, id]);
  return useSyncExternalStore(subscribe, () => snippets?.records.get(id));
}

/** Whether people should see a folder: not what they, by another program, or Microsoft have hidden. The inbox stays. */
export function isShown(folder: Folder): boolean {
  return folder.isSubscribed || folder.role === "inbox";
}

/** Folders people should see, with their counts. */
export function useVisibleFolders(account: AccountStore): readonly Mailbox[] {
  const folders = useCountedFolders(account);
  return useMemo(() => folders.filter(isShown), [folders]);
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

/** In CSS pixels. */
export function useWindowWidth(): number {
  return useSyncExternalStore(onResize, () => window.innerWidth);
}

function onResize(listener: () => void): () => void {
  window.addEventListener("resize", listener);
  return () => { window.removeEventListener("resize", listener); };
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

/** Whole seconds until `instant`, counting down; 0 when it has passed or there is none. */
export function useSecondsUntil(instant: string | null): number {
  const [now, setNow] = useState(() => Date.now());
  const left = instant === null ? 0 : Math.max(0, Math.ceil((Date.parse(instant) - now) / 1_000)) || 0;
  const isRunning = left > 0;
  useEffect(() => {
    if (!isRunning && instant === null) return;
    const tick = (): void => { setNow(Date.now()); };
    const timer = setInterval(tick, 1_000);
    return () => { clearInterval(timer); };
  }, [instant, isRunning]);
  return left;
}

export type Loaded<T> =
  | { readonly kind: "loading" }
  | { readonly kind: "ready"; readonly value: T }
  | { readonly kind: "failed"; readonly error: unknown; readonly retry: () => void };

const AGAIN_MS = 5_000;

/**
 * Follow one promise at a time; `key` says which thing it is about. What failed for
 * want of an answer is asked again, at the latest when `line` is online again; the
 * failure stays until then.
 */
export function useLoaded<T>(key: string, load: () => Promise<T>, line?: Signal<Line>): Loaded<T> {
  const [state, setState] = useState<{ key: string; loaded: Loaded<T> }>({ key, loaded: { kind: "loading" } });
  const [attempt, setAttempt] = useState(0);
  const retry = useCallback(() => { setAttempt((number) => number + 1); }, []);
  useEffect(() => {
    let isCurrent = true;
    const settle = (loaded: Loaded<T>): void => { if (isCurrent) setState({ key, loaded }); };
    load().then((value) => { settle({ kind: "ready", value }); }, (error: unknown) => { settle({ kind: "failed", error, retry }); });
    return () => { isCurrent = false; };
    // `key` stands for everything `load` depends on.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key, attempt]);
  const failure = state.key === key && state.loaded.kind === "failed" ? state.loaded : null;
  useEffect(() => {
    const waitMs = failure ? patienceMs(failure.error) : null;
    if (waitMs === null) return;
    const timer = setTimeout(retry, waitMs);
    const stop = line?.subscribe(() => { if (line.get() === "online") retry(); });
    return () => {
      clearTimeout(timer);
      stop?.();
    };
  }, [failure, line, retry]);
  return state.key === key ? state.loaded : { kind: "loading" };
}

/** How long to wait before asking again; null when asking again would change nothing. */
function patienceMs(error: unknown): number | null {
  if (error instanceof Busy) return error.afterS * 1_000;
  return error instanceof Offline ? AGAIN_MS : null;
}

export type { EmailId };
