// @vitest-environment jsdom
import "../../../../test/browser";
import { describe, expect, test } from "vitest";
import type { Column } from "../state/prefs";
import { PAGE } from "../state/prefs";
import { LEAD_PX, hidden, movedBy, movedTo, resized, tableWidth, toggled } from "./columns";

const COLUMNS = PAGE.columns;
const names = (columns: readonly Column[]): string => columns.map(({ name }) => name).join(" ");

describe("columns", () => {
  test("come before the date and go, but never the subject", () => {
    expect(names(toggled(COLUMNS, "to"))).toBe("flag attachment from subject categories size to date");
    expect(names(toggled(COLUMNS, "size"))).toBe("flag attachment from subject categories date");
    expect(toggled(COLUMNS, "subject")).toBe(COLUMNS);
    expect(hidden(COLUMNS)).toEqual(["to"]);
  });

  test("move to another one's place, and not beyond the ends", () => {
    expect(names(movedTo(COLUMNS, "date", 2))).toBe("flag attachment date from subject categories size");
    expect(names(movedBy(COLUMNS, "from", 1))).toBe("flag attachment subject from categories size date");
    expect(movedBy(COLUMNS, "flag", -1)).toBe(COLUMNS);
  });

  test("are as wide as wanted, within reason", () => {
    const wide = resized(resized(COLUMNS, "size", 5), "from", 251.4);
    expect(wide.find(({ name }) => name === "size")?.width).toBe(56);
    expect(wide.find(({ name }) => name === "from")?.width).toBe(251);
    expect(tableWidth([{ name: "subject", width: 300 }])).toBe(LEAD_PX + 300);
  });
});
