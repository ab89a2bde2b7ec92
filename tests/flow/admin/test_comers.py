"""Who comes in as an administrator by single sign-on: who is one or becomes one is never shut out by it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from tests.flow.admin.client import PROOF, Answer, Client
from tests.flow.admin.guarded import Guarded, guarded_office
from tests.flow.admin.test_single_sign_on import added, begun, come, ends_at, me, provide, signed_on
from tests.flow.admin.test_v1 import call, token
from tests.flow.sim import Simulator


@pytest.fixture(scope="module")
def office(simulator_process: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    with guarded_office(simulator_process, tmp_path_factory.mktemp("comers")) as found:
        yield found


@pytest.fixture
def admin(office: Guarded) -> Client:
    return office.sabine


def promoted(office: Guarded, user: str, *addresses: str, **said: Any) -> Answer:
    """Given the right to the settings."""
    wanted = {"may_settings": True, "addresses": list(addresses), **said}
    return office.sabine.patch(f"/api/users/{user}", wanted | PROOF)


def row_of(office: Guarded, user: str) -> dict[str, Any]:
    rows = office.sabine.get("/api/users").json["users"]
    found: dict[str, Any] = next(one for one in rows if one["id"] == user)
    return found


def asks_who_came(answer: Answer) -> bool:
    refused = (422, "comer_unconfirmed", "is_who_came")
    return answer.status == 422 and (answer.status, answer.code, answer.params["field"]) == refused


def an_administrator(office: Guarded, name: str) -> tuple[str, str, Client]:
    """Somebody who was promoted and comes by single sign-on: id, address and browser."""
    provide(office)
    address = office.m365.new_mailbox(name)
    user = added(office, address)
    assert promoted(office, user, address).status == 200
    return user, address, come(office, address)[0]


def test_who_could_not_be_found_anew_is_not_shut_out(office: Guarded, admin: Client) -> None:
    """The provider vouches for no address: who has come stays known, once somebody says that it was them."""
    provide(office)
    address, other = office.m365.new_mailbox("vera"), office.m365.new_mailbox("vera2")
    user = added(office, address)
    come(office, address)
    provide(office, trusts_addresses=False)
    assert asks_who_came(promoted(office, user, address))
    assert promoted(office, user, address, is_who_came=True).status == 200
    here, told = come(office, address)
    assert (told, here.get("/api/users").status) == ({}, 200)
    renamed = {"email": other} | PROOF
    assert asks_who_came(admin.patch(f"/api/users/{user}", renamed))
    assert admin.patch(f"/api/users/{user}", renamed | {"is_who_came": True}).status == 200
    assert here.get("/api/users").status == 200
    assert come(office, address)[1] == {}


def test_who_shares_an_address_could_not_be_found_anew(office: Guarded, admin: Client) -> None:
    provide(office)
    address = office.m365.new_mailbox("zwei")
    user = added(office, address)
    come(office, address)
    twin = added(office, address, **PROOF)
    assert asks_who_came(promoted(office, user, address))
    admin.delete(f"/api/users/{twin}")
    assert promoted(office, user, address).status == 200
    assert come(office, address)[1] == {}


def test_a_login_that_a_provider_told_is_not_offered_as_an_address(office: Guarded, admin: Client) -> None:
    """Nobody is found by it, so who came by it and has no other would be shut out."""
    provide(office, creates_users=True)
    address = office.m365.new_mailbox("told")
    user = (me(come(office, address)[0]) or {})["id"]
    chosen = added(office, "", login=office.m365.new_mailbox("chosen"))
    assert [row_of(office, one)["is_login_address"] for one in (user, chosen)] == [False, True]
    admin.patch(f"/api/users/{user}", {"email": ""})
    assert promoted(office, user, address).code == "addresses_unconfirmed"
    assert asks_who_came(promoted(office, user))
    assert promoted(office, user, is_who_came=True).status == 200
    assert (me(come(office, address)[0]) or {})["may_settings"] is True


def test_an_administrator_whose_last_address_goes_stays_known(office: Guarded, admin: Client) -> None:
    user, address, here = an_administrator(office, "letzte")
    cleared = {"email": ""} | PROOF
    assert asks_who_came(admin.patch(f"/api/users/{user}", cleared))
    assert admin.patch(f"/api/users/{user}", cleared | {"is_who_came": True}).status == 200
    assert here.get("/api/users").status == 200
    assert (me(come(office, address)[0]) or {})["may_settings"] is True


def test_an_address_that_is_only_written_otherwise_ends_nothing(office: Guarded, admin: Client) -> None:
    user, address, here = an_administrator(office, "gross")
    assert admin.patch(f"/api/users/{user}", {"email": address.upper()} | PROOF).status == 200
    assert here.get("/api/users").status == 200


def test_to_detach_an_administrator_needs_a_proof(office: Guarded, admin: Client) -> None:
    """It may shut them out, and lets others be found by their address. An ordinary user needs none."""
    user, _address, here = an_administrator(office, "weg")
    path = f"/api/users/{user}/identity"
    refused = admin.delete(path)
    assert (refused.status, refused.code, refused.params["field"]) == (422, "proof_needed", "proof")
    assert here.get("/api/users").status == 200
    assert admin.delete(path, {"proof": {"password": "wrong"}}).code == "wrong_password"
    assert admin.delete(path, PROOF).status == 200
    assert here.get("/api/users").status == 401


def test_the_last_administrator_who_comes_by_single_sign_on_keeps_it(office: Guarded, admin: Client) -> None:
    """Neither they are detached, nor does the provider go, or become another one."""
    issuer = provide(office)["issuer"]
    address = office.m365.new_mailbox("allein")
    user = added(office, address)
    assert promoted(office, user, address).status == 200
    alone = admin.anew()
    ends_at(alone.get(signed_on(office, begun(alone, anew=True), address)))
    proof: dict[str, Any] = {"proof": {}}
    sabine = (me(admin) or {})["id"]
    others = [one for one in alone.get("/api/users").json["users"] if one["may_settings"]]
    taken = [one["id"] for one in others if one["id"] != user]
    for one in taken:
        assert alone.patch(f"/api/users/{one}", {"may_settings": False} | proof).status == 200
    try:
        elsewhere = {"issuer": "https://id.example", "client_id": "x", "name": "X"}
        for answer in (
            alone.delete(f"/api/users/{user}/identity", proof),
            alone.delete("/api/settings/sso", proof),
            alone.put("/api/settings/sso", elsewhere | proof),
        ):
            assert (answer.status, answer.code) == (409, "last_administrator"), answer.body
        own = alone.get("/api/settings/sso").json["provider"]
        kept = {name: own[name] for name in ("issuer", "client_id", "name", "trusts_addresses")}
        for wrong in ({"client_id": str(UUID(int=7))}, {"secret": "falsch"}, {"secret": ""}):
            answer = alone.put("/api/settings/sso", kept | wrong | proof)
            assert (answer.status, answer.code) == (422, "client_refused"), answer.body
        assert alone.put("/api/settings/sso", kept | proof).status == 200
        assert own["issuer"] == issuer and come(office, address)[1] == {}
    finally:
        right = {"may_settings": True, "is_who_came": True}
        asked = alone.patch(f"/api/users/{sabine}", right | proof)
        if asked.status != 200:
            addresses = {"addresses": asked.params["addresses"]}
            assert alone.patch(f"/api/users/{sabine}", right | addresses | proof).status == 200
    assert alone.delete(f"/api/users/{user}/identity", proof).status == 200


def test_an_address_by_which_somebody_is_found_is_given_to_others_with_a_proof(
    office: Guarded, admin: Client
) -> None:
    """Else a stolen token, or anybody at an unlocked screen, keeps people out by a second user. Where nobody
    comes by single sign-on an address may be several people's."""
    provide(office)
    address, own = office.m365.new_mailbox("neue"), office.m365.new_mailbox("eigene")
    user = added(office, address)
    assert promoted(office, user, address).status == 200
    secret, twin = token(admin), {"login": f"z{user}", "name": "Zwi Lling", "email": address.upper()}
    refused = call(admin, secret, "POST", "/api/v1/users", twin)
    assert (refused.status, refused.code, refused.params["field"]) == (409, "address_taken", "email")
    assert admin.post("/api/users", twin).code == "address_taken"
    other = added(office, own)
    assert admin.patch(f"/api/users/{other}", {"email": address}).code == "address_taken"
    assert admin.patch(f"/api/users/{other}", {"email": own.upper()}).status == 200
    assert come(office, address)[1] == {}
    assert admin.patch(f"/api/users/{other}", {"email": address} | PROOF).status == 200
    assert admin.delete("/api/settings/sso", PROOF).status == 200
    assert admin.patch(f"/api/users/{other}", {"email": own}).status == 200
    assert admin.patch(f"/api/users/{other}", {"email": address}).status == 200
    admin.delete(f"/api/users/{other}")
