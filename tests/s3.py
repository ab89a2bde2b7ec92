"""An object storage for tests: moto's S3, a program of its own, behind a door that can be shut."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import quote

from poststelle.blobs.s3 import S3Objects
from poststelle.model.blob_address import S3Address, parse

ACCESS_KEY, SECRET_KEY = "AKIATEST", "not-a-secret"
_NUMBERS = count(1)
_REQUEST = re.compile(r'"\x1b?[^A-Z]*([A-Z]+) /(\S+) HTTP/')
_STARTS_S = 60.0


@dataclass
class Door:
    """Passes connections on to ``port`` while it is open; shut, it refuses them and cuts those there are."""

    port: int
    _server: socketserver.ThreadingTCPServer | None = None
    _address: tuple[str, int] = ("127.0.0.1", 0)
    _open: set[socket.socket] = field(default_factory=set)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._address[1]}"

    def open(self) -> None:
        door = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                door._pass_on(self.request)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address, daemon_threads, request_queue_size = True, True, 128

        self._server = Server(self._address, Handler)
        self._address = self._server.server_address[:2]  # type: ignore[assignment]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def shut(self) -> None:
        if self._server is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._server = None
        for one in list(self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _pass_on(self, client: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", self.port)) as behind:
            self._open |= {client, behind}
            back = threading.Thread(target=_copy, args=(behind, client), daemon=True)
            back.start()
            _copy(client, behind)
            back.join()
            self._open -= {client, behind}


def _copy(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while octets := one.recv(1 << 16):
            other.sendall(octets)
    with suppress(OSError):
        other.shutdown(socket.SHUT_WR)


@dataclass
class S3:
    """``scheme`` is http or https."""

    scheme: str
    door: Door
    log: Path

    def bucket(self) -> str:
        """A new, empty one."""
        name = f"bucket-{next(_NUMBERS)}"
        assert self.ask("PUT", f"/{name}")[0] == 200
        return name

    def address(self, bucket: str, prefix: str = "mail") -> str:
        return f"s3://{bucket}/{prefix}?endpoint={quote(f'{self.scheme}://{self.door.address}')}"

    def environ(self, bucket: str, prefix: str = "mail") -> dict[str, str]:
        """What a server needs to keep its octets there."""
        return {
            "POSTSTELLE_BLOBS": self.address(bucket, prefix),
            "POSTSTELLE_BLOBS_ACCESS_KEY": ACCESS_KEY,
            "POSTSTELLE_BLOBS_SECRET_KEY": SECRET_KEY,
        }

    def names(self, bucket: str) -> list[str]:
        """Of all objects."""
        text = self.ask("GET", f"/{bucket}?list-type=2")[1].decode()
        return re.findall(r"<Key>([^<]*)</Key>", text)

    def destroy(self, bucket: str, name: str) -> None:
        """As somebody does who tidies up in the wrong place."""
        self._objects(bucket).destroy(name)
        assert name not in self.names(bucket)

    def read(self, bucket: str, name: str) -> bytes:
        return self._objects(bucket).get(name)

    def _objects(self, bucket: str) -> S3Objects:
        given = parse(self.address(bucket, ""), ACCESS_KEY, SECRET_KEY, None)
        assert isinstance(given, S3Address)
        return S3Objects(given)

    def requests(self, bucket: str) -> Counter[str]:
        """How many were made there so far, by method."""
        found = _REQUEST.findall(self.log.read_text(errors="replace"))
        return Counter(method for method, path in found if path.split("?")[0].split("/")[0] == bucket)

    def ask(self, method: str, path: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.door.port)
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.read()


@contextmanager
def running_s3(
    folder: Path, certificate: tuple[Path, Path] | None = None, *, knows_nobody: bool = False
) -> Iterator[S3]:
    """With a ``certificate`` and its key it speaks TLS. ``knows_nobody``: it refuses all keys."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = folder / "s3.log"
    words = [sys.executable, "-c", "from moto.server import main; main()", "-H", "127.0.0.1", "-p", str(port)]
    if certificate is not None:
        words += ["-s", "-c", str(certificate[0]), "-k", str(certificate[1])]
    environ = os.environ | ({"INITIAL_NO_AUTH_ACTION_COUNT": "0"} if knows_nobody else {})
    with log.open("w") as said:
        process = subprocess.Popen(words, stdout=said, stderr=said, env=environ)
    door = Door(port)
    try:
        _wait_for(process, port)
        door.open()
        yield S3("http" if certificate is None else "https", door, log)
    finally:
        door.shut()
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + _STARTS_S
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
    raise AssertionError("moto's S3 does not start")
