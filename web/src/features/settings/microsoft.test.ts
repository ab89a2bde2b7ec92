import { describe, expect, test } from "vitest";
import { secretWarning } from "./microsoft";

const stored = { has_secret: true, has_certificate: false, secret_expires_at: "2026-05-31" };

describe("the warning about the client secret", () => {
  test.each([
    ["2026-05-01T00:00:00Z", null],
    ["2026-05-05T00:00:00Z", "ends_soon"],
    ["2026-05-31T23:00:00Z", "ends_soon"],
    ["2026-06-01T00:00:00Z", "expired"],
  ])("at %s is %s", (now, warning) => {
    expect(secretWarning(stored, new Date(now))).toBe(warning);
  });

  test("there is none where a certificate is used or no date is known", () => {
    const now = new Date("2027-01-01T00:00:00Z");
    expect(secretWarning({ ...stored, has_certificate: true }, now)).toBeNull();
    expect(secretWarning({ ...stored, secret_expires_at: null }, now)).toBeNull();
  });

  test("without secret and certificate one is missing", () => {
    expect(secretWarning({ ...stored, has_secret: false }, new Date())).toBe("missing");
  });
});
