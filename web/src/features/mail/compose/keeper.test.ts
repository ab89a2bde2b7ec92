import { beforeEach, expect, test } from "vitest";
import { Busy, Offline, RequestRefused } from "@/jmap";
import { Keeper } from "./keeper";

/** A clock that tests turn: what is planned runs when its time has come. */
class Clock {
  ms = 0;
  plans: { at: number; run: () => void }[] = [];

  after = (ms: number, run: () => void): (() => void) => {
    const plan = { at: this.ms + ms, run };
    this.plans.push(plan);
    return () => { this.plans = this.plans.filter((each) => each !== plan); };
  };

  async pass(ms: number): Promise<void> {
    this.ms += ms;
    const due = this.plans.filter(({ at }) => at <= this.ms);
    this.plans = this.plans.filter(({ at }) => at > this.ms);
    for (const { run } of due) run();
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  }
}

let clock: Clock;
let saved: number;
let failure: unknown;
let hold: Promise<void>;
let keeper: Keeper;

beforeEach(() => {
  [clock, saved, failure, hold] = [new Clock(), 0, null, Promise.resolve()];
  keeper = new Keeper({
    after: clock.after, now: () => new Date(clock.ms),
    save: async () => {
      await hold;
      if (failure) throw failure;
      saved += 1;
    },
  });
});

test("a letter is saved a moment after the last key, once", async () => {
  keeper.touched();
  await clock.pass(1_500);
  keeper.touched();
  await clock.pass(1_500);
  expect([saved, keeper.state.get().kind]).toEqual([0, "unsaved"]);
  await clock.pass(600);

  expect([saved, keeper.state.get().kind, keeper.isSafe]).toEqual([1, "saved", true]);
  await clock.pass(60_000);
  expect(saved).toBe(1);
});

test("who never pauses is saved all the same", async () => {
  for (let second = 0; second < 16; second += 1) {
    keeper.touched();
    await clock.pass(1_000);
  }

  expect(saved).toBe(1);
});

test("what is written while it is saved is saved right after, never at the same time", async () => {
  let agree = (): void => undefined;
  hold = new Promise((resolve) => { agree = resolve; });
  keeper.touched();
  await clock.pass(2_000);
  keeper.touched();
  expect(keeper.state.get().kind).toBe("saving");
  agree();
  await clock.pass(0);
  expect([saved, keeper.isSafe]).toEqual([1, false]);
  await clock.pass(2_000);

  expect([saved, keeper.isSafe]).toEqual([2, true]);
});

test("without an answer it waits and tries again by itself, at once when the line is back", async () => {
  failure = new Offline("no line");
  keeper.touched();
  await clock.pass(2_000);
  expect([keeper.state.get().kind, keeper.isSafe]).toEqual(["waiting", false]);
  await clock.pass(10_000);
  expect(keeper.state.get().kind).toBe("waiting");
  failure = null;
  keeper.retry();
  await clock.pass(0);

  expect([saved, keeper.state.get().kind]).toEqual([1, "saved"]);
});

test.each([new RequestRefused(502, "about:blank", "Bad gateway"), new RequestRefused(500, "about:blank", ""), new Busy(10)])("%s passes: it is saved again by itself", async (error) => {
  failure = error;
  keeper.touched();
  await clock.pass(2_000);
  expect(keeper.state.get().kind).toBe("waiting");
  failure = null;
  await clock.pass(10_000);

  expect([saved, keeper.state.get().kind]).toEqual([1, "saved"]);
});

test("what is refused is said, and tried again with the next key or when somebody asks for it", async () => {
  failure = new Error("refused");
  keeper.touched();
  await clock.pass(2_000);
  expect(keeper.state.get()).toEqual({ kind: "refused", error: failure });
  failure = null;
  await clock.pass(60_000);
  expect(saved).toBe(0);
  keeper.retry();
  await clock.pass(0);
  expect(saved).toBe(1);
  keeper.touched();
  await clock.pass(2_000);

  expect(saved).toBe(2);
});

test("flush saves now and tells why it could not", async () => {
  await keeper.flush();
  expect(saved).toBe(0);
  keeper.touched();
  await keeper.flush();
  expect(saved).toBe(1);
  failure = new Offline("no line");
  keeper.touched();

  await expect(keeper.flush()).rejects.toBe(failure);
});

test("a letter that was thrown away is saved no more", async () => {
  keeper.touched();
  keeper.stop();
  await clock.pass(60_000);

  expect([saved, keeper.isSafe]).toEqual([0, true]);
});
