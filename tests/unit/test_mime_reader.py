"""Messages are taken apart in turns, none for ever, and none for somebody who has gone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any, NoReturn

import pytest

from poststelle.http.jmap.blob_octets import pieces, read_parts
from poststelle.mail.blobs import OpenedPart
from poststelle.mail.mime_reader import Check, MimeReader
from poststelle.mime import reading
from poststelle.mime.parts import parse
from poststelle.model.errors import TooMany
from poststelle.model.ids import UserId

pytestmark = pytest.mark.anyio
ANNA = UserId(1)


async def some() -> bytes:
    return b"x"


def without_end(check: Check, _octets: bytes) -> NoReturn:
    while True:
        check()


async def test_a_message_that_takes_long_is_given_up() -> None:
    seconds = count()
    reader = MimeReader(within_s=5, monotonic=lambda: float(next(seconds)))
    with pytest.raises(TooMany):
        await reader.run(ANNA, some, without_end)


async def test_who_has_gone_is_worked_for_no_longer_and_nobody_before_that() -> None:
    """The next one of the same user begins when the thread has ended, not when it was told to."""
    begun, order = asyncio.Event(), list[str]()
    loop, may_end = asyncio.get_running_loop(), threading.Event()

    def stubborn(check: Check, _octets: bytes) -> None:
        loop.call_soon_threadsafe(begun.set)
        may_end.wait()
        order.append("ended")
        without_end(check, b"")

    reader = MimeReader()
    first = asyncio.create_task(reader.run(ANNA, some, stubborn))
    await begun.wait()
    second = asyncio.create_task(reader.run(ANNA, some, lambda _check, _octets: order.append("next")))
    first.cancel()
    for _ in range(10):
        await asyncio.sleep(0)
    assert order == []
    may_end.set()
    await second
    assert order == ["ended", "next"] and first.cancelled()


async def test_it_can_be_given_up_within_a_part() -> None:
    """Whoever reads the message: one part may be nearly all of it."""
    octets = b"Content-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"QUJD" * 3 * 1024 * 1024
    whole = OpenedPart("message/rfc822", len(octets), pieces(octets))
    asked: list[None] = []

    def check() -> None:
        asked.append(None)

    def times() -> int:
        found = len(asked)
        asked.clear()
        return found

    async def take(load: Callable[[], Awaitable[bytes]], fn: Callable[..., Any], /, *args: Any) -> Any:
        return fn(check, await load(), *args)

    reading.read(octets, check)
    assert times() > 10
    reading.parts_of(octets, parse(octets), [1], check)
    assert times() > 10
    assert await read_parts(take, whole, [(1,)], len) == {(1,): 9 * 1024 * 1024}
    assert times() > 10
