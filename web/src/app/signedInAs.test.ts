import { expect, test } from "vitest";
import { signedInAs } from "./signedInAs";

test.each([
  [{}, "signed_in_as=anna%2Bx%40buero.de", "anna+x@buero.de"],
  [{}, "#signed_in_as=anna%40buero.de", "anna@buero.de"],
  [{ signed_in_as: "anna@buero.de" }, "", "anna@buero.de"],
  [{ signed_in_as: "old@buero.de" }, "signed_in_as=new%40buero.de", "new@buero.de"],
  [{}, "top", null],
  [{}, "signed_in_as=", null],
])("%j and #%s name %s", (search, hash, name) => {
  expect(signedInAs(search, hash)).toBe(name);
});
