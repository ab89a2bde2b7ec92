import { expect, test } from "vitest";
import { parseSearch, stringifySearch } from "./search";

test("what stands in the address comes back as it was", () => {
  const search = { outcome: "failed", detail: "AADSTS65004", next: "/mail/a1?x=1&y=2", signed_in: "1" };
  expect(parseSearch(stringifySearch(search))).toEqual(search);
});

test("nothing to say leaves the address without a question mark", () => {
  expect(stringifySearch({ next: undefined })).toBe("");
});
