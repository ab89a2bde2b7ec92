"""A program's receiver of notifications: a real HTTPS server with a certificate of the simulator's own CA."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Receiver:
    """What came in, and how to answer. ``answer`` None sends validation tokens back as Microsoft wants it."""

    base: str = ""
    posts: list[tuple[str, Any]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    status: int = 202
    delay_s: float = 0.0
    validation_status: int = 200
    validation_delay_s: float = 0.0
    validation_type: str = "text/plain"
    answer: Callable[[str], str] | None = None

    @property
    def url(self) -> str:
        """Where notifications go."""
        return f"{self.base}/notifications"

    @property
    def lifecycle_url(self) -> str:
        """Where lifecycle events go."""
        return f"{self.base}/lifecycle?of=app"

    def told(self) -> list[dict[str, Any]]:
        """Every notification of a change, in order."""
        return [n for path, body in self.posts if "/notifications" in path for n in body["value"]]

    def kinds(self) -> list[str]:
        """The change types told, in order."""
        return [n["changeType"] for n in self.told()]

    def events(self) -> list[str]:
        """The lifecycle events told, in order."""
        return [life["lifecycleEvent"] for life in self.lives()]

    def lives(self) -> list[dict[str, Any]]:
        """The lifecycle notifications in full."""
        return [n for path, body in self.posts if "/lifecycle" in path for n in body["value"]]

    def receive(self, target: str, body: bytes) -> tuple[int, str, bytes]:
        """Answer one POST: status, content type, body."""
        query = parse_qs(urlsplit(target).query)
        if "validationToken" not in query:
            self.posts.append((target, json.loads(body)))
            time.sleep(self.delay_s)
            return self.status, "text/plain", b""
        token = query["validationToken"][0]
        self.tokens.append(target)
        time.sleep(self.validation_delay_s)
        text = token if self.answer is None else self.answer(token)
        return self.validation_status, self.validation_type, text.encode()


@contextmanager
def receiving(certificate: Path, key: Path | None) -> Iterator[Receiver]:
    """A receiver for as long as the block lasts; without a key it speaks plain HTTP."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one segment: apart they wait for one another

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, kind, answer = receiver.receive(self.path, body)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)
            self.wfile.flush()

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A simulator that hangs up is no error."""

    server = Server(("127.0.0.1", 0), Handler)
    if key is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    receiver.base = f"{'https' if key else 'http'}://localhost:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
