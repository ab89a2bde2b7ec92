import type { ComponentProps, ReactNode } from "react";
import { cx } from "./cx";

export type ButtonVariant = "primary" | "secondary" | "ghost" | "danger";

export interface ButtonProps extends ComponentProps<"button"> {
  readonly variant?: ButtonVariant;
  /** A lucide icon, 16 px, shown before the words. */
  readonly icon?: ReactNode;
  /** The deed is under way: the button keeps its width and words and takes no second press. */
  readonly isBusy?: boolean;
}

const looks: Record<ButtonVariant, string> = {
  primary: "bg-accent text-on-accent hover:bg-accent-hover",
  secondary: "border border-border bg-surface text-ink hover:bg-hover",
  ghost: "text-ink hover:bg-hover",
  danger: "bg-danger text-on-danger hover:bg-danger-hover",
};

/** The class names of a button, for links that look like one. */
export function buttonClass(variant: ButtonVariant = "secondary"): string {
  return cx(
    "inline-flex min-h-8 touch:min-h-11 shrink-0 items-center justify-center gap-2 rounded-md px-3 py-1",
    "text-ui font-medium max-w-full phone:whitespace-nowrap transition-colors select-none",
    "[&>svg]:shrink-0 disabled:opacity-55 disabled:pointer-events-none aria-busy:pointer-events-none",
    looks[variant],
  );
}

/** A button whose words name the deed. `type` is "button" unless said. */
export function Button({ variant, icon, isBusy, className, children, type, onClick, ...rest }: ButtonProps) {
  return (
    <button
      type={type ?? "button"}
      aria-busy={isBusy || undefined}
      className={cx(buttonClass(variant), isBusy && "opacity-70", className)}
      onClick={isBusy ? (event) => event.preventDefault() : onClick}
      {...rest}
    >
      {icon}
      {children}
    </button>
  );
}
