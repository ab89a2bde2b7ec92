import { TextField } from "@/ui";

export interface DayProps {
  readonly label: string;
  readonly instant: string | undefined;
  readonly isEnd?: boolean;
  readonly onChange: (instant: string | null) => void;
}

/** A day of the browser's time zone; its end is the next one's beginning. */
export function Day({ label, instant, isEnd, onChange }: DayProps) {
  return (
    <TextField
      type="date"
      label={label}
      value={instant ? dayOf(instant, isEnd === true) : ""}
      onChange={(event) => onChange(event.target.value ? beginning(event.target.value, isEnd === true) : null)}
    />
  );
}

const pad = (number: number): string => String(number).padStart(2, "0");

function beginning(day: string, isNext: boolean): string {
  const at = new Date(`${day}T00:00:00`);
  if (isNext) at.setDate(at.getDate() + 1);
  return at.toISOString();
}

function dayOf(instant: string, isNext: boolean): string {
  const at = new Date(instant);
  if (isNext) at.setDate(at.getDate() - 1);
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
}
