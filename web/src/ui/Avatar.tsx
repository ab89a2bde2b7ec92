import { cx } from "./cx";
import { initials } from "./initials";
import { tip } from "./tip";

export interface AvatarProps {
  readonly name: string;
  readonly size?: "small" | "normal" | "large";
  /** Show the name on hover; off where the name stands beside it. */
  readonly hasTooltip?: boolean;
}

const sizes = { small: "size-6 text-[10px]", normal: "size-7 text-[11px]", large: "size-10 text-ui" };

/** A person's initials. Quiet on purpose: colour would mean something. */
export function Avatar({ name, size = "normal", hasTooltip }: AvatarProps) {
  return (
    <span
      role="img"
      {...(hasTooltip ? tip({ label: name }) : {})}
      aria-label={name}
      className={cx(
        "inline-flex shrink-0 items-center justify-center rounded-full border border-border bg-sunken font-semibold text-muted select-none",
        sizes[size],
      )}
    >
      <span aria-hidden>{initials(name)}</span>
    </span>
  );
}

export interface AvatarRowProps {
  readonly names: readonly string[];
  /** How many faces before "+n". */
  readonly max?: number;
}

/** Several people side by side; the rest as "+n" with their names in the tooltip. */
export function AvatarRow({ names, max = 3 }: AvatarRowProps) {
  const shown = names.length > max ? names.slice(0, max - 1) : names;
  const rest = names.slice(shown.length);
  return (
    <span className="inline-flex items-center gap-1">
      {shown.map((name, index) => (
        <Avatar key={`${index}${name}`} name={name} hasTooltip />
      ))}
      {rest.length > 0 && (
        <span
          role="img"
          {...tip({ label: rest.join(", ") })}
          aria-label={rest.join(", ")}
          className="tabular inline-flex h-7 items-center rounded-full border border-border px-1.5 text-[11px] font-semibold text-muted"
        >
          <span aria-hidden>+{rest.length}</span>
        </span>
      )}
    </span>
  );
}
