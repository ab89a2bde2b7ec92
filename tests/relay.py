"""A way to PostgreSQL over TCP that forgets its connections as a network does: without a word to anybody.

What comes in on a forgotten one is dropped before the kernel has seen it (a socket filter), so it is not even
acknowledged; new connections get through.

Source: Linux, "Linux Socket Filtering aka Berkeley Packet Filter (BPF)"; socket(7).
"""

import ctypes
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_ATTACH_FILTER = getattr(socket, "SO_ATTACH_FILTER", 26)
_DROP_ALL = struct.pack("HBBI", 0x06, 0, 0, 0)  # return 0 octets of it
_QUICKLY = "tcp_user_timeout=1500&keepalives_idle=1&keepalives_interval=1"


class Relay:
    """Listens on this machine alone and passes on to a socket in the file system."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._ways: list[_Way] = []
        threading.Thread(target=self._take, daemon=True).start()

    def url(self, direct: str, *, is_quick: bool = True) -> str:
        """The way to a database of this address at the server; ``is_quick``: silence is not borne long."""
        name = direct.split("@/")[1].partition("?")[0]
        port = self._listening.getsockname()[1]
        return f"postgresql://postgres@127.0.0.1:{port}/{name}" + (f"?{_QUICKLY}" if is_quick else "")

    def forget(self) -> None:
        """Nothing gets through any more on the connections of now."""
        for way in self._ways:
            way.forget()

    def forget_after_next(self) -> None:
        """Of each connection of now what is said next still gets through, and no answer to it."""
        for way in self._ways:
            way.is_last = True

    def close(self) -> None:
        self._listening.close()
        for way in self._ways:
            way.close()

    def _take(self) -> None:
        with suppress(OSError):  # it is closed
            while True:
                coming, _ = self._listening.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(str(self._target))
                self._ways.append(_Way(coming, server))


class _Way:
    """One connection."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self._client, self._server = client, server
        self.is_last = self._is_mute = False
        for work in (self._ask, self._answer):
            threading.Thread(target=work, daemon=True).start()

    def forget(self) -> None:
        self._is_mute = True
        code = ctypes.create_string_buffer(_DROP_ALL)
        program = struct.pack("HP", 1, ctypes.addressof(code))
        self._client.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, program)

    def close(self) -> None:
        for end in (self._client, self._server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _ask(self) -> None:
        with suppress(OSError):
            while octets := self._client.recv(1 << 16):
                if self.is_last:
                    self.forget()
                self._server.sendall(octets)
        self._end()

    def _answer(self) -> None:
        with suppress(OSError):
            while octets := self._server.recv(1 << 16):
                if not self._is_mute:
                    self._client.sendall(octets)
        self._end()

    def _end(self) -> None:
        if not self._is_mute:
            self.close()


@contextmanager
def relay(door: Path) -> Iterator[Relay]:
    """Before the server that listens at this socket."""
    running = Relay(door)
    try:
        yield running
    finally:
        running.close()
