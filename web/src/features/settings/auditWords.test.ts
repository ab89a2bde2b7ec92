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
  id: 1,
  at: "2026-05-01T08:00:00Z",
  user: null,
  action: "user.created",
  account: null,
  subject: "Anna Berger",
  detail,
});

test("the first administrator is told apart from users added later", () => {
  const first = auditWords(created({ user: "u1", first: true }));
  const later = auditWords(created({ user: "u2" }));
  expect(first).toContain("erste");
  expect(later).not.toContain("erste");
  expect([first, later].every((words) => words.includes("Anna Berger"))).toBe(true);
});
