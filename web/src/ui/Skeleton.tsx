import { useLingui } from "@lingui/react/macro";
import { cx } from "./cx";

/** One grey bar where a text will stand. Give it a width by class. */
export function Skeleton({ className }: { readonly className?: string }) {
  return <span aria-hidden className={cx("block h-3.5 rounded-sm bg-border", className)} />;
}

/** Rows of grey bars, visible only when loading takes longer than 200 ms; announces "Loading". */
export function SkeletonRows({ rows = 4 }: { readonly rows?: number }) {
  const { t } = useLingui();
  return (
    <div role="status" aria-label={t`Loading`} className="appear-late flex flex-col">
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className="flex items-center gap-6 border-b border-border py-4">
          <Skeleton className="w-2/5" />
          <Skeleton className="w-1/5" />
          <Skeleton className="w-1/6" />
        </div>
      ))}
    </div>
  );
}
