"""A server whose clock is in the test's hand, a push service beside it, and changes without a provider."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from tests.flow.admin.running import RunningServer, running_server
from tests.flow.jmap.client import Client, Json
from tests.flow.push.service import Device, PushService, running_push_service

from poststelle.lib.ids import decode_id
from poststelle.model.change import ChangeOp, ChangeType
from poststelle.model.ids import ACCOUNT, AccountId
from poststelle.store.tx import Tx

T = TypeVar("T")
SECRET = "ein-langes-Kennwort-1"


@dataclass
class Place:
    """A running server with an administrator, and where its pushes arrive."""

    server: RunningServer
    service: PushService
    admin: Client
    made: int = 0
    nobodys: str = ""

    def device(self) -> Device:
        """A fresh one."""
        self.made += 1
        return Device(self.service, f"/device/{self.made}")

    def account(self, *logins: str) -> str:
        """A fresh mailbox, assigned to these users."""
        self.made += 1
        body = {"address": f"info{self.made}@buero.example", "confirm": True}
        account = str(self.admin.ok("POST", "/api/accounts", body)["id"])
        for login in logins:
            self.assign(account, login)
        return account

    def assign(self, account: str, login: str) -> None:
        path = f"/api/accounts/{account}/users/{self.user_id(login)}"
        self.admin.ok("PUT", path, {"level": "send", "confirm": True})

    def unassign(self, account: str, login: str) -> None:
        self.admin.ok("DELETE", f"/api/accounts/{account}/users/{self.user_id(login)}")

    def user_id(self, login: str) -> str:
        users = self.admin.ok("GET", "/api/users")["users"]
        return next(str(user["id"]) for user in users if user["login"] == login)

    def person(self, login: str) -> Client:
        """A new user, logged in."""
        self.admin.ok("POST", "/api/users", {"login": login, "name": login.title(), "password": SECRET})
        return self.log_in(login)

    def log_in(self, login: str) -> Client:
        return Client(self.server.url).log_in(login, SECRET)

    def program(self, person: Client, mailboxes: list[str] | None = None) -> tuple[Client, str]:
        """A program of this person, and its token's id."""
        wish = {"name": "Telefon", "level": "send", "password": SECRET, "mailboxes": mailboxes}
        made: Json = person.ok("POST", "/api/me/tokens", wish)
        return Client(person.base, authorization=f"Bearer {made['secret']}"), str(made["token"]["id"])

    def advance(self, seconds: float) -> None:
        """Put the clock forward, and have the server look at it: something happens that concerns nobody."""
        if not self.nobodys:
            self.nobodys = self.account()
        self.server.clock.advance(seconds)
        self.change(self.nobodys)

    def read(self, fn: Callable[..., T], *args: object) -> T:
        """Look into the server's store."""
        work = self.server.built.services.store.read(fn, *args)
        return asyncio.run_coroutine_threadsafe(work, self.server.loop).result(60)

    def write(self, fn: Callable[..., T], *args: object) -> T:
        """Change it."""
        work = self.server.built.services.store.write(fn, *args)
        return asyncio.run_coroutine_threadsafe(work, self.server.loop).result(60)

    def change(self, account: str, *types: ChangeType) -> None:
        """Commit a change of each of these types (Email unless named)."""
        change(self.server, account, *types)


def change(server: RunningServer, account: str, *types: ChangeType) -> None:
    number = decode_id(ACCOUNT, account)
    assert number is not None

    def write(tx: Tx) -> None:
        for type_ in types or (ChangeType.EMAIL,):
            tx.changed(AccountId(number), type_, 1, ChangeOp.UPDATED)

    work = server.built.services.store.write(write)
    asyncio.run_coroutine_threadsafe(work, server.loop).result(60)


@contextmanager
def running(folder: Path, service: PushService, *, with_engines: bool = True) -> Iterator[RunningServer]:
    """A server whose own network is open to pushes."""
    networks, ca_file = "127.0.0.0/8", str(service.ca_file)
    with running_server(
        folder, with_engines=with_engines, PUSH_NETWORKS=networks, PUSH_CA_FILE=ca_file
    ) as server:
        yield server


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PushService]:
    with running_push_service(tmp_path_factory.mktemp("push")) as it:
        yield it


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, service: PushService) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("server")
    with running(folder, service) as server:
        yield Place(server, service, set_up(server))


def set_up(server: RunningServer) -> Client:
    admin = Client(server.url)
    body = {"login": "sabine", "name": "Sabine", "password": SECRET, "email": "sabine@example.org"}
    admin.ok("POST", "/api/setup", body)
    return admin


@pytest.fixture(autouse=True)
def later(place: Place) -> None:
    """Some time after the test before, so that nobody has asked for too much in a row."""
    place.server.clock.advance(20 * 60)


@pytest.fixture(scope="module")
def anna(place: Place) -> Client:
    return place.person("anna")
