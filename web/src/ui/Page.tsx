import type { ReactNode } from "react";

export interface PageProps {
  readonly title: ReactNode;
  readonly intro?: ReactNode;
  /** At the right of the title. */
  readonly side?: ReactNode;
  readonly children: ReactNode;
}

/** The frame of one settings page. */
export function Page({ title, intro, side, children }: PageProps) {
  return (
    <div className="mx-auto flex max-w-5xl flex-col gap-6 px-4 py-6 phone:px-8 phone:py-8">
      <header className="flex flex-wrap items-start justify-between gap-x-6 gap-y-4">
        <div className="min-w-0">
          <h1 className="text-page font-semibold break-words">{title}</h1>
          {intro && <div className="mt-1 max-w-2xl text-muted">{intro}</div>}
        </div>
        {side && <div className="flex max-w-full gap-2">{side}</div>}
      </header>
      {children}
    </div>
  );
}

export interface GroupProps {
  readonly title: ReactNode;
  readonly intro?: ReactNode;
  readonly side?: ReactNode;
  readonly children: ReactNode;
}

/** Options that belong together, under one heading, framed by a hairline. */
export function Group({ title, intro, side, children }: GroupProps) {
  return (
    <section className="rounded-md border border-border">
      <header className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2 border-b border-border px-5 py-3">
        <div className="min-w-0">
          <h2 className="text-reading font-semibold break-words">{title}</h2>
          {intro && <div className="text-list text-muted">{intro}</div>}
        </div>
        {side}
      </header>
      <div className="px-5 py-4">{children}</div>
    </section>
  );
}
