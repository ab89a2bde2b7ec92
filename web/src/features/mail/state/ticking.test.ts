import { i18n } from "@lingui/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { toastStore } from "@/ui/toasts";
import { NO_TICKS, type Ticks } from "./ticks";
import { tickThese } from "./ticking";

let ticks: Ticks;
let find: (ids: readonly string[]) => void;

const ask = (): void => {
  const ids = new Promise<readonly string[]>((resolve) => { find = resolve; });
  tickThese({ setTicks: (change) => { ticks = change(ticks); }, setProblem: () => undefined }, ids);
};
const said = (): readonly string[] => toastStore.items().map(({ text }) => text);

beforeEach(() => {
  vi.useFakeTimers();
  i18n.loadAndActivate({ locale: "en", messages: {} });
  ticks = NO_TICKS;
});
afterEach(() => { vi.useRealTimers(); });

test("rows that take long to be known are told of, and can be given up", async () => {
  ask();
  const atOnce = said();
  await vi.advanceTimersByTimeAsync(500);
  const later = said();
  find(["a", "b"]);
  await vi.advanceTimersByTimeAsync(0);
  expect([atOnce, later, said(), [...ticks.ids]]).toEqual([[], ["Selecting …"], [], ["a", "b"]]);

  ask();
  await vi.advanceTimersByTimeAsync(500);
  toastStore.items()[0]?.lasting?.onStop?.();
  find(["c"]);
  await vi.advanceTimersByTimeAsync(0);
  expect([said(), [...ticks.ids]]).toEqual([[], ["a", "b"]]);
});
