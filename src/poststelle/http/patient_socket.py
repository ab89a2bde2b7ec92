"""A WebSocket's protocol for clients that do not read, or cut what they say into crumbs.

Frames are taken apart in Python, on the event loop: a message in a million pieces,
or as many pings, would hold everybody up for many seconds. How fast they read is
looked at as of any line (``one_write``).
"""

import asyncio
from typing import TYPE_CHECKING, Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from poststelle.http.one_write import Gathered

if TYPE_CHECKING:
    from uvicorn._types import ASGISendEvent
    from websockets.frames import Frame

_PIECES_FREE, _OCTETS_A_PIECE = 100, 500  # what a message in pieces must have on average, but for a few
_PINGS = 100  # between two of ours
_POLICY, _TOO_BIG = 1008, 1009


class PatientSocket(WebSocketsSansIOProtocol):
    """uvicorn's protocol with bounds: pieces of a message, pings, and how slowly it is read.

    Its line is that of the HTTP request which asked for it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sending = asyncio.Lock()
        self._pings = self._octets = 0

    def handle_text(self, event: "Frame") -> None:
        self._octets = len(event.data)
        super().handle_text(event)

    def handle_bytes(self, event: "Frame") -> None:
        self._octets = len(event.data)
        super().handle_bytes(event)

    def handle_cont(self, event: "Frame") -> None:
        self._octets += len(event.data)
        if len(self.frames) > _PIECES_FREE + self._octets // _OCTETS_A_PIECE:
            self._give_up(_TOO_BIG, "too many pieces")
        else:
            super().handle_cont(event)

    def handle_ping(self) -> None:
        if self._is_one_too_many():
            self._give_up(_POLICY, "too many pings")
        else:
            super().handle_ping()

    def handle_pong(self, event: "Frame") -> None:
        if self._is_one_too_many():
            self._give_up(_POLICY, "too many pongs")
        else:
            super().handle_pong(event)

    def send_keepalive_ping(self) -> None:
        """A ping would wait behind an answer that is on its way: then it is seen whether that moves."""
        self._pings = 0
        if self.transport.get_write_buffer_size():
            self._line.watch()
            self.schedule_ping()
        else:
            super().send_keepalive_ping()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._line.gone()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._line.watch()

    async def send(self, message: "ASGISendEvent") -> None:
        """One after the other, each until it is nearly out: else its request would count as answered."""
        async with self._sending:
            await super().send(message)
            await self.writable.wait()

    @property
    def _line(self) -> Gathered:
        return cast(Gathered, self.transport)

    def _is_one_too_many(self) -> bool:
        self._pings += 1
        return self._pings > _PINGS

    def _give_up(self, code: int, reason: str) -> None:
        if not self.close_sent:
            self.conn.fail(code, reason)
            self.handle_parser_exception()
