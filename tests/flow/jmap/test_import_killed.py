"""The server is killed in the midst of an import: what it said is true, and what it had stored is whole."""

from __future__ import annotations

import http.client
import signal
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from tests.flow.jmap.client import Client, Json, eventually
from tests.flow.jmap.conftest import Desk, new_desk
from tests.flow.jmap.office import ADMIN, SECRET, Office, Server, running_server
from tests.flow.jmap.test_brought import Mirror
from tests.flow.jmap.test_internal import letter, new_shelf


@contextmanager
def running(office: Office, data: Path, port: int = 0) -> Iterator[Office]:
    """A server of its own beside the others' simulator; one that is started again has the same port."""
    where = {"POSTSTELLE_LISTEN": f"127.0.0.1:{port}", "POSTSTELLE_PUBLIC_URL": f"http://localhost:{port}"}
    with running_server(data, office.simulator, **where) as server:
        yield Office(office.simulator, server, Client(server.url).log_in(ADMIN, SECRET))


def kill(server: Server) -> None:
    """As the kernel does when memory is short."""
    server.process.send_signal(signal.SIGKILL)
    assert server.process.wait(60) == -signal.SIGKILL


def numbered(name: str, count: int) -> dict[str, bytes]:
    """Messages by their Message-IDs."""
    ids = [f"{name}-{n}@kunden.example" for n in range(count)]
    return {id_: letter(id_, Message_ID=f"<{id_}>").as_bytes() for id_ in ids}


def mbox_of(messages: Sequence[bytes]) -> bytes:
    return b"".join(b"From anna@x.example Mon Mar  2 08:00:00 2026\n" + one + b"\n" for one in messages)


def begin_file(client: Client, path: str, octets: bytes, first: int) -> http.client.HTTPConnection:
    """Send the first octets of a file; the others are on their way."""
    connection = http.client.HTTPConnection(urlsplit(client.base).netloc, timeout=60)
    connection.putrequest("POST", path)
    for name, value in (client._who() | {"Content-Length": str(len(octets))}).items():
        connection.putheader(name, value)
    connection.endheaders()
    connection.send(octets[:first])
    return connection


def octets_held(client: Client, account: str) -> dict[str, list[bytes]]:
    """The octets of every message, by Message-ID: one each, if nothing came twice."""
    found: dict[str, list[bytes]] = {}
    for email in client.emails(account, client.query_all(account), "messageId", "blobId"):
        octets = client.download(account, email["blobId"]).body
        found.setdefault(email["messageId"][0], []).append(octets)
    return found


def once(messages: dict[str, bytes]) -> dict[str, list[bytes]]:
    return {name: [octets] for name, octets in messages.items()}


def imports(mirror: Mirror, messages: dict[str, bytes]) -> Json:
    """The arguments of an Email/import."""
    place = {mirror.roles["archive"]: True}
    emails = {n: {"blobId": mirror.upload(one), "mailboxIds": place} for n, one in messages.items()}
    return {"accountId": mirror.desk.account, "emails": emails}


def begin_request(client: Client, *calls: tuple[str, Json, str]) -> threading.Thread:
    """A request whose answer never comes."""

    def ask() -> None:
        with suppress(OSError, http.client.HTTPException):
            client.request(*calls)

    asking = threading.Thread(target=ask)
    asking.start()
    return asking


def test_an_import_that_is_killed_is_whole_as_far_as_it_went(office: Office, tmp_path: Path) -> None:
    """A file comes in, and a request with several imports into a mailbox at Microsoft, when the server dies.

    What was answered is there, and what was stored without an answer, each message whole and once; the
    state that was told before tells the client which these are. It brings the others, and in the
    end Microsoft has each one once, also the one that it was just making.
    """
    filed = numbered("datei", 130)
    told, untold, late = numbered("gesagt", 2), numbered("ungesagt", 4), numbered("spaet", 1)
    with running(office, tmp_path) as first:
        shelf = new_shelf(first)
        desk = new_desk(first, {"subject": "Original", "messageId": "<original@kunden.example>"})
        mirror = Mirror(desk, {f["role"]: f["id"] for f in desk.anna.folders(desk.account) if f["role"]})
        state = desk.anna.call("Email/import", **imports(mirror, told))["newState"]
        held = first.server.held()

        file = mbox_of(list(filed.values()))
        sending = begin_file(shelf.anna, f"/api/mailboxes/{shelf.account}/import", file, len(file) * 9 // 10)
        eventually(lambda: first.server.held() == held + 100)
        office.simulator.control.fail_next("GET", "*/$value", delayS=15)
        office.simulator.control.fail_next("POST", "*/messages", delayS=2)
        two = [dict(list(untold.items())[n : n + 2]) for n in (0, 2)]
        original = desk.id_of("original@kunden.example")
        [hung] = desk.anna.emails(desk.account, [original], "blobId")
        waits = {"w": {"blobId": hung["blobId"], "mailboxIds": {mirror.roles["archive"]: True}}}
        calls = [*(imports(mirror, some) for some in two), {"accountId": desk.account, "emails": waits}]
        asking = begin_request(desk.anna, *(("Email/import", args, f"{n}") for n, args in enumerate(calls)))
        eventually(lambda: first.server.held() == held + 104)
        kill(first.server)
        sending.close()
        asking.join()

    office.simulator.control.clear_faults()
    with running(office, tmp_path, urlsplit(first.server.url).port or 0) as again:
        anna = Client(again.server.url).log_in("anna", SECRET)
        here = octets_held(anna, shelf.account)
        assert here == once(dict(list(filed.items())[:100]))
        rest = [octets for name, octets in filed.items() if name not in here]
        answer = anna.post(f"/api/mailboxes/{shelf.account}/import", mbox_of(rest))
        assert answer.json["messages"] == 30
        assert octets_held(anna, shelf.account) == once(filed)

        mirror = Mirror(Desk(again, desk.address, desk.account, anna), mirror.roles)
        brought = told | untold
        there = octets_held(anna, desk.account)
        assert {name: there.get(name) for name in brought} == once(brought)
        came = anna.call("Email/changes", accountId=desk.account, sinceState=state)["created"]
        names = anna.emails(desk.account, came, "messageId")
        assert {one["messageId"][0] for one in names} == untold.keys()
        mirror.bring(next(iter(late.values())))
        again.settled(anna, desk.account)
        _, remote = office.simulator.control.snapshot(desk.address)
        assert Counter(str(one["internetMessageId"]).strip("<>") for one in remote.values()) == Counter(
            ["original@kunden.example", *brought, *late]
        )
        assert octets_held(anna, desk.account).keys() == {"original@kunden.example", *brought, *late}
