import { i18n } from "@lingui/core";
import { beforeEach, describe, expect, test } from "vitest";
import { messages } from "@/locales/de.po";
import { isAboutApp, microsoftCode, signInReason } from "./signInReasons";

beforeEach(() => {
  i18n.load("de", messages);
  i18n.activate("de");
});

describe("why a sign-in ended", () => {
  test.each([
    ["AADSTS50173: The provided grant has expired.", 50173],
    ["AADSTS7000222", 7000222],
    ["invalid_grant 700082", 700082],
    ["disconnected", null],
    [null, null],
  ])("%j carries the number %s", (text, code) => {
    expect(microsoftCode(text)).toBe(code);
  });

  test.each([
    ["AADSTS50173", "Passwort", "person"],
    ["AADSTS53003", "Sicherheitsregel", "organisation"],
    ["AADSTS7000222", "abgelaufen", "administrator"],
    ["AADSTS90033", "vorübergehend", "nobody"],
    ["ErrorAccessDenied", "öffnen", "organisation"],
    ["interaction_required", "zweiten Nachweis", "person"],
  ])("%s is said in words with whose turn it is", (code, word, actor) => {
    const reason = signInReason(code);
    expect(reason.what).toContain(word);
    expect(reason.actor).toBe(actor);
    expect(reason.remedy).not.toBe("");
  });

  test("is said in general where Microsoft's reason is unknown", () => {
    expect(signInReason("AADSTS99999").what).toBe("Microsoft nimmt die gespeicherte Anmeldung nicht mehr an.");
  });

  test("tells what all mailboxes share from what one person can mend", () => {
    expect(["AADSTS7000222", "app_settings", "app_missing", "AADSTS50173", null].map(isAboutApp)).toEqual([true, true, true, false, false]);
  });
});
