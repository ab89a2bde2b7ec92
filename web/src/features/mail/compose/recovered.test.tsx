// @vitest-environment jsdom
import { Page } from "../../../../test/page";
import { expect, test } from "vitest";
import { session } from "@/session";
import type { Me } from "@/api";
import { Value, type MailStore } from "@/store";
import { undoLatest } from "../state/undo";
import { MailContext, type MailView } from "../state/mail";
import { Copies } from "./copies";
import { EMPTY, NO_ORIGIN } from "./letter";
import { Recovered } from "./Recovered";

test("letters left behind are named by whom they go to and how they begin", async () => {
  localStorage.clear();
  const page = new Page();
  session.started({ setup_needed: false, user: { id: "u1" } as Me, version: "1", is_demo: false });
  const put = (key: string, letter: object): void => {
    new Copies("u1").put({ key, account: "a1" as never, draft: null, origin: NO_ORIGIN, at: new Date().toISOString(), letter: { ...EMPTY, ...letter } });
  };
  put("1", { to: [{ name: "Anna Berger", email: "anna@x.example" }, { name: null, email: "b@x.example" }], html: `<p>Guten&nbsp;Tag &amp; ${"lang ".repeat(40)}</p><div class="poststelle-quote">Geheim</div>` });
  put("2", { subject: "Angebot", isPlain: true, text: "Anbei\n> Ihre Frage" });
  const view = { store: { assigned: new Value(null), line: new Value("online") } as unknown as MailStore, account: { id: "a1" }, mailbox: { address: "i@x.example" }, writing: { isPossible: true } };
  await page.show(<MailContext value={view as unknown as MailView}><Recovered /></MailContext>);
  const lines = [...document.querySelectorAll("li > span:first-child")].map((each) => each.textContent);
  await page.press("Throw away");
  const gone = new Copies("u1").all().map(({ key }) => key);
  undoLatest();
  const back = new Copies("u1").all().map(({ key }) => key).sort();
  await page.press("Throw away");
  const left = [document.querySelectorAll("li").length, new Copies("u1").all().map(({ key }) => key)];
  await page.end();

  expect(lines).toEqual([`“(no subject)” to Anna Berger, …: Guten Tag & ${"lang ".repeat(13).trim()} …`, "“Angebot”: Anbei"]);
  expect([gone, back]).toEqual([["2"], ["1", "2"]]);
  expect(left).toEqual([1, ["1"]]);
});
