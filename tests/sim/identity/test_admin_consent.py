"""The admin-consent endpoint: an administrator grants an app for the whole organisation."""

from __future__ import annotations

import urllib.parse

from tests.sim.identity.app import PASSWORD, REDIRECT, App
from tests.sim.identity.browser import Browser


def _url(app: App, tenant: str, **more: str) -> str:
    query = urllib.parse.urlencode(
        {"client_id": app.client_id, "redirect_uri": REDIRECT, "state": "a-1", **more}
    )
    return f"{app.sim.pages_url}/{tenant}/v2.0/adminconsent?{query}"


def _sign_in(app: App, browser: Browser, address: str, tenant: str = "strict.example") -> Browser:
    browser.open(_url(app, tenant, scope="https://graph.microsoft.com/Mail.ReadWrite User.Read"))
    return browser.press("next", loginfmt=address).press("signin", passwd=PASSWORD)


def test_an_administrator_grants_for_everybody(app: App, browser: Browser) -> None:
    """The answer names tenant and scope, and then ordinary users sign in without a question."""
    _sign_in(app, browser, "admin@strict.example")
    assert "everybody in the organization Strict Ltd" in browser.text()

    answer = browser.press("accept").answer()
    user = Browser(app.sim.pages_url)

    assert (answer["admin_consent"], answer["state"]) == ("True", "a-1")
    assert answer["tenant"] == "7b2d8e61-0a4f-4b7e-8c15-2b3c4d5e6f70"
    assert "https://graph.microsoft.com/Mail.ReadWrite" in answer["scope"]
    assert app.code(user, "max@strict.example")


def test_declining_is_told_to_the_app(app: App, browser: Browser) -> None:
    """consent_required with 65004 and admin_consent=True, as the guide has it; else only the state."""
    answer = _sign_in(app, browser, "admin@strict.example").press("decline").answer()

    assert (answer["error"], answer["admin_consent"]) == ("consent_required", "True")
    assert answer.keys() == {"admin_consent", "error", "error_description", "state"}
    assert answer["error_description"].startswith("AADSTS65004: ")


def test_an_ordinary_user_cannot_grant_for_everybody(app: App, browser: Browser) -> None:
    """90093, with a way to another account."""
    _sign_in(app, browser, "max@strict.example")
    assert "AADSTS90093" in browser.node("#error").text()

    browser.press("other").press("next", loginfmt="admin@strict.example").press("signin", passwd=PASSWORD)

    assert browser.has("button#accept")


def test_common_is_refused(app: App, browser: Browser) -> None:
    """Admin consent needs a tenant or 'organizations'."""
    browser.open(_url(app, "common"))

    assert "AADSTS90130" in browser.node("#error").text()


def test_a_scope_nobody_knows_is_told_to_the_app(app: App, browser: Browser) -> None:
    """The redirect address is right, so the error goes there, with admin_consent=True and the state."""
    answer = browser.open(_url(app, "strict.example", scope="Mail.Everything")).answer()

    assert answer["error_description"].startswith("AADSTS70011: ")
    assert answer.keys() == {"admin_consent", "error", "error_description", "state"}


def test_an_unknown_parameter_is_named(app: App, browser: Browser) -> None:
    """501, and nothing is returned."""
    browser.open(_url(app, "strict.example", colour="red"))

    assert (browser.status, browser.left_for) == (501, "")


def test_organizations_takes_the_administrators_own_tenant(app: App, browser: Browser) -> None:
    """Through /organizations the tenant is the one of whoever signs in."""
    answer = _sign_in(app, browser, "boss@asking.example", "organizations").press("accept").answer()

    assert answer["tenant"] == "c9e3f572-1b50-4d8f-9d26-3c4d5e6f7081"


def test_without_a_scope_all_registered_permissions_are_meant(app: App, browser: Browser) -> None:
    """No scope means /.default: everything the app is registered for."""
    browser.open(_url(app, "strict.example"))
    browser.press("next", loginfmt="admin@strict.example").press("signin", passwd=PASSWORD)

    answer = browser.press("accept").answer()

    assert "https://graph.microsoft.com/MailboxSettings.ReadWrite" in answer["scope"].split()


def test_the_https_address_leads_to_the_pages(app: App) -> None:
    """The admin-consent link on the HTTPS host redirects to the page people can open."""
    status, location = app.location("/strict.example/v2.0/adminconsent?client_id=x")

    assert status == 302
    assert location == f"{app.sim.pages_url}/strict.example/v2.0/adminconsent?client_id=x"
