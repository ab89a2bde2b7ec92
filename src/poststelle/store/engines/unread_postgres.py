"""What is sent to PostgreSQL may lie there unread for as long as the server has something else to wait for.

A server that waits for a lock, or for its disk, reads on when it has it. Until then its machine takes in some
64 KB and closes the window. It goes on acknowledging, but Linux counts that as silence, too, and ends the
connection after ``tcp_user_timeout``. The server does not notice, for it waits on; whoever asked asks again
on another connection, and so on, until the server has none left for anybody. So that limit holds for what any
machine takes in unread, which is most of what is asked, and is lifted for more while it is on its way and
answered. That a machine is gone is told by keepalives then, if all was acknowledged; if not, TCP itself would
give up after a quarter of an hour. Who is at this address now tells sooner: a server that has no such process
any more answers nobody there, and the connection is ended here.

Source: Linux, tcp(7) (TCP_USER_TIMEOUT); ``tcp_probe_timer`` in net/ipv4/tcp_timer.c.
"""

import os
import socket
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any

import psycopg

from poststelle.store.engines.refusals_postgres import CannotConnect

_TAKEN_IN = 1 << 14
"""Characters: of four octets each they are as many as any machine takes in before somebody reads them."""
_AROUND = 100  # what is sent with a row beside its texts
_ELSE = 12
_LOOKS = 3  # while silence is borne
_NOTHING_TO_DO = nullcontext()

Params = Mapping[str, Any] | Sequence[Any]


@dataclass(eq=False, slots=True)
class _Lifted:
    """One connection without a limit: which process of the server it leads to, and since when (monotonic)."""

    number: int
    socket: socket.socket
    since: float


class Unread:
    """``limit_ms``: the limit that is ours to lift; None where there is none, or the address says its own.

    ``number``: the server's process at the other end; ``living``: those that the server has, asked on a
    connection of its own.
    """

    def __init__(
        self,
        limit_ms: int | None,
        number: Callable[[psycopg.Connection[Any]], int],
        living: Callable[[Collection[int]], set[int]],
    ) -> None:
        self._limit_ms = limit_ms if hasattr(socket, "TCP_USER_TIMEOUT") else None
        self._number, self._living = number, living
        self._guard = threading.Lock()
        self._lifted: set[_Lifted] = set()
        self._is_watched = False

    def allowed(
        self, connection: psycopg.Connection[Any], rows: Iterable[Params]
    ) -> AbstractContextManager[None]:
        """For as long as it takes to send so much, and to have it answered, or the server is another one."""
        if self._limit_ms is None or not _is_much(rows) or not _goes_by_tcp(connection):
            return _NOTHING_TO_DO
        return self._limited_by_nothing(connection, self._limit_ms)

    @contextmanager
    def _limited_by_nothing(self, connection: psycopg.Connection[Any], limit_ms: int) -> Iterator[None]:
        number = self._number(connection)
        # Of its own: the driver closes its one whenever it finds it dead, and the number is another's then.
        with socket.socket(fileno=os.dup(connection.fileno())) as ours:
            _limit(ours, 0)
            lifted = _Lifted(number, ours, time.monotonic())
            self._watch(lifted, limit_ms / 1000)
            try:
                yield
            finally:
                with self._guard:
                    self._lifted.discard(lifted)
                _limit(ours, limit_ms)

    def _watch(self, lifted: _Lifted, silent_s: float) -> None:
        with self._guard:
            self._lifted.add(lifted)
            if self._is_watched:
                return
            self._is_watched = True
        threading.Thread(target=self._look_after, args=(silent_s,), name="unread", daemon=True).start()

    def _look_after(self, silent_s: float) -> None:
        """Until nothing is left to look after."""
        while True:
            time.sleep(silent_s / _LOOKS)
            with self._guard:
                if not self._lifted:
                    self._is_watched = False
                    return
                begun = time.monotonic() - silent_s
                late = [one for one in self._lifted if one.since <= begun]
            with suppress(psycopg.Error, CannotConnect):  # nobody is there to go on with
                self._end_those_of_others(late)

    def _end_those_of_others(self, late: list[_Lifted]) -> None:
        if not late:
            return
        living = self._living({one.number for one in late})
        with self._guard:
            for one in self._lifted.intersection(late):
                if one.number not in living:
                    with suppress(OSError):
                        one.socket.shutdown(socket.SHUT_RDWR)


def _goes_by_tcp(connection: psycopg.Connection[Any]) -> bool:
    return connection.pgconn.status == psycopg.pq.ConnStatus.OK and not connection.info.host.startswith("/")


def _limit(connection: socket.socket, ms: int) -> None:
    with suppress(OSError):  # it has ended
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, ms)


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
