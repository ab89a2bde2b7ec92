import { useLingui } from "@lingui/react/macro";
import { type ChangeEvent, type ComponentProps, type FormEvent, type ReactNode, useId, useState } from "react";
import { CircleAlert } from "lucide-react";
import { cx } from "./cx";

export interface FieldProps {
  readonly label: ReactNode;
  /** A sentence below the field: what to enter, or what it does. */
  readonly hint?: ReactNode;
  /** What is wrong with the input and how to right it; announced by screen readers. */
  readonly error?: ReactNode;
  readonly className?: string | undefined;
}

export const inputClass = cx(
  "w-full rounded-md border border-border-strong bg-surface px-2.5 py-1.5 min-h-8 touch:min-h-11 text-ui text-ink",
  "touch:text-[16px] focus-visible:outline-offset-0 disabled:bg-sunken disabled:text-muted",
  "aria-invalid:border-danger read-only:bg-sunken",
);

interface FrameProps extends FieldProps {
  readonly id: string;
  readonly children: ReactNode;
}

function Frame({ id, label, hint, error, className, children }: FrameProps) {
  return (
    <div className={cx("flex flex-col gap-1", className)}>
      <label htmlFor={id} className="text-list font-medium">
        {label}
      </label>
      {children}
      {error && (
        <p id={`${id}-error`} role="alert" className="flex items-start gap-1.5 text-list text-danger">
          <CircleAlert size={16} aria-hidden className="mt-0.5 shrink-0" />
          <span>{error}</span>
        </p>
      )}
      {hint && (
        <p id={`${id}-hint`} className="text-list text-muted">
          {hint}
        </p>
      )}
    </div>
  );
}

function described(id: string, { hint, error }: FieldProps): string | undefined {
  return cx(error ? `${id}-error` : null, hint ? `${id}-hint` : null) || undefined;
}

type Control = HTMLInputElement | HTMLTextAreaElement;

/**
 * A required field that is empty says so in its own place and the page's language, in
 * place of the browser's bubble. The first of several has the focus.
 */
function useMissing<T extends Control>(error: ReactNode, onChange: ((event: ChangeEvent<T>) => void) | undefined) {
  const { t } = useLingui();
  const [isMissing, setMissing] = useState(false);
  return {
    error: error ?? (isMissing ? t`Please fill in this field.` : undefined),
    onInvalid: (event: FormEvent<T>) => {
      if (!event.currentTarget.validity.valueMissing) return;
      event.preventDefault();
      setMissing(true);
      if (event.currentTarget.form?.querySelector(":is(input, textarea):invalid") === event.currentTarget) event.currentTarget.focus();
    },
    onChange: (event: ChangeEvent<T>) => {
      setMissing(false);
      onChange?.(event);
    },
  };
}

export type TextFieldProps = FieldProps & Omit<ComponentProps<"input">, "className" | "id">;

/** One line of text with its label, hint and error. */
export function TextField({ label, hint, error: given, className, onChange, ...input }: TextFieldProps) {
  const id = useId();
  const { error, ...checks } = useMissing<HTMLInputElement>(given, onChange);
  return (
    <Frame {...{ id, label, hint, error, className }}>
      <input
        id={id}
        className={inputClass}
        aria-invalid={error ? true : undefined}
        aria-describedby={described(id, { label, hint, error })}
        {...input}
        {...checks}
      />
    </Frame>
  );
}

export type TextAreaProps = FieldProps & Omit<ComponentProps<"textarea">, "className" | "id">;

/** Several lines of text with label, hint and error. */
export function TextArea({ label, hint, error: given, className, onChange, ...area }: TextAreaProps) {
  const id = useId();
  const { error, ...checks } = useMissing<HTMLTextAreaElement>(given, onChange);
  return (
    <Frame {...{ id, label, hint, error, className }}>
      <textarea
        id={id}
        className={inputClass}
        aria-invalid={error ? true : undefined}
        aria-describedby={described(id, { label, hint, error })}
        {...area}
        {...checks}
      />
    </Frame>
  );
}

export interface CheckboxProps extends Omit<ComponentProps<"input">, "type" | "className"> {
  readonly label: ReactNode;
  readonly hint?: ReactNode;
  readonly className?: string;
}

/** A tick box; the whole line is the target. */
export function Checkbox({ label, hint, className, ...input }: CheckboxProps) {
  return (
    <label className={cx("flex min-h-8 touch:min-h-11 cursor-pointer items-start gap-2.5 py-1", className)}>
      <input type="checkbox" className="mt-0.5 size-4 shrink-0 accent-accent" {...input} />
      <span>
        {label}
        {hint && <span className="block text-list text-muted">{hint}</span>}
      </span>
    </label>
  );
}
