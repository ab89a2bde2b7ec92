import { i18n } from "@lingui/core";
import { beforeEach, expect, test } from "vitest";
import type { SyncState } from "@/jmap";
import { messages } from "../locales/de.po";
import { arrivalWords, type Facts, syncWords } from "./syncWords";

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

/** The line of a mailbox in its first synchronisation, as far as what is told here reaches. */
const line = (facts: Partial<Facts>, held = 6550, last_synced_at: string | null = null): string => {
  const sync = { state: "connected", isActive: true, phase: "first", held, expected: 48211, pending: 0, lastSyncedAt: last_synced_at } as SyncState;
  const mailbox = { state: "connected", is_active: true, last_synced_at, sync: { held } } as Facts["mailbox"];
  const { text } = syncWords({ sync, mailbox, line: "online", clock: () => "12:03", count: (value) => value.toLocaleString("de"), pause: null, ...facts });
  return i18n._(text);
};

test("offline during the first synchronisation, what is held is said", () => {
  expect(line({ line: "offline" })).toBe("6.550 Nachrichten geladen");
  expect(line({ line: "offline", sync: null })).toBe("6.550 Nachrichten geladen");
  expect(line({ line: "offline" }, 1)).toBe("eine Nachricht geladen");
});

test("offline with nothing held, or after a whole synchronisation, that is said", () => {
  expect(line({ line: "offline" }, 0)).toBe("noch nicht geladen");
  expect(line({ line: "offline" }, 6550, "2026-09-01T08:00:00Z")).toBe("Stand 12:03");
});
