// @vitest-environment jsdom
import "../../../../test/browser";
import { beforeEach, expect, test } from "vitest";
import type { EmailId, Folder } from "@/jmap";
import type { MessageList } from "@/store";
import { World } from "../../../../test/world";
import { ACTIONS, isInMenu } from "./actions";
import type { ActionId } from "./actions";
import type { MailView, OpenDialog } from "./mail";
import { viewOn } from "./onRows";
import { NO_TICKS } from "./ticks";

const MENU: readonly ActionId[] = ["open", "reply", "archive", "remove", "junk", "markRead", "markUnread", "flag", "print", "original", "download"];

let world: World;
let list: MessageList;
let done: string[];
let dialogs: OpenDialog[];

beforeEach(async () => {
  world = new World(20);
  list = await world.list();
  done = [];
  dialogs = [];
});

/** An open folder where another message is being read than those that the menu is about. */
function view(more: Partial<MailView> = {}): MailView {
  const { account } = world;
  const { id, mailboxIds } = account.emails.get(world.id(0)) ?? { id: world.id(0), mailboxIds: {} };
  const folder = (account.mailboxes.get(Object.keys(mailboxIds)[0] ?? "") ?? null) as Folder | null;
  const made = {
    isMerged: false, account, list, search: null, folder, mayWrite: true, messageId: world.id(9), cursor: world.id(9), ticks: NO_TICKS,
    reading: { current: { isStack: false, answers: world.id(9) } }, writing: { isPossible: true, answer: (kind: string, of: string) => { done.push(`${kind} ${of}`); } },
    rowDeeds: { targets: () => [id], moveToRole: (rows: readonly string[], role: string) => { done.push(`${role} ${rows.join(" ")}`); } }, deeds: {},
    setDialog: (dialog: OpenDialog) => { dialogs.push(dialog); }, ...more,
  } as unknown as MailView;
  return { ...made, ownerOf: (own) => ({ account, id: own as EmailId, list, folder: made.folder, mayWrite: made.mayWrite, mailbox: made.mailbox, mark: null }) };
}

const offered = (rows: readonly EmailId[], more: Partial<MailView> = {}): readonly ActionId[] => {
  const on = viewOn(view(more), rows);
  return MENU.filter((id) => isInMenu(id, on));
};

/** A message of the inbox that is (not) read. */
function id(isSeen: boolean): EmailId {
  const found = list.rows().find((row) => row !== null && Boolean(world.account.emails.get(row)?.keywords["$seen"]) === isSeen);
  if (!found) throw new Error("none");
  return found as EmailId;
}

test("of one row: all that is done with a message, and only the mark it does not have", () => {
  expect([offered([id(true)]), offered([id(false)])]).toEqual([
    ["open", "reply", "archive", "remove", "junk", "markUnread", "flag", "print", "original", "download"],
    ["open", "reply", "archive", "remove", "junk", "markRead", "flag", "print", "original", "download"],
  ]);
});

test("of several rows: what is done with many", () => {
  expect(offered([id(true), id(false)])).toEqual(["archive", "remove", "junk", "markRead", "markUnread", "flag"]);
});

test("what lies in the archive is not archived; who may only read is offered reading", () => {
  const archive = world.account.mailboxes.all().find(({ role }) => role === "archive") as Folder;

  expect(offered([id(true)], { folder: archive })).not.toContain("archive");
  expect(offered([id(true)], { mayWrite: false, writing: { isPossible: false } as never })).toEqual(["open", "print", "original", "download"]);
});

test("what is done is done to the rows, not to what is being read", () => {
  const row = id(true);
  const on = viewOn(view(), [row]);
  for (const action of ["archive", "reply", "print"] as const) ACTIONS[action].run?.(on, "");

  expect([done, dialogs]).toEqual([[`archive ${row}`, `reply ${row}`], [{ kind: "print", id: row }]]);
});
