"""Who proves something with a password that is changed at that very moment has proven nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from tests.flow.admin.client import PASSWORD, PROOF, Answer, Client
from tests.flow.admin.conftest import assign, person
from tests.flow.admin.running import RunningServer, running_server
from tests.passwords import HeldPasswords

from poststelle.model.ids import UserId
from poststelle.store import users

ANOTHER = "a password of the administrator"


@dataclass
class Office:
    """Sabine administers; Anna's password has become known. ``passwords`` hold Anna's requests up."""

    server: RunningServer
    passwords: HeldPasswords
    sabine: Client
    anna: Client

    def meanwhile(self, ask: Callable[[], Answer], deed: Callable[[], None]) -> Answer:
        """What ``ask`` is answered when ``deed`` is done after its password was looked at."""
        self.passwords.hold()
        with ThreadPoolExecutor(1) as threads:
            asked = threads.submit(ask)
            self.passwords.wait_until_looked_at()
            try:
                deed()
            finally:
                self.passwords.let_go()
            return asked.result(60)

    def change(self, **said: Any) -> None:
        assert self.sabine.patch("/api/users/u2", said).status == 200

    def set_another(self) -> None:
        self.change(password=ANOTHER, **PROOF)

    def turn_off_and_on(self) -> None:
        self.change(is_active=False)
        self.change(is_active=True)

    def hash_with(self, *, memory_cost: int) -> None:
        """Anna's password is kept as a program with other parameters has kept it."""
        hasher = PasswordHasher(time_cost=1, memory_cost=memory_cost, parallelism=1)
        work = self.server.built.services.store.write(users.set_password, UserId(2), hasher.hash(PASSWORD))
        asyncio.run_coroutine_threadsafe(work, self.server.loop).result(60)

    def logs_in(self, password: str) -> int:
        body = {"login": "anna", "password": password}
        return self.sabine.anew().post("/api/login", body).status


@pytest.fixture
def office(tmp_path: Path, database: str) -> Iterator[Office]:
    passwords = HeldPasswords()
    environ = {"DATABASE": database} if database else {}
    with running_server(tmp_path / "data", passwords=passwords, **environ) as server:
        sabine = server.client
        sabine.post("/api/setup", {"login": "sabine", "name": "Sabine Lindner", "password": PASSWORD})
        address = {"address": "info@buero-lindner.example", "confirm": True, "type": "internal"}
        account = str(sabine.post("/api/accounts", address).json["id"])
        anna = person(sabine, "anna", "Anna Berger")
        assign(sabine, account, "u2")
        yield Office(server, passwords, sabine, anna)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> str:
    """Its URL; empty: the one in the data folder."""
    return "" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


def test_a_login_with_the_former_password_does_not_begin(office: Office) -> None:
    """It is told what a wrong password is told, and leaves nothing open."""
    thief = office.sabine.anew()
    body = {"login": "anna", "password": PASSWORD}
    answer = office.meanwhile(partial(thief.post, "/api/login", body), office.set_another)
    assert (answer.status, answer.json["error"]["code"]) == (401, "wrong_login")
    assert thief.get("/api/mailboxes").status == 401
    assert (office.logs_in(PASSWORD), office.logs_in(ANOTHER)) == (401, 200)


def test_a_password_that_is_hashed_anew_does_not_come_back(office: Office) -> None:
    """After an update that made hashes dearer."""
    office.hash_with(memory_cost=16)
    body = {"login": "anna", "password": PASSWORD}
    office.meanwhile(partial(office.sabine.anew().post, "/api/login", body), office.set_another)
    assert (office.logs_in(PASSWORD), office.logs_in(ANOTHER)) == (401, 200)


def test_a_change_of_the_former_password_does_not_undo_the_new_one(office: Office) -> None:
    """The thief's own change is under way when the administrator sets another."""
    body = {"old": PASSWORD, "new": "a password of the thief"}
    answer = office.meanwhile(partial(office.anna.post, "/api/me/password", body), office.set_another)
    assert answer.status == 401
    assert (office.logs_in("a password of the thief"), office.logs_in(ANOTHER)) == (401, 200)


@pytest.mark.parametrize("deed", [Office.set_another, Office.turn_off_and_on])
def test_what_needs_a_proof_needs_it_at_the_end(office: Office, deed: Callable[[Office], None]) -> None:
    """No token that outlives it, and no second factor of the thief's own."""
    body = {"name": "thief", "level": "send", "password": PASSWORD}
    answer = office.meanwhile(partial(office.anna.post, "/api/me/tokens", body), partial(deed, office))
    assert answer.status == 401
    anna = office.sabine.anew().log_in("anna", ANOTHER if deed is Office.set_another else PASSWORD)
    assert anna.get("/api/me/tokens").json["tokens"] == []


def test_no_second_factor_is_begun_with_the_former_password(office: Office) -> None:
    proof = {"password": PASSWORD}
    answer = office.meanwhile(
        partial(office.anna.post, "/api/me/second-factor/app", proof), office.set_another
    )
    assert answer.status == 401


def test_two_logins_at_once_after_an_update_both_begin(office: Office) -> None:
    """The hash that the other one has renewed is of the same password."""
    office.hash_with(memory_cost=16)
    body = {"login": "anna", "password": PASSWORD}
    login = partial(office.sabine.anew().post, "/api/login", body)
    assert office.meanwhile(login, partial(office.hash_with, memory_cost=8)).status == 200
