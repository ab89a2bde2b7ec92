"""Continuous access evaluation: programs that can be challenged get long tokens, which end at once."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import msal
import pytest
from tests.sim.identity.app import PASSWORD, REDIRECT, App
from tests.sim.identity.browser import Browser

from m365sim.clock import Clock
from m365sim.server import DEMO_CLIENT_ID, DEMO_SECRET, Running

ANNA = "anna@lindner.example"
CP1 = '{"access_token":{"xms_cc":{"values":["cp1"]}}}'


def _client(sim: Running) -> msal.ConfidentialClientApplication:
    return msal.ConfidentialClientApplication(
        DEMO_CLIENT_ID,
        client_credential=DEMO_SECRET,
        authority=f"{sim.base_url}/lindner.example",
        instance_discovery=False,
        verify=str(sim.ca_file),
        client_capabilities=["cp1"],
    )


def _sign_in(client: msal.ConfidentialClientApplication, browser: Browser, **more: Any) -> dict[str, Any]:
    flow = client.initiate_auth_code_flow(
        ["User.Read"], redirect_uri=REDIRECT, login_hint=ANNA, response_mode="form_post", **more
    )
    browser.open(flow["auth_uri"])
    if browser.has("input[name=passwd]"):
        browser.press("signin", passwd=PASSWORD)
    if browser.has("button#accept"):
        browser.press("accept")
    result: dict[str, Any] = client.acquire_token_by_auth_code_flow(flow, browser.answer())
    return result


def _challenge(headers: dict[str, str]) -> dict[str, str]:
    """The parameters of a WWW-Authenticate header, ``claims`` decoded."""
    found = dict(re.findall(r'(\w+)="([^"]*)"', headers["www-authenticate"]))
    if "claims" in found:
        found["claims"] = base64.b64decode(found["claims"]).decode()
    return found


def _tokens(app: App, *, is_cae: bool) -> dict[str, Any]:
    body = {"user": ANNA, "client_id": app.client_id, "is_cae": is_cae}
    answer: dict[str, Any] = app.control("POST", "/tokens", body)[1]
    return answer


def test_a_program_that_can_be_challenged_gets_a_long_token(app: App, browser: Browser) -> None:
    """20 to 28 hours with cp1, and the token says so; without it an hour or so."""
    result = _sign_in(_client(app.sim), browser)

    _, payload, _ = result["access_token"].split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert 20 * 3600 <= result["expires_in"] <= 28 * 3600
    assert claims["xms_cc"] == ["CP1"]
    assert app.tokens(browser, ANNA)["expires_in"] < 5400


def test_msal_answers_a_challenge_with_a_new_token(app: App, browser: Browser, clock: Clock) -> None:
    """Revoked: 401 with claims; silently refused; signed in again with the challenge, Graph opens."""
    client = _client(app.sim)
    first = _sign_in(client, browser)
    app.control("POST", f"/users/{ANNA}/revoke")
    clock.advance(1)

    status, headers, body = app.graph(first["access_token"], "/v1.0/me")
    claims = _challenge(headers)["claims"]
    account = client.get_accounts()[0]
    silent = client.acquire_token_silent_with_error(["User.Read"], account, claims_challenge=claims)
    again = _sign_in(client, browser, claims_challenge=claims)

    assert (status, body["error"]["code"]) == (401, "InvalidAuthenticationToken")
    assert _challenge(headers)["error"] == "insufficient_claims"
    assert json.loads(claims)["access_token"]["nbf"]["essential"] is True
    assert silent["error_codes"] == [50173]
    assert app.graph(again["access_token"], "/v1.0/me")[0] == 200


def test_a_challenge_is_answered_silently_when_the_refresh_token_lives(
    app: App, browser: Browser, clock: Clock
) -> None:
    """A changed password ends the access token, not a confidential program's refresh token."""
    client = _client(app.sim)
    first = _sign_in(client, browser)
    app.control("POST", f"/users/{ANNA}/events", {"event": "user_changes_password"})
    clock.advance(1)
    status, headers, _ = app.graph(first["access_token"], "/v1.0/me")

    account = client.get_accounts()[0]
    again = client.acquire_token_silent(
        ["User.Read"], account, claims_challenge=_challenge(headers)["claims"]
    )

    assert status == 401
    assert app.graph(again["access_token"], "/v1.0/me")[0] == 200


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        ("/revoke", {}, "TokenIssuedBeforeRevocationTimestamp"),
        ("/events", {"event": "admin_resets_password_centre"}, "TokenIssuedBeforeRevocationTimestamp"),
        ("/events", {"event": "user_changes_password"}, "TokenIssuedBeforeRevocationTimestamp"),
        ("", {"is_enabled": False}, "UserDisabled"),
        ("", {"conditions": ["mfa"]}, "TokenIssuedBeforeRevocationTimestamp"),
        ("", {"conditions": ["trusted_location"]}, "LocationConditionEvaluationSatisfied"),
    ],
)
def test_critical_events_reach_challengeable_tokens_at_once_and_others_never(
    app: App, path: str, body: dict[str, Any], reason: str
) -> None:
    """The one with cp1 is challenged with the reason, the other works until it expires."""
    challengeable, ordinary = _tokens(app, is_cae=True), _tokens(app, is_cae=False)
    method = "POST" if path else "PUT"
    assert app.control(method, f"/users/{ANNA}{path}", body)[0] == 200

    status, headers, answer = app.graph(challengeable["access_token"], "/v1.0/me")

    assert status == 401
    assert reason in answer["error"]["message"]
    assert reason in _challenge(headers)["error_description"]
    assert app.graph(ordinary["access_token"], "/v1.0/me")[0] == 200


@pytest.mark.parametrize("event", ["password_expires", "single_sign_out"])
def test_what_is_no_critical_event_changes_nothing(app: App, event: str) -> None:
    """An expired password or a sign-out leaves access tokens alone."""
    tokens = _tokens(app, is_cae=True)
    app.control("POST", f"/users/{ANNA}/events", {"event": event})

    assert app.graph(tokens["access_token"], "/v1.0/me")[0] == 200


def test_a_place_not_trusted_is_in_the_claims(app: App) -> None:
    """The challenge names the address the program was seen at; back in a trusted place the token works."""
    tokens = _tokens(app, is_cae=True)
    app.control("PUT", f"/users/{ANNA}", {"conditions": ["trusted_location"]})
    _, headers, _ = app.graph(tokens["access_token"], "/v1.0/me")
    app.control("PUT", f"/users/{ANNA}", {"conditions": []})

    claims = json.loads(_challenge(headers)["claims"])

    assert claims["access_token"]["xms_rp_ipaddr"]["value"] == "198.51.100.23"
    assert app.graph(tokens["access_token"], "/v1.0/me")[0] == 200


def test_an_ordinary_refusal_carries_no_claims(app: App) -> None:
    """A token nobody issued, or one that is over, is a plain 401."""
    _, headers, _ = app.graph("nonsense", "/v1.0/me")

    assert "claims" not in _challenge(headers)
    assert "error" not in _challenge(headers)


def test_a_disabled_app_is_challenged_in_its_own_tokens(app: App) -> None:
    """App-only tokens with cp1 end with the app; without it they live on."""
    app.control("PUT", f"/apps/{app.client_id}", {"app_permissions": ["Mail.Read"]})
    grant = {"client_id": app.client_id, "tenant": "lindner.example", "app_permissions": ["Mail.Read"]}
    app.control("POST", "/consents/grant", grant)
    body = {"tenant": "lindner.example", "client_id": app.client_id}
    kinds = [app.control("POST", "/app-tokens", {**body, "is_cae": is_cae})[1] for is_cae in (True, False)]
    app.control("PUT", f"/apps/{app.client_id}", {"is_enabled": False})

    path = f"/v1.0/users/{ANNA}/messages"
    answers = [app.graph(tokens["access_token"], path)[0] for tokens in kinds]

    assert answers == [401, 200]


def test_capabilities_may_be_declared_at_either_end(app: App, browser: Browser) -> None:
    """cp1 in the authorize request counts for the code's tokens, in a refresh for that token alone."""
    _, first = app.redeem(app.code(browser, ANNA, claims=CP1))
    _, plain = app.refresh(first["refresh_token"])
    _, long = app.refresh(first["refresh_token"], claims=CP1)

    assert first["expires_in"] > 5400 > plain["expires_in"]
    assert long["expires_in"] > 5400


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ("{", 400),
        ("[1]", 400),
        ('{"access_token":1}', 400),
        ('{"access_token":{"nbf":{"value":"soon"}}}', 400),
        ('{"access_token":{"colour":null}}', 501),
        ('{"userinfo":{"email":null}}', 501),
        ('{"id_token":{"auth_time":{"essential":true}}}', 200),
        ('{"id_token":{"signin_state":{"essential":false},"login_hint":null}}', 200),
        ('{"id_token":{"signin_state":{"essential":true}}}', 501),
    ],
)
def test_claims_are_understood_or_refused(app: App, browser: Browser, claims: str, status: int) -> None:
    """Malformed ones are 9002313, unknown ones are refused by name."""
    answered, answer = app.redeem(app.code(browser, ANNA), claims=claims)

    assert answered == status
    if status != 200:
        assert answer["error_codes"] == [9002313]


def test_the_time_of_the_sign_in_is_told_when_asked_for(app: App, browser: Browser) -> None:
    """auth_time in the id_token, by the OpenID Connect way of asking."""
    code = app.code(browser, ANNA, claims='{"id_token":{"auth_time":{"essential":true}}}')

    payload = app.redeem(code)[1]["id_token"].split(".")[1]
    told = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["auth_time"]

    assert abs(told - app.sim.simulation.clock.now_s()) < 60
