// @vitest-environment jsdom
import { describe, expect, test } from "vitest";
import { foldQuotes } from "./quotes";
import { safeHtml } from "./safe";

const LONG = "Wir haben die Wohnung am Montag besichtigt und möchten Ihnen gern mitteilen, dass sie uns sehr gefällt. ".repeat(4);
const OUTLOOK_HEAD = '<div style="border:none;border-top:solid #E1E1E1 1.0pt"><p class="MsoNormal"><b>Von:</b> Anna Berger &lt;anna@x.example&gt; <br><b>Gesendet:</b> Montag, 2. März 2026 09:10<br><b>An:</b> Büro Lindner<br><b>Betreff:</b> Wohnung</p></div>';

/** What is seen at first and what is folded, after everything a mail goes through. */
function folded(html: string, isForward = false): { readonly seen: string; readonly quotes: readonly string[] } {
  const { body } = safeHtml(html, {
    outside: "held", cidUrl: () => null, fold: (root) => { foldQuotes(root, { label: "Quoted text", isForward, isOpen: false }); },
  });
  const parsed = new DOMParser().parseFromString(body, "text/html");
  const quotes = [...parsed.querySelectorAll("details.poststelle-folded")].map((each) => {
    each.querySelector("summary")?.remove();
    const text = each.textContent.replace(/\s+/g, " ").trim();
    each.remove();
    return text;
  });
  return { seen: parsed.body.textContent.replace(/\s+/g, " ").trim(), quotes };
}

describe("the quote below an answer is folded", () => {
  test.each([
    ["Gmail", '<div dir="ltr">Gern!</div><br><div class="gmail_quote"><div class="gmail_attr">Am Mo., 2. März 2026 schrieb Anna:<br></div><blockquote class="gmail_quote">Passt Montag?</blockquote></div>', "Passt Montag?"],
    ["Apple Mail", 'Gern!<br><div><br><blockquote type="cite"><div>Am 02.03.2026 um 09:10 schrieb Anna:</div><div>Passt Montag?</div></blockquote></div>', "Passt Montag?"],
    ["Thunderbird", '<p>Gern!</p><div class="moz-cite-prefix">Am 02.03.26 um 09:10 schrieb Anna Berger:<br></div><blockquote type="cite" cite="mid:x"><p>Passt Montag?</p></blockquote>', "Am 02.03.26"],
    ["ours", '<p>Gern!</p><div class="poststelle-quote"><p>Am 2. März schrieb Anna:</p><blockquote type="cite">Passt Montag?</blockquote></div>', "Passt Montag?"],
    ["Outlook for Windows", `<div class="WordSection1"><p>Gern!</p><div>${OUTLOOK_HEAD}</div><p>Passt Montag?</p></div>`, "Passt Montag?"],
    ["Outlook on the web", `<div>Gern!</div><div id="appendonsend"></div><hr style="width:98%"><div id="divRplyFwdMsg"><font><b>From:</b> Anna<br><b>Sent:</b> Monday<br><b>To:</b> Desk<br><b>Subject:</b> Flat</font></div><div>Passt Montag?</div>`, "Passt Montag?"],
    ["web.de", '<div>Gern!<div style="border-left:2px solid"><div><b>Gesendet:</b> Montag<br/><b>Von:</b> Anna<br/><b>An:</b> Büro<br/><b>Betreff:</b> Wohnung</div><div>Passt Montag?</div></div></div>', "Passt Montag?"],
    ["a plain text made HTML", "<p>Gern!<br>-----Ursprüngliche Nachricht-----<br>Von: Anna<br>Passt Montag?</p>", "Passt Montag?"],
    ["a line that introduces any block quote", "<p>Gern!</p><p>On 2 March, Anna wrote:</p><blockquote>Passt Montag?</blockquote>", "On 2 March"],
  ])("as %s writes it", (_, html, quoted) => {
    const { seen, quotes } = folded(html);

    expect(seen).toBe("Gern!");
    expect(quotes).toHaveLength(1);
    expect(quotes[0]).toContain(quoted);
  });

  test("with a signature below it, which stays", () => {
    expect(folded('<p>Gern!</p><blockquote type="cite">Passt Montag?</blockquote><p> Anna Berger</p>')).toEqual({ seen: "Gern! Anna Berger", quotes: ["Passt Montag?"] });
  });

  test("and a long one above it too", () => {
    expect(folded(`<p>Anna schrieb:</p><blockquote type="cite">${LONG}</blockquote><p>Gern!</p>`).seen).toBe("Gern!");
  });
});

describe("nothing is folded", () => {
  test.each([
    ["that is passed on", `<p>Zur Kenntnis</p>${OUTLOOK_HEAD}<p>Passt Montag?</p>`, true],
    ["that Gmail passes on", '<div>Zur Kenntnis</div><div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message ---------<br>Von: Anna</div>Passt Montag?</div>', false],
    ["that a program passes on with its head", "<p>Zur Kenntnis</p><p>---------- Forwarded message ---------<br>From: Anna<br>Date: Monday<br>Subject: Flat<br>To: Desk</p><p>Passt Montag?</p>", false],
    ["that is answered line by line", '<p>Siehe unten</p><blockquote type="cite">Passt Montag?</blockquote><p>Ja</p><blockquote type="cite">Und Dienstag?</blockquote><p>Nein</p>', false],
    ["where there is nothing else", '<blockquote type="cite">Passt Montag?</blockquote>', false],
    ["of a newsletter's own block quotes", "<p>Ein Leser sagt</p><blockquote>Sehr schön</blockquote><p>Danke</p>", false],
    ["of a letter that names a sender", "<p>Von: Hamburg</p><p>An: Leipzig</p><p>Preis: 20 €</p>", false],
  ])("%s", (_, html, isForward) => {
    expect(folded(html, isForward).quotes).toEqual([]);
  });
});

test("a search unfolds, and the button has a name", () => {
  const root = document.createElement("div");
  root.innerHTML = '<p>Gern!</p><blockquote type="cite">Passt Montag?</blockquote>';
  foldQuotes(root, { label: "Quoted text", isForward: false, isOpen: true });

  expect(root.querySelector("details")?.open).toBe(true);
  expect(root.querySelector("summary")?.getAttribute("aria-label")).toBe("Quoted text");
});

test("a table's rows are not torn apart", () => {
  const html = '<p>Gern!</p><table><tr><td><b>From:</b> Anna<br><b>Sent:</b> Monday<br><b>To:</b> Desk</td></tr><tr><td>Passt Montag?</td></tr></table>';

  expect(folded(html).seen + folded(html).quotes.join()).toContain("Passt Montag?");
});
