"""Single-page and installed programs: addresses of their own kind, and no secret."""

from __future__ import annotations

from http.client import HTTPMessage as Message
from typing import Any

import pytest
from tests.sim.identity.app import VERIFIER, App
from tests.sim.identity.browser import Browser

from m365sim.clock import Clock

ANNA = "anna@lindner.example"
SPA, INSTALLED = "https://spa.example/app", "http://localhost:5005/installed"
ORIGIN = {"Origin": "https://spa.example"}


@pytest.fixture(autouse=True)
def addresses(app: App) -> None:
    """The demo app has an address of each kind."""
    fields = {"spa_redirect_uris": [SPA], "public_redirect_uris": [INSTALLED]}
    app.control("PUT", f"/apps/{app.client_id}", fields)


def _post(app: App, headers: dict[str, str], **fields: str | None) -> tuple[int, dict[str, Any]]:
    form = {k: v for k, v in {"client_id": app.client_id, **fields}.items() if v is not None}
    return app.post("/common/oauth2/v2.0/token", form, headers)


def _redeem(
    app: App, code: str, headers: dict[str, str], uri: str = SPA, **more: str
) -> tuple[int, dict[str, Any]]:
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": uri,
        "code_verifier": VERIFIER,
    }
    return _post(app, headers, **{**fields, **more})


def _refresh(app: App, token: str, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
    return _post(app, headers, grant_type="refresh_token", refresh_token=token)


def test_a_pages_refresh_tokens_end_with_their_day(app: App, browser: Browser, clock: Clock) -> None:
    """Each refresh gives a new token with the old end: 700084 after 24 hours in all."""
    status, first = _redeem(app, app.code(browser, ANNA, redirect_uri=SPA), ORIGIN)
    assert (status, first["refresh_token_expires_in"]) == (200, 86400)
    clock.advance(20 * 3600)
    _, second = _refresh(app, first["refresh_token"], ORIGIN)
    assert second["refresh_token_expires_in"] <= 4 * 3600
    clock.advance(4 * 3600)

    _, answer = _refresh(app, second["refresh_token"], ORIGIN)

    assert (answer["error"], answer["error_codes"]) == ("invalid_grant", [700084])


def test_a_page_redeems_from_a_page_and_a_program_does_not(app: App, browser: Browser) -> None:
    """9002327 without an Origin for a page's code, 9002326 with one for another kind of code."""
    page = app.code(browser, ANNA, redirect_uri=SPA)
    installed = app.code(browser, ANNA, redirect_uri=INSTALLED)

    assert _redeem(app, page, {})[1]["error_codes"] == [9002327]
    assert _redeem(app, installed, ORIGIN, INSTALLED)[1]["error_codes"] == [9002326]
    assert _redeem(app, page, ORIGIN)[0] == 200


def test_a_page_needs_a_code_challenge(app: App, browser: Browser) -> None:
    """9002325 goes back to the page."""
    url = app.authorize_url(redirect_uri=SPA, code_challenge=None, code_challenge_method=None)

    browser.open(url)

    assert "AADSTS9002325" in browser.answer()["error_description"]


def test_a_page_must_not_send_a_secret(app: App, browser: Browser) -> None:
    """700025, even for a right one."""
    code = app.code(browser, ANNA, redirect_uri=SPA)

    _, answer = _redeem(app, code, ORIGIN, client_secret="simulated~demo~value")

    assert answer["error_codes"] == [700025]


def test_an_installed_program_needs_no_secret(app: App, browser: Browser, clock: Clock) -> None:
    """Its refresh tokens live as long as anybody's, and are refreshed without a secret too."""
    status, first = _redeem(app, app.code(browser, ANNA, redirect_uri=INSTALLED), {}, INSTALLED)
    clock.advance(80 * 86400)

    assert status == 200
    assert "refresh_token_expires_in" not in first
    assert _refresh(app, first["refresh_token"], {})[0] == 200


def _ask(app: App, method: str, path: str, headers: dict[str, str]) -> tuple[int, Message]:
    connection = app._connection()
    connection.request(method, path, headers={**ORIGIN, **headers})
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status, response.headers


@pytest.mark.parametrize("path", ["/common/oauth2/v2.0/token", "/v1.0/me", "/v1.0/$batch"])
def test_a_browser_asks_first_and_is_let_through(app: App, path: str) -> None:
    """A preflight carries no token: it is answered all the same, with the headers that the page will send."""
    wish = {
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "authorization,prefer",
    }

    status, headers = _ask(app, "OPTIONS", path, wish)

    assert (status, headers["access-control-allow-origin"]) == (200, "*")
    assert headers["access-control-allow-methods"] == "PATCH"
    assert headers["access-control-allow-headers"] == "authorization,prefer"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/common/v2.0/.well-known/openid-configuration", 200),
        ("/common/discovery/v2.0/keys", 200),
        ("/common/discovery/instance", 400),
        ("/v1.0/me", 401),
        ("/oidc/userinfo", 401),
        ("/nowhere", 501),
    ],
)
def test_a_page_may_read_every_answer(app: App, path: str, status: int) -> None:
    """Refusals too, with the headers that tell when to come again and what the call was called."""
    answered, headers = _ask(app, "GET", path, {})

    assert (answered, headers["access-control-allow-origin"]) == (status, "*")
    assert "Retry-After" in headers["access-control-expose-headers"]


def test_a_page_signs_in_and_reads_mail(app: App, browser: Browser) -> None:
    """The whole way as a page goes it: every answer may be read, and preflights are no calls."""
    status, tokens = _redeem(app, app.code(browser, ANNA, redirect_uri=SPA), ORIGIN)
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}

    _ask(app, "OPTIONS", "/v1.0/me/messages", {"Access-Control-Request-Method": "GET"})
    answered, headers = _ask(app, "GET", "/v1.0/me/messages", bearer)

    assert (status, answered, headers["access-control-allow-origin"]) == (200, 200, "*")
    assert "OPTIONS" not in {call.method for call in app.sim.simulation.journal}


def test_a_program_is_told_nothing_of_pages(app: App) -> None:
    """Without an Origin the answer has no such headers."""
    connection = app._connection()
    connection.request("GET", "/common/discovery/v2.0/keys")
    response = connection.getresponse()
    response.read()
    connection.close()

    assert "access-control-allow-origin" not in response.headers
