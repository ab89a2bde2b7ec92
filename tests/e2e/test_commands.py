"""A person who makes the mail page theirs: by the palette, as a table, with favourites, ticking by state."""

import re

from playwright.sync_api import Browser, Locator, expect
from tests.e2e.prepared import Prepared
from tests.e2e.test_access import obstacles
from tests.e2e.test_folders import menu, name_field
from tests.e2e.visitor import MAILBOX, PHONE, Visitor, visiting
from tests.e2e.words import Words
from tests.flow.jmap.client import eventually


def palette(visitor: Visitor, text: str) -> Locator:
    """Open it by its keys and type; the field."""
    visitor.page.keyboard.press("Control+k")
    field = visitor.dialog.get_by_role("combobox")
    expect(field).to_be_focused()
    field.fill(text)
    return field


def first(visitor: Visitor) -> Locator:
    """What Enter would do."""
    return visitor.dialog.get_by_role("option", selected=True)


def do(visitor: Visitor, text: str, chosen: str) -> None:
    field = palette(visitor, text)
    expect(first(visitor)).to_contain_text(chosen)
    field.press("Enter")
    expect(visitor.dialog.get_by_role("combobox")).to_have_count(0)


def heading(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("heading", level=1)


def columns(visitor: Visitor) -> list[str]:
    heads = visitor.page.get_by_role("columnheader").get_by_role("button")
    return [text.strip() for text in heads.all_text_contents()]


def kept_columns(prepared: Prepared) -> list[str]:
    """Those of Anna's table, as the server has them."""
    page = prepared.anna.ok("GET", "/api/start")["user"]["mail_page"]
    return [column["name"] for column in page["columns"]]


def has_large_unread(prepared: Prepared) -> bool:
    """Whether one of the largest messages is unread, as the server has it."""
    account, sort = prepared.accounts[MAILBOX], [{"property": "size", "isAscending": False}]
    ids = prepared.anna.call("Email/query", accountId=account, sort=sort, limit=10)["ids"]
    return any("$seen" not in each["keywords"] for each in prepared.anna.emails(account, ids, "keywords"))


def favourites(visitor: Visitor, count: int) -> list[str]:
    """The names above the folders' tree, once there are so many."""
    rows = visitor.page.locator("[role=treeitem][aria-keyshortcuts]")
    expect(rows).to_have_count(count)
    return [text.strip() for text in rows.locator("bdi").all_text_contents()]


def test_the_palette_finds_what_can_be_done(browser: Browser, prepared: Prepared) -> None:
    """By a few letters, with umlauts or without, and what was used last comes first; on a phone too."""
    words = Words("de")
    with visiting(browser, prepared.demo.url, words) as anna:
        anna.let_in("anna")
        anna.go(f"/mail/{prepared.accounts[MAILBOX]}")
        expect(anna.rows.first).to_be_visible()
        anna.page.get_by_role("combobox", name=words("Search"), exact=True).focus()
        palette(anna, "")
        expect(anna.dialog.get_by_role("group").first).to_be_visible()
        assert obstacles(anna.page) == []
        anna.page.keyboard.press("Escape")
        expect(anna.page.get_by_role("combobox", name=words("Search"), exact=True)).to_be_focused()

        do(anna, "gesendet", "Gesendet")
        expect(heading(anna)).to_contain_text("Gesendet")
        do(anna, "geloescht", "Gelöscht")
        expect(heading(anna)).to_contain_text("Gelöscht")
        do(anna, "posteing", "Posteingang")
        expect(anna.rows.first).to_be_visible()
        field = palette(anna, "")
        expect(first(anna)).to_contain_text("Gelöscht")  # where we are is offered to nobody
        field.fill("dunkel")
        field.press("Enter")
        expect(anna.page.locator("html")).to_have_attribute("data-theme", "dark")
        do(anna, "darst hell", "Hell")
        anna.rows.nth(1).click()
        expect(anna.page.get_by_role("article")).to_be_visible()
        do(anna, "anworten", words("Reply"))  # a slip of the finger
        expect(anna.page.locator(".letter")).to_be_focused()
        anna.page.keyboard.press("Escape")
        field = palette(anna, "Besichtigung")
        for _ in range(2):  # searching is last, in the open folder and before that in all of them
            field.press("ArrowUp")
        expect(first(anna)).to_have_text(words("Search for “{text}”", text="Besichtigung"))
        field.press("Enter")
        expect(anna.page.locator("mark").first).to_be_visible()
        do(anna, "profil", words("My profile"))
        expect(heading(anna)).to_contain_text(words("My profile"))

    with visiting(browser, prepared.demo.url, words, PHONE) as anna:
        anna.let_in("anna")
        anna.go(f"/mail/{prepared.accounts[MAILBOX]}")
        anna.press("View")
        anna.page.get_by_role("menuitem", name=words("Commands")).tap()
        anna.dialog.get_by_role("combobox").fill("entw")
        anna.dialog.get_by_role("option").first.tap()
        expect(heading(anna)).to_contain_text("Entwürfe")
    prepared.anna.ok("PATCH", "/api/me", {"theme": "system"})


def test_the_list_becomes_a_table_and_stays_one(browser: Browser, prepared: Prepared) -> None:
    """Sorted by a press, columns moved by keys and chosen in the dialog; in the other browser too."""
    words = Words("de")
    address = f"/mail/{prepared.accounts[MAILBOX]}"
    with visiting(browser, prepared.demo.url, words) as anna:
        anna.let_in("anna")
        anna.go(address)
        expect(anna.rows.first).to_be_visible()
        do(anna, "tabelle", words("List as a table"))
        expect(anna.page.get_by_role("columnheader").first).to_be_visible()
        assert columns(anna) == [
            "Kennzeichnung",
            "Anhang",
            "Absender",
            "Betreff",
            "Kategorien",
            "Größe",
            "Datum",
        ]
        assert obstacles(anna.page) == []

        size = anna.page.get_by_role("columnheader", name="Größe")
        size.get_by_role("button").click()
        expect(size).to_have_attribute("aria-sort", "descending")
        expect(anna.rows.nth(1)).to_contain_text("MB")
        size.get_by_role("button").press("Alt+ArrowLeft")
        expect(size.get_by_role("button")).to_be_focused()
        assert columns(anna)[4:6] == ["Größe", "Kategorien"]
        do(anna, "spalten", words("Choose columns"))
        anna.dialog.get_by_role("checkbox", name=words("Recipients")).check()
        anna.dialog.get_by_role("checkbox", name=words("Attachment")).uncheck()
        assert obstacles(anna.page) == []
        anna.page.keyboard.press("Escape")
        do(anna, "dichte kompakt", words("Density: compact"))
        shown = ["Kennzeichnung", "Absender", "Betreff", "Größe", "Kategorien", "Empfänger", "Datum"]
        eventually(lambda: columns(anna) == shown)
        kept = ["flag", "from", "subject", "size", "categories", "to", "date"]
        eventually(lambda: kept_columns(prepared) == kept)
        # Whoever was here before may have read all that is large, and only rows in sight are on the page.
        anna.rows.nth(1).click(modifiers=["Control"])
        anna.page.keyboard.press("Shift+U")
        expect(anna.rows.nth(1).get_by_role("img", name=words("Unread"))).to_be_visible()
        eventually(lambda: has_large_unread(prepared))
        with visiting(browser, prepared.demo.url, words) as elsewhere:
            elsewhere.let_in("anna")
            elsewhere.go(address)
            expect(elsewhere.rows.nth(1)).to_contain_text("MB")
            eventually(lambda: columns(elsewhere) == shown)

            rows = elsewhere.page.locator("[role=row][aria-selected=true]")
            elsewhere.page.keyboard.press("*")
            elsewhere.page.keyboard.press("u")
            expect(rows.first).to_be_visible()
            unread = elsewhere.page.get_by_role("img", name=words("Unread"))
            expect(rows.filter(has_not=unread)).to_have_count(0)
            elsewhere.press("Select by state")
            elsewhere.page.get_by_role("menuitem", name=words("Inverted")).click()
            expect(rows.first).to_be_visible()
            expect(rows.filter(has=unread)).to_have_count(0)


def test_favourites_stand_on_top(browser: Browser, prepared: Prepared) -> None:
    """Made by menu and key, moved by keys and by dragging; they keep a new name and go with the folder."""
    words = Words("de")
    with visiting(browser, prepared.demo.url, words) as anna:
        anna.let_in("anna")
        anna.go(f"/mail/{prepared.accounts[MAILBOX]}")
        expect(anna.rows.first).to_be_visible()
        anna.press("New folder")
        name_field(anna).fill("Lindenallee")
        anna.press("Create folder")
        expect(heading(anna)).to_contain_text("Lindenallee")
        anna.page.keyboard.press("Shift+F")
        assert favourites(anna, 1) == ["Lindenallee"]
        menu(anna, "Posteingang", "Add to the favourites")
        menu(anna, "Gesendet", "Add to the favourites")
        assert favourites(anna, 3) == ["Lindenallee", "Posteingang", "Gesendet"]
        assert obstacles(anna.page) == []

        rows = anna.page.locator("[role=treeitem][aria-keyshortcuts]")
        rows.nth(1).focus()
        anna.page.keyboard.press("Alt+ArrowUp")
        expect(rows.nth(0)).to_be_focused()
        assert favourites(anna, 3) == ["Posteingang", "Lindenallee", "Gesendet"]
        rows.nth(2).drag_to(rows.nth(0))
        expect(rows.nth(0)).to_contain_text("Gesendet")
        anna.page.reload()
        assert favourites(anna, 3) == ["Gesendet", "Posteingang", "Lindenallee"]
        anna.page.keyboard.press("g")
        anna.page.keyboard.press("1")
        expect(heading(anna)).to_contain_text("Gesendet")

        anna.folder("Lindenallee").get_by_text("Lindenallee").click()
        do(anna, "umbenennen", words("Rename this folder"))
        name_field(anna).fill("Lindenallee 3")
        anna.dialog.get_by_role("button", name=words("Rename"), exact=True).click()
        expect(rows.nth(2)).to_contain_text("Lindenallee 3")
        expect(anna.dialog).to_be_hidden()
        for _ in range(2):  # to the deleted ones, then for good
            do(anna, "ordner löschen", words("Delete this folder"))
        anna.dialog.get_by_role("button", name=words("Delete for good"), exact=True).click()
        assert favourites(anna, 2) == ["Gesendet", "Posteingang"]
        for _ in range(2):
            rows.first.focus()
            anna.page.keyboard.press("Delete")
        expect(rows).to_have_count(0)
        expect(anna.page.get_by_text(re.compile(words("Favourites")))).to_have_count(0)
