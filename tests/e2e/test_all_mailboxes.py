"""All mailboxes at once: one list, one search, deeds over several of them, and one that is cut off."""

import contextlib
import json
import re
from collections.abc import Iterator
from functools import partial

import pytest
from playwright.sync_api import Browser, Locator, Route, expect
from tests.e2e.prepared import Prepared
from tests.e2e.several import ACCOUNTING, LETTERS, LOGIN, SALES, minutes_ago, prepare_several
from tests.e2e.staged import API, answer_to
from tests.e2e.test_access import obstacles
from tests.e2e.test_commands import do, palette
from tests.e2e.visitor import MAILBOX, PHONE, Visitor, visiting
from tests.e2e.words import Words
from tests.flow.jmap.client import eventually

RARE = "Buntglasmosaik"
AT_INFO, AT_SALES = "Besichtigung am Montag", "Angebot für die Parkstraße"


@pytest.fixture(scope="module")
def several(prepared: Prepared) -> Iterator[dict[str, str]]:
    """Karla's mailboxes, and two letters with one rare word."""
    accounts = prepare_several(prepared)
    for address, subject, age in ((MAILBOX, AT_INFO, 3), (SALES, AT_SALES, 2)):
        text = f"Es geht um die {RARE}."
        prepared.control.receive(address, subject=subject, text=text, receivedAt=minutes_ago(age))
    yield accounts


def at_all(visitor: Visitor) -> None:
    visitor.let_in(LOGIN)
    visitor.go("/mail/all")
    expect(visitor.message(AT_SALES)).to_be_visible()
    expect(visitor.message(AT_INFO)).to_be_visible()


def stand_in_order(visitor: Visitor, *wanted: str) -> None:
    """Rows with these subjects stand below one another, others perhaps between them."""

    def shown() -> list[str]:
        rows = visitor.rows.all_inner_texts()
        return list(dict.fromkeys(subject for row in rows for subject in wanted if subject in row))

    with contextlib.suppress(AssertionError):  # what is shown instead says more
        eventually(lambda: shown() == list(wanted), every_s=0.3)
    assert shown() == list(wanted)


def field(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("combobox", name=visitor.words("Search"), exact=True)


def is_archived(prepared: Prepared, address: str, subject: str) -> bool:
    """Every message of this subject lies in the mailbox's own archive at Microsoft."""
    folders, messages = prepared.control.snapshot(address)
    names = {folder["id"]: folder["wellKnownName"] for folder in folders}
    found = [names[message["folderId"]] for message in messages.values() if message["subject"] == subject]
    return set(found) == {"archive"}


def test_one_list_of_all_mailboxes(browser: Browser, prepared: Prepared, several: dict[str, str]) -> None:
    """Merged by date and told apart; filed and taken back across mailboxes; answered from the right one."""
    words = Words("de")
    with visiting(browser, prepared.demo.url, words) as karla:
        page, newest = karla.page, [subject for _, subject, _ in reversed(LETTERS)]
        at_all(karla)
        karla.one_by_one()
        stand_in_order(karla, AT_SALES, AT_INFO, *newest)
        expect(karla.message(AT_SALES)).to_contain_text("angebote")
        expect(karla.message(AT_INFO)).to_contain_text("info")
        expect(karla.identity).to_contain_text(words("All mailboxes"))
        expect(page.get_by_text(words("Somebody has to sign in at Microsoft first.")).first).to_be_visible()
        assert obstacles(page) == []

        prepared.control.receive(SALES, subject="Gerade eben", text="Neu")
        expect(karla.rows.nth(0)).to_contain_text(
            "Gerade eben",
        )

        karla.open_message(AT_SALES)
        page.reload()
        expect(page.get_by_role("article").get_by_role("heading", name=AT_SALES).first).to_be_visible()
        karla.press("Reply")
        expect(page.get_by_role("dialog")).to_contain_text(SALES)
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()

        # Two mailboxes at once, with the keyboard.
        for subject in (AT_SALES, AT_INFO):
            karla.message(subject).click(modifiers=["Control"])
        page.keyboard.press("v")
        expect(karla.dialog).to_contain_text(words("Deleted"))
        assert obstacles(page) == []
        page.keyboard.press("Escape")
        page.keyboard.press("e")
        expect(karla.message(AT_INFO)).to_be_hidden()
        expect(karla.button("Undo")).to_be_visible()
        karla.looks_away()
        for address, subject in ((MAILBOX, AT_INFO), (SALES, AT_SALES)):
            eventually(partial(is_archived, prepared, address, subject), every_s=0.3)
        karla.press("Undo")
        stand_in_order(karla, "Gerade eben", AT_SALES, AT_INFO)

        # What may only be read offers nothing else, and says so.
        mahnung = karla.message("Mahnung Gaswerk")
        expect(mahnung.get_by_role("checkbox")).to_have_count(0)
        mahnung.click()
        page.keyboard.press("#")
        karla.sees("You can only read in this mailbox, so nothing was changed.")
        expect(mahnung).to_be_visible()


def test_the_page_is_as_it_was_made_elsewhere(
    browser: Browser, prepared: Prepared, several: dict[str, str]
) -> None:
    """By the palette into all mailboxes: favourites, table and choices of many hold there."""
    words = Words("de")
    with visiting(browser, prepared.demo.url, words) as karla:
        page = karla.page
        karla.let_in(LOGIN)
        karla.go(f"/mail/{several[MAILBOX]}")
        expect(karla.rows.first).to_be_visible()
        page.keyboard.press("Shift+F")
        do(karla, "alle postf", words("All mailboxes"))
        expect(karla.message(AT_SALES)).to_be_visible()
        favourite = page.locator("[role=treeitem][aria-keyshortcuts]")
        expect(favourite).to_have_count(1)
        expect(favourite).to_contain_text("Posteingang")

        do(karla, "tabelle", words("List as a table"))
        expect(page.get_by_role("columnheader", name=words("Mailbox"))).to_be_visible()
        expect(karla.message(AT_SALES).get_by_role("gridcell", name="angebote", exact=True)).to_be_visible()
        expect(page.get_by_role("columnheader", name="Datum")).to_have_attribute("aria-sort", "descending")
        assert page.get_by_role("columnheader", name="Größe").get_attribute("aria-sort") is None
        assert obstacles(page) == []
        page.keyboard.press("*")
        page.keyboard.press("a")
        ticked = page.locator("[role=row][aria-selected=true]")
        expect(ticked.first).to_be_visible()
        expect(ticked.filter(has_text="Mahnung Gaswerk")).to_have_count(0)  # it can only be read
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        expect(karla.dialog).to_contain_text(words("Favourite 1 to 9"))
        expect(karla.dialog).not_to_contain_text(words("Add the folder to the favourites"))
        page.keyboard.press("Escape")
        do(karla, "liste in zeilen", words("List in lines"))
        do(karla, "vorschau rechts", words("Preview on the right"))
        palette(karla, "postfächer gesendet").press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text(words("Sent"))
        assert "/mail/all/sent" in page.url
        page.keyboard.press("g")
        page.keyboard.press("1")
        expect(karla.identity).not_to_contain_text(words("All mailboxes"))
        page.keyboard.press("Shift+F")
        expect(favourite).to_have_count(0)


def cut_off(visitor: Visitor, account: str) -> None:
    """The server gives no list of this mailbox any more."""

    def handle(route: Route) -> None:
        calls = json.loads(route.request.post_data or "{}")["methodCalls"]
        cut = {id_ for name, args, id_ in calls if name == "Email/query" and args["accountId"] == account}
        answer = answer_to(route) if cut else None
        if answer is None:
            route.continue_()
            return
        told = [
            each if each[2] not in cut else ["error", {"type": "serverFail"}, each[2]]
            for each in answer["methodResponses"]
        ]
        route.fulfill(json={**answer, "methodResponses": told})

    visitor.page.route(API, handle)


def test_searching_in_all_mailboxes(browser: Browser, prepared: Prepared, several: dict[str, str]) -> None:
    """From one mailbox into all and back; one that fails is named and spoils nothing."""
    words = Words("de")
    with visiting(browser, prepared.demo.url, words) as karla:
        page = karla.page
        karla.let_in(LOGIN)
        karla.go(f"/mail/{several[MAILBOX]}")
        expect(karla.rows.first).to_be_visible()
        field(karla).fill(RARE)
        expect(karla.rows).to_have_count(1)
        page.get_by_role("radio", name=words("All mailboxes")).click()
        expect(karla.rows).to_have_count(2)
        stand_in_order(karla, AT_SALES, AT_INFO)
        expect(karla.rows.nth(0).locator("mark")).to_have_text(RARE)
        karla.message(AT_SALES).click()
        expect(page.get_by_role("article")).to_contain_text(RARE)
        assert "everywhere=1" in page.url
        field(karla).fill(f"{RARE} von:niemand")
        karla.sees("Nothing found")
        field(karla).fill(RARE)
        page.get_by_role("radio", name=words("This mailbox")).click()
        expect(karla.rows).to_have_count(1)
        page.get_by_role("radio", name=words("All mailboxes")).click()
        expect(karla.rows).to_have_count(2)

        cut_off(karla, several[SALES])
        page.reload()
        expect(karla.rows).to_have_count(1)
        expect(page.get_by_text(words("Can’t be loaded at the moment."))).to_be_visible()
        karla.press("End the search")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Posteingang")
        assert f"/mail/{several[MAILBOX]}/" in page.url
        assert several[ACCOUNTING] not in page.url


def test_all_mailboxes_on_a_phone(browser: Browser, prepared: Prepared, several: dict[str, str]) -> None:
    """One pane at a time: list, message, back, folders of all, and a mailbox of them."""
    with visiting(browser, prepared.demo.url, Words("en"), PHONE) as karla:
        page, words = karla.page, karla.words
        at_all(karla)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        karla.message(AT_SALES).tap()
        expect(page.get_by_role("article")).to_be_visible()
        karla.press("Back to the list")
        karla.press("Folders")
        page.get_by_role("treeitem", name=re.compile(words("Sent"))).tap()
        expect(page.get_by_role("heading", level=1)).to_contain_text(words("Sent"))
        karla.press("Folders")
        assert obstacles(page) == []
        page.get_by_role("list").get_by_role("button", name=re.compile("Angebote|angebote")).last.tap()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert f"/mail/{several[SALES]}/" in page.url
