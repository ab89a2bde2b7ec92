// @vitest-environment jsdom
import "../../../../test/browser";
import { DraftServer } from "../../../../test/drafts";
import { beforeEach, expect, test } from "vitest";
import { JmapClient } from "@/jmap";
import type { AccountId, BlobId, EmailId, Mailbox, Session, StartUpload } from "@/jmap";
import { AccountStore, loadDraft } from "@/store";
import { Composer } from "./composer";
import { Held } from "./keeper";
import type { Letter } from "./letter";
import { EMPTY, NO_ORIGIN } from "./letter";
import { FilesLost } from "./parts";
import { letterOf } from "./stored";

let server: DraftServer;
let account: AccountStore;
let plans: (() => void)[];
let uploaded: number;

const startUpload: StartUpload = () => {
  const blob = `u${String(++uploaded)}`;
  server.blobs.add(blob);
  return { done: Promise.resolve(blob as BlobId), stop: () => undefined };
};

const session = { uploadUrl: "/up/{accountId}/", downloadUrl: "/d/{blobId}", accounts: {} } as unknown as Session;
let made: number;
const hexId = (): string => (++made).toString(16).padStart(24, "0");

function begin(letter: Partial<Letter>, draft: EmailId | null = null): Composer {
  return new Composer({
    key: hexId(), account, session, address: "info@wir.example", letter: { ...EMPTY, ...letter }, origin: NO_ORIGIN, draft, since: new Date(0), wasInTrash: false,
    after: (_, run) => { plans.push(run); return () => { plans = plans.filter((each) => each !== run); }; },
    now: () => new Date(0), startUpload, makeId: hexId, onChange: () => undefined,
  });
}

/** A letter that is saved. */
async function written(): Promise<Composer> {
  const composer = begin({ subject: "Angebot", html: "<p>Erster Satz.</p>" });
  await write(composer, "Erster Satz.");
  return composer;
}

/** The same draft in another window. */
async function inAnotherWindow(draft: EmailId | null): Promise<Composer> {
  const stored = await loadDraft(account, draft ?? ("" as EmailId));
  return begin(letterOf(stored), stored.id);
}

async function write(composer: Composer, words: string): Promise<void> {
  composer.change({ html: `<p>${words}</p>` });
  await composer.keeper.flush();
}

/** The draft is gone: let as much time go by as what was sent needs to be seen. */
async function untilKnown(composer: Composer): Promise<void> {
  while (composer.watch.fate.get()?.kind === "gone") {
    plans.at(-1)?.();
    await composer.watch.looked();
  }
}

const texts = (): readonly unknown[] => [...server.drafts.values()].map(({ creation }) => /<p>(.*?)<\/p>/u.exec(creation.bodyValues["html"]?.value ?? "")?.[1]);

beforeEach(() => {
  [server, plans, uploaded, made] = [new DraftServer(), [], 0, 0];
  const client = new JmapClient({ transport: server.transport, apiUrl: "/jmap/api", maxCalls: 16 });
  account = new AccountStore("a1" as AccountId, client, () => Promise.resolve());
  account.mailboxes.put([{ id: "f2", role: "drafts" }, { id: "f3", role: "sent" }, { id: "f4", role: "trash" }] as unknown as Mailbox[]);
});

test.each([false, true])("what a colleague has sent is said with its time and not saved any more, under its old id too (%s)", async (keepsId) => {
  const composer = await written();
  server.send(composer.draft ?? "", keepsId);
  const fate = await composer.watch.look();
  composer.change({ html: "<p>Noch ein Satz.</p>" });

  expect(fate).toMatchObject({ kind: "sent", at: new Date("2026-11-27T13:05:00Z"), isFromHere: false, isOther: false });
  await expect(composer.keeper.flush()).rejects.toBeInstanceOf(Held);
  expect([server.drafts.size, composer.draft]).toEqual([1, null]);

  composer.startOver();
  await composer.keeper.flush();
  expect([texts(), await composer.watch.look()]).toEqual([["Erster Satz.", "Noch ein Satz."], null]);
});

test.each([true, false])("somebody's copy of the draft is not the letter while the draft is there as it was (sent: %s)", async (isSent) => {
  const composer = await written();
  server.copy(composer.draft ?? "", isSent);

  expect([await composer.watch.look(), composer.isHeld]).toEqual([null, false]);
});

test("of a draft that has gone, a copy that went to others is named as such, and not before the letter itself was waited for", async () => {
  const composer = await written();
  server.copy(composer.draft ?? "", true);
  server.drafts.delete(composer.draft ?? "");
  expect(await composer.watch.look()).toEqual({ kind: "gone" });
  await untilKnown(composer);

  expect([composer.watch.fate.get(), await composer.watch.look()]).toMatchObject([{ kind: "sent", isOther: true }, { kind: "sent", isOther: true }]);
});

test("a draft on its way back from the trash is not taken for deleted: it is not made twice", async () => {
  const { draft } = await written();
  server.trash(draft ?? "");
  const again = begin({ subject: "Angebot", html: "<p>Erster Satz.</p>" }, draft);
  let isBack = (): void => undefined;
  again.ready = new Promise((resolve) => { isBack = resolve; });
  const looked = again.watch.look();
  again.change({ html: "<p>Zweiter Satz.</p>" });
  server.trash(draft ?? "", false);
  isBack();

  expect(await looked).toBeNull();
  await again.keeper.flush();
  expect(texts()).toEqual(["Zweiter Satz."]);
});

test("of two versions neither is written over: mine becomes a draft of its own", async () => {
  const composer = await written();
  const other = server.edit(composer.draft ?? "", "<p>Berichtigt</p>");
  composer.change({ html: "<p>Zweiter Satz.</p>" });

  expect(await composer.watch.look()).toEqual({ kind: "edited", id: other });
  await expect(composer.keeper.flush()).rejects.toBeInstanceOf(Held);
  composer.startOver();
  await composer.keeper.flush();
  expect([texts(), await composer.watch.look()]).toEqual([["Berichtigt", "Zweiter Satz."], null]);
});

test("a draft with the same words under another id is the same draft", async () => {
  const composer = await written();
  const other = server.edit(composer.draft ?? "", "<div><p>Erster  Satz.</p></div>");

  expect([await composer.watch.look(), composer.draft]).toEqual([null, other]);
});

test("two windows on the same draft, be it ours or Outlook's, know each other's versions", async () => {
  const first = await written();
  const second = await inAnotherWindow(first.draft);
  await write(second, "Im zweiten Fenster");
  expect(await first.watch.look()).toEqual({ kind: "edited", id: second.draft });

  const [id, draft] = [...server.drafts].at(-1) ?? [];
  if (!id || !draft) throw new Error("no draft");
  server.drafts.set(id, { ...draft, creation: { ...draft.creation, messageId: ["AM0PR@outlook.example"] } });
  const [third, fourth] = await Promise.all([inAnotherWindow(id as EmailId), inAnotherWindow(id as EmailId)]);
  await write(fourth, "Im vierten Fenster");
  expect(await third.watch.look()).toEqual({ kind: "edited", id: fourth.draft });
});

test("what a saving finds gone is looked for; deleted, it is kept as a new draft", async () => {
  const composer = await written();
  server.drafts.clear();
  await write(composer, "Weiter");
  await composer.watch.looked();
  expect(composer.watch.fate.get()).toEqual({ kind: "gone" });
  await untilKnown(composer);

  expect([composer.watch.fate.get(), texts()]).toEqual([{ kind: "deleted" }, ["Weiter"]]);
  await write(composer, "Weiter so");
  expect([composer.watch.fate.get(), texts()]).toEqual([null, ["Weiter so"]]);
});

test("what another window has sent holds everything up until it is taken back or has left", async () => {
  const composer = await written();
  server.submitted.push(composer.draft ?? "");
  expect(await composer.watch.look()).toMatchObject({ kind: "leaving", id: composer.draft });
  composer.change({ subject: "Angebot 2" });
  await expect(composer.keeper.flush()).rejects.toBeInstanceOf(Held);
  server.submitted.pop();

  expect(await composer.watch.look()).toBeNull();
  await composer.keeper.flush();
  expect(server.drafts.size).toBe(1);
});

test("files that went with the draft are brought again; those that nobody holds are named", async () => {
  const composer = begin({});
  composer.addFiles([new File(["eins"], "Notiz.txt", { type: "text/plain" })]);
  await composer.filesArrived();
  await write(composer, "Anbei");
  const other = server.edit(composer.draft ?? "", "<p>Berichtigt</p>");
  const second = await inAnotherWindow(other as EmailId);
  await composer.watch.look();
  composer.startOver();
  await composer.keeper.flush();
  expect([uploaded, [...server.drafts.values()].map(({ creation }) => creation.attachments.map(({ name }) => name))]).toEqual([2, [["Notiz.txt"], ["Notiz.txt"]]]);

  server.edit(other, "<p>Noch einmal</p>");
  await second.watch.look();
  server.drafts.clear();
  server.blobs.clear();
  second.startOver();
  await expect(second.keeper.flush()).rejects.toEqual(new FilesLost(["Notiz.txt"]));
});

test("a draft whose files are not listed yet is not written over before they are here", async () => {
  const first = begin({});
  first.addFiles([new File(["eins"], "Vertrag.txt", { type: "text/plain" })]);
  await first.filesArrived();
  await write(first, "Anbei");
  server.isListing = true;
  const stored = { ...await loadDraft(account, first.draft ?? ("" as EmailId)), attachments: [] };
  const composer = begin(letterOf(stored), stored.id);
  composer.change({ subject: "Vertrag" });
  await expect(composer.keeper.flush()).rejects.toBeInstanceOf(Held);

  server.isListing = false;
  plans[0]?.();
  await expect.poll(() => composer.letter.get().awaitsFiles).toBe(false);
  await composer.keeper.flush();
  expect([...server.drafts.values()].map(({ creation }) => [creation.subject, creation.attachments.map(({ name }) => name)])).toEqual([["Vertrag", ["Vertrag.txt"]]]);
});

test("a link to a file in the cloud is shown, and a draft is replaced without it only when somebody says so", async () => {
  const draft = (await written()).draft;
  const stored = await loadDraft(account, draft ?? ("" as EmailId));
  const link = { partId: "a0", blobId: null, size: 0, name: "Ablage", type: "application/octet-stream", disposition: "attachment", cid: null };
  const composer = begin(letterOf({ ...stored, attachments: [link] }), stored.id);
  expect(composer.letter.get().files).toMatchObject([{ name: "Ablage", isCloud: true }]);
  composer.change({ subject: "Neu" });
  await expect(composer.keeper.flush()).rejects.toBeInstanceOf(Held);

  composer.startOver();
  await composer.keeper.flush();
  expect([...server.drafts.values()].map(({ creation }) => creation.subject)).toEqual(["Angebot", "Neu"]);
});

test("what the server tells of the mailbox has the draft looked at", async () => {
  const composer = await written();
  const looked = Promise.withResolvers<undefined>();
  composer.watch.fate.subscribe(() => { looked.resolve(undefined); });
  server.send(composer.draft ?? "");
  account.changed({ EmailSubmission: "1.2" as never });
  await looked.promise;

  expect(composer.watch.fate.get()?.kind).toBe("sent");
});
