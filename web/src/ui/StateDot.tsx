import type { ReactNode } from "react";
import { cx } from "./cx";

export type StateTone = "good" | "waiting" | "attention" | "bad" | "off";

export interface StateDotProps {
  readonly tone: StateTone;
  readonly children: ReactNode;
  readonly className?: string;
}

const shapes: Record<StateTone, ReactNode> = {
  good: <circle cx="5" cy="5" r="4.5" fill="currentColor" />,
  waiting: <circle cx="5" cy="5" r="3.75" fill="none" stroke="currentColor" strokeWidth="1.5" />,
  attention: (
    <>
      <circle cx="5" cy="5" r="3.75" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d="M5 1.25a3.75 3.75 0 0 0 0 7.5z" fill="currentColor" />
    </>
  ),
  bad: <path d="M5 .5 9.5 8.75H.5z" fill="currentColor" />,
  off: <path d="M1.5 5h7" stroke="currentColor" strokeWidth="1.75" strokeLinecap="round" />,
};

const colours: Record<StateTone, string> = {
  good: "text-success",
  waiting: "text-muted",
  attention: "text-warning",
  bad: "text-danger",
  off: "text-muted",
};

/** A state in words with a mark before it; the mark's shape differs too, so colour is never alone. */
export function StateDot({ tone, children, className }: StateDotProps) {
  return (
    <span className={cx("inline-flex items-baseline gap-2", className)}>
      <svg viewBox="0 0 10 10" className={cx("size-2.5 shrink-0 translate-y-px", colours[tone])} aria-hidden>
        {shapes[tone]}
      </svg>
      <span>{children}</span>
    </span>
  );
}
