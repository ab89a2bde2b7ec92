import { expect, test } from "vitest";
import type { ArchivePortion } from "@/api";
import { prove, type Proof } from "./proof";

const portion = (at: number, seen: number, broken: ArchivePortion["broken"]): ArchivePortion =>
  ({ at, length: 300, seen, removed: 2, is_end: at === 300, broken });

test("a proof goes on after each portion to its end, and forgets nothing that was wrong", async () => {
  const portions = [portion(200, 198, [{ number: 7, why: "octets" }]), portion(300, 100, [{ number: 300, why: "anchor" }])];
  const asked: number[] = [];
  const shown: Proof[] = [];
  await prove((after) => { asked.push(after); return Promise.resolve(portions.shift() ?? portion(300, 0, [])); }, (proof) => shown.push(proof));

  expect(asked).toEqual([0, 200]);
  expect(shown.map(({ at }) => at)).toEqual([0, 200, 300]);
  expect(shown.at(-1)).toMatchObject({ seen: 298, removed: 2, isEnd: true, broken: [{ number: 7 }, { number: 300 }] });
});
