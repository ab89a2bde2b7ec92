"""Our programs without the second that loading them takes: a process that has loaded all of them forks for
each start.

What is started is a process of its own with its own environment, folder and output, as ``subprocess`` starts
it; only its code comes along. Password hashing costs nothing in it (``tests.program``).

    this process ──(words, environment, outputs)──> the loaded one ──fork──> the program
                 <──────── its pid, then its status ────────
"""

from __future__ import annotations

import atexit
import io
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout, suppress
from functools import cache
from pathlib import Path
from typing import IO, NoReturn, Protocol

from tests.kept import with_database

ROOT = Path(__file__).resolve().parents[1]
_MOST = 1 << 20  # octets of a start's words and environment


class Started(Protocol):
    """What tests use of a program that was started."""

    @property
    def pid(self) -> int: ...

    @property
    def stdout(self) -> IO[str] | None: ...

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def send_signal(self, number: int, /) -> None: ...

    def kill(self) -> None: ...


Start = Callable[[Sequence[str], Mapping[str, str], IO[str] | None], Started]


class Program:
    """A started program, with what ``Popen`` has of it. ``stdout`` is what it says, read as text."""

    def __init__(self, wire: socket.socket, pid: int, stdout: IO[str]) -> None:
        self.pid, self.stdout, self.returncode = pid, stdout, None
        self._wire = wire

    returncode: int | None

    def poll(self) -> int | None:
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, timeout: float | None = None) -> int:
        """Its status; below 0 a signal. Raises TimeoutExpired."""
        if self.returncode is None:
            self._wire.settimeout(timeout if timeout is None else max(timeout, 0.001))
            try:
                told = self._wire.recv(100)
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired(f"program {self.pid}", timeout or 0) from None
            self.returncode = int(told)
            self._wire.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def start(words: Sequence[str], environ: Mapping[str, str], stderr: IO[str] | None = None) -> Program:
    """Start ``poststelle …`` or ``m365sim …``; what it complains of goes where ours does, unless said."""
    reading, writing = os.pipe()
    try:
        wire = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        wire.connect(str(_mother()))
        job = json.dumps({"words": list(words), "environ": dict(with_database(environ))}).encode()
        assert len(job) <= _MOST
        complaints = 2 if stderr is None else stderr.fileno()
        socket.send_fds(wire, [job], [writing, complaints])
        pid = int(wire.recv(100))
    finally:
        os.close(writing)
    return Program(wire, pid, os.fdopen(reading, "r", encoding="utf-8"))


def start_anew(words: Sequence[str], environ: Mapping[str, str], stderr: IO[str] | None = None) -> Started:
    """The same with nothing loaded, for who measures memory."""
    modules = {"poststelle": "tests.program", "m365sim": "m365sim"}
    return subprocess.Popen(
        [sys.executable, "-m", modules[words[0]], *words[1:]],
        cwd=ROOT,
        env={**with_database(environ), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )


def run(
    words: Sequence[str], environ: Mapping[str, str], timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end; its status and all that it said."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as complaints:
        program = start(words, environ, complaints)
        with program.stdout:
            said = program.stdout.read()
        status = program.wait(timeout)
        complaints.seek(0)
        return subprocess.CompletedProcess(list(words), status, said, complaints.read())


@cache
def _mother() -> Path:
    """Where the loaded process listens; it ends with this one."""
    folder = tempfile.TemporaryDirectory(prefix="loaded-")
    path = Path(folder.name) / "socket"
    mother = subprocess.Popen(
        [sys.executable, "-m", "tests.programs", str(path)],
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdin=subprocess.PIPE,
    )

    def end() -> None:
        assert mother.stdin is not None
        mother.stdin.close()
        mother.wait()
        folder.cleanup()

    atexit.register(end)
    until = time.monotonic() + 60
    while not path.exists():
        assert mother.poll() is None and time.monotonic() < until, "the programs could not be loaded"
        time.sleep(0.02)
    return path


class _Mother:
    """The loaded process: one thread, so that a fork of it is whole."""

    def __init__(self, path: Path) -> None:
        self._children: dict[int, socket.socket] = {}
        self._selector = selectors.DefaultSelector()
        self._door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        beside = path.with_suffix(".new")
        self._door.bind(str(beside))
        self._door.listen(100)
        beside.rename(path)
        self._woken, self._waking = socket.socketpair()
        self._waking.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._waking.fileno())
        for one in (self._door, self._woken, sys.stdin):
            self._selector.register(one, selectors.EVENT_READ)

    def run(self) -> None:
        """Until the process that asked for this one has ended."""
        while True:
            ready = {key.fileobj for key, _ in self._selector.select()}
            if sys.stdin in ready:
                return
            if self._woken in ready:
                self._woken.recv(1000)
                self._tell_ends()
            if self._door in ready:
                self._begin()

    def _begin(self) -> None:
        wire, _ = self._door.accept()
        octets, outputs, _, _ = socket.recv_fds(wire, _MOST, 2)
        if (pid := os.fork()) == 0:
            _become(json.loads(octets), *outputs)
        for one in outputs:
            os.close(one)
        self._children[pid] = wire
        wire.send(str(pid).encode())

    def _tell_ends(self) -> None:
        for pid in list(self._children):
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                wire = self._children.pop(pid)
                wire.send(str(os.waitstatus_to_exitcode(status)).encode())
                wire.close()


def _become(job: dict[str, object], stdout: int, stderr: int) -> NoReturn:
    """The child: be that program, and end."""
    words, environ = job["words"], job["environ"]
    assert isinstance(words, list) and isinstance(environ, dict)
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(stdout, 1)
    os.dup2(stderr, 2)
    os.closerange(3, 1024)
    os.environ.clear()
    os.environ.update(environ)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # it is a file
    sys.argv = [str(word) for word in words]
    status = 1
    try:
        _main(sys.argv[0])
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except KeyboardInterrupt:
        status = -signal.SIGINT
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status % 256)


def _main(name: str) -> None:
    from tests.passwords import CHEAP

    from m365sim.cli import main as m365sim
    from poststelle.auth.passwords import Passwords
    from poststelle.cli import main as poststelle

    if name == "m365sim":
        m365sim()
    else:
        poststelle(Passwords(CHEAP))


def _load() -> None:
    """All modules of both, so that no child loads any, nor looks through them for what is unused: that takes
    longer than most commands, and copies the pages they lie in."""
    import gc
    import importlib
    import pkgutil

    import m365sim
    import poststelle

    for package in (poststelle, m365sim):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    for words in (["poststelle", "users", "--help"], ["m365sim", "serve", "--help"]):
        _load_what_reads(words)
    assert threading.active_count() == 1
    gc.collect()
    gc.freeze()


def _load_what_reads(words: list[str]) -> None:
    """The modules that a command line is read with: they are loaded only while one is."""
    sys.argv = words
    with redirect_stdout(io.StringIO()), suppress(SystemExit):
        _main(words[0])


if __name__ == "__main__":
    where = Path(sys.argv[1])
    _load()
    _Mother(where).run()
