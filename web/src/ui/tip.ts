export type TipSide = "top" | "right" | "bottom" | "left";

/** What the page's one tooltip says beside an element. */
export interface Tip {
  readonly label: string;
  /** The key that does the same, e.g. "e" or "Shift U". */
  readonly shortcut?: string | undefined;
  readonly side?: TipSide | undefined;
}

/** How an element says so: attributes, for a component of its own around every button is what a press waits for. */
export function tip({ label, shortcut, side }: Tip): Readonly<Record<`data-tip${string}`, string | undefined>> {
  return { "data-tip": label, "data-tip-keys": shortcut, "data-tip-side": side };
}

export const TIPPED = "[data-tip]";

export function tipOf({ dataset }: HTMLElement): Tip {
  return { label: dataset["tip"] ?? "", shortcut: dataset["tipKeys"], side: dataset["tipSide"] as TipSide | undefined };
}
