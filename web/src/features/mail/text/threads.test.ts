import { describe, expect, test } from "vitest";
import type { Email, EmailId, Mailbox, MailboxId } from "@/jmap";
import { shortName, stackOf, summaryOf } from "./threads";

const inbox = "in" as MailboxId;
const roles: Readonly<Record<string, Mailbox["role"]>> = { in: "inbox", sent: "sent", trash: "trash", drafts: "drafts", junk: "junk" };
const places = { here: [inbox], roleOf: (id: MailboxId) => roles[id] ?? null };
const ME = "info@buero.example";

function mail(name: string, { folder = "in", unread = false, email = `${name.toLowerCase().replace(/\W/g, "")}@x.example`, flagged = false, file = false } = {}): Email {
  return {
    id: `${name}${folder}` as EmailId, mailboxIds: { [folder]: true }, keywords: { ...(unread ? {} : { $seen: true }), ...(flagged ? { $flagged: true } : {}) },
    from: [{ name, email }], hasAttachment: file,
  } as unknown as Email;
}

const said = (members: readonly Email[]): string => {
  const { people, count, drafts } = summaryOf(members, places, ME);
  const names = people.map(({ name, isMe, isUnread, isAfterGap }, at) =>
    `${at === 0 ? "" : isAfterGap ? " … " : ", "}${isMe ? "me" : (name ?? "?")}${isUnread ? "*" : ""}`).join("");
  return `${names} (${String(count)})${drafts.length > 0 ? " draft" : ""}`;
};

const mine = mail("Büro Lindner", { folder: "sent", email: "INFO@buero.example" });

describe("who wrote in a thread", () => {
  test.each<[string, readonly Email[]]>([
    ["Anna, me (3)", [mail("Anna Berger"), mine, mail("Anna Berger")]],
    ["Anna Berger (2)", [mail("Anna Berger"), mail("Anna Berger")]],
    ["Anna, Ben* (2)", [mail("Anna Berger"), mail("Ben Maier", { unread: true })]],
    ["Anna … Dora, Emil (5)", [mail("Anna A"), mail("Ben B"), mail("Cem C"), mail("Dora D"), mail("Emil E")]],
    ["Anna, Ben* … Emil (5)", [mail("Anna A"), mail("Ben B", { unread: true }), mail("Cem C"), mail("Dora D"), mail("Emil E")]],
    ["Anna Berger (1) draft", [mail("Anna Berger"), mail("Büro", { folder: "drafts", email: ME })]],
    ["Anna Berger, Anna Maier (2)", [mail("Anna Berger"), mail("Anna Maier")]],
  ])("%s", (text, members) => { expect(said(members)).toBe(text); });

  test("leaves out what was thrown away, unless its folder is open", () => {
    const members = [mail("Anna Berger"), mail("Ben Maier", { folder: "trash" })];

    expect(said(members)).toBe("Anna Berger (1)");
    expect(summaryOf(members, { ...places, here: ["trash" as MailboxId] }, ME).count).toBe(2);
  });
});

test("unread and flagged is what lies in the folder; a file counts wherever it is", () => {
  const elsewhere = mail("Ben", { folder: "sent", unread: true, flagged: true, file: true });

  expect(summaryOf([mail("Anna"), elsewhere], places, ME)).toMatchObject({ isUnread: false, isFlagged: false, hasAttachment: true });
  expect(summaryOf([mail("Anna", { unread: true, flagged: true }), elsewhere], places, ME)).toMatchObject({ isUnread: true, isFlagged: true });
});

test.each([
  ["Dr. Sabine Krüger-Lüdenscheid", "Sabine"], ["Berger, Anna", "Anna"], ["Notariat Hellmann & Partner", "Notariat Hellmann & Partner"],
  ["hausmeister@x.example", "hausmeister@x.example"], ["Lindner GmbH", "Lindner GmbH"], ["Olivia O’Brien", "Olivia"], ["ImmoPortal", "ImmoPortal"],
])("%s is called %s", (full, short) => { expect(shortName(full, [full])).toBe(short); });

describe("a stack", () => {
  const ids = (count: number) => Array.from({ length: count }, (_, at) => ({ id: `m${String(at)}` as EmailId }));
  const lines = (count: number, open: readonly number[]): string =>
    stackOf(ids(count), (id) => open.some((at) => id === `m${String(at)}`)).map((part) => ("folded" in part ? `+${String(part.folded.length)}` : part.id.slice(1))).join(" ");

  test.each([
    [5, [4], "0 1 2 3 4"], [6, [5], "0 +3 4 5"], [10, [9], "0 +7 8 9"], [12, [5, 11], "0 +3 4 5 6 +3 10 11"], [1, [0], "0"],
  ])("of %i with %j unfolded is %s", (count, open, text) => { expect(lines(count, open)).toBe(text); });
});
