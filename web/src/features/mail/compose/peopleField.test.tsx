// @vitest-environment jsdom
import { Page } from "../../../../test/page";
import { act } from "react";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { EmailAddress } from "@/jmap";
import { PeopleField } from "./PeopleField";

const KNOWN: readonly EmailAddress[] = [{ name: "Firma Nord", email: "info@firma-nord.com" }, { name: "Anna", email: "anna@x.example" }];

let page: Page;
let chosen: readonly EmailAddress[];

beforeEach(async () => {
  page = new Page();
  chosen = [];
  await page.show(<PeopleField label="To" people={[]} chosen={[]} known={() => KNOWN} groups={[]} onChange={(people) => { chosen = people; }} />);
});

afterEach(() => page.end());

async function type(text: string, ...keys: string[]): Promise<void> {
  const field = document.querySelector("input") as HTMLInputElement;
  const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set;
  await act(async () => { set?.call(field, text); field.dispatchEvent(new Event("input", { bubbles: true })); });
  for (const key of keys) await act(async () => { field.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })); });
}

test.each<[string, string[], string]>([
  ["info@firma-nord.co", ["Enter"], "info@firma-nord.co"],
  ["info@firma-nord.co", ["ArrowDown", "Enter"], "info@firma-nord.com"],
  ["info@firma-nord.com", ["Enter"], "info@firma-nord.com"],
  ["info@firma", ["Enter"], "info@firma-nord.com"],
  ["ann", ["Enter"], "anna@x.example"],
])("%s and %j is %s", async (text, keys, expected) => {
  await type(text, ...keys);
  expect(chosen.map(({ email }) => email)).toEqual([expected]);
});
