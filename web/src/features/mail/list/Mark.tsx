/** Which mailbox something is of, where several stand side by side: its name and a square of its colour, for dots say what is unread. */
import { cx } from "@/ui";

/** Whole class names, for Tailwind finds no others. */
const TONES = ["bg-mark-1", "bg-mark-2", "bg-mark-3", "bg-mark-4", "bg-mark-5", "bg-mark-6", "bg-mark-7", "bg-mark-8"] as const;

export function MarkDot({ tone, className }: { readonly tone: number; readonly className?: string }) {
  return <span aria-hidden className={cx("size-2 shrink-0 rounded-[2px]", TONES[tone % TONES.length], className)} />;
}

export function MarkChip({ name, tone }: { readonly name: string; readonly tone: number }) {
  return (
    <span className="flex max-w-32 min-w-0 shrink-0 items-center gap-1.5 text-fine text-muted">
      <MarkDot tone={tone} />
      <bdi className="truncate">{name}</bdi>
    </span>
  );
}
