"""Which consents a tenant leaves to its users: Microsoft's own policy of late 2025, and its exceptions."""

from __future__ import annotations

import pytest
from tests.sim.identity.app import PASSWORD, App
from tests.sim.identity.browser import Browser

MAX = "max@strict.example"
LOW = "openid profile offline_access User.Read"
MAIL = f"{LOW} Mail.Read"


@pytest.fixture(autouse=True)
def managed(app: App) -> None:
    """Strict Ltd has the Microsoft-managed policy."""
    app.control("PUT", "/tenants/strict.example", {"consent_policy": "mail_restricted"})


def _page(app: App, browser: Browser, scope: str) -> str:
    """Which page follows Max's password: "consent", "approval", or "" when the app is answered at once."""
    browser.open(app.authorize_url(login_hint=MAX, scope=scope))
    if browser.has("input[name=passwd]"):
        browser.press("signin", passwd=PASSWORD)
    if browser.left_for:
        return ""
    return "consent" if browser.has("button#accept") else "approval"


def test_users_may_not_consent_to_mail_but_to_their_profile(app: App, browser: Browser) -> None:
    """Low-impact scopes show the consent page, mail scopes the way to the administrator."""
    assert _page(app, browser, LOW) == "consent"
    assert _page(app, browser, MAIL) == "approval"
    assert _page(app, browser, "openid MailboxSettings.Read") == "approval"


def test_a_well_known_mail_program_is_exempt(app: App, browser: Browser) -> None:
    """A few clients everybody uses may still be allowed by users."""
    app.control("PUT", f"/apps/{app.client_id}", {"is_well_known_client": True})

    assert _page(app, browser, MAIL) == "consent"


def test_the_organisations_own_app_is_no_third_partys(app: App, browser: Browser) -> None:
    """The policy is about programs of others."""
    app.control("PUT", f"/apps/{app.client_id}", {"tenant": "strict.example"})

    assert _page(app, browser, MAIL) == "consent"


def test_consents_given_before_go_on_working(app: App, browser: Browser) -> None:
    """The policy turned on later: old consents hold for sign-ins and refreshes."""
    app.control("PUT", "/tenants/strict.example", {"consent_policy": "users_may_consent"})
    tokens = app.tokens(browser, MAX)
    app.control("PUT", "/tenants/strict.example", {"consent_policy": "mail_restricted"})

    assert app.refresh(tokens["refresh_token"])[0] == 200
    assert _page(app, browser, MAIL.replace("Mail.Read", "Mail.ReadWrite")) == ""


def test_what_always_needs_an_administrator_still_does(app: App, browser: Browser) -> None:
    """Exempt or not, a permission that is an administrator's to give stays so."""
    app.control("PUT", f"/apps/{app.client_id}", {"is_well_known_client": True})

    assert _page(app, browser, "openid User.Read.All") == "approval"


def test_new_tenants_have_it(app: App) -> None:
    """A tenant made without a word about consent has Microsoft's own policy."""
    tenant = {"domain": "neu.example", "name": "Neu"}

    _, made = app.control("PUT", "/tenants/aaaaaaaa-1111-4222-8333-bbbbbbbbbbbb", tenant)

    assert made["consent_policy"] == "mail_restricted"


@pytest.mark.parametrize(
    ("scope", "error", "number"),
    [
        ("https://graph.nowhere.example/Mail.Read", "invalid_resource", 500011),
        (".default Mail.Read", "invalid_scope", 70011),
    ],
)
def test_a_scope_that_means_nothing_is_told_to_the_app(
    app: App, browser: Browser, scope: str, error: str, number: int
) -> None:
    """A resource that is not there; .default beside a single permission."""
    answer = browser.open(app.authorize_url(scope=scope)).answer()

    assert answer["error"] == error
    assert f"AADSTS{number}" in answer["error_description"]


def test_permissions_beyond_this_simulation_are_named(app: App, browser: Browser) -> None:
    """Microsoft has calendars and Outlook's own resource; here they are refused by name."""
    for scope in ("Calendars.Read", "https://outlook.office.com/IMAP.AccessAsUser.All"):
        answer = browser.open(app.authorize_url(scope=scope)).answer()
        assert "NotImplementedInSimulation" in answer["error_description"]
        assert scope in answer["error_description"]


def test_two_resources_in_one_token_request_are_refused(app: App, browser: Browser) -> None:
    """700022: a token is for one resource."""
    code = app.code(browser, "anna@lindner.example")

    _, answer = app.redeem(code, scope="Mail.Read https://outlook.office.com/SMTP.Send")

    assert (answer["error"], answer["error_codes"]) == ("invalid_scope", [700022])
