"""The demonstration as people start it: one command, in a process of its own, with data of its own."""

import json
import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import programs
from tests.kept import expect_as_asked, named_database
from tests.programs import Started

ROOT = Path(__file__).resolve().parents[2]
START_S = 60.0


@dataclass(frozen=True)
class Demo:
    """Where the running demonstration is; ``issuer_base``: where its Microsoft says who signs in."""

    url: str
    pages_url: str
    issuer_base: str
    welcome: str
    process: Started


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on now; all held open until all are known, so they differ."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def issuer_base(ports: dict[str, int]) -> str:
    """Of a demonstration that has chosen these."""
    return f"https://localhost:{ports['simulator']}"


def server_folder(data: Path) -> Path:
    """Where the server of a demonstration that keeps all of its data there keeps its own."""
    return data / "server"


@contextmanager
def running_demo(data: Path) -> Iterator[Demo]:
    """Run ``poststelle demo`` on free ports; stop it as Ctrl-C does."""
    data.mkdir(parents=True, exist_ok=True)
    kept = server_folder(data)
    ports_file = data / "ports.json"
    if not ports_file.exists():
        server, simulator, pages = free_ports(3)
        ports_file.write_text(json.dumps({"server": server, "simulator": simulator, "pages": pages}))
    with (data / "stderr.log").open("w") as log:
        environ = {**os.environ, **named_database(kept)}
        process = programs.start(["poststelle", "demo", "--data", str(data)], environ, log)
    try:
        welcome = read_until(process, "Ctrl-C", data / "stderr.log")
        expect_as_asked(kept)
        ports = json.loads(ports_file.read_text())
        server, pages = (f"http://localhost:{ports[name]}" for name in ("server", "pages"))
        yield Demo(server, pages, issuer_base(ports), welcome, process)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError("the demonstration did not stop within 15 seconds") from None
        finally:
            if process.stdout:
                process.stdout.close()


def read_until(process: Started, word: str, log: Path) -> str:
    """What the process says up to ``word``; its file is read past the buffer, which select does not see."""
    assert process.stdout is not None
    descriptor = process.stdout.fileno()
    deadline, said = time.monotonic() + START_S, b""
    while word.encode() not in said:
        ready, _, _ = select.select([descriptor], [], [], 1.0)
        chunk = os.read(descriptor, 65536) if ready else b""
        said += chunk
        if (ready and not chunk) or time.monotonic() > deadline:
            raise AssertionError(f"it did not start:\n{said.decode()}\n{log.read_text()[-3000:]}")
    return said.decode()
