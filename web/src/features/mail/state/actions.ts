/**
 * Everything that can be done on the mail page, once: keys do it, `?` lists the keys, the palette offers what makes
 * sense where the person is. What an action is called stands in `actionWords.ts`, which comes with the first list of them.
 */
import type { Email, EmailId, Mailbox, Role } from "@/jmap";
import { byRole, hasKeyword, wakeSync, widened } from "@/store";
import type { ListFilter, RowState } from "@/store";
import type { AnswerKind } from "../compose/addresses";
import { openRowMenuByKey } from "../list/rowMenu";
import { isPaletteOpen } from "../palette/door";
import { toggleHistory } from "../preview/historyDoor";
import type { ListView, MailView } from "./mail";
import { homeOf, isDraftRow, isOfOne } from "./mail";
import { messagesOn } from "./onRows";
import { changePrefs, layoutChange, readPrefs } from "./prefs";
import type { Prefs } from "./prefs";
import type { ReadingSight } from "./reading";
import { tickThese } from "./ticking";
import { NO_TICKS, extended, inverted, toggled } from "./ticks";
import { undoLatest } from "./undo";

export type ActionGroup = "list" | "thread" | "select" | "messages" | "write" | "go" | "folder" | "view";

export interface Action {
  readonly group: ActionGroup;
  /** "j", "Shift+ArrowDown", "Mod+a" (Ctrl, on a Mac the command key), "g i" for one after the other. */
  readonly keys: readonly string[];
  /** Is about one mailbox: where several are open together it isn't there. */
  readonly isForOne?: boolean;
  /** Where the palette offers it; without it, nowhere. */
  readonly isOffered?: (view: ListView) => boolean;
  /** Of actions that share a key the first one is done whose answer is true; without it, it always is. */
  readonly isMeant?: (view: ListView) => boolean;
  /** Its keys work in fields too. */
  readonly isForFields?: boolean;
  /** Null: the keys are told, but the letter itself knows them. */
  readonly run: ((view: ListView, key: string) => void) | null;
}

type Run = (view: ListView, key: string) => void;

interface ActionOfOne extends Pick<Action, "group" | "keys"> {
  readonly isOffered: (view: MailView) => boolean;
  readonly run: (view: MailView) => void;
}

const ofOne = ({ isOffered, run, ...action }: ActionOfOne): Action => ({
  ...action, isForOne: true, isOffered: (view) => isOfOne(view) && isOffered(view), run: (view) => { if (isOfOne(view)) run(view); },
});

/**
 * Open the message `by` rows on from the cursor. Without one it begins at the top
 * row on screen, so that the list stays where it is.
 */
const step = (by: number, isExtending = false): Run => (view) => {
  const { list, cursor, sight, mayWrite } = view;
  const rows = list?.rows() ?? [];
  const at = list && cursor ? list.indexOf(cursor) : -1;
  const target = at < 0 ? (by < 0 ? -1 : (sight.current?.first() ?? 0)) : Math.max(0, Math.min(rows.length - 1, at + by));
  const id = rows[target];
  if (id === undefined) return;
  sight.current?.show(target);
  if (id === null) { list?.look({ from: target, to: target + 1 }); return; }
  if (isExtending && mayWrite) view.setTicks((old) => extended(old, [rows[at], id].filter((each): each is string => typeof each === "string")));
  view.openRow(id as EmailId);
};

/** Scrolling opens nothing: the list turns its pages and the message being read stays. */
const turn = (pages: number): Run => ({ sight }) => { sight.current?.turn(pages); };

/** Of several mailboxes some may be for reading alone: what is done is done in all that it is about. */
const mayChange = (view: ListView, rows: readonly EmailId[]): boolean =>
  (rows.length === 0 ? view.mayWrite : rows.every((row) => view.ownerOf(row)?.mayWrite));

const write = (deed: (view: ListView, rows: readonly EmailId[]) => void): Run => (view) => {
  const rows = view.rowDeeds.targets();
  if (!mayChange(view, rows)) view.sayReadOnly();
  else if (rows.length > 0) deed(view, rows);
};

/** Ticks lead to changes only; without them there is nothing to tick. */
const tick = (deed: Run): Run => (view, key) => { if (view.mayWrite) deed(view, key); else view.sayReadOnly(); };

const isStack = ({ messageId, reading }: ListView): boolean => messageId !== null && reading.current?.isStack === true;

const inStack = (deed: (sight: ReadingSight) => void): Run => (view) => { if (isStack(view) && view.reading.current) deed(view.reading.current); };

const compose = (deed: Run): Run => (view, key) => { if (view.writing.isPossible) deed(view, key); else if (!view.mayWrite) view.sayReadOnly(); };

/** The message that is answered: of a conversation the newest, or the one a person went to. */
const answered = ({ messageId, reading }: ListView): EmailId | null => (messageId === null ? null : (reading.current?.answers ?? messageId));

const mayAnswer = (view: ListView): boolean => {
  const id = answered(view);
  return view.writing.isPossible && id !== null && !isDraftRow(view, id);
};

const answer = (kind: AnswerKind): Action => ({
  group: "write", keys: [{ reply: "r", replyAll: "a", forward: "f" }[kind]], isOffered: mayAnswer,
  run: compose((view) => {
    const id = answered(view);
    if (id !== null && mayAnswer(view)) view.writing.answer(kind, id);
  }),
});

const goTo = (role: Role, key: string): Action => ({ group: "go", keys: [`g ${key}`], run: (view) => { view.openRole(role); } });

const hasRows = ({ mayWrite, list }: ListView): boolean => mayWrite && (list?.rows().length ?? 0) > 0;

const tickWhere = (state: RowState, key: string): Action => ({
  group: "select", keys: [`* ${key}`], isOffered: hasRows, run: tick((view) => { tickThese(view, view.list?.idsWhere(state)); }),
});

const hasTargets = (view: ListView): boolean => {
  const rows = view.rowDeeds.targets();
  return rows.length > 0 && mayChange(view, rows);
};

const deed = (keys: readonly string[], run: (view: ListView, rows: readonly EmailId[]) => void): Action => ({
  group: "messages", keys, isOffered: hasTargets, run: write(run),
});

/** What the folder is for that a row lies in, as far as this page knows. */
export function homeRole(view: ListView, row: EmailId | undefined): Role | null {
  const owner = row === undefined ? null : view.ownerOf(row);
  return (owner && homeOf({ ...owner, search: view.search }, owner.account.emails.get(owner.id))?.role) ?? null;
}

const isUnread = (email: Email | undefined): boolean => email !== undefined && !hasKeyword(email, "$seen");

/** Whether a mark would change something, as far as the messages are loaded. */
const hasSome = (is: (email: Email | undefined) => boolean) => (view: ListView): boolean =>
  hasTargets(view) && messagesOn(view, view.rowDeeds.targets()).some((email) => email === undefined || is(email));

const isJunk = (view: ListView): boolean => homeRole(view, view.rowDeeds.targets()[0]) === "junk";

const hasArchive = (view: ListView): boolean => view.rowDeeds.targets().some((row) => {
  const owner = view.ownerOf(row);
  return owner !== null && homeRole(view, row) !== "archive" && byRole(owner.account.folders(), "archive") !== undefined;
});

const ofMessage = (run: (view: ListView, id: EmailId) => void): Action => ({
  group: "messages", keys: [], isOffered: ({ messageId }) => messageId !== null,
  run: (view) => {
    const id = answered(view);
    if (id !== null) run(view, id);
  },
});

/** Something is open that can be filtered, and searched. */
const isOpen = ({ list, search }: ListView): boolean => list !== null || search !== null;

const filterBy = (filter: ListFilter): Action => ({
  group: "view", keys: [], isOffered: (view) => isOpen(view) && view.filter !== filter, run: (view) => { view.setFilter(filter); },
});

/** A choice of the view that does not hold now; a phone has room for few. */
const choose = (change: Partial<Prefs>, isForPhones = true): Action => ({
  group: "view", keys: [],
  isOffered: ({ screen }) => (isForPhones || screen !== "phone") && Object.entries(change).some(([name, value]) => readPrefs()[name as keyof Prefs] !== value),
  run: () => { changePrefs(change); },
});

/** The open folder as it is at this moment, with its counts. */
const counted = ({ account, folder }: MailView): Mailbox | undefined => (folder ? account.mailboxes.get(folder.id) : undefined);

const ofFolder = (isFit: (folder: Mailbox) => boolean, run: (view: MailView, folder: Mailbox) => void): Action => ofOne({
  group: "folder", keys: [],
  isOffered: (view) => {
    const folder = counted(view);
    return view.mayWrite && folder !== undefined && isFit(folder);
  },
  run: (view) => {
    const folder = counted(view);
    if (folder) run(view, folder);
  },
});

const isOwn = ({ role }: Mailbox): boolean => role === null;

/** In the order in which `?` and the palette tell them. */
export const ACTIONS = {
  next: { group: "list", keys: ["j", "ArrowDown"], run: step(1) },
  previous: { group: "list", keys: ["k", "ArrowUp"], run: step(-1) },
  unfold: { group: "thread", keys: ["o", "Enter"], isMeant: isStack, run: inStack((sight) => { sight.toggle(); }) },
  open: {
    group: "list", keys: ["o", "Enter"],
    run: (view, key) => {
      const { cursor, writing } = view;
      if (cursor && writing.isPossible && isDraftRow(view, cursor)) writing.openDraft(cursor);
      else step(0)(view, key);
    },
  },
  back: { group: "list", keys: ["u"], run: (view) => { view.open(null); } },
  search: { group: "go", keys: ["/"], isOffered: isOpen, run: (view) => { view.focusSearch(); } },
  escape: {
    group: "list", keys: ["Escape"],
    run: (view) => {
      if (view.ticks.ids.size > 0) view.setTicks(() => NO_TICKS);
      else if (view.messageId === null) view.setSearch(null);
      else view.open(null);
    },
  },
  first: { group: "list", keys: ["Home"], run: turn(-Infinity) },
  last: { group: "list", keys: ["End"], run: turn(Infinity) },
  pageUp: { group: "list", keys: ["PageUp"], run: turn(-1) },
  pageDown: { group: "list", keys: ["PageDown"], run: turn(1) },

  nextInThread: { group: "thread", keys: ["n"], run: inStack((sight) => { sight.step(1); }) },
  previousInThread: { group: "thread", keys: ["p"], run: inStack((sight) => { sight.step(-1); }) },
  unfoldAll: { group: "thread", keys: [";"], isOffered: isStack, run: inStack((sight) => { sight.foldAll(false); }) },
  foldAll: { group: "thread", keys: [":"], isOffered: isStack, run: inStack((sight) => { sight.foldAll(true); }) },

  write: { group: "write", keys: ["c"], isOffered: ({ writing }) => writing.isPossible, run: compose(({ writing }) => { writing.write(); }) },
  reply: answer("reply"),
  replyAll: answer("replyAll"),
  forward: answer("forward"),
  send: { group: "write", keys: ["Mod+Enter"], run: null },

  remove: deed(["#", "Delete"], ({ rowDeeds }, rows) => { rowDeeds.remove(rows); }),
  archive: { ...deed(["e"], ({ rowDeeds }, rows) => { rowDeeds.moveToRole(rows, "archive"); }), isOffered: (view) => hasTargets(view) && hasArchive(view) },
  junk: deed(["!"], (view, rows) => { view.rowDeeds.moveToRole(rows, isJunk(view) ? "inbox" : "junk"); }),
  flag: deed(["s"], ({ rowDeeds }, rows) => { rowDeeds.toggleFlagged(rows); }),
  categorise: deed(["l"], ({ rowDeeds }, rows) => { rowDeeds.chooseCategories(rows); }),
  move: deed(["v", "m"], ({ rowDeeds }, rows) => { rowDeeds.chooseFolder(rows); }),
  markUnread: { ...deed(["U"], ({ rowDeeds }, rows) => { rowDeeds.setSeen(rows, false); }), isOffered: hasSome((email) => !isUnread(email)) },
  markRead: { ...deed(["I"], ({ rowDeeds }, rows) => { rowDeeds.setSeen(rows, true); }), isOffered: hasSome(isUnread) },
  /** The browser's own key: by itself it would put the panes on paper, with as much of the message as is on screen. */
  print: {
    ...ofMessage(({ reading, setDialog }, id) => { if (reading.current) reading.current.print(); else setDialog({ kind: "print", id }); }),
    keys: ["Mod+p"], isForFields: true, isMeant: ({ messageId }) => messageId !== null,
  },
  history: {
    ...ofMessage((view, id) => {
      const owner = view.ownerOf(id);
      if (owner) toggleHistory(widened(owner.account.id, owner.id));
    }),
    keys: ["h"],
  },
  original: ofMessage(({ setDialog }, id) => { setDialog({ kind: "original", id }); }),
  download: ofMessage((view, id) => {
    const owner = view.ownerOf(id);
    const email = owner?.account.emails.get(owner.id);
    if (owner && email) void import("../preview/files").then(({ originalUrl, saveFile }) => { saveFile(originalUrl({ session: view.session, account: owner.account }, email, email.id)); });
  }),
  menu: { group: "messages", keys: ["ContextMenu", "Shift+F10"], run: openRowMenuByKey },
  undo: { group: "messages", keys: ["z", "Mod+z"], run: () => { undoLatest(); } },

  tick: {
    group: "select", keys: ["x"],
    run: (view) => {
      const { cursor, list, setTicks } = view;
      if (!mayChange(view, cursor ? [cursor] : [])) view.sayReadOnly();
      else if (cursor) setTicks((old) => toggled(old, list?.rowOf(cursor) ?? cursor));
    },
  },
  extendDown: { group: "select", keys: ["J", "Shift+ArrowDown"], run: step(1, true) },
  extendUp: { group: "select", keys: ["K", "Shift+ArrowUp"], run: step(-1, true) },
  tickAll: { group: "select", keys: ["Mod+a", "* a"], isOffered: hasRows, run: tick((view) => { tickThese(view, view.list?.idsBetween(0, Infinity)); }) },
  tickNone: { group: "select", keys: ["* n"], isOffered: ({ ticks }) => ticks.ids.size > 0, run: ({ setTicks }) => { setTicks(() => NO_TICKS); } },
  invert: {
    group: "select", keys: ["* i"], isOffered: hasRows,
    run: tick((view) => { tickThese(view, view.list?.idsBetween(0, Infinity).then((all) => [...inverted(view.ticks, all).ids])); }),
  },
  tickUnread: tickWhere("unread", "u"),
  tickRead: tickWhere("read", "r"),
  tickFlagged: tickWhere("flagged", "s"),
  tickAttachment: tickWhere("attachment", "p"),

  goInbox: goTo("inbox", "i"),
  goSent: goTo("sent", "s"),
  goDrafts: goTo("drafts", "d"),
  goArchive: goTo("archive", "a"),
  goTrash: goTo("trash", "t"),
  goFavourite: {
    group: "go", keys: ["g 1", "g 2", "g 3", "g 4", "g 5", "g 6", "g 7", "g 8", "g 9"],
    run: ({ favourites }, key) => { favourites.openNth(Number(key.slice(2)) - 1); },
  },

  favourite: ofOne({
    group: "folder", keys: ["F"], isOffered: ({ folder }) => folder !== null,
    run: ({ account, folder, favourites }) => { if (folder) favourites.toggle(account.id, folder); },
  }),
  newFolder: ofOne({ group: "folder", keys: [], isOffered: ({ mayWrite }) => mayWrite, run: ({ setDialog }) => { setDialog({ kind: "folder-name", parentId: null, folder: null }); } }),
  newFolderHere: ofFolder(() => true, ({ setDialog }, folder) => { setDialog({ kind: "folder-name", parentId: folder.id, folder: null }); }),
  renameFolder: ofFolder(isOwn, ({ setDialog }, folder) => { setDialog({ kind: "folder-name", parentId: folder.parentId, folder }); }),
  moveFolder: ofFolder(isOwn, ({ setDialog }, folder) => { setDialog({ kind: "folder-move", folder }); }),
  readFolder: ofFolder(({ unreadEmails }) => unreadEmails > 0, ({ folderDeeds }, folder) => { folderDeeds.markRead(folder); }),
  emptyFolder: ofFolder(({ totalEmails, role }) => totalEmails > 0 && role !== "drafts", ({ setDialog }, folder) => { setDialog({ kind: "folder-empty", folder }); }),
  deleteFolder: ofFolder(isOwn, ({ folderDeeds }, folder) => { folderDeeds.remove(folder); }),

  palette: { group: "view", keys: ["Mod+k"], isForFields: true, run: () => { isPaletteOpen.set(true); } },
  keys: { group: "view", keys: ["?"], isOffered: ({ screen }) => screen !== "phone", run: (view) => { view.setDialog({ kind: "keys" }); } },
  showAll: filterBy("all"),
  showUnread: filterBy("unread"),
  showFlagged: filterBy("flagged"),
  threads: choose({ isThreaded: true }),
  noThreads: choose({ isThreaded: false }),
  lines: choose({ layout: "lines" }, false),
  table: { ...choose({ layout: "table" }, false), run: () => { changePrefs(layoutChange("table")); } },
  columns: { group: "view", keys: [], isOffered: ({ screen }) => screen !== "phone", run: ({ setDialog }) => { setDialog({ kind: "columns" }); } },
  comfortable: choose({ density: "comfortable" }),
  compact: choose({ density: "compact" }),
  previewRight: choose({ preview: "right" }, false),
  previewBelow: choose({ preview: "below" }, false),
  previewOff: choose({ preview: "off" }, false),
  refresh: {
    group: "view", keys: [], isOffered: ({ synced }) => synced.length > 0,
    run: ({ store, synced, setProblem }) => { for (const id of synced) wakeSync(store.transport, id).catch(setProblem); },
  },
  sync: ofOne({ group: "view", keys: [], isOffered: ({ synced }) => synced.length > 0, run: ({ setDialog }) => { setDialog({ kind: "sync" }); } }),
} as const satisfies Readonly<Record<string, Action>>;

export type ActionId = keyof typeof ACTIONS;

export const actions = Object.entries(ACTIONS) as readonly (readonly [ActionId, Action])[];

const byKey = Map.groupBy(actions.flatMap(([, action]) => action.keys.map((key) => ({ key, action }))), ({ key }) => key);
/** What is pressed before another key. */
const prefixes = new Set([...byKey.keys()].filter((key) => key.includes(" ")).map((key) => key.slice(0, key.indexOf(" "))));

export const isPrefix = (key: string): boolean => prefixes.has(key);

/** Whether an action makes sense here at all. */
export function isThere(action: Action, view: ListView): boolean {
  return !action.isForOne || isOfOne(view);
}

/** Whether a menu about rows or a message has it. What the palette never offers, such as to open, is for one message. */
export function isInMenu(id: ActionId, view: ListView): boolean {
  const action: Action = ACTIONS[id];
  return isThere(action, view) && (action.isOffered ? action.isOffered(view) : view.messageId !== null);
}

/** What a key does here. */
export function actionOf(key: string, view: ListView): Action | undefined {
  return byKey.get(key)?.find(({ action }) => isThere(action, view) && (action.isMeant?.(view) ?? true))?.action;
}
