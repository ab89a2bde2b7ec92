"""Reading on a phone: one pane at a time, everything within reach."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.e2e.prepared import Prepared
from tests.e2e.test_access import obstacles_in_both_themes, settings_pages
from tests.e2e.visitor import MAILBOX, PHONE, Visitor, visiting
from tests.e2e.words import Language, Words

SUBJECT = "Vom Telefon gelesen"


# What a finger can't scroll to, or would have to push the whole page aside for. Under mobile emulation the
# window grows with its content, so nothing is compared with that; and whatever scrolls down can be pushed
# aside as well, so what is in it counts, unless it is meant to scroll sideways or ends in dots.
REACH_BEYOND = r"""(most) => {
  const scrolls = /(^|\s)([\w-]+:)*overflow-(x-)?(auto|scroll)(\s|$)/;
  const isMeant = (one) => scrolls.test(one.getAttribute("class") ?? "")
    || getComputedStyle(one).textOverflow === "ellipsis";
  return [...document.querySelectorAll("body *")].filter((each) => {
    for (let up = each.parentElement; up; up = up.parentElement) if (isMeant(up)) return false;
    const { left, right, width } = each.getBoundingClientRect();
    return width > 1 && (right > most + 0.5 || left < -0.5);
  }).map((each) => `${each.tagName} ${each.getAttribute("class")} ${each.textContent.slice(0, 40)}`);
}"""


def wide_parts(page: Page) -> list[str]:
    """What reaches beyond the screen, as wide as it was opened."""
    assert page.viewport_size
    return [str(each) for each in page.evaluate(REACH_BEYOND, page.viewport_size["width"])]


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
        expect(anna.message(SUBJECT)).to_be_visible()
        assert wide_parts(anna.page) == []

        anna.message(SUBJECT).tap()
        expect(anna.page.get_by_role("article").get_by_role("heading", name=SUBJECT)).to_be_visible()
        expect(anna.rows.first).to_be_hidden()
        assert wide_parts(anna.page) == []

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
        assert wide_parts(anna.page) == []


def test_what_is_too_wide_is_found(browser: Browser, prepared: Prepared) -> None:
    """Also within what scrolls down: the other tests here could not fail without."""
    with visiting(browser, prepared.demo.url, Words("en"), PHONE) as sabine:
        sabine.let_in("sabine")
        sabine.go("/settings/me")
        expect(sabine.page.get_by_role("heading", level=1)).to_be_visible()
        assert wide_parts(sabine.page) == []
        wide = "<p style=width:500px>w</p>"
        sabine.page.locator("main h1").evaluate("(at, html) => at.insertAdjacentHTML('afterend', html)", wide)
        assert wide_parts(sabine.page) == ["P null w"]


@pytest.mark.parametrize("width", [390, 320])
def test_settings_on_a_phone(browser: Browser, prepared: Prepared, width: int) -> None:
    """Each page of the settings fits the small screen, and the smallest."""
    with visiting(browser, prepared.demo.url, Words("de"), PHONE) as sabine:
        sabine.page.set_viewport_size({"width": width, "height": 844})
        sabine.let_in("sabine")
        for path in [*settings_pages(prepared), "/settings/basic/health"]:
            sabine.go(path)
            expect(sabine.page.get_by_role("heading", level=1).first).to_be_visible()
            sabine.page.wait_for_load_state("networkidle")
            assert wide_parts(sabine.page) == [], path


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_parts_of_the_settings_on_a_phone(
    browser: Browser, prepared: Prepared, language: Language
) -> None:
    """One line names the chosen part; the others open over the page, by finger and by keyboard."""
    with visiting(browser, prepared.demo.url, Words(language), PHONE) as sabine:
        sabine.let_in("sabine")
        sabine.go("/settings/basic/users")
        nav = sabine.page.get_by_role("navigation", name=sabine.words("Settings"), exact=True)
        line = nav.get_by_role("button")
        expect(line).to_contain_text(sabine.words("Users"))
        box = nav.bounding_box()
        assert box and box["height"] <= 48
        expect(nav.get_by_role("link").first).to_be_hidden()
        line.tap()
        expect(line).to_have_attribute("aria-expanded", "true")
        expect(nav.get_by_role("link", name=sabine.words("Users"), exact=True)).to_have_attribute(
            "aria-current", "page"
        )
        assert obstacles_in_both_themes(sabine.page) == []
        nav.get_by_role("link", name=sabine.words("Audit trail"), exact=True).tap()
        expect(line).to_contain_text(sabine.words("Audit trail"))
        expect(nav.get_by_role("link").first).to_be_hidden()

        line.focus()
        sabine.page.keyboard.press("Enter")
        sabine.page.keyboard.press("Tab")
        expect(nav.get_by_role("link").first).to_be_focused()
        sabine.page.keyboard.press("Escape")
        expect(line).to_be_focused()
        expect(line).to_have_attribute("aria-expanded", "false")
        line.tap()
        sabine.page.touchscreen.tap(200, 800)
        expect(line).to_have_attribute("aria-expanded", "false")


SMALLEST = 320


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
