import { CopyButton, TextField } from "@/ui";

/** A value to be taken elsewhere: selected as a whole, or copied in one press. */
export function CopyField({ label, value }: { readonly label: string; readonly value: string }) {
  return (
    <div className="flex items-end gap-1">
      <TextField label={label} readOnly value={value} onFocus={(event) => event.target.select()} className="grow" />
      <CopyButton text={value} />
    </div>
  );
}

/** Commands for a terminal, as they are. */
export function Commands({ label, text }: { readonly label: string; readonly text: string }) {
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <div className="flex items-center justify-between gap-2">
        <p className="text-list font-medium">{label}</p>
        <CopyButton text={text} />
      </div>
      {/* Scrolls sideways, so the keyboard must reach it. */}
      <pre tabIndex={0} aria-label={label} className="overflow-x-auto rounded-md border border-border bg-sunken px-3 py-2 font-mono text-fine leading-5">
        {text}
      </pre>
    </div>
  );
}
