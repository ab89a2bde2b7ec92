"""Mailboxes that belong to nobody: opened by people who may, or by the application itself."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from tests.flow.admin.conftest import actions
from tests.flow.admin.guarded import Guarded, guarded_office
from tests.flow.sim import TENANT, Simulator
from tests.unit.access.test_microsoft_settings import certificate, private

ROLES = ["Mail.ReadWrite", "Mail.Send", "MailboxSettings.ReadWrite"]


@pytest.fixture
def office(m365: Simulator, tmp_path: Path) -> Iterator[Guarded]:
    with guarded_office(m365, tmp_path) as found:
        yield found
        consent = {"client_id": m365.facts["client_id"], "tenant": TENANT}
        m365.identity("POST", "/consents/withdraw", consent)


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def approve(office: Guarded) -> None:
    """The organisation's administrator lets the application in."""
    consent = {"client_id": office.m365.facts["client_id"], "tenant": TENANT}
    office.m365.identity("POST", "/consents/grant", {**consent, "app_permissions": ROLES})


def disapprove(office: Guarded) -> None:
    """Whatever another test has had approved at the simulator that they share is withdrawn."""
    consent = {"client_id": office.m365.facts["client_id"], "tenant": TENANT}
    office.m365.identity("POST", "/consents/withdraw", consent)


def test_a_delegate_opens_a_shared_mailbox(office: Guarded) -> None:
    """Said to be shared: one's own account signs in, only shared permissions are asked for, mail comes."""
    deputy = office.delegate("anna")
    office.m365.control.receive(office.address, subject="Anfrage")
    answer = office.anna.post(f"/sign-in/microsoft/{office.account}", {"confirm": True, "is_shared": True})
    asked = dict(parse_qsl(urlsplit(answer.json["url"]).query))
    assert {s for s in asked["scope"].split() if "." in s} == {
        "User.Read",
        "Mail.ReadWrite.Shared",
        "Mail.Send.Shared",
    }
    assert "login_hint" not in asked

    given = office.connected(office.anna, deputy, is_shared=True)
    office.pull()

    assert (given["kind"], given["username"], given["state"]) == ("delegate", deputy, "in_use")
    row = office.row()
    assert (row["state"], row["address"], row["is_shared"]) == ("connected", office.address, True)
    assert row["sync"]["held"] == 1
    office.m365.control.receive(office.address, subject="Noch eine")
    office.pull()
    assert office.row()["sync"]["held"] == 2


def test_who_may_not_open_it_does_not_connect_it(office: Guarded) -> None:
    """Said to be shared, but Microsoft does not open it for this account: its own page, nothing is kept."""
    stranger = office.m365.new_mailbox("fremd")
    path, query = office.sign_in(office.anna, stranger, is_shared=True)
    assert path == f"/sign-in/result/{office.account}"
    assert (query["outcome"], query["signed_in_as"]) == ("no_access", stranger)
    assert office.sign_ins() == []


def test_a_shared_mailbox_is_detected(office: Guarded) -> None:
    """Nobody said so, but the account that came back may open it: it is connected as shared."""
    deputy = office.delegate("anna")
    scopes = "Mail.ReadWrite.Shared Mail.Send.Shared"  # consented to before
    client_id = office.m365.facts["client_id"]
    office.m365.identity(
        "POST", "/consents/grant", {"client_id": client_id, "scopes": scopes, "user": deputy}
    )
    given = office.connected(office.anna, deputy)
    assert given["kind"] == "delegate"
    office.server.clock.advance(51 * 60)
    office.renew_due()
    office.pull()
    assert office.states() == [(deputy, "in_use", None)]


def test_a_delegate_who_loses_the_right_is_replaced(office: Guarded) -> None:
    """The tokens are fine, the mailbox is closed: the next sign-in takes over in the same pull."""
    first, second = office.delegate("anna"), office.delegate("tom")
    office.connected(office.anna, first, is_shared=True)
    office.connected(office.tom, second, is_shared=True, is_reserve=True)
    office.pull()
    office.m365.control.receive(office.address, subject="Anfrage")
    office.m365.identity("PUT", f"/users/{first}", {"mailbox_grants": []})

    office.pull()

    assert office.states() == [(first, "lost", "ErrorAccessDenied"), (second, "in_use", None)]
    assert office.row()["sync"]["held"] == 1


def test_the_mailboxs_own_sign_in_and_a_delegates_never_mix(office: Guarded) -> None:
    """Links given to the one are not followed with the other's token; all mail keeps its id."""
    office.connected(office.anna)
    deputy = office.delegate("tom")
    office.m365.control.receive(deputy, subject="Privat")
    office.m365.control.receive_count(office.address, 30)
    office.pull()
    office.connected(office.tom, deputy, is_shared=True, is_reserve=True)
    office.revoke(office.address)
    office.m365.control.receive(office.address, subject="Anfrage")
    office.pull()

    row = office.row()
    assert (row["sync"]["held"], row["sync"]["problem"]) == (31, None)
    assert row["state"] == "connected"


def test_the_application_opens_what_its_tenant_allows(office: Guarded) -> None:
    """The organisation is entered, its administrator approves, each mailbox is chosen; mail comes."""
    disapprove(office)
    office.m365.control.receive(office.address, subject="Anfrage")
    base = f"/api/accounts/{office.account}/application"
    assert office.sabine.post(base, {"confirm": True}).code == "application_tenant_missing"
    office.sabine.put("/api/settings/microsoft", {"app_tenant": TENANT})
    guide = office.sabine.get("/api/settings/microsoft/application").json
    assert guide["admin_consent_url"].split("?")[0].endswith(f"/{TENANT}/v2.0/adminconsent")
    assert ".default" in guide["admin_consent_url"]
    refused = office.sabine.post(base, {"confirm": True})
    assert (refused.status, refused.code) == (409, "application_refused")
    approve(office)
    asked = office.sabine.post(base, {})
    assert (asked.code, asked.params["names"]) == (
        "confirmation_needed",
        ["Anna Berger", "Sabine Lindner", "Tom Maier"],
    )
    assert office.anna.post(base, {"confirm": True}).code == "needs_settings"

    [given] = office.sabine.post(base, {"confirm": True}).json["sign_ins"]
    office.pull()

    assert (given["kind"], given["by"], given["state"]) == ("application", "Sabine Lindner", "in_use")
    assert office.state() == ("connected", None)
    assert office.row()["sync"]["held"] == 1
    assert actions(office.sabine)[-1] == "application.allowed"


def test_a_certificate_opens_what_a_secret_would(office: Guarded, key: RSAPrivateKey) -> None:
    """The key alone proves the application; no longer registered, that is said and no sign-in given up."""
    client_id, other = str(uuid.uuid4()), certificate(rsa.generate_private_key(65537, 2048))
    registered = {"certificates": [certificate(key)], "app_permissions": ROLES}
    office.m365.identity("PUT", f"/apps/{client_id}", {"name": "Poststelle", "secrets": [], **registered})
    consent = {"client_id": client_id, "tenant": TENANT, "app_permissions": ROLES}
    office.m365.identity("POST", "/consents/grant", consent)
    office.m365.control.receive(office.address, subject="Anfrage")
    saved = office.sabine.put(
        "/api/settings/microsoft",
        {
            "client_id": client_id,
            "secret": "",
            "certificate": certificate(key) + private(key),
            "app_tenant": TENANT,
        },
    ).json
    path = f"/api/accounts/{office.account}/application"
    [given] = office.sabine.post(path, {"confirm": True}).json["sign_ins"]
    office.pull()
    held = office.row()["sync"]["held"]
    office.m365.identity("PUT", f"/apps/{client_id}", {"certificates": [other]})
    office.server.clock.advance(2 * 3600)
    office.pull()

    assert (saved["has_certificate"], saved["has_secret"]) == (True, False)
    assert (given["kind"], given["state"], held) == ("application", "in_use", 1)
    assert office.state() == ("connected", None)
    assert [w["code"] for w in office.warnings() if w["kind"] == "app_refused"] == ["AADSTS700027"]


def test_what_the_application_may_not_open_stays_as_it_is(office: Guarded) -> None:
    """Exchange's rules can keep the application out of a mailbox; it is said so, and nothing changes."""
    approve(office)
    office.sabine.put("/api/settings/microsoft", {"app_tenant": TENANT})
    client_id = office.m365.facts["client_id"]
    group = "geschlossen@buero.example"
    office.m365.identity("PUT", f"/groups/{group}", {"members": [office.address]})
    rule = {"tenant": TENANT, "right": "DenyAccess", "group": group}
    made = office.m365.identity("POST", f"/apps/{client_id}/access-policies", rule)
    answer = office.sabine.post(f"/api/accounts/{office.account}/application", {"confirm": True})
    office.m365.identity("DELETE", f"/apps/{client_id}/access-policies/{made['id']}")
    assert answer.code == "application_no_access"
    assert office.sign_ins() == []


def test_the_application_comes_back_by_itself(office: Guarded) -> None:
    """Approval withdrawn: the person's sign-in takes over. Given again: nobody has to do anything."""
    office.connected(office.anna)
    approve(office)
    office.sabine.put("/api/settings/microsoft", {"app_tenant": TENANT})
    office.sabine.post(f"/api/accounts/{office.account}/application", {"confirm": True})
    office.pull()
    assert [row["state"] for row in office.sign_ins()] == ["in_use", "standing_by"]

    user = {"client_id": office.m365.facts["client_id"], "user": office.address}
    disapprove(office)
    scopes = "openid profile offline_access User.Read Mail.ReadWrite Mail.Send MailboxSettings.ReadWrite"
    office.m365.identity("POST", "/consents/grant", {**user, "scopes": scopes})
    office.server.clock.advance(3600 * 2)
    office.pull()
    assert [row["state"] for row in office.sign_ins()] == ["lost", "in_use"]

    approve(office)
    office.server.clock.advance(11 * 60)
    office.renew_due()
    assert [row["state"] for row in office.sign_ins()] == ["in_use", "standing_by"]
    office.pull()
    assert office.state() == ("connected", None)


def test_many_are_added_at_once(office: Guarded) -> None:
    """A table pasted from elsewhere: what can be added is, and each other line says why not."""
    text = (
        "Name;Adresse\n"
        "Verkauf;verkauf@buero.example\n"
        f"Info;{office.address.upper()}\n"
        "\n"
        '"miete@buero.example"\n'
        "VERKAUF@buero.example\n"
        "kein Postfach\n"
    )
    refused = office.sabine.post("/api/accounts/import", {"addresses": text})
    assert refused.code == "confirmation_needed"
    lines = office.sabine.post("/api/accounts/import", {"addresses": text, "confirm": True}).json["lines"]
    assert [(line["line"], line["outcome"], line["reason"]) for line in lines] == [
        (2, "added", None),
        (3, "duplicate", None),
        (5, "added", None),
        (6, "twice", None),
        (7, "invalid", "display_name"),
    ]
    listed = {row["address"] for row in office.sabine.get("/api/accounts").json["accounts"]}
    assert listed == {office.address, "verkauf@buero.example", "miete@buero.example"}
    empty = office.sabine.post("/api/accounts/import", {"addresses": " \n", "confirm": True})
    long = office.sabine.post("/api/accounts/import", {"addresses": "a@b.de\n" * 1001, "confirm": True})
    assert (empty.code, long.code) == ("invalid_list", "invalid_list")
    assert office.anna.post("/api/accounts/import", {"addresses": text}).code == "needs_settings"
