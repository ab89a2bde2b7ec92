import type { Folder, Mailbox } from "@/jmap";

interface Known {
  readonly text: string;
  readonly folder: Folder;
}

/**
 * Folders without what is counted in them. Counts change with every message; who only needs
 * names, roles and rights gets the same objects, and the same array, until those change.
 */
export class Uncounted {
  #from: readonly Mailbox[] = [];
  #known: ReadonlyMap<string, Known> = new Map();
  #folders: readonly Folder[] = [];

  of(mailboxes: readonly Mailbox[]): readonly Folder[] {
    if (mailboxes === this.#from) return this.#folders;
    this.#from = mailboxes;
    this.#known = new Map(mailboxes.map((mailbox) => [mailbox.id, asBefore(mailbox, this.#known.get(mailbox.id))]));
    const folders = [...this.#known.values()].map(({ folder }) => folder);
    if (!areSame(folders, this.#folders)) this.#folders = folders;
    return this.#folders;
  }
}

const COUNTS: ReadonlySet<string> = new Set(["totalEmails", "unreadEmails", "totalThreads", "unreadThreads"] satisfies (keyof Mailbox)[]);

function asBefore(mailbox: Mailbox, before: Known | undefined): Known {
  const folder = Object.fromEntries(Object.entries(mailbox).filter(([name]) => !COUNTS.has(name))) as unknown as Folder;
  const text = JSON.stringify(folder);
  return before?.text === text ? before : { text, folder };
}

function areSame(some: readonly Folder[], others: readonly Folder[]): boolean {
  return some.length === others.length && some.every((folder, at) => folder === others[at]);
}
