"""Settings pages hold long words, and phones show that a list goes on."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from tests.e2e.prepared import Prepared
from tests.e2e.visitor import PHONE, Visitor, visiting
from tests.e2e.words import Words

LONG = "Kundenverwaltung" * 6
HEIGHT = 1000


def shows(visitor: Visitor, path: str, width: int) -> None:
    visitor.page.set_viewport_size({"width": width, "height": HEIGHT})
    visitor.go(path)


@pytest.mark.parametrize("width", [360, 820])
def test_a_long_word_stays_in_its_head(browser: Browser, prepared: Prepared, width: int) -> None:
    """Of a webhook called by one word."""
    made = prepared.admin.ok("POST", "/api/webhooks", {"name": LONG, "url": "https://93.184.216.34/"})
    with visiting(browser, prepared.demo.url, Words("de")) as sabine:
        sabine.let_in("sabine")
        shows(sabine, "/settings/basic/webhooks", width)
        head = sabine.page.get_by_role("heading", name=LONG)
        expect(head).to_be_visible()
        assert head.evaluate("one => one.scrollWidth <= one.clientWidth")
    prepared.admin.ok("DELETE", f"/api/webhooks/{made['webhook']['id']}")


def test_the_help_stays_in_one_line_and_its_mark_a_mark(browser: Browser, prepared: Prepared) -> None:
    with visiting(browser, prepared.demo.url, Words("de")) as sabine:
        sabine.let_in("sabine")
        for path, width, name in (
            ("/settings/basic/email/external", 430, "Help for Microsoft 365"),
            ("/settings/basic/microsoft", 360, "Help"),
        ):
            shows(sabine, path, width)
            button = sabine.page.get_by_role("button", name=re.compile(f"^{sabine.words(name)}$"))
            expect(button).to_be_visible()
            lines = "one => { const r = document.createRange(); r.selectNodeContents(one.lastChild);"
            assert button.evaluate(lines + " return r.getClientRects().length; }") == 1
            box = button.locator("svg").bounding_box()
            assert box is not None and box["width"] == 16


def test_a_button_under_its_head_begins_with_it(browser: Browser, prepared: Prepared) -> None:
    """Also where a mark stands beside it that says nothing yet."""
    account = next(iter(prepared.accounts.values()))
    with visiting(browser, prepared.demo.url, Words("de")) as sabine:
        sabine.let_in("sabine")
        shows(sabine, f"/settings/basic/email/external/{account}", 820)
        head = sabine.page.get_by_role("heading", name=sabine.words("Assigned users"), exact=True)
        button = sabine.page.get_by_role("button", name=sabine.words("Add user"), exact=True)
        expect(button).to_be_visible()
        above, below = head.bounding_box(), button.bounding_box()
        assert above is not None and below is not None
        assert below["y"] > above["y"] + above["height"] and below["x"] == above["x"]


def test_a_phones_list_of_settings_shows_that_it_goes_on(browser: Browser, prepared: Prepared) -> None:
    """A shade lies at its lower edge, until its end has come there."""
    with visiting(browser, prepared.demo.url, Words("de"), PHONE) as sabine:
        sabine.let_in("sabine")
        page = sabine.page
        page.set_viewport_size({"width": 360, "height": 640})
        sabine.go("/settings/basic/audit")
        page.get_by_role("navigation", name=sabine.words("Settings"), exact=True).get_by_role(
            "button"
        ).click()
        last = page.locator("nav > div[id]").get_by_role("link").last
        expect(last).not_to_be_in_viewport()
        shaded, plain = _lowest(page), _lowest(page, from_below=40)
        assert shaded < plain - 10
        last.scroll_into_view_if_needed()
        expect(last).to_be_in_viewport()
        page.locator("nav > div[id]").evaluate("one => one.scrollTo(0, one.scrollHeight)")
        assert abs(_lowest(page) - plain) < 3


def _lowest(page: Page, *, from_below: int = 3) -> int:
    """How light the list is so far above its lower edge, at its right."""
    edge = page.locator("nav > div[id]").bounding_box()
    assert edge is not None
    at = {"x": edge["x"] + edge["width"] - 20, "y": edge["y"] + edge["height"] - from_below - 1}
    shot = page.screenshot(clip={**at, "width": 1, "height": 1})
    return sum(Image.open(BytesIO(shot)).convert("RGB").getpixel((0, 0)))
