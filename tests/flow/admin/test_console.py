"""People and mailboxes on the command line, beside the running server."""

import re
import secrets

import pytest
from tests.flow.admin.client import PASSWORD, Client
from tests.flow.admin.conftest import person
from tests.flow.admin.running import RunningServer


@pytest.fixture
def name() -> str:
    """A login that nobody has yet."""
    return f"p{secrets.token_hex(4)}"


@pytest.fixture
def anna(admin: Client, name: str) -> Client:
    return person(admin, name, "Anna Berger")


def chosen(server: RunningServer, said: str, password: str) -> int:
    """Use the link in what was said: the status of choosing this password."""
    [token] = re.findall(r"/invitation#(\S+)", said)
    return server.client.post("/api/invitation", {"token": token, "password": password}).status


def test_somebody_is_added_and_comes_in_by_the_link(server: RunningServer, admin: Client) -> None:
    """Once; a login that is taken is refused in a sentence."""
    code, said = server.run("users", "add", "karla", "--name", "Karla Kolumna", "--settings")
    assert (code, "Karla Kolumna (karla) chooses a password" in said) == (0, True), said
    assert chosen(server, said, PASSWORD) == 200
    assert chosen(server, said, PASSWORD + "2") == 404
    karla = server.client.log_in("karla")
    assert karla.get("/api/users").status == 200
    assert server.run("users", "add", "Karla", "--name", "Karla")[0] == 1
    assert server.run("users", "add", "k k", "--name", "Karla")[0] == 1


def test_a_forgotten_password_is_chosen_anew(
    server: RunningServer, admin: Client, anna: Client, name: str
) -> None:
    """The old one is good for nothing, what was open has ended, and the trail says so."""
    code, said = server.run("users", "reset-password", name)
    assert code == 0, said
    assert anna.get("/api/mailboxes").status == 401
    assert server.client.post("/api/login", {"login": name, "password": PASSWORD}).status == 401
    assert chosen(server, said, "ein-neues-Kennwort-2") == 200
    trail = admin.get("/api/audit?kind=user").json["entries"]
    assert "user.password_reset" in [one["action"] for one in trail if one["user"] is None]
    assert server.run("users", "reset-password", "nobody")[0] == 1


def test_a_mailbox_is_added_assigned_and_set_inactive(
    server: RunningServer, admin: Client, anna: Client, name: str
) -> None:
    """In the name of an administrator, and confirmed; what is refused is told in a sentence."""
    address = f"{name}@buero.example"
    by = ("--by", "sabine")
    code, said = server.run("accounts", "add", address, *by)
    assert (code, "may read all of its mail" in said) == (1, True), said
    assert server.run("accounts", "add", address, *by, "--confirm")[0] == 0
    assert server.run("accounts", "add", address, "--by", name, "--confirm")[0] == 1
    assert server.run("accounts", "assign", address, name, "write", *by)[0] == 1
    assert server.run("accounts", "assign", address, name, "write", *by, "--confirm")[0] == 0
    assert [one["address"] for one in anna.get("/api/mailboxes").json] == [address]
    assert server.run("accounts", "deactivate", address, *by)[0] == 0

    code, said = server.run("accounts", "list")
    row = next(line for line in said.splitlines() if line.startswith(address))
    assert (code, re.split(r"  +", row)[1:4]) == (0, ["Microsoft 365", "inactive", "1"])
    assert server.run("accounts", "activate", address, *by)[0] == 0
    assert server.run("accounts", "withdraw", address, name, *by)[0] == 0
    assert anna.get("/api/mailboxes").json == []
    code, said = server.run("accounts", "withdraw", address, name, *by)
    assert (code, said) == (1, "This user is not assigned to this mailbox.\n")
    trail = admin.get("/api/audit?kind=grant").json["entries"]
    mine = [one for one in trail if name in one["subject"]]
    assert mine[0]["action"] == "grant.removed"
    assert server.run("accounts", "assign", "nobody@buero.example", name, "write", *by, "--confirm")[0] == 1
    assert server.run("accounts", "assign", address, name, "rule", *by, "--confirm")[0] == 1


def test_the_environment_is_shown_without_its_secrets(server: RunningServer) -> None:
    """And the whole reference."""
    code, said = server.run("config")
    assert code == 0, said
    assert "POSTSTELLE_DATA  " in said
    assert "POSTSTELLE_TRUSTED_PROXIES" in said
    assert "not set: none" in said
    assert PASSWORD not in said
    assert "POSTSTELLE_ADMIN_PASSWORD" in said
    code, said = server.run("config", "--reference")
    assert (code, said.startswith("# Configuration")) == (0, True)
