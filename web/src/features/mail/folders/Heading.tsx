import type { ReactNode } from "react";

/** What the folders below it are. */
export function Heading({ children }: { readonly children: ReactNode }) {
  return <div role="presentation" className="px-2 pt-3 pb-1 text-fine font-medium text-muted">{children}</div>;
}
