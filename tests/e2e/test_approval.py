"""The set-up at Microsoft, as those who have to do with it see it: operator, user, their administrator."""

import re
from contextlib import ExitStack
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from playwright.sync_api import Browser, expect
from tests.e2e.prepared import MAILBOX, NEEDS_APPROVAL, SHARED, Prepared, identity
from tests.e2e.visitor import Visitor, visiting
from tests.e2e.words import Words
from tests.unit.access.test_microsoft_settings import certificate, private

TENANT = "buero-lindner.example"
BOSS = "admin@hausverwaltung-nord.example"
ROLE = "Application Mail.ReadWrite"


def test_the_approval_story(browser: Browser, prepared: Prepared) -> None:
    """Anna may not consent; her administrator, without a login here, is handed a page and approves; Anna's
    own page notices, and she goes on.
    """
    with visiting(browser, prepared.demo.url, Words("de")) as anna:
        anna.let_in("anna")
        anna.go(f"/mail/{prepared.accounts[NEEDS_APPROVAL]}")
        anna.go_to_microsoft()
        anna.type_password()
        anna.page.locator("#leave").click()
        anna.sees("An administrator of your organisation must approve first")
        link = anna.field("Link for the administrator")
        expect(link).to_have_value(re.compile("/hausverwaltung-nord.example/v2.0/adminconsent"))
        expect(anna.button("Copy link")).to_be_visible()
        page = anna.link("Page for the administrator").get_attribute("href")
        assert page is not None
        anna.link("Back to the mailbox").click()
        expect(anna.page.get_by_role("status").filter(has=anna.page.locator("time"))).to_be_visible()
        rows = prepared.admin.ok("GET", "/api/accounts")["accounts"]
        [row] = [r for r in rows if r["address"] == NEEDS_APPROVAL]
        assert (row["state"], row["approval"]["given_at"]) == ("waiting_for_sign_in", None)

        with visiting(browser, prepared.demo.url, Words("en")) as boss:
            approves(boss, page)

        anna.sees("The approval is there")
        anna.confirm()  # the browser still knows the account at Microsoft, so no page of theirs stops it
        expect(anna.rows.first).to_be_visible()


def approves(boss: Visitor, page: str) -> None:
    boss.page.goto(page)
    boss.sees("Your colleagues ask you to approve Poststelle")
    expect(boss.page.get_by_text("hausverwaltung-nord.example", exact=True)).to_be_visible()
    boss.link("Approve at Microsoft").click()
    boss.page.locator("#loginfmt").fill(BOSS)
    boss.page.locator("#next").click()
    boss.type_password()
    boss.accept()
    boss.sees("Thank you, the approval is there")
    boss.page.goto(page)
    boss.sees("This has been approved already")


def test_the_guide_says_what_is_wrong_and_proves_what_is_right(
    browser: Browser, prepared: Prepared, restored: tuple[ExitStack, str]
) -> None:
    """An ended secret, a certificate in its place, then only chosen mailboxes for the application: not gone
    by yet, proven, and with too wide a role.
    """
    later, client_id = restored
    key = rsa.generate_private_key(65537, 2048)
    ended = {"secrets": [{"value": "x", "expires_at": "2020-01-01T00:00:00Z"}]}

    def role(scope: dict[str, Any] | None) -> None:
        body = {"tenant": TENANT, "role": ROLE, "scope": scope}
        made = identity(prepared, "POST", f"/apps/{client_id}/roles", body)
        later.callback(identity, prepared, "DELETE", f"/apps/{client_id}/roles/{made['id']}")

    with visiting(browser, prepared.demo.url, Words("en")) as sabine:
        sabine.let_in("sabine")
        sabine.go("/settings/basic/microsoft")
        identity(prepared, "PUT", f"/apps/{client_id}", ended)
        sabine.press("Test the registration")
        sabine.sees("Something is wrong. It also stands at the step where it is mended.")

        identity(prepared, "PUT", f"/apps/{client_id}", {"certificates": [certificate(key)]})
        sabine.press("Use a certificate instead of a secret")
        sabine.field("Certificate and private key (PEM)").fill(certificate(key) + private(key))
        sabine.press("Save Microsoft settings")
        expect(sabine.button("Remove certificate")).to_be_visible()
        sabine.field("Organisation (tenant ID or domain)").fill(TENANT)
        sabine.press("Save and show the approval link")
        expect(sabine.field("For the organisation's administrator")).to_have_value(re.compile("adminconsent"))
        sabine.press("Test the registration")
        sabine.sees("All that can be tested without a person is right.")

        sabine.page.get_by_role("checkbox", name=MAILBOX).check()
        sabine.field("Control mailbox, which Poststelle must not be able to open").fill(SHARED)
        sabine.press("Write the commands")
        commands = sabine.page.get_by_label(sabine.words("2. Give these mailboxes, and no other"))
        expect(commands).to_contain_text(f"-Members @('{MAILBOX}')")
        sabine.press("Prove it")
        sabine.sees("A chosen mailbox does not open yet")
        role({"name": "Poststelle mailboxes", "addresses": [MAILBOX]})
        sabine.press("Prove it")
        sabine.sees("Proven: only what was given")
        role(None)
        sabine.press("Prove it")
        sabine.sees("Poststelle can open mailboxes that it was not given")
        sabine.page.reload()
        expect(sabine.page.get_by_role("alert")).to_have_count(
            2
        )  # above every page of the settings, and here
