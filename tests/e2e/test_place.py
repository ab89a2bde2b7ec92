"""Nothing jumps: where a list stands, where the cursor is, and where the keyboard goes on."""

import re

from playwright.sync_api import Browser, Locator, Page, expect
from tests.e2e.prepared import Prepared
from tests.e2e.visitor import DEMO_PASSWORD, MAILBOX, PHONE, Visitor, visiting
from tests.e2e.words import Words
from tests.flow.jmap.client import eventually


def grid(page: Page) -> Locator:
    return page.get_by_role("grid")


def top_of(page: Page) -> int:
    """How far the list is scrolled."""
    return round(grid(page).evaluate("list => list.scrollTop"))


def stands_at(page: Page, top: int) -> None:
    """It comes to stand there, and still does when everything that may move it has had its time."""
    eventually(lambda: top_of(page) == top, every_s=0.1)
    page.wait_for_timeout(400)
    assert top_of(page) == top


def wheel(page: Page, px: int) -> None:
    grid(page).hover()
    page.mouse.wheel(0, px)
    eventually(lambda: top_of(page) >= px, every_s=0.1)


def row_at(page: Page, y: int) -> str:
    """The text of the row under a point of the list; empty where none is, or none yet."""
    found: str = grid(page).evaluate(
        "(list, y) => document.elementFromPoint(list.getBoundingClientRect().x + 100, y)"
        "?.closest('[role=row]')?.textContent.trim() ?? ''",
        y,
    )
    return found


def rests_at(page: Page, y: int) -> None:
    """Until a row has come under a point of the list, and stays."""
    seen = [""]

    def rests() -> bool:
        seen.append(row_at(page, y))
        return seen[-1] == seen[-2] != ""

    eventually(rests, every_s=0.2)


def press_row_at(page: Page, y: int) -> None:
    rests_at(page, y)
    box = grid(page).bounding_box()
    assert box
    page.mouse.click(box["x"] + 100, y)


def cursor(page: Page) -> str:
    """The text of the row that keys go on from, as a screen reader hears it."""
    row = grid(page).get_attribute("aria-activedescendant")
    assert row
    return page.locator(f"#{row}").inner_text()


def at_the_inbox(visitor: Visitor, prepared: Prepared, login: str = "anna") -> None:
    visitor.let_in(login)
    visitor.go(f"/mail/{prepared.accounts[MAILBOX]}")
    expect(visitor.rows.first).to_be_visible()


def test_a_list_keeps_its_own_place(browser: Browser, prepared: Prepared) -> None:
    """A folder pressed opens at its newest message, a filter too; what is pressed stays where it is."""
    words = Words("de")
    with visiting(browser, prepared.demo.url, words) as anna:
        page = anna.page
        at_the_inbox(anna, prepared)
        show = page.get_by_label(words("Show"), exact=True)
        wheel(page, 2500)
        anna.folder("Archiv").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Archiv")
        stands_at(page, 0)
        anna.folder("Posteingang").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Posteingang")
        stands_at(page, 0)

        show.get_by_text(words("Unread"), exact=True).click()
        stands_at(page, 0)
        rests_at(page, 300)
        pressed = row_at(page, 300)
        press_row_at(page, 300)
        expect(page.get_by_role("article")).to_be_visible()
        stands_at(page, 0)
        assert row_at(page, 300)[:20] == pressed[:20]

        show.get_by_text(words("All"), exact=True).click()
        page.wait_for_timeout(400)
        anna.folder("Archiv").click()
        stands_at(page, 0)


def test_going_back_finds_the_list_where_it_was(browser: Browser, prepared: Prepared) -> None:
    """Back from a folder: the earlier list's own place; the folder of that list pressed: its top."""
    with visiting(browser, prepared.demo.url, Words("de")) as anna:
        page = anna.page
        at_the_inbox(anna, prepared)
        wheel(page, 2500)
        top = top_of(page)
        anna.folder("Archiv").click()
        stands_at(page, 0)
        page.go_back()
        stands_at(page, top)
        anna.folder("Posteingang").click()
        stands_at(page, 0)


def test_a_message_far_down_is_shown_in_its_list(browser: Browser, prepared: Prepared) -> None:
    """By its address, and by Forward: its row is on screen although nobody scrolled there."""
    with visiting(browser, prepared.demo.url, Words("de")) as anna:
        page = anna.page
        at_the_inbox(anna, prepared)
        wheel(page, 12_000)
        press_row_at(page, 400)
        expect(page.get_by_role("article")).to_be_visible()
        address, read = page.url, cursor(page)

        page.goto("about:blank")
        page.goto(address)
        expect(page.get_by_role("article")).to_be_visible()
        expect(grid(page)).to_have_attribute("aria-activedescendant", re.compile("row-"))
        assert cursor(page)[:30] == read[:30]
        expect(page.locator(f"#{grid(page).get_attribute('aria-activedescendant')}")).to_be_in_viewport()


def test_the_reader_goes_on_from_the_message_read_last(browser: Browser, prepared: Prepared) -> None:
    """`u` closes the message and keeps its row; x ticks it, j opens the next, o the same."""
    with visiting(browser, prepared.demo.url, Words("en")) as anna:
        page = anna.page
        at_the_inbox(anna, prepared)
        for _ in range(4):
            page.keyboard.press("j")
        expect(page.get_by_role("article")).to_be_visible()
        fourth = cursor(page)
        page.keyboard.press("u")
        expect(page.get_by_role("article")).to_be_hidden()
        assert cursor(page)[:20] == fourth[:20]

        page.keyboard.press("x")
        expect(anna.rows.nth(3)).to_have_attribute("aria-selected", "true")
        page.keyboard.press("Escape")
        page.keyboard.press("o")
        expect(page.get_by_role("article")).to_be_visible()
        assert cursor(page)[:20] == fourth[:20]
        page.keyboard.press("u")
        page.keyboard.press("j")
        expect(page.get_by_role("article")).to_be_visible()
        expect(grid(page)).to_have_attribute("aria-activedescendant", "row-4")


def test_a_deletion_leads_on_where_the_preview_is_off(browser: Browser, prepared: Prepared) -> None:
    """The list comes back in its place, and the row that took the place of the deleted one is current."""
    words = Words("en")
    with visiting(browser, prepared.demo.url, words) as anna:
        page = anna.page
        at_the_inbox(anna, prepared)
        anna.press("View")
        page.get_by_role("menuitemradio", name=words("Off")).click()
        wheel(page, 1500)
        top = top_of(page)
        page.keyboard.press("j")
        expect(page.get_by_role("article")).to_be_visible()
        expect(grid(page)).to_be_hidden()
        page.keyboard.press("#")
        expect(grid(page)).to_be_visible()
        stands_at(page, top)
        current = grid(page).get_attribute("aria-activedescendant")
        page.keyboard.press("z")
        expect(anna.button("Undo")).to_be_hidden()
        page.keyboard.press("o")
        expect(page.get_by_role("article")).to_be_visible()
        page.keyboard.press("u")
        expect(page.locator(f"#{current}")).to_be_visible()
        stands_at(page, top)


def test_news_of_the_synchronisation_move_nothing(browser: Browser, prepared: Prepared) -> None:
    """The longest sentence takes no more room than the shortest."""
    words = Words("de")
    with visiting(browser, prepared.demo.url, words) as anna:
        at_the_inbox(anna, prepared)
        line = anna.page.get_by_title(words("Details of the synchronisation"))
        before = line.bounding_box()
        line.locator("span span").evaluate(
            "(it, text) => { it.textContent = text }",
            words("Synchronisation failed, next try at {time}", time="12:34"),
        )
        assert line.bounding_box() == before


def test_the_keyboard_is_where_it_was(browser: Browser, prepared: Prepared) -> None:
    """After a dialog focus is in the list again; Home, End and the page keys need no focus at all."""
    words = Words("de")
    with visiting(browser, prepared.demo.url, words) as anna:
        page = anna.page
        at_the_inbox(anna, prepared)
        anna.rows.nth(2).click()
        expect(page.get_by_role("article")).to_be_visible()
        expect(grid(page)).to_be_focused()
        for key in ("?", "v"):
            page.keyboard.press(key)
            expect(anna.dialog).to_be_visible()
            page.keyboard.press("Escape")
            expect(anna.dialog).to_be_hidden()
            expect(grid(page)).to_be_focused()
        anna.press("View")
        page.get_by_role("menuitemradio", name=words("Below")).click()
        expect(grid(page)).to_be_focused()

        page.evaluate("document.activeElement.blur()")
        height = grid(page).evaluate("list => list.clientHeight")
        page.keyboard.press("PageDown")
        eventually(lambda: 0 < top_of(page) < height)
        page.keyboard.press("End")
        left = "list => list.scrollHeight - list.clientHeight - list.scrollTop"
        eventually(lambda: grid(page).evaluate(left) < 2)
        page.keyboard.press("PageUp")
        page.keyboard.press("Home")
        eventually(lambda: top_of(page) == 0)


def test_the_way_back_on_a_phone(browser: Browser, prepared: Prepared) -> None:
    """Back from a message far down, the list stands where it was left; its head says whose it is."""
    with visiting(browser, prepared.demo.url, Words("de"), PHONE) as anna:
        page = anna.page
        at_the_inbox(anna, prepared)
        expect(page.get_by_role("main").or_(page.locator("header")).first).to_contain_text(MAILBOX)
        grid(page).evaluate("list => { list.scrollTop = 2000 }")
        rests_at(page, 400)
        anna.rows.filter(visible=True).nth(12).tap()
        expect(page.get_by_role("article")).to_be_visible()
        anna.button("Back to the list").tap()
        stands_at(page, 2000)


def test_who_can_only_read_is_offered_nothing_else(browser: Browser, prepared: Prepared) -> None:
    """No star, no box; a note where people look, and an answer to keys that would change something."""
    words = Words("de")
    users = {u["login"]: u["id"] for u in prepared.admin.ok("GET", "/api/users")["users"]}
    path = f"/api/accounts/{prepared.accounts[MAILBOX]}/users/{users['thomas']}"
    prepared.admin.ok("PUT", path, {"level": "read", "confirm": True})
    try:
        with visiting(browser, prepared.demo.url, words) as thomas:
            page = thomas.page
            at_the_inbox(thomas, prepared, "thomas")
            expect(thomas.identity).to_contain_text(words("read only"))
            thomas.rows.nth(1).hover()
            expect(grid(page).locator("button, input")).to_have_count(0)
            expect(page.get_by_label(words("Select all"))).to_have_count(0)
            note = page.get_by_text(words("You can only read in this mailbox, so nothing was changed."))
            expect(note).to_be_hidden()
            thomas.rows.nth(1).click()
            page.keyboard.press("#")
            expect(note).to_be_visible()
            expect(page.get_by_role("status").filter(has=note)).to_be_visible()
            page.keyboard.press("?")
            expect(thomas.dialog).not_to_contain_text(words("Mark as unread"))
    finally:
        prepared.admin.ok("PUT", path, {"level": "send", "confirm": True})


def test_a_new_browser_opens_a_connected_mailbox(browser: Browser, prepared: Prepared) -> None:
    """The first in the alphabet still waits for its sign-in; somebody who comes to read sees mail."""
    admin, connected = prepared.admin, prepared.accounts[MAILBOX]
    person = {"login": "neu", "name": "Norbert Neu", "password": DEMO_PASSWORD}
    norbert = admin.ok("POST", "/api/users", person)["id"]
    waiting = admin.ok("POST", "/api/accounts", {"address": "azubi@buero-lindner.example", "confirm": True})[
        "id"
    ]
    for account in (waiting, connected):
        admin.ok("PUT", f"/api/accounts/{account}/users/{norbert}", {"level": "send", "confirm": True})

    with visiting(browser, prepared.demo.url, Words("de")) as visitor:
        visitor.log_in("neu")
        expect(visitor.rows.first).to_be_visible()
        assert re.search(rf"/mail/{connected}/", visitor.page.url)
