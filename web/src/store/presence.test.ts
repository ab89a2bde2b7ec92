import { beforeEach, describe, expect, test } from "vitest";
import type { EmailId } from "@/jmap";
import { Announcer } from "@/store";
import { World } from "../../test/world";

let world: World;
beforeEach(() => { world = new World(10); });

const [m1, m2] = ["m1", "m2"] as EmailId[] as [EmailId, EmailId];
const since = "2026-11-27T14:05:00Z";
const thomas = { id: "m1-u2", emailId: m1, name: "Thomas", activity: "reading", since, until: "2026-11-27T14:06:00Z" };
const anna = { id: "m1-u3", emailId: m1, name: "Anna", activity: "answering", since: "2026-11-27T14:07:00Z", until: "2026-11-27T14:08:00Z" };

describe("who else is there", () => {
  const names = (id: EmailId) => world.account.presence.companies.get(id)?.others.map(({ name }) => name);

  test("is told by message, those who answer first", async () => {
    world.server.presences = [thomas, anna];
    await world.account.presence.refresh();

    expect(names(m1)).toEqual(["Anna", "Thomas"]);
    expect(names(m2)).toBeUndefined();
  });

  test("is asked for when the server says so, and not when that is known", async () => {
    await world.account.presence.refresh();
    world.sent.length = 0;
    world.account.presence.changed({ Email: "1.9", Presence: "1.1" });
    expect(world.sent).toEqual([]);

    world.account.presence.changed({ Presence: "1.2" });
    await world.account.presence.refresh();

    expect(world.sent.flat()).toContain("Presence/get");
  });

  test("is shown anew only where something else is to be seen", async () => {
    world.server.presences = [thomas];
    await world.account.presence.refresh();
    let told = 0;
    world.account.presence.companies.subscribe(m1, () => { told += 1; });
    world.server.presences = [{ ...thomas, until: "2026-11-27T14:07:00Z" }];
    await world.account.presence.refresh();
    expect(told).toBe(0);

    world.server.presences = [anna];
    await world.account.presence.refresh();

    expect([told, names(m1)]).toEqual([1, ["Anna"]]);
  });

  test("is asked again while anybody is there: who went without a word does not stay", async () => {
    world.server.presences = [thomas];
    await world.account.presence.refresh();
    world.server.presences = [];

    await world.elapse(() => names(m1) === undefined);

    expect(world.pauses).toEqual([]);
  });

  test("is nobody while the line is down", async () => {
    world.server.presences = [thomas];
    await world.account.presence.refresh();
    world.isOffline = true;

    await world.account.presence.refresh();

    expect(names(m1)).toBeUndefined();
  });
});

describe("answers to a message that is being answered", () => {
  const answer = { emailId: "m9", name: "Anna", at: since, origin: "here", isMine: false, isSent: true };
  const known = () => world.account.answers.records.get(world.id(0))?.answers.length;

  test("are asked for at first, and again when mail or submissions change", async () => {
    await world.list();
    const end = world.account.answers.watch(world.id(0));
    await world.account.answers.refresh();
    expect(known()).toBe(0);
    world.server.answers.set(world.id(0), [answer]);

    world.account.answers.changed({ EmailSubmission: "1.9" });
    await world.account.answers.refresh();

    expect(known()).toBe(1);
    end();
  });

  test("are nobody's business when no letter is open", async () => {
    await world.list();
    world.account.answers.watch(world.id(0))();
    await world.account.answers.refresh();
    world.sent.length = 0;

    world.account.answers.changed({ Email: "1.9" });
    await world.account.answers.refresh();

    expect([world.sent, known()]).toEqual([[], undefined]);
  });

  test("stay as they are known while nobody answers", async () => {
    await world.list();
    world.server.answers.set(world.id(0), [answer]);
    world.account.answers.watch(world.id(0));
    await world.account.answers.refresh();
    world.isOffline = true;

    await world.account.answers.refresh();

    expect(known()).toBe(1);
  });
});

describe("what this window says", () => {
  let timers: { at: number; run: () => void }[];
  let now: number;
  let announcer: Announcer;
  let said: { reading?: readonly string[]; answering?: readonly string[] }[];

  beforeEach(() => {
    [timers, now, said] = [[], 0, []];
    world.server.announced = (args) => { said.push(args); };
    announcer = new Announcer({
      clientId: "tab",
      after: (ms, run) => {
        const timer = { at: now + ms, run };
        timers.push(timer);
        return () => { timers = timers.filter((each) => each !== timer); };
      },
    });
  });

  /** Let so much time pass; the server hears all of it. */
  async function pass(ms: number): Promise<void> {
    const end = now + ms;
    for (let due = timers.find(({ at }) => at <= end); due; due = timers.find(({ at }) => at <= end)) {
      const timer = due;
      timers = timers.filter((each) => each !== timer);
      now = timer.at;
      timer.run();
      await new Promise((resolve) => { setTimeout(resolve); });
    }
    now = end;
  }

  test("an open message is said after a moment, and again every twenty seconds", async () => {
    announcer.begin(world.account, "reading", m1);
    await pass(900);
    expect(said).toEqual([]);
    await pass(60_000);

    expect(said).toHaveLength(3);
    expect(said[0]).toEqual({ accountId: "a1", clientId: "tab", reading: [m1], answering: [] });
  });

  test("who walks past messages says nothing of them", async () => {
    for (const id of ["m1", "m2", "m3"] as EmailId[]) {
      const end = announcer.begin(world.account, "reading", id);
      await pass(500);
      end();
    }
    await pass(10_000);

    expect(said).toEqual([]);
  });

  test("an answer is said at once, and that one reads it is not said beside it", async () => {
    announcer.begin(world.account, "reading", m1);
    const end = announcer.begin(world.account, "answering", m1);
    await pass(100);
    expect(said).toEqual([{ accountId: "a1", clientId: "tab", reading: [], answering: [m1] }]);

    end();
    await pass(100);

    expect(said[1]).toEqual({ accountId: "a1", clientId: "tab", reading: [m1], answering: [] });
  });

  test("two letters to one message are one answer, until both are closed", async () => {
    const ends = [announcer.begin(world.account, "answering", m1), announcer.begin(world.account, "answering", m1)];
    ends[0]?.();
    ends[0]?.();
    await pass(100);
    expect(said.at(-1)?.answering).toEqual([m1]);

    ends[1]?.();
    await pass(100);

    expect(said.at(-1)?.answering).toEqual([]);
    await pass(60_000);
    expect(said).toHaveLength(2);
  });

  test("of very many open messages those opened last are said, as many as the server takes", async () => {
    for (let n = 1; n <= 40; n += 1) announcer.begin(world.account, "reading", `m${String(n)}` as EmailId);
    await pass(2_000);

    expect(said.at(-1)?.reading).toEqual(Array.from({ length: 15 }, (_, at) => `m${String(26 + at)}`));
  });

  test("without eyes on the page nothing is read, while an answer goes on", async () => {
    announcer.begin(world.account, "reading", m1);
    announcer.begin(world.account, "answering", m2);
    await pass(2_000);
    announcer.attend({ reads: false, answers: true });
    await pass(100);
    expect(said.at(-1)).toMatchObject({ reading: [], answering: [m2] });

    announcer.attend({ reads: false, answers: false });
    await pass(100);

    expect(said.at(-1)).toMatchObject({ reading: [], answering: [] });
    const count = said.length;
    await pass(60_000);
    expect(said).toHaveLength(count);
  });

  test("the farewell names the accounts where something stands, once", async () => {
    expect(announcer.farewell()).toEqual([]);
    announcer.attend({ reads: true, answers: true });
    announcer.begin(world.account, "reading", m1);
    await pass(2_000);

    expect(announcer.farewell()).toEqual([{ accountId: "a1", clientId: "tab" }]);
    expect(announcer.farewell()).toEqual([]);
    const count = said.length;
    await pass(60_000);
    expect(said).toHaveLength(count);
    announcer.attend({ reads: true, answers: true });
    await pass(2_000);
    expect(said.at(-1)).toMatchObject({ reading: [m1] });
  });
});
