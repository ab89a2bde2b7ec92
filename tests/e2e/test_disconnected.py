"""A mailbox whose last sign-in was removed: that is asked first, and what is stored stays readable."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from tests.e2e.prepared import Prepared, connect
from tests.e2e.test_access import obstacles
from tests.e2e.visitor import Visitor, visiting
from tests.e2e.words import Words
from tests.flow.jmap.client import eventually

ADDRESS = "anna.berger@buero-lindner.example"


@pytest.fixture
def account(prepared: Prepared) -> Iterator[str]:
    """A mailbox of this test's own, with one sign-in and some mail."""
    admin = prepared.admin
    made: str = admin.ok("POST", "/api/accounts", {"address": ADDRESS, "confirm": True})["id"]
    people = {user["login"]: user["id"] for user in admin.ok("GET", "/api/users")["users"]}
    level = {"level": "send", "confirm": True}
    admin.ok("PUT", f"/api/accounts/{made}/users/{people['anna']}", level)
    connect(prepared.demo, prepared.anna, made)
    eventually(lambda: prepared.anna.sync_state(made)["phase"] == "steady")
    yield made
    admin.ok("DELETE", f"/api/accounts/{made}", {"address": ADDRESS, "discard": True})


def test_a_removed_sign_in_leaves_the_mail_readable(
    browser: Browser, prepared: Prepared, account: str
) -> None:
    """The question says what will happen; in the open window mail is read, marked, and connected again."""
    with (
        visiting(browser, prepared.demo.url, Words("en")) as anna,
        visiting(browser, prepared.demo.url, Words("de")) as sabine,
    ):
        anna.let_in("anna")
        anna.go(f"/mail/{account}")
        expect(anna.rows.first).to_be_visible()

        sabine.let_in("sabine")
        sabine.go(f"/settings/basic/email/external/{account}")
        sabine.press("Remove the sign-in {name}", name=ADDRESS)
        expect(sabine.dialog).to_contain_text(sabine.words("It is the only one."))
        sabine.press("Cancel")
        assert state(prepared, account) == "connected"
        sabine.press("Remove the sign-in {name}", name=ADDRESS)
        sabine.press("Remove sign-in")
        expect(sabine.dialog).to_be_hidden()
        sabine.sees("None yet. Open the mailbox to sign in, or let the application open it.")
        assert state(prepared, account) == "waiting_for_sign_in"

        anna.sees("Not connected to Microsoft")
        anna.go(f"/mail/{account}")
        anna.rows.first.click()
        expect(anna.page.get_by_role("article")).to_be_visible()
        anna.page.keyboard.press("s")
        eventually(lambda: waiting(prepared, account) == 1)
        is_told_what_waits(sabine)

        anna.press("Connect this mailbox")
        expect(anna.dialog).to_contain_text(anna.words("These people can read the whole mailbox afterwards"))
        anna.go_to_microsoft()
        anna.type_password()
        anna.page.wait_for_url(re.compile(re.escape(f"{prepared.demo.url}/mail/{account}")))
        expect(anna.rows.first).to_be_visible()
        expect(anna.page.get_by_text(anna.words("Not connected to Microsoft"))).to_have_count(0)
        eventually(lambda: waiting(prepared, account) == 0)


def is_told_what_waits(sabine: Visitor) -> None:
    """Whoever deletes the mailbox now; nothing is deleted without a word for that, too."""
    sabine.press("Delete mailbox …")
    sabine.dialog.get_by_role("textbox").fill(ADDRESS)
    sabine.press("Delete mailbox for good")
    expect(sabine.dialog).to_contain_text(sabine.words("Not everything has gone to Microsoft yet"))
    expect(sabine.button("Delete mailbox for good")).to_be_disabled()
    assert obstacles(sabine.page) == []
    sabine.dialog.get_by_role("checkbox", name=sabine.words("Discard them")).check()
    expect(sabine.button("Delete mailbox for good")).to_be_enabled()
    sabine.press("Cancel")


def state(prepared: Prepared, account: str) -> str:
    found: str = prepared.admin.ok("GET", f"/api/accounts/{account}")["state"]
    return found


def waiting(prepared: Prepared, account: str) -> int:
    """How many changes have not reached Microsoft."""
    total: int = prepared.anna.ok("GET", f"/api/mailboxes/{account}/queue")["total"]
    return total
