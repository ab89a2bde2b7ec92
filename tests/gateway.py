"""What stands in front of an object storage: it passes requests on, or answers in the storage's place."""

from __future__ import annotations

import http.client
import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from urllib.parse import quote

from tests.s3 import S3

_NOT_PASSED_ON = {"connection", "transfer-encoding", "content-length", "server", "date"}


class Mode(Enum):
    """``NO_BACKEND``: as an ingress answers that has none. ``PORTAL``: a page, whatever is asked for."""

    PASS = "pass"
    NO_BACKEND = "no backend"
    PORTAL = "portal"


@dataclass
class Gateway:
    """``on_put`` is told the path of what is to be stored, and waited for, before it is passed on; ``on_get``
    that of what was asked for, before the answer goes back."""

    s3: S3
    port: int = 0
    mode: Mode = Mode.PASS
    on_put: Callable[[str], None] | None = None
    on_get: Callable[[str], None] | None = None

    def environ(self, bucket: str) -> dict[str, str]:
        """As ``S3.environ``, with the way through this one; no copies are kept."""
        where = f"s3://{bucket}/mail?endpoint={quote(f'http://127.0.0.1:{self.port}')}"
        return self.s3.environ(bucket) | {"POSTSTELLE_BLOBS": where, "POSTSTELLE_BLOBS_CACHE_MB": "0"}


@contextmanager
def running_gateway(s3: S3) -> Iterator[Gateway]:
    gateway = Gateway(s3)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if gateway.mode is Mode.NO_BACKEND:
                self._say(404, {"Content-Type": "text/plain"}, b"404 page not found\n")
            elif gateway.mode is Mode.PORTAL:
                status = 206 if self.headers.get("Range") else 200
                self._say(status, {"Content-Type": "text/html"}, b"<html>Please log in</html>")
            else:
                self._pass_on(body)

        def _pass_on(self, body: bytes) -> None:
            if self.command == "PUT" and gateway.on_put is not None:
                gateway.on_put(self.path)
            connection = http.client.HTTPConnection("127.0.0.1", s3.door.port, timeout=60)
            connection.request(self.command, self.path, body, dict(self.headers))
            answer = connection.getresponse()
            told = {k: v for k, v in answer.getheaders() if k.lower() not in _NOT_PASSED_ON}
            octets = answer.read()
            if self.command == "GET" and gateway.on_get is not None:
                gateway.on_get(self.path)
            self._say(answer.status, told, octets, answer.getheader("Content-Length"))

        def _say(self, status: int, headers: dict[str, str], body: bytes, length: str | None = None) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", length or str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    for method in ("GET", "HEAD", "PUT", "POST", "DELETE"):
        setattr(Handler, f"do_{method}", Handler._answer)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    gateway.port = int(server.server_address[1])
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()
