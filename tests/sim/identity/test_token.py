"""The token endpoint: codes and refresh tokens, and each refusal with its AADSTS number."""

from __future__ import annotations

import base64
import re
import urllib.parse
from typing import Any

import pytest
from tests.sim.identity.app import REDIRECT, VERIFIER, App
from tests.sim.identity.browser import Browser

from m365sim.clock import Clock
from m365sim.server import DEMO_CLIENT_ID, DEMO_SECRET

ANNA = "anna@lindner.example"


@pytest.fixture
def code(app: App, browser: Browser) -> str:
    """A code of Anna's sign-in at /common."""
    return app.code(browser, ANNA)


def test_a_code_gives_all_tokens(app: App, code: str) -> None:
    """Every field of the answer is there."""
    status, answer = app.redeem(code)

    assert status == 200
    assert answer["token_type"] == "Bearer"
    assert 3600 <= answer["expires_in"] < 5400
    assert answer["ext_expires_in"] == answer["expires_in"]
    assert set(answer["scope"].split()) >= {"openid", "profile", "User.Read", "Mail.ReadWrite"}
    assert "offline_access" not in answer["scope"]
    assert {"access_token", "refresh_token", "id_token", "client_info"} <= answer.keys()
    info = base64.urlsafe_b64decode(answer["client_info"] + "==")
    assert b'"uid":"00000000-aaaa-4bbb-8ccc-000000000001"' in info


def test_what_was_not_asked_is_not_given(app: App, browser: Browser) -> None:
    """No refresh token without offline_access, no id_token without openid, no client_info unless wanted."""
    code = app.code(browser, ANNA, scope="Mail.ReadWrite")

    _, answer = app.redeem(code, client_info=None)

    assert answer.keys().isdisjoint({"refresh_token", "id_token", "client_info"})


def test_full_resource_names_are_answered_in_full(app: App, browser: Browser) -> None:
    """Whoever asks with https://graph.microsoft.com/ gets scopes written that way."""
    code = app.code(browser, ANNA, scope="openid https://graph.microsoft.com/Mail.ReadWrite")

    _, answer = app.redeem(code)

    assert "https://graph.microsoft.com/Mail.ReadWrite" in answer["scope"].split()


def test_a_personal_account_holds_no_shared_scopes(app: App, browser: Browser) -> None:
    """Mail.ReadWrite.Shared is left out for personal accounts, and the answer's scope says so."""
    code = app.code(browser, "lena@outlook.example", scope="openid Mail.ReadWrite Mail.ReadWrite.Shared")

    _, answer = app.redeem(code)

    assert "Mail.ReadWrite" in answer["scope"].split()
    assert "Mail.ReadWrite.Shared" not in answer["scope"]


def test_a_code_is_good_once(app: App, code: str) -> None:
    """54005 at the second use."""
    app.redeem(code)

    status, answer = app.redeem(code)

    assert (status, answer["error"], answer["error_codes"]) == (400, "invalid_grant", [54005])


def test_a_code_ends_after_ten_minutes(app: App, code: str, clock: Clock) -> None:
    """70008 from the tenth minute on."""
    clock.advance(600)

    assert app.redeem(code)[1]["error_codes"] == [70008]


@pytest.mark.parametrize("verifier", ["x" * 64, None])
def test_a_wrong_or_missing_verifier_is_refused(app: App, code: str, verifier: str | None) -> None:
    """501481, and the code stays good for the right verifier."""
    assert app.redeem(code, code_verifier=verifier)[1]["error_codes"] == [501481]

    assert app.redeem(code)[0] == 200


def test_a_plain_challenge_is_compared_as_it_is(app: App, browser: Browser) -> None:
    """A missing method means plain."""
    code = app.code(browser, ANNA, code_challenge=VERIFIER, code_challenge_method=None)

    assert app.redeem(code)[0] == 200


def test_a_code_belongs_to_its_tenant_path(app: App, code: str) -> None:
    """700005 at another path than the one the sign-in went through."""
    assert app.redeem(code, "strict.example")[1]["error_codes"] == [700005]


def test_a_code_belongs_to_its_redirect_address(app: App, code: str) -> None:
    """50011 for another address, even a registered one."""
    assert app.redeem(code, redirect_uri=REDIRECT + "/")[1]["error_codes"] == [50011]


@pytest.mark.parametrize("name", ["grant_type", "code", "redirect_uri", "client_id"])
def test_a_missing_parameter_is_named(app: App, code: str, name: str) -> None:
    """900144 with the parameter's name."""
    fields: dict[str, Any] = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT,
        name: None,
    }

    status, answer = app.token(**fields)

    assert (status, answer["error_codes"]) == (400, [900144])
    assert f"'{name}'" in answer["error_description"]


@pytest.mark.parametrize(("secret", "number"), [("not-the-secret", 7000215), (None, 7000218)])
def test_a_client_must_prove_itself(app: App, code: str, secret: str | None, number: int) -> None:
    """A wrong secret and a missing one are invalid_client with 401."""
    status, answer = app.redeem(code, client_secret=secret)

    assert (status, answer["error"], answer["error_codes"]) == (401, "invalid_client", [number])


def test_an_ended_secret_is_told_apart_from_a_wrong_one(app: App, code: str) -> None:
    """7000222 once the secret has expired."""
    secrets = [{"value": DEMO_SECRET, "expires_at": "2020-01-01T00:00:00Z"}]
    app.control("PUT", f"/apps/{app.client_id}", {"secrets": secrets})

    status, answer = app.redeem(code)

    assert (status, answer["error_codes"]) == (401, [7000222])


def test_the_secret_may_stand_in_a_basic_header(app: App, code: str) -> None:
    """client_secret_basic: id and secret, form-encoded, in base64."""
    pair = f"{DEMO_CLIENT_ID}:{urllib.parse.quote(DEMO_SECRET, safe='')}"
    header = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
    }

    status, _ = app.post("/common/oauth2/v2.0/token", form, header)

    assert status == 200


def test_an_app_without_credentials_must_send_none(app: App, code: str) -> None:
    """700025: a public client that sends a secret."""
    app.control("PUT", f"/apps/{app.client_id}", {"secrets": []})

    assert app.redeem(code)[1]["error_codes"] == [700025]
    assert app.redeem(code, client_secret=None)[0] == 200


def test_the_error_body_has_every_field(app: App) -> None:
    """error, three lines after the sentence, error_codes, timestamp, ids and address."""
    _, answer = app.redeem("no-such-code")

    lines = answer["error_description"].split("\r\n")
    assert lines[0].startswith("AADSTS70000: ")
    assert lines[1] == f"Trace ID: {answer['trace_id']}"
    assert lines[2] == f"Correlation ID: {answer['correlation_id']}"
    assert lines[3] == f"Timestamp: {answer['timestamp']}"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ", answer["timestamp"])
    assert answer["error_uri"].endswith("/error?code=70000")


def test_a_refresh_gives_new_tokens_and_the_old_one_stays_good(app: App, code: str) -> None:
    """Rotation without revocation: both refresh tokens work afterwards."""
    _, first = app.redeem(code)
    _, second = app.refresh(first["refresh_token"])

    assert second["refresh_token"] != first["refresh_token"]
    assert second["access_token"] != first["access_token"]
    assert app.refresh(first["refresh_token"])[0] == 200
    assert app.refresh(second["refresh_token"])[0] == 200


def test_a_refresh_token_dies_of_ninety_idle_days(app: App, code: str, clock: Clock) -> None:
    """700082 after 90 days; used in between, the new one lives on."""
    _, first = app.redeem(code)
    clock.advance(80 * 86400)
    _, second = app.refresh(first["refresh_token"])
    clock.advance(11 * 86400)

    assert app.refresh(first["refresh_token"])[1]["error_codes"] == [700082]
    assert app.refresh(second["refresh_token"])[0] == 200


def test_a_revoked_sign_in_must_be_renewed(app: App, browser: Browser, code: str, clock: Clock) -> None:
    """50173 for tokens from before; tokens of a new sign-in work."""
    _, old = app.redeem(code)
    app.control("POST", f"/users/{ANNA}/revoke")
    clock.advance(1)
    new = app.tokens(browser, ANNA)

    status, answer = app.refresh(old["refresh_token"])

    assert (status, answer["error"], answer["error_codes"]) == (400, "invalid_grant", [50173])
    assert app.refresh(new["refresh_token"])[0] == 200


def test_a_refresh_belongs_to_its_tenant_path(app: App, code: str) -> None:
    """7000012 at a foreign tenant; the path of the sign-in and the own tenant both work."""
    _, first = app.redeem(code)

    assert app.refresh(first["refresh_token"], "strict.example")[1]["error_codes"] == [7000012]
    assert app.refresh(first["refresh_token"], "lindner.example")[0] == 200


@pytest.mark.parametrize("path", ["common", "organizations", "lindner.example"])
def test_a_refresh_token_is_the_users_and_not_a_paths(app: App, path: str) -> None:
    """What the control API gives goes on at every path that means the user: 7000012 is for another tenant."""
    asked = {"user": "anna@lindner.example", "client_id": app.client_id, "client": "public"}
    _, given = app.control("POST", "/tokens", asked)

    status, _ = app.refresh(given["refresh_token"], path, client_secret=None)
    _, foreign = app.refresh(given["refresh_token"], "consumers", client_secret=None)

    assert status == 200
    assert foreign["error_codes"] == [7000012]


def test_a_withdrawn_consent_ends_the_refresh(app: App, code: str) -> None:
    """65001 as invalid_grant with suberror consent_required."""
    _, first = app.redeem(code)
    app.control("POST", "/consents/withdraw", {"client_id": app.client_id, "user": ANNA})

    _, answer = app.refresh(first["refresh_token"])

    assert (answer["error"], answer["error_codes"]) == ("invalid_grant", [65001])
    assert answer["suberror"] == "consent_required"


def test_a_scope_never_granted_needs_consent(app: App, code: str) -> None:
    """A refresh cannot widen what the person has granted."""
    _, first = app.redeem(code)

    assert app.refresh(first["refresh_token"], scope="Mail.Send")[1]["error_codes"] == [65001]


def test_a_disabled_user_gets_no_new_tokens(app: App, code: str) -> None:
    """50057 at the refresh."""
    _, first = app.redeem(code)
    app.control("PUT", f"/users/{ANNA}", {"is_enabled": False})

    assert app.refresh(first["refresh_token"])[1]["error_codes"] == [50057]


def test_a_planned_failure_strikes_once_and_may_carry_claims(app: App, code: str) -> None:
    """50076 is interaction_required with a claims challenge; the next request works again."""
    _, first = app.redeem(code)
    app.control("POST", "/fail-next", {"token": [50076]})

    _, answer = app.refresh(first["refresh_token"])

    assert (answer["error"], answer["error_codes"]) == ("interaction_required", [50076])
    assert "access_token" in answer["claims"]
    assert app.refresh(first["refresh_token"])[0] == 200


@pytest.mark.parametrize(
    ("grant_type", "status"),
    [("password", 501), ("urn:ietf:params:oauth:grant-type:jwt-bearer", 501), ("magic", 400)],
)
def test_other_grants_are_refused_by_name(app: App, grant_type: str, status: int) -> None:
    """What is not simulated says so with 501; what does not exist is unsupported_grant_type."""
    answered, answer = app.token(grant_type=grant_type)

    assert (answered, answer["error"]) == (status, "unsupported_grant_type")
    assert grant_type in answer["error_description"]


@pytest.mark.parametrize(
    ("body", "content_type", "number"),
    [
        (b'{"grant_type": "x"}', "application/json", 9002313),
        (b"grant_type=a&grant_type=b", "application/x-www-form-urlencoded", 9000411),
        (b"\xff\xfe=\x00", "application/x-www-form-urlencoded", 9002313),
        (b"", "application/x-www-form-urlencoded", 900144),
        (b"grant_type=" + b"x" * 2_000_000, "application/x-www-form-urlencoded", 9002313),
    ],
)
def test_a_malformed_body_is_refused(app: App, body: bytes, content_type: str, number: int) -> None:
    """Garbage gets an error body, never a crash."""
    status, answer = app.post("/common/oauth2/v2.0/token", body, {"Content-Type": content_type})

    assert (status, answer["error_codes"]) == (400, [number])


@pytest.mark.parametrize(
    ("changes", "tenant", "number"),
    [
        ({"audience": "single", "tenant": "lindner.example"}, "common", 50194),
        ({"audience": "single", "tenant": "strict.example"}, "lindner.example", 700016),
        ({"audience": "personal"}, "organizations", 9002331),
        ({"audience": "multi"}, "consumers", 9002332),
        ({"is_enabled": False}, "common", 7000112),
    ],
)
def test_the_apps_audience_must_fit_the_path(
    app: App, browser: Browser, changes: dict[str, object], tenant: str, number: int
) -> None:
    """Both the page and the token endpoint refuse the app there."""
    app.control("PUT", f"/apps/{app.client_id}", changes)

    browser.open(app.authorize_url(tenant))
    _, answer = app.redeem("any", tenant)

    assert f"AADSTS{number}" in browser.node("#error").text()
    assert answer["error_codes"] == [number]


def test_discovery_of_common_has_an_issuer_template(app: App) -> None:
    """The shared document says {tenantid}; a tenant's own says its GUID; pages are on plain HTTP."""
    _, common = app.get("/common/v2.0/.well-known/openid-configuration")
    _, own = app.get("/lindner.example/v2.0/.well-known/openid-configuration")

    assert common["issuer"] == app.sim.base_url + "/{tenantid}/v2.0"
    assert own["issuer"].endswith("/3f1c9a52-6d0e-4c0b-9f63-1a2b3c4d5e6f/v2.0")
    assert own["authorization_endpoint"].startswith(app.sim.pages_url)
    assert own["token_endpoint"].startswith(app.sim.base_url)


def test_discovery_of_an_unknown_tenant_is_an_error(app: App) -> None:
    """90002 with an error body."""
    status, answer = app.get("/nowhere.example/v2.0/.well-known/openid-configuration")

    assert (status, answer["error_codes"]) == (400, [90002])


def test_instance_discovery_says_how_to_go_on(app: App) -> None:
    """A client that asks for instance metadata is told to switch that off."""
    status, answer = app.get("/common/discovery/instance?api-version=1.1")

    assert (status, answer["error"]) == (400, "invalid_instance")
    assert "instance_discovery=False" in answer["error_description"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/common/oauth2/token"),
        ("GET", "/common/oauth2/authorize"),
        ("GET", "/common/userrealm/anna@lindner.example"),
        ("POST", "/common/oauth2/v2.0/logout"),
        ("GET", "/common/oauth2/v2.0/token"),
        ("PROPFIND", "/common/discovery/keys"),
        ("GET", "/"),
    ],
)
def test_what_is_not_simulated_is_refused_by_name(app: App, method: str, path: str) -> None:
    """501 in the error form of the platform, for unknown paths and for other methods of known ones."""
    status, answer = app.call(method, path)

    assert (status, answer["error"], answer["error_codes"]) == (501, "invalid_request", [9002313])
    told = f"AADSTS9002313: NotImplementedInSimulation: {method} {path} is not simulated.\r\n"
    assert answer["error_description"].startswith(told)


def test_a_slash_at_the_end_of_an_address_makes_no_difference(app: App) -> None:
    """Neither to documents and tokens nor to the way to the pages."""
    path = "/common/v2.0/.well-known/openid-configuration"

    assert app.get(f"{path}/") == app.get(path)
    assert app.post("/common/oauth2/v2.0/token/", {})[1]["error_codes"] == [900144]
    assert app.location("/common/oauth2/v2.0/authorize/?x=1") == app.location(
        "/common/oauth2/v2.0/authorize?x=1"
    )
    assert app.get("/common/oauth2/v2.0/token/")[0] == 501
