import { Switch as Primitive } from "radix-ui";
import { type ReactNode, useId } from "react";

export interface SwitchProps {
  readonly label: ReactNode;
  readonly hint?: ReactNode;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
  readonly isDisabled?: boolean;
}

/** An option that acts at once, with its words at the left. */
export function Switch({ label, hint, isOn, onChange, isDisabled }: SwitchProps) {
  const id = useId();
  return (
    <div className="flex min-h-11 items-start justify-between gap-6 py-1">
      <label htmlFor={id} className="cursor-pointer">
        <span className="font-medium">{label}</span>
        {hint && (
          <span id={`${id}-hint`} className="block text-list text-muted">
            {hint}
          </span>
        )}
      </label>
      <Primitive.Root
        id={id}
        checked={isOn}
        onCheckedChange={onChange}
        disabled={isDisabled}
        aria-describedby={hint ? `${id}-hint` : undefined}
        className="relative mt-0.5 h-5 w-9 shrink-0 rounded-full bg-border-strong p-0.5 transition-colors data-[state=checked]:bg-accent before:absolute before:-inset-3 disabled:opacity-55"
      >
        <Primitive.Thumb className="block size-4 rounded-full bg-surface transition-transform data-[state=checked]:translate-x-4" />
      </Primitive.Root>
    </div>
  );
}
