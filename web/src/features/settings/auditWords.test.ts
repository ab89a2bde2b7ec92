import { i18n } from "@lingui/core";
import { beforeEach, expect, test } from "vitest";
import type { AuditEntry } from "@/api";
import { auditWords } from "./auditWords";
import { messages } from "./locales/de.po";

beforeEach(() => i18n.loadAndActivate({ locale: "de", messages }));

test("a new name does not hide the one before", () => {
  const words = auditWords({ ...created({ before: "Anna Alt", changed: { name: true } }), action: "user.changed", subject: "Anna Berger (anna)" });
  expect(words).toContain("Anna Alt");
  expect(words).toContain("Anna Berger (anna)");
});

const created = (detail: AuditEntry["detail"]): AuditEntry => ({
  id: "0.1",
  at: "2026-05-01T08:00:00Z",
  user: null,
  action: "user.created",
  account: null,
  subject: "Anna Berger",
  detail,
  is_erased: false,
});

test("the first administrator is told apart from users added later", () => {
  const first = auditWords(created({ user: "u1", first: true }));
  const later = auditWords(created({ user: "u2" }));
  expect(first).toContain("erste");
  expect(later).not.toContain("erste");
  expect([first, later].every((words) => words.includes("Anna Berger"))).toBe(true);
});

test("an erased contact is told by number, and a webhook by its name and host", () => {
  const erased = { ...created({ erased: 2, changed: 1 }), action: "records.contact_erased", subject: "" };
  expect(auditWords(erased)).toBe("hat einen Kontakt aus 3 Aktivitäten gelöscht");
  const passed = { ...created({ host: "crm.example" }), action: "webhook.created", subject: "CRM" };
  expect(auditWords(passed)).toBe("lässt Aktivitäten an den Webhook CRM bei crm.example weitergeben");
  const renamed = { ...created({ before: "Alt" }), action: "webhook.changed", subject: "CRM" };
  expect(auditWords(renamed)).toBe("hat den Webhook Alt umbenannt: jetzt CRM");
});

test("a setting is named as the page names it", () => {
  const cleared = { ...created({ cleared: true }), action: "setting.changed", subject: "sso.secret" };
  expect(auditWords(cleared)).toBe("hat entfernt, was unter „Einmalanmeldung: geheimer Clientschlüssel“ eingestellt war");
  expect(auditWords({ ...cleared, detail: { value: "x" }, subject: "alerts.webhook_url" })).toBe("hat die Einstellung „Benachrichtigungen: Webhook“ geändert");
});

test("what was done with mail is told by number and place, and what was erased is not told", () => {
  const moved = { ...created({ message_ids: ["m1", "m2"] }), action: "mail.moved", subject: "Archiv" };
  expect(auditWords(moved)).toBe("hat 2 Nachrichten nach „Archiv“ verschoben");
  expect(auditWords({ ...created({ message_ids: ["m1"] }), action: "mail.read" })).toBe("hat 1 Nachricht gelesen");
  const copied = { ...moved, action: "mail.copied", subject: "ablage@buero.example" };
  expect(auditWords(copied)).toBe("hat eine Nachricht nach „ablage@buero.example“ kopiert");
  expect(auditWords({ ...copied, detail: { ...copied.detail, to_account: "a2" } })).toBe("hat 2 Nachrichten in das Postfach ablage@buero.example kopiert");
  expect(auditWords({ ...moved, is_erased: true })).not.toContain("Archiv");
});
