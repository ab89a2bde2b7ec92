"""A WebSocket's protocol for clients that do not read, or say too much, in crumbs or without an end.

Frames are taken apart in Python, on the event loop: a message in a million pieces,
or as many pings, would hold everybody up for many seconds. Messages are large, and lie
here until somebody takes them: what they weigh is told to whoever counts it. How fast
answers are read is looked at as of any line (``one_write``).
"""

import asyncio
from codecs import getincrementaldecoder
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState

from poststelle.http.one_write import Gathered

if TYPE_CHECKING:
    from uvicorn._types import ASGIReceiveEvent, ASGISendEvent
    from websockets.frames import Frame
    from websockets.http11 import Request

WEIGHED_BY = "poststelle.weighed_by"
"""Among the scope's extensions: ``weighed_by`` of the socket."""
Weigh = Callable[[int], bool]
"""Told how many octets of messages wait here now; whether there is room for them."""
_PIECES_FREE, _OCTETS_A_PIECE = 100, 500  # what a message in pieces must have on average, but for a few
_PINGS = 100  # between two of ours
_MESSAGE_S = 60.0  # from its first octet to its last
_TEXT_ONLY, _NO_TEXT, _POLICY, _TOO_BIG, _LATER = 1003, 1007, 1008, 1009, 1013
_AT_ONCE = 64 * 1024


class PatientSocket(WebSocketsSansIOProtocol):
    """uvicorn's protocol with bounds: what waits, pieces of a message, pings, and how slowly it is read.

    Its line is that of the HTTP request which asked for it. Messages are text alone, but
    the application gets and gives their octets (``bytes``): as a text of Python's they may
    be four times as large. Nothing is read until the application takes its first word.
    """

    def __init__(self, *args: Any, message_s: float = _MESSAGE_S, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sending = asyncio.Lock()
        self._pings = self._octets = self._waiting = 0
        self._weigh: Weigh = lambda _octets: True
        self._message_s = message_s
        self._ending: asyncio.TimerHandle | None = None

    def weighed_by(self, weigh: Weigh) -> None:
        """From now on ``weigh`` is told what waits here; where it finds no room the socket ends (1013)."""
        self._weigh = weigh

    def handle_connect(self, event: "Request") -> None:
        super().handle_connect(event)
        if not self.close_sent:
            cast(dict[str, Any], self.scope["extensions"])[WEIGHED_BY] = self.weighed_by
            self.read_paused = True
            self.transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        begun = self._octets + len(self.conn.reader.buffer)
        if not self._weigh(self._waiting + begun):
            self._give_up(_LATER, "too much at once")
        if self.close_sent and begun > _AT_ONCE:  # whoever has been told to close goes on
            self.transport.pause_reading()
        self._await_end(is_begun=begun > 0 and not self.close_sent)

    async def receive(self) -> "ASGIReceiveEvent":
        """The next message, whose octets do not weigh here any more."""
        message = await super().receive()
        if message["type"] == "websocket.receive":
            self._waiting -= len(message["bytes"] or b"")
            self._weigh(self._waiting + self._octets + len(self.conn.reader.buffer))
        return message

    def handle_text(self, event: "Frame") -> None:
        self._octets = len(event.data)
        super().handle_text(event)

    def handle_bytes(self, event: "Frame") -> None:
        self._give_up(_TEXT_ONLY, "text alone is understood")

    def handle_cont(self, event: "Frame") -> None:
        self._octets += len(event.data)
        if len(self.frames) > _PIECES_FREE + self._octets // _OCTETS_A_PIECE:
            self._give_up(_TOO_BIG, "too many pieces")
        else:
            super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        """A message is whole. Its octets go on as they are."""
        octets = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
        self.frames, self._octets = [], 0
        self._await_end(is_begun=False)
        if self.close_sent:
            return
        if not _is_text(octets):
            self._give_up(_NO_TEXT, "this is no UTF-8")
            return
        self._waiting += len(octets)
        self.queue.put_nowait({"type": "websocket.receive", "bytes": bytes(octets)})
        if not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()

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
        self._await_end(is_begun=False)
        self._line.gone()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._line.watch()

    async def send(self, message: "ASGISendEvent") -> None:
        """One after the other, each until it is nearly out: else its request would count as answered."""
        async with self._sending:
            if message["type"] == "websocket.send":
                await self._say(message["bytes"] or b"")
            else:
                await super().send(message)
            await self.writable.wait()

    async def _say(self, octets: bytes) -> None:
        """Octets of a text. Raises ClientDisconnected once either side has ended it."""
        await self.writable.wait()
        try:
            self.conn.send_text(octets)
        except InvalidState as ended:
            raise ClientDisconnected from ended
        self.transport.write(b"".join(self.conn.data_to_send()))

    def _await_end(self, *, is_begun: bool) -> None:
        """A message that has begun has to end within a minute in which we read on."""
        if self._ending is not None and not is_begun:
            self._ending.cancel()
            self._ending = None
        elif self._ending is None and is_begun:
            self._ending = self.loop.call_later(self._message_s, self._look_for_end)

    def _look_for_end(self) -> None:
        self._ending = None
        if self.read_paused:  # what is missing may have come, and waits for us
            self._await_end(is_begun=True)
        else:
            self._give_up(_POLICY, "a message took too long")

    @property
    def _line(self) -> Gathered:
        return cast(Gathered, self.transport)

    def _is_one_too_many(self) -> bool:
        self._pings += 1
        return self._pings > _PINGS

    def _give_up(self, code: int, reason: str) -> None:
        self.frames = []
        if not self.close_sent:
            self.conn.fail(code, reason)
            self.handle_parser_exception()


def _is_text(octets: bytes) -> bool:
    """Whether they are UTF-8: looked at in small pieces, for as a text they are larger."""
    decoder, view = getincrementaldecoder("utf-8")(), memoryview(octets)
    try:
        for at in range(0, len(view), _AT_ONCE):
            decoder.decode(view[at : at + _AT_ONCE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
