import { expect, test } from "vitest";
import { noteServerTime, serverNow } from "./serverClock";

test.each([
  ["Wed, 25 Nov 2026 09:10:00 GMT", "2026-11-25T09:10:00.900Z", 0],
  ["Wed, 25 Nov 2026 09:10:00 GMT", "2026-11-25T09:09:00Z", 60_500],
  ["Wed, 25 Nov 2026 09:10:00 GMT", "2026-11-25T09:12:00Z", -119_500],
  [null, "2026-11-25T09:12:00Z", 0],
])("an answer of %s here at %s", (header, here, apart) => {
  const now = Date.parse(here);
  noteServerTime(new Date(now).toUTCString(), now);
  noteServerTime(header, now);

  expect(serverNow(now) - now).toBe(apart);
});
