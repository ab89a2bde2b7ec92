/** How people, folders, sizes and kinds of files are written. Pure. */
import type { EmailAddress, Folder, Mailbox, MailboxId, Role } from "@/jmap";
import { withoutTurning } from "@/lib/turning";

/** "Anna Berger <anna@example.org>", or whichever half there is. */
export function fullAddress({ name, email }: EmailAddress): string {
  return name?.trim() && email ? `${name.trim()} <${email}>` : (name?.trim() || email);
}

/** People in one line, with their addresses. */
export function peopleOf(addresses: readonly EmailAddress[] | null): string {
  return (addresses ?? []).map(fullAddress).join(", ");
}

/** Octets in the reader's language: "1,2 MB". Source: IEC 80000-13 asks for powers of 1024 to be named KiB; mail does not. */
export function fileSize(octets: number, locale: string): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  const step = Math.min(3, octets < 1_000 ? 0 : Math.floor(Math.log10(octets) / 3));
  const value = octets / 1_000 ** step;
  return new Intl.NumberFormat(locale, {
    style: "unit", unit: units[step] ?? "byte", unitDisplay: step === 0 ? "long" : "short",
    maximumFractionDigits: value < 10 && step > 0 ? 1 : 0,
  }).format(value);
}

export interface FolderNode {
  readonly mailbox: Mailbox;
  readonly children: readonly FolderNode[];
}

const ROLE_ORDER = ["inbox", "drafts", "sent", "archive", "junk", "trash"];

/**
 * Folders as two forests: those with a purpose, in the usual order, and the
 * office's own by name. A folder whose parent is unknown stands at the top.
 */
export function folderForest(mailboxes: readonly Mailbox[], locale: string): {
  readonly system: readonly FolderNode[]; readonly own: readonly FolderNode[];
} {
  const known = new Set<MailboxId>(mailboxes.map((mailbox) => mailbox.id));
  const children = Map.groupBy(mailboxes, ({ parentId }) => (parentId && known.has(parentId) ? parentId : null));
  const collator = new Intl.Collator(locale, { numeric: true });
  const node = (mailbox: Mailbox, path: ReadonlySet<MailboxId>): FolderNode => ({
    mailbox,
    children: (children.get(mailbox.id) ?? [])
      .filter((child) => !path.has(child.id))
      .sort((a, b) => collator.compare(a.name, b.name))
      .map((child) => node(child, new Set([...path, child.id]))),
  });
  const top = (children.get(null) ?? []).map((mailbox) => node(mailbox, new Set([mailbox.id])));
  return {
    system: top.filter((each) => each.mailbox.role !== null).sort((a, b) => rank(a) - rank(b)),
    own: top.filter((each) => each.mailbox.role === null).sort((a, b) => collator.compare(a.mailbox.name, b.mailbox.name)),
  };
}

function rank({ mailbox }: FolderNode): number {
  return ROLE_ORDER.indexOf(mailbox.role ?? "");
}

/** Whether people put messages there: drafts and sent mail come by themselves. */
export function takesMessages({ role }: Pick<Mailbox, "role">): boolean {
  return role !== "drafts" && role !== "sent";
}

/** What folders with a purpose are called, in the page's language. */
export type RoleNames = Readonly<Record<Role, string>>;

/**
 * What a folder is called on the page. One at the top with a purpose has that for its name, in the reader's
 * language: Microsoft names it in the language of whoever first opened the mailbox. Any other keeps its own, but for
 * marks that would turn the words around it.
 */
export function nameOf({ name, role, parentId }: Pick<Folder, "name" | "role" | "parentId">, words: RoleNames): string {
  return role !== null && parentId === null ? words[role] : withoutTurning(name);
}

/** What the folders from the top down to this one are called by `called`. */
export function folderPath(mailbox: Folder, byId: (id: MailboxId) => Folder | undefined, called: (folder: Folder) => string): readonly string[] {
  const names = [called(mailbox)];
  const seen = new Set<MailboxId>([mailbox.id]);
  let parent = mailbox.parentId ? byId(mailbox.parentId) : undefined;
  while (parent && !seen.has(parent.id)) {
    seen.add(parent.id);
    names.unshift(called(parent));
    parent = parent.parentId ? byId(parent.parentId) : undefined;
  }
  return names;
}

export type FileKind = "picture" | "pdf" | "text" | "message" | "archive" | "sheet" | "document" | "other";

/** What a file is, by its declared type and, where that says nothing, by its name. */
export function fileKind(type: string, name: string | null): FileKind {
  const ending = /\.(\w{1,5})$/.exec(name ?? "")?.[1]?.toLowerCase() ?? "";
  const said = type.toLowerCase();
  if (/^image\/(png|jpe?g|gif|webp|bmp|avif)$/.test(said)) return "picture";
  if (said === "application/pdf" || (isVague(said) && ending === "pdf")) return "pdf";
  if (said === "message/rfc822" || ending === "eml") return "message";
  if (/sheet|excel|csv/.test(said) || ["xlsx", "xls", "ods", "csv"].includes(ending)) return said === "text/csv" ? "text" : "sheet";
  if (/^text\/plain$/.test(said) || (isVague(said) && ["txt", "log", "md"].includes(ending))) return "text";
  if (/zip|compressed|tar/.test(said)) return "archive";
  if (/word|document|rtf|presentation|powerpoint/.test(said)) return "document";
  return "other";
}

function isVague(type: string): boolean {
  return type === "" || type === "application/octet-stream";
}
