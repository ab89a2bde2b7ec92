import type { ReactNode } from "react";

export interface EmptyStateProps {
  /** A lucide icon, 24 px. */
  readonly icon?: ReactNode;
  readonly title: ReactNode;
  /** One sentence: why it is empty and what comes next. */
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
  /** It is all that the page has: its title is the page's. */
  readonly isPage?: boolean;
}

/** Around what stands alone on a page or in a pane: in the middle, and where it is higher it scrolls with the page. */
export function Centred({ children }: { readonly children: ReactNode }) {
  return (
    <div className="flex min-h-full flex-col">
      <div className="m-auto">{children}</div>
    </div>
  );
}

/** What stands where a list or a page has nothing to show: a sentence and the next step. */
export function EmptyState({ icon, title, children, actions, isPage = false }: EmptyStateProps) {
  const Title = isPage ? "h1" : "p";
  return (
    <div className="flex flex-col items-center gap-2 px-6 py-12 text-center">
      {icon && <span className="text-muted">{icon}</span>}
      <Title className="text-reading font-semibold">{title}</Title>
      {children && <div className="max-w-md text-muted">{children}</div>}
      {actions && <div className="mt-3 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  );
}
