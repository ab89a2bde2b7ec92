"""Windows between a phone's and a wide one, and low ones: nothing that matters lies outside or beneath."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect
from tests.e2e.prepared import Prepared
from tests.e2e.visitor import MAILBOX, PHONE, WIDE, Visitor, visiting
from tests.e2e.words import Words
from tests.flow.jmap.client import eventually

ABOUT = "Schmale Fenster"
SENDER = "Lena Hofstetter"
ROOT_ID = "<schmal.1@kunde.example>"
WIDTHS = (700, 720, 768, 820, 844, 900, 1024, 1100, 1280)
ENOUGH_OF_A_NAME = 60
ENOUGH_OF_A_TEXT = 120
LETTERS = 10


@pytest.fixture(scope="module")
def talk(prepared: Prepared) -> Iterator[None]:
    """Two messages of one conversation, to several people each."""
    people = [{"name": f"Gast {n}", "address": f"gast{n}@gaeste.example"} for n in range(3)]
    for number in range(2):
        fields: dict[str, Any] = {"inReplyTo": ROOT_ID} if number else {"messageId": ROOT_ID}
        fields["from"] = f"{SENDER} <lena.hofstetter@hofstetter-partner.example>"
        text = f"Nummer {number}\n\nUnterlagen anbei."
        prepared.control.receive(MAILBOX, subject=ABOUT, text=text, cc=people, **fields)
    account = prepared.accounts[MAILBOX]
    found = {"subject": "Schmale"}
    eventually(lambda: len(prepared.anna.query_all(account, filter=found)) == 2, every_s=0.3)
    yield


def open_talk(visitor: Visitor, prepared: Prepared) -> None:
    visitor.let_in("anna")
    visitor.page.set_viewport_size({"width": 1280, "height": 1000})
    visitor.go(f"/mail/{prepared.accounts[MAILBOX]}")
    visitor.rows.filter(has_text=ABOUT).first.click()
    expect(article(visitor).locator("header").first).to_be_visible()
    visitor.page.keyboard.press(";")
    expect(article(visitor).locator("header")).to_have_count(2)


def article(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("article")


def boxes(found: Locator) -> list[dict[str, float]]:
    """Of those that are drawn."""
    return [box for box in (each.bounding_box() for each in found.all()) if box is not None]


@pytest.mark.usefixtures("talk")
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["mouse", "touch"])
def test_who_wrote_and_every_button_are_seen_in_a_narrow_pane(
    browser: Browser, prepared: Prepared, size: dict[str, int]
) -> None:
    """However wide the window; name and address go before the buttons, which are in the menu too."""
    with visiting(browser, prepared.demo.url, Words("de"), size) as anna:
        open_talk(anna, prepared)
        for width in WIDTHS:
            anna.page.set_viewport_size({"width": width, "height": 1000})
            head = article(anna).locator("header").first
            expect(head.locator("bdi").first).to_have_text(SENDER)
            name, address = (boxes(head.get_by_text(t))[0] for t in (SENDER, re.compile("^lena")))
            assert min(name["width"], address["width"]) >= ENOUGH_OF_A_NAME, (width, name, address)
            buttons = boxes(article(anna).get_by_role("button"))
            outside = [b for b in buttons if b["x"] + b["width"] > width]
            assert len(buttons) > 8 and outside == [], (width, outside)


@pytest.mark.usefixtures("talk")
def test_a_letter_in_a_low_window_has_room_for_its_text(browser: Browser, prepared: Prepared) -> None:
    """A phone held sideways, or a window as low: the letter is the page, and its head scrolls away."""
    with visiting(browser, prepared.demo.url, Words("de"), PHONE) as anna:
        open_talk(anna, prepared)
        for width, height in ((844, 390), (960, 430)):
            anna.page.set_viewport_size({"width": width, "height": height})
            anna.page.keyboard.press("c")
            text = anna.dialog.get_by_role("textbox", name=anna.words("Text"), exact=True)
            text.click()
            for number in range(12):
                anna.page.keyboard.type(f"Zeile {number}")
                anna.page.keyboard.press("Enter")
            last = text.get_by_text("Zeile 11")
            expect(last).to_be_in_viewport(ratio=1)
            send = anna.dialog.get_by_role("button", name=anna.words("Send"), exact=True)
            line, foot = last.bounding_box(), send.bounding_box()
            assert line and foot and line["y"] + line["height"] <= foot["y"]
            seen = [b for b in boxes(text.locator("p")) if 0 <= b["y"] < foot["y"]]
            assert sum(b["height"] for b in seen) >= ENOUGH_OF_A_TEXT, (height, seen)
            for name in ("Send", "Delete draft"):
                expect(
                    anna.dialog.get_by_role("button", name=anna.words(name), exact=True)
                ).to_be_in_viewport(ratio=1)
            anna.dialog.get_by_role("button", name=anna.words("Delete draft"), exact=True).click()
            anna.dialog.get_by_role("button", name=anna.words("Delete draft"), exact=True).last.click()
            expect(anna.dialog).to_be_hidden()


def begin_letters(visitor: Visitor, count: int) -> None:
    """So many, put away one after the other."""
    for number in range(count):
        visitor.page.keyboard.press("c")
        visitor.dialog.get_by_role("textbox", name=visitor.words("Subject"), exact=True).fill(
            f"Brief {number}"
        )
        visitor.dialog.get_by_role("button", name=visitor.words("Minimise"), exact=True).click()
        expect(visitor.dialog).to_be_hidden()


@pytest.mark.usefixtures("talk")
def test_letters_put_away_cover_nothing(browser: Browser, prepared: Prepared) -> None:
    """The page ends above their tabs; those that do not fit are behind one button, in reach of a mouse."""
    with visiting(browser, prepared.demo.url, Words("en")) as anna:
        open_talk(anna, prepared)
        anna.page.set_viewport_size(WIDE)
        begin_letters(anna, LETTERS)
        tabs = anna.page.locator("[data-letter-tab]")
        top = min(box["y"] for box in boxes(tabs))
        rail = anna.page.get_by_role("navigation", name=anna.words("Areas"))
        panes = [
            rail.get_by_role("button").last,
            anna.page.get_by_role("navigation", name=anna.words("Mailbox")),
            anna.page.get_by_role("grid"),
            article(anna),
        ]
        for pane in panes:
            box = pane.bounding_box()
            assert box and box["y"] + box["height"] <= top, (box, top)

        for width in (WIDE["width"], 800):
            anna.page.set_viewport_size({"width": width, "height": 900})
            shown = boxes(tabs)
            hidden = LETTERS - len(shown)
            assert hidden > 0 and all(box["x"] >= 0 and box["width"] >= 96 for box in shown), shown
            more = anna.page.get_by_role("button", name=f"{hidden} more letters")
            box = more.bounding_box()
            assert box and box["x"] >= 0
            more.click()
            expect(anna.page.get_by_role("menuitem")).to_have_count(hidden)
            anna.page.keyboard.press("Escape")

        more.click()
        anna.page.get_by_role("menuitem", name="Brief 0", exact=True).click()
        expect(anna.dialog.get_by_role("textbox", name=anna.words("Subject"), exact=True)).to_have_value(
            "Brief 0"
        )
        anna.page.set_viewport_size(WIDE)
        before = anna.page.url
        more = anna.page.get_by_role("button", name=re.compile("more letters"))
        more.focus()
        anna.page.keyboard.press("Enter")
        anna.page.keyboard.press("Enter")
        expect(anna.dialog).to_be_visible()
        anna.page.keyboard.type("Hello el")
        assert anna.page.url == before
        expect(anna.dialog.get_by_text("Hello el")).to_be_visible()
