"""Userinfo at Graph's host, and signing out."""

from __future__ import annotations

import base64
import json
import urllib.parse
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from tests.sim.identity.app import REDIRECT, App
from tests.sim.identity.browser import Browser

ANNA, CHEF = "anna@lindner.example", "chef@lindner.example"


def _claims(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def test_userinfo_tells_who_has_signed_in(app: App, browser: Browser) -> None:
    """sub is the id_token's; the name comes with profile, the address with email."""
    tokens = app.tokens(browser, ANNA)

    status, _, info = app.graph(tokens["access_token"], "/oidc/userinfo")

    assert status == 200
    assert info["sub"] == _claims(tokens["id_token"])["sub"]
    assert (info["name"], info["email"]) == ("Anna Berger", ANNA)


def test_discovery_knows_the_way(app: App) -> None:
    """The document names userinfo, device codes and the way out."""
    _, document = app.get("/common/v2.0/.well-known/openid-configuration")

    assert document["userinfo_endpoint"] == f"{app.sim.base_url}/oidc/userinfo"
    assert document["device_authorization_endpoint"].endswith("/common/oauth2/v2.0/devicecode")
    assert document["end_session_endpoint"].endswith("/common/oauth2/v2.0/logout")


def test_userinfo_needs_a_person(app: App) -> None:
    """401 without a token, 403 for an app's own."""
    body = {"tenant": "lindner.example", "client_id": app.client_id}
    token = app.control("POST", "/app-tokens", body)[1]["access_token"]

    status, headers, _ = app.graph("nonsense", "/oidc/userinfo")

    assert (status, headers["www-authenticate"]) == (401, 'Bearer realm=""')
    assert app.graph(token, "/oidc/userinfo")[0] == 403


def _logout(app: App, **query: str) -> str:
    return f"{app.sim.pages_url}/common/oauth2/v2.0/logout?{urllib.parse.urlencode(query)}"


def test_the_way_out_leads_back_with_the_state(app: App, browser: Browser) -> None:
    """post_logout_redirect_uri with the state, encoded, when the address is an app's."""
    url = _logout(app, post_logout_redirect_uri=REDIRECT, state="a&b=c")

    assert browser.open(url).left_for == f"{REDIRECT}?state=a%26b%3Dc"


@pytest.mark.parametrize("by", ["logout_hint", "id_token_hint"])
def test_a_hint_signs_one_account_out(app: App, browser: Browser, by: str) -> None:
    """Of two accounts in the browser the hinted one has to give its password again."""
    id_token = app.tokens(browser, ANNA)["id_token"]
    app.code(browser, CHEF, prompt="login")

    browser.open(_logout(app, **{by: ANNA if by == "logout_hint" else id_token}))

    assert "code" in browser.open(app.authorize_url(login_hint=CHEF)).answer()
    assert browser.open(app.authorize_url(login_hint=ANNA)).has("input[name=passwd]")


DEEP_JWT = "h." + urlsafe_b64encode(b"[" * 20_000).decode() + ".s"


@pytest.mark.parametrize(
    ("query", "status"),
    [({"colour": "red"}, 501), ({"id_token_hint": "x"}, 400), ({"id_token_hint": DEEP_JWT}, 400)],
)
def test_a_wrong_sign_out_is_refused(app: App, browser: Browser, query: dict[str, str], status: int) -> None:
    """Unknown parameters by name, an id_token that is none as malformed."""
    assert browser.open(_logout(app, **query)).status == status


@pytest.mark.parametrize(
    ("fields", "name"), [({"resource": "x"}, "resource"), ({"username": "anna"}, "username")]
)
def test_unknown_fields_of_a_token_request_are_refused(app: App, fields: dict[str, str], name: str) -> None:
    """Nothing is silently ignored: 501 with the name."""
    status, answer = app.refresh("x", **fields)

    assert status == 501
    assert f"'{name}'" in answer["error_description"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/common/v2.0/.well-known/openid-configuration"),
        ("GET", "/common/discovery/v2.0/keys"),
        ("GET", "/common/discovery/instance"),
        ("GET", "/oidc/userinfo"),
        ("POST", "/common/oauth2/v2.0/token"),
        ("POST", "/common/oauth2/v2.0/devicecode"),
    ],
)
def test_no_endpoint_ignores_a_parameter(app: App, method: str, path: str) -> None:
    """What stands in the address and is not known is refused by its name."""
    status, answer = app.get(f"{path}?colour=red") if method == "GET" else app.post(f"{path}?colour=red", {})

    assert status == 501
    assert "colour" in str(answer)


def test_an_assertion_with_a_bottomless_header_is_refused(app: App) -> None:
    """Before anybody has proven anything: an error body, not a breakdown."""
    assertion = urlsafe_b64encode(b"[" * 20_000).decode() + ".x.y"
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

    status, answer = app.refresh(
        "x", client_secret=None, client_assertion=assertion, client_assertion_type=kind
    )

    assert (status, answer["error_codes"]) == (401, [700027])
