// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test } from "vitest";
import { Page } from "../../../../test/page";
import { useTroubleWords } from "./saying";
import type { Trouble } from "./trouble";

let page: Page;
beforeEach(() => { page = new Page(); });
afterEach(() => page.end());

function Said({ trouble }: { readonly trouble: Trouble }) {
  return <p>{useTroubleWords()(trouble).remedy}</p>;
}

const refused = (detail: string | null): Trouble => ({ kind: "failed", problem: "refused", detail });

test.each([
  ["ErrorMessageSizeExceeded", "The message with its attachments is larger than this mailbox may send. Remove attachments and send it again."],
  ["ErrorInvalidRecipients", "Microsoft does not accept one of the recipients. Correct the addresses and send it again."],
  ["ErrorOfAnotherKind", "Microsoft did not take it. You can change it and send it again."],
  [null, "Microsoft did not take it. You can change it and send it again."],
])("a letter that was refused for %s says why", async (detail, words) => {
  await page.show(<Said trouble={refused(detail)} />);
  expect(page.text()).toContain(words);
});
