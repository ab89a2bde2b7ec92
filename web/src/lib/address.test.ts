import { describe, expect, test } from "vitest";
import { addressProblem, isSameAddress, tidyAddress } from "./address";

describe("tidyAddress", () => {
  test.each([
    ["  info@buero.de\n", "info@buero.de"],
    ["\u200binfo@buero.de\u00a0", "info@buero.de"],
    ["Büro Lindner <info@buero.de>", "info@buero.de"],
    ["mailto:info@buero.de", "info@buero.de"],
  ])("keeps only the address of %j", (pasted, address) => {
    expect(tidyAddress(pasted)).toBe(address);
  });
});

describe("addressProblem", () => {
  test.each(["info@buero.de", "a.b+c@sub.example.com", "o'neill@example.ie", "info@müller-büro.de", "x@xn--bro-hoa.de"])(
    "accepts %s",
    (address) => {
      expect(addressProblem(address)).toBeNull();
    },
  );

  test.each([
    ["", "empty"],
    ["info", "no_at"],
    ["a@b@c.de", "two_ats"],
    ["@buero.de", "no_name"],
    ["info@", "no_domain"],
    ["info@buero", "bad_domain"],
    ["info@-buero.de", "bad_domain"],
    ["info@buero..de", "bad_domain"],
    ["info@buero.d", "bad_domain"],
    ["in fo@buero.de", "bad_character"],
    ["info@buero.de,x", "bad_character"],
    [".info@buero.de", "bad_character"],
    ["in..fo@buero.de", "bad_character"],
  ])("says what is wrong with %j", (address, problem) => {
    expect(addressProblem(address)).toBe(problem);
  });
});

test("an address typed to confirm matches whatever its letter case", () => {
  expect(isSameAddress(" INFO@Buero.de ", "info@buero.de")).toBe(true);
  expect(isSameAddress("info@buero.at", "info@buero.de")).toBe(false);
});
