"""Sockets of clients that say much in crumbs cost others nothing."""

from __future__ import annotations

import asyncio
import base64
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
import uvicorn
from starlette.websockets import WebSocket
from uvicorn.server import ServerState

from poststelle.http.one_write import OneWriteProtocol
from poststelle.http.patient_socket import WEIGHED_BY, PatientSocket, Weigh

pytestmark = pytest.mark.anyio
TEXT, BINARY, CONTINUED, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10
HELLO = (
    "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    f"Sec-WebSocket-Key: {base64.b64encode(b'k' * 16).decode()}\r\n\r\n"
).encode()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def count(scope: Any, receive: Any, send: Any) -> None:
    """Tells how long each message is."""
    socket = WebSocket(scope, receive, send)
    await socket.accept()
    async for octets in socket.iter_bytes():
        await socket.send_bytes(str(len(octets)).encode())


def counted_by(weigh: Weigh) -> Any:
    """The same, where what waits is weighed."""

    async def run(scope: Any, receive: Any, send: Any) -> None:
        scope["extensions"][WEIGHED_BY](weigh)
        await count(scope, receive, send)

    return run


class Hasty(PatientSocket):
    """Waits for the end of a message for a moment."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, message_s=0.05, **kwargs)


@asynccontextmanager
async def connected(
    app: Any = count, protocol: type[PatientSocket] = PatientSocket, state: ServerState | None = None
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A client's side of an open socket; the server's is among the connections of ``state``."""
    made = uvicorn.Config(app, ws=protocol, ws_ping_timeout=30, lifespan="off", log_config=None)
    made.load()
    state = state or ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: OneWriteProtocol(made, state, {}), "127.0.0.1", 0
    )
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
        writer.write(HELLO)
        assert b"101 Switching" in await reader.readuntil(b"\r\n\r\n")
        yield reader, writer
        writer.close()


def frame(kind: int, payload: bytes = b"", *, is_last: bool = True) -> bytes:
    """As a client sends it, masked with nothing."""
    size = len(payload)
    length = bytes([128 | size]) if size < 126 else b"\xfe" + struct.pack("!H", size)
    return bytes([is_last << 7 | kind]) + length + bytes(4) + payload


async def heard(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """The next frame of the server's: its kind, and its payload."""
    kind, size = await reader.readexactly(2)
    return kind & 15, await reader.readexactly(size)


@pytest.mark.parametrize(("pieces", "octets"), [(99, 0), (99, 1), (2_000, 600)])
async def test_a_message_may_come_in_pieces(pieces: int, octets: int) -> None:
    """Small ones while they are few, many while they are large."""
    async with connected() as (reader, writer):
        writer.write(frame(TEXT, b"x", is_last=False))
        writer.write(frame(CONTINUED, b"x" * octets, is_last=False) * pieces + frame(CONTINUED))
        assert await heard(reader) == (TEXT, str(1 + pieces * octets).encode())


@pytest.mark.parametrize(
    ("crumb", "code"),
    [
        (frame(CONTINUED, is_last=False), 1009),
        (frame(CONTINUED, b"x" * 100, is_last=False), 1009),
        (frame(PING, b"p"), 1008),
        (frame(PONG, b"p"), 1008),
    ],
    ids=["empty", "small", "pings", "pongs"],
)
async def test_crumbs_end_the_socket(crumb: bytes, code: int) -> None:
    """Each costs as much as a whole message."""
    async with connected() as (reader, writer):
        writer.write(frame(TEXT, b"x", is_last=False) + crumb * 300)
        kind, said = await heard(reader)
        while kind == PONG:
            kind, said = await heard(reader)
        assert (kind, int.from_bytes(said[:2], "big")) == (CLOSE, code)


async def code_of_the_end(reader: asyncio.StreamReader) -> int:
    kind, said = await heard(reader)
    assert kind == CLOSE
    return int.from_bytes(said[:2], "big")


@pytest.mark.parametrize("is_in_pieces", [True, False])
async def test_what_waits_is_weighed_as_it_comes(is_in_pieces: bool) -> None:
    """A message that is not whole too, in whatever frames; what has been taken weighs nothing any more. Where
    there is no room the socket ends at once."""
    weighed: list[int] = []

    def has_room(octets: int) -> bool:
        weighed.append(octets)
        return octets < 2_000

    async with connected(counted_by(has_room)) as (reader, writer):
        writer.write(frame(TEXT, b"x" * 1_500))
        assert await heard(reader) == (TEXT, b"1500")
        assert (max(weighed), weighed[-1]) == (1_500, 0)
        part = frame(TEXT, b"x" * 2_100, is_last=not is_in_pieces)
        writer.write(part if is_in_pieces else part[:-1])
        assert await code_of_the_end(reader) == 1013


async def test_what_comes_after_the_end_is_not_read_on() -> None:
    """Who does not close when told to may not fill our memory until the line is cut."""

    async def close(scope: Any, receive: Any, send: Any) -> None:
        socket = WebSocket(scope, receive, send)
        await socket.accept()
        await socket.close(1001)

    state = ServerState()
    async with connected(close, state=state) as (reader, _):
        assert await code_of_the_end(reader) == 1001
        [line] = state.connections
        head = bytes([TEXT, 128 | 127]) + struct.pack("!Q", 1_000_000) + bytes(4)
        line.data_received(head)
        assert cast(Any, line).transport.is_reading()
        line.data_received(b"x" * 70_000)
        assert not cast(Any, line).transport.is_reading()


async def test_a_message_ends_within_its_time() -> None:
    """What is whole takes as long as it takes, and a socket that says nothing stays."""
    async with connected(protocol=Hasty) as (reader, writer):
        for _ in range(2):
            writer.write(frame(TEXT, b"x", is_last=False))
            writer.write(frame(CONTINUED))
            assert await heard(reader) == (TEXT, b"1")
            await asyncio.sleep(0.1)
        writer.write(frame(TEXT, b"x", is_last=False))
        assert await code_of_the_end(reader) == 1008


@pytest.mark.parametrize(("kind", "octets", "code"), [(BINARY, b"x", 1003), (TEXT, b"\xc3", 1007)])
async def test_messages_are_text(kind: int, octets: bytes, code: int) -> None:
    """Source: RFC 8887 §4.1, RFC 6455 §8.1."""
    async with connected() as (reader, writer):
        writer.write(frame(TEXT, "ä".encode()))
        assert await heard(reader) == (TEXT, b"2")
        writer.write(frame(kind, octets))
        assert await code_of_the_end(reader) == code
