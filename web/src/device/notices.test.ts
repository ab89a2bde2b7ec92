// @vitest-environment jsdom
import "../../test/browser";
import { expect, test } from "vitest";
import { choiceOf, possibility } from "./notices";

const anna = { id: "u1", language: "de" } as const;
const wishes = { isNotified: true, isDiscreet: true, arrivals: { a2: "focused", a3: "none" }, keepsMail: null } as const;
const mailbox = (id: string, name = "") => ({ id, name, address: `${id}@buero.example` });

test("a mailbox that was not decided about is shown by its inbox; one that is assigned later too", () => {
  expect(choiceOf(anna, wishes, [mailbox("a1"), mailbox("a2", "Vermietung"), mailbox("a3")])).toEqual({
    userId: "u1", language: "de", isDiscreet: true,
    mailboxes: { a1: { name: "a1@buero.example", arrivals: "inbox" }, a2: { name: "Vermietung", arrivals: "focused" } },
  });
});

test("without a mailbox there is nothing to show", () => {
  expect(choiceOf(anna, wishes, [mailbox("a3")])).toBeNull();
});

test("a page that came over plain http says so, whatever its browser can do", () => {
  expect(possibility()).toBe("insecure");
});
