"""A fresh server for each test, with its administrator and two people."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyotp
import pytest
from tests.flow.admin.client import PASSWORD, Client
from tests.flow.admin.running import RunningServer, running_server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    """A server that nobody has set up."""
    with running_server(tmp_path / "data") as running:
        yield running


@pytest.fixture
def admin(server: RunningServer) -> Client:
    """The administrator's browser; the set-up is done."""
    client = server.client
    answer = client.post(
        "/api/setup",
        {"login": "sabine", "name": "Sabine Lindner", "password": PASSWORD, "email": "sabine@example.org"},
    )
    assert answer.status == 201, answer.body
    return client


@pytest.fixture
def anna(admin: Client) -> Client:
    """The browser of a user without rights to the settings: u2."""
    return person(admin, "anna", "Anna Berger")


@pytest.fixture
def account(admin: Client) -> str:
    """An account nobody is assigned to: a1."""
    answer = admin.post("/api/accounts", {"address": "info@buero-lindner.example", "confirm": True})
    assert answer.status == 201, answer.body
    return str(answer.json["id"])


def person(admin: Client, login: str, name: str) -> Client:
    """Add a user and log them in, in a browser of their own."""
    answer = admin.post("/api/users", {"login": login, "name": name, "password": PASSWORD})
    assert answer.status == 201, answer.body
    return admin.anew().log_in(login)


def assign(admin: Client, account: str, user: str, level: str = "send") -> None:
    """Assign a user with the warning confirmed."""
    answer = admin.put(f"/api/accounts/{account}/users/{user}", {"level": level, "confirm": True})
    assert answer.status == 200, answer.body


@contextmanager
def required_second_factor(
    server: RunningServer, admin: Client, whom: str = "all"
) -> Iterator[Callable[[], dict[str, str]]]:
    """One is required meanwhile. Who says so needs one, and proves it: here by recovery codes. Yields what
    makes another proof."""
    new = admin.post("/api/me/second-factor/app", {"password": PASSWORD}).json
    code = pyotp.TOTP(new["secret"]).at(server.clock.now())
    done = admin.put("/api/me/second-factor/app", {"token": new["token"], "code": code})
    codes = done.json["recovery_codes"]
    try:
        require_second_factor(admin, whom, codes.pop())
        yield lambda: {"password": PASSWORD, "code": codes.pop()}
    finally:
        require_second_factor(admin, "nobody", codes.pop())
        admin.delete("/api/me/second-factor/app", {"password": PASSWORD, "code": codes.pop()})


def require_second_factor(admin: Client, whom: str, code: str) -> None:
    proof = {"password": PASSWORD, "code": code}
    answer = admin.put("/api/settings/login", {"second_factor_for": whom, "proof": proof})
    assert answer.status == 200, answer.body


def actions(admin: Client) -> list[str]:
    """The audit trail's deeds, oldest first."""
    return [entry["action"] for entry in reversed(admin.get("/api/audit?limit=200").json["entries"])]
