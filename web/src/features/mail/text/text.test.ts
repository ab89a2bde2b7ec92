import { describe, expect, test } from "vitest";
import type { Mailbox, MailboxId } from "@/jmap";
import { personName } from "@/lib/personName";
import { formatAhead, formatRow, pauseWords } from "./dates";
import { decodeText } from "./decode";
import type { RoleNames } from "./names";
import { fileKind, fileSize, folderForest, folderPath, fullAddress, nameOf, takesMessages } from "./names";
import { pieces, textBlocks } from "./plain";

const now = new Date("2026-03-18T10:00:00Z"); // a Wednesday
const german = { locale: "de-DE", timeZone: "Europe/Berlin" };
const english = { locale: "en-GB", timeZone: "Europe/Berlin" };

describe("a row's moment", () => {
  test.each([
    ["2026-03-18T08:05:00Z", "09:05", "09:05"],
    ["2026-03-17T23:30:00Z", "00:30", "00:30"],
    ["2026-03-17T22:30:00Z", "Gestern 23:30", "Yesterday 23:30"],
    ["2026-03-16T08:05:00Z", "Mo 09:05", "Mon 09:05"],
    ["2026-02-03T08:05:00Z", "3. Feb.", "3 Feb"],
    ["2024-02-03T08:05:00Z", "3. Feb. 2024", "3 Feb 2024"],
    ["2025-12-31T08:05:00Z", "31. Dez. 2025", "31 Dec 2025"],
    ["2026-03-19T08:05:00Z", "19. März 2026", "19 Mar 2026"],
    ["garbage", "", ""],
  ])("%s is short and clear", (instant, de, en) => {
    expect(formatRow(instant, now, german)).toBe(de);
    expect(formatRow(instant, now, english)).toBe(en);
  });
});

test.each([
  ["2026-03-18T13:00:00Z", "14:00", "14:00"],
  ["2026-03-19T07:00:00Z", "morgen 08:00", "tomorrow 08:00"],
  ["2026-03-18T23:30:00Z", "morgen 00:30", "tomorrow 00:30"],
  ["2026-03-23T07:00:00Z", "Mo 08:00", "Mon 08:00"],
  ["2026-04-02T07:00:00Z", "2. Apr.", "2 Apr"],
  ["2027-01-12T07:00:00Z", "12. Jan. 2027", "12 Jan 2027"],
  ["garbage", "", ""],
])("a moment to come, %s, is short and clear", (instant, de, en) => {
  expect([formatAhead(instant, now, german), formatAhead(instant, now, english)]).toEqual([de, en]);
});

test("a pause is told in seconds, a long one in minutes", () => {
  expect([pauseWords(20, "de"), pauseWords(130, "de"), pauseWords(20, "en")]).toEqual(["20 Sek.", "3 Min.", "20 sec"]);
});

describe("plain text", () => {
  test("parts what was written from what was quoted, with the line that introduces it", () => {
    const blocks = textBlocks("Hallo,\n\nja.\n\nAm Montag schrieb Anna:\n> Noch frei?\n>\n> Gruß\n\nViele Grüße");

    expect(blocks.map((block) => [block.kind, block.lines.length])).toEqual([["text", 4], ["quote", 4], ["text", 2]]);
  });

  test.each([
    ["Siehe https://a.example/x?y=1.", "https://a.example/x?y=1"],
    ["(www.a.example/b)", "https://www.a.example/b"],
    ["an info@a.example, bitte", "mailto:info@a.example"],
    ["https://a.example/a_(b).", "https://a.example/a_(b)"],
  ])("finds the address in %s", (line, href) => {
    expect(pieces(line).filter((piece) => "href" in piece)).toEqual([expect.objectContaining({ href })]);
    expect(pieces(line).map((piece) => piece.text).join("")).toBe(line);
  });

  test.each(["https://" + ".".repeat(100_000) + "a", "a.".repeat(50_000), "www.".repeat(25_000)])(
    "is read in a moment however it is made up (%#)", (line) => {
      const before = process.cpuUsage();
      pieces(line);
      textBlocks(line);

      expect(process.cpuUsage(before).user / 1000).toBeLessThan(500);
    },
  );

  test("shows no address as another one, nor the words behind it", () => {
    const [block] = textBlocks("Rechnung: https://a.example/\u202Etxt.exe bitte prüfen\nnächste \u2067Zeile");
    const [words, link, rest] = pieces(block?.lines[0] ?? "");

    expect([words, link, rest]).toEqual([
      { text: "Rechnung: " }, { text: "https://a.example/txt.exe", href: "https://a.example/txt.exe" }, { text: " bitte prüfen" },
    ]);
    expect(block?.lines[1]).toBe("nächste Zeile");
  });

  test("leaves what is written from right to left as it is", () => {
    expect(textBlocks("שלום אנה,\u200F\nراجع https://a.example/ب من فضلك")[0]?.lines).toEqual(["שלום אנה,\u200F", "راجع https://a.example/ب من فضلك"]);
  });

  test("does not make a link of a script", () => {
    expect(pieces("javascript:alert(1)").some((piece) => "href" in piece)).toBe(false);
  });
});

describe("names", () => {
  test("fall back to what there is", () => {
    expect(personName({ name: "", email: "a@b.example" })).toBe("a@b.example");
    expect(personName({ name: null, email: "" })).toBeNull();
  });

  test.each([
    ["chef@buero.example", "x@y.example", "x@y.example"],
    ["Chef (chef@buero.example)", "x@y.example", "x@y.example"],
    ["chef＠buero.example", "x@y.example", "x@y.example"],
    ["x@y.example, chef@buero.example", "x@y.example", "x@y.example"],
    ["X@Y.example", "x@y.example", "X@Y.example"],
    ["Anna <x@y.example>", "x@y.example", "Anna <x@y.example>"],
    ["Team @ Büro", "x@y.example", "Team @ Büro"],
    ["chef@buero.example", "", "chef@buero.example"],
    [`${" ".repeat(300)}chef@buero.example`, "x@y.example", "x@y.example"],
    [`Chef${" \u00a0\u2003\u2800".repeat(100)}chef@buero.example`, "x@y.example", "x@y.example"],
    [`${"\u200b".repeat(300)}chef@buero.example`, "x@y.example", "x@y.example"],
    [`${" \u2060".repeat(300)}chef@buero.example`, "x@y.example", "x@y.example"],
    [`${"\u3164".repeat(300)}chef@buero.example`, "x@y.example", "x@y.example"],
    ["chef\u200b@\u2060buero\u00ad.\ufeffexample", "x@y.example", "x@y.example"],
    ["chef@buero\u2024example", "x@y.example", "x@y.example"],
    ["chef@buero\uff0eexample", "x@y.example", "x@y.example"],
    ["chef@buero\u3002example", "x@y.example", "x@y.example"],
    ["chef@buero\uff61example", "x@y.example", "x@y.example"],
    ["chef\ufe6bbuero.example", "x@y.example", "x@y.example"],
    ["chef @ buero.example", "x@y.example", "x@y.example"],
    ["chef   @\u200b buero . example", "x@y.example", "x@y.example"],
    ["\u200b\u2060", "x@y.example", "x@y.example"],
    ["x @ y.example", "x@y.example", "x @ y.example"],
    ["Anna \n Berger", "x@y.example", "Anna Berger"],
    ["می\u200cخواهم", "x@y.example", "می\u200cخواهم"],
    ["Team @ Büro. Wir sind da", "x@y.example", "Team @ Büro. Wir sind da"],
    [`c${"\u0334".repeat(300)}hef@buero.example`, "x@y.example", "x@y.example"],
    [`${"\u0334".repeat(300)}chef@buero.example`, "x@y.example", "x@y.example"],
    ["\u0334\u0335", "x@y.example", "x@y.example"],
    ["chef@buero. example", "x@y.example", "x@y.example"],
    ["chef@\u0001 buero.example", "x@y.example", "x@y.example"],
    ["'chef'@buero.example", "x@y.example", "x@y.example"],
    ["„chef“@buero.example", "x@y.example", "x@y.example"],
    [`${'"'.repeat(300)}chef@buero.example`, "x@y.example", "x@y.example"],
    ["'x@y.example'", "x@y.example", "'x@y.example'"],
    ["चेतन कुमार", "x@y.example", "चेतन कुमार"],
    ["Zoe\u0308 Müller", "x@y.example", "Zoe\u0308 Müller"],
  ])("a name that poses as somebody else's address is not shown: %s of %s", (name, email, shown) => {
    expect(personName({ name, email })).toBe(shown);
    expect(fullAddress({ name: "Anna", email: "a@b.example" })).toBe("Anna <a@b.example>");
  });

  test("of folders turn nothing around them", () => {
    expect(nameOf({ name: "\u202egpj.\u2066Rechnung", role: null, parentId: null }, {} as RoleNames)).toBe("gpj.Rechnung");
  });

  test("sizes are written in the reader's language", () => {
    expect(fileSize(1_243_210, "de")).toBe("1,2 MB");
    expect(fileSize(48_213, "en")).toBe("48 kB");
  });

  test.each([
    ["image/svg+xml", "x.svg", "other"], ["image/png", null, "picture"], ["application/octet-stream", "a.PDF", "pdf"],
    ["text/html", "x.html", "other"], ["message/rfc822", null, "message"], ["text/plain", "a", "text"],
  ])("a %s called %s is a %s", (type, name, kind) => {
    expect(fileKind(type, name)).toBe(kind);
  });
});

describe("folders", () => {
  const folder = (id: string, name: string, role: Mailbox["role"] = null, parentId: string | null = null): Mailbox =>
    ({ id, name, role, parentId }) as unknown as Mailbox;
  const all = [
    folder("f3", "Zubehör"), folder("f1", "Gelöscht", "trash"), folder("f2", "Inbox", "inbox"),
    folder("f4", "Ärger"), folder("f5", "Haus 10", null, "f3"), folder("f6", "Haus 9", null, "f3"), folder("f7", "verwaist", null, "f99"),
  ];

  test("stand in two groups, ordered as people expect, nothing lost", () => {
    const { system, own } = folderForest(all, "de");

    expect(system.map((each) => each.mailbox.id)).toEqual(["f2", "f1"]);
    expect(own.map((each) => each.mailbox.name)).toEqual(["Ärger", "verwaist", "Zubehör"]);
    expect(own[2]?.children.map((each) => each.mailbox.name)).toEqual(["Haus 9", "Haus 10"]);
  });

  test("of drafts and sent mail take no messages from elsewhere", () => {
    expect(["drafts", "sent", "inbox", "trash", null].map((role) => takesMessages({ role: role as Mailbox["role"] }))).toEqual([false, false, true, true, true]);
  });

  test("a path survives folders that contain each other", () => {
    const a = folder("f8", "a", null, "f9");
    const b = folder("f9", "b", null, "f8");
    const byId = (id: MailboxId): Mailbox | undefined => [a, b].find((each) => each.id === id);

    expect(folderPath(a, byId, ({ name }) => name)).toEqual(["b", "a"]);
  });

  test("at the top with a purpose have that for their name, whoever named them in what language", () => {
    const words = { inbox: "Posteingang", drafts: "Entwürfe", sent: "Gesendet", archive: "Archiv", junk: "Junk-E-Mail", trash: "Gelöscht" };
    const all = [folder("f1", "Sent Items", "sent"), folder("f2", "Lindenallee"), folder("f3", "Old inbox", "inbox", "f2")];
    const path = (one: Mailbox) => folderPath(one, (id) => all.find((each) => each.id === id), (each) => nameOf(each, words)).join("/");

    expect([...all, folder("f4", "2026", null, "f1")].map(path)).toEqual(["Gesendet", "Lindenallee", "Lindenallee/Old inbox", "Gesendet/2026"]);
  });
});

const latin = (text: string): number[] => [...text].map((letter) => letter.charCodeAt(0));
const utf8 = (text: string): number[] => [...new TextEncoder().encode(text)];
const utf16 = (text: string, isBig: boolean): number[] => latin(text).flatMap((code) => (isBig ? [code >> 8, code & 255] : [code & 255, code >> 8]));

test.each([
  ["UTF-8", utf8("Grüße, 5 €"), "Grüße, 5 €"],
  ["UTF-8 with a mark", [0xef, 0xbb, 0xbf, ...utf8("Grüße")], "Grüße"],
  ["UTF-16, little end first", [0xff, 0xfe, ...utf16("Grüße", false)], "Grüße"],
  ["UTF-16, big end first", [0xfe, 0xff, ...utf16("Grüße", true)], "Grüße"],
  ["Latin-1", latin("Grüße aus Köln"), "Grüße aus Köln"],
  ["Windows-1252", [...latin("5 "), 0x80, 0x20, 0x84, ...latin("Ja"), 0x93], "5 € „Ja“"],
  ["plain ASCII", latin("Guten Tag"), "Guten Tag"],
  ["nothing", [], ""],
])("a text in %s is read as it was written", (_, octets, text) => {
  expect(decodeText(Uint8Array.from(octets))).toBe(text);
});
