import { expect, test } from "vitest";
import { initials } from "./initials";

test.each([
  ["Anna Berger", "AB"],
  ["Ida Maria Roth-Wiesenhütter", "IR"],
  ["Jörg öztürk", "JÖ"],
  ["info", "IN"],
  ["anna.berger@buero.de", "AB"],
  ["  ", "?"],
  ["李 小龙", "李小"],
])("%j is shown as %s", (name, letters) => {
  expect(initials(name)).toBe(letters);
});
