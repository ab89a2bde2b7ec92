/** What actions are called, in the page's language. */
import { t } from "@lingui/core/macro";
import { hasKeyword } from "@/store";
import type { ActionGroup, ActionId } from "./actions";
import { homeRole } from "./actions";
import type { ListView } from "./mail";
import { isOfOne } from "./mail";
import { readPrefs } from "./prefs";

const isThreaded = (): boolean => readPrefs().isThreaded;
const homeOfTarget = (view: ListView) => homeRole(view, view.rowDeeds.targets()[0]);
const targets = (view: ListView) => view.rowDeeds.targets().map((id) => {
  const owner = view.ownerOf(id);
  return owner?.account.emails.get(owner.id);
});

const words: Readonly<Record<ActionId, (view: ListView) => string>> = {
  next: () => (isThreaded() ? t`Next conversation` : t`Next message`),
  previous: () => (isThreaded() ? t`Previous conversation` : t`Previous message`),
  unfold: () => t`Expand or collapse`,
  open: () => t`Open`,
  back: () => t`Back to the list`,
  search: () => t`Search`,
  escape: ({ mayWrite }) => (mayWrite ? t`Deselect, close` : t`Close`),
  first: () => t`To the beginning`,
  last: () => t`To the end`,
  pageUp: () => t`A page up`,
  pageDown: () => t`A page down`,
  nextInThread: () => t`Next message`,
  previousInThread: () => t`Previous message`,
  unfoldAll: () => t`Expand all messages`,
  foldAll: () => t`Collapse all messages`,
  write: () => t`New message`,
  reply: () => t`Reply`,
  replyAll: () => t`Reply all`,
  forward: () => t`Forward`,
  send: () => t`Send`,
  remove: (view) => (homeOfTarget(view) === "trash" ? t`Delete for good` : t`Delete`),
  archive: () => t`Archive`,
  junk: (view) => (homeOfTarget(view) === "junk" ? t`Not junk` : t`Junk`),
  flag: (view) => (targets(view).length > 0 && targets(view).every((email) => hasKeyword(email, "$flagged")) ? t`Remove flag` : t`Flag`),
  categorise: () => t`Categories`,
  move: () => t`Move`,
  markUnread: () => t`Mark as unread`,
  markRead: () => t`Mark as read`,
  print: ({ reading }) => (reading.current?.isStack ? t`Print conversation` : t`Print`),
  history: () => t`Message history`,
  original: () => t`Show original`,
  download: () => t`Download message (.eml)`,
  menu: () => t`Menu of what is selected`,
  undo: () => t`Undo`,
  tick: () => t`Select or deselect`,
  extendDown: () => t`Extend downwards`,
  extendUp: () => t`Extend upwards`,
  tickAll: () => t`Select all`,
  tickNone: () => t`Deselect all`,
  invert: () => t`Invert the selection`,
  tickUnread: () => t`Select all unread`,
  tickRead: () => t`Select all read`,
  tickFlagged: () => t`Select all flagged`,
  tickAttachment: () => t`Select all with attachment`,
  goInbox: () => t`Inbox`,
  goSent: () => t`Sent`,
  goDrafts: () => t`Drafts`,
  goArchive: () => t`Archive folder`,
  goTrash: () => t({ message: "Deleted", context: "folder" }),
  goFavourite: () => t`Favourite 1 to 9`,
  favourite: (view) => (isOfOne(view) && view.folder && view.favourites.isOne(view.account.id, view.folder.id) ? t`Remove the folder from the favourites` : t`Add the folder to the favourites`),
  newFolder: () => t`New folder`,
  newFolderHere: () => t`New folder in this folder`,
  renameFolder: () => t`Rename this folder`,
  moveFolder: () => t`Move this folder`,
  readFolder: () => t`Mark all in this folder as read`,
  emptyFolder: () => t`Empty this folder`,
  deleteFolder: () => t`Delete this folder`,
  palette: () => t`Commands`,
  keys: () => t`Keyboard shortcuts`,
  showAll: () => t`Show all messages`,
  showUnread: () => t`Show unread messages only`,
  showFlagged: () => t`Show flagged messages only`,
  threads: () => t`Show as conversations`,
  noThreads: () => t`Show messages one by one`,
  lines: () => t`List in lines`,
  table: () => t`List as a table`,
  columns: () => t`Choose columns`,
  comfortable: () => t`Density: comfortable`,
  compact: () => t`Density: compact`,
  previewRight: () => t`Preview on the right`,
  previewBelow: () => t`Preview below`,
  previewOff: () => t`No preview`,
  refresh: () => t`Fetch new mail now`,
  sync: () => t`Details of the synchronisation`,
};

export function actionWord(id: ActionId, view: ListView): string {
  return words[id](view);
}

export function groupWord(group: ActionGroup): string {
  switch (group) {
    case "list": return t`Through the list`;
    case "thread": return t`In a conversation`;
    case "select": return t`Select`;
    case "messages": return t`Messages`;
    case "write": return t`Write`;
    case "go": return t`Go to`;
    case "folder": return t`Folders`;
    case "view": return t`View`;
  }
}

/** Groups whose keys do nothing for this person, or with what is chosen now, are not told. */
export function isGroupTold(group: ActionGroup, { mayWrite, writing }: ListView): boolean {
  switch (group) {
    case "thread": return isThreaded();
    case "select": case "messages": return mayWrite;
    case "write": return writing.isPossible;
    case "list": case "go": case "folder": case "view": return true;
  }
}
