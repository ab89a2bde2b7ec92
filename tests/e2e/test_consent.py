"""Organisations at Microsoft as they differ: people ask for approval there, may not consent, and what the
app registration must have for any of them.
"""

import re
import uuid
from contextlib import ExitStack
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from playwright.sync_api import Browser, expect
from tests.e2e.prepared import Prepared, identity
from tests.e2e.test_access import obstacles_in_both_themes
from tests.e2e.visitor import MICROSOFT_PASSWORD, PHONE, Visitor, visiting
from tests.e2e.words import Language, Words
from tests.unit.access.test_microsoft_settings import certificate, private

SUBJECT = "Willkommen im Postfach"


def organisation(prepared: Prepared, policy: str) -> tuple[str, str]:
    """A mailbox with one letter, in an organisation of its own, Anna assigned: its address and account."""
    domain = f"t{uuid.uuid4().hex[:8]}.example"
    address = f"info@{domain}"
    tenant = str(uuid.uuid4())
    identity(
        prepared,
        "PUT",
        f"/tenants/{tenant}",
        {"domain": domain, "name": f"Haus {domain}", "consent_policy": policy},
    )
    user = {"tenant": tenant, "password": MICROSOFT_PASSWORD, "display_name": "Haus", "has_mailbox": True}
    identity(prepared, "PUT", f"/users/{address}", user)
    prepared.control.receive(address, subject=SUBJECT, text="Guten Tag")
    account = prepared.admin.ok("POST", "/api/accounts", {"address": address, "confirm": True})["id"]
    users = prepared.admin.ok("GET", "/api/users")["users"]
    anna = next(user["id"] for user in users if user["login"] == "anna")
    prepared.admin.ok("PUT", f"/api/accounts/{account}/users/{anna}", {"level": "send", "confirm": True})
    return address, str(account)


def is_clean(visitor: Visitor) -> None:
    found = obstacles_in_both_themes(visitor.page)
    assert found == [], "\n".join(found)


def leave_for_microsoft(anna: Visitor, account: str) -> None:
    anna.go(f"/mail/{account}")
    anna.go_to_microsoft()


def decide(page: Visitor, address: str, decision: str) -> None:
    """What an administrator of the organisation does on Microsoft's side with the newest request."""
    page.go("/office/sign-ins")
    rows = page.page.locator("section#approvals tr").filter(has_text=address)
    rows.locator(f"button[value={decision}]").last.click()
    expect(rows.locator(f"button[value={decision}]")).to_have_count(0)


@pytest.mark.parametrize(("language", "size"), [("de", None), ("en", PHONE)])
def test_approval_is_asked_for_at_microsoft(
    browser: Browser, prepared: Prepared, language: Language, size: dict[str, int] | None
) -> None:
    """The request is denied once: the mailbox goes on waiting. It is sent anew and approved; the next sign-in
    connects.
    """
    address, account = organisation(prepared, "approval_workflow")
    with (
        visiting(browser, prepared.demo.url, Words(language), size) as anna,
        visiting(browser, prepared.demo.pages_url, Words(language)) as boss,
    ):
        anna.let_in("anna")
        leave_for_microsoft(anna, account)
        anna.type_password()
        asks_for_approval(anna)
        anna.sees("The approval has been requested")
        assert approval_of(prepared, account) == ("waiting_for_sign_in", True, False)
        is_clean(anna)
        anna.link("Back to the mailbox").click()
        anna.sees("Connect this mailbox")
        anna.sees("Link for the administrator")
        is_clean(anna)

        decide(boss, address, "deny")
        anna.confirm()
        asks_for_approval(anna)
        anna.sees("The approval has been requested")
        assert approval_of(prepared, account) == ("waiting_for_sign_in", True, False)

        decide(boss, address, "approve")
        anna.confirm()
        expect(anna.message(SUBJECT)).to_be_visible()
        assert approval_of(prepared, account) == ("connected", False, False)


def asks_for_approval(anna: Visitor) -> None:
    anna.page.locator("#justification").fill("Unser Postfach")
    anna.page.locator("#request").click()
    anna.page.locator("#leave").click()


def approval_of(prepared: Prepared, account: str) -> tuple[str, bool, bool]:
    """The mailbox's state, whether an approval is waited for, and whether it is there."""
    rows = prepared.admin.ok("GET", "/api/accounts")["accounts"]
    [row] = [row for row in rows if row["id"] == account]
    approval = row["approval"]
    return row["state"], approval is not None, bool(approval and approval["given_at"])


@pytest.mark.parametrize("policy", ["admin_only", "mail_restricted"])
def test_users_may_not_consent(browser: Browser, prepared: Prepared, policy: str) -> None:
    """Microsoft sends them away, and they meet the link for their administrator here."""
    address, account = organisation(prepared, policy)
    with visiting(browser, prepared.demo.url, Words("en"), PHONE) as anna:
        anna.let_in("anna")
        leave_for_microsoft(anna, account)
        anna.type_password()
        expect(anna.page.locator("#accept, #request")).to_have_count(0)
        anna.page.locator("#leave").click()
        anna.sees("An administrator of your organisation must approve first")
        domain = quote(address.partition("@")[2])
        link = anna.field("Link for the administrator")
        expect(link).to_have_value(re.compile(f"/{re.escape(domain)}/v2.0/adminconsent"))
        assert approval_of(prepared, account) == ("waiting_for_sign_in", True, False)
        is_clean(anna)


def test_a_secret_that_ended_and_a_certificate_in_its_place(
    browser: Browser, prepared: Prepared, restored: tuple[ExitStack, str]
) -> None:
    """Who signs in meanwhile is told that it is not their doing, and whom to ask; the administrator finds it
    beside the form; with the certificate the same person connects the mailbox.
    """
    _, client_id = restored
    _, account = organisation(prepared, "users_may_consent")
    key = rsa.generate_private_key(65537, 2048)
    [app] = [one for one in identity(prepared, "GET", "")["apps"] if one["client_id"] == client_id]
    ended = {"secrets": [{"value": app["secrets"][0][0], "expires_at": "2020-01-01T00:00:00Z"}]}
    with (
        visiting(browser, prepared.demo.url, Words("de")) as anna,
        visiting(browser, prepared.demo.url, Words("de"), PHONE) as sabine,
    ):
        anna.let_in("anna")
        identity(prepared, "PUT", f"/apps/{client_id}", ended)
        leave_for_microsoft(anna, account)
        anna.type_password()
        anna.accept()
        anna.sees("Poststelle is not set up correctly at Microsoft")
        anna.sees("The app's secret at Microsoft has expired; all mailboxes need a new one.")
        expect(anna.button("Sign in at Microsoft")).to_have_count(0)
        is_clean(anna)

        sabine.let_in("sabine")
        sabine.go("/settings/basic/microsoft")
        sabine.press("Test the registration")
        sabine.sees("Something is wrong. It also stands at the step where it is mended.")
        is_clean(sabine)
        identity(prepared, "PUT", f"/apps/{client_id}", {"certificates": [certificate(key)]})
        sabine.press("Use a certificate instead of a secret")
        sabine.field("Certificate and private key (PEM)").fill(certificate(key) + private(key))
        sabine.press("Save Microsoft settings")
        expect(sabine.button("Remove certificate")).to_be_visible()
        is_clean(sabine)

        anna.link("Back to the mailbox").click()
        anna.confirm()
        expect(anna.message(SUBJECT)).to_be_visible()
