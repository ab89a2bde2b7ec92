"""JMAP over WebSocket, by a real client: requests and pushes on one connection that ends with its login."""

from __future__ import annotations

import contextlib
import json
import socket as sockets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.flow.jmap.client import USING, Client, Json
from tests.flow.push.conftest import Place
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.http11 import Response
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from poststelle.http.jmap.limits import MAX_CALLS_IN_REQUEST, MAX_CONCURRENT_REQUESTS, MAX_STREAMS
from poststelle.model.change import ChangeType
from poststelle.push import hub

CAPABILITY = "urn:ietf:params:jmap:websocket"
CALL: list[Any] = ["Core/echo", {"x": 1}, "0"]
ECHO: Json = {"@type": "Request", "using": USING, "methodCalls": [CALL]}


class Socket:
    """One open socket; what comes is read in order."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def say(self, **said: Any) -> None:
        self.connection.send(json.dumps({("@type" if k == "type_" else k): v for k, v in said.items()}))

    def next(self, timeout_s: float = 60) -> Json:
        told: Json = json.loads(self.connection.recv(timeout_s))
        return told

    def answer(self, said: Any) -> Json:
        self.connection.send(said if isinstance(said, str | bytes) else json.dumps(said))
        return self.next()

    def echo(self) -> bool:
        return bool(self.answer(ECHO)["@type"] == "Response")

    def ended_with(self, timeout_s: float = 60) -> int:
        """Wait until the server ends it; the code, 1006 where the line was cut before it came."""
        try:
            while True:
                self.connection.recv(timeout_s)
        except ConnectionClosed as closed:
            return 1006 if closed.rcvd is None else closed.rcvd.code


@contextmanager
def opened(
    who: Client,
    *,
    origin: str | None = "ours",
    host: str | None = None,
    subprotocol: str | None = "jmap",
) -> Iterator[Socket]:
    """A socket of this browser or program."""
    headers = {name: value for name, value in who._who().items() if name != "X-Poststelle"}
    base = who.base if origin == "ours" and who.authorization is None else origin
    parts = urlsplit(who.base)
    with connect(
        f"ws://{host or parts.netloc}/jmap/ws",
        origin=None if base in {None, "ours"} else Origin(str(base)),
        additional_headers=headers,
        subprotocols=[Subprotocol(subprotocol)] if subprotocol else None,
        proxy=None,
        max_size=None,
        close_timeout=2,
    ) as connection:
        yield Socket(connection)


def refused(who: Client, **how: Any) -> Response:
    """What is answered in place of a socket."""
    with pytest.raises(InvalidStatus) as caught, opened(who, **how):
        pass
    return caught.value.response


def refusal(who: Client, **how: Any) -> int:
    return refused(who, **how).status_code


def test_the_session_tells_where_it_is(place: Place, anna: Client) -> None:
    told = anna.ok("GET", "/jmap/session")["capabilities"][CAPABILITY]
    public = place.server.built.services.config.public_url
    assert told == {"url": f"ws{public.removeprefix('http')}/jmap/ws", "supportsPush": True}


def test_requests_are_answered_as_by_http(place: Place, anna: Client) -> None:
    """With the request's id where it has one, and the same state of the session."""
    account = place.account("anna")
    call = ("Mailbox/get", {"accountId": account, "ids": None}, "c")
    by_http = anna.request(call)
    with opened(anna) as socket:
        named = socket.answer({"@type": "Request", "id": "R1", "using": USING, "methodCalls": [call]})
        bare = socket.answer({**ECHO, "createdIds": {"a": "b"}})

    assert named == {"@type": "Response", "requestId": "R1", **by_http}
    assert bare["methodResponses"] == [["Core/echo", {"x": 1}, "0"]]
    assert (bare["createdIds"], "requestId" in bare) == ({"a": "b"}, False)


def test_programs_come_in_by_their_token(place: Place, anna: Client) -> None:
    """Within its scope."""
    mine, other = place.account("anna"), place.account("anna")
    program, _ = place.program(anna, [mine])
    calls = [["Mailbox/get", {"accountId": a, "ids": []}, a] for a in (mine, other)]
    with opened(program, origin=None) as socket:
        answer = socket.answer({**ECHO, "methodCalls": calls})["methodResponses"]

    assert [name for name, _, _ in answer] == ["Mailbox/get", "error"]


@pytest.mark.parametrize(
    ("said", "type_", "id_"),
    [
        ("The quick brown fox", "notJSON", None),
        ("[" * 10_000, "notJSON", None),
        ("1", "notRequest", None),
        ('{"id":"R"}', "notRequest", "R"),
        ('{"@type":"Request","id":"R"}', "notRequest", "R"),
        ('{"@type":"Request","id":1,"using":[],"methodCalls":[]}', "notRequest", None),
        ('{"@type":"Request","id":"R","using":["x"],"methodCalls":[]}', "unknownCapability", "R"),
        ('{"@type":"WebSocketPushEnable","dataTypes":[1]}', "notRequest", None),
        ('{"@type":"WebSocketPushEnable","pushState":1}', "notRequest", None),
        ('{"@type":"StateChange"}', "notRequest", None),
        (
            json.dumps({**ECHO, "methodCalls": [CALL] * (MAX_CALLS_IN_REQUEST + 1)}),
            "limit",
            None,
        ),
    ],
)
def test_what_is_no_request_is_refused_and_the_socket_stays(
    anna: Client, said: str, type_: str, id_: str | None
) -> None:
    with opened(anna) as socket:
        error = socket.answer(said)
        assert socket.echo()

    assert (error["@type"], error["requestId"]) == ("RequestError", id_)
    assert (error["type"], error["status"]) == (f"urn:ietf:params:jmap:error:{type_}", 400)


def test_what_is_no_text_or_too_much_ends_the_socket(anna: Client) -> None:
    """1003 and 1009. Source: RFC 6455 §7.4.1."""
    with opened(anna) as socket:
        socket.connection.send(b"octets")
        no_text = socket.ended_with()
    with opened(anna) as socket:
        with contextlib.suppress(ConnectionClosed):  # the end may come while it is still sent
            socket.connection.send("x" * 10_000_001)
        too_much = socket.ended_with()

    # Who still sends when the other side closes may lose what it said last: TCP resets the line.
    assert (no_text, too_much) in {(1003, 1009), (1003, 1006)}


def test_no_more_requests_are_under_way_than_the_session_says(place: Place, anna: Client) -> None:
    """Those too many are refused by name, the others answered; afterwards there is room again."""
    account = place.account("anna")
    call = ["Mailbox/get", {"accountId": account, "ids": None}, "c"]
    many = {**ECHO, "methodCalls": [call] * MAX_CALLS_IN_REQUEST}
    count = 3 * MAX_CONCURRENT_REQUESTS
    with opened(anna) as socket:
        for number in range(count):
            socket.connection.send(json.dumps({**many, "id": str(number)}))
        told = [socket.next() for _ in range(count)]
        assert socket.echo()

    errors = [one for one in told if one["@type"] == "RequestError"]
    assert {one["requestId"] for one in told} == {str(number) for number in range(count)}
    assert errors and len(errors) <= count - MAX_CONCURRENT_REQUESTS
    assert {(one["status"], one["limit"]) for one in errors} == {(429, "maxConcurrentRequests")}


def test_a_page_of_another_site_gets_no_socket(place: Place, anna: Client) -> None:
    """Its browser would add our cookie. Nor one without an origin, nor by another name of ours."""
    port = urlsplit(anna.base).port
    for origin in (
        "https://evil.example", "null", "", None, f"http://evil.example:{port}", "http://127.0.0.1:1",
        f"ftp://127.0.0.1:{port}", f"http://127.0.0.1:{port}.evil.example", f"http://127.0.0.1:{port}/x", "http://[",
    ):  # fmt: skip
        assert refusal(anna, origin=origin) == 403, origin
    program, _ = place.program(anna)
    with opened(program, origin="https://evil.example") as socket:
        assert socket.echo()


def test_who_may_not_come_in_gets_no_socket(place: Place, anna: Client) -> None:
    """Nobody; a wrong token, whatever the cookie beside it; somebody who speaks something else."""
    assert refusal(Client(anna.base)) == 401
    stranger = refused(Client(anna.base, authorization="Bearer pst_x"), origin=None)
    assert (stranger.status_code, "Basic" in stranger.headers["WWW-Authenticate"]) == (401, True)
    both = Client(anna.base, cookies=anna.cookies, authorization="Bearer pst_x")
    assert refusal(both, origin=None) == 401
    assert refusal(anna, subprotocol=None) == 400
    assert refusal(anna, subprotocol="chat") == 400


def test_a_foreign_name_of_the_server_gets_no_socket(anna: Client) -> None:
    """As every request: DNS rebinding."""
    parts = urlsplit(anna.base)
    lines = [
        "GET /jmap/ws HTTP/1.1", f"Host: evil.example:{parts.port}", f"Origin: http://evil.example:{parts.port}",
        "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13", "Sec-WebSocket-Protocol: jmap",
        f"Cookie: poststelle_login={anna.cookies['poststelle_login']}", "", "",
    ]  # fmt: skip
    with sockets.create_connection((parts.hostname or "", parts.port or 0), timeout=60) as plain:
        plain.sendall("\r\n".join(lines).encode())
        assert plain.recv(100).startswith(b"HTTP/1.1 421 ")


def test_pushes_come_once_they_are_asked_for(place: Place, anna: Client) -> None:
    """Of the wanted types; until they are asked for no more."""
    account = place.account("anna")
    with opened(anna) as socket:
        place.change(account)
        socket.say(type_="WebSocketPushEnable", dataTypes=["Mailbox", "Calendar"])
        assert socket.echo()
        place.change(account, ChangeType.EMAIL, ChangeType.MAILBOX)
        told = socket.next()
        socket.say(type_="WebSocketPushDisable")
        assert socket.echo()
        place.change(account, ChangeType.MAILBOX)
        assert socket.echo()
    state = anna.call("Mailbox/get", accountId=account, ids=[])["state"]

    assert (told["@type"], set(told["changed"])) == ("StateChange", {account})
    assert set(told["changed"][account]) == {"Mailbox"}
    assert told["changed"][account]["Mailbox"] != state
    assert told["pushState"]


def test_what_was_missed_is_told_by_the_push_state(place: Place, anna: Client) -> None:
    """At once; nothing where nothing was missed; all where the state is none of ours."""
    first, second = place.account("anna"), place.account("anna")
    with opened(anna) as socket:
        socket.say(type_="WebSocketPushEnable", dataTypes=None)
        assert socket.echo()
        place.change(first)
        state = socket.next()["pushState"]
    place.change(second)
    with opened(anna) as socket:
        missed = socket.answer({"@type": "WebSocketPushEnable", "dataTypes": None, "pushState": state})
        socket.say(type_="WebSocketPushEnable", dataTypes=None, pushState=missed["pushState"])
        assert socket.echo()
        every = socket.answer({"@type": "WebSocketPushEnable", "dataTypes": None, "pushState": "x.y,,1"})

    assert set(missed["changed"]) == {second}
    assert {first, second} <= set(every["changed"])


def test_it_ends_at_once_with_the_token_or_the_login(place: Place, anna: Client) -> None:
    """Also by an administrator's hand; whether it wants pushes or not; nothing more is answered."""
    program, token = place.program(anna)
    browser, ended, shut_out = place.log_in("anna"), place.person("ended"), place.person("shut")
    codes = []
    with (
        opened(program, origin=None) as first,
        opened(browser) as second,
        opened(ended) as third,
        opened(shut_out) as fourth,
    ):
        assert first.echo() and second.echo() and third.echo() and fourth.echo()
        anna.ok("DELETE", f"/api/me/tokens/{token}")
        codes.append(first.ended_with())
        browser.ok("POST", "/api/logout")
        codes.append(second.ended_with())
        place.admin.ok("DELETE", f"/api/users/{place.user_id('ended')}/logins")
        codes.append(third.ended_with())
        place.admin.ok("PATCH", f"/api/users/{place.user_id('shut')}", {"is_active": False})
        codes.append(fourth.ended_with())

    assert codes == [1008] * 4
    assert refusal(program, origin=None) == 401


def test_what_was_asked_is_carried_out_though_the_socket_has_ended(place: Place, anna: Client) -> None:
    """As by HTTP; and the next socket has all its room."""
    device, (program, _) = place.device(), place.program(anna)
    wish = {"deviceClientId": "d", "url": device.url, "keys": device.keys}
    call = ["PushSubscription/set", {"create": {"k": wish}}, "0"]
    with opened(program, origin=None) as socket:
        socket.say(**{**ECHO, "methodCalls": [call]})
    code = device.read()

    assert code["@type"] == "PushVerification"
    with opened(program, origin=None) as socket:
        for number in range(MAX_CONCURRENT_REQUESTS):
            socket.connection.send(json.dumps({**ECHO, "id": str(number)}))
        assert {socket.next()["@type"] for _ in range(MAX_CONCURRENT_REQUESTS)} == {"Response"}


def test_using_a_socket_is_using_its_token(place: Place, anna: Client) -> None:
    """Its last use is shown as that of every token."""
    program, token = place.program(anna)

    def used_at() -> str:
        rows = anna.ok("GET", "/api/me/tokens")["tokens"]
        return str(next(row["last_used_at"] for row in rows if row["id"] == token))

    with opened(program, origin=None) as socket:
        assert socket.echo()
        before = used_at()
        place.advance(600)
        assert socket.echo()
    assert used_at() > before


def test_it_ends_when_assignments_change(place: Place) -> None:
    """The session must be read again; what happens afterwards in that mailbox is never told."""
    gustav = place.person("gustav")
    account = place.account("gustav")
    with opened(gustav) as socket:
        socket.say(type_="WebSocketPushEnable", dataTypes=None)
        assert socket.echo()
        place.unassign(account, "gustav")
        place.change(account)
        code = socket.ended_with()

    assert code == 1001


def test_so_many_are_open_at_once(place: Place) -> None:
    """Windows of one login, and of all of a user's programs; one that is closed makes room."""
    hanna = place.person("hanna")
    program, _ = place.program(hanna)
    with ExitStack() as open_:
        for _ in range(hub.MAX_STREAMS):
            open_.enter_context(opened(hanna))
        too_many = refusal(hanna)
    with opened(hanna) as again:
        assert again.echo()
    with ExitStack() as open_:
        for _ in range(hub.MAX_STREAMS):
            open_.enter_context(opened(program, origin=None))
        assert refusal(program, origin=None) == 429
    assert too_many == 429 and hub.MAX_STREAMS < MAX_STREAMS


def test_a_ping_is_answered(anna: Client) -> None:
    with opened(anna) as socket:
        assert socket.connection.ping().wait(60)
