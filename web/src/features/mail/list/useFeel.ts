import { useMemo } from "react";
import { useMedia } from "../state/hooks";
import { useMail } from "../state/mail";
import type { Column } from "../state/prefs";
import { usePrefs } from "../state/prefs";
import { tableWidth } from "./columns";

/** How the list looks: heights in px. */
export interface Feel {
  /** Null: two or three lines a message. */
  readonly columns: readonly Column[] | null;
  readonly isCompact: boolean;
  readonly rowPx: number;
  /** Of the columns' heads; 0 where there are none. */
  readonly headPx: number;
  /** 0: as wide as the list. */
  readonly widthPx: number;
}

const LINES = { mouse: { comfortable: 72, compact: 50 }, touch: { comfortable: 80, compact: 60 } };
const TABLE = { mouse: { comfortable: 36, compact: 28 }, touch: { comfortable: 48, compact: 44 } };
export const HEAD_PX = 30;
const TOUCH_HEAD_PX = 44;

/** A phone has no room for a table. */
export function useFeel(): Feel {
  const { screen } = useMail();
  const { layout, density, columns } = usePrefs();
  const pointer = useMedia("(pointer: coarse)") ? "touch" : "mouse";
  const isTable = layout === "table" && screen !== "phone";
  return useMemo(() => ({
    columns: isTable ? columns : null, isCompact: density === "compact",
    rowPx: (isTable ? TABLE : LINES)[pointer][density],
    headPx: !isTable ? 0 : pointer === "touch" ? TOUCH_HEAD_PX : HEAD_PX,
    widthPx: isTable ? tableWidth(columns) : 0,
  }), [isTable, columns, density, pointer]);
}
