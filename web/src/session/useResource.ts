import { useCallback, useEffect, useRef, useState } from "react";

export type Resource<T> =
  | { readonly status: "loading" }
  | { readonly status: "failed"; readonly error: unknown }
  | { readonly status: "ready"; readonly data: T };

export interface ResourceHandle<T> {
  readonly resource: Resource<T>;
  /** Fetch again; what is on screen stays until the answer is there. */
  readonly reload: () => Promise<void>;
  /** Show a change at once; the next answer of the server overrides it. */
  readonly patch: (change: (data: T) => T) => void;
}

/**
 * One thing fetched from the server. `key` says which: another key starts from
 * loading. With `refreshMs` it is fetched again while the page is visible. An
 * answer that was overtaken by a newer request or a patch is dropped; an error
 * during refresh keeps what is shown.
 */
export function useResource<T>(key: string, fetcher: () => Promise<T>, refreshMs?: number): ResourceHandle<T> {
  const [state, setState] = useState<{ key: string; resource: Resource<T> }>({ key, resource: { status: "loading" } });
  const turn = useRef(0);
  const latest = useRef(fetcher);
  useEffect(() => {
    latest.current = fetcher;
  });

  const reload = useCallback(async () => {
    const mine = ++turn.current;
    try {
      const data = await latest.current();
      if (mine === turn.current) setState({ key, resource: { status: "ready", data } });
    } catch (error) {
      if (mine !== turn.current) return;
      setState((old) =>
        old.key === key && old.resource.status === "ready" ? old : { key, resource: { status: "failed", error } },
      );
    }
  }, [key]);

  const patch = useCallback((change: (data: T) => T) => {
    turn.current++;
    setState((old) =>
      old.resource.status === "ready"
        ? { ...old, resource: { status: "ready", data: change(old.resource.data) } }
        : old,
    );
  }, []);

  useEffect(() => {
    const turns = turn;
    void reload();
    return () => void turns.current++;
  }, [reload]);

  useEffect(() => {
    if (refreshMs === undefined) return;
    const timer = setInterval(() => document.visibilityState === "visible" && void reload(), refreshMs);
    return () => clearInterval(timer);
  }, [reload, refreshMs]);

  return { resource: state.key === key ? state.resource : { status: "loading" }, reload, patch };
}
