"""Invitations: how people come in who have no password yet. Each test has people of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from email import message_from_string
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyotp
import pytest
from tests.flow.admin.client import PASSWORD, PROOF, Client
from tests.flow.admin.conftest import actions, person, required_second_factor
from tests.flow.admin.guarded import Guarded, guarded_office
from tests.flow.admin.running import RunningServer, running_server
from tests.flow.jmap.client import eventually
from tests.flow.sim import Simulator

from poststelle.store import audit
from poststelle.store.tx import Tx

_NUMBERS = count(1)
CHOSEN = "selbst gewähltes Kennwort"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running_server(tmp_path_factory.mktemp("people")) as running:
        yield running


@pytest.fixture(scope="module")
def admin(server: RunningServer) -> Client:
    login = {"login": "sabine", "name": "Sabine Lindner", "password": PASSWORD, "email": "s@example.org"}
    client = server.client
    assert client.post("/api/setup", login).status == 201
    return client


def added(admin: Client, **said: Any) -> dict[str, Any]:
    """The row of somebody new, without a password."""
    number = next(_NUMBERS)
    answer = admin.post("/api/users", {"login": f"neu{number}", "name": f"Nina Neu {number}", **said})
    assert answer.status == 201, answer.body
    row: dict[str, Any] = answer.json
    return row


def row(admin: Client, user: str) -> dict[str, Any]:
    return next(dict(one) for one in admin.get("/api/users").json["users"] if one["id"] == user)


def secret_of(link: str) -> str:
    """What a link says behind ``#``, which no server is told."""
    parts = urlsplit(link)
    assert (parts.path, parts.query) == ("/invitation", "")
    return parts.fragment


def invited(admin: Client, user: str, **said: Any) -> str:
    answer = admin.post(f"/api/users/{user}/invitation", said)
    assert answer.status == 201, answer.body
    return secret_of(answer.json["link"])


def test_the_invited_choose_their_password_once(admin: Client) -> None:
    """The link shows whom it is for, lets in once, and leaves a person as any other."""
    user = added(admin)
    assert (user["has_password"], user["invited_until"]) == (False, None)
    secret = invited(admin, user["id"])
    assert row(admin, user["id"])["invited_until"] is not None
    new, other = admin.anew(), admin.anew()
    assert new.post("/api/invitation/look", {"token": secret}).json == {
        "login": user["login"],
        "name": user["name"],
    }
    assert new.post("/api/invitation", {"token": secret, "password": "kurz"}).code == "password_too_short"
    assert new.post("/api/login", {"login": user["login"], "password": ""}).code == "wrong_login"
    assert new.post("/api/invitation", {"token": secret, "password": CHOSEN}).json["id"] == user["id"]
    assert new.get("/api/mailboxes").status == 200
    used = other.post("/api/invitation", {"token": secret, "password": PASSWORD})
    assert (used.status, used.code) == (404, "no_such_invitation")
    assert other.log_in(user["login"], CHOSEN).get("/api/mailboxes").status == 200
    after = row(admin, user["id"])
    assert (after["has_password"], after["invited_until"]) == (True, None)
    assert admin.post(f"/api/users/{user['id']}/invitation", {}).code == "has_password"
    assert [one for one in actions(admin)[-6:] if one.startswith(("user", "invitation"))] == [
        "user.created", "user.invited", "invitation.accepted",
    ]  # fmt: skip
    assert secret not in str(admin.get("/api/audit").json)


@pytest.mark.parametrize("how", ["again", "revoked", "late", "deactivated", "removed", "password"])
def test_a_link_ends_with_whatever_ends_it(server: RunningServer, admin: Client, how: str) -> None:
    """And then looks as one that never was."""
    user = added(admin)["id"]
    secret = invited(admin, user)
    match how:
        case "again":
            invited(admin, user)
        case "revoked":
            assert admin.delete(f"/api/users/{user}/invitation").status == 200
            assert admin.delete(f"/api/users/{user}/invitation").code == "no_such_invitation"
        case "late":
            server.clock.advance(7 * 86_400)
            admin.log_in("sabine")
        case "deactivated":
            admin.patch(f"/api/users/{user}", {"is_active": False})
            assert admin.post(f"/api/users/{user}/invitation", {}).code == "no_such_user"
            admin.patch(f"/api/users/{user}", {"is_active": True})
        case "removed":
            admin.delete(f"/api/users/{user}")
        case "password":
            admin.patch(f"/api/users/{user}", {"password": PASSWORD} | PROOF)
    new = admin.anew()
    never = new.post("/api/invitation/look", {"token": "x" * 43})
    over = new.post("/api/invitation", {"token": secret, "password": CHOSEN})
    assert (over.status, over.json) == (404, never.json)
    server.clock.advance(1800)  # the address has waited for enough


def test_a_required_second_factor_is_set_up_before_anything_opens(
    server: RunningServer, admin: Client
) -> None:
    """The password is chosen; the login waits for the factor."""
    with required_second_factor(server, admin):
        user, new = added(admin), admin.anew()
        secret = invited(admin, user["id"])
        answer = new.post("/api/invitation", {"token": secret, "password": CHOSEN})
        assert (answer.status, answer.json["ways"]) == (202, [])
        assert new.get("/api/mailboxes").status == 401
        assert "secret" in new.post("/api/login/app", {"token": answer.json["token"]}).json


def test_guessing_links_is_stopped_by_address(server: RunningServer, admin: Client) -> None:
    """As guessing passwords is."""
    stranger = admin.anew()
    tried = [stranger.post("/api/invitation/look", {"token": f"x{n}"}).status for n in range(32)]
    assert tried == [404] * 30 + [429] * 2
    server.clock.advance(1800)


def test_a_link_for_somebody_is_none_for_an_administrator(admin: Client) -> None:
    """Whoever made it, and had it, before they got the right to the settings."""
    user = added(admin)["id"]
    link = admin.post(f"/api/users/{user}/invitation", {}).json["link"]
    promoted = admin.patch(f"/api/users/{user}", {"may_settings": True} | PROOF)
    assert (promoted.status, promoted.json["invited_until"]) == (200, None)
    token = {"token": link.partition("#")[2]}
    assert admin.anew().post("/api/invitation/look", token).code == "no_such_invitation"


def test_who_has_chosen_a_password_so_far_is_asked_about(server: RunningServer, admin: Client) -> None:
    """The link may have gone to a wrong address: whoever used it would be an administrator. So it is said
    that it was the person, or they get another password. What they set up as second factors is asked, too."""
    user = added(admin, email="wrong@example.org")
    secret = invited(admin, user["id"])
    thief = admin.anew()
    assert thief.post("/api/invitation", {"token": secret, "password": CHOSEN}).status == 200
    path, own = f"/api/users/{user['id']}", {"email": "own@example.org"}
    right = {"may_settings": True, "addresses": ["own@example.org"]} | own | PROOF
    refused = admin.patch(path, right)
    assert (refused.status, refused.code, refused.params["field"]) == (
        422,
        "comer_unconfirmed",
        "is_who_came",
    )
    assert thief.get("/api/users").status == 403
    app = thief.post("/api/me/second-factor/app", {"password": CHOSEN}).json
    code = pyotp.TOTP(app["secret"]).at(server.clock.now())
    assert thief.put("/api/me/second-factor/app", {"token": app["token"], "code": code}).status == 200
    fresh = right | {"password": "another long password"}
    assert admin.patch(path, fresh).code == "comer_unconfirmed"
    assert admin.delete(f"{path}/second-factor", PROOF["proof"]).status == 200
    assert admin.patch(path, fresh).json["may_settings"] is True
    assert admin.anew().log_in(user["login"], "another long password").get("/api/users").status == 200


def test_an_administrators_address_ends_nothing_where_nobody_comes_by_it(admin: Client) -> None:
    """Without single sign-on nobody has come in by it: who corrects it throws nobody out."""
    boss = added(admin, email="b@example.org", password=PASSWORD, may_settings=True, **PROOF)
    here = admin.anew().log_in(boss["login"])
    wish = {"name": "Skript", "level": "read", "mailboxes": None, "password": PASSWORD}
    assert here.post("/api/me/tokens", wish).status == 201
    assert admin.patch(f"/api/users/{boss['id']}", {"email": "boss@example.org"} | PROOF).status == 200
    assert here.get("/api/users").status == 200
    assert [one["name"] for one in here.get("/api/me/tokens").json["tokens"]] == ["Skript"]


def test_an_address_is_confirmed_however_it_is_written(admin: Client) -> None:
    """Pasted with blanks, in capitals, or as mail systems write its domain: it is the same address."""
    user = added(admin, email="nina@büro.example")
    path = f"/api/users/{user['id']}"
    pasted = ["  NINA@xn--bro-hoa.Example\u00ad "]
    right = {"may_settings": True} | PROOF
    refused = admin.patch(path, right)
    assert refused.params["addresses"] == ["nina@büro.example"]
    assert admin.patch(path, right | {"addresses": ["nina@buero.example"]}).code == "addresses_unconfirmed"
    assert admin.patch(path, right | {"addresses": pasted}).status == 200
    twin = {"login": "nina@XN--BRO-HOA.example", "name": "Nina Nachbar"}
    assert admin.post("/api/users", twin).code == "login_is_address"


@pytest.fixture
def office(m365: Simulator, tmp_path: Path) -> Iterator[Guarded]:
    with guarded_office(m365, tmp_path) as found:
        yield found


def test_the_link_is_mailed_where_that_is_wanted(office: Guarded) -> None:
    """From a connected mailbox; where it can't be sent the link is there all the same."""
    admin = office.sabine
    user = added(admin, email="nina@extern.example")["id"]
    by_mail = {"mailbox": office.account, "language": "de"}
    early = admin.post(f"/api/users/{user}/invitation", by_mail)
    assert (early.status, early.json["mailed_to"], early.json["mail_problem"] is not None) == (
        201,
        None,
        True,
    )
    office.connected(admin)
    office.m365.control.clear_outside()
    made = admin.post(f"/api/users/{user}/invitation", by_mail).json
    assert (made["mailed_to"], made["mail_problem"]) == ("nina@extern.example", None)
    [sent] = office.m365.control.outside()
    letter = message_from_string(sent["mime"])
    payload = letter.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert sent["envelope"]["recipients"] == ["nina@extern.example"]
    assert made["link"] in payload.decode()
    assert letter["X-Auto-Response-Suppress"] == "All"
    _, there = office.m365.control.snapshot(office.address)
    assert made["link"] not in str(there)
    assert not [one for one in there.values() if one["subject"] == "Ihr Zugang zu Poststelle"]
    assert actions(admin)[-2:] == ["user.invited", "invitation.mailed"]
    shared = added(admin, email=office.address.upper())["id"]
    assert admin.post(f"/api/users/{shared}/invitation", by_mail).code == "address_is_mailbox"
    assert admin.post(f"/api/users/{shared}/invitation", {}).status == 201
    nobody = added(admin)["id"]
    assert admin.post(f"/api/users/{nobody}/invitation", by_mail).code == "email_missing"
    boss = added(admin, email="chefin@extern.example", may_settings=True, **PROOF)["id"]
    assert admin.post(f"/api/users/{boss}/invitation", by_mail).code == "hand_on_yourself"
    elsewhere = admin.post(f"/api/users/{user}/invitation", {"mailbox": "a999"})
    assert elsewhere.code == "no_such_account"


def test_all_that_is_kept_of_a_person_can_be_had(server: RunningServer, admin: Client) -> None:
    """By themselves and by administrators, as a file; it holds their deeds, and no secret."""
    karla = person(admin, "karla", "Karla Kolumna")
    wish = {"name": "Skript", "level": "read", "mailboxes": None, "password": PASSWORD}
    made = karla.post("/api/me/tokens", wish)
    assert made.status < 300, made.body
    id_ = next(one["id"] for one in admin.get("/api/users").json["users"] if one["login"] == "karla")

    answer = karla.get("/api/me/data")

    told = json.loads(answer.body)
    assert "attachment" in dict(answer.headers)["content-disposition"]
    assert (told["profile"]["name"], told["api_tokens"][0]["name"]) == ("Karla Kolumna", "Skript")
    assert "token.created" in [one["action"] for one in told["deeds"]]
    assert [one["action"] for one in told["about"]] == ["user.created"]
    secrets = [made.json["secret"], karla.cookies["poststelle_login"], PASSWORD, "argon2"]
    assert not [one for one in secrets if one.encode() in answer.body]
    assert json.loads(admin.get(f"/api/users/{id_}/data").body)["profile"]["id"] == told["profile"]["id"]
    assert karla.get("/api/users/u1/data").status == 403
    assert admin.get("/api/users/u999/data").status == 404


def test_one_export_of_a_user_at_a_time(server: RunningServer, admin: Client) -> None:
    """Who does not take theirs is refused another one, and nobody else is; once it has ended the next is
    open."""
    karl = person(admin, "karl", "Karl Kolumna")
    user = next(one["id"] for one in admin.get("/api/users").json["users"] if one["login"] == "karl")

    def much(tx: Tx) -> None:
        for _ in range(4_000):  # more than the buffers on the way hold
            audit.record(tx, server.clock.now(), None, "user.changed", whom=user, pad="x" * 4_000)

    work = server.built.services.store.write(much)
    asyncio.run_coroutine_threadsafe(work, server.loop).result(60)
    cookie = f"poststelle_login={karl.cookies['poststelle_login']}"
    with closing(HTTPConnection(urlsplit(server.url).netloc, timeout=60)) as slow:
        slow.request("GET", "/api/me/data", headers={"Cookie": cookie})
        assert slow.getresponse().status == 200
        refused = karl.get("/api/me/data")
        assert (refused.status, refused.code) == (429, "too_many_exports")
        assert admin.get("/api/me/data").status == 200
    eventually(lambda: karl.get("/api/me/data").status == 200)
