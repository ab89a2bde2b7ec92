"""Tokens at Graph's door, and what the control API does to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.sim.identity.app import App
from tests.sim.identity.browser import Browser

from m365sim.directory import AccessToken, Directory, Tenant, User
from m365sim.identity.access import AccessRefused, authenticate

ANNA = "anna@lindner.example"
NOW = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
TENANT = "3f1c9a52-6d0e-4c0b-9f63-1a2b3c4d5e6f"


@pytest.fixture
def directory() -> Directory:
    """One user with one token in force for an hour."""
    directory = Directory()
    directory.put_tenant(Tenant(TENANT, "lindner.example", "Lindner"))
    directory.put_user(User("u1", TENANT, ANNA, "Anna"))
    token = AccessToken("u1", "app", TENANT, frozenset({"Mail.Read"}), NOW + timedelta(hours=1))
    directory.access_tokens["t1"] = token
    return directory


def test_a_token_in_force_names_its_caller(directory: Directory) -> None:
    """The caller has the user, the app, the tenant and the scopes of the token."""
    caller = authenticate(directory, "Bearer t1", NOW)

    assert caller.user is not None
    assert (caller.user.id, caller.app_id, caller.tenant_id) == ("u1", "app", TENANT)
    assert caller.scopes == {"Mail.Read"}
    assert not caller.is_app_only


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic t1", "Bearer t2", "t1"])
def test_no_token_in_force_is_401(directory: Directory, header: str | None) -> None:
    """Missing, malformed and foreign tokens are refused with Graph's code."""
    with pytest.raises(AccessRefused) as refused:
        authenticate(directory, header, NOW)

    assert (refused.value.status, refused.value.code) == (401, "InvalidAuthenticationToken")


def test_an_expired_token_is_401(directory: Directory) -> None:
    """From its last second on the token is refused, saying so."""
    with pytest.raises(AccessRefused, match="expired"):
        authenticate(directory, "Bearer t1", NOW + timedelta(hours=1))


def _me(app: App, tokens: dict[str, Any]) -> int:
    return app.get("/v1.0/me", {"Authorization": f"Bearer {tokens['access_token']}"})[0]


def test_graph_opens_for_a_signed_in_user(app: App, browser: Browser) -> None:
    """The access token of a sign-in opens /me on the same listener."""
    tokens = app.tokens(browser, ANNA)

    assert _me(app, tokens) == 200
    assert app.get("/v1.0/me")[0] == 401


def test_revoking_leaves_access_tokens_alone_unless_told(app: App, browser: Browser) -> None:
    """As at Microsoft without continuous access evaluation; the switch drops them at once."""
    tokens = app.tokens(browser, ANNA)

    app.control("POST", f"/users/{ANNA}/revoke")
    assert _me(app, tokens) == 200
    app.control("POST", f"/users/{ANNA}/revoke", {"drop_access_tokens": True})
    assert _me(app, tokens) == 401
