"""Logins and second factors over HTTP: one office for all, each test with people of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count

import pytest
from tests.flow.admin.client import PASSWORD, Client
from tests.flow.admin.conftest import actions, person
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
        assert phones.ends_within(1.0)
        assert phone.get("/api/mailboxes").status == 401
        assert anna.delete("/api/me/logins").json == {"ended": 1}
        assert tablets.ends_within(1.0)
        assert not ours.ends_within(0.2)
    assert [one["id"] for one in anna.get("/api/me/logins").json["logins"]] == [mine["id"]]
    assert actions(admin)[-2:] == ["login.ended", "login.others_ended"]


def test_an_administrator_ends_all_of_a_users_logins(admin: Client, anna: Client, name: str) -> None:
    """They can log in again; what was open ends."""
    other = admin.anew().log_in(name)
    with EventStream(anna) as first, EventStream(other) as second:
        assert admin.delete(f"/api/users/{id_of(admin, name)}/logins").json == {"ended": 2}
        assert first.ends_within(1.0)
        assert second.ends_within(1.0)
    assert (anna.get("/api/mailboxes").status, other.get("/api/mailboxes").status) == (401, 401)
    assert actions(admin)[-1] == "user.logins_ended"
    assert anna.log_in(name).get("/api/mailboxes").status == 200
