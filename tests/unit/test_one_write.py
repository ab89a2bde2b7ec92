"""Lines whose other side reads nothing, or next to nothing, are cut; slow ones are not."""

from __future__ import annotations

import socket
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from poststelle.http.one_write import Gathered, in_kernel

A_LOT, LITTLE = 1_000_000, 100


class Line:
    """A transport and an event loop; the other side reads when it is told to, what is called later waits."""

    def __init__(self) -> None:
        self.left = self.in_kernel = 0
        self.is_cut = self.is_closed = False
        self.soon: list[Callable[[], Any]] = []
        self.later: list[Callable[[], Any]] = []

    def write(self, data: bytes) -> None:
        self.left += len(data)

    def get_write_buffer_size(self) -> int:
        return self.left

    def beyond(self, _: object) -> int:
        return self.in_kernel

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        self.is_closed = True

    def abort(self) -> None:
        self.is_cut = True

    def call_soon(self, call: Callable[[], Any]) -> None:
        self.soon.append(call)

    def call_later(self, _: float, call: Callable[..., Any], *args: Any) -> Any:
        self.later.append(lambda: call(*args))
        return self

    def cancel(self) -> None:
        self.later.clear()

    def a_minute(self, *, read: int) -> None:
        self.left -= read
        for call in [self.later.pop(0) for _ in list(self.later)]:
            call()


def begun(octets: int) -> tuple[Line, Gathered]:
    line = Line()
    made = Gathered(cast(Any, line), cast(Any, line), line.beyond)
    made.write(bytes(octets))
    for call in line.soon:
        call()
    return line, made


@pytest.mark.parametrize(
    ("octets", "read", "is_cut"),
    [
        (A_LOT, [60_000] * 16 + [40_000], False),
        (A_LOT, [A_LOT - LITTLE, LITTLE], False),
        (A_LOT, [60_000, 59_999], True),
        (A_LOT, [1], True),
        (LITTLE, [LITTLE], False),
        (LITTLE, [LITTLE - 1], True),
    ],
    ids=["slow", "fast", "too slow", "an octet", "little", "not even that"],
)
def test_a_line_has_a_least_speed(octets: int, read: list[int], is_cut: bool) -> None:
    """However long the whole takes: each minute counts for itself."""
    line, made = begun(octets)
    made.watch()
    made.watch()
    for each in read:
        assert not line.is_cut
        line.a_minute(read=each)
    assert (line.is_cut, line.later) == (is_cut, [])


def test_what_is_written_meanwhile_is_nothing_read() -> None:
    """Nor has somebody been slow to whom it was written a moment ago."""
    line, made = begun(LITTLE)
    made.watch()
    line.left -= LITTLE
    made.write(bytes(A_LOT))
    line.a_minute(read=0)
    assert not line.is_cut
    made.write(bytes(A_LOT))
    line.a_minute(read=0)
    assert line.is_cut


@pytest.mark.parametrize(("arrived", "is_cut"), [(60_000, False), (59_999, True)])
def test_what_the_system_holds_has_not_been_read(arrived: int, is_cut: bool) -> None:
    """It takes megabytes at once, and more when much of that has gone: meanwhile nothing moves here."""
    line, made = begun(A_LOT)
    line.left, line.in_kernel = A_LOT // 2, A_LOT // 2
    made.watch()
    line.in_kernel -= arrived
    line.a_minute(read=0)
    assert line.is_cut is is_cut


def test_nothing_is_written_to_a_line_that_has_ended() -> None:
    line, made = begun(LITTLE)
    line.is_closed = True
    made.write(b"x")
    line.soon[-1]()
    assert line.left == LITTLE


def test_the_system_tells_what_it_holds() -> None:
    here, there = socket.socketpair(socket.AF_UNIX)
    with here, there:
        transport = cast(Any, SimpleNamespace(get_extra_info={"socket": here}.get))
        assert in_kernel(transport) == 0
        here.send(b"x" * 1_000)
        assert in_kernel(transport) >= 1_000
    assert in_kernel(transport) == 0


def test_a_line_is_not_kept_to_be_closed() -> None:
    """The rest of what was written has its minute too; a line that ended by itself is looked at no more."""
    line, made = begun(LITTLE)
    made.close()
    assert line.is_closed
    line.a_minute(read=0)
    assert line.is_cut
    line, made = begun(LITTLE)
    made.close()
    made.gone()
    assert line.later == []
