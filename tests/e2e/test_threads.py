"""Conversations: one row and one stack for messages that belong together, and what is done to them."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Locator, expect
from tests.e2e.prepared import Prepared
from tests.e2e.test_access import obstacles
from tests.e2e.visitor import MAILBOX, PHONE, Visitor, visiting
from tests.e2e.words import Words
from tests.flow.jmap.client import eventually

ABOUT = "Dachterrasse Parkstraße"
ROOT_ID = "<terrasse.1@kunde.example>"
CARLA = "Carla Conrad <carla@conrad.example>"
DAVID = "David Dorn <david@dorn.example>"
QUOTE = '<div class="gmail_quote">Am Montag schrieb Büro Lindner:<blockquote>Passt Montag?</blockquote></div>'

# A browser without windows prints at once, and the page throws the paper away: its messages are counted then.
WATCH_PAPER = """() => {
  const remove = Element.prototype.remove;
  Element.prototype.remove = function () {
    const paper = this.matches("iframe[data-print]") ? this.contentDocument : null;
    if (paper) window.printed = paper.querySelectorAll("section").length;
    remove.call(this);
  };
}"""


@pytest.fixture(scope="module")
def talk(prepared: Prepared) -> Iterator[None]:
    """Seven messages about one thing, a minute apart: two are the office's own, the newest two are unread."""
    told: list[tuple[str, str, bool, str]] = [
        ("inbox", CARLA, True, "<p>Ist die Terrasse noch frei?</p>"),
        ("sentitems", MAILBOX, True, "<p>Ja, gern zeigen wir sie.</p>"),
        ("inbox", CARLA, True, "<p>Wann denn?</p>"),
        ("inbox", CARLA, True, "<p>Montag vielleicht?</p>"),
        ("sentitems", MAILBOX, True, "<p>Passt Montag?</p>"),
        ("inbox", CARLA, False, f"<p>Montag passt gut.</p>{QUOTE}"),
        ("inbox", DAVID, False, f"<p>Ich komme auch mit.</p>{QUOTE}"),
    ]
    begun = datetime.now(UTC) - timedelta(minutes=len(told))
    for number, (folder, sender, is_read, html) in enumerate(told):
        fields = {"inReplyTo": ROOT_ID} if number else {"messageId": ROOT_ID}
        fields |= {"from": sender, "receivedAt": (begun + timedelta(minutes=number)).isoformat()}
        subject = f"AW: {ABOUT}" if number else ABOUT
        prepared.control.receive(MAILBOX, folder, subject=subject, html=html, isRead=is_read, **fields)
    wait_for(prepared, 7)
    yield


def wait_for(prepared: Prepared, count: int) -> None:
    account = prepared.accounts[MAILBOX]
    about = {"subject": "Dachterrasse"}
    eventually(lambda: len(prepared.anna.query_all(account, filter=about)) == count, every_s=0.3)


def row(visitor: Visitor) -> Locator:
    return visitor.rows.filter(has_text=ABOUT)


def cards(visitor: Visitor) -> Locator:
    """The messages of the conversation that are on the page, folded or not."""
    return visitor.page.get_by_role("article").get_by_role("group")


def unfolded(visitor: Visitor) -> Locator:
    return cards(visitor).filter(has=visitor.page.locator("header"))


def frames(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("article").locator("iframe")


def say(prepared: Prepared, sender: str, html: str) -> None:
    prepared.control.receive(
        MAILBOX, subject=f"AW: {ABOUT}", html=html, inReplyTo=ROOT_ID, **{"from": sender}
    )


@pytest.mark.usefixtures("talk")
def test_a_conversation_is_read_and_filed(browser: Browser, prepared: Prepared) -> None:
    """One row and one stack; new mail joins it without a jump; deeds are of all of it, or of one message."""
    words = Words("de")
    with visiting(browser, prepared.demo.url, words) as anna:
        anna.let_in("anna")
        anna.go(f"/mail/{prepared.accounts[MAILBOX]}")
        expect(row(anna)).to_have_count(1)
        expect(row(anna)).to_contain_text(re.compile(r"Carla, ich, David\s*\(7\)"))
        expect(row(anna).get_by_label(words("Unread"))).to_be_visible()

        row(anna).click()
        expect(unfolded(anna)).to_have_count(2)
        expect(frames(anna)).to_have_count(2)
        expect(cards(anna)).to_have_count(4)  # the first, the last before them, and these two
        earlier = anna.page.get_by_role("button", name="3 frühere Nachrichten")
        expect(earlier).to_be_visible()
        letter = unfolded(anna).last.frame_locator("iframe")
        expect(letter.get_by_text("Ich komme auch mit.")).to_be_visible()
        expect(letter.get_by_text("Passt Montag?")).to_be_hidden()
        letter.locator("summary").click()
        expect(letter.get_by_text("Passt Montag?")).to_be_visible()
        expect(row(anna).get_by_label(words("Unread"))).to_be_hidden()  # both have been on screen
        assert obstacles(anna.page) == []

        earlier.click()
        expect(cards(anna)).to_have_count(7)
        expect(cards(anna).nth(1)).to_contain_text("Gesendet")
        expect(frames(anna)).to_have_count(2)
        anna.page.keyboard.press(";")
        expect(unfolded(anna)).to_have_count(7)
        anna.page.keyboard.press(":")
        expect(unfolded(anna)).to_have_count(0)
        cards(anna).first.get_by_role("button").focus()
        anna.page.keyboard.press("Enter")
        expect(unfolded(anna)).to_have_count(1)
        expect(cards(anna).first).to_be_focused()  # the line that was pressed is no more
        for key in ("o", "n", "n", "n", "n", "o"):
            anna.page.keyboard.press(key)
        expect(cards(anna).nth(4)).to_be_focused()
        expect(unfolded(anna)).to_have_count(1)
        link = anna.page.url

        say(prepared, DAVID, "<p>Bin schon da.</p>")
        expect(cards(anna)).to_have_count(8)
        expect(anna.page.get_by_role("status").filter(has_text="1 neue Nachricht")).to_be_attached()
        expect(row(anna)).to_contain_text("(8)")

        anna.page.goto(link)
        expect(unfolded(anna)).to_have_count(2)
        expect(unfolded(anna).first).to_contain_text(MAILBOX)
        anna.page.evaluate(WATCH_PAPER)
        stack = anna.page.get_by_role("toolbar", name=words("Conversation"), exact=True)
        stack.get_by_role("button", name=words("More"), exact=True).click()
        anna.page.get_by_role("menuitem", name=words("Print conversation")).click()
        anna.page.wait_for_function("() => window.printed === 8")

        last = cards(anna).last
        last.get_by_role("button", name=words("More for this message")).click()
        anna.page.get_by_role("menuitem", name=words("Delete this message")).click()
        expect(row(anna)).to_contain_text("(7)")
        anna.page.keyboard.press("z")
        expect(row(anna)).to_contain_text("(8)")

        anna.page.keyboard.press("e")
        expect(row(anna)).to_have_count(0)
        anna.folder("Archiv").click()
        expect(row(anna)).to_contain_text("(8)")
        anna.folder("Gesendet").click()
        expect(row(anna)).to_have_count(1)  # the office's own stay where they are
        anna.one_by_one()
        expect(row(anna)).to_have_count(2)


@pytest.mark.usefixtures("talk")
def test_a_conversation_on_a_phone(browser: Browser, prepared: Prepared) -> None:
    """Found in all folders it is one row; the stack unfolds by a touch; one by one each has its row."""
    words = Words("en")
    with visiting(browser, prepared.demo.url, words, PHONE, "dark") as thomas:
        thomas.let_in("thomas")
        thomas.go(f"/mail/{prepared.accounts[MAILBOX]}")
        expect(thomas.rows.first).to_be_visible()
        field = thomas.page.get_by_role("combobox", name=words("Search"), exact=True)
        field.fill("Dachterrasse")
        field.press("Enter")
        expect(thomas.rows).to_have_count(1)
        expect(row(thomas)).to_contain_text("me")
        thomas.rows.first.tap()
        expect(thomas.page.get_by_role("heading", name=ABOUT)).to_be_visible()
        count = unfolded(thomas).count()
        thomas.page.get_by_role("button", name=re.compile("Ist die Terrasse")).tap()
        expect(unfolded(thomas)).to_have_count(count + 1)
        expect(frames(thomas).first).to_be_visible()
        address = unfolded(thomas).first.get_by_text(CARLA.partition("<")[2].rstrip(">"), exact=True)
        expect(address).to_be_visible()
        assert address.evaluate(
            "seen => seen.scrollWidth <= seen.clientWidth || getComputedStyle(seen).display === 'inline'"
        )
        assert obstacles(thomas.page) == []
        thomas.press("Back to the list")
        thomas.one_by_one()
        expect(thomas.rows.nth(5)).to_be_visible()
