"""``poststelle serve`` as a process: starting, stopping, and the sentences it stops with."""

import os
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests import programs
from tests.flow.admin.client import PASSWORD, Client
from tests.flow.admin.stream import EventStream
from tests.programs import Started
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from poststelle.config import ConfigError, load
from poststelle.lib.version import version
from poststelle.main import build

SOURCES = str(Path(__file__).parents[3] / "src")


@dataclass(frozen=True)
class Serving:
    """A server process and its address as it printed it."""

    process: Started
    url: str
    errors: Path

    @property
    def client(self) -> Client:
        return Client(self.url.replace("localhost", "127.0.0.1"))

    def complaints(self) -> str:
        """What it has said beside its address."""
        return self.errors.read_text(encoding="utf-8")


@contextmanager
def serving(tmp_path: Path, **environ: str) -> Iterator[Serving]:
    """It is killed at the end of the block, if it has not ended."""
    given = {"DATA": str(tmp_path / "data"), "LISTEN": "127.0.0.1:0"} | environ
    environment = {f"POSTSTELLE_{name}": value for name, value in given.items()}
    errors = tmp_path / "stderr.log"
    with errors.open("w", encoding="utf-8") as complaints:
        process = programs.start(["poststelle", "serve"], os.environ | environment, complaints)
    with process.stdout:
        try:
            yield Serving(process, process.stdout.readline().rpartition(" ")[2].strip(), errors)
        finally:
            process.kill()
            process.wait(60)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_although_a_stream_is_open(tmp_path: Path, number: signal.Signals) -> None:
    """SIGTERM and Ctrl-C end open event streams, close the stores and leave with 0."""
    with serving(tmp_path) as server:
        client = server.client
        client.post("/api/setup", {"login": "sabine", "name": "S", "password": PASSWORD})
        with EventStream(client) as stream:
            server.process.send_signal(number)
            assert stream.ends_within(5.0)
        assert server.process.wait(60) == 0
        told = server.complaints()
    assert "poststelle.key" in told
    assert "Traceback" not in told
    assert not list((tmp_path / "data").glob("*-wal"))


def test_it_stops_although_sockets_are_open(tmp_path: Path) -> None:
    """One whose client listens is told 1001 or 1012: come again. One whose client is asleep is cut."""
    with serving(tmp_path) as server:
        client = server.client
        client.post("/api/setup", {"login": "sabine", "name": "S", "password": PASSWORD})
        with socket_of(client) as awake, asleep(client):
            server.process.send_signal(signal.SIGTERM)
            with pytest.raises(ConnectionClosed) as ended:
                awake.recv(5)
            assert server.process.wait(60) == 0
        assert ended.value.rcvd is not None
        assert ended.value.rcvd.code in {1001, 1012}
        assert "Traceback" not in server.complaints()


def socket_of(client: Client) -> ClientConnection:
    """An open WebSocket of this browser."""
    cookie = f"poststelle_login={client.cookies['poststelle_login']}"
    return connect(
        f"ws{client.base.removeprefix('http')}/jmap/ws",
        origin=Origin(client.base),
        additional_headers={"Cookie": cookie},
        subprotocols=[Subprotocol("jmap")],
        proxy=None,
    )


@contextmanager
def asleep(client: Client) -> Iterator[None]:
    """A WebSocket whose client reads nothing after the handshake, not even that it is to end."""
    parts = urlsplit(client.base)
    lines = [
        "GET /jmap/ws HTTP/1.1", f"Host: {parts.netloc}", f"Origin: {client.base}", "Upgrade: websocket",
        "Connection: Upgrade", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: jmap",
        f"Cookie: poststelle_login={client.cookies['poststelle_login']}", "", "",
    ]  # fmt: skip
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=60) as plain:
        plain.sendall("\r\n".join(lines).encode())
        assert plain.recv(12) == b"HTTP/1.1 101"
        yield


def test_a_second_start_finds_everything_and_makes_no_new_key(tmp_path: Path) -> None:
    """Users and their logins outlive the process, and the key is not announced again."""
    with serving(tmp_path) as server:
        client = server.client
        client.post("/api/setup", {"login": "sabine", "name": "S", "password": PASSWORD})
        server.process.send_signal(signal.SIGKILL)
        server.process.wait(60)
    with serving(tmp_path) as server:
        again = Client(server.client.base, dict(client.cookies))
        assert again.get("/api/users").status == 200
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(60)
        assert "key" not in server.complaints()
        assert "server.starting" in server.complaints().splitlines()[0]
        assert version() in server.complaints().splitlines()[0]


@pytest.mark.chooses_database
def test_nobody_else_on_the_machine_reads_the_mail(tmp_path: Path) -> None:
    """In a folder open to everybody, with files from before, only the owner may read what we keep."""
    data = tmp_path / "data"
    (data / "blobs").mkdir(parents=True)
    data.chmod(0o755)
    (data / "poststelle.db").touch(0o644)
    with serving(tmp_path) as server:
        client = server.client
        client.post("/api/setup", {"login": "sabine", "name": "S", "password": PASSWORD})
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in data.iterdir()}
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(60)
    assert {"poststelle.db", "poststelle.db-wal", "poststelle.key", "blobs"} <= set(modes)
    assert {name: oct(mode) for name, mode in modes.items() if mode & 0o077} == {}


@pytest.mark.chooses_database
def test_a_public_server_without_people_prints_its_set_up_code(tmp_path: Path) -> None:
    """It is on the console, another one after each start."""
    told = []
    for _ in range(2):
        with serving(tmp_path, PUBLIC_URL="https://mail.example.org") as server:
            server.process.send_signal(signal.SIGTERM)
            server.process.wait(60)
            told.append(server.complaints())
    codes = [re.search(r"[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}", text) for text in told]
    assert codes[0] is not None
    assert codes[1] is not None
    assert codes[0][0] != codes[1][0]


@pytest.mark.chooses_database
@pytest.mark.anyio
@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"DATA": "/proc/none"}, "can't be used for data"),
        ({"DATABASE": "sqlite:////proc/none/x.db"}, "can't be used for data"),
        ({"KEY": "short"}, "POSTSTELLE_KEY holds no usable key"),
        ({"ADMIN_LOGIN": "a", "ADMIN_PASSWORD": "short"}, "at least 10 characters"),
    ],
)
async def test_a_start_that_cannot_be_says_why(
    tmp_path: Path, environ: dict[str, str], sentence: str
) -> None:
    """Data, key and administrator are looked at before anything is served."""
    given = {"DATA": str(tmp_path / "data")} | environ
    config = load({f"POSTSTELLE_{name}": value for name, value in given.items()})
    with pytest.raises(ConfigError, match=sentence):
        async with build(config):
            raise AssertionError("It must not start.")


def test_the_command_leaves_with_2_and_one_line(tmp_path: Path) -> None:
    """An address that isn't ours to listen on: a sentence, no traceback."""
    done = subprocess.run(
        [sys.executable, "-c", "from poststelle.cli import main; main()", "serve"],
        env={
            **os.environ,
            "POSTSTELLE_DATA": str(tmp_path / "data"),
            "POSTSTELLE_LISTEN": "203.0.113.7:80",
            "PYTHONPATH": SOURCES,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert (
        done.stderr.strip() == "The server can't listen on 203.0.113.7:80: Cannot assign requested address."
    )
