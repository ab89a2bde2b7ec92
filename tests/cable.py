"""A way to PostgreSQL that can be cut, or fall silent, as networks do."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PORT = 5432


class Cable:
    """Leads connections to the server with its socket in ``folder``; ``url`` goes this way.

    ``taken``: so many have come.
    """

    def __init__(self, folder: Path) -> None:
        self._target = str(folder / f".s.PGSQL.{_PORT}")
        self._flows = threading.Event()
        self._flows.set()
        self._open: list[socket.socket] = []
        self._is_cut = False
        self._changing = threading.Lock()  # who is let in while it is cut would stay
        self.port, self.taken = 0, 0
        self._open_door()

    def url(self, address: str) -> str:
        """The same database as ``address``, this way."""
        name = address.split("@/")[1].partition("?")[0]
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def hush(self) -> None:
        """Nothing gets through any more, and nobody is told: connections are taken and never answered."""
        self._flows.clear()

    def flow(self) -> None:
        """Everything gets through, also what has waited."""
        self._flows.set()

    def cut(self) -> None:
        """All connections end, and whoever comes is refused."""
        with self._changing:
            self._is_cut = True
            for one in (self._door, *self._open):
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()

    def mend(self) -> None:
        """After ``cut``: whoever comes is let in again, at the same address."""
        with self._changing:
            self._is_cut, self._open = False, []
            self._open_door()

    def _open_door(self) -> None:
        self._door = socket.create_server(("127.0.0.1", self.port))
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._take, args=(self._door,), daemon=True).start()

    def _take(self, door: socket.socket) -> None:
        with suppress(OSError):
            while True:
                here, _ = door.accept()
                self.taken += 1
                there = self._led_on(here)
                for one, other in ((here, there), (there, here)):
                    threading.Thread(target=self._pump, args=(one, other), daemon=True).start()

    def _led_on(self, here: socket.socket) -> socket.socket:
        """The server's end for who has come; OSError where the cable was cut meanwhile."""
        with self._changing:
            if self._is_cut:
                here.close()
                raise ConnectionAbortedError
            there = socket.socket(socket.AF_UNIX)
            self._open += [here, there]
            there.connect(self._target)
            return there

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while octets := source.recv(65536):
                self._flows.wait()
                target.sendall(octets)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


@contextmanager
def cable(folder: Path) -> Iterator[Cable]:
    it = Cable(folder)
    try:
        yield it
    finally:
        it.cut()
        it.flow()
