import { beforeEach, describe, expect, test } from "vitest";
import { PushChannel } from "@/jmap";
import type { EventStream, PushStatus, StateChange } from "@/jmap";

/** A stream whose events the test sends, and a clock the test turns. */
class Line {
  readonly streams: FakeStream[] = [];
  readonly timers: { ms: number; run: () => void; isCancelled: boolean }[] = [];
  readonly statuses: PushStatus[] = [];
  readonly changes: StateChange[] = [];
  opened = 0;
  broken = 0;
  readonly channel = new PushChannel({
    url: () => "/jmap/eventsource",
    open: () => { const stream = new FakeStream(); this.streams.push(stream); return stream; },
    onOpen: () => { this.opened += 1; },
    onChange: (change) => this.changes.push(change),
    onBroken: () => { this.broken += 1; },
    onStatus: (status) => this.statuses.push(status),
    after: (ms, run) => {
      const timer = { ms, run, isCancelled: false };
      this.timers.push(timer);
      return () => { timer.isCancelled = true; };
    },
    random: () => 1,
  });

  get last(): FakeStream {
    const stream = this.streams.at(-1);
    if (!stream) throw new Error("nothing opened");
    return stream;
  }

  /** Let the newest timer fire. */
  fire(): number {
    const timer = this.timers.findLast((each) => !each.isCancelled);
    if (!timer) throw new Error("nothing waits");
    timer.isCancelled = true;
    timer.run();
    return timer.ms;
  }
}

class FakeStream implements EventStream {
  isClosed = false;
  readonly #listeners = new Map<string, (event: { data?: unknown }) => void>();
  addEventListener(type: string, listener: (event: { data?: unknown }) => void): void {
    this.#listeners.set(type, listener);
  }
  close(): void {
    this.isClosed = true;
  }
  send(type: string, data?: unknown): void {
    this.#listeners.get(type)?.({ data });
  }
}

let line: Line;
beforeEach(() => {
  line = new Line();
  line.channel.start();
});

describe("the event stream", () => {
  test("hands on state changes and ignores what is none", () => {
    line.last.send("state", JSON.stringify({ changed: { a1: { Email: "1.2" } } }));
    line.last.send("state", "not json");
    line.last.send("state", "{}");

    expect(line.changes).toEqual([{ changed: { a1: { Email: "1.2" } } }]);
  });

  test("waits longer after each failure, up to half a minute, and starts anew after success", () => {
    const waits = Array.from({ length: 8 }, () => { line.last.send("error"); return line.fire(); });
    line.last.send("open");
    line.last.send("error");

    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    expect(line.fire()).toBe(500);
  });

  test("catches up after every opening, because the gap told nothing", () => {
    line.last.send("open");
    line.last.send("error");
    line.fire();
    line.last.send("open");

    expect(line.opened).toBe(2);
    expect(line.broken).toBe(1);
  });

  test("counts as broken when even the pings stop", () => {
    line.last.send("open");
    line.last.send("ping");

    expect(line.fire()).toBe(75_000);
    expect(line.statuses.at(-1)).toBe("waiting");
    expect(line.streams[0]?.isClosed).toBe(true);
  });

  test("does not sit out the back-off when the window wakes", () => {
    line.last.send("error");
    line.channel.wake();

    expect(line.streams).toHaveLength(2);
    expect(line.statuses.at(-1)).toBe("connecting");
  });

  test("an open stream is given up when something else shows that the line is cut", () => {
    line.channel.lost();
    expect(line.statuses).toEqual(["connecting"]);
    line.last.send("open");
    line.channel.lost();
    line.channel.lost();

    expect(line.statuses).toEqual(["connecting", "open", "waiting"]);
    expect(line.broken).toBe(1);
    expect(line.fire()).toBe(500);
    expect(line.streams).toHaveLength(2);
  });

  test("a withdrawn assignment is told at once", () => {
    line.last.send("revoked");

    expect(line.broken).toBe(1);
  });

  test("late events of a closed stream are not heard", () => {
    const old = line.last;
    line.channel.stop();
    old.send("state", JSON.stringify({ changed: { a1: {} } }));

    expect(line.changes).toEqual([]);
  });
});
