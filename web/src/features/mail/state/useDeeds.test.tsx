// @vitest-environment jsdom
import { useEffect } from "react";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { EmailId } from "@/jmap";
import { closeToast, toastStore } from "@/ui/toasts";
import { Page } from "../../../../test/page";
import { World, inbox } from "../../../../test/world";
import type { Deeds } from "./mail";
import { NO_TICKS } from "./ticks";
import { dropUndo, undoLatest } from "./undo";
import { useDeeds } from "./useDeeds";

let page: Page;
let world: World;
let deeds: Deeds;

function Holder({ onDeeds }: { readonly onDeeds: (found: Deeds) => void }) {
  const found = useDeeds({
    partsOf: (ids) => [{ account: world.account, folderId: inbox, ids }], nameOf: (_, id) => id, list: null, messageId: null, ticks: NO_TICKS, cursor: null,
    isListBehind: false, setTicks: () => undefined, setCursor: () => undefined, open: () => undefined, openRow: () => undefined, setDialog: () => undefined,
  });
  useEffect(() => { onDeeds(found); }, [found, onDeeds]);
  return null;
}

const said = (): readonly string[] => toastStore.items().map(({ text }) => text);
const flagged = (ids: readonly EmailId[]): readonly boolean[] => ids.map((id) => world.server.emails.get(id)?.keywords.has("$flagged") ?? false);
/** Until the server has been told of all deeds. */
const settled = async (): Promise<void> => { await new Promise((resolve) => { setTimeout(resolve, 20); }); };

const silence = (): void => { for (const { id } of toastStore.items()) closeToast(id); };

beforeEach(async () => {
  silence(); // of tests before, which share the page's state
  page = new Page();
  world = new World(60);
  await world.list();
  await page.show(<Holder onDeeds={(found) => { deeds = found; }} />);
});

afterEach(async () => {
  dropUndo();
  silence();
  await page.end();
});

test("marks of several messages can be taken back, each as it was", async () => {
  const ids = world.ids().slice(0, 12);
  deeds.setFlagged(ids.slice(0, 4), true);
  await settled();
  dropUndo();
  const before = flagged(ids);

  deeds.setFlagged(ids, false);
  await settled();
  const [during, offered] = [flagged(ids), said()];
  undoLatest();
  await settled();

  expect(during).toEqual(ids.map(() => false));
  expect(offered).toEqual([`Flag removed from ${String(before.filter(Boolean).length)} messages`]);
  expect([flagged(ids), said()]).toEqual([before, []]);
});

test("a mark of one message says nothing: it is seen, and pressed again", async () => {
  const [first, second] = world.ids() as [EmailId, EmailId];
  deeds.setFlagged([first], true);
  await settled();
  const one = said();
  deeds.setFlagged([first, second], true); // one of them is so already
  await settled();

  expect([one, said()]).toEqual([[], []]);
});
