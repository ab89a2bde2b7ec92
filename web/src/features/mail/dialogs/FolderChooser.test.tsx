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
