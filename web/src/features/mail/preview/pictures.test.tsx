// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test } from "vitest";
import { Page } from "../../../../test/page";
import type { Email, EmailId } from "@/jmap";
import { pictureSenders } from "@/session";
import type { AccountStore } from "@/store";
import { MailContext, type MailView } from "../state/mail";
import { PicturesOf } from "./HeldPictures";
import { isDoubtful, pictureChoices, pictureSender } from "./pictures";

const ADDRESS = "news@shop.example";
const SENDERS = { senders: [{ address: ADDRESS, allowed_at: "2026-09-01T08:00:00Z" }] };
let page: Page;

beforeEach(() => {
  page = new Page();
  pictureSenders.forget();
  page.server.answer("GET /api/me/pictures", { senders: [] });
  page.server.answer("PUT /api/me/pictures", SENDERS);
});

afterEach(() => page.end());

const mailboxes = { get: (id: string) => ({ role: id }) };
const email = (from: readonly string[] = [ADDRESS], folder = "inbox") =>
  ({ id: "m1", from: from.map((each) => ({ name: null, email: each })), mailboxIds: { [folder]: true } }) as unknown as Email;

/** An account whose messages came with this said of their sender. */
function accountSaying(...results: string[]): AccountStore {
  const call = () => ({ result: Promise.resolve({ list: [{ "header:Authentication-Results:asText:all": results }] }) });
  return { id: "a1", mailboxes, client: { call } } as unknown as AccountStore;
}

async function show(account: AccountStore): Promise<void> {
  await page.show(<MailContext value={{ account } as unknown as MailView}><PicturesOf email={email()} onShow={() => undefined} /></MailContext>);
}

const isShown = (account: AccountStore): boolean => pictureChoices(account).isShown(email(), pictureSenders.all.get());
const label = `Always show from ${ADDRESS}`;

test.each<[boolean, string, string]>([
  [false, "confirmed", "mx.google.com; spf=softfail smtp.mailfrom=x; dkim=pass header.d=shop.example; dmarc=pass action=none"],
  [false, "of a house that publishes nothing", "spf=none; dkim=none (message not signed); dmarc=none action=none;compauth=pass reason=109"],
  [false, "signed twice, once in vain", "spf=fail; dkim=fail (bad); dkim=pass header.d=list.example; dmarc=none"],
  [true, "not confirmed", "spf=fail (sender IP is 1.2.3.4); dkim=none; dmarc=fail action=none header.from=shop.example;compauth=fail reason=000"],
  [true, "sent from elsewhere", "spf=softfail smtp.mailfrom=shop.example; dkim=none; dmarc=none"],
  [true, "refused by the receiver's own judgement", "spf=pass; dkim=pass; dmarc=bestguesspass;compauth=fail reason=601"],
])("doubt is %s about a message %s", (isOne, _, result) => {
  expect([isDoubtful([result]), isDoubtful([result, "dmarc=fail"])]).toEqual([isOne, isOne]);
});

test("without a word about its sender there is no doubt, and no choice for junk or for several senders", () => {
  const account = { mailboxes } as unknown as AccountStore;
  const offered = [email(), email([ADDRESS], "junk"), email([ADDRESS, "b@b.example"]), email([]), email(["nobody"])].map((each) => pictureSender(account, each));

  expect([isDoubtful([]), offered]).toEqual([false, [ADDRESS, null, null, null, null]]);
});

test("the pictures of a sender are shown from one press on, of this message and later ones, until that is taken back", async () => {
  const account = accountSaying("dmarc=pass");
  await show(account);
  const before = isShown(account);
  await page.press(label);
  const after = isShown(account);
  const later = accountSaying("dmarc=pass");
  await show(later);
  const found = isShown(later);
  page.server.answer("PUT /api/me/pictures", { senders: [] });
  await pictureSenders.choose(ADDRESS, false);

  expect([before, after, found, isShown(later)]).toEqual([false, true, true, false]);
  expect(page.server.changes()[0]?.body).toEqual({ address: ADDRESS, is_allowed: true });
});

test.each([["is pressed", false], ["was chosen earlier", true]])("a message that only says it is from a sender shows nothing by itself, when it %s", async (_, isChosen) => {
  if (isChosen) page.server.answer("GET /api/me/pictures", SENDERS);
  const account = accountSaying("spf=fail; dmarc=fail");
  await show(account);
  if (!isChosen) await page.press(label);

  expect([isShown(account), page.server.changes()]).toEqual([false, []]);
  expect(page.text()).toContain(`It is not certain that this message is from ${ADDRESS}.`);
  expect(page.text()).not.toContain(label);
});

test("what was asked for of one message holds until the login ends", () => {
  const account = accountSaying();
  pictureChoices(account).show("m1" as EmailId);

  expect([isShown(account), isShown(accountSaying())]).toEqual([true, false]);
});
