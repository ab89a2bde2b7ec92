import { beforeEach, describe, expect, test } from "vitest";
import { sharedStream } from "@/jmap";
import type { Broadcast, EventStream, Locks } from "@/jmap";

/** A browser: its locks, its channels, its clock, and what its tabs have open. */
class FakeBrowser implements Locks {
  readonly streams: FakeStream[] = [];
  readonly channels = new Set<FakeChannel>();
  timers: (() => void)[] = [];
  readonly waits: number[] = [];
  #holder: { end: (error: Error) => void } | null = null;
  #line: (() => void)[] = [];

  tab(): Tab {
    return new Tab(this);
  }

  get open(): readonly FakeStream[] {
    return this.streams.filter((each) => !each.isClosed);
  }

  /** Let everything under way arrive. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
  }

  async elapse(): Promise<void> {
    await this.settle();
    for (const run of [...this.timers]) {
      if (!this.timers.includes(run)) continue; // given up meanwhile
      this.timers = this.timers.filter((each) => each !== run);
      run();
      await this.settle();
    }
  }

  request(_: string, { steal, signal }: { steal?: boolean; signal?: AbortSignal }, held: () => Promise<void>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const hold = (): void => {
        const holder = { end: (error: Error) => { reject(error); } };
        this.#holder = holder;
        void held().then(() => {
          resolve(undefined);
          if (this.#holder === holder) this.#release();
        });
      };
      signal?.addEventListener("abort", () => {
        if (!this.#line.includes(hold)) return;
        this.#line = this.#line.filter((each) => each !== hold);
        reject(new Error("AbortError"));
      });
      if (steal) {
        this.#holder?.end(new Error("AbortError"));
        hold();
      } else if (this.#holder) this.#line.push(hold);
      else hold();
    });
  }

  #release(): void {
    this.#holder = null;
    this.#line.shift()?.();
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

class FakeChannel implements Broadcast {
  readonly #browser: FakeBrowser;
  readonly #tab: Tab;
  #listener: (event: { data: unknown }) => void = () => undefined;
  constructor(browser: FakeBrowser, tab: Tab) {
    this.#browser = browser;
    this.#tab = tab;
    browser.channels.add(this);
  }
  postMessage(message: unknown): void {
    if (this.#tab.isAsleep) return;
    for (const other of this.#browser.channels) if (other !== this) queueMicrotask(() => { other.hear(message); });
  }
  hear(data: unknown): void {
    if (!this.#tab.isAsleep && this.#browser.channels.has(this)) this.#listener({ data });
  }
  addEventListener(_: "message", listener: (event: { data: unknown }) => void): void {
    this.#listener = listener;
  }
  close(): void {
    this.#browser.channels.delete(this);
  }
}

class Tab {
  isAsleep = false;
  readonly heard: string[] = [];
  readonly stream: EventStream;
  constructor(browser: FakeBrowser) {
    this.stream = sharedStream({
      name: "push", locks: browser,
      open: () => { const stream = new FakeStream(); browser.streams.push(stream); return stream; },
      broadcast: () => new FakeChannel(browser, this),
      after: (ms, run) => {
        browser.waits.push(ms);
        const due = (): void => { if (!this.isAsleep) run(); };
        browser.timers.push(due);
        return () => { browser.timers = browser.timers.filter((each) => each !== due); };
      },
    });
    for (const type of ["open", "error", "state"]) {
      this.stream.addEventListener(type, ({ data }) => this.heard.push(data === undefined ? type : `${type} ${String(data)}`));
    }
  }
}

let browser: FakeBrowser;
beforeEach(() => { browser = new FakeBrowser(); });

async function tabs(count: number): Promise<readonly Tab[]> {
  const all = Array.from({ length: count }, () => browser.tab());
  await browser.settle();
  browser.streams[0]?.send("open");
  await browser.settle();
  return all;
}

describe("tabs of one browser", () => {
  test("have one stream, and all hear it", async () => {
    const seven = await tabs(7);
    browser.open[0]?.send("state", "news");
    await browser.settle();

    expect(browser.open).toHaveLength(1);
    expect(seven.map(({ heard }) => heard)).toEqual(Array(7).fill(["open", "state news"]));
  });

  test("that come later learn at once that the stream is open", async () => {
    await tabs(1);
    const late = browser.tab();
    await browser.settle();

    expect([late.heard, browser.open.length]).toEqual([["open"], 1]);
  });

  test("go on when the leading one is closed: the next opens, all catch up", async () => {
    const [leader, ...others] = await tabs(3);
    leader?.stream.close();
    await browser.settle();
    browser.open[0]?.send("open");
    browser.open[0]?.send("state", "news");
    await browser.settle();

    expect(browser.open).toHaveLength(1);
    expect(others.map(({ heard }) => heard)).toEqual(Array(2).fill(["open", "open", "state news"]));
  });

  test("do not wait for a leader that sleeps", async () => {
    const [leader] = await tabs(1);
    if (leader) leader.isAsleep = true;
    const next = browser.tab();
    await browser.elapse();
    browser.streams.at(-1)?.send("open");
    await browser.settle();

    expect(next.heard).toEqual(["open"]);
    expect(browser.open).toHaveLength(1);
  });

  test("take nothing from one that has just begun to lead, though its stream is not open yet", async () => {
    const [leader] = await tabs(1);
    if (leader) leader.isAsleep = true;
    for (let more = 0; more < 5; more += 1) browser.tab();
    await browser.elapse();

    expect(browser.streams).toHaveLength(2);
  });

  test("have the more patience the more often the lead was taken from them", async () => {
    const [first] = await tabs(1);
    const second = browser.tab();
    for (const sleeper of [first, second, first]) {
      if (sleeper) sleeper.isAsleep = true;
      await browser.elapse();
      if (sleeper) sleeper.isAsleep = false;
    }

    expect(browser.waits).toEqual([3_000, 6_000, 6_000, 12_000]);
  });

  test("follow again when they wake and another one leads, and catch up", async () => {
    const [sleeper] = await tabs(1);
    if (sleeper) sleeper.isAsleep = true;
    browser.tab();
    await browser.elapse();
    browser.streams.at(-1)?.send("open");
    if (sleeper) sleeper.isAsleep = false;
    sleeper?.heard.splice(0);
    browser.open[0]?.send("state", "news");
    await browser.settle();

    expect(browser.open).toHaveLength(1);
    expect(sleeper?.heard).toContain("state news");
  });

  test("leave a leader that answers alone", async () => {
    await tabs(3);
    await browser.elapse();

    expect(browser.streams).toHaveLength(1);
  });

  test("all hear that it broke", async () => {
    const both = await tabs(2);
    browser.open[0]?.send("error");
    await browser.settle();

    expect(both.map(({ heard }) => heard.at(-1))).toEqual(["error", "error"]);
  });

  test("closed, open nothing any more, not even when they are next in line", async () => {
    const [leader, follower] = await tabs(2);
    follower?.stream.close();
    leader?.stream.close();
    await browser.elapse();

    expect([browser.open.length, browser.streams.length]).toEqual([0, 1]);
  });
});
