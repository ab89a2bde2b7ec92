"""The nastiest mail there is, in a real browser: it is shown, and it can do nothing."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, expect
from tests.e2e.demo import ROOT
from tests.e2e.hostile import CANARY, END, ENDLESS, NESTED, WORD, hostile_mail, nested_mail
from tests.e2e.prepared import Prepared, connect
from tests.e2e.visitor import MAILBOX, Visitor, visiting
from tests.e2e.words import Words
from tests.flow.jmap.client import Json, eventually
from tests.flow.sim import DOMAIN, PASSWORD, TENANT

CORPUS = ROOT.parent / "shared" / "corpus"
NASTIEST = ("error_emails", "mime_emails", "multi_charset", "multipart_report_emails")
LONG_ENOUGH = 40
DEEPEST_OPENED = 5
# Microsoft takes these out of a message's own text, not out of what is attached to it. While that is parsed
# to be cleaned, the browser says of each that our policy keeps it from having an effect.
REFUSED = ("Executing inline event handler violates", "Setting the document's base URI to")
FILES = sorted(f for f in CORPUS.rglob("*.eml") if f.parent.name in NASTIEST) if CORPUS.is_dir() else []


@dataclass
class Watch:
    """What must stay empty while mail is read: scripts that ran, foreign requests, complaints, windows."""

    scripts: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    windows: list[str] = field(default_factory=list)

    def on(self, page: Page, base: str) -> None:
        """Begin to watch; nothing may have been loaded in the page yet."""
        ours = urlsplit(base).netloc

        def note_request(request: Request) -> None:
            url = urlsplit(request.url)
            if url.scheme not in {"blob", "data", "about"} and url.netloc != ours:
                self.foreign.append(request.url)

        def note_console(message: ConsoleMessage) -> None:
            if message.type == "error":
                self.complaints.append(message.text)

        page.context.expose_binding(CANARY, lambda _, where: self.scripts.append(where))
        page.context.on("request", note_request)
        page.context.on("page", lambda opened: self.windows.append(opened.url))
        page.on("console", note_console)


def mailbox_with(prepared: Prepared, name: str, messages: list[bytes]) -> tuple[str, list[Json]]:
    """A connected mailbox with these messages: the account, and each message's facts in the list's order."""
    control, address = prepared.control, f"{name}@{DOMAIN}"
    policy = {"domain": DOMAIN, "name": "Büro", "consent_policy": "users_may_consent"}
    control.identity("PUT", f"/tenants/{TENANT}", policy)
    user = {"tenant": TENANT, "password": PASSWORD, "display_name": name, "has_mailbox": True}
    control.identity("PUT", f"/users/{address}", user)
    for octets in messages:
        control.receive_mime(address, octets)
    account = prepared.admin.ok("POST", "/api/accounts", {"address": address, "confirm": True})["id"]
    anna = next(u["id"] for u in prepared.admin.ok("GET", "/api/users")["users"] if u["login"] == "anna")
    prepared.admin.ok("PUT", f"/api/accounts/{account}/users/{anna}", {"level": "send", "confirm": True})
    connect(prepared.demo, prepared.anna, account, PASSWORD)
    order = [{"property": "receivedAt", "isAscending": False}]
    eventually(lambda: len(prepared.anna.query_all(account)) == len(messages), every_s=0.2)
    ids = prepared.anna.query_all(account, sort=order)
    told = {e["id"]: e for e in prepared.anna.emails(account, ids, "subject", "preview")}
    return account, [told[i] for i in ids]


@contextmanager
def reading(browser: Browser, prepared: Prepared, account: str, watch: Watch) -> Iterator[Visitor]:
    """Anna at the mailbox, watched."""
    with visiting(browser, prepared.demo.url, Words("de"), has_worker=True) as anna:
        watch.on(anna.page, anna.base)
        anna.let_in("anna")
        anna.go(f"/mail/{account}")
        expect(anna.rows.first).to_be_visible()
        anna.one_by_one()
        yield anna


def next_message(anna: Visitor, told: Json) -> Locator:
    """Press j; the next message's pane, when it is there with whatever it has to show."""
    anna.page.keyboard.press("j")
    anna.page.wait_for_url(f"**/{told['id']}*")
    pane = anna.page.get_by_role("article", name=told["subject"] or anna.words("(no subject)"), exact=True)
    expect(pane).to_be_visible()
    return pane


def shows(pane: Locator, word: str, within_s: float = 30) -> bool:
    """Whether the reader comes to see a word in a message's pane or in the frame within it."""
    frame = pane.locator("iframe")
    ends = time.monotonic() + within_s
    while time.monotonic() < ends:
        if word in pane.inner_text():
            return True
        if frame.count() and word in frame.content_frame.locator("body").inner_text():
            return True
        pane.page.wait_for_timeout(20)
    return False


COVER = """() => {
  const style = "position: fixed; inset: 0; z-index: 9";
  document.body.append(Object.assign(document.createElement("div"), { style }));
}"""
LAYOUT = """article => {
  const faults = [], page = document.documentElement, frame = article.querySelector("iframe");
  if (page.scrollWidth > innerWidth || page.scrollHeight > innerHeight) faults.push("the page scrolls");
  const box = article.getBoundingClientRect();
  if (box.right > innerWidth + 1 || box.bottom > innerHeight + 1) faults.push("the pane leaves the page");
  if (frame) {
    const at = frame.getBoundingClientRect();
    if (at.left < box.left - 1 || at.right > box.right + 1) faults.push("the frame leaves the pane");
  }
  for (const one of document.querySelectorAll("[role=toolbar] button:not(:disabled), [role=grid]")) {
    const { x, y, width, height } = one.getBoundingClientRect();
    if (width === 0 || height === 0) continue;
    const top = document.elementFromPoint(x + width / 2, y + Math.min(height / 2, 20));
    if (!top || !(one.contains(top) || top.contains(one))) faults.push(`${one.outerHTML} is covered`);
  }
  return faults;
}"""


def layout_faults(pane: Locator, told: Json) -> list[str]:
    """What of the page around the message is not where it belongs."""
    return [f"{told['subject']}: {fault}" for fault in pane.evaluate(LAYOUT)]


def test_the_canary_sings(browser: Browser, prepared: Prepared) -> None:
    """What the other tests wait for in vain is noticed when it happens: a script, a request, a complaint."""
    watch = Watch()
    with visiting(browser, prepared.demo.url, Words("de"), has_worker=True) as anna:
        watch.on(anna.page, anna.base)
        anna.go("/login")
        anna.page.evaluate(
            f"""() => {{ window.top.{CANARY}("here"); console.error("complaint");
            document.body.append(Object.assign(new Image(), {{src: "http://127.0.0.1:9/x.png"}})); }}"""
        )
        eventually(lambda: watch.scripts == ["here"] and "complaint" in watch.complaints)


def test_hostile_mail_is_read_and_does_nothing(browser: Browser, prepared: Prepared) -> None:
    """Scripts, frames, trackers, covers, endless tables, broken octets: their words, and nothing else."""
    mail = dict(hostile_mail()) | {NESTED: nested_mail()}
    account, told = mailbox_with(prepared, "feindlich", list(mail.values()))
    watch = Watch()
    faults: list[str] = []
    with reading(browser, prepared, account, watch) as anna:
        for one in told:
            pane = next_message(anna, one)
            expect(pane.locator("iframe").content_frame.get_by_text(WORD).first).to_be_visible()
            faults += layout_faults(pane, one)
            if one["subject"] == ENDLESS:
                read_to_the_end(pane)
        anna.page.evaluate(COVER)
        assert layout_faults(pane, one), "a cover over the page would not be noticed"

        assert watch == Watch()
        read_within(anna)

    assert {one["subject"] for one in told} == mail.keys()
    assert faults == []
    watch.complaints = [told for told in watch.complaints if not told.startswith(REFUSED)]
    assert watch == Watch()


def read_to_the_end(pane: Locator) -> None:
    """With the wheel, as people do: what a script could bring on screen they perhaps can't."""
    end = pane.locator("iframe").content_frame.get_by_text(END)
    pane.hover()

    def is_reached() -> bool:
        pane.page.mouse.wheel(0, 20_000)
        box = end.bounding_box()
        return box is not None and box["y"] < pane.page.evaluate("innerHeight")

    eventually(is_reached, every_s=0.05)


def read_within(anna: Visitor) -> None:
    """Each attached message opened in place, and one in another as deep as that goes."""
    anna.page.reload()
    anna.open_message(NESTED)
    files = anna.page.get_by_role("article").get_by_role("region", name=anna.words("Attachments"))
    expect(files.get_by_role("listitem")).to_have_count(13)
    names = [one.inner_text().split("\n")[0] for one in files.get_by_role("listitem").all()]
    for name in names:
        files.get_by_role("button", name=name, exact=True).click()
        letter = anna.dialog.last
        expect(letter.locator("iframe").content_frame.get_by_text(WORD).first).to_be_visible()
        if not name.startswith("Level"):
            anna.page.keyboard.press("Escape")
            expect(anna.dialog).to_have_count(0)
    for depth in range(2, DEEPEST_OPENED + 1):
        innermost_file(anna).click()
        expect(anna.page.locator("[role=dialog]")).to_have_count(depth)  # those below are hidden to readers
        letter = anna.dialog.last
        expect(letter.locator("iframe").content_frame.get_by_text(WORD).first).to_be_visible()
    saved_only = re.compile("^" + anna.words("Download {name}", name=".+") + "$")
    expect(innermost_file(anna)).to_have_attribute("title", saved_only)


def innermost_file(anna: Visitor) -> Locator:
    """The only file of the message that was opened last."""
    return anna.dialog.last.get_by_role("listitem").get_by_role("button").first


@pytest.mark.skipif(not FILES, reason="the folder ../shared/corpus with real messages is not here")
def test_real_and_broken_mail_is_read(browser: Browser, prepared: Prepared) -> None:
    """Each message of the corpus shows the words that its preview begins with, or says that it has none."""
    account, told = mailbox_with(prepared, "wirklich", [file.read_bytes() for file in FILES])
    watch = Watch()
    faults: list[str] = []
    with reading(browser, prepared, account, watch) as anna:
        for one in told:
            pane = next_message(anna, one)
            words = one["preview"].split() or [anna.words("This message has no text.")]
            start = words[0][:LONG_ENOUGH]
            if not shows(pane, start):
                faults.append(f"{one['subject']}: {start!r} is not shown")
            faults += layout_faults(pane, one)

    assert faults == []
    assert watch == Watch()


def test_nobody_poses_as_somebody_else(browser: Browser, prepared: Prepared) -> None:
    """Neither by a name that is another's address, nor by one without end, nor by piled marks."""
    boss, stranger = "chef@buero-lindner.example", "fremd@irgendwo.example"
    long = "Anna Berger, Immobilienbüro Lindner, " * 8
    piled = "e" + "\u0301\u0335\u0340" * 60
    for subject, name, text in (
        ("Bitte überweisen", boss, "Heute noch."),
        ("Mit langem Namen", long, "Heute noch."),
        ("Mit Zeichen", "Nina", piled),
    ):
        prepared.control.receive(MAILBOX, subject=subject, text=text, **{"from": f'"{name}" <{stranger}>'})
    with visiting(browser, prepared.demo.url, Words("de")) as anna:
        anna.let_in("anna")
        anna.go(f"/mail/{prepared.accounts[MAILBOX]}")
        expect(anna.message("Bitte überweisen")).to_contain_text(
            stranger,
        )
        expect(anna.message("Bitte überweisen")).not_to_contain_text(boss)
        anna.open_message("Mit langem Namen")
        address = anna.page.get_by_role("article").get_by_text(stranger, exact=True)
        expect(address).to_be_visible()
        box = address.bounding_box()
        assert box and box["width"] > 60
        anna.open_message("Mit Zeichen")
        words = anna.page.get_by_role("article").locator("[dir=auto]").filter(has_text=piled).first
        expect(words).to_have_css("overflow-y", "clip")
