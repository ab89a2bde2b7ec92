"""The ways back from Microsoft that did not simply work: each ends on a page that says what to do."""

import json
from urllib.request import Request, urlopen

from playwright.sync_api import Browser, expect
from tests.e2e.prepared import PERSONAL, SHARED, Prepared
from tests.e2e.visitor import MICROSOFT_PASSWORD, Visitor, visiting
from tests.e2e.words import Words


def begin(visitor: Visitor, prepared: Prepared, address: str) -> None:
    """Log in, open the mailbox and leave for Microsoft."""
    visitor.let_in("anna")
    visitor.go(f"/mail/{prepared.accounts[address]}")
    visitor.go_to_microsoft()


def test_declined_consent(browser: Browser, prepared: Prepared) -> None:
    """Who presses Cancel is told what happened and can begin again; the mailbox still waits."""
    with visiting(browser, prepared.demo.url, Words("de")) as anna:
        begin(anna, prepared, PERSONAL)
        anna.type_password()
        anna.page.locator("#decline").click()
        anna.sees("The access was not granted")
        expect(anna.button("Sign in at Microsoft")).to_be_visible()
        anna.link("Back to the mailbox").click()
        anna.sees("These people can read the whole mailbox afterwards")


def test_the_wrong_account(browser: Browser, prepared: Prepared) -> None:
    """Another account's sign-in is refused by name, and nothing is connected."""
    with visiting(browser, prepared.demo.url, Words("en")) as anna:
        begin(anna, prepared, SHARED)
        anna.page.locator("#back").click()
        anna.page.locator("#loginfmt").fill("thomas.maier@buero-lindner.example")
        anna.page.locator("#next").click()
        anna.type_password(MICROSOFT_PASSWORD)
        anna.accept()
        anna.sees("That was another account")
        expect(anna.page.get_by_text("thomas.maier@buero-lindner.example").first).to_be_visible()
        rows = prepared.admin.ok("GET", "/api/accounts")["accounts"]
        assert {r["state"] for r in rows if r["address"] == SHARED} == {"waiting_for_sign_in"}


def test_a_link_of_nobody(browser: Browser, prepared: Prepared) -> None:
    """A forged way back, and a mailbox that is not ours, end on plain pages."""
    with visiting(browser, prepared.demo.url, Words("en")) as anna:
        anna.let_in("anna")
        anna.go("/sign-in/microsoft/callback?code=stolen&state=forged")
        expect(anna.page.get_by_role("heading", level=1)).to_be_visible()
        assert "/sign-in/result/" in anna.page.url
        anna.go("/mail/a9999")
        anna.sees("You are not assigned to this mailbox")
        anna.go("/settings/basic/users")
        anna.sees("You need the right for the basic settings")
        expect(anna.page.get_by_text("Sabine Lindner")).to_be_visible()


def test_a_lost_sign_in_is_said_and_mail_stays_readable(browser: Browser, prepared: Prepared) -> None:
    """When Microsoft takes the sign-in back, the open window says so; what is held can still be read."""
    address, account = PERSONAL, prepared.accounts[PERSONAL]
    with visiting(browser, prepared.demo.url, Words("en")) as anna:
        begin(anna, prepared, address)
        anna.type_password()
        anna.accept()
        expect(anna.rows.first).to_be_visible()
        revoke(prepared, address)
        prepared.anna.ok("POST", f"/api/mailboxes/{account}/refresh")
        expect(anna.page.get_by_text(anna.words("Sign-in needed")).first).to_be_visible()
        anna.rows.first.click()
        expect(anna.page.get_by_role("article")).to_be_visible()

        anna.press("Sign in again")
        anna.sees("A new sign-in is needed")
        anna.confirm()  # the browser still knows the account at Microsoft, so no page of theirs stops it
        expect(anna.page.get_by_text(anna.words("Sign-in needed"))).to_have_count(0)
        expect(anna.rows.first).to_be_visible()


def revoke(prepared: Prepared, address: str) -> None:
    """An administrator at Microsoft ends all sign-ins of this account."""
    path = f"{prepared.demo.pages_url}/control/identity/users/{address}/revoke"
    request = Request(path, json.dumps({"drop_access_tokens": True}).encode(), method="POST")
    with urlopen(request, timeout=60) as answer:
        assert answer.status == 200
