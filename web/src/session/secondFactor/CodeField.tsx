import { useLingui } from "@lingui/react/macro";
import { type ReactNode } from "react";
import { TextField } from "@/ui";

interface CodeFieldProps {
  readonly value: string;
  readonly onChange: (code: string) => void;
  readonly error?: string | undefined;
  readonly hint?: ReactNode;
  readonly label?: string;
  readonly isRequired?: boolean;
  readonly isFirst?: boolean;
  /** Of letters too: a recovery code. */
  readonly isText?: boolean;
}

/** A code to type; phones and password managers know what it is. */
export function CodeField({ value, onChange, error, hint, label, isRequired = true, isFirst, isText }: CodeFieldProps) {
  const { t } = useLingui();
  return (
    <TextField
      label={label ?? t`Code from your app`}
      hint={hint}
      name="code"
      autoComplete="one-time-code"
      inputMode={isText ? "text" : "numeric"}
      autoCapitalize="none"
      spellCheck={false}
      autoFocus={isFirst}
      required={isRequired}
      maxLength={40}
      value={value}
      error={error}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
