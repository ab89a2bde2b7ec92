"""The device code flow: MSAL on the device, a person at the page elsewhere."""

from __future__ import annotations

from typing import Any

import msal
import pytest
from tests.sim.identity.app import PASSWORD, App
from tests.sim.identity.browser import Browser

from m365sim.clock import Clock
from m365sim.server import DEMO_CLIENT_ID, Running

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
ANNA = "anna@lindner.example"


@pytest.fixture
def client(sim: Running) -> msal.PublicClientApplication:
    """MSAL as a program without a secret."""
    return msal.PublicClientApplication(
        DEMO_CLIENT_ID,
        authority=f"{sim.base_url}/common",
        instance_discovery=False,
        verify=str(sim.ca_file),
    )


def _start(app: App, **changes: str) -> dict[str, Any]:
    fields = {"client_id": DEMO_CLIENT_ID, "scope": "openid offline_access Mail.Read", **changes}
    status, answer = app.post("/common/oauth2/v2.0/devicecode", fields)
    assert status == 200, answer
    return answer


def _poll(
    app: App, codes: dict[str, Any], tenant: str = "common", **changes: str
) -> tuple[int, dict[str, Any]]:
    fields = {"grant_type": DEVICE, "device_code": codes["device_code"], **changes}
    return app.token(tenant, client_secret=None, **fields)


def _enter(browser: Browser, codes: dict[str, Any], address: str = ANNA) -> Browser:
    """Type the code, sign in; the page that asks whether this is meant."""
    browser.open(codes["verification_uri"]).press("next", otc=codes["user_code"])
    return browser.press("next", loginfmt=address).press("signin", passwd=PASSWORD)


def test_msal_gets_tokens_once_the_person_has_entered_the_code(
    client: msal.PublicClientApplication, browser: Browser
) -> None:
    """initiate_device_flow tells what to do; after code, sign-in and consent the tokens are there."""
    flow = client.initiate_device_flow(["Mail.Read"])
    assert flow["user_code"] in flow["message"]
    assert flow["verification_uri"] in flow["message"]

    _enter(browser, flow).press("continue").press("accept")
    result = client.acquire_token_by_device_flow(flow)

    assert browser.has("#approved")
    assert result["id_token_claims"]["preferred_username"] == ANNA
    again = client.acquire_token_silent(["Mail.Read"], client.get_accounts()[0], force_refresh=True)
    assert again["access_token"] != result["access_token"]


def test_msal_for_javascript_asks_in_its_own_way(app: App) -> None:
    """It says ``device_code`` for the grant, and tells of itself in form and query."""
    courtesies = {
        "client-request-id": "9a79108c-1d02-48a7-acb0-48983dad2fa2",
        "client_info": "1",
        "x-client-SKU": "msal.js.node",
        "x-ms-lib-capability": "retry-after, h429",
        "x-app-name": "Trial",
    }
    codes = _start(app)
    app.control("POST", f"/device-codes/{codes['user_code']}/approve", {"user": ANNA})
    form = {"grant_type": "device_code", "device_code": codes["device_code"], "client_id": DEMO_CLIENT_ID}
    query = f"client-request-id={courtesies['client-request-id']}"

    status, tokens = app.post(f"/common/oauth2/v2.0/token?{query}", form | courtesies)

    assert status == 200, tokens
    assert "Mail.Read" in tokens["scope"]
    assert app.post("/common/oauth2/v2.0/token?scope=Mail.Read", form)[0] == 501


def test_msal_waits_while_nobody_has_answered(
    client: msal.PublicClientApplication, app: App, browser: Browser, clock: Clock
) -> None:
    """The first poll is authorization_pending, a later one brings the tokens."""
    flow = client.initiate_device_flow(["Mail.Read"])

    first = client.acquire_token_by_device_flow(flow, exit_condition=lambda flow: True)
    app.control("POST", f"/device-codes/{flow['user_code']}/approve", {"user": ANNA})
    flow["latest_attempt_at"] = 0
    second = client.acquire_token_by_device_flow(flow, exit_condition=lambda flow: True)

    assert first["error"] == "authorization_pending"
    assert "access_token" in second


def test_the_answer_has_the_documented_fields(app: App) -> None:
    """15 minutes, an interval, a code of nine signs; no verification_uri_complete."""
    codes = _start(app)

    assert (codes["expires_in"], codes["interval"]) == (900, 5)
    assert len(codes["user_code"]) == 9
    assert codes.keys() == {
        "user_code",
        "device_code",
        "verification_uri",
        "expires_in",
        "interval",
        "message",
    }


@pytest.mark.parametrize(("language", "word"), [("de-DE", "Webbrowser"), ("en-US", "To sign in")])
def test_the_message_speaks_the_language_of_mkt(app: App, language: str, word: str) -> None:
    """German and English, by ?mkt= as the guide has it."""
    form = {"client_id": DEMO_CLIENT_ID, "scope": "Mail.Read"}

    _, answer = app.post(f"/common/oauth2/v2.0/devicecode?mkt={language}", form)

    assert word in answer["message"]


def test_declining_is_told_to_the_device(app: App, browser: Browser) -> None:
    """Cancel on the page is authorization_declined."""
    codes = _start(app)

    _enter(browser, codes).press("cancel")

    assert browser.has("#declined")
    assert _poll(app, codes)[1]["error"] == "authorization_declined"


def test_refusing_the_consent_is_declining_too(app: App, browser: Browser) -> None:
    """The person signs in, and then does not accept the permissions."""
    codes = _start(app)

    _enter(browser, codes).press("continue").press("decline")

    assert _poll(app, codes)[1]["error"] == "authorization_declined"


def test_a_code_ends_after_fifteen_minutes(app: App, browser: Browser, clock: Clock) -> None:
    """expired_token for the device; the page knows the code no longer."""
    codes = _start(app)
    clock.advance(900)

    status, answer = _poll(app, codes)
    browser.open(codes["verification_uri"]).press("next", otc=codes["user_code"])

    assert (status, answer["error"], answer["error_codes"]) == (400, "expired_token", [70019])
    assert "didn't work" in browser.node("#message").text()


def test_an_unknown_or_used_device_code_is_refused(app: App) -> None:
    """bad_verification_code: never given out, or its tokens are fetched already."""
    codes = _start(app)
    app.control("POST", f"/device-codes/{codes['user_code']}/approve", {"user": ANNA})
    assert _poll(app, codes)[0] == 200

    assert _poll(app, codes)[1]["error"] == "bad_verification_code"
    assert _poll(app, {"device_code": "nonsense"})[1]["error_codes"] == [70018]


def test_a_hasty_device_is_slowed_down_where_that_is_switched_on(app: App, clock: Clock) -> None:
    """slow_down for a second poll at once; after the interval it is authorization_pending again."""
    app.control("PUT", "/device-flow", {"slow_down": True, "interval_s": 10})
    codes = _start(app)

    polls = [_poll(app, codes)[1]["error"], _poll(app, codes)[1]["error"]]
    clock.advance(10)

    assert polls == ["authorization_pending", "slow_down"]
    assert _poll(app, codes)[1]["error"] == "authorization_pending"


def test_an_app_must_allow_public_clients(app: App) -> None:
    """7000218 at the poll when the registration does not allow it, with a secret or without one."""
    codes = _start(app)
    app.control("PUT", f"/apps/{app.client_id}", {"allows_public_client": False})
    with_secret = _poll(app, codes)
    app.control("PUT", f"/apps/{app.client_id}", {"secrets": []})
    without = _poll(app, codes)

    for status, answer in (with_secret, without):
        assert (status, answer["error"], answer["error_codes"]) == (401, "invalid_client", [7000218])


def test_a_device_code_belongs_to_its_tenant_path(app: App) -> None:
    """700005 when it is polled elsewhere."""
    assert _poll(app, _start(app), "lindner.example")[1]["error_codes"] == [700005]


@pytest.mark.parametrize(
    ("changes", "status", "number"),
    [
        ({"client_id": "nobody"}, 400, 700016),
        ({"client_id": ""}, 400, 900144),
        ({"scope": ""}, 400, 900144),
        ({"scope": "Mail.Everything"}, 400, 70011),
        ({"claims": "{"}, 400, 9002313),
        ({"colour": "red"}, 501, 9002313),
    ],
)
def test_a_wrong_request_for_a_code_is_refused(
    app: App, changes: dict[str, str], status: int, number: int
) -> None:
    """With the token endpoint's error body."""
    fields = {"client_id": DEMO_CLIENT_ID, "scope": "Mail.Read", **changes}

    answered, answer = app.post("/common/oauth2/v2.0/devicecode", fields)

    assert (answered, answer["error_codes"]) == (status, [number])


@pytest.mark.parametrize(
    ("address", "status"),
    [("common/oauth2/deviceauth?colour=red", 501), ("nowhere.example/oauth2/deviceauth", 400)],
)
def test_a_wrong_address_of_the_page_is_refused(
    app: App, browser: Browser, address: str, status: int
) -> None:
    """Unknown parameters by name, unknown tenants as everywhere."""
    assert browser.open(f"{app.sim.pages_url}/{address}").status == status


def test_the_short_address_and_a_sloppy_hand_lead_there_too(app: App, browser: Browser) -> None:
    """/devicelogin shows the same page; small letters and dashes are forgiven."""
    code = _start(app)["user_code"]
    typed = f"{code[:3]}-{code[3:6]}-{code[6:]}".lower()

    browser.open(f"{app.sim.pages_url}/devicelogin").press("next", otc=typed)

    assert browser.has("input[name=loginfmt]")
