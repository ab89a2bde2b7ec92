"""Conditional Access at the pages and at the token endpoint."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sim.identity.app import PASSWORD, App
from tests.sim.identity.browser import Browser

from m365sim.clock import Clock

ANNA = "anna@lindner.example"


def _user(app: App, **fields: object) -> None:
    status, answer = app.control("PUT", f"/users/{ANNA}", fields)
    assert status == 200, answer


def _sign_in(app: App, browser: Browser, password: str = PASSWORD, **changes: str | None) -> Browser:
    return browser.open(app.authorize_url(login_hint=ANNA, **changes)).press("signin", passwd=password)


def test_a_second_factor_is_asked_and_approved(app: App, browser: Browser) -> None:
    """After the password comes the request on the phone; approved, the way goes on to the consent."""
    _user(app, conditions=["mfa"])

    _sign_in(app, browser)
    assert browser.has("#number")
    browser.press("approve").press("accept")

    status, tokens = app.redeem(browser.answer()["code"])
    assert status == 200
    assert app.refresh(tokens["refresh_token"])[0] == 200


def test_a_denied_request_is_sent_again(app: App, browser: Browser) -> None:
    """Denying keeps the page with a word about it; approving the next one works."""
    _user(app, conditions=["mfa"])

    _sign_in(app, browser).press("deny")
    assert "denied" in browser.node("#message").text()

    assert browser.press("approve").has("button#accept")


def test_the_second_factor_is_remembered_in_the_browser(app: App, browser: Browser) -> None:
    """Neither the password nor the phone is asked for again; prompt=none works."""
    _user(app, conditions=["mfa"])
    _sign_in(app, browser).press("approve").press("accept")

    assert "code" in browser.open(app.authorize_url(prompt="none")).answer()


def test_a_condition_made_later_asks_a_signed_in_browser(app: App, browser: Browser) -> None:
    """The session has no second factor: interactively the page comes, silently 50076 with claims."""
    app.code(browser, ANNA)
    _user(app, conditions=["mfa"])

    silent = browser.open(app.authorize_url(prompt="none")).answer()
    browser.open(app.authorize_url(login_hint=ANNA))

    assert (silent["error"], silent["suberror"]) == ("interaction_required", "basic_action")
    assert "AADSTS50076" in silent["error_description"]
    assert "capolids" in silent["claims"]
    assert browser.has("#number")


def test_who_has_no_second_factor_registers_one(app: App, browser: Browser) -> None:
    """50079's page: set up the phone, approve with it, go on."""
    _user(app, conditions=["mfa"], has_mfa=False)

    _sign_in(app, browser)
    assert "More information required" in browser.text()

    assert browser.press("register").press("approve").has("button#accept")


def test_without_a_password_there_is_the_phone(app: App, browser: Browser) -> None:
    """The phone alone signs in, and counts as a second factor too."""
    _user(app, conditions=["mfa"])
    browser.open(app.authorize_url(login_hint=ANNA)).press("passwordless").press("approve").press("accept")

    code = browser.answer()["code"]

    proof = app.sim.platform.codes[code].proof
    assert (proof.is_password, proof.has_mfa) == (False, True)


@pytest.mark.parametrize(
    ("condition", "number", "suberror"),
    [
        ("compliant_device", 53000, "additional_action"),
        ("joined_device", 53001, "additional_action"),
        ("approved_app", 53002, "additional_action"),
        ("blocked", 53003, "message_only"),
        ("trusted_location", 53003, "message_only"),
        ("security_defaults", 530035, "message_only"),
    ],
)
def test_a_condition_that_cannot_be_met_blocks_pages_and_refreshes(
    app: App, browser: Browser, condition: str, number: int, suberror: str
) -> None:
    """The page says the number; a refresh of an earlier sign-in is interaction_required with it."""
    tokens = app.tokens(browser, ANNA)
    app.control("PUT", "/tenants/lindner.example", {"conditions": [condition]})

    _, answer = app.refresh(tokens["refresh_token"])
    other = Browser(app.sim.pages_url)
    _sign_in(app, other)

    assert (answer["error"], answer["error_codes"]) == ("interaction_required", [number])
    assert answer["suberror"] == suberror
    assert ("claims" in answer) == (number != 530035)
    assert f"AADSTS{number}" in other.node("#error").text()


@pytest.mark.parametrize(("has_mfa", "number"), [(True, 50076), (False, 50079)])
def test_a_refresh_without_the_second_factor_is_refused(
    app: App, browser: Browser, has_mfa: bool, number: int
) -> None:
    """50076 with a claims challenge, or 50079 when none is registered; the token stays good."""
    tokens = app.tokens(browser, ANNA)
    _user(app, conditions=["mfa"], has_mfa=has_mfa)

    _, answer = app.refresh(tokens["refresh_token"])
    _user(app, conditions=[])

    assert (answer["error"], answer["error_codes"]) == ("interaction_required", [number])
    assert '"mfa"' in answer["claims"]
    assert app.refresh(tokens["refresh_token"])[0] == 200


def test_the_sign_in_frequency_ends_refreshes_and_sessions(app: App, browser: Browser, clock: Clock) -> None:
    """70043 once the sign-in is too old, however fresh the token; the browser asks for the password."""
    app.control("PUT", "/tenants/lindner.example", {"sign_in_frequency_s": 3600})
    first = app.tokens(browser, ANNA)
    clock.advance(1800)
    status, second = app.refresh(first["refresh_token"])
    clock.advance(1801)

    _, answer = app.refresh(second["refresh_token"])
    browser.open(app.authorize_url(login_hint=ANNA))

    assert status == 200
    assert (answer["error"], answer["error_codes"]) == ("invalid_grant", [70043])
    assert answer["suberror"] == "token_expired"
    assert "3600" in answer["error_description"]
    assert browser.has("input[name=passwd]")


def test_an_expired_password_is_replaced_on_the_way(app: App, browser: Browser) -> None:
    """The page wants a new password, says what is wrong with it, and goes on."""
    app.control("POST", f"/users/{ANNA}/events", {"event": "password_expires"})

    _sign_in(app, browser)
    wrong = [
        browser.press("change", passwd=passwd, newpasswd=new, confirmpasswd=again).node("#message").text()
        for passwd, new, again in [
            ("wrong", "Dahlie-2026!", "Dahlie-2026!"),
            (PASSWORD, "Dahlie-2026!", "Dahlia-2026!"),
            (PASSWORD, "short", "short"),
        ]
    ]
    browser.press("change", passwd=PASSWORD, newpasswd="Dahlie-2026!", confirmpasswd="Dahlie-2026!")

    assert ["incorrect" in wrong[0], "match" in wrong[1], "eight" in wrong[2]] == [True] * 3
    assert browser.has("button#accept")
    assert _sign_in(app, Browser(app.sim.pages_url), "Dahlie-2026!").has("button#accept")


def test_a_password_expired_on_premises_fills_the_page(app: App, browser: Browser) -> None:
    """50144: it cannot be changed here."""
    _user(app, expired_in="on_premises")

    assert "AADSTS50144" in _sign_in(app, browser).node("#error").text()


@pytest.mark.parametrize(
    "body",
    [{"conditions": ["sunshine"]}, {"sign_in_frequency_s": 0}, {"expired_in": "space"}],
)
def test_conditions_nobody_knows_are_refused(app: App, body: dict[str, Any]) -> None:
    """400 with a reason."""
    status, answer = app.control("PUT", f"/users/{ANNA}", body)

    assert status == 400
    assert answer["error"]
