"""What surrounds every request: headers, hosts, sizes, bad JSON, unknown paths, incidents."""

import http.client
import json
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message
from tests.flow.admin.client import PASSWORD, Client
from tests.flow.admin.running import RunningServer, running_server

from poststelle.http.guard import Guard


@pytest.mark.parametrize(("method", "path"), [("POST", "/api/logout"), ("PUT", "/api/settings/microsoft")])
@pytest.mark.parametrize("header", ["", "0", "true"])
def test_changes_need_our_header(admin: Client, method: str, path: str, header: str) -> None:
    """Without ``X-Poststelle: 1`` nothing that changes is even looked at."""
    answer = admin.send(method, path, {}, {"X-Poststelle": header})
    assert (answer.status, answer.code) == (403, "csrf")
    assert admin.get("/api/users").status == 200


def test_a_foreign_host_name_is_refused(server: RunningServer) -> None:
    """Only the public name, localhost and loopback addresses are ours: no DNS rebinding."""
    host = urlsplit(server.url).netloc
    for name in ("evil.example", "localhost.evil.example", f"evil.example:{host.split(':')[1]}", ""):
        answer = server.client.send("GET", "/api/start", headers={"Host": name or " "})
        assert (answer.status, answer.code) == (421, "wrong_host")
    for name in ("localhost", "LOCALHOST:8025", "127.0.0.1", "[::1]:8025"):
        assert server.client.send("GET", "/api/start", headers={"Host": name}).status == 200
    assert server.client.send("GET", "/healthz", headers={"Host": "10.0.0.7"}).status == 200


def test_every_answer_has_the_security_headers(admin: Client) -> None:
    """Pages, JSON, refusals and redirects alike."""
    for path in ("/", "/api/start", "/api/users", "/api/none", "/sign-in/microsoft/callback", "/healthz"):
        headers = admin.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-dns-prefetch-control"] == "off"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert "server" not in headers


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "bad_json"),
        (b"\xff\xfe", "bad_json"),
        (b"[]", "bad_request"),
        (b'{"login": 5, "password": "x"}', "bad_request"),
        (b"{}", "bad_request"),
        (b"null", "bad_request"),
        (b'{"login": "\\ud800", "password": "x"}', "bad_json"),
        (b"[" * 100_000, "bad_request"),
        (b'{"login": ' + b"[" * 100_000, "bad_request"),
        (b'{"login": "a", "password": "b", "pasword": "c"}', "bad_request"),
    ],
)
def test_a_body_that_does_not_fit_says_where(server: RunningServer, body: bytes, code: str) -> None:
    """Bad JSON and wrong types are 400 with a sentence, never 500."""
    answer = server.client.send("POST", "/api/login", body)
    assert (answer.status, answer.code) == (400, code)


def test_an_oversized_body_is_refused(server: RunningServer) -> None:
    """By its announced length, and by its real one when it lies about it."""
    answer = server.client.send("POST", "/api/login", b"x" * 1_000_001)
    assert (answer.status, answer.code) == (413, "too_large")

    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
    chunks = (b"x" * 100_000 for _ in range(11))
    connection.request("POST", "/api/login", chunks, {"X-Poststelle": "1"}, encode_chunked=True)
    response = connection.getresponse()
    assert (response.status, json.loads(response.read())["error"]["code"]) == (413, "too_large")
    connection.close()


def test_unknown_paths_and_methods_are_json(admin: Client) -> None:
    """An API address that isn't there is 404, a wrong method 405, both in our one form."""
    assert (admin.get("/api/none").status, admin.get("/api/none").code) == (404, "not_found")
    assert (admin.get("/api/login").status, admin.put("/api/start").code) == (404, "method_not_allowed")
    assert admin.get("/assets/none.js").status == 404
    assert admin.get("/../../etc/passwd.txt").status == 404


def test_pages_are_served_by_one_file(tmp_path: Path) -> None:
    """Every page address gets index.html, uncached; hashed assets are kept for ever."""
    ui = tmp_path / "ui"
    (ui / "assets").mkdir(parents=True)
    (ui / "index.html").write_text("<!doctype html><p>Poststelle</p>")
    (ui / "assets" / "app-1.js").write_text("alert(1)")
    (ui / "assets" / "app-1.js.gz").write_bytes(b"packed")
    with running_server(tmp_path / "data", UI=str(ui)) as server:
        for path in ("/", "/mail/a1/f2/m3", "/settings/basic/email/external", "/sign-in/result/a1?outcome=x"):
            page = server.client.get(path)
            assert (page.status, page.headers["cache-control"]) == (200, "no-store")
            assert b"Poststelle" in page.body
        script = server.client.get("/assets/app-1.js", Accept_Encoding="identity")
        assert (script.body, script.headers["content-type"]) == (
            b"alert(1)",
            "text/javascript; charset=utf-8",
        )
        assert "immutable" in script.headers["cache-control"]
        again = server.client.get("/assets/app-1.js", If_None_Match=script.headers["etag"])
        assert (again.status, again.body) == (304, b"")
        packed = server.client.get("/assets/app-1.js", Accept_Encoding="br")
        assert "content-encoding" not in packed.headers
        assert server.client.get("/ui/../secret.txt").status == 404


def test_long_answers_are_compressed_for_those_who_ask(admin: Client) -> None:
    """A long list goes as gzip, a short one as it is."""
    for number in range(20):
        admin.post("/api/accounts", {"address": f"box{number}@example.org", "confirm": True})
    long = admin.get("/api/accounts", Accept_Encoding="gzip")
    assert long.headers["content-encoding"] == "gzip"
    assert len(long.json["accounts"]) == 20
    assert "content-encoding" not in admin.get("/api/accounts").headers
    assert "content-encoding" not in admin.get("/api/start", Accept_Encoding="gzip").headers


def test_health_and_readiness(server: RunningServer) -> None:
    """Both answer without login."""
    assert (server.client.get("/healthz").body, server.client.get("/readyz").body) == (b"ok\n", b"ready\n")


@pytest.mark.anyio
async def test_an_unexpected_error_is_a_number_and_nothing_else() -> None:
    """The client gets an incident number; what happened stays in the log, the path's names do not."""

    async def fail(_: Request) -> Response:
        raise RuntimeError("the secret inside")

    around = Middleware(Guard, public_url="http://localhost", new_incident=lambda: "c0ffee")
    app = Starlette(routes=[Route("/x/{name}", fail)], middleware=[around])
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "GET", "path": "/x/Offer.pdf", "raw_path": b"/x/Offer.pdf",
        "query_string": b"", "root_path": "", "headers": [(b"host", b"localhost")],
        "scheme": "http", "http_version": "1.1",
    }  # fmt: skip
    with structlog.testing.capture_logs() as logged:
        await app(scope, receive, send)

    start, body = sent[0], b"".join(m.get("body", b"") for m in sent)
    assert start["status"] == 500
    assert json.loads(body)["error"]["params"] == {"incident": "c0ffee"}
    assert b"secret" not in body
    assert [(e["event"], e["route"], e["incident"]) for e in logged] == [
        ("request.failed", "/x/{name}", "c0ffee")
    ]
    assert "Offer" not in str(logged)


def test_a_client_that_hangs_up_is_no_incident(
    server: RunningServer, capfd: pytest.CaptureFixture[str]
) -> None:
    """A request broken off in the middle leaves no error in the log."""
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port)) as wire:
        wire.sendall(
            b"POST /api/login HTTP/1.1\r\nHost: localhost\r\nX-Poststelle: 1\r\nContent-Length: 100\r\n\r\n{"
        )
    assert server.client.get("/healthz").status == 200
    assert "request.failed" not in "".join(capfd.readouterr())


def test_a_wrong_key_stops_the_start(tmp_path: Path) -> None:
    """A lost or changed key is told in a sentence instead of losing every sign-in."""
    with running_server(tmp_path) as server:
        server.client.post("/api/setup", {"login": "s", "name": "S", "password": PASSWORD})
    key_file = tmp_path / "poststelle.key"
    kept = key_file.read_text()

    key_file.unlink()
    with pytest.raises(Exception, match="missing"), running_server(tmp_path):
        pass
    assert not key_file.exists()
    key_file.write_text("A" * 43)
    with pytest.raises(Exception, match="does not belong"), running_server(tmp_path):
        pass
    key_file.write_text(kept)
    with running_server(tmp_path) as server:
        server.client.log_in("s")
