import { cx } from "@/ui";

/** Outlook's preset categories carry their colour in their name, in the tenant's language. */
const PRESETS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:red|rote?)\b/i, "bg-danger"], [/\b(?:green|grüne?)\b/i, "bg-success"], [/\b(?:blue|blaue?)\b/i, "bg-accent"],
  [/\b(?:yellow|gelbe?|orange)\b/i, "bg-warning"],
];

/** A category. Its dot is coloured only where the name says a colour. */
export function Chip({ name }: { readonly name: string }) {
  const colour = PRESETS.find(([pattern]) => pattern.test(name))?.[1];
  return (
    <span title={name} className="inline-flex h-4 max-w-28 shrink-0 items-center gap-1 rounded-full border border-border bg-sunken px-1.5 text-[11px] leading-none text-muted">
      {colour && <span aria-hidden className={cx("size-1.5 shrink-0 rounded-full", colour)} />}
      <span className="truncate leading-4">{name}</span>
    </span>
  );
}
