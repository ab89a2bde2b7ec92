import { useLingui } from "@lingui/react/macro";
import { memo, useEffect, useMemo, useRef, useState } from "react";
import type { ReactNode } from "react";
import { Button } from "@/ui";
import { portionsOf } from "../text/portions";

export interface GradualProps<T> {
  readonly items: readonly T[];
  /** Letters, about. The same function at every render. */
  readonly weightOf: (item: T) => number;
  /** Draws one item. The same function at every render. */
  readonly draw: (item: T) => ReactNode;
}

const LETTERS_AT_ONCE = 40_000;

/** A long text a part at a time: the next one is drawn as the reader comes near it. */
export function Gradual<T>({ items, weightOf, draw }: GradualProps<T>) {
  const { t } = useLingui();
  const portions = useMemo(() => portionsOf(items, weightOf, LETTERS_AT_ONCE), [items, weightOf]);
  const [shown, setShown] = useState({ items, count: 1 });
  const count = shown.items === items ? shown.count : 1;
  const end = useRef<HTMLDivElement>(null);
  const more = (): void => { setShown({ items, count: count + 1 }); };
  const latest = useRef(more);
  useEffect(() => { latest.current = more; });
  const isAll = count >= portions.length;
  useEffect(() => {
    const element = end.current;
    if (!element) return;
    const watcher = new IntersectionObserver(([entry]) => { if (entry?.isIntersecting) latest.current(); }, { rootMargin: "400px" });
    watcher.observe(element);
    return () => { watcher.disconnect(); };
  }, [isAll, count]);
  return (
    <>
      {portions.slice(0, count).map((portion, i) => <Portion key={i} items={portion} draw={draw as (item: unknown) => ReactNode} />)}
      {!isAll && <div ref={end} className="py-2"><Button variant="ghost" className="-ml-3" onClick={more}>{t`Show more`}</Button></div>}
    </>
  );
}

const Portion = memo(function Portion({ items, draw }: { readonly items: readonly unknown[]; readonly draw: (item: unknown) => ReactNode }) {
  return <>{items.map((item, i) => <PortionItem key={i} item={item} draw={draw} />)}</>;
});

function PortionItem({ item, draw }: { readonly item: unknown; readonly draw: (item: unknown) => ReactNode }) {
  return <>{draw(item)}</>;
}
