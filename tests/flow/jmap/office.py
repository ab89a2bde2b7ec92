"""A whole office: the simulated Microsoft 365 and the server, a process each, met over HTTP only."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests import programs
from tests.databases import run_sql
from tests.e2e.demo import read_until
from tests.flow.jmap.client import Client, Json, eventually
from tests.flow.sim import PASSWORD, Simulator, running_simulator
from tests.kept import database_of
from tests.programs import Start, Started
from tests.sim.identity.browser import Browser

ROOT = Path(__file__).resolve().parents[3]
ADMIN = "sabine"
SECRET = "ein-langes-Kennwort-1"
PROOF = {"password": SECRET}
"""The administrator's, who has no second factor."""
POLL_S = 1.0


@dataclass(frozen=True)
class Server:
    """A running server."""

    url: str
    data: Path
    process: Started

    def run_sql(self, statement: str) -> None:
        """Change the database behind the server's back, as time or a crash might."""
        run_sql(database_of(self.data), statement)

    def lose_octets(self, *, holding: bytes) -> int:
        """Remove the small blobs that hold this, as a backup without them does; how many they were."""
        with closing(sqlite3.connect(self.data / "blobs" / "small.db", timeout=60)) as connection, connection:
            return connection.execute("delete from blobs where instr(content, ?) > 0", (holding,)).rowcount

    @contextmanager
    def without_octets(self, *, holding: bytes) -> Iterator[None]:
        """Small blobs that hold this are missing meanwhile, as while a backup is restored."""
        path = self.data / "blobs" / "small.db"
        with closing(sqlite3.connect(path, timeout=60)) as connection:
            wanted = "select * from blobs where instr(content, ?) > 0"
            rows = connection.execute(wanted, (holding,)).fetchall()
        assert self.lose_octets(holding=holding) == len(rows) > 0
        yield
        with closing(sqlite3.connect(path, timeout=60)) as connection, connection:
            connection.executemany("insert into blobs values (?, ?, ?, ?)", rows)

    def held(self) -> int:
        """How many messages lie in its folders, without asking it."""
        [(total,)] = run_sql(database_of(self.data), "select coalesce(sum(total), 0) from folders")
        return int(str(total))

    def peak_octets(self) -> int:
        """The most memory it ever held at once (Linux's VmHWM)."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("this system does not tell a process's peak memory")


@contextmanager
def running_server(
    data: Path,
    simulator: Simulator,
    poll_s: float = POLL_S,
    *,
    start: Start = programs.start,
    **settings: str,
) -> Iterator[Server]:
    """``poststelle serve`` against the simulator, with an administrator; ends as SIGTERM does."""
    data.mkdir(parents=True, exist_ok=True)
    environment = {
        "POSTSTELLE_DATA": str(data),
        "POSTSTELLE_LISTEN": "127.0.0.1:0",
        "POSTSTELLE_PUBLIC_URL": "http://localhost:0",
        **{f"POSTSTELLE_{name}": value for name, value in simulator.settings.items()},
        "POSTSTELLE_POLL_SECONDS": str(poll_s),
        "POSTSTELLE_ADMIN_LOGIN": ADMIN,
        "POSTSTELLE_ADMIN_NAME": "Sabine Lindner",
        "POSTSTELLE_ADMIN_PASSWORD": SECRET,
        **settings,
    }
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("POSTSTELLE_")}
    log = data / "stderr.log"
    with log.open("w") as errors:
        process = start(["poststelle", "serve"], inherited | environment, errors)
    try:
        yield Server(_address(process, log), data, process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=60)
        finally:
            process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()


def _address(process: Started, log: Path) -> str:
    """The first thing a server says once it answers."""
    found = re.search(r"http\S+", read_until(process, "\n", log))
    assert found, log.read_text()[-3000:]
    return found.group()


@dataclass
class Office:
    """Both programs and the administrator's login."""

    simulator: Simulator
    server: Server
    admin: Client
    people: dict[str, tuple[str, Client]] = field(default_factory=dict)

    def person(self, login: str, *, may_settings: bool = False) -> Client:
        """A user of this login, logged in; made when first asked for."""
        if login not in self.people:
            body = {"login": login, "name": login.title(), "password": SECRET, "may_settings": may_settings}
            body |= {"proof": PROOF} if may_settings else {}
            made = self.admin.ok("POST", "/api/users", body)
            self.people[login] = (made["id"], self.log_in(login))
        return self.people[login][1]

    def log_in(self, login: str) -> Client:
        """One more login of a user: a browser of its own."""
        return Client(self.server.url).log_in(login, SECRET)

    def user_id(self, login: str) -> str:
        self.person(login)
        return self.people[login][0]

    def add(self, address: str) -> str:
        """Step one of the set-up: the account's id."""
        added: Json = self.admin.ok("POST", "/api/accounts", {"address": address, "confirm": True})
        return str(added["id"])

    def assign(self, account: str, login: str, level: str = "send") -> None:
        path = f"/api/accounts/{account}/users/{self.user_id(login)}"
        self.admin.ok("PUT", path, {"level": level, "confirm": True})

    def unassign(self, account: str, login: str) -> None:
        self.admin.ok("DELETE", f"/api/accounts/{account}/users/{self.user_id(login)}")

    def sign_in(self, person: Client, account: str, password: str = PASSWORD) -> str:
        """Step two: to Microsoft's pages and back; the page the browser ends at."""
        url = person.ok("POST", f"/sign-in/microsoft/{account}", {"confirm": True})["url"]
        browser = Browser(self.simulator.pages_url).open(url)
        if browser.has("input[name=passwd]"):
            browser.press("signin", passwd=password)
        if browser.has("button#accept"):
            browser.press("accept")
        back = urlsplit(browser.left_for)
        assert back.netloc == urlsplit(self.server.url).netloc, browser.left_for or browser.text()
        answer = person.get(f"{back.path}?{back.query}")
        assert answer.status == 303, (answer.status, answer.body)
        return answer.headers["location"]

    def connect(self, address: str, login: str = "anna", level: str = "send") -> str:
        """Both steps; the account's id. Messages are arriving from now on."""
        account = self.add(address)
        self.assign(account, login, level)
        page = self.sign_in(self.person(login), account)
        assert page == f"/mail/{account}?signed_in=1", page
        return account

    def settled(self, client: Client, account: str, timeout_s: float = 120) -> None:
        """Wait until the account is synchronised and nothing waits to reach Microsoft."""

        def is_quiet() -> bool:
            state = client.sync_state(account)
            return bool(
                state["phase"] != "first"
                and state["lastSyncedAt"]
                and state["pending"] == 0
                and state["problem"] is None
                and self.differences(client, account) == []
            )

        eventually(is_quiet, timeout_s, every_s=0.2)

    def truth(self, address: str) -> dict[str, Json]:
        """What Microsoft holds, by Message-ID: keywords and the path of the folder."""
        folders, messages = self.simulator.control.snapshot(address)
        paths = {f["id"]: tuple(f["path"]) for f in folders}
        return _by_message_id(
            (
                m["internetMessageId"].strip("<>"),
                {
                    "seen": m["isRead"],
                    "flagged": m["flag"] == "flagged",
                    "folder": paths[m["folderId"]],
                    "subject": m["subject"],
                },
            )
            for m in messages.values()
        )

    def held(self, client: Client, account: str) -> dict[str, Json]:
        """What the server tells, in the same form."""
        paths = folder_paths(client.folders(account))
        ids = client.query_all(account)
        wanted = ("messageId", "keywords", "mailboxIds", "subject")
        return _by_message_id(
            (
                e["messageId"][0],
                {
                    "seen": "$seen" in e["keywords"],
                    "flagged": "$flagged" in e["keywords"],
                    "folder": paths[next(iter(e["mailboxIds"]))],
                    "subject": e["subject"],
                },
            )
            for e in client.emails(account, ids, *wanted)
        )

    def differences(self, client: Client, account: str) -> list[tuple[str, Any, Any]]:
        """Where the two do not agree: (Message-ID, Microsoft's, ours)."""
        session = client.ok("GET", "/jmap/session")["accounts"][account]
        address = session["accountCapabilities"]["https://poststelle.example/jmap/mail"]["address"]
        truth, held = self.truth(address), self.held(client, account)
        keys = sorted(truth.keys() | held.keys())
        return [(k, truth.get(k), held.get(k)) for k in keys if truth.get(k) != held.get(k)]


def _by_message_id(messages: Iterable[tuple[str, Json]]) -> dict[str, Json]:
    """By Message-ID; what is there twice (sent to oneself) gets a number, in the order of the folders."""
    told: dict[str, Json] = {}
    copies: Counter[str] = Counter()
    for message_id, message in sorted(messages, key=lambda one: (one[0], one[1]["folder"])):
        copies[message_id] += 1
        number = copies[message_id]
        told[f"{message_id}#{number}" if number > 1 else message_id] = message
    return told


def folder_paths(folders: list[Json]) -> dict[str, tuple[str, ...]]:
    """Each folder's names from the root down."""
    by_id = {f["id"]: f for f in folders}

    def path(folder: Json) -> tuple[str, ...]:
        parent = by_id.get(folder["parentId"])
        return (*(path(parent) if parent else ()), folder["name"])

    return {f["id"]: path(f) for f in folders}


def new_name(prefix: str) -> str:
    """A name nobody has yet."""
    return f"{prefix}-{uuid.uuid4().hex[:6]}"


@contextmanager
def running_office(
    folder: Path, poll_s: float = POLL_S, *, start: Start = programs.start, **settings: str
) -> Iterator[Office]:
    """Both programs with data below ``folder``."""
    with (
        running_simulator(folder / "m365", start=start) as simulator,
        running_server(folder / "server", simulator, poll_s, start=start, **settings) as server,
    ):
        admin = Client(server.url).log_in(ADMIN, SECRET)
        yield Office(simulator, server, admin)
