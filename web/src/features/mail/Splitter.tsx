import type { KeyboardEvent, PointerEvent } from "react";
import { useRef } from "react";
import { cx } from "@/ui";

export interface SplitterProps {
  readonly label: string;
  readonly direction: "vertical" | "horizontal";
  /** Size in px of the pane before the line. */
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly onChange: (value: number) => void;
}

const STEP_PX = 16;

/** The line between two panes: drags with the pointer, moves with arrow keys. */
export function Splitter({ label, direction, value, min, max, onChange }: SplitterProps) {
  const start = useRef<{ at: number; value: number } | null>(null);
  const isVertical = direction === "vertical";
  const position = (event: PointerEvent): number => (isVertical ? event.clientX : event.clientY);
  const set = (next: number): void => { onChange(Math.round(Math.max(min, Math.min(max, next)))); };
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = { ArrowLeft: -STEP_PX, ArrowUp: -STEP_PX, ArrowRight: STEP_PX, ArrowDown: STEP_PX }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    set(value + by);
  };
  return (
    <div
      role="separator" tabIndex={0} aria-label={label} aria-orientation={direction} aria-valuenow={value} aria-valuemin={min} aria-valuemax={max}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => { event.currentTarget.setPointerCapture(event.pointerId); start.current = { at: position(event), value }; }}
      onPointerMove={(event) => { if (start.current) set(start.current.value + position(event) - start.current.at); }}
      onPointerUp={() => { start.current = null; }}
      onLostPointerCapture={() => { start.current = null; }}
      className={cx(
        "relative z-10 shrink-0 touch-none bg-border transition-colors hover:bg-accent focus-visible:bg-accent",
        isVertical ? "w-px cursor-col-resize before:absolute before:inset-y-0 before:-inset-x-1.5" : "h-px cursor-row-resize before:absolute before:inset-x-0 before:-inset-y-1.5",
      )}
    />
  );
}
