"""MSAL for Python as programs use it: code, device code, client credentials, refresh, silent."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
from tests.contract.tenant import DOMAIN, SCOPES, Place
from tests.sim.identity.browser import Browser

from m365sim.testing import M365, PASSWORD

REDIRECT = "http://localhost:7777/callback"


def _me(place: Place, token: str, path: str = "/me") -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(place.graph_url + path, headers=headers, verify=place.verify, timeout=30)


def _by_code(place: Place, control: M365) -> tuple[Any, dict[str, Any]]:
    client = place.confidential()
    flow = client.initiate_auth_code_flow(
        SCOPES, redirect_uri=REDIRECT, login_hint=place.person, response_mode="form_post"
    )
    browser = Browser(control.pages_url).open(flow["auth_uri"])
    answer = browser.press("signin", passwd=PASSWORD).press("accept").answer()
    return client, client.acquire_token_by_auth_code_flow(flow, answer)


def test_a_person_signs_in_by_code_and_is_let_in(place: Place, control: M365) -> None:
    """Browser pages, PKCE, state and nonce, as MSAL does it; the token opens Graph."""
    _, result = _by_code(place, control)

    assert result["id_token_claims"]["preferred_username"] == place.person
    assert set(SCOPES) <= set(result["scope"].split())
    assert _me(place, result["access_token"]).json()["userPrincipalName"] == place.person


def test_the_cache_answers_until_the_token_ends_and_then_refreshes(place: Place, control: M365) -> None:
    """acquire_token_silent gives the same token, and with force_refresh another one that works."""
    client, result = _by_code(place, control)
    [account] = client.get_accounts()

    silent = client.acquire_token_silent(SCOPES, account)
    renewed = client.acquire_token_silent(SCOPES, account, force_refresh=True)

    assert silent["access_token"] == result["access_token"] != renewed["access_token"]
    assert _me(place, renewed["access_token"]).status_code == 200


def test_a_kept_refresh_token_signs_in_another_process(place: Place, control: M365) -> None:
    """acquire_token_by_refresh_token, as programs with a store of their own do it."""
    client, _ = _by_code(place, control)
    [kept] = client.token_cache.search(client.token_cache.CredentialType.REFRESH_TOKEN)

    result = place.confidential().acquire_token_by_refresh_token(kept["secret"], SCOPES)

    assert _me(place, result["access_token"]).status_code == 200


def test_a_device_is_signed_in_by_code(place: Place, control: M365) -> None:
    """initiate_device_flow, the person elsewhere, acquire_token_by_device_flow."""
    client = place.public()
    flow = client.initiate_device_flow(SCOPES)
    browser = Browser(control.pages_url).open(flow["verification_uri"]).press("next", otc=flow["user_code"])
    browser.press("next", loginfmt=place.person).press("signin", passwd=PASSWORD)
    browser.press("continue").press("accept")

    result = client.acquire_token_by_device_flow(flow)

    assert _me(place, result["access_token"], "/me/messages").status_code == 200


def test_a_program_signs_in_as_itself(place: Place) -> None:
    """acquire_token_for_client with .default; it reads the person's mailbox, once it has been let in."""
    if place.m365 is not None:
        place.m365.let_app_in(DOMAIN)

    result = place.confidential(place.tenant).acquire_token_for_client(
        ["https://graph.microsoft.com/.default"]
    )

    answer = _me(place, result["access_token"], f"/users/{place.person}/messages?$top=1")
    assert (answer.status_code, _claims(result)["idtyp"]) == (200, "app")


def test_a_wrong_secret_is_told_by_its_number(place: Place) -> None:
    """AADSTS7000215, as programs look for it."""
    client = replace(place, client_secret="wrong~secret").confidential(place.tenant)

    result = client.acquire_token_for_client(["https://graph.microsoft.com/.default"])

    assert (result["error"], result["error_codes"]) == ("invalid_client", [7000215])


def test_tokens_name_their_audience_and_end_in_time(place: Place) -> None:
    """A delegated token is for Graph, of the person, and good for an hour or so."""
    claims = _claims({"access_token": place.token()})

    left = claims["exp"] - datetime.now(UTC).timestamp()
    assert claims["aud"] in ("https://graph.microsoft.com", "00000003-0000-0000-c000-000000000000")
    assert set(SCOPES) <= set(claims["scp"].split())
    assert 0 < left <= 90 * 60


def _claims(result: dict[str, Any]) -> dict[str, Any]:
    payload = result["access_token"].split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims
