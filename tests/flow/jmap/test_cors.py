"""Pages of other sites, and what else browsers and clients insist on. Source: Fetch §3.3, RFC 8620 §2.2."""

from __future__ import annotations

import asyncio
import socket
import struct
from urllib.parse import urlsplit

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send
from tests.flow.jmap.conftest import Desk

from poststelle.config import ConfigError, load
from poststelle.http.cors import Cors

OTHER = "https://mail.other.example"


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Tells the cookie that came along."""
    await PlainTextResponse(Request(scope).headers.get("cookie", ""))(scope, receive, send)


def ask(
    method: str, path: str, *, allowed: tuple[str, ...] = (), **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of one answer."""
    told: list[Message] = []
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "headers": named, "query_string": b""}

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        told.append(message)

    asyncio.run(Cors(app, allowed)(scope, receive, send))
    answered = {name.decode(): value.decode() for name, value in told[0]["headers"]}
    return told[0]["status"], answered, b"".join(m.get("body", b"") for m in told[1:])


PATHS = ["/.well-known/jmap", "/jmap/session", "/jmap/api", "/jmap/upload/a1/", "/jmap/download/a1/b/n"]


@pytest.mark.parametrize("path", [*PATHS, "/jmap/eventsource"])
def test_options_needs_no_login(desk: Desk, path: str) -> None:
    """Anybody is answered, and nobody from elsewhere is allowed anything: nothing is configured."""
    nobody = type(desk.anna)(desk.anna.base)
    headers = {"Origin": OTHER, "Access-Control-Request-Method": "POST"}
    answer = nobody.send("OPTIONS", path, None, headers)

    assert answer.status == 204
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", PATHS)
def test_a_named_origin_may_ask_with_a_token(path: str) -> None:
    """Its origin alone, without cookies, and without our own header."""
    wish = {"access_control_request_method": "POST", "access_control_request_headers": "authorization"}
    status, headers, _ = ask("OPTIONS", path, allowed=(OTHER,), origin=OTHER, **wish)

    assert (status, headers["access-control-allow-origin"], headers["vary"]) == (204, OTHER, "Origin")
    assert "authorization" in headers["access-control-allow-headers"].lower()
    assert "x-poststelle" not in headers["access-control-allow-headers"].lower()
    assert "access-control-allow-credentials" not in headers


def test_a_named_origin_never_comes_with_a_cookie() -> None:
    """Should a browser send one, it does not count."""
    cookie = "poststelle_login=x"
    _, headers, seen = ask("POST", "/jmap/api", allowed=(OTHER,), origin=OTHER, cookie=cookie)
    _, own_headers, own = ask("POST", "/jmap/api", allowed=(OTHER,), cookie=cookie)

    assert (seen, headers["access-control-allow-origin"]) == (b"", OTHER)
    assert (own, own_headers.get("access-control-allow-origin")) == (cookie.encode(), None)


@pytest.mark.parametrize(
    ("path", "origin"),
    [
        ("/jmap/api", "https://mail.other.example.evil.example"),
        ("/jmap/api", "http://mail.other.example"),
        ("/jmap/api", "null"),
        ("/api/login", OTHER),
        ("/", OTHER),
    ],
)
def test_no_other_origin_and_no_other_path_is_open(path: str, origin: str) -> None:
    """Only the mail API, and only to whom the operator has named."""
    for method in ("GET", "OPTIONS"):
        _, headers, _ = ask(method, path, allowed=(OTHER,), origin=origin)
        assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(
    "text", ["*", "mail.example", "https://mail.example/", "https://a@b.example", "null"]
)
def test_an_origin_must_be_one(text: str) -> None:
    """A bad one stops the start."""
    with pytest.raises(ConfigError, match="CORS_ORIGINS"):
        load({"POSTSTELLE_CORS_ORIGINS": text})


def test_origins_are_none_or_those_named() -> None:
    """As browsers write them."""
    assert load({}).cors_origins == ()
    named = load({"POSTSTELLE_CORS_ORIGINS": " https://Mail.example:8443, http://localhost:3000,"})
    assert named.cors_origins == ("https://mail.example:8443", "http://localhost:3000")


def test_the_session_names_whole_addresses(desk: Desk) -> None:
    """Clients do not resolve what is relative."""
    session = desk.anna.ok("GET", "/jmap/session")

    for name in ("apiUrl", "downloadUrl", "uploadUrl", "eventSourceUrl"):
        assert session[name].startswith(("http://", "https://")), name


@pytest.mark.skipif(not hasattr(socket, "TCP_INFO"), reason="this system does not count segments")
def test_head_and_body_of_an_answer_come_in_one_piece(desk: Desk) -> None:
    """One segment, so that no client waits for a second one."""
    address = urlsplit(desk.anna.base)
    cookie = "; ".join(f"{name}={value}" for name, value in desk.anna.cookies.items())
    request = f"GET /jmap/session HTTP/1.1\r\nHost: {address.netloc}\r\nCookie: {cookie}\r\n\r\n"
    with socket.create_connection((address.hostname, address.port), timeout=60) as connection:
        connection.sendall(request.encode())
        seen = b""
        while b'"state"' not in seen:
            seen += connection.recv(65_536)
        info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 232)
    [data_segments_in] = struct.unpack_from("=I", info, 152)

    assert seen.startswith(b"HTTP/1.1 200")
    assert data_segments_in == 1


def test_a_list_may_be_asked_for_without_limit_or_without_ids(desk: Desk) -> None:
    """All of it, oldest first; or its length alone."""
    sort = [{"property": "receivedAt", "isAscending": True}]
    args = {"accountId": desk.account, "sort": sort, "calculateTotal": True}
    whole = desk.anna.call("Email/query", **args)
    none = desk.anna.call("Email/query", **args, limit=0)
    arrived = [e["receivedAt"] for e in desk.anna.emails(desk.account, whole["ids"], "receivedAt")]

    assert (len(whole["ids"]), whole["total"]) == (60, 60)
    assert arrived == sorted(arrived)
    assert (none["ids"], none["total"]) == ([], 60)
