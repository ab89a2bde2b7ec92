"""What a person meets on the sign-in pages, and what the app is told afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sim.identity.app import PASSWORD, REDIRECT, App
from tests.sim.identity.browser import Browser

from m365sim.clock import Clock


def test_address_password_consent_and_back(app: App, browser: Browser) -> None:
    """Without a hint the pages ask for account, password and consent, then go back with code and state."""
    browser.open(app.authorize_url())
    browser.press("next", loginfmt="anna@lindner.example")
    browser.press("signin", passwd=PASSWORD)
    assert "Read and write access to your mail" in browser.text()
    assert "Poststelle" in browser.text()
    assert "unverified" in browser.text()

    browser.press("accept")

    assert browser.left_for.startswith(REDIRECT + "?")
    assert browser.answer()["state"] == "s-1"
    assert browser.answer()["code"]


def test_a_login_hint_fills_the_address_and_skips_to_the_password(app: App, browser: Browser) -> None:
    """login_hint leads straight to the password page of that account."""
    browser.open(app.authorize_url(login_hint="anna@lindner.example"))

    assert browser.has("input[name=passwd]")
    assert "anna@lindner.example" in browser.text()


def test_every_page_says_that_it_is_a_simulation(app: App, browser: Browser) -> None:
    """The banner stands on the account, password, consent, overview and error pages."""
    seen = [browser.open(app.authorize_url()).text()]
    seen.append(browser.press("next", loginfmt="anna@lindner.example").text())
    seen.append(browser.press("signin", passwd=PASSWORD).text())
    seen.append(browser.open(f"{app.sim.pages_url}/").text())
    seen.append(browser.open(app.authorize_url(client_id="nobody")).text())

    assert all("Simulation – not Microsoft" in text for text in seen)


def test_the_pages_speak_german_to_a_german_browser(app: App, sim: object) -> None:
    """Accept-Language chooses the language; ui_locales beats it."""
    german = Browser(app.sim.pages_url, language="de-DE,de;q=0.9,en;q=0.5")

    assert german.open(app.authorize_url()).node("button#next").text() == "Weiter"
    assert german.open(app.authorize_url(ui_locales="en")).node("button#next").text() == "Next"


def test_an_unknown_address_is_refused_beside_the_field(app: App, browser: Browser) -> None:
    """50034: the account page stays, with the address kept and a message."""
    browser.open(app.authorize_url()).press("next", loginfmt="nobody@lindner.example")

    assert "couldn't find an account" in browser.node("#message").text()
    assert browser.node("input[name=loginfmt]").attributes["value"] == "nobody@lindner.example"


def test_a_wrong_password_is_refused_beside_the_field(app: App, browser: Browser) -> None:
    """50126: the password page stays with the known words, and the right password still works."""
    browser.open(app.authorize_url(login_hint="anna@lindner.example")).press("signin", passwd="wrong")
    assert "Your account or password is incorrect" in browser.node("#message").text()

    browser.press("signin", passwd=PASSWORD)

    assert browser.has("button#accept")


def test_ten_wrong_passwords_lock_the_account_for_a_minute(app: App, browser: Browser, clock: Clock) -> None:
    """50053: even the right password is refused until a minute has passed."""
    browser.open(app.authorize_url(login_hint="anna@lindner.example"))
    for _ in range(10):
        browser.press("signin", passwd="wrong")
    browser.press("signin", passwd=PASSWORD)
    assert "temporarily locked" in browser.node("#message").text()

    clock.advance(61)
    browser.press("signin", passwd=PASSWORD)

    assert browser.has("button#accept")


def test_an_account_without_sign_in_is_disabled(app: App, browser: Browser) -> None:
    """50057: nobody signs in with the account behind a shared mailbox."""
    browser.open(app.authorize_url(login_hint="info@lindner.example")).press("signin", passwd=PASSWORD)

    assert "disabled" in browser.node("#message").text()


def test_declining_goes_back_with_65004(app: App, browser: Browser) -> None:
    """Cancel on the consent page is access_denied with the state echoed."""
    browser.open(app.authorize_url(login_hint="anna@lindner.example"))
    browser.press("signin", passwd=PASSWORD).press("decline")

    answer = browser.answer()
    assert (answer["error"], answer["state"]) == ("access_denied", "s-1")
    assert answer["error_description"].startswith("AADSTS65004: ")


def test_users_of_a_strict_tenant_need_an_administrator(app: App, browser: Browser) -> None:
    """90094: the page names the app and leads back without consent."""
    browser.open(app.authorize_url(login_hint="max@strict.example")).press("signin", passwd=PASSWORD)
    assert "Need admin approval" in browser.text()

    browser.press("leave")

    answer = browser.answer()
    assert answer["error"] == "access_denied"
    assert answer["error_description"].startswith("AADSTS90094: ")
    assert answer["state"] == "s-1"


def test_an_administrators_consent_for_all_opens_the_way(app: App, browser: Browser) -> None:
    """After the admin consents for the organisation, an ordinary user is not asked again."""
    admin = Browser(app.sim.pages_url)
    admin.open(app.authorize_url(login_hint="admin@strict.example")).press("signin", passwd=PASSWORD)
    admin.press("accept", for_tenant="yes")

    browser.open(app.authorize_url(login_hint="max@strict.example")).press("signin", passwd=PASSWORD)

    assert "code" in browser.answer()


def test_an_administrators_consent_for_himself_opens_nothing_else(app: App, browser: Browser) -> None:
    """Without the tick, the consent is the administrator's own."""
    admin = Browser(app.sim.pages_url)
    admin.open(app.authorize_url(login_hint="admin@strict.example")).press("signin", passwd=PASSWORD)
    assert "code" in admin.press("accept").answer()

    browser.open(app.authorize_url(login_hint="max@strict.example")).press("signin", passwd=PASSWORD)

    assert "Need admin approval" in browser.text()


def test_another_account_can_take_over_on_the_approval_page(app: App, browser: Browser) -> None:
    """'Have an admin account?' leads back to the address field."""
    browser.open(app.authorize_url(login_hint="max@strict.example")).press("signin", passwd=PASSWORD)

    browser.press("other").press("next", loginfmt="admin@strict.example").press("signin", passwd=PASSWORD)

    assert browser.has("button#accept")


def test_a_request_for_approval_is_decided_on_the_overview_page(app: App, browser: Browser) -> None:
    """90095: the user justifies, the administrator approves, the next sign-in goes through."""
    browser.open(app.authorize_url(login_hint="kim@asking.example")).press("signin", passwd=PASSWORD)
    browser.press("request", justification="Our shared mailbox")
    assert "Request sent" in browser.text()
    browser.press("leave")
    assert browser.answer()["error_description"].startswith("AADSTS90095: ")

    admin = Browser(app.sim.pages_url).open(f"{app.sim.pages_url}/office/sign-ins")
    assert "Our shared mailbox" in admin.text()
    admin.press_first("section#approvals button.main")
    browser.open(app.authorize_url(login_hint="kim@asking.example"))

    assert "code" in browser.answer()


def test_an_app_nobody_registered_stays_on_our_page(app: App, browser: Browser) -> None:
    """700016 is shown, not returned: the address could belong to anybody."""
    browser.open(app.authorize_url(client_id="11111111-2222-3333-4444-555555555555"))

    assert browser.status == 400
    assert "AADSTS700016" in browser.node("#error").text()
    assert browser.left_for == ""


@pytest.mark.parametrize(
    ("redirect_uri", "number"),
    [
        ("https://evil.example/callback", "AADSTS50011"),
        ("http://[", "AADSTS50011"),
        ("http://localhost:x/", "AADSTS50011"),
        ("http://localhost:1/#part", "AADSTS50011"),
        ("http://localhost:1/\r\nSet-Cookie: a=b", "AADSTS50011"),
        ("http://localhost.evil.example:1/", "AADSTS50011"),
        (None, "AADSTS900971"),
    ],
)
def test_a_redirect_address_not_registered_stays_on_our_page(
    app: App, browser: Browser, redirect_uri: str | None, number: str
) -> None:
    """50011 and 900971 are shown, never redirected to."""
    browser.open(app.authorize_url(redirect_uri=redirect_uri))

    assert number in browser.node("#error").text()


@pytest.mark.parametrize(
    ("changes", "error", "number"),
    [
        ({"response_type": "id_token"}, "unsupported_response_type", 700054),
        ({"response_type": None}, "invalid_request", 900144),
        ({"scope": None}, "invalid_request", 900144),
        ({"scope": "openid Mail.Everything"}, "invalid_scope", 70011),
        ({"code_challenge": "short"}, "invalid_request", 9002313),
        ({"code_challenge_method": "S512"}, "invalid_request", 9002313),
        ({"claims": "[1]"}, "invalid_request", 9002313),
        ({"prompt": "hurry"}, "invalid_request", 9002313),
        ({"prompt": "none"}, "login_required", 50058),
    ],
)
def test_a_bad_request_is_told_to_the_app(
    app: App, browser: Browser, changes: dict[str, Any], error: str, number: int
) -> None:
    """Errors that are the app's business go back to it, with the state."""
    answer = browser.open(app.authorize_url(**changes)).answer()

    assert (answer["error"], answer["state"]) == (error, "s-1")
    assert answer["error_description"].startswith(f"AADSTS{number}: ")


def test_a_parameter_that_is_not_simulated_is_named(app: App, browser: Browser) -> None:
    """Nothing is ignored: an unknown parameter is refused with 501."""
    browser.open(app.authorize_url(msafed="0"))

    assert browser.status == 501
    assert "'msafed'" in browser.node("#error").text()


@pytest.mark.parametrize(
    ("tenant", "address"),
    [
        ("strict.example", "anna@lindner.example"),
        ("organizations", "lena@outlook.example"),
        ("consumers", "anna@lindner.example"),
    ],
)
def test_an_account_of_another_directory_is_refused(
    app: App, browser: Browser, tenant: str, address: str
) -> None:
    """50020, with a way to another account."""
    browser.open(app.authorize_url(tenant)).press("next", loginfmt=address)

    assert "AADSTS50020" in browser.node("#error").text()
    assert browser.press("other").has("input[name=loginfmt]")


def test_an_unknown_tenant_has_no_sign_in_page(app: App, browser: Browser) -> None:
    """90002 for a domain nobody has."""
    browser.open(app.authorize_url("nowhere.example"))

    assert "AADSTS90002" in browser.node("#error").text()


def test_a_signed_in_browser_is_not_asked_twice(app: App, browser: Browser) -> None:
    """The second sign-in of the same account goes straight back; prompt=none works too."""
    app.code(browser, "anna@lindner.example")

    hinted = browser.open(app.authorize_url(login_hint="anna@lindner.example")).answer()
    silent = browser.open(app.authorize_url(prompt="none")).answer()

    assert "code" in hinted
    assert "code" in silent


def test_prompt_login_asks_for_the_password_again(app: App, browser: Browser) -> None:
    """A session does not help against prompt=login."""
    app.code(browser, "anna@lindner.example")

    browser.open(app.authorize_url(login_hint="anna@lindner.example", prompt="login"))

    assert browser.has("input[name=passwd]")


def test_prompt_select_account_shows_the_known_accounts(app: App, browser: Browser) -> None:
    """The picker lists who is signed in, and offers another account."""
    app.code(browser, "anna@lindner.example")

    browser.open(app.authorize_url(prompt="select_account"))

    assert "anna@lindner.example" in browser.text()
    assert browser.press("other").has("input[name=loginfmt]")


def test_select_account_stops_at_the_accounts_although_there_is_a_hint(app: App, browser: Browser) -> None:
    """The hinted account is marked among those signed in; nothing goes back to the app without a choice."""
    app.code(browser, "anna@lindner.example")

    browser.open(app.authorize_url(login_hint="anna@lindner.example", prompt="select_account"))

    assert not browser.left_for
    assert "anna@lindner.example" in browser.node("button[aria-current]").text()
    assert browser.press_first("button[aria-current]").answer()["code"]


def test_a_hint_that_nobody_here_is_signed_in_with_is_one_more_choice(app: App, browser: Browser) -> None:
    """With select_account, the picker offers the hinted address too; choosing it asks for its password."""
    app.code(browser, "anna@lindner.example")

    browser.open(app.authorize_url(login_hint="chef@lindner.example", prompt="select_account"))

    assert "anna@lindner.example" in browser.text()
    browser.press_first("button[aria-current]")
    assert browser.has("input[name=passwd]")
    assert "chef@lindner.example" in browser.text()


def test_select_account_fills_the_hint_in_where_nobody_is_signed_in(app: App, browser: Browser) -> None:
    """The account page comes first, with the address to be confirmed."""
    browser.open(app.authorize_url(login_hint="anna@lindner.example", prompt="select_account"))

    assert browser.node("input[name=loginfmt]").attributes["value"] == "anna@lindner.example"
    assert not browser.has("input[name=passwd]")


def test_prompt_consent_asks_again(app: App, browser: Browser) -> None:
    """prompt=consent shows the permissions even when they are granted."""
    app.code(browser, "anna@lindner.example")

    browser.open(app.authorize_url(login_hint="anna@lindner.example", prompt="consent"))

    assert browser.has("button#accept")


def test_prompt_none_without_consent_is_consent_required(app: App, browser: Browser) -> None:
    """65001 when the person is signed in but has not consented."""
    browser.open(app.authorize_url(login_hint="anna@lindner.example")).press("signin", passwd=PASSWORD)

    answer = browser.open(app.authorize_url(prompt="none")).answer()

    assert answer["error"] == "consent_required"
    assert answer["error_description"].startswith("AADSTS65001: ")


def test_form_post_brings_the_code_in_a_form(app: App, browser: Browser) -> None:
    """response_mode=form_post answers with a page that posts code and state to the app."""
    browser.open(app.authorize_url(login_hint="anna@lindner.example", response_mode="form_post"))
    browser.press("signin", passwd=PASSWORD).press("accept")

    assert browser.node("form#back").attributes["action"] == REDIRECT
    assert {"code", "state"} <= browser.answer().keys()


def test_a_user_not_assigned_to_the_app_is_blocked(app: App, browser: Browser) -> None:
    """50105 after the password."""
    app.control("PUT", f"/apps/{app.client_id}", {"assigned_users": ["chef@lindner.example"]})

    browser.open(app.authorize_url(login_hint="anna@lindner.example")).press("signin", passwd=PASSWORD)

    assert "AADSTS50105" in browser.node("#error").text()


@pytest.mark.parametrize("number", [50076, 53000, 53003, 50055])
def test_a_planned_failure_fills_the_page_once(app: App, browser: Browser, number: int) -> None:
    """The control API makes the next sign-in fail with a number; the one after it works."""
    app.control("POST", "/fail-next", {"sign_in": [number]})
    browser.open(app.authorize_url(login_hint="anna@lindner.example")).press("signin", passwd=PASSWORD)
    assert f"AADSTS{number}" in browser.node("#error").text()

    assert app.code(browser, "anna@lindner.example")


def test_a_flow_of_another_browser_cannot_be_taken_over(app: App, browser: Browser) -> None:
    """The address of a page under way is worth nothing in another browser."""
    browser.open(app.authorize_url()).press("next", loginfmt="anna@lindner.example")

    other = Browser(app.sim.pages_url).open(browser.url)

    assert "AADSTS50089" in other.text()


def test_signing_out_ends_the_session(app: App, browser: Browser) -> None:
    """After logout the password is asked for again."""
    app.code(browser, "anna@lindner.example")
    browser.open(f"{app.sim.pages_url}/common/oauth2/v2.0/logout")
    assert "You signed out" in browser.text()

    browser.open(app.authorize_url(login_hint="anna@lindner.example"))

    assert browser.has("input[name=passwd]")


def test_signing_out_returns_to_registered_addresses_only(app: App, browser: Browser) -> None:
    """post_logout_redirect_uri is obeyed for an address of an app, and otherwise not."""
    out = f"{app.sim.pages_url}/common/oauth2/v2.0/logout?post_logout_redirect_uri="

    assert browser.open(out + REDIRECT).left_for == REDIRECT
    assert browser.open(out + "https://evil.example/").left_for == ""
