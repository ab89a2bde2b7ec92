/**
 * Which messages show their pictures from outside. A message's own choice holds for the login; a sender's is kept by
 * the server (`PictureSenders`) and holds for messages that are likely to be theirs: what only says so could be
 * from anybody who wants to know whether it is read.
 */
import type { AccountStore } from "@/store";
import { Value } from "@/store";
import type { Email, EmailId } from "@/jmap";
import type { PictureSender } from "@/api";
import { isAllowed } from "@/session";

const ADDRESS = /^[^\s@]+@[^\s@]+$/u;

/** Its one sender, where a choice for all of theirs can be made: null for junk, and for what has none or several. */
export function pictureSender(account: Pick<AccountStore, "mailboxes">, email: Pick<Email, "from" | "mailboxIds">): string | null {
  const [from, ...others] = email.from ?? [];
  const isJunk = Object.keys(email.mailboxIds).some((id) => account.mailboxes.get(id)?.role === "junk");
  return from && others.length === 0 && !isJunk && ADDRESS.test(from.email) ? from.email : null;
}

/**
 * Whether the last server on the way found that the message is not from who it says. Without a word of it (mail
 * within one house has none) there is no doubt. Those below the first were written by others, the sender perhaps.
 * Source: RFC 8601 §2.2, §2.7; Microsoft Learn, "Anti-spam message headers in Microsoft 365" (compauth).
 */
export function isDoubtful(results: readonly string[]): boolean {
  const said = new Map<string, string>();
  for (const [, method = "", result = ""] of (results[0] ?? "").toLowerCase().matchAll(/(?:^|[\s;])(dmarc|compauth|dkim|spf)\s*=\s*([a-z]+)/gu)) {
    if (said.get(method) !== "pass") said.set(method, result); // of several signatures one is enough
  }
  const [dmarc, dkim, spf] = [said.get("dmarc"), said.get("dkim"), said.get("spf")];
  if (dmarc === "fail" || said.get("compauth") === "fail") return true;
  return dmarc !== "pass" && dkim !== "pass" && (spf === "fail" || spf === "softfail");
}

export class PictureChoices {
  /** Messages whose pictures somebody asked for. */
  readonly asked = new Value<ReadonlySet<EmailId>>(new Set());
  /** Messages that are likely to be from whom they say. */
  readonly likely = new Value<ReadonlySet<EmailId>>(new Set());
  readonly #account: AccountStore;
  readonly #doubts = new Map<EmailId, Promise<boolean>>();

  constructor(account: AccountStore) {
    this.#account = account;
  }

  show(id: EmailId): void {
    this.asked.set(new Set([...this.asked.get(), id]));
  }

  /** Whether its sender is in doubt; its header is fetched for that, once. Throws what breaks a request. */
  async isInDoubt(id: EmailId): Promise<boolean> {
    const known = this.#doubts.get(id);
    const doubt = known ?? this.#look(id);
    if (!known) {
      this.#doubts.set(id, doubt);
      doubt.catch(() => { this.#doubts.delete(id); });
    }
    const isOne = await doubt;
    if (!isOne) this.likely.set(new Set([...this.likely.get(), id]));
    return isOne;
  }

  isShown(email: Email, senders: readonly PictureSender[] | null): boolean {
    if (this.asked.get().has(email.id)) return true;
    const sender = pictureSender(this.#account, email);
    return sender !== null && this.likely.get().has(email.id) && isAllowed(senders, sender);
  }

  async #look(id: EmailId): Promise<boolean> {
    const { list } = await this.#account.client.call("Email/get", {
      accountId: this.#account.id, ids: [id], properties: ["id", "header:Authentication-Results:asText:all"],
    }).result;
    return isDoubtful(list[0]?.["header:Authentication-Results:asText:all"] ?? []);
  }
}

const choices = new WeakMap<AccountStore, PictureChoices>();

/** Those of an account; a later login has accounts of its own. */
export function pictureChoices(account: AccountStore): PictureChoices {
  const known = choices.get(account) ?? new PictureChoices(account);
  choices.set(account, known);
  return known;
}
