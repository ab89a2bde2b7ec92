"""Reading on a phone: one pane at a time, everything within reach."""

import re

from playwright.sync_api import Browser, Page, expect
from tests.e2e.prepared import Prepared
from tests.e2e.visitor import MAILBOX, PHONE, Visitor, visiting
from tests.e2e.words import Words

SUBJECT = "Vom Telefon gelesen"


def is_not_wider(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def lies_above_the_bar(visitor: Visitor) -> None:
    """A toast hides nothing that people press."""
    expect(visitor.button("Undo")).to_be_visible()
    toast = visitor.page.locator("ol > li").last.bounding_box()
    bar = visitor.page.get_by_role("navigation", name=visitor.words("Areas")).bounding_box()
    assert toast
    assert bar
    assert toast["y"] + toast["height"] <= bar["y"]


def is_told_that_it_was_refused(visitor: Visitor, subject: str) -> None:
    """What Microsoft refused is back, with the reason above it, and no toast says that it was done."""
    notice = visitor.page.get_by_role("alert")
    expect(notice).to_contain_text(f"{visitor.words('Not archived')}: ")
    expect(notice).to_contain_text(subject)
    expect(notice).to_contain_text(visitor.words("Microsoft does not allow it in this mailbox."))
    expect(visitor.button("Undo")).to_be_hidden()
    mark = visitor.words("A change to it was taken back")
    expect(visitor.message(subject).get_by_role("img", name=mark)).to_be_visible()
    visitor.button("Understood").tap()
    expect(notice).to_be_hidden()


def test_reading_on_a_phone(browser: Browser, prepared: Prepared) -> None:
    """List, message, a refusal, back, folders; no page is wider than the screen."""
    html = "<table width=900><tr><td>" + "breit " * 200 + "</td></tr></table>"
    prepared.control.receive(MAILBOX, subject=SUBJECT, html=html)
    with visiting(browser, prepared.demo.url, Words("en"), PHONE) as anna:
        anna.let_in("anna")
        anna.go(f"/mail/{prepared.accounts[MAILBOX]}")
        expect(anna.message(SUBJECT)).to_be_visible(timeout=20_000)
        assert is_not_wider(anna.page)

        anna.message(SUBJECT).tap()
        expect(anna.page.get_by_role("article").get_by_role("heading", name=SUBJECT)).to_be_visible()
        expect(anna.rows.first).to_be_hidden()
        assert is_not_wider(anna.page)

        prepared.control.fail_next("POST", "*/move", status=403, code="ErrorAccessDenied")
        anna.toolbar("Archive").tap()
        is_told_that_it_was_refused(anna, SUBJECT)

        anna.message(SUBJECT).tap()
        anna.toolbar("Delete").tap()
        lies_above_the_bar(anna)
        anna.button("Undo").tap()

        expect(anna.message(SUBJECT)).to_be_visible()
        anna.button("Folders").tap()
        anna.page.get_by_role("treeitem", name=re.compile("Archive")).tap()
        expect(anna.page.get_by_role("heading", name=re.compile("Archive"))).to_be_visible()
        assert is_not_wider(anna.page)


def test_settings_on_a_phone(browser: Browser, prepared: Prepared) -> None:
    """The settings fit the small screen too."""
    with visiting(browser, prepared.demo.url, Words("de"), PHONE) as sabine:
        sabine.let_in("sabine")
        for path in ("/settings/basic/email/external", "/settings/basic/microsoft", "/settings/basic/users"):
            sabine.go(path)
            expect(sabine.page.get_by_role("heading", level=1)).to_be_visible()
            assert is_not_wider(sabine.page), path


SMALLEST = 320


def wide_parts(page: Page) -> list[str]:
    """What reaches beyond the smallest screen, but for what scrolls within it."""
    found = """(most) => [...document.querySelectorAll("body *")].filter((each) => {
      const { right, width } = each.getBoundingClientRect();
      for (let up = each.parentElement; up; up = up.parentElement)
        if (getComputedStyle(up).overflowX !== "visible") return false;
      return width > 0 && right > most + 0.5;
    }).map((each) => `${each.tagName} ${each.className} ${each.getBoundingClientRect().right}`)"""
    return [str(each) for each in page.evaluate(found, SMALLEST)]


def test_the_smallest_phones(browser: Browser, prepared: Prepared) -> None:
    """320 px: no page is wider than the screen, and what a letter can be done with stands in one row."""
    with visiting(browser, prepared.demo.url, Words("de"), PHONE) as anna:
        anna.let_in("anna")
        anna.page.set_viewport_size({"width": SMALLEST, "height": 568})
        anna.go(f"/mail/{prepared.accounts[MAILBOX]}")
        expect(anna.rows.first).to_be_visible()
        assert wide_parts(anna.page) == []
        anna.page.keyboard.press("*")
        anna.page.keyboard.press("a")
        expect(anna.page.get_by_role("toolbar", name=anna.words("Selected messages"))).to_be_visible()
        assert wide_parts(anna.page) == []
        anna.page.keyboard.press("*")
        anna.page.keyboard.press("n")
        anna.rows.first.tap()
        expect(anna.page.get_by_role("article")).to_be_visible()
        assert wide_parts(anna.page) == []
        anna.page.keyboard.press("r")
        buttons = [
            anna.dialog.get_by_role("button", name=anna.words(n), exact=True)
            for n in ("Send", "Delete draft")
        ]
        first, last = (button.bounding_box() for button in buttons)
        assert wide_parts(anna.page) == []
        assert first and last and abs(first["y"] - last["y"]) < 8
        anna.go("/settings/me")
        expect(anna.page.get_by_role("heading", level=1).first).to_be_visible()
        assert wide_parts(anna.page) == []
