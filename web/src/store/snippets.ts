/**
 * Where the words of a search were found, of the messages on screen.
 * Asked for in one request a look; an answer that fails leaves the rows as they are.
 */
import type { AccountId, EmailFilter, EmailId, JmapClient, SearchSnippet } from "@/jmap";
import { withoutTurning } from "@/lib/turning";
import { Records } from "./records";
import type { Slot } from "./window";

/** A piece of a text; `isHit` where it is what was looked for. */
export interface Piece {
  readonly text: string;
  readonly isHit: boolean;
}

export interface Snippet {
  /** The message's id. */
  readonly id: EmailId;
  /** Null where nothing was found. */
  readonly subject: readonly Piece[] | null;
  readonly preview: readonly Piece[] | null;
}

const MOST_KEPT = 1_000;
const AT_ONCE = 100;

export class Snippets {
  readonly records = new Records<Snippet>();
  readonly #asked = new Set<EmailId>();
  readonly #accountId: AccountId;
  readonly #client: JmapClient;
  readonly #filter: EmailFilter;

  constructor(accountId: AccountId, client: JmapClient, filter: EmailFilter) {
    this.#accountId = accountId;
    this.#client = client;
    this.#filter = filter;
  }

  /** Ask for those of these messages that are not known yet. */
  need(ids: readonly Slot[]): void {
    const wanted = ids.filter((id): id is EmailId => id !== null && !this.#asked.has(id as EmailId));
    if (wanted.length === 0) return;
    if (this.#asked.size > MOST_KEPT) this.#forget();
    for (const id of wanted) this.#asked.add(id);
    for (let at = 0; at < wanted.length; at += AT_ONCE) void this.#ask(wanted.slice(at, at + AT_ONCE));
  }

  async #ask(ids: readonly EmailId[]): Promise<void> {
    try {
      const { list } = await this.#client.call("SearchSnippet/get", { accountId: this.#accountId, filter: this.#filter, emailIds: ids }).result;
      this.records.put(list.map(readable));
    } catch {
      for (const id of ids) this.#asked.delete(id); // at the next look
    }
  }

  #forget(): void {
    this.records.remove([...this.#asked]);
    this.#asked.clear();
  }
}

function readable({ emailId, subject, preview }: SearchSnippet): Snippet {
  return { id: emailId, subject: subject === null ? null : pieces(subject), preview: preview === null ? null : pieces(preview) };
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", "#x27": "'", "#34": '"' };

/** A snippet's HTML as text in pieces. No other tag than `<mark>` comes, and none would be made of one. */
export function pieces(html: string): readonly Piece[] {
  return withoutTurning(html).split(/<mark>(.*?)<\/mark>/s)
    .map((text, at): Piece => ({ text: text.replace(/&(amp|lt|gt|quot|#39|#x27|#34);/g, (_, name: string) => ENTITIES[name] ?? ""), isHit: at % 2 === 1 }))
    .filter(({ text }) => text !== "");
}
