// @vitest-environment jsdom
import "../../../../test/browser";
import { DraftServer } from "../../../../test/drafts";
import { beforeEach, expect, test } from "vitest";
import { Busy, JmapClient, Offline, RequestRefused, SetFailed, Stopped } from "@/jmap";
import type { AccountId, BlobId, EmailId, IdentityId, Mailbox, Session, StartUpload, SubmissionId } from "@/jmap";
import { AccountStore } from "@/store";
import { Composer } from "./composer";
import { EMPTY, NO_ORIGIN } from "./letter";
import { writeFormatted, writePlain } from "./plainSwitch";
import { cancel, outcomeOf, submit } from "./sending";

/** Uploads that tests end one by one. */
interface Begun {
  readonly name: string;
  readonly end: (blob: string) => void;
  readonly fail: (error: unknown) => void;
}

let server: DraftServer;
let composer: Composer;
let uploads: Begun[];
let pauses: (() => void)[];

const startUpload: StartUpload = (_, file) => {
  const { promise: done, resolve: end, reject: fail } = Promise.withResolvers<BlobId>();
  uploads.push({ name: (file as File).name, end: (blob) => { server.blobs.add(blob); end(blob as BlobId); }, fail });
  return { done, stop: () => { fail(new Stopped("stopped")); } };
};

const settle = async (): Promise<void> => { for (let turn = 0; turn < 30; turn += 1) await Promise.resolve(); };
const file = (name: string, size = 10): File => new File(["x".repeat(size)], name, { type: "text/plain" });
const save = async (): Promise<void> => { composer.touched(); await composer.keeper.flush(); };

beforeEach(() => {
  [server, uploads, pauses] = [new DraftServer(), [], []];
  const client = new JmapClient({ transport: server.transport, apiUrl: "/jmap/api", maxCalls: 16 });
  const account = new AccountStore("a1" as AccountId, client, () => Promise.resolve());
  account.mailboxes.put([{ id: "f2", role: "drafts" } as unknown as Mailbox]);
  const session = {
    uploadUrl: "/up/{accountId}/", downloadUrl: "/d/{blobId}",
    accounts: { a1: { accountCapabilities: { "urn:ietf:params:jmap:mail": { maxSizeAttachmentsPerEmail: 100 } } } },
  } as unknown as Session;
  let made = 0;
  composer = new Composer({
    key: "k", account, session, address: "info@wir.example", letter: { ...EMPTY, subject: "Angebot" }, origin: NO_ORIGIN, draft: null, since: new Date(0), wasInTrash: false,
    after: (_, run) => { pauses.push(run); return () => undefined; }, now: () => new Date(0), startUpload, makeId: () => `id${String(++made)}`, onChange: () => undefined,
  });
});

const signed = (id: string, size = 10) => {
  const picture = new File(["x".repeat(size)], "logo.png", { type: "image/png" });
  return { id, html: `<p>${id}</p><img src="cid:${id}@x">`, plain: id, pictures: new Map([[`${id}@x`, picture]]) };
};
URL.createObjectURL = () => "blob:x";

test("a signature at the beginning is no writing, and its picture holds nothing up", async () => {
  composer.sign(signed("Anna"), true);
  expect([composer.keeper.state.get().kind, composer.isUploading, await composer.filesArrived()]).toEqual(["untouched", false, true]);
  uploads[0]?.end("b1");
  await new Promise((resolve) => { setTimeout(resolve); });
  expect([composer.keeper.state.get().kind, composer.letter.get().files[0]?.blobId]).toEqual(["untouched", "b1"]);

  composer.change({ html: `<p>Hallo</p>${composer.letter.get().html}` });
  await save();
  expect([...server.drafts.values()][0]?.creation.attachments).toMatchObject([{ blobId: "b1", cid: "Anna@x", disposition: "inline" }]);
});

test("another signature leaves the text, in both forms, and its picture stays behind", async () => {
  composer.sign(signed("Anna"));
  composer.sign({ ...signed("Tom"), pictures: new Map() });
  expect(composer.letter.get()).toMatchObject({ signature: { id: "Tom" } });
  expect(composer.letter.get().html).not.toContain("Anna");
  uploads[0]?.end("b1");
  await save();
  expect([...server.drafts.values()][0]?.creation.attachments).toEqual([]);

  composer.change({ isPlain: true, text: "Hallo\nTom" });
  composer.sign({ ...signed("Anna"), pictures: new Map() });
  expect(composer.letter.get().text).toBe("Hallo\nAnna");
  composer.sign(null);
  expect(composer.letter.get()).toMatchObject({ text: "Hallo\n", signature: null });
});

test("saved again and again it is one draft, the latest", async () => {
  await save();
  composer.change({ subject: "Angebot 2" });
  await save();

  expect([...server.drafts.values()].map(({ creation }) => creation.subject)).toEqual(["Angebot 2"]);
  expect([composer.draft]).toEqual([...server.drafts.keys()]);
});

test.each([new Offline("lost"), new RequestRefused(504, "about:blank", "Gateway timeout")])("after %s the draft that was made all the same is found and replaced", async (error) => {
  await save();
  [server.lost, server.loss] = [1, error];
  await expect(save()).rejects.toBe(error);
  expect(server.drafts.size).toBe(1);
  await save();

  expect([server.drafts.size, [...server.drafts.keys()]]).toEqual([1, [composer.draft]]);
});

test("refused while the old draft went: the next saving makes one anew", async () => {
  await save();
  server.isRefusing = true;
  await expect(save()).rejects.toBeInstanceOf(SetFailed);
  expect([composer.draft, composer.keeper.state.get().kind]).toEqual([null, "refused"]);
  server.isRefusing = false;
  await save();

  expect(server.drafts.size).toBe(1);
});

test("an answer to a message that is deleted meanwhile is kept all the same", async () => {
  await save();
  composer.origin = { answers: "gone" as EmailId, mark: "$answered", inReplyTo: ["a@x"], references: ["a@x"] };
  await save();

  const [draft] = server.drafts.values();
  expect([server.drafts.size, draft?.creation.inReplyTo, draft?.creation["poststelle:answers"], composer.origin.mark]).toEqual([1, ["a@x"], null, null]);
});

test("files outlast every saving, although each draft takes its own along when it goes", async () => {
  composer.addFiles([file("a.txt")]);
  const cid = composer.addPicture(file("b.png"));
  composer.change({ html: `<img src="cid:${String(cid)}">` });
  uploads[0]?.end("u1");
  uploads[1]?.end("u2");
  await settle();
  await save();
  server.blobs.delete("u1"); // an upload is known for a day
  server.blobs.delete("u2");
  await save();
  await save();

  const [draft] = server.drafts.values();
  expect(draft?.creation.attachments.map(({ name, cid: id, disposition }) => [name, id, disposition])).toEqual([["a.txt", undefined, "attachment"], ["b.png", cid, "inline"]]);
});

test("a file that makes the message too large is named, and stays away", () => {
  composer.addFiles([file("a.txt", 60), file("b.txt", 60)]);

  expect(composer.letter.get().files.map(({ name }) => name)).toEqual(["a.txt"]);
  expect(composer.trouble.get()).toEqual({ kind: "tooLarge", name: "b.txt", most: 100 });
});

test("what was said stays when a file arrives, and goes with the next key", async () => {
  composer.addFiles([file("a.txt")]);
  composer.trouble.set({ kind: "noRecipient" });
  uploads[0]?.end("u1");
  await settle();
  expect(composer.trouble.get()).not.toBeNull();
  composer.change({ subject: "x" });

  expect(composer.trouble.get()).toBeNull();
});

test("a server that takes no more files at once is asked again; what failed is tried when somebody says so", async () => {
  composer.addFiles([file("a.txt")]);
  uploads[0]?.fail(new Busy(5));
  await settle();
  expect(composer.isUploading).toBe(true);
  pauses.at(-1)?.();
  await settle();
  uploads[1]?.fail(new Offline("no line"));
  expect(await composer.filesArrived()).toBe(false);
  const [failed] = composer.letter.get().files;
  if (failed) composer.retryFile(failed);
  uploads[2]?.end("u1");

  expect([await composer.filesArrived(), composer.letter.get().files[0]?.blobId]).toEqual([true, "u1"]);
});

test("a file that is taken away while it comes is stopped and left out", async () => {
  composer.addFiles([file("a.txt")]);
  composer.removeFile(composer.letter.get().files[0]?.key ?? "");

  expect([await composer.filesArrived(), composer.letter.get().files, composer.coming.get().size]).toEqual([true, [], 0]);
});

test("who throws it away while it is being saved is told of the draft that was made", async () => {
  composer.touched();
  const saving = composer.keeper.flush();
  const draft = await composer.lastDraft();
  await saving;

  expect([draft]).toEqual([...server.drafts.keys()]);
  composer.keeper.retry();
  expect([draft, server.drafts.size]).toEqual([composer.draft, 1]);
});

const sending = { draft: "m1" as EmailId, identity: "i1" as IdentityId, at: null, marks: null };

test("a submission whose answer was lost is not repeated", async () => {
  server.lost = 1;
  const submitted = await submit(composer.account, sending, () => Promise.resolve());

  expect([submitted.id, server.submitted]).toEqual(["s1", ["m1"]]);
});

test("a draft that somebody else has submitted is not refused, but followed", async () => {
  await submit(composer.account, sending, () => Promise.resolve());

  expect((await submit(composer.account, sending, () => Promise.resolve())).id).toBe("s1");
  expect(server.submitted).toEqual(["m1"]);
});

test("of what somebody stopped while nobody answered is asked what became of it", async () => {
  server.lost = 5;
  const asked = submit(composer.account, sending, () => Promise.resolve(), () => server.submitted.length === 0);

  expect([(await asked).id, server.submitted]).toEqual(["s1", ["m1"]]);
});

test("what nobody wants any more is not submitted", async () => {
  await expect(submit(composer.account, sending, () => Promise.resolve(), () => false)).rejects.toMatchObject({ name: "SendingStopped", isSent: false });
  expect(server.submitted).toEqual([]);
});

test("taking back is asked for until somebody answers, and only who is told so says that it was too late", async () => {
  const told = async (lost: number, isTooLate: boolean): Promise<boolean> => {
    await submit(composer.account, sending, () => Promise.resolve());
    [server.lost, server.isTooLate] = [lost, isTooLate];
    return cancel(composer.account, { id: "s1" as SubmissionId }, () => Promise.resolve());
  };

  expect([await told(3, false), await told(0, false), await told(2, true)]).toEqual([true, true, false]);
});

test("what became of it is looked at until it is known", async () => {
  await submit(composer.account, sending, () => Promise.resolve());
  let looks = 0;
  const wait = (): Promise<void> => {
    looks += 1;
    if (looks === 3) server.state = "failed";
    return Promise.resolve();
  };
  const outcome = await outcomeOf(composer.account, { id: "s1" as SubmissionId, sendAt: "" }, wait);

  expect([outcome?.["poststelle:state"], looks]).toEqual(["failed", 3]);
});

test("files of a template come along without being uploaded; what fails can be tried again, what is too large is named", async () => {
  const kept = [{ id: "f1", name: "Hausordnung.pdf", type: "application/pdf", size: 60 }, { id: "f2", name: "Plan.pdf", type: "application/pdf", size: 60 }];
  let tries = 0;
  composer.takeKept(kept, () => {
    tries += 1;
    if (tries === 1) return Promise.reject(new Offline("no line"));
    server.blobs.add("u7");
    return Promise.resolve([{ blob: "u7", name: "Hausordnung.pdf", type: "application/pdf", size: 60 }]);
  });
  expect(composer.trouble.get()).toMatchObject({ kind: "tooLarge", name: "Plan.pdf" });
  expect(await composer.filesArrived()).toBe(false);
  const [failed] = composer.letter.get().files;
  if (failed) composer.retryFile(failed);
  expect(await composer.filesArrived()).toBe(true);
  await save();

  expect([...server.drafts.values()][0]?.creation.attachments).toMatchObject([{ blobId: "u7", name: "Hausordnung.pdf", disposition: "attachment" }]);
  expect(uploads).toEqual([]);
});

test("a group goes out as its people; its name is the letter's alone", async () => {
  composer.change({ to: [{ name: "Anna", email: "anna@x.example", group: "Eigentümer" }] });
  await save();

  expect([...server.drafts.values()][0]?.creation.to).toEqual([{ name: "Anna", email: "anna@x.example" }]);
});

test("who writes plain text and thinks better of it has the formatting back, as long as nothing else was written", () => {
  const html = "<p>Preis <b>100</b></p>";
  composer.change({ html });
  writePlain(composer);
  expect(composer.letter.get()).toMatchObject({ isPlain: true, text: "Preis 100" });
  writeFormatted(composer);
  expect(composer.letter.get()).toMatchObject({ isPlain: false, html });
  writePlain(composer);
  composer.change({ text: "Preis 200" });
  writeFormatted(composer);

  expect(composer.letter.get().html).not.toContain("<b>");
  expect(composer.letter.get().html).toContain("Preis 200");
});
