"""Pages for everybody: axe finds nothing, however small, in either theme and on any screen."""

import re
from typing import Any, Literal

from playwright.sync_api import Browser, Page, expect
from tests.e2e.demo import ROOT
from tests.e2e.prepared import SHARED, Prepared
from tests.e2e.visitor import MAILBOX, PHONE, visiting
from tests.e2e.words import Words

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
RUN = "rules => axe.run(document, {resultTypes: ['violations'], iframes: false, ...rules})"
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}


def obstacles(page: Page, rules: dict[str, list[str]] | None = None) -> list[str]:
    """What axe finds by all of its rules, or those given: rule, where, why."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    result: dict[str, Any] = page.evaluate(RUN, rules or {})
    return [
        f"{page.url}: {v['id']}: {node['target']} {node['failureSummary']}"
        for v in result["violations"]
        for node in v["nodes"]
    ]


def obstacles_in_both_themes(page: Page) -> list[str]:
    """As it stands in light; in dark nothing but colours is another."""
    found = obstacles(page)
    wear(page, "dark")
    found += [f"dark {one}" for one in obstacles(page, COLOURS)]
    wear(page, "light")
    return found


def wear(page: Page, theme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=theme)
    expect(page.locator("html")).to_have_attribute("data-theme", theme)


def test_no_page_shuts_anybody_out(browser: Browser, prepared: Prepared) -> None:
    """Login, mail with an open message, the hand-over, a result, and every settings page."""
    found: list[str] = []
    with visiting(browser, prepared.demo.url, Words("de")) as sabine:
        sabine.go("/login")
        expect(sabine.field("Login name")).to_be_visible()
        found += obstacles_in_both_themes(sabine.page)
        sabine.let_in("sabine")
        for path in settings_pages(prepared):
            sabine.go(path)
            expect(sabine.page.get_by_role("heading", level=1).first).to_be_visible()
            sabine.page.wait_for_load_state("networkidle")
            found += obstacles_in_both_themes(sabine.page)
    with visiting(browser, prepared.demo.url, Words("de")) as anna:
        anna.let_in("anna")
        anna.go(f"/mail/{prepared.accounts[MAILBOX]}")
        anna.rows.nth(2).click()
        expect(anna.page.get_by_role("article")).to_be_visible()
        found += obstacles_in_both_themes(anna.page)
        anna.page.keyboard.press("v")
        expect(anna.dialog).to_be_visible()
        found += obstacles_in_both_themes(anna.page)
        for path in (
            f"/mail/{prepared.accounts[SHARED]}",
            f"/sign-in/result/{prepared.accounts[SHARED]}?outcome=approval_needed&detail=AADSTS90094",
            "/help/microsoft-365",
        ):
            anna.go(path)
            expect(anna.page.get_by_role("heading", level=1).first).to_be_visible()
            found += obstacles_in_both_themes(anna.page)

    assert found == [], "\n".join(found)


def test_nothing_that_opens_shuts_anybody_out(browser: Browser, prepared: Prepared) -> None:
    """Every dialog and menu of the mail page, the letter, a search, the table, and all mailboxes."""
    found: list[str] = []
    with visiting(browser, prepared.demo.url, Words("de")) as anna:
        anna.let_in("anna")
        anna.go(f"/mail/{prepared.accounts[MAILBOX]}")
        anna.rows.filter(has_not_text=re.compile(r"\(\d+\)")).nth(2).click()  # no conversation
        expect(anna.page.get_by_role("article")).to_be_visible()
        opened = anna.dialog.or_(anna.page.get_by_role("menu")).last
        for key in ("?", "v", "Control+k"):
            anna.page.keyboard.press(key)
            expect(opened).to_be_visible()
            found += obstacles(anna.page)
            anna.page.keyboard.press("Escape")
            expect(opened).to_be_hidden()
        anna.page.keyboard.press("?")
        for _ in range(3):
            anna.page.keyboard.press("PageDown")
        expect(anna.dialog.get_by_text(anna.words("Commands"), exact=True)).to_be_in_viewport()
        anna.page.keyboard.press("Escape")
        toolbar = anna.page.get_by_role("toolbar")
        more = toolbar.get_by_role("button", name=anna.words("More"), exact=True)
        for button in (more, anna.button("View"), anna.identity):
            button.click()
            expect(anna.page.get_by_role("menuitem").first).to_be_visible()
            found += obstacles(anna.page)
            anna.page.keyboard.press("Escape")
            expect(opened).to_be_hidden()
        more.click()
        anna.page.get_by_role("menuitem", name=anna.words("Show original")).click()
        expect(anna.dialog.locator("pre").first).to_be_visible()
        found += obstacles(anna.page)
        anna.page.keyboard.press("Escape")
        anna.page.keyboard.press("r")
        expect(anna.page.locator(".ProseMirror")).to_be_focused()
        found += obstacles(anna.page)
        anna.go(f"/mail/{prepared.accounts[MAILBOX]}")
        anna.button("View").click()
        anna.page.get_by_role("menuitem", name=anna.words("Layout")).click()
        found += obstacles(anna.page)
        anna.page.get_by_role("menuitemradio", name=anna.words("Table")).click()
        expect(anna.page.get_by_role("columnheader").first).to_be_visible()
        found += obstacles(anna.page)
    with visiting(browser, prepared.demo.url, Words("en"), PHONE, theme="dark") as anna:
        anna.let_in("anna")
        for path in ("", "?q=Schl%C3%BCssel"):
            anna.go(f"/mail/{prepared.accounts[MAILBOX]}{path}")
            expect(anna.rows.first).to_be_visible()
            found += obstacles(anna.page)
        anna.rows.first.tap()
        expect(anna.page.get_by_role("article")).to_be_visible()
        found += obstacles(anna.page)

    assert found == [], "\n".join(found)


def settings_pages(prepared: Prepared) -> list[str]:
    """Every page of the settings."""
    return [
        "/settings/basic/email/external",
        "/settings/basic/email/internal",
        f"/settings/basic/email/external/{prepared.accounts[MAILBOX]}",
        "/settings/basic/microsoft",
        "/settings/basic/users",
        "/settings/basic/audit",
        "/settings/basic/webhooks",
        "/settings/records",
        "/settings/me",
        "/settings/me/security",
        "/settings/me/signatures",
        f"/settings/me/templates?of={prepared.accounts[MAILBOX]}",
        "/settings/me/groups",
        "/settings/device",
    ]
