"""Head and body of an answer in one write, so in one segment where they fit.

The server writes them one after the other, and clients are woken for each:
some take the first for all of it, all of them lose time.

And whoever reads nothing, or an octet now and then, must not keep answers here
for ever: a line has a least speed, which the slowest mobile one has too.

Source: Linux, tcp(7) (SIOCOUTQ).
"""

import asyncio
import fcntl
import struct
import termios
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_AT_MOST = 64 * 1024
_LOOK_S = 60.0
_LEAST = 60_000
"""Octets that are read between two looks where so many are there: 1 KB a second."""


def in_kernel(transport: asyncio.BaseTransport) -> int:
    """Octets that were given to the operating system and have not arrived: megabytes, on a slow line.

    0 where it does not tell.
    """
    line = transport.get_extra_info("socket")
    try:
        told = fcntl.ioctl(line.fileno(), termios.TIOCOUTQ, struct.pack("i", 0))
    except (AttributeError, OSError, ValueError):
        return 0
    return int(struct.unpack("i", told)[0])


class Gathered:
    """A transport whose writes wait until the event loop turns, and then go out together.

    More than ``_AT_MOST`` octets do not wait. Everything else is the transport's own.
    """

    def __init__(
        self,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        beyond: Callable[[asyncio.Transport], int] = in_kernel,
    ) -> None:
        self._transport, self._loop, self._beyond = transport, loop, beyond
        self._waiting: list[bytes] = []
        self._octets = self._written = 0
        self._looking: asyncio.TimerHandle | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting.append(data)
        self._octets += len(data)
        if self._octets > _AT_MOST:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._transport.close()
        if self._transport.get_write_buffer_size():
            self.watch()

    def watch(self) -> None:
        """Look every minute until nothing is left; where less than the least was read, cut the line."""
        if self._looking is None:
            left = self._unread()
            self._looking = self._loop.call_later(_LOOK_S, self._look, left, self._written - left)

    def gone(self) -> None:
        """The line has ended."""
        if self._looking is not None:
            self._looking.cancel()
        self._looking = None

    def _look(self, left_before: int, read_before: int) -> None:
        self._looking = None
        if self._written - self._unread() - read_before < min(left_before, _LEAST):
            self._transport.abort()
        elif self._transport.get_write_buffer_size():
            self.watch()

    def _unread(self) -> int:
        return self._transport.get_write_buffer_size() + self._beyond(self._transport)

    def _flush(self) -> None:
        if self._waiting:
            together, self._waiting, self._octets = b"".join(self._waiting), [], 0
            if self._transport.is_closing():  # the other side has gone meanwhile
                return
            self._written += len(together)
            self._transport.write(together)


class OneWriteProtocol(HttpToolsProtocol):
    """uvicorn's protocol over such a transport, watched as soon as octets pile up."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._line = Gathered(transport, self.loop)
        super().connection_made(self._line)  # type: ignore[arg-type]

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._line.gone()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._line.watch()
