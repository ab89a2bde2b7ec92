import { expect, test } from "vitest";
import type { RecipientGroup } from "@/api";
import { chipsOf, membersOf, proposedGroups, singled } from "./groups";

const owners: RecipientGroup = {
  id: "g1", account: "a1", is_own: false, name: "Eigentümer Lindenallee",
  members: [{ name: "Anna", email: "anna@x.example" }, { name: "", email: "b@x.example" }],
};
const carl = { name: "Carl", email: "carl@x.example" };

test("a group is one chip where its first one stands, until its people are asked for", () => {
  const people = [carl, ...membersOf(owners, []), { name: null, email: "d@x.example" }];

  expect(chipsOf(people).map((chip) => (chip.kind === "group" ? `${chip.name} ${String(chip.members.length)}` : chip.person.email))).toEqual([
    "carl@x.example", "Eigentümer Lindenallee 2", "d@x.example",
  ]);
  const single = singled(people, owners.name);
  expect(chipsOf(single).every(({ kind }) => kind === "person")).toBe(true);
  expect(single).toEqual([carl, { name: "Anna", email: "anna@x.example" }, { name: null, email: "b@x.example" }, { name: null, email: "d@x.example" }]);
});

test("nobody comes twice, and a group whose people are all there is not proposed", () => {
  const chosen = [{ name: null, email: "ANNA@x.example" }];
  expect(membersOf(owners, chosen)).toEqual([{ name: null, email: "b@x.example", group: owners.name }]);
  expect(proposedGroups("eigentuem", [owners], chosen)).toEqual([owners]);
  expect(proposedGroups("lind eig", [owners], [])).toEqual([owners]);
  expect(proposedGroups("allee", [owners], [])).toEqual([]);
  expect(proposedGroups("lind", [owners], [...chosen, { name: null, email: "b@x.example" }])).toEqual([]);
});
