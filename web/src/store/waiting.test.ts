import { beforeEach, expect, test, vi } from "vitest";
import { Busy, JmapClient, Offline } from "@/jmap";
import type { AccountId, State } from "@/jmap";
import { WaitingBoard } from "./waiting";

let pending: readonly { readonly id: string; readonly emailId: string; readonly undoStatus: string }[];
let failure: Error | null;
let asked: number;
let board: WaitingBoard;

beforeEach(() => {
  pending = [{ id: "s1", emailId: "m1", undoStatus: "pending" }];
  failure = null;
  asked = 0;
  const transport = (_: string, body?: unknown): Promise<unknown> => {
    asked += 1;
    const error = failure;
    failure = null;
    if (error) return Promise.reject(error);
    const { methodCalls } = body as { methodCalls: [string, Record<string, number>, string][] };
    const at = Number(methodCalls[0]?.[1]["position"]);
    const page = pending.slice(at, at + Number(methodCalls[0]?.[1]["limit"]));
    return Promise.resolve({ methodResponses: methodCalls.map(([name, , id]) => [name, name.endsWith("query") ? { ids: page.map((each) => each.id) } : { list: page }, id]) });
  };
  board = new WaitingBoard("a1" as AccountId, new JmapClient({ transport, apiUrl: "/jmap/api", maxCalls: 16 }), () => Promise.resolve());
});

const submissionsChange = (): void => { board.changed({ EmailSubmission: "2" as State }); };

test("nothing is asked before a draft is on screen", async () => {
  submissionsChange();
  await board.refresh();
  expect([asked, board.of("m1")]).toEqual([0, undefined]);
});

test("a draft on screen hears that it waits, and that it waits no more", async () => {
  const heard = vi.fn();
  board.subscribe("m1", heard);
  await vi.waitFor(() => { expect(board.of("m1")?.id).toBe("s1"); }, { timeout: 10_000 });

  pending = [];
  submissionsChange();
  await vi.waitFor(() => { expect(board.of("m1")).toBeUndefined(); }, { timeout: 10_000 });
  expect(heard).toHaveBeenCalledTimes(2);
});

test("what is known stays where nobody answers, and a busy server is asked again", async () => {
  board.subscribe("m1", () => undefined);
  await board.refresh();
  failure = new Offline("no answer");
  await board.refresh();
  expect(board.of("m1")?.id).toBe("s1");

  [failure, pending] = [new Busy(1), [{ id: "s2", emailId: "m1", undoStatus: "pending" }]];
  await board.refresh();
  expect(board.of("m1")?.id).toBe("s2");
});

test("all of very many are known", async () => {
  pending = Array.from({ length: 501 }, (_, at) => ({ id: `s${String(at)}`, emailId: `m${String(at)}`, undoStatus: "pending" }));
  board.subscribe("m0", () => undefined);
  await board.refresh();
  expect([board.of("m0")?.id, board.of("m500")?.id]).toEqual(["s0", "s500"]);
});
