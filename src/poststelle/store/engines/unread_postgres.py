"""What is sent to PostgreSQL may lie there unread for as long as the server has something else to wait for.

A server that waits for a lock, or for its disk, reads on when it has it. Until then its machine takes in some
64 KB and closes the window. It goes on acknowledging, but Linux counts that as silence, too, and ends the
connection after ``tcp_user_timeout``. The server does not notice, for it waits on; whoever asked asks again
on another connection, and so on, until the server has none left for anybody. So that limit holds for what any
machine takes in unread, which is most of what is asked, and is lifted for more while it is on its way and
answered. That a machine is gone is told by keepalives then, if all was acknowledged; if not, TCP itself gives
up, after a quarter of an hour.

Source: Linux, tcp(7) (TCP_USER_TIMEOUT); ``tcp_probe_timer`` in net/ipv4/tcp_timer.c.
"""

import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Any

import psycopg

_TAKEN_IN = 1 << 14
"""Characters: of four octets each they are as many as any machine takes in before somebody reads them."""
_AROUND = 100  # what is sent with a row beside its texts
_ELSE = 12
_NOTHING_TO_DO = nullcontext()

Params = Mapping[str, Any] | Sequence[Any]


class Unread:
    """``limit_ms``: the limit that is ours to lift; None where there is none, or the address says its own."""

    def __init__(self, limit_ms: int | None) -> None:
        self._limit_ms = limit_ms if hasattr(socket, "TCP_USER_TIMEOUT") else None

    def allowed(
        self, connection: psycopg.Connection[Any], rows: Iterable[Params]
    ) -> AbstractContextManager[None]:
        """For as long as it takes to send so much, and to have it answered."""
        if self._limit_ms is None or not _is_much(rows):
            return _NOTHING_TO_DO
        return _limited_by_nothing(connection, self._limit_ms)


@contextmanager
def _limited_by_nothing(connection: psycopg.Connection[Any], afterwards_ms: int) -> Iterator[None]:
    _limit(connection, 0)
    try:
        yield
    finally:
        if not connection.closed:
            _limit(connection, afterwards_ms)


def _limit(connection: psycopg.Connection[Any], ms: int) -> None:
    with suppress(OSError):  # it does not go by TCP
        asked = socket.socket(fileno=connection.fileno())
        try:
            asked.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, ms)
        finally:
            asked.detach()  # it stays the driver's


def _is_much(rows: Iterable[Params]) -> bool:
    total = 0
    for row in rows:
        total += _AROUND + sum(map(_size, row.values() if isinstance(row, Mapping) else row))
        if total > _TAKEN_IN:
            return True
    return False


def _size(value: Any) -> int:
    """About how many characters are sent for it."""
    if isinstance(value, str | bytes):
        return len(value)
    return sum(map(_size, value)) if isinstance(value, list | tuple) else _ELSE
