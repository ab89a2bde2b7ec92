// @vitest-environment jsdom
import { act } from "react";
import { expect, test } from "vitest";
import { Page } from "../../../../test/page";
import { FolderChooser } from "./FolderChooser";

test("a folder is found however its umlauts are written, and Enter takes it", async () => {
  const page = new Page();
  HTMLElement.prototype.scrollIntoView = () => undefined;
  const chosen: string[] = [];
  const choices = ["Archiv", "Familie Müller", "Straßenbau"].map((name) => ({ id: name, value: name, name, above: [] }));
  await page.show(<FolderChooser choices={choices} onChoose={(name) => { chosen.push(name); }} />);
  const field = document.querySelector("input") as HTMLInputElement;
  for (const text of ["mueller", "strasse", "MÜLL"]) {
    await act(async () => {
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set?.call(field, text);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
    await act(async () => { field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true })); });
  }
  await page.end();

  expect(chosen).toEqual(["Familie Müller", "Straßenbau", "Familie Müller"]);
});

test("a new folder is offered below all others: arrows reach it either way round, and it is told what was typed", async () => {
  const page = new Page();
  HTMLElement.prototype.scrollIntoView = () => undefined;
  const made: string[] = [];
  await page.show(<FolderChooser choices={[{ id: "a", value: "a", name: "Archiv", above: [] }]} onChoose={(name) => { made.push(`old ${name}`); }} onNew={(name) => { made.push(`new ${name}`); }} />);
  const field = document.querySelector("input") as HTMLInputElement;
  const press = (key: string) => act(async () => { field.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })); });
  for (const [text, ...keys] of [["", "ArrowUp"], ["", "ArrowUp", "ArrowUp"], ["arch", "ArrowDown"], [" Neubau West "]]) {
    await act(async () => {
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set?.call(field, `${text ?? ""}x`);
      field.dispatchEvent(new Event("input", { bubbles: true }));
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set?.call(field, text);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
    for (const key of [...keys, "Enter"]) await press(key);
  }
  await page.end();

  expect(made).toEqual(["new ", "old a", "new arch", "new Neubau West"]);
});
