import { expect, test } from "vitest";
import { MOST_MEMBERS, imported } from "./importing";

const anna = { name: "Anna Berger", email: "anna@x.example" };

test("recipients of a mail, lines and a table's columns are all addresses", () => {
  const text = `"Berger, Anna" <anna@x.example>; b@x.example, Carl <c@x.example>\nd@x.example\r\nName\tE-Mail\nEmil\tErnst\te@x.example\tKöln`;

  expect(imported(text, []).members).toEqual([
    { name: "Berger, Anna", email: "anna@x.example" }, { name: null, email: "b@x.example" }, { name: "Carl", email: "c@x.example" },
    { name: null, email: "d@x.example" }, { name: "Emil Ernst", email: "e@x.example" },
  ]);
});

test("what is there already, and what is no address, is counted and said", () => {
  const told = imported("ANNA@x.example\nb@x.example\nb@x.example\nkein@, @auch.nicht", [anna]);

  expect([told.added, told.double, told.wrong, told.wrongOnes, told.isCut]).toEqual([1, 2, 2, ["kein@", "@auch.nicht"], false]);
  expect(told.members).toEqual([anna, { name: null, email: "b@x.example" }]);
});

test("hostile text costs little and leaves nothing that turns or hides words", () => {
  const many = Array.from({ length: 600 }, (_, at) => `n${String(at)}@x.example`).join("\n");
  const huge = ["<".repeat(120_000), `"${"a@".repeat(60_000)}`, `${"\t".repeat(60_000)}@`, `<${" ".repeat(99_000)}@`].map((text) => imported(text, []));

  expect(imported(many, [anna])).toMatchObject({ added: MOST_MEMBERS - 1, isCut: true });
  expect(huge.map(({ members }) => members.length)).toEqual([0, 0, 0, 0]);
  expect(huge.every(({ wrongOnes }) => wrongOnes.join("").length < 400)).toBe(true);
  expect(imported("Rech\u202enung\u0000\u200b x <r@x.example>", []).members).toEqual([{ name: "Rechnung x", email: "r@x.example" }]);
});
