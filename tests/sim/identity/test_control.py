"""The control API of the identity platform."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.sim.identity.app import App
from tests.sim.identity.browser import Browser

ANNA = "anna@lindner.example"
NEW_TENANT = "aaaaaaaa-1111-4222-8333-bbbbbbbbbbbb"
NEW_APP = "cccccccc-1111-4222-8333-dddddddddddd"


def test_a_new_tenant_and_user_can_sign_in_and_have_a_mailbox(app: App, browser: Browser) -> None:
    """PUT adds what is not there; the user gets an empty mailbox."""
    tenant = {"domain": "neu.example", "name": "Neu", "consent_policy": "users_may_consent"}
    app.control("PUT", f"/tenants/{NEW_TENANT}", tenant)
    user = {"tenant": "neu.example", "password": "Tulpe-2026!", "display_name": "Nora Neu"}
    status, _ = app.control("PUT", "/users/nora@neu.example", user)

    tokens = app.tokens(browser, "nora@neu.example", "neu.example")
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}

    assert status == 200
    assert app.get("/v1.0/me/mailFolders/inbox", bearer)[0] == 200


def test_the_consent_policy_of_a_tenant_can_be_turned(app: App, browser: Browser) -> None:
    """From admin_only to users_may_consent: the user is now asked."""
    app.control("PUT", "/tenants/strict.example", {"consent_policy": "users_may_consent"})

    assert app.code(browser, "max@strict.example")


def test_a_tenant_wide_consent_can_be_given_and_withdrawn(app: App, browser: Browser) -> None:
    """grant spares the user the consent page; withdraw brings the approval page back."""
    everything = {"client_id": app.client_id, "tenant": "strict.example", "scopes": ".default"}
    app.control("POST", "/consents/grant", everything)
    assert app.code(browser, "max@strict.example")

    status, answer = app.control("POST", "/consents/withdraw", everything)
    browser.open(app.authorize_url(login_hint="max@strict.example"))

    assert (status, answer) == (200, {"withdrawn": 2})  # for its users, and for the app itself
    assert "Need admin approval" in browser.text()


def test_a_new_app_has_its_own_addresses(app: App, browser: Browser) -> None:
    """An app added by PUT is known with exactly its redirect addresses."""
    fields = {"name": "Other", "redirect_uris": ["https://other.example/cb"]}
    app.control("PUT", f"/apps/{NEW_APP}", fields)

    good = app.authorize_url(client_id=NEW_APP, redirect_uri="https://other.example/cb")
    bad = app.authorize_url(client_id=NEW_APP, redirect_uri="https://other.example/CB")

    assert browser.open(good).has("input[name=loginfmt]")
    assert "AADSTS50011" in browser.open(bad).text()


def test_tokens_can_be_had_without_pages(app: App) -> None:
    """POST /tokens signs a user in at once, for tests that are not about signing in."""
    status, tokens = app.control("POST", "/tokens", {"user": ANNA, "client_id": app.client_id})

    assert status == 200
    assert app.get("/v1.0/me", {"Authorization": f"Bearer {tokens['access_token']}"})[0] == 200
    assert app.refresh(tokens["refresh_token"], "lindner.example")[0] == 200


def test_refresh_tokens_can_be_expired_and_access_tokens_shortened(app: App, browser: Browser) -> None:
    """expire makes 700082; the lifetime switch sets expires_in."""
    app.control("PUT", "/access-token-lifetime", {"seconds": 60})
    tokens = app.tokens(browser, ANNA)
    assert tokens["expires_in"] == 60

    assert app.control("POST", f"/users/{ANNA}/expire") == (200, {"refresh_tokens": 1})
    assert app.refresh(tokens["refresh_token"])[1]["error_codes"] == [700082]


def test_the_state_can_be_read(app: App) -> None:
    """GET tells tenants, users, apps, consents and switches."""
    status, state = app.control("GET", "")

    assert status == 200
    assert {t["domain"] for t in state["tenants"]} >= {"lindner.example", "strict.example"}
    assert state["fail_token"] == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "/tenants/strict.example", {"colour": "red"}, 400),
        ("PUT", "/tenants/strict.example", {"consent_policy": "perhaps"}, 400),
        ("PUT", "/tenants/not-a-guid", {"domain": "x.example", "name": "X"}, 400),
        ("PUT", "/users/nobody@x.example", {"tenant": "x.example"}, 404),
        ("PUT", "/users/nobody@x.example", {}, 400),
        ("PUT", f"/users/{ANNA}", {"proxy_addresses": ["max@strict.example"]}, 409),
        ("POST", "/users/nobody@x.example/revoke", {}, 404),
        ("PUT", f"/apps/{NEW_APP}", {}, 400),
        ("PUT", f"/apps/{NEW_APP}", {"name": "X", "certificates": ["garbage"]}, 400),
        ("PUT", f"/apps/{NEW_APP}", {"name": "X", "permissions": ["Nonsense"]}, 400),
        ("PUT", f"/apps/{NEW_APP}", {"name": "X", "tenant": "nowhere.example"}, 404),
        ("PUT", f"/tenants/{NEW_TENANT}", {"domain": "strict.example", "name": "X"}, 409),
        ("POST", "/consents/grant", {"client_id": NEW_APP, "user": ANNA, "scopes": "User.Read"}, 404),
        ("POST", "/tokens", {"user": ANNA, "client_id": "x", "scopes": "Nonsense"}, 404),
        ("PUT", "/access-token-lifetime", {"seconds": 0}, 400),
        ("POST", "/approvals/none/approve", {}, 404),
    ],
)
def test_bad_input_is_refused_and_changes_nothing(
    app: App, method: str, path: str, body: dict[str, object], status: int
) -> None:
    """A clear error, and the state as before."""
    before = app.control("GET", "")

    answered, answer = app.control(method, path, body)

    assert answered == status
    assert answer["error"]
    assert app.control("GET", "") == before


@pytest.mark.parametrize("path", ["/control/mailboxes", "/control/identity/consents/grant"])
def test_both_halves_of_the_control_api_refuse_in_one_form(app: App, path: str) -> None:
    """A body that is no JSON, an unknown field and too long a body: a status, and why, under ``error``."""
    url = app.sim.pages_url + path
    bodies = (b"{", b'{"unknown": 1}')

    refusals = [_post(url, body) for body in bodies] + [_post(url, b"{}", length=str(1 << 40))]

    assert [status for status, _ in refusals] == [400, 400, 413]
    assert all(answer.keys() == {"error"} and answer["error"] for _, answer in refusals)


def _post(url: str, body: bytes, length: str | None = None) -> tuple[int, dict[str, Any]]:
    """One POST, that may say it is longer than it is."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=60)
    try:
        connection.putrequest("POST", parts.path)
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", length or str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def test_planned_failures_are_shown_and_dropped(app: App) -> None:
    """What a test planned and did not meet harms no other."""
    app.control("POST", "/fail-next", {"sign_in": [50034], "token": [70008, 50173]})

    planned = app.control("GET", "/fail-next")
    cleared = app.control("DELETE", "/fail-next")

    assert planned == (200, {"sign_in": [50034], "token": [70008, 50173]})
    assert cleared == (200, {"cleared": 3})
    assert app.control("GET", "/fail-next") == (200, {"sign_in": [], "token": []})


def test_an_option_that_there_is_not_is_refused(app: App) -> None:
    """By its name."""
    status, answer = app.control("GET", "/errors?numbr=1")

    assert (status, answer["error"]) == (400, "There is no query option 'numbr'; there are none here.")
