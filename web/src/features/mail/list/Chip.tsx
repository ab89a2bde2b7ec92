import { useLingui } from "@lingui/react/macro";
import { tip } from "@/ui";
import { categoryTone } from "./categoryTone";

/** The mark of a category's colour. */
export function Dot({ name }: { readonly name: string }) {
  return <span aria-hidden className="size-2 shrink-0 rounded-full" style={{ background: categoryTone(name) }} />;
}

export interface ChipProps {
  readonly name: string;
  /** Look for what else is in it; in a row of the list the list itself is told by `data-part`. */
  readonly onPress?: () => void;
}

const look = "inline-flex h-4 max-w-28 shrink-0 items-center gap-1 rounded-full border border-border bg-sunken px-1.5 text-[11px] leading-none text-muted cursor-pointer hover:text-ink";

/** A category; a press looks for its messages. In a row it is no button of its own: the list has the keys. */
export function Chip({ name, onPress }: ChipProps) {
  const { t } = useLingui();
  const said = { "data-part": "category", "data-category": name, ...tip({ label: t`Category “${name}”: show its messages` }) };
  const content = <><Dot name={name} /><span className="truncate leading-4">{name}</span></>;
  if (!onPress) return <span {...said} className={look}>{content}</span>;
  return <button type="button" {...said} onClick={onPress} className={look}>{content}</button>;
}
