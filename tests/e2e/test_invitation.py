"""Somebody new comes in by a link, in the browser: made by the administrator, used once."""

from playwright.sync_api import Browser, expect
from tests.e2e.prepared import Prepared
from tests.e2e.test_access import obstacles
from tests.e2e.visitor import visiting
from tests.e2e.words import Words

CHOSEN = "selbst gewähltes Kennwort"


def test_somebody_new_comes_in_by_a_link(browser: Browser, prepared: Prepared) -> None:
    """Added, invited, the password chosen; the link says then that it is over, and is in no address."""
    words = Words("de")
    with visiting(browser, prepared.demo.url, words) as sabine:
        sabine.let_in("sabine")
        sabine.go("/settings/basic/users")
        sabine.press("Add user")
        sabine.field("Name").fill("Nora Neumann")
        sabine.field("Login name").fill("nora")
        sabine.dialog.get_by_role("button", name=words("Add user")).click()
        sabine.dialog.get_by_role("button", name=words("Make the link")).click()
        link = sabine.dialog.locator("code").inner_text()
        assert obstacles(sabine.page) == []
        sabine.press("Done")
        row = sabine.page.get_by_role("listitem").filter(has_text="Nora Neumann")
        expect(row).to_contain_text(words("Invited"))
    with visiting(browser, prepared.demo.url, words) as nora:
        nora.page.goto(link)
        expect(nora.page.get_by_text("Nora Neumann")).to_be_visible()
        expect(nora.page).to_have_url(prepared.demo.url + "/invitation")
        assert obstacles(nora.page) == []
        nora.field("Password").fill(CHOSEN)
        nora.field("Repeat the password").fill(CHOSEN)
        nora.press("Choose the password and log in")
        expect(nora.page.get_by_role("navigation", name=words("Areas"))).to_be_visible()
        nora.log_out("Nora Neumann")
        nora.page.goto(link)
        nora.sees("This invitation cannot be used")
