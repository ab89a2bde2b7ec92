/** Keys as people find them on their keyboard. */
import { t } from "@lingui/core/macro";
import type { ActionId } from "../state/actions";
import { ACTIONS } from "../state/actions";

const isMac = /Mac|iP(?:hone|ad)/.test(navigator.platform);

const named = (key: string): string => {
  const names: Readonly<Record<string, () => string>> = {
    Mod: () => (isMac ? "⌘" : t`Ctrl`), Shift: () => "⇧", Delete: () => t`Del`, Enter: () => "⏎", Escape: () => t`Esc`,
    Home: () => t`Home`, End: () => t`End`, ContextMenu: () => t`Menu key`, PageUp: () => t`PgUp`, PageDown: () => t`PgDn`, ArrowUp: () => "↑", ArrowDown: () => "↓",
  };
  return names[key]?.() ?? key;
};

/** "Mod+a" as "Ctrl" and "a", "J" as "⇧" and "j", "g i" as "g" and "i". */
export function keyParts(key: string): readonly string[] {
  return key.split(" ").flatMap((pressed) => {
    if (pressed.length === 1 && /\p{Lu}/u.test(pressed)) return ["⇧", pressed.toLowerCase()];
    return pressed.length === 1 ? [pressed] : pressed.split("+").map(named);
  });
}

/** The first key of an action, for tooltips and menus. */
export function shortcut(id: ActionId): string {
  const [first] = ACTIONS[id].keys;
  return first === undefined ? "" : keyParts(first).map((part) => (part === "⇧" ? t`Shift` : part)).join(" ");
}
