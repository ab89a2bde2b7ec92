"""Guests: an account of one tenant in another, with another id there and no mailbox."""

from __future__ import annotations

import base64
import json
from typing import Any

import msal
import pytest
from tests.sim.identity.app import PASSWORD, REDIRECT, App
from tests.sim.identity.browser import Browser
from tests.sim.identity.conftest import LINDNER, STRICT

from m365sim.directory import CONSUMERS_TENANT_ID
from m365sim.server import DEMO_CLIENT_ID, DEMO_SECRET, Running

ANNA, LENA = "anna@lindner.example", "lena@outlook.example"


@pytest.fixture
def guest(app: App) -> dict[str, Any]:
    """Anna as a guest of Strict Ltd, which lets its users consent."""
    app.control("PUT", "/tenants/strict.example", {"consent_policy": "users_may_consent"})
    status, record = app.control("POST", f"/users/{ANNA}/invite", {"tenant": "strict.example"})
    assert status == 200
    return dict(record)


def _client(sim: Running, tenant: str) -> msal.ConfidentialClientApplication:
    return msal.ConfidentialClientApplication(
        DEMO_CLIENT_ID,
        client_credential=DEMO_SECRET,
        authority=f"{sim.base_url}/{tenant}",
        instance_discovery=False,
        verify=str(sim.ca_file),
    )


def _sign_in(client: msal.ConfidentialClientApplication, browser: Browser, address: str) -> dict[str, Any]:
    flow = client.initiate_auth_code_flow(
        ["User.Read", "Mail.Read"], redirect_uri=REDIRECT, login_hint=address, response_mode="form_post"
    )
    browser.open(flow["auth_uri"])
    if browser.has("input[name=passwd]"):
        browser.press("signin", passwd=PASSWORD)
    result: dict[str, Any] = client.acquire_token_by_auth_code_flow(flow, browser.press("accept").answer())
    assert "error" not in result, result
    return result


def test_a_guest_is_another_object_with_the_same_home(
    sim: Running, browser: Browser, guest: dict[str, Any]
) -> None:
    """oid and tid are the resource tenant's, the home account id is the home tenant's; idp tells it."""
    client = _client(sim, "strict.example")

    claims = _sign_in(client, browser, ANNA)["id_token_claims"]

    assert (claims["oid"], claims["tid"]) == (guest["id"], STRICT)
    assert claims["preferred_username"] == ANNA
    assert claims["idp"].endswith(f"/{LINDNER}/v2.0")
    assert client.get_accounts()[0]["home_account_id"] == f"00000000-aaaa-4bbb-8ccc-000000000001.{LINDNER}"


def test_a_guest_has_no_mailbox_there(app: App, browser: Browser, guest: dict[str, Any]) -> None:
    """/me is the guest; mail is MailboxNotEnabledForRESTAPI."""
    token = _sign_in(_client(app.sim, "strict.example"), browser, ANNA)["access_token"]

    _, _, me = app.graph(token, "/v1.0/me?$select=id,mail,userType,userPrincipalName")
    status, _, answer = app.graph(token, "/v1.0/me/messages")

    assert (me["id"], me["mail"], me["userType"]) == (guest["id"], ANNA, "Guest")
    assert me["userPrincipalName"] == "anna_lindner.example#EXT#@strict.example"
    assert (status, answer["error"]["code"]) == (404, "MailboxNotEnabledForRESTAPI")


def test_at_common_a_guest_is_at_home(app: App, browser: Browser, guest: dict[str, Any]) -> None:
    """Only the resource tenant's own path signs in as its guest."""
    code = app.code(browser, ANNA)

    assert app.sim.platform.codes[code].user_id == "00000000-aaaa-4bbb-8ccc-000000000001"


def test_one_sign_in_serves_both_tenants(app: App, browser: Browser, guest: dict[str, Any]) -> None:
    """The browser's session is the home account's."""
    app.code(browser, ANNA)

    browser.open(app.authorize_url("strict.example", login_hint=ANNA))

    assert browser.has("button#accept")


def test_the_picker_knows_a_guest_by_the_home_account(
    app: App, browser: Browser, guest: dict[str, Any]
) -> None:
    """Choosing her account at the inviting tenant's page goes on as its guest."""
    app.code(browser, ANNA)
    browser.open(app.authorize_url("strict.example", prompt="select_account"))

    browser.press_first("button.account")

    assert browser.has("button#accept")


def test_who_is_not_invited_stays_out(app: App, browser: Browser, guest: dict[str, Any]) -> None:
    """50020 for the others of her tenant; the guest's own technical name is no account to sign in with."""
    browser.open(app.authorize_url("strict.example", login_hint="chef@lindner.example"))
    assert "AADSTS50020" in browser.node("#error").text()

    browser.open(app.authorize_url("strict.example", login_hint=guest["upn"]))

    assert browser.has("#message")


def test_a_guest_is_revoked_at_home(app: App, browser: Browser, guest: dict[str, Any]) -> None:
    """In the resource tenant revoking ends nothing; at home it ends the guest's tokens too."""
    code = app.code(browser, ANNA, "strict.example")
    _, tokens = app.redeem(code, "strict.example")

    there = app.control("POST", f"/users/{guest['id']}/revoke")
    alive, _ = app.refresh(tokens["refresh_token"], "strict.example")
    app.control("POST", f"/users/{ANNA}/revoke")
    _, dead = app.refresh(tokens["refresh_token"], "strict.example")

    assert (there, alive) == ((200, {"refresh_tokens": 0}), 200)
    assert dead["error_codes"] == [50173]


def test_the_resource_tenants_conditions_bind_its_guests(
    app: App, browser: Browser, guest: dict[str, Any]
) -> None:
    """A second factor asked for there is asked of the guest there, and not at home."""
    app.control("PUT", "/tenants/strict.example", {"conditions": ["mfa"]})

    browser.open(app.authorize_url("strict.example", login_hint=ANNA)).press("signin", passwd=PASSWORD)
    there = browser.has("#number")
    browser.open(app.authorize_url("lindner.example", login_hint=ANNA))

    assert there
    assert browser.has("button#accept")


@pytest.mark.parametrize(
    ("address", "tenant", "status"),
    [
        (ANNA, "lindner.example", 400),
        (ANNA, "nowhere.example", 404),
        ("nobody@x.example", "strict.example", 404),
    ],
)
def test_a_wrong_invitation_is_refused(app: App, address: str, tenant: str, status: int) -> None:
    """Nobody is a guest at home, and nobody who is not there can be invited."""
    assert app.control("POST", f"/users/{address}/invite", {"tenant": tenant})[0] == status


def test_a_personal_accounts_id_has_zeros_before_it(sim: Running, app: App, browser: Browser) -> None:
    """oid and home account id are the account's number as a GUID; /me has the same id."""
    client = _client(sim, "common")

    result = _sign_in(client, browser, LENA)

    oid = "00000000-0000-0000-8ccc-000000000008"
    assert result["id_token_claims"]["oid"] == oid
    assert client.get_accounts()[0]["home_account_id"] == f"{oid}.{CONSUMERS_TENANT_ID}"
    assert app.graph(result["access_token"], "/v1.0/me")[2]["id"] == oid
    assert "." not in result["access_token"]


def test_a_new_personal_account_has_such_an_id_too(app: App) -> None:
    """Users added by the control API are no exception."""
    _, made = app.control("PUT", "/users/neu@outlook.example", {"tenant": "consumers"})

    assert made["id"].startswith("00000000-0000-0000-")


def test_client_info_names_the_home_account(app: App, browser: Browser, guest: dict[str, Any]) -> None:
    """uid and utid are the home tenant's, whatever tenant the token is for."""
    _, tokens = app.redeem(app.code(browser, ANNA, "strict.example"), "strict.example")

    info = json.loads(base64.urlsafe_b64decode(tokens["client_info"] + "=="))

    assert info == {"uid": "00000000-aaaa-4bbb-8ccc-000000000001", "utid": LINDNER}
