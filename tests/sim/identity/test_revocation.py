"""The revocation matrix: what ends which refresh tokens. The table is the official one, row by row."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sim.identity.app import App
from tests.sim.identity.browser import Browser

from m365sim.clock import Clock

ANNA = "anna@lindner.example"
KINDS = (
    {"client": "public", "has_password": True},
    {"client": "public", "has_password": False},
    {"client": "web", "has_password": True},
)


def _tokens(app: App, kind: dict[str, Any]) -> str:
    body = {"user": ANNA, "client_id": app.client_id, **kind}
    return str(app.control("POST", "/tokens", body)[1]["refresh_token"])


def _lives(app: App, token: str, kind: dict[str, Any]) -> bool:
    secret = {} if kind["client"] == "web" else {"client_secret": None}
    status, answer = app.refresh(token, "lindner.example", **secret)
    assert status == 200 or answer["error_codes"] == [50173]
    return status == 200


@pytest.mark.parametrize(
    ("event", "alive"),
    [
        ("password_expires", [True, True, True]),
        ("user_changes_password", [False, True, True]),
        ("admin_resets_password_portal", [False, True, True]),
        ("admin_resets_password_centre", [False, False, False]),
        ("revoke_sessions", [False, False, False]),
        ("single_sign_out", [True, True, True]),
    ],
)
def test_an_event_ends_the_tokens_of_its_row(app: App, clock: Clock, event: str, alive: list[bool]) -> None:
    """Public by password, public without a password, confidential; tokens of a later sign-in always live."""
    old = [_tokens(app, kind) for kind in KINDS]
    clock.advance(1)
    app.control("POST", f"/users/{ANNA}/events", {"event": event})
    clock.advance(1)
    new = [_tokens(app, kind) for kind in KINDS]

    assert [_lives(app, t, k) for t, k in zip(old, KINDS, strict=True)] == alive
    assert all(_lives(app, t, k) for t, k in zip(new, KINDS, strict=True))


def test_refreshing_before_the_event_does_not_save_a_token(app: App, clock: Clock) -> None:
    """A token got by a refresh ends like the one it came from."""
    token = _tokens(app, KINDS[0])
    clock.advance(1)
    _, refreshed = app.refresh(token, "lindner.example", client_secret=None)
    app.control("POST", f"/users/{ANNA}/events", {"event": "user_changes_password"})

    assert not _lives(app, refreshed["refresh_token"], KINDS[0])


@pytest.mark.parametrize("event", ["single_sign_out", "revoke_sessions", "user_changes_password"])
def test_browsers_are_signed_out(app: App, browser: Browser, event: str) -> None:
    """After the event the browser asks for the password again."""
    app.code(browser, ANNA)
    app.control("POST", f"/users/{ANNA}/events", {"event": event})

    assert browser.open(app.authorize_url(login_hint=ANNA)).has("input[name=passwd]")


def test_a_new_password_takes_effect(app: App, browser: Browser) -> None:
    """An event may set it: the old one is refused, the new one opens."""
    body = {"event": "admin_resets_password_portal", "password": "Dahlie-2026!"}
    app.control("POST", f"/users/{ANNA}/events", body)

    browser.open(app.authorize_url(login_hint=ANNA)).press("signin", passwd="Tulpe-2026!")
    assert browser.has("#message")

    assert browser.press("signin", passwd="Dahlie-2026!").has("button#accept")


@pytest.mark.parametrize(
    "body", [{"event": "moon"}, {"event": "single_sign_out", "password": "x"}, {}, {"colour": "red"}]
)
def test_an_event_nobody_knows_is_refused(app: App, body: dict[str, Any]) -> None:
    """400, and nothing happens."""
    before = app.control("GET", "")

    assert app.control("POST", f"/users/{ANNA}/events", body)[0] == 400
    assert app.control("GET", "") == before


def test_revocations_are_there_after_a_restart(app: App) -> None:
    """Both kinds are kept with the tokens."""
    app.control("POST", f"/users/{ANNA}/events", {"event": "user_changes_password"})

    text = (app.sim.ca_file.parent / "identity.json").read_text()

    assert '"password_valid_from":{"00000000-aaaa-4bbb-8ccc-000000000001"' in text
