"""The set-up guide: each step tried at Microsoft, the wait for an approval, and the least-privilege proof."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from tests.flow.admin.conftest import actions
from tests.flow.admin.guarded import Guarded, guarded_office
from tests.flow.sim import DOMAIN, TENANT, Simulator
from tests.sim.identity.browser import Browser

PATH = "/api/settings/microsoft"
ROLES = ("Application Mail.ReadWrite", "Application Mail.Send", "Application MailboxSettings.ReadWrite")


@pytest.fixture
def office(m365: Simulator, tmp_path: Path) -> Iterator[Guarded]:
    """With an app registration of its own, which this server's addresses are registered for."""
    with guarded_office(m365, tmp_path) as found:
        enter(found)
        yield found
        m365.identity("PUT", f"/tenants/{DOMAIN}", {"consent_policy": "users_may_consent"})


def enter(office: Guarded, **settings: str) -> str:
    client_id, shown = str(uuid.uuid4()), office.sabine.get(PATH).json
    app = {
        "name": "Poststelle",
        "secrets": [{"value": "right", "expires_at": "2030-01-01T00:00:00Z"}],
        "redirect_uris": [shown["redirect_uri"], shown["approved_uri"]],
        "audience": "multi_and_personal",
    }
    office.m365.identity("PUT", f"/apps/{client_id}", app)
    office.sabine.put(PATH, {"client_id": client_id, "secret": "right", **settings})
    return client_id


def change(office: Guarded, **app: Any) -> None:
    office.m365.identity("PUT", f"/apps/{office.sabine.get(PATH).json['client_id']}", app)


def let_in(office: Guarded, *app_permissions: str) -> None:
    """The organisation's administrator approves; the application by itself gets only what is named."""
    asked = {"client_id": office.sabine.get(PATH).json["client_id"], "tenant": TENANT}
    office.m365.identity("POST", "/consents/grant", {**asked, "scopes": "User.Read"})
    if app_permissions:
        office.m365.identity("POST", "/consents/grant", {**asked, "app_permissions": app_permissions})


def tried(office: Guarded) -> dict[str, tuple[str, str | None]]:
    rows = office.sabine.post(f"{PATH}/test", {}).json["findings"]
    return {row["step"]: (row["outcome"], row["code"]) for row in rows}


def test_each_step_is_tried_and_says_what_is_wrong(office: Guarded) -> None:
    """A new registration, step by step, as an operator makes it and gets it wrong."""
    found = tried(office)
    assert found["redirect"] == found["approved_redirect"] == ("good", None)
    assert found["credential"] == ("unknown", "no_organisation")
    assert found["application"] == ("skipped", None)

    office.sabine.put(PATH, {"app_tenant": TENANT})
    assert (tried(office)["credential"][0], tried(office)["application"]) == (
        "unknown",
        ("wrong", "AADSTS7000229"),
    )
    let_in(office)
    assert [outcome for outcome, _ in tried(office).values()] == ["good"] * 6

    shown = office.sabine.get(PATH).json
    change(office, redirect_uris=[shown["redirect_uri"]])
    assert tried(office)["approved_redirect"] == ("wrong", "AADSTS50011")
    change(office, secrets=[{"value": "right", "expires_at": "2020-01-01T00:00:00Z"}])
    assert tried(office)["credential"] == ("wrong", "AADSTS7000222")
    office.sabine.put(PATH, {"secret": "mistyped"})
    assert tried(office)["credential"] == ("wrong", "AADSTS7000215")
    office.sabine.put(PATH, {"tenant": "nowhere.example"})
    found = tried(office)
    assert (found["organisation"][0], found["redirect"]) == ("wrong", ("skipped", None))
    office.sabine.put(PATH, {"client_id": str(uuid.uuid4()), "tenant": "organizations"})
    assert tried(office)["redirect"] == ("wrong", "AADSTS700016")
    office.sabine.put(PATH, {"secret": ""})
    assert tried(office)["entered"] == ("wrong", "app_missing")
    assert actions(office.sabine)[-1] == "app.tried"


def wait_for_approval(office: Guarded) -> None:
    office.m365.identity("PUT", f"/tenants/{DOMAIN}", {"consent_policy": "admin_only"})
    answer = office.anna.post(f"/sign-in/microsoft/{office.account}", {"confirm": True})
    browser = Browser(office.m365.pages_url)
    browser.open(answer.json["url"].replace(office.m365.login_base, office.m365.pages_url))
    browser.press("signin", passwd="Tulpe-2026!").press("leave")
    back = urlsplit(browser.left_for)
    assert "approval_needed" in office.anna.get(f"{back.path}?{back.query}").location


def approval(office: Guarded) -> dict[str, Any]:
    found: dict[str, Any] = office.anna.get(f"/api/mailboxes/{office.account}/approval").json
    return found


def test_an_approval_is_waited_for_and_noticed(office: Guarded) -> None:
    """The mailbox waits; the first look finds the organisation without us, a later one with us."""
    wait_for_approval(office)
    assert office.row()["approval"]["code"] == "AADSTS90094"
    assert (approval(office)["asked_at"] is None, approval(office)["given_at"]) == (False, None)
    look(office)
    assert approval(office)["given_at"] is None

    let_in(office)
    look(office)
    assert approval(office)["given_at"] is not None
    assert [m["approval"]["given_at"] is None for m in office.anna.get("/api/mailboxes").json] == [False]
    assert actions(office.sabine)[-1] == "approval.given"

    office.m365.identity("PUT", f"/tenants/{DOMAIN}", {"consent_policy": "users_may_consent"})
    office.connected(office.anna)
    assert office.row()["approval"] is None


def look(office: Guarded) -> None:
    office.server.clock.advance(61)
    office.run(office.server.built.consents.run_due())


def test_where_we_are_known_only_the_way_back_tells(office: Guarded) -> None:
    """An organisation that knows the app already: looking proves nothing. Its administrator's way back does,
    for who holds the link; a page of ours explains it to people without a login, and names no mailbox.
    """
    let_in(office)
    wait_for_approval(office)
    look(office)
    look(office)
    assert approval(office)["given_at"] is None

    stranger, guide = office.anna.anew(), approval(office)
    link = guide["page_url"].rpartition("/approve/")[2]
    page = stranger.get(f"/api/approvals/{link}")
    assert (page.json["organisation"], page.json["is_given"], page.json["permissions"]) == (DOMAIN, False, [])
    assert office.address.encode() not in page.body
    state = dict(parse_qsl(urlsplit(page.json["admin_consent_url"]).query))["state"]
    for forged in (office.account, f"{office.account}-AAAA", f"{office.account}x-{state.partition('-')[2]}"):
        stranger.get(f"/sign-in/microsoft/approved?admin_consent=True&state={forged}")
        assert stranger.get(f"/api/approvals/{forged}").code == "no_such_approval"
    stranger.get(f"/sign-in/microsoft/approved?error=access_denied&state={state}")
    assert approval(office)["given_at"] is None

    where = stranger.get(f"/sign-in/microsoft/approved?admin_consent=True&state={state}").location
    assert where == f"/sign-in/result/{office.account}?outcome=approved"
    assert approval(office)["given_at"] is not None
    assert stranger.get(f"/api/approvals/{link}").json["is_given"] is True


def test_the_applications_approval_has_a_page_too(office: Guarded) -> None:
    """Handed to somebody without a login, who ends on a page of thanks; the operator ends in the settings."""
    office.sabine.put(PATH, {"app_tenant": TENANT})
    guide = office.sabine.get(f"{PATH}/application").json
    link = guide["page_url"].rpartition("/")[2]
    page = office.anna.anew().get(f"/api/approvals/{link}").json
    assert (page["organisation"], "Mail.ReadWrite" in page["permissions"]) == (TENANT, True)
    back = f"/sign-in/microsoft/approved?admin_consent=True&state={link}"
    assert office.anna.anew().get(back).location == "/sign-in/result/unknown?outcome=approved"
    assert office.sabine.get(back).location == "/settings/basic/microsoft?approved=1"


def assign_roles(office: Guarded, mailboxes: list[str], **more: Any) -> list[str]:
    client_id = office.sabine.get(PATH).json["client_id"]
    scope = {"name": "Poststelle mailboxes", "addresses": mailboxes} if mailboxes else None
    body = {"tenant": TENANT, "scope": scope, **more}
    made = [office.m365.identity("POST", f"/apps/{client_id}/roles", {**body, "role": r}) for r in ROLES]
    return [one["id"] for one in made]


def prove(office: Guarded, control: str) -> Any:
    return office.sabine.post(f"{PATH}/proof", {"accounts": [office.account], "control": control})


def test_the_least_privilege_proof(office: Guarded) -> None:
    """Rules not gone by yet, then proven; then somebody grants it everything, which the next day finds."""
    office.sabine.put(PATH, {"app_tenant": TENANT})
    boss = office.m365.new_mailbox("chef")
    assert prove(office, boss).code == "application_refused"
    let_in(office)
    assign_roles(office, [office.address], delay_s=3600)
    waits = prove(office, boss).json["proof"]
    assert (waits["verdict"], waits["by"]) == ("not_open", "Sabine Lindner")
    assert waits["opened"] == [{"address": office.address, "result": "shut"}]

    assign_roles(office, [office.address])
    look(office)
    assert office.sabine.get(f"{PATH}/proof").json["proof"] == waits
    office.server.clock.advance(16 * 60)
    look(office)
    sheet = office.sabine.get(f"{PATH}/proof").json
    assert (sheet["proof"]["verdict"], sheet["proof"]["by"]) == ("proven", None)
    assert sheet["proof"]["control"] == {"address": boss, "result": "shut"}
    assert sheet["mailboxes"] == [{"id": office.account, "address": office.address, "is_given": False}]
    assert office.warnings() == []

    let_in(office, "Mail.ReadWrite")
    office.later(1.1)
    look(office)
    assert office.sabine.get(f"{PATH}/proof").json["proof"]["verdict"] == "too_wide"
    assert [(w["kind"], w["username"]) for w in office.warnings()] == [("application_too_wide", boss)]
    assert actions(office.sabine)[-1] == "application.tried"


def test_what_proves_nothing_says_so(office: Guarded) -> None:
    """A control mailbox that does not exist, one of the chosen ones, no mailbox at all."""
    office.sabine.put(PATH, {"app_tenant": TENANT})
    let_in(office)
    assign_roles(office, [office.address])
    assert prove(office, f"niemand@{DOMAIN}").json["proof"]["verdict"] == "unproven"
    assert prove(office, office.address.upper()).code == "control_is_chosen"
    assert prove(office, "chef").code == "invalid_address"
    nothing = office.sabine.post(f"{PATH}/proof", {"control": f"chef@{DOMAIN}"})
    assert nothing.code == "no_mailboxes"


def test_the_commands_name_what_was_chosen(office: Guarded) -> None:
    """Filled in, quoted, with both ids; the organisation must be entered first."""
    asked = {"accounts": [office.account], "control": "o'hara@buero.example"}
    assert office.sabine.post(f"{PATH}/commands", asked).code == "application_tenant_missing"
    office.sabine.put(PATH, {"app_tenant": TENANT})
    told = office.sabine.post(f"{PATH}/commands", asked).json
    client_id = office.sabine.get(PATH).json["client_id"]
    assert f"-Filter 'appId eq ''{client_id}'''" in told["connect"]
    assert f"-TenantId '{TENANT}'" in told["connect"]
    assert f"-Members @('{office.address}')" in told["allow"]
    assert all(
        f"-Role '{role}' -CustomResourceScope 'Poststelle mailboxes'" in told["allow"] for role in ROLES
    )
    assert "-Resource 'o''hara@buero.example'" in told["test"]
