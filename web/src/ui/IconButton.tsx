import type { ComponentProps, ReactNode } from "react";
import { cx } from "./cx";
import { tip, type TipSide } from "./tip";

export interface IconButtonProps extends Omit<ComponentProps<"button">, "children"> {
  /** What it does: the accessible name and the tooltip. */
  readonly label: string;
  /** A lucide icon, 16 or 18 px. */
  readonly icon: ReactNode;
  readonly shortcut?: string;
  readonly tone?: "normal" | "danger";
  /** For toggles: sets aria-pressed and the pressed look. */
  readonly isPressed?: boolean;
  readonly tooltipSide?: TipSide;
}

/** A square button with an icon; its label shows as a tooltip with the shortcut. 44 px where fingers point. */
export function IconButton({
  label,
  icon,
  shortcut,
  tone = "normal",
  isPressed,
  tooltipSide,
  className,
  type,
  ...rest
}: IconButtonProps) {
  return (
    <button
      type={type ?? "button"}
      {...tip({ label, shortcut, side: tooltipSide })}
      aria-label={label}
      aria-pressed={isPressed}
      aria-keyshortcuts={shortcut?.replaceAll(" ", "+")}
      className={cx(
        "inline-flex size-8 touch:size-11 shrink-0 items-center justify-center rounded-md transition-colors",
        "hover:bg-hover disabled:opacity-45 disabled:pointer-events-none",
        tone === "danger" ? "text-danger" : "text-muted hover:text-ink",
        isPressed && "bg-selected text-accent",
        className,
      )}
      {...rest}
    >
      {icon}
    </button>
  );
}
