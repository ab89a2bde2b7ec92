import { Select as Primitive } from "radix-ui";
import { Check, ChevronDown } from "lucide-react";
import { type ReactNode, useId } from "react";
import { cx } from "./cx";

export interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
  /** A second line in the open list. */
  readonly hint?: ReactNode;
}

export interface SelectProps<T extends string> {
  readonly label: string;
  /** Show the label above the field; otherwise it is only the accessible name. */
  readonly isLabelShown?: boolean;
  readonly hint?: ReactNode;
  readonly value: T | undefined;
  readonly onChange: (value: T) => void;
  readonly choices: readonly Choice<T>[];
  readonly placeholder?: string;
  readonly isDisabled?: boolean;
  readonly className?: string;
}

/** One of a few values. Keyboard and type-ahead come with it. */
export function Select<T extends string>(props: SelectProps<T>) {
  const { label, isLabelShown, hint, value, onChange, choices, placeholder, isDisabled, className } = props;
  const id = useId();
  const chosen = choices.find((choice) => choice.value === value);
  return (
    <div className={cx("flex min-w-0 flex-col gap-1", className)}>
      {isLabelShown && (
        <label htmlFor={id} className="text-list font-medium">
          {label}
        </label>
      )}
      <Primitive.Root
        value={value ?? ""}
        onValueChange={(next) => onChange(next as T)}
        disabled={isDisabled ?? false}
      >
        <Primitive.Trigger
          id={id}
          aria-label={isLabelShown ? undefined : label}
          className="flex min-h-8 touch:min-h-11 w-full items-center justify-between gap-2 rounded-md border border-border-strong bg-surface px-2.5 py-1 text-left text-ui hover:bg-hover disabled:opacity-55"
        >
          <span className="truncate">
            <Primitive.Value placeholder={placeholder}>{chosen?.label}</Primitive.Value>
          </span>
          <ChevronDown size={16} aria-hidden className="shrink-0 text-muted" />
        </Primitive.Trigger>
        <Primitive.Portal>
          <Primitive.Content
            position="popper"
            sideOffset={4}
            collisionPadding={8}
            className="appear z-50 max-h-(--radix-select-content-available-height) min-w-(--radix-select-trigger-width) max-w-[calc(100vw-16px)] overflow-hidden rounded-md border border-border bg-surface shadow-pop"
          >
            <Primitive.Viewport className="p-1">
              {choices.map((choice) => (
                <Option key={choice.value} choice={choice} />
              ))}
            </Primitive.Viewport>
          </Primitive.Content>
        </Primitive.Portal>
      </Primitive.Root>
      {hint && <p className="text-list text-muted">{hint}</p>}
    </div>
  );
}

function Option<T extends string>({ choice }: { readonly choice: Choice<T> }) {
  return (
    <Primitive.Item
      value={choice.value}
      className="relative flex min-h-8 touch:min-h-11 cursor-pointer flex-col justify-center rounded-sm py-1 pr-3 pl-8 outline-none data-highlighted:bg-hover"
    >
      <Primitive.ItemIndicator className="absolute top-2 left-2 text-accent">
        <Check size={16} aria-hidden />
      </Primitive.ItemIndicator>
      <Primitive.ItemText>{choice.label}</Primitive.ItemText>
      {choice.hint && <span className="text-list text-muted">{choice.hint}</span>}
    </Primitive.Item>
  );
}
