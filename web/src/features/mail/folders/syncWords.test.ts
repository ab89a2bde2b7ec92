import { i18n } from "@lingui/core";
import { beforeEach, expect, test } from "vitest";
import type { SyncState } from "@/jmap";
import { messages } from "../locales/de.po";
import { arrivalWords } from "./syncWords";

beforeEach(() => i18n.loadAndActivate({ locale: "de", messages }));

const words = (part: Partial<SyncState>): string | null => {
  const sync = { lastSyncedAt: "2026-09-01T08:00:00Z", pollSeconds: 16, notifiedUntil: null, ...part } as SyncState;
  const found = arrivalWords(sync);
  return found && i18n._(found);
};

test("while Microsoft tells of changes, that is said", () => {
  expect(words({ notifiedUntil: "2026-09-01T08:50:00Z" })).toBe("meldet Microsoft sofort");
});

test("what has run out before the last look counts no more", () => {
  expect(words({ notifiedUntil: "2026-09-01T07:50:00Z" })).toBe("alle 16 Sekunden abgefragt");
});

test("without notifications the pace of asking is said", () => {
  expect(words({ pollSeconds: 0.2 })).toBe("jede Sekunde abgefragt");
});

test("before the first look there is nothing to say", () => {
  expect(words({ pollSeconds: null })).toBe(null);
});
