"""Whichever process answers, it is the same office."""

from __future__ import annotations

import http.client
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from tests import programs
from tests.flow.jmap.client import Client, Events, eventually
from tests.flow.jmap.office import Office
from tests.flow.push.test_websocket import opened
from tests.flow.roles.conftest import Desk
from tests.flow.roles.fleet import Fleet
from tests.flow.sim import Simulator

SOON_S = 10.0  # a busy machine has its share


def test_people_are_sent_to_any_of_them(fleet: Fleet, desk: Desk, m365: Simulator, office: Office) -> None:
    """Logging in, going to Microsoft and back, and reading the mail: each request landed on the other one.

    And what is pressed at one is known at the other at once.
    """
    before = fleet.proxy.connections
    first, second = (fleet.at(web, desk.anna) for web in fleet.webs)
    inbox = desk.anna.folder(desk.account, "inbox")
    assert fleet.proxy.connections == before + 1
    [letter] = first.query_all(desk.account, filter={"inMailbox": inbox["id"]})
    first.call("Email/set", accountId=desk.account, update={letter: {"keywords/$flagged": True}})
    [told] = second.emails(desk.account, [letter], "keywords")
    assert told["keywords"]["$flagged"]
    eventually(lambda: [one["flagged"] for one in office.truth(desk.address).values()] == [True])


def test_a_change_at_one_is_told_by_the_other(fleet: Fleet, desk: Desk) -> None:
    """The stream is open at the second; the change is made at the first, and told at once."""
    first, second = (fleet.at(web, desk.anna) for web in fleet.webs)
    letter = first.query_all(desk.account)[0]
    with second.events() as events:
        began = time.monotonic()
        first.call("Email/set", accountId=desk.account, update={letter: {"keywords/$seen": True}})
        events.until(desk.account, "Email")
        took_s = time.monotonic() - began
    assert took_s < SOON_S


def test_arriving_mail_is_told_by_both(fleet: Fleet, desk: Desk, m365: Simulator) -> None:
    """A worker has found it; nobody who answers pulls anything."""
    first, second = (fleet.at(web, desk.anna) for web in fleet.webs)
    with first.events("Email") as at_one, second.events("Email") as at_other:
        m365.control.receive(desk.address, subject="Neu")
        at_one.until(desk.account, "Email")
        at_other.until(desk.account, "Email")


def test_a_stream_goes_on_at_the_other(fleet: Fleet, desk: Desk) -> None:
    """With the id of the last event, nothing that was missed in between is missed."""
    first, second = (fleet.at(web, desk.anna) for web in fleet.webs)
    letter = first.query_all(desk.account)[0]
    with first.events() as events:
        last = events.last
    first.call("Email/set", accountId=desk.account, update={letter: {"keywords/$answered": True}})
    with second.events(last=last) as events:
        events.until(desk.account, "Email")


def test_a_socket_goes_on_at_the_other(fleet: Fleet, desk: Desk) -> None:
    """By the state that the first one told."""
    first, second = (fleet.at(web, desk.anna) for web in fleet.webs)
    letter = first.query_all(desk.account)[0]
    with opened(first) as socket:
        socket.say(type_="WebSocketPushEnable", dataTypes=["Email"])
        assert socket.echo()
        second.call("Email/set", accountId=desk.account, update={letter: {"keywords": {"x-one": True}}})
        state = socket.next()["pushState"]
    first.call("Email/set", accountId=desk.account, update={letter: {"keywords": {"x-other": True}}})
    with opened(second) as socket:
        socket.say(type_="WebSocketPushEnable", dataTypes=["Email"], pushState=state)
        assert "Email" in socket.next()["changed"][desk.account]


def test_who_reads_is_seen_at_the_other(fleet: Fleet, desk: Desk, office: Office) -> None:
    """Said at the first, shown at the second."""
    office.assign(desk.account, "emil")
    emil = fleet.at(fleet.webs[0], office.person("emil"))
    anna = fleet.at(fleet.webs[1], desk.anna)
    letter = emil.query_all(desk.account)[0]
    with anna.events("Presence") as events:
        emil.call("Presence/announce", accountId=desk.account, clientId="tab", answering=[letter])
        events.until(desk.account, "Presence")
    seen = anna.call("Presence/get", accountId=desk.account)["list"]
    assert [(one["name"], one["activity"]) for one in seen] == [("Emil", "answering")]


def test_the_health_page_shows_all_processes(fleet: Fleet, office: Office) -> None:
    """Their roles and versions, and which of them was asked; numbers by role for Prometheus."""
    told = [fleet.at(web, office.admin).ok("GET", "/api/health") for web in fleet.webs]
    for found in told:
        assert sorted(one["role"] for one in found["processes"]) == ["web", "web", "worker", "worker"]
        assert len({one["version"] for one in found["processes"]}) == 1
        assert len({one["address"] for one in found["processes"]}) == 4
        assert [one["role"] for one in found["processes"] if one["is_asked"]] == ["web"]
        assert "no_worker" not in {one["kind"] for one in found["warnings"]}
        assert "loop_failing" not in {one["kind"] for one in found["warnings"]}
    asked = [next(one for one in found["processes"] if one["is_asked"]) for found in told]
    assert asked[0]["began_at"] != asked[1]["began_at"]
    assert [one["address"] for one in asked] == [f"127.0.0.1:{web.port}" for web in fleet.webs]


def test_requests_to_microsoft_are_those_of_all_processes(fleet: Fleet, desk: Desk, office: Office) -> None:
    """Who answers the page asks nothing of Microsoft: the workers do, and tell of it as they beat."""
    admin = fleet.at(fleet.webs[0], office.admin)
    before = admin.ok("GET", "/api/health")["machine"]["requests"]
    office.simulator.control.receive(desk.address, subject="Gezählt")
    assert eventually(lambda: admin.ok("GET", "/api/health")["machine"]["requests"] > before)


def test_a_right_that_ends_at_one_ends_streams_at_the_other(fleet: Fleet, desk: Desk, office: Office) -> None:
    """At once, as where there is one process; and with a login that ends. A busy machine has its share."""
    office.assign(desk.account, "carl", "read")
    carl = office.person("carl")
    chief = fleet.at(fleet.webs[0], office.admin)
    with fleet.at(fleet.webs[1], carl).events() as events:
        began = time.monotonic()
        path = f"/api/accounts/{desk.account}/users/{office.user_id('carl')}"
        chief.ok("DELETE", path)
        assert _ends(events)
        assert time.monotonic() - began < SOON_S
    other = office.log_in("carl")
    with fleet.at(fleet.webs[1], other).events() as events:
        began = time.monotonic()
        fleet.at(fleet.webs[0], other).ok("POST", "/api/logout")
        assert _ends(events)
        assert time.monotonic() - began < SOON_S


def test_who_is_shut_out_at_the_console_is_shut_out_everywhere(
    fleet: Fleet, desk: Desk, office: Office
) -> None:
    """The command ends at once; the stream at a process that it knows nothing of ends with it."""
    office.assign(desk.account, "frida", "read")
    frida = office.person("frida")
    with fleet.at(fleet.webs[1], frida).events() as events:
        given = fleet.environ | {"POSTSTELLE_PUBLIC_URL": fleet.url}
        done = programs.run(["poststelle", "users", "deactivate", "frida"], given)
        assert done.returncode == 0, done.stdout + done.stderr
        assert _ends(events)


def test_a_right_whose_end_nobody_told_ends_streams_when_hearing_is_doubted(
    fleet: Fleet, desk: Desk, office: Office
) -> None:
    """The connections on which processes hear one another are cut: each stream looks whether it still may."""
    office.assign(desk.account, "dora", "read")
    dora = office.person("dora")
    with fleet.at(fleet.webs[1], dora).events() as events:
        fleet.run_sql("delete from grants where user_id = %s", int(office.user_id("dora")[1:], 36))
        fleet.cluster.cut_connections(fleet.database)
        assert _ends(events)


def test_hearing_goes_on_after_a_cut(fleet: Fleet, desk: Desk, m365: Simulator) -> None:
    """PostgreSQL ended every connection; what happens afterwards, and meanwhile, is told."""
    first, second = (fleet.at(web, desk.anna) for web in fleet.webs)
    with first.events("Email") as at_one, second.events("Email") as at_other:
        fleet.cluster.cut_connections(fleet.database)
        m365.control.receive(desk.address, subject="Während es dunkel war")
        _hear(first, at_one, desk.account)
        _hear(second, at_other, desk.account)


def test_what_is_on_a_screen_is_asked_for_by_a_worker(fleet: Fleet, desk: Desk, m365: Simulator) -> None:
    """Looking at a folder and pressing refresh, at a process that pulls nothing itself."""
    folder = desk.anna.folder(desk.account, "inbox")["id"]
    desk.anna.ok("POST", f"/api/mailboxes/{desk.account}/look", {"folder": folder})
    desk.anna.ok("POST", f"/api/mailboxes/{desk.account}/refresh")
    m365.control.receive(desk.address, subject="Angesehen")
    eventually(lambda: "Angesehen" in subjects(desk.anna, desk.account))


def test_who_answers_pulls_nothing_and_who_works_answers_nobody(fleet: Fleet) -> None:
    """A worker tells how it is doing, and nothing else."""
    for one in fleet.workers:
        client = Client(one.url)
        assert (client.get("/healthz").status, client.get("/readyz").status) == (200, 200)
        assert {client.get(path).status for path in ("/", "/api/status", "/jmap/session", "/metrics")} == {
            404
        }


def test_a_request_that_is_under_way_is_answered_before_the_end(fleet: Fleet, desk: Desk) -> None:
    """SIGTERM while a file is being brought: it is taken, and open streams end at once."""
    [spare] = fleet.start("web")
    try:
        client = fleet.at(spare, desk.anna)
        with client.events() as events, _half_upload(client, desk.account) as upload:
            spare.started.send_signal(signal.SIGTERM)
            assert _ends(events)
            assert upload() == 200
        # Asked once: who is asked again at the very end, when nothing listens any more, is killed by it.
        assert spare.started.wait(timeout=60) == 0
    finally:
        fleet.processes.remove(spare)
        fleet.proxy.lead_to([one.port for one in fleet.webs])
        spare.stop()


@contextmanager
def _half_upload(client: Client, account: str) -> Iterator[Callable[[], int]]:
    """A file of which half has been sent; called, the rest is sent, and the status of the answer known."""
    connection = http.client.HTTPConnection(urlsplit(client.base).netloc, timeout=60)
    connection.putrequest("POST", f"/jmap/upload/{account}/")
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    sent = {"X-Poststelle": "1", "Cookie": cookie, "Content-Type": "text/plain", "Content-Length": "200000"}
    for name, value in sent.items():
        connection.putheader(name, value)
    connection.endheaders()
    connection.send(b"x" * 100_000)

    def finish() -> int:
        connection.send(b"y" * 100_000)
        return connection.getresponse().status

    try:
        yield finish
    finally:
        connection.close()


def subjects(client: Client, account: str) -> list[str]:
    return [str(one["subject"]) for one in client.emails(account, client.query_all(account), "subject")]


def _hear(client: Client, events: Events, account: str) -> None:
    """A stream whose own question was cut may end: a browser asks on from what it heard last."""
    try:
        events.until(account, "Email")
    except AssertionError:
        with client.events("Email", last=events.last) as again:
            again.until(account, "Email")


def _ends(events: Events) -> bool:
    """Whether the stream says that it is over, whatever it said before."""
    while event := events.next():
        if event[0] == "revoked":
            return True
    return False
