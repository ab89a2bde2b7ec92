import { beforeEach, expect, test } from "vitest";
import { ApiError, Offline } from "@/api/errors";
import type { MailPage, Me } from "@/api/types";
import { MailPageKeeper } from "./mailPage";

let sent: Partial<MailPage>[];
let held: Partial<MailPage>;
let kept: Me[];
let answer: (change: Partial<MailPage>) => Promise<Me>;
/** What waits for its time. */
let waiting: { readonly ms: number; readonly run: () => void }[];
let keeper: MailPageKeeper;

const me = { id: "u1" } as Me;
const columns = (width: number): MailPage["columns"] => [{ name: "subject", width }];

/** Its time has come. */
async function elapse(): Promise<void> {
  for (const { run } of waiting.splice(0)) run();
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
}

beforeEach(() => {
  [sent, held, kept, waiting] = [[], {}, [], []];
  answer = () => Promise.resolve(me);
  keeper = new MailPageKeeper({
    send: (change) => { sent.push(change); return answer(change); },
    onKept: (person) => { kept.push(person); },
    onChange: () => undefined,
    hold: (unsent) => { held = unsent; },
    after: (ms, run) => {
      const entry = { ms, run };
      waiting.push(entry);
      return () => { waiting = waiting.filter((each) => each !== entry); };
    },
  });
});

test("a choice stands until the server has it, and steps of the pointer are sent as one", async () => {
  for (const width of [200, 210, 220]) keeper.change({ columns: columns(width) });
  keeper.change({ density: "compact" });
  expect(keeper.unsent()).toEqual({ columns: columns(220), density: "compact" });
  expect(held).toEqual(keeper.unsent());

  await elapse();

  expect([sent, kept, keeper.unsent(), held]).toEqual([[{ columns: columns(220), density: "compact" }], [me], {}, {}]);
});

test("what is chosen while an answer is awaited is sent after it", async () => {
  let open = (): void => undefined;
  answer = () => new Promise((resolve) => { open = () => { resolve(me); }; });
  keeper.change({ preview: "off" });
  await elapse();
  keeper.change({ preview: "below" });
  await elapse();
  open();
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  expect(keeper.unsent()).toEqual({ preview: "below" });

  answer = () => Promise.resolve(me);
  await elapse();

  expect([sent, keeper.unsent()]).toEqual([[{ preview: "off" }, { preview: "below" }], {}]);
});

test("without an answer it is tried again; what is refused stands for this visit alone", async () => {
  answer = () => Promise.reject(new Offline("no answer"));
  keeper.change({ layout: "table" });
  await elapse();
  expect([waiting.length, held]).toEqual([1, { layout: "table" }]);

  answer = () => Promise.reject(new ApiError(422, "invalid_columns", ""));
  await elapse();

  expect([waiting.length, held, keeper.unsent()]).toEqual([0, {}, { layout: "table" }]);
});

test("what an earlier visit left unsent is sent", async () => {
  keeper.begin({ sort: { by: "size", is_ascending: false } });
  await elapse();
  expect(sent).toEqual([{ sort: { by: "size", is_ascending: false } }]);
});
