import { expect, test } from "vitest";
import type { Transport } from "@/jmap";
import type { AccountStore, Notice } from "@/store";
import { Value } from "@/store";
import { Attempts } from "@/store/attempts";
import { toastStore } from "@/ui/toasts";
import { NoticeBoard } from "./noticeBoard";
import { offerUndo } from "./undo";

const notice = (id: number): Notice => ({
  id, at: "2026-09-01T08:00:00Z", kind: "set", message: `m${String(id)}` as Notice["message"], code: "refused", detail: "", user: null, folder: null,
});

/** A board before a server; a call of one of `pauses` ends it. */
function world() {
  const told: Notice[] = [];
  const asked: string[] = [];
  const pauses: (() => void)[] = [];
  const transport: Transport = (path, _, method) => {
    asked.push(`${method ?? "GET"} ${path}`);
    return Promise.resolve({ notices: [...told] });
  };
  const attempts = new Attempts();
  const waited: number[] = [];
  const wait = (ms: number): Promise<void> => new Promise<void>((resolve) => { waited.push(ms); pauses.push(resolve); });
  const account = { id: "a1", attempts, notices: new Value(null), wait } as unknown as AccountStore;
  const notices = new NoticeBoard(transport, account);
  const board = { notices: account.notices, look: () => { notices.look({}); } };
  return { told, waited, notices, asked, attempts, board, pause: async () => { pauses.shift()?.(); await settled(); }, shown: () => board.notices.get()?.map(({ id }) => id) };
}

const settled = () => new Promise((resolve) => { setTimeout(resolve); });
const READ = "GET /api/mailboxes/a1/notices";

test("the first look reads at once, for all who look", async () => {
  const { board, told, asked, shown } = world();
  told.push(notice(1));
  board.look();
  await settled();

  expect([asked, shown()]).toEqual([[READ], [1]]);
});

test("reading a message, which moves the synchronisation four times, asks once", async () => {
  const { board, told, asked, pause, shown } = world();
  board.look();
  await settled();
  for (let i = 0; i < 4; i += 1) {
    board.look();
    await settled();
  }
  told.push(notice(1));
  await pause();

  expect([asked, shown()]).toEqual([[READ, READ], [1]]);
});

test("what moves while they are read leads to one more reading", async () => {
  const { board, told, asked, pause, shown } = world();
  board.look();
  board.look();
  await settled();
  told.push(notice(1));
  await pause();

  expect([asked, shown()]).toEqual([[READ, READ], [1]]);
});

test("a hint that several parts of the page pass on is one", async () => {
  const { notices, asked, pause } = world();
  const hint = {};
  notices.look(hint);
  notices.look(hint);
  await settled();
  await pause();

  expect(asked).toEqual([READ]);
});

test("while a toast says that it was done, a refusal is heard of soon, and ends it", async () => {
  const { board, told, waited, pause } = world();
  board.look();
  await settled();
  offerUndo("Moved to “Archive”", () => undefined, ["m1"]);
  told.push(notice(1));
  board.look();
  await settled();
  await pause();
  board.look();
  await settled();

  expect([waited, toastStore.items()]).toEqual([[300, 1_500], []]);
});

test("a refused mark that a person made is told beside one that reading made", async () => {
  const { board, told, attempts, shown } = world();
  told.push({ ...notice(2), kind: "flag" }, { ...notice(1), kind: "read", message: notice(2).message });
  attempts.note([notice(2).message], { kind: "set", mark: "read", isAutomatic: true });
  attempts.note([notice(2).message], { kind: "set", mark: "flagged", isAutomatic: false });
  board.look();
  await settled();

  expect(shown()).toEqual([2]);
});

test("a refused mark that nobody made by hand is put away unseen", async () => {
  const { board, told, asked, attempts, shown } = world();
  told.push(notice(1), notice(2));
  attempts.note([notice(1).message], { kind: "set", mark: "read", isAutomatic: true });
  board.look();
  await settled();

  expect([asked, shown()]).toEqual([[READ, "DELETE /api/mailboxes/a1/notices/1"], [2]]);
});
