import { i18n } from "@lingui/core";
import { beforeEach, describe, expect, test } from "vitest";
import type { NewsChoice, NewsProgress } from "@/device/news-record";
import type { Transport } from "@/jmap";
import { LoginNeeded, Offline } from "@/jmap";
import { World, archive } from "../../test/world";
import { messages as german } from "./locales/de.po";
import { Notifier } from "./notify";
import type { Shown } from "./notify";
import type { FromWorker } from "./scope";

const now = new Date("2026-09-01T12:00:00Z");

interface Answered {
  readonly methodResponses: readonly (readonly [string, { readonly list?: readonly { readonly id: string }[] }, string])[];
}

function sorted({ methodResponses }: Answered, others: ReadonlySet<string>, calledNow: string | null): Answered {
  const from = calledNow === null ? {} : { from: [{ name: calledNow, email: "x@stranger.example" }] };
  return {
    methodResponses: methodResponses.map(([name, answer, id]) =>
      [name, name === "Email/get" ? { ...answer, list: (answer.list ?? []).map((each) => ({ ...each, ...from, "poststelle:isOther": others.has(each.id) })) } : answer, id]),
  };
}

/** A device of Anna's before a made-up server: its notifications, its windows, what it keeps. */
class Device {
  readonly world = new World(20);
  readonly shown = new Map<string, { title: string; body: string; data: Shown; isLoud: boolean }>();
  /** Every notification that made a sound or came up anew. */
  readonly loud: string[] = [];
  readonly windows: { url: string; focused: boolean }[] = [];
  readonly told: (number | null)[] = [];
  readonly quiets: (string | null)[] = [];
  readonly forgotten: string[] = [];
  badge = -1;
  user: string | null = "u1";
  quietUntil: string | null = null;
  isSubscribed = true;
  choice: NewsChoice | null = {
    userId: "u1", language: "de", isDiscreet: false, mailboxes: { a1: { name: "info@buero.example", arrivals: "inbox" } } as NewsChoice["mailboxes"],
  };
  progress: NewsProgress | null = null;
  isUnassigned = false;
  /** Messages that Outlook shows under "Other". */
  readonly others = new Set<string>();
  /** What a stranger calls himself who wrote all that comes. */
  calledNow: string | null = null;
  readonly verified: unknown[] = [];

  readonly notifier = new Notifier({
    records: {
      choice: () => Promise.resolve(this.choice), progress: () => Promise.resolve(this.progress),
      setChoice: (choice) => { this.choice = choice; return Promise.resolve(); },
      setProgress: (progress) => { this.progress = progress; return Promise.resolve(); },
    },
    transport: this.#transport(),
    board: {
      getNotifications: () => Promise.resolve([...this.shown].map(([tag, { data }]) => ({ tag, data, close: () => { this.shown.delete(tag); } }))),
      showNotification: (title, { body = "", tag = "", data, silent }) => {
        this.shown.set(tag, { title, body, data: data as Shown, isLoud: !silent });
        if (!silent) this.loud.push(`${title} | ${body.replaceAll("\n", " / ")}`);
        return Promise.resolve();
      },
      pushManager: { getSubscription: () => Promise.resolve(this.isSubscribed ? { unsubscribe: () => { this.isSubscribed = false; return Promise.resolve(true); } } : null) },
    },
    windows: () => Promise.resolve(this.windows.map((each) => ({ ...each, postMessage: (message: FromWorker) => { if (message.kind === "unread") this.told.push(message.count); else if (message.kind === "quiet") this.quiets.push(message.until); } })) as never),
    speak: (language) => { i18n.activate(language); },
    setBadge: (count) => { this.badge = count; return Promise.resolve(); },
    forget: (userId) => { this.forgotten.push(userId); return Promise.resolve(); },
    now: () => now,
  });

  #transport(): Transport {
    const jmap = this.world.transport();
    return async (url, body, method) => {
      if (this.world.isOffline) throw new Offline("no line");
      if (url === "/api/start") return { user: this.user === null ? null : { id: this.user }, quiet_until: this.quietUntil };
      if (this.user === null) throw new LoginNeeded("ended");
      const calls = (body as { methodCalls: [string, unknown, string][] }).methodCalls;
      if (this.isUnassigned) return { methodResponses: calls.map((call) => ["error", { type: "accountNotFound" }, call[2]]) };
      if (calls[0]?.[0] !== "PushSubscription/set") return sorted((await jmap(url, body, method)) as Answered, this.others, this.calledNow);
      this.verified.push(calls[0][1]);
      return { methodResponses: [["PushSubscription/set", { updated: {} }, calls[0][2]]] };
    };
  }

  arrives(count = 1): readonly string[] {
    return Array.from({ length: count }, (_, at) => this.world.server.receive(now.getTime() + 1_000 * (at + 1)).id);
  }

  read(id: string): void {
    const email = this.world.server.emails.get(id);
    if (email) this.world.server.setKeyword(email, "$seen", true);
  }

  /** The only notification on screen. */
  get only() {
    const all = [...this.shown.values()];
    return all.length === 1 ? all[0] : undefined;
  }
}

let device: Device;
beforeEach(async () => {
  i18n.load({ de: german });
  i18n.activate("de");
  device = new Device();
  await device.notifier.stir();
});

describe("new mail", () => {
  test("that was there before is none", () => {
    expect(device.shown.size).toBe(0);
  });

  test("is shown by its sender and subject, and leads to the message", async () => {
    const [id] = device.arrives();
    await device.notifier.pushed({ "@type": "StateChange", changed: {} });
    const email = device.world.server.view(device.world.server.emails.get(id ?? "") ?? neverThere()) as { from: { name: string }[]; subject: string };

    expect(device.only).toMatchObject({ title: email.from[0]?.name, body: `${email.subject}\ninfo@buero.example`, isLoud: true });
    expect(device.only?.data.path).toBe(`/mail/a1/f1/${String(id)}`);
  });

  test.each(["chef@buero.example", "chef\u200b@buero.example", "chef@buero\u2024example", "\u200b\u2060", "\u202e"])("from somebody whose name poses as another address, or is none (%j), is shown by the own one", async (name) => {
    device.calledNow = name;
    device.arrives();
    await device.notifier.stir();

    expect(device.only?.title).toBe("x@stranger.example");
  });

  test("is shown once, whoever asks for it and however often", async () => {
    device.arrives();
    await Promise.all([device.notifier.stir(), device.notifier.pushed(null), device.notifier.stir()]);
    await device.notifier.stir();
    expect(device.loud.length).toBe(1);
  });

  test("of several messages is one notification, which leads to the inbox", async () => {
    device.arrives(1);
    await device.notifier.stir();
    device.arrives(3);
    await device.notifier.stir();

    expect(device.only?.title).toBe("4 neue Nachrichten in info@buero.example");
    expect([device.only?.data.path, device.only?.data.ids.length]).toEqual(["/mail/a1/f1", 4]);
  });

  test("tells neither sender nor subject to who is discreet", async () => {
    device.choice = device.choice && { ...device.choice, isDiscreet: true };
    device.arrives(2);
    await device.notifier.stir();
    expect(device.only).toMatchObject({ title: "2 neue Nachrichten in info@buero.example", body: "" });
  });

  test("that lies elsewhere, or was read before, is none", async () => {
    const [moved, read] = device.arrives(2);
    device.world.server.move(device.world.server.emails.get(moved ?? "") ?? neverThere(), archive);
    device.read(read ?? "");
    await device.notifier.stir();
    expect(device.shown.size).toBe(0);
  });

  test("that Outlook sorts out is none for who wants the focused alone", async () => {
    device.choice = device.choice && { ...device.choice, mailboxes: { a1: { name: "info", arrivals: "focused" } } as NewsChoice["mailboxes"] };
    const [focused, other] = device.arrives(2);
    device.others.add(other ?? "");
    await device.notifier.stir();
    expect(device.only?.data.ids).toEqual([focused]);
  });

  test("in the window that has the keyboard is told there, and not again later", async () => {
    device.windows.push({ url: "https://post.example/mail/a1/f1", focused: true });
    device.arrives();
    await device.notifier.stir();
    device.windows.length = 0;
    await device.notifier.stir();
    expect(device.loud).toEqual([]);
  });

  test("in the window that shows the inboxes of all mailboxes is told there, too", async () => {
    device.windows.push({ url: "https://post.example/mail/all/inbox/a1~m3", focused: true });
    device.arrives();
    await device.notifier.stir();
    expect(device.shown.size).toBe(0);
    device.windows.splice(0, 1, { url: "https://post.example/mail/all/sent", focused: true });
    device.arrives();
    await device.notifier.stir();
    expect(device.shown.size).toBe(1);
  });

  test("of another mailbox than the window in front is shown", async () => {
    device.windows.push({ url: "https://post.example/mail/a10/f1", focused: true });
    device.arrives();
    await device.notifier.stir();
    expect(device.loud.length).toBe(1);
  });

  test("of a mailbox that is only now read is none, however much it is", async () => {
    device.world.server.receive(now.getTime() - 86_400_000);
    await device.notifier.stir();
    expect(device.shown.size).toBe(0);
  });
});

describe("a notification", () => {
  test("goes when its message was read, quietly shrinks when one of several was", async () => {
    const [first, second] = device.arrives(2);
    await device.notifier.stir();
    device.read(first ?? "");
    await device.notifier.stir();
    const left = device.only;
    device.read(second ?? "");
    await device.notifier.stir();

    expect([left?.data.ids, left?.isLoud]).toEqual([[second], false]);
    expect([device.shown.size, device.loud.length]).toEqual([0, 1]);
  });

  test("that was dismissed does not count with the next", async () => {
    device.arrives();
    await device.notifier.stir();
    device.shown.clear();
    const [id] = device.arrives();
    await device.notifier.stir();
    expect(device.only?.data.ids).toEqual([id]);
  });

  test("goes with the assignment", async () => {
    device.arrives();
    await device.notifier.stir();
    device.isUnassigned = true;
    await device.notifier.stir();
    expect([device.shown.size, device.isSubscribed, device.progress?.mailboxes]).toEqual([0, true, {}]);
  });

  test("goes when its mailbox is no longer chosen", async () => {
    device.arrives();
    await device.notifier.stir();
    device.choice = device.choice && { ...device.choice, mailboxes: {} as NewsChoice["mailboxes"] };
    await device.notifier.stir();
    expect(device.shown.size).toBe(0);
  });

  test.each([["nobody is logged in", null], ["somebody else is", "u2"]])("goes when %s, and nothing is kept", async (_, user) => {
    device.arrives();
    await device.notifier.stir();
    device.user = user;
    await device.notifier.stir();

    expect([device.shown.size, device.isSubscribed, device.choice, device.progress]).toEqual([0, false, null, null]);
    expect([device.forgotten, device.badge]).toEqual([["u1"], 0]);
  });

  test("goes when they are turned off", async () => {
    device.arrives();
    await device.notifier.stir();
    device.choice = null;
    await device.notifier.stir();
    expect([device.shown.size, device.isSubscribed, device.forgotten]).toEqual([0, false, []]);
  });
});

test("a push that can't be looked after says no more than that there is mail; the next look replaces it", async () => {
  device.arrives();
  device.world.isOffline = true;
  await device.notifier.pushed({ "@type": "StateChange", changed: {} });
  const blind = device.only;
  device.world.isOffline = false;
  await device.notifier.stir();

  expect(blind).toMatchObject({ title: "Neue E-Mails", body: "info@buero.example", isLoud: true });
  expect(device.only?.data.account).toBe("a1");
});

test("the code that proves that we read here is told back, and shows nothing", async () => {
  await device.notifier.pushed({ "@type": "PushVerification", pushSubscriptionId: "p1", verificationCode: "x" });
  expect([device.verified, device.shown.size]).toEqual([[{ update: { p1: { verificationCode: "x" } } }], 0]);
});

test("unread mail of the chosen inboxes is told to badge and windows", async () => {
  device.windows.push({ url: "https://post.example/settings/me", focused: true });
  const before = device.badge;
  device.arrives(2);
  await device.notifier.stir();
  expect([device.badge, device.told.at(-1)]).toEqual([before + 2, before + 2]);
});

function neverThere(): never {
  throw new Error("no such message");
}


describe("quiet hours", () => {
  test("hold news back until they end; what was read meanwhile goes, and the unread are counted", async () => {
    device.windows.push({ url: "https://poststelle.example/settings", focused: true });
    const [first = ""] = device.arrives();
    await device.notifier.stir();
    const before = device.loud.length;
    device.quietUntil = "2026-09-01T14:00:00Z";
    device.arrives(2);
    device.read(first);
    await device.notifier.stir();

    expect([before, device.loud.length, device.shown.size, device.quiets.at(-1)]).toEqual([1, 1, 0, device.quietUntil]);
    expect(device.badge).toBe(device.told.at(-1));

    device.quietUntil = null;
    await device.notifier.stir();
    await device.notifier.stir();
    expect([device.loud.length, device.only?.data.ids.length, device.quiets.at(-1)]).toEqual([2, 2, null]);
  });

  test("begin quietly: what came in the night is told in the morning, what was there before is not", async () => {
    device.progress = null;
    device.quietUntil = "2026-09-01T14:00:00Z";
    await device.notifier.stir();
    device.arrives();
    await device.notifier.stir();
    const during = device.loud.length;
    device.quietUntil = null;
    await device.notifier.stir();

    expect([during, device.loud.length, device.only?.data.ids.length]).toEqual([0, 1, 1]);
  });
});
