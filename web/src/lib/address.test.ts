import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { addressProblem, isSameAddress, tidyAddress } from "./address";

describe("tidyAddress", () => {
  test.each([
    ["  info@buero.de\n", "info@buero.de"],
    ["\u200binfo@buero.de\u00a0", "info@buero.de"],
    ["Büro Lindner <info@buero.de>", "info@buero.de"],
    ["\"Info\" <info@buero.de>", "info@buero.de"],
    ["mailto:info@buero.de", "info@buero.de"],
  ])("keeps only the address of %j", (pasted, address) => {
    expect(tidyAddress(pasted)).toBe(address);
  });
});

/** The server's check is tested with the same addresses: what passes here is not refused there. */
const { accepted, refused } = JSON.parse(
  readFileSync(new URL("../../../tests/unit/access/addresses.json", import.meta.url), "utf-8"),
) as { accepted: readonly string[]; refused: readonly (readonly [typed: string, reason: string, problem: string])[] };

describe("addressProblem", () => {
  test.each(accepted)("accepts %s", (address) => {
    expect(addressProblem(address)).toBeNull();
  });

  test.each(refused)("says what is wrong with %j, as the server does with %s", (address, _, problem) => {
    expect(addressProblem(address)).toBe(problem);
  });
});

test("an address typed to confirm matches whatever its letter case", () => {
  expect(isSameAddress(" INFO@Buero.de ", "info@buero.de")).toBe(true);
  expect(isSameAddress("info@buero.at", "info@buero.de")).toBe(false);
});
