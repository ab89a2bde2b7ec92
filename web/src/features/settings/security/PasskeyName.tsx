import { useLingui } from "@lingui/react/macro";
import type { ReactNode } from "react";
import { TextField } from "@/ui";

interface PasskeyNameProps {
  readonly value: string;
  readonly onChange: (name: string) => void;
  readonly error: ReactNode;
}

/** What a person calls a passkey. */
export function PasskeyName({ value, onChange, error }: PasskeyNameProps) {
  const { t } = useLingui();
  return (
    <TextField
      label={t`Name`}
      hint={t`By which you will know it again, such as that of the device.`}
      required
      maxLength={100}
      value={value}
      error={error}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
