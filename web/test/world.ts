/** A store on a made-up server, for tests. */
import { JmapClient, Offline } from "@/jmap";
import type { AccountId, EmailId, MailboxId, Transport } from "@/jmap";
import { AccountStore } from "@/store";
import type { ListSpec, MessageList } from "@/store";
import { MockError, answer, referred } from "../dev/mock-jmap-methods";
import { MockAccount } from "../dev/mock-jmap-world";

export const inbox = "f1" as MailboxId;
export const archive = "f6" as MailboxId;
export const trash = "f4" as MailboxId;

/**
 * An account on a made-up server in this process. `isOffline` cuts the line, `hold` keeps answers
 * back, `lost` answers get lost after the server has done what they say.
 */
export class World {
  readonly server: MockAccount;
  readonly sent: string[][] = [];
  isOffline = false;
  lost = 0;
  /** Pauses somebody sits out; a call ends one. */
  readonly pauses: (() => void)[] = [];
  gate: Promise<void> = Promise.resolve();
  readonly account: AccountStore;

  constructor(size = 400, id = "a1") {
    this.server = new MockAccount(id, size);
    const client = new JmapClient({ transport: this.transport(), apiUrl: "/jmap/api", maxCalls: 32 });
    this.account = new AccountStore(id as AccountId, client, () => new Promise((resolve) => { this.pauses.push(resolve); }));
  }

  transport(): Transport {
    return async (_, body) => {
      const calls = (body as { methodCalls: [string, Record<string, unknown>, string][] }).methodCalls;
      this.sent.push(calls.map(([name]) => name));
      await this.gate;
      if (this.isOffline) throw new Offline("no line");
      const methodResponses = answered(this.server, calls);
      if (calls.some(([name]) => name === "Email/set") && this.lost-- > 0) throw new Offline("the answer was lost");
      return { methodResponses, sessionState: "s" };
    };
  }

  async list(): Promise<MessageList> {
    await this.account.refresh();
    const list = this.account.list({ mailboxId: inbox, filter: "all" });
    list.subscribe(() => undefined);
    await list.refresh();
    return list;
  }

  async threadedList(more: Partial<ListSpec> = {}): Promise<MessageList> {
    await this.account.refresh();
    const list = this.account.list({ mailboxId: inbox, filter: "all", isThreaded: true, ...more });
    list.subscribe(() => undefined);
    await list.refresh();
    return list;
  }

  /** Answers wait until the returned function is called. */
  hold(): () => void {
    let open = (): void => undefined;
    this.gate = new Promise((resolve) => { open = resolve; });
    return open;
  }

  /** Sit out every pause until `until` holds; fails when it never does. */
  async elapse(until: () => boolean): Promise<void> {
    for (let turn = 0; turn < 500; turn += 1) {
      if (until()) return;
      this.pauses.shift()?.();
      await Promise.resolve();
    }
    throw new Error("it never came so far");
  }

  id(at: number): EmailId {
    const email = this.server.list("f1")[at];
    if (!email) throw new Error("no such row");
    return email.id as EmailId;
  }

  /** The ids of a folder at the server, newest first. */
  ids(folder = "f1"): EmailId[] {
    return this.server.list(folder).map((email) => email.id as EmailId);
  }

  unread(folder = "f1"): number {
    return this.account.mailboxes.get(folder)?.unreadEmails ?? -1;
  }
}

function answered(server: MockAccount, calls: [string, Record<string, unknown>, string][]): unknown[] {
  const done: [string, Record<string, unknown>, string][] = [];
  for (const [name, raw, id] of calls) {
    const args = Object.fromEntries(Object.entries(raw).map(([key, value]) => {
      if (!key.startsWith("#")) return [key, value];
      const { resultOf, path } = value as { resultOf: string; path: string };
      return [key.slice(1), referred(done.find((each) => each[2] === resultOf)?.[1], path)];
    }));
    try {
      done.push([name, answer(server, name, args), id]);
    } catch (error) {
      if (!(error instanceof MockError)) throw error;
      done.push(["error", { type: error.message }, id]);
    }
  }
  return done;
}
