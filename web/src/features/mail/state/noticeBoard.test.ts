import { expect, test } from "vitest";
import type { Transport } from "@/jmap";
import type { AccountStore, Notice } from "@/store";
import { Attempts } from "@/store/attempts";
import { NoticeBoard } from "./noticeBoard";

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
  const account = { id: "a1", attempts, wait: () => new Promise<void>((resolve) => { pauses.push(resolve); }) } as unknown as AccountStore;
  const board = new NoticeBoard(transport, account);
  return { told, asked, attempts, board, pause: async () => { pauses.shift()?.(); await settled(); }, shown: () => board.notices.get()?.map(({ id }) => id) };
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

test("a refused mark that nobody made by hand is put away unseen", async () => {
  const { board, told, asked, attempts, shown } = world();
  told.push(notice(1), notice(2));
  attempts.note([notice(1).message], { kind: "set", mark: "read", isAutomatic: true });
  board.look();
  await settled();

  expect([asked, shown()]).toEqual([[READ, "DELETE /api/mailboxes/a1/notices/1"], [2]]);
});
