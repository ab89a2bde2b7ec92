"""Logins and second factors over HTTP: one office for all, each test with people of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from itertools import count
from typing import Any

import pyotp
import pytest
from tests.authenticator import Authenticator, text
from tests.flow.admin.client import PASSWORD, PROOF, Answer, Client
from tests.flow.admin.conftest import actions, person, required_second_factor
from tests.flow.admin.running import RunningServer, running_server
from tests.flow.admin.stream import EventStream

_NUMBERS = count(1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running_server(tmp_path_factory.mktemp("security")) as running:
        yield running


@pytest.fixture(scope="module")
def admin(server: RunningServer) -> Client:
    login = {"login": "sabine", "name": "Sabine Lindner", "password": PASSWORD, "email": "s@example.org"}
    client = server.client
    assert client.post("/api/setup", login).status == 201
    return client


@pytest.fixture
def name() -> str:
    """The login of this test's person."""
    return f"anna{next(_NUMBERS)}"


@pytest.fixture
def anna(admin: Client, name: str) -> Client:
    return person(admin, name, f"Anna {name}")


def id_of(admin: Client, login: str) -> str:
    return next(str(one["id"]) for one in admin.get("/api/users").json["users"] if one["login"] == login)


def test_each_of_ones_logins_can_be_ended(admin: Client, anna: Client, name: str) -> None:
    """It is out at once, open streams too; nobody else's is reached; the one that asks stays."""
    phone, tablet = admin.anew().log_in(name), admin.anew().log_in(name)
    [mine] = [one for one in anna.get("/api/me/logins").json["logins"] if one["is_this"]]
    [of_phone] = [one["id"] for one in phone.get("/api/me/logins").json["logins"] if one["is_this"]]
    assert admin.delete(f"/api/me/logins/{of_phone}").code == "no_such_login"
    with ExitStack() as open_:
        ours, phones, tablets = (open_.enter_context(EventStream(one)) for one in (anna, phone, tablet))
        assert anna.delete(f"/api/me/logins/{of_phone}").status == 200
        assert phones.ends_within(5.0)
        assert phone.get("/api/mailboxes").status == 401
        assert anna.delete("/api/me/logins").json == {"ended": 1}
        assert tablets.ends_within(5.0)
        assert not ours.ends_within(0.2)
    assert [one["id"] for one in anna.get("/api/me/logins").json["logins"]] == [mine["id"]]
    assert actions(admin)[-2:] == ["login.ended", "login.others_ended"]


def test_an_administrator_ends_all_of_a_users_logins(admin: Client, anna: Client, name: str) -> None:
    """They can log in again; what was open ends."""
    other = admin.anew().log_in(name)
    with EventStream(anna) as first, EventStream(other) as second:
        assert admin.delete(f"/api/users/{id_of(admin, name)}/logins").json == {"ended": 2}
        assert first.ends_within(5.0)
        assert second.ends_within(5.0)
    assert (anna.get("/api/mailboxes").status, other.get("/api/mailboxes").status) == (401, 401)
    assert actions(admin)[-1] == "user.logins_ended"
    assert anna.log_in(name).get("/api/mailboxes").status == 200


STEP_S = 30


class Phone:
    """An app for codes, with a clock that goes with the server's."""

    def __init__(self, server: RunningServer, secret: str) -> None:
        self._server, self._app = server, pyotp.TOTP(secret)

    def code(self, drift: int = 0) -> str:
        """The code of now, or of so many steps before or after."""
        return self._app.at(self._server.clock.now() + timedelta(seconds=drift * STEP_S))

    def fresh(self) -> str:
        """A code never shown before, of a step that has just begun: a busy machine won't outlast it."""
        into_step = self._server.clock.now().timestamp() % STEP_S
        self._server.clock.advance(4 * STEP_S - into_step)
        return self.code()


def with_app(server: RunningServer, client: Client) -> tuple[Phone, list[str]]:
    """The user gets an app; it and their recovery codes."""
    new = client.post("/api/me/second-factor/app", {"password": PASSWORD})
    assert new.status == 200, new.body
    phone = Phone(server, new.json["secret"])
    done = client.put("/api/me/second-factor/app", {"token": new.json["token"], "code": phone.fresh()})
    assert done.status == 200, done.body
    return phone, done.json["recovery_codes"]


def waiting(admin: Client, name: str) -> tuple[Client, str]:
    """A browser whose login waits for the second step, and its token."""
    client = admin.anew()
    answer = client.post("/api/login", {"login": name, "password": PASSWORD})
    assert answer.status == 202, answer.body
    return client, answer.json["token"]


@pytest.mark.chooses_database
def test_an_app_is_set_up_with_the_password_and_a_code(
    server: RunningServer, admin: Client, anna: Client
) -> None:
    """What it needs is told once; nothing counts before a right code has come back."""
    assert anna.post("/api/me/second-factor/app", {"password": "wrong password"}).code == "wrong_password"
    new = anna.post("/api/me/second-factor/app", {"password": PASSWORD}).json
    assert new["uri"].startswith("otpauth://totp/Poststelle%20localhost:")
    assert new["picture"].startswith("data:image/svg+xml")
    wrong = anna.put("/api/me/second-factor/app", {"token": new["token"], "code": "000 000"})
    assert (wrong.code, anna.get("/api/me/second-factor").json["app_since"]) == ("wrong_code", None)
    assert admin.put("/api/me/second-factor/app", {"token": new["token"], "code": "1"}).code == "step_over"

    phone = Phone(server, new["secret"])
    codes = anna.put("/api/me/second-factor/app", {"token": new["token"], "code": phone.code()}).json
    shown = anna.get("/api/me/second-factor").json
    assert (len(set(codes["recovery_codes"])), shown["recovery_left"]) == (10, 10)
    assert shown["app_since"] is not None
    assert actions(admin)[-2:] == ["login.refused", "second_factor.added"]
    octets = server.built.services.config.data_dir.joinpath("poststelle.db").read_bytes()
    assert new["secret"].encode() not in octets
    assert codes["recovery_codes"][0].replace("-", "").encode() not in octets


def test_then_the_password_alone_opens_nothing(
    server: RunningServer, admin: Client, anna: Client, name: str
) -> None:
    """It leads to a second step, whose token is good for that alone; a code is accepted once."""
    phone, _ = with_app(server, anna)
    client, token = waiting(admin, name)
    assert client.cookies == {}
    client.cookies["poststelle_login"] = token
    assert (client.get("/api/mailboxes").status, client.get("/jmap/session").status) == (401, 401)
    bearer = {"Authorization": f"Bearer {token}"}
    assert client.get("/jmap/session", **bearer).status == 401
    assert client.post("/api/login/app", {"token": token}).code == "step_over"
    client.cookies.clear()

    code = phone.fresh()
    assert client.post("/api/login/code", {"token": token, "code": code}).json["user"]["login"] == name
    assert client.get("/api/mailboxes").status == 200
    assert client.post("/api/login/code", {"token": token, "code": phone.fresh()}).code == "step_over"
    code = phone.code()
    other, again = waiting(admin, name)
    assert other.post("/api/login/code", {"token": again, "code": code}).status == 200
    third, again = waiting(admin, name)
    assert third.post("/api/login/code", {"token": again, "code": code}).code == "wrong_code"


@pytest.mark.parametrize(("drift", "is_right"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_a_phones_clock_may_differ_by_a_step(
    server: RunningServer, admin: Client, anna: Client, name: str, drift: int, is_right: bool
) -> None:
    phone, _ = with_app(server, anna)
    phone.fresh()
    client, token = waiting(admin, name)
    answer = client.post("/api/login/code", {"token": token, "code": phone.code(drift)})
    assert (answer.status == 200) is is_right


def test_wrong_codes_lock_and_the_password_does_not_unlock(
    server: RunningServer, admin: Client, anna: Client, name: str
) -> None:
    """Who knows the password gets no further guesses by giving it again in between."""
    phone, _ = with_app(server, anna)
    phone.fresh()
    for _ in range(5):
        client, token = waiting(admin, name)
        assert client.post("/api/login/code", {"token": token, "code": "000000"}).code == "wrong_code"
    right = {"token": token, "code": phone.code()}
    locked = client.post("/api/login/code", right)
    assert (locked.status, locked.code) == (429, "locked")
    assert client.post("/api/login", {"login": name, "password": PASSWORD}).code == "locked"
    refused = admin.get("/api/audit").json["entries"][:5]
    assert {one["detail"]["step"] for one in refused} == {"second_factor"}
    server.clock.advance(STEP_S + 1)
    assert client.post("/api/login/code", right | {"code": phone.code()}).status == 200


def test_a_recovery_code_stands_in_once(
    server: RunningServer, admin: Client, anna: Client, name: str
) -> None:
    """It says how many are left; new ones replace all; the last factor takes them along."""
    phone, codes = with_app(server, anna)
    client, token = waiting(admin, name)
    typed = f" {codes[0].upper().replace('-', ' ')} "
    assert client.post("/api/login/code", {"token": token, "code": typed}).json["recovery_left"] == 9
    other, token = waiting(admin, name)
    assert other.post("/api/login/code", {"token": token, "code": codes[0]}).code == "wrong_code"

    proof = {"password": PASSWORD, "code": phone.fresh()}
    new = anna.post("/api/me/second-factor/recovery-codes", proof).json["recovery_codes"]
    assert other.post("/api/login/code", {"token": token, "code": codes[1]}).code == "wrong_code"
    assert anna.delete("/api/me/second-factor/app", {"password": PASSWORD, "code": new[0]}).status == 200
    left = anna.get("/api/me/second-factor").json
    assert (left["app_since"], left["recovery_left"]) == (None, 0)
    again = anna.post("/api/me/second-factor/recovery-codes", {"password": PASSWORD})
    assert again.code == "no_second_factor"
    assert admin.anew().log_in(name).get("/api/mailboxes").status == 200


def test_what_outlives_a_login_needs_the_second_factor_too(
    server: RunningServer, admin: Client, anna: Client
) -> None:
    """Tokens, another password, and the second factor itself; a wrong code ends nobody's row of failures."""
    phone, _ = with_app(server, anna)
    token = {"name": "Phone", "level": "read", "password": PASSWORD}
    new = {"old": PASSWORD, "new": "another long password"}
    asked = [
        anna.post("/api/me/tokens", token),
        anna.post("/api/me/password", new),
        anna.post("/api/me/second-factor/app", {"password": PASSWORD}),
        anna.delete("/api/me/second-factor/app", {"password": PASSWORD}),
        anna.post("/api/me/second-factor/recovery-codes", {"password": PASSWORD}),
        anna.post("/api/me/passkeys", {"password": PASSWORD}),
    ]
    assert [one.code for one in asked] == ["second_factor_needed"] * 6
    assert anna.post("/api/me/tokens", token | {"code": "000000"}).code == "wrong_code"
    assert anna.post("/api/me/tokens", token | {"code": phone.fresh()}).status == 201
    assert anna.post("/api/me/password", new | {"code": phone.fresh()}).status == 200


def test_what_lets_others_in_needs_the_whole_proof(server: RunningServer, admin: Client, name: str) -> None:
    """Who finds an administrator's screen unlocked, or has their cookie, makes no way in that stays: no
    password (their own neither), administrator, link for one, address of one or provider, and takes off no
    requirement of second factors."""
    body = {"login": name, "name": name, "password": PASSWORD, "may_settings": True}
    assert admin.post("/api/users", body).code == "proof_needed"
    chief = admin.post("/api/users", body | PROOF).json["id"]
    colleague = admin.post("/api/users", {"login": f"{name}b", "name": f"{name} b"}).json["id"]
    me = admin.anew().log_in(name)
    phone, _ = with_app(server, me)
    guest = me.post("/api/users", {"login": f"{name}c", "name": f"{name} c", "may_settings": True} | {
        "proof": {"password": PASSWORD, "code": phone.fresh()}
    }).json["id"]  # fmt: skip
    deeds: list[tuple[str, str, dict[str, Any]]] = [
        ("PATCH", f"/api/users/{chief}", {"password": "another long password"}),
        ("PATCH", f"/api/users/{colleague}", {"password": PASSWORD}),
        ("PATCH", f"/api/users/{colleague}", {"may_settings": True}),
        ("PATCH", f"/api/users/{guest}", {"email": "thief@example.org"}),
        ("POST", f"/api/users/{guest}/invitation", {}),
        ("PUT", "/api/settings/login", {"second_factor_for": "nobody"}),
        ("DELETE", "/api/settings/sso", {}),
        ("PUT", "/api/settings/sso", {"issuer": "https://id.example", "client_id": "x", "name": "X"}),
    ]
    for method, path, said in deeds:
        refused = me.send(method, path, said)
        assert (refused.status, refused.code, refused.params["field"]) == (422, "proof_needed", "proof")
        assert me.send(method, path, said | PROOF).code == "second_factor_needed"
    for method, path, said in reversed(deeds):
        proof = {"proof": {"password": PASSWORD, "code": phone.fresh()}}
        assert me.send(method, path, said | proof).status in {200, 201}, path
    assert me.get("/api/users").status == 401  # by the new password
    assert admin.delete("/api/settings/sso", PROOF).status == 200
    for user in (chief, guest, colleague):
        assert admin.delete(f"/api/users/{user}", PROOF).status == 200


def test_requiring_one_reaches_those_who_are_logged_in(
    server: RunningServer, admin: Client, anna: Client, name: str
) -> None:
    """Who has none is logged out and sets one up at the next login; so is who is given the right that needs
    one. Who asks it of others has one. Tokens go on."""
    refused = admin.put("/api/settings/login", {"second_factor_for": "all"} | PROOF)
    assert (refused.status, refused.code) == (409, "second_factor_first")
    before = admin.get("/api/settings/login").json
    assert before["second_factor_for"] == "nobody"
    wish = {"name": "Phone", "level": "read", "password": PASSWORD}
    secret = anna.post("/api/me/tokens", wish).json["secret"]
    user, other = id_of(admin, name), person(admin, f"{name}x", f"Anna {name} x")
    with required_second_factor(server, admin, "settings") as proven:
        told = admin.get("/api/settings/login").json
        assert told["second_factor_for"] == "settings"
        # one more person, and the administrator has one now
        assert told["without_second_factor"] == {
            "settings": before["without_second_factor"]["settings"] - 1,
            "all": before["without_second_factor"]["all"],
        }
        assert anna.get("/api/mailboxes").status == 200
        right = {"may_settings": True, "is_who_came": True, "proof": proven()}
        assert admin.patch(f"/api/users/{user}", right).status == 200
        assert anna.get("/api/mailboxes").status == 401
        with EventStream(other) as stream:
            admin.put("/api/settings/login", {"second_factor_for": "all", "proof": proven()})
            assert stream.ends_within(5.0)
        assert other.get("/api/mailboxes").status == 401
        assert admin.get("/api/mailboxes").status == 200
        client, waits = waiting(admin, name)
        new = client.post("/api/login/app", {"token": waits}).json
        code = {"token": new["token"], "code": Phone(server, new["secret"]).code()}
        assert client.put("/api/login/app", code).status == 200
        bearer = {"Authorization": f"Bearer {secret}"}
        assert anna.anew().send("GET", "/jmap/session", None, bearer).status == 200
        admin.patch(f"/api/users/{user}", {"may_settings": False, "proof": proven()})


def test_a_new_password_or_the_end_of_all_logins_ends_what_waits(
    server: RunningServer, admin: Client, anna: Client, name: str
) -> None:
    phone, _ = with_app(server, anna)
    client, token = waiting(admin, name)
    admin.delete(f"/api/users/{id_of(admin, name)}/logins")
    assert client.post("/api/login/code", {"token": token, "code": phone.fresh()}).code == "step_over"
    client, token = waiting(admin, name)
    server.clock.advance(11 * 60)
    assert client.post("/api/login/code", {"token": token, "code": phone.fresh()}).code == "step_over"
    client, token = waiting(admin, name)
    admin.patch(f"/api/users/{id_of(admin, name)}", {"is_active": False})
    assert client.post("/api/login/code", {"token": token, "code": phone.fresh()}).status == 401


def with_passkey(server: RunningServer, client: Client, **proof: Any) -> Authenticator:
    """The user gets a passkey."""
    device = Authenticator(server.built.services.config.public_url)
    asked = client.post("/api/me/passkeys", {"password": PASSWORD, **proof})
    assert asked.status == 200, asked.body
    body = {"token": asked.json["token"], "credential": device.make(asked.json["options"]), "name": "Key"}
    done = client.put("/api/me/passkeys", body)
    assert done.status == 200, done.body
    assert client.put("/api/me/passkeys", body).code == "step_over"
    return device


def by_passkey(client: Client, device: Authenticator, token: str | None = None) -> Answer:
    """Log in with it: as the second step of the login that ``token`` names, else as the only one."""
    asked = client.post("/api/login/passkey/question", {"token": token}).json
    body = {"token": asked["token"], "credential": device.answer(asked["options"])}
    answer = client.post("/api/login/passkey", body)
    assert client.post("/api/login/passkey", body).code == "step_over"
    return answer


def test_a_passkey_is_a_second_step_or_the_only_one(
    server: RunningServer, admin: Client, anna: Client, name: str
) -> None:
    """As the only one its device must know its user; each challenge is good for one answer."""
    device = with_passkey(server, anna)
    client, token = waiting(admin, name)
    device.knows_user = False
    assert by_passkey(client, device, token).json["user"]["login"] == name
    alone = admin.anew()
    assert by_passkey(alone, device).code == "wrong_passkey"
    device.knows_user = True
    assert by_passkey(alone, device).json["user"]["login"] == name
    assert alone.get("/api/mailboxes").status == 200
    [row] = anna.get("/api/me/second-factor").json["passkeys"]
    assert (row["name"], row["last_used_at"] is not None) == ("Key", True)
    hows = [one["detail"].get("by") for one in admin.get("/api/audit").json["entries"]]
    assert hows[:3] == ["passkey_alone", None, "passkey"]


def test_a_passkey_is_called_otherwise(server: RunningServer, admin: Client, anna: Client, name: str) -> None:
    """It lets in as before; nobody else's is found, and the trail keeps both names."""
    device = with_passkey(server, anna)
    [row] = anna.get("/api/me/second-factor").json["passkeys"]
    path = f"/api/me/passkeys/{row['id']}"
    renamed = anna.patch(path, {"name": "  Handy im Büro "})
    assert (renamed.status, renamed.json) == (200, row | {"name": "Handy im Büro"})
    assert [one["name"] for one in anna.get("/api/me/second-factor").json["passkeys"]] == ["Handy im Büro"]
    assert by_passkey(admin.anew(), device).json["user"]["login"] == name
    refused = [anna.patch(path, {"name": wrong}).code for wrong in (" ", "x" * 101, "a\nb")]
    assert refused == ["name_missing", "name_too_long", "invalid_name"]
    assert admin.patch(path, {"name": "Meins"}).code == "no_such_second_factor"
    assert anna.patch("/api/me/passkeys/zz", {"name": "x"}).code == "no_such_second_factor"
    assert anna.patch(path, {"name": "Handy im Büro"}).status == 200
    found = [
        (one["subject"], one["detail"]["before"])
        for one in admin.get("/api/audit?kind=second_factor").json["entries"]
        if one["action"] == "second_factor.renamed" and one["user"]["login"] == name
    ]
    assert found == [("Handy im Büro", "Key")]


@pytest.mark.parametrize(
    "wrong",
    [{"origin": "https://evil.example"}, {"site": "evil.example"}, {"count": 0}, {"handle": text(b"u999")}],
    ids=["origin", "site", "copied", "somebody else's"],
)
def test_a_passkey_of_another_page_person_or_device_is_none(
    server: RunningServer, admin: Client, anna: Client, wrong: dict[str, Any]
) -> None:
    device = with_passkey(server, anna)
    for field, value in wrong.items():
        setattr(device, field, value)
    assert by_passkey(admin.anew(), device).code == "wrong_passkey"


def test_a_challenge_is_good_for_its_purpose_and_person_alone(
    server: RunningServer, admin: Client, anna: Client, name: str
) -> None:
    """What was asked to confirm something logs nobody in, and the other way round."""
    device = with_passkey(server, anna)
    other = person(admin, f"other{name}", f"Other {name}")
    others = with_passkey(server, other)
    asked = anna.post("/api/me/second-factor/question").json
    answered = {"token": asked["token"], "credential": device.answer(asked["options"])}
    assert admin.anew().post("/api/login/passkey", answered).code == "wrong_passkey"
    login = admin.anew().post("/api/login/passkey/question", {}).json
    answered = {"token": login["token"], "credential": device.answer(login["options"])}
    token = {"name": "Phone", "level": "read", "password": PASSWORD}
    assert anna.post("/api/me/tokens", token | {"passkey": answered}).code == "wrong_passkey"
    asked = anna.post("/api/me/second-factor/question").json
    answered = {"token": asked["token"], "credential": others.answer(asked["options"])}
    assert anna.post("/api/me/tokens", token | {"passkey": answered}).code == "wrong_passkey"
    asked = anna.post("/api/me/second-factor/question").json
    answered = {"token": asked["token"], "credential": device.answer(asked["options"])}
    assert anna.post("/api/me/tokens", token | {"passkey": answered}).status == 201


def test_where_one_is_required_the_login_begins_with_it(
    server: RunningServer, admin: Client, anna: Client, name: str
) -> None:
    """Nothing opens before; the last one stays; who is no administrator is not asked where only they must."""
    assert admin.put("/api/settings/login", {"second_factor_for": "x"}).code == "invalid_choice"
    with required_second_factor(server, admin, "settings") as proven:
        assert admin.anew().post("/api/login", {"login": "sabine", "password": PASSWORD}).status == 202
        assert admin.anew().post("/api/login", {"login": name, "password": PASSWORD}).status == 200
        admin.put("/api/settings/login", {"second_factor_for": "all", "proof": proven()})
        client, token = waiting(admin, name)
        late, stale = waiting(admin, name)
        stale_app = late.post("/api/login/app", {"token": stale}).json
        assert client.post("/api/login/code", {"token": token, "code": "000000"}).code == "step_over"
        new = client.post("/api/login/app", {"token": token}).json
        phone = Phone(server, new["secret"])
        assert client.get("/api/mailboxes").status == 401
        wrong = client.put("/api/login/app", {"token": new["token"], "code": "000000"})
        assert wrong.code == "wrong_code"
        done = client.put("/api/login/app", {"token": new["token"], "code": phone.code()}).json
        assert (done["user"]["login"], len(done["recovery_codes"])) == (name, 10)
        assert client.get("/api/mailboxes").status == 200

        body = {"token": stale_app["token"], "code": Phone(server, stale_app["secret"]).code()}
        assert late.put("/api/login/app", body).code == "step_over"
        proof = {"password": PASSWORD, "code": phone.fresh()}
        refused = client.delete("/api/me/second-factor/app", proof)
        assert (refused.status, refused.code) == (409, "second_factor_required")
        assert client.get("/api/me/second-factor").json["recovery_left"] == 10


def test_an_administrator_resets_a_second_factor_that_was_lost(
    server: RunningServer, admin: Client, anna: Client, name: str
) -> None:
    """With their own password; all logins of the person end, and a login needs the password alone."""
    with_app(server, anna)
    user = id_of(admin, name)
    row = next(one for one in admin.get("/api/users").json["users"] if one["id"] == user)
    assert row["has_second_factor"]
    assert admin.delete(f"/api/users/{user}/second-factor", {"password": "x"}).code == "wrong_password"
    with EventStream(anna) as stream:
        assert admin.delete(f"/api/users/{user}/second-factor", {"password": PASSWORD}).status == 200
        assert stream.ends_within(5.0)
    assert anna.get("/api/mailboxes").status == 401
    assert actions(admin)[-1] == "user.second_factor_reset"
    assert not anna.log_in(name).get("/api/me/second-factor").json["app_since"]


def test_the_console_resets_one_too(server: RunningServer, admin: Client, anna: Client, name: str) -> None:
    """For the only administrator, beside the running server."""
    with_app(server, anna)
    reset = ("users", "reset-second-factor")
    assert (server.run(*reset, "nobody")[0], server.run(*reset, name.upper())[0]) == (1, 0)
    assert anna.get("/api/mailboxes").status == 401
    assert anna.log_in(name).get("/api/mailboxes").status == 200


def test_the_console_lists_people_and_shuts_them_out(
    server: RunningServer, admin: Client, anna: Client, name: str
) -> None:
    """At once, beside the running server, but never the last administrator; the trail knows."""
    code, told = server.run("users", "deactivate", name)
    assert (code, "API tokens are revoked" in told) == (0, True)
    assert anna.get("/api/mailboxes").status == 401
    trail = admin.get("/api/audit?kind=user").json["entries"]
    changed = [
        one["detail"]["changed"] for one in trail if one["action"] == "user.changed" and not one["user"]
    ]
    assert changed == [{"is_active": False}]
    code, told = server.run("users", "list")
    row = next(line.split() for line in told.splitlines() if line.startswith(name))
    assert (code, row[-2:]) == (0, ["no", "no"])
    assert server.run("users", "activate", name)[0] == 0
    assert anna.log_in(name).get("/api/mailboxes").status == 200
    code, told = server.run("users", "deactivate", "sabine")
    assert (code, "right to the basic settings" in told) == (1, True)
    assert server.run("users", "deactivate", "nobody")[0] == 1
