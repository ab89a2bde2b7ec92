"""A program that stops itself in the middle of a page of mail, under its lease, its heart having beaten.

``python -m tests.store.stopped_page URL NAME`` says what became of the page once
it goes on.
"""

import asyncio
import secrets
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, cast

import psycopg
from tests.store.mailbox import create, item, page

from poststelle.lib.clock import SystemClock
from poststelle.lib.database import DatabaseOptions, told_as
from poststelle.mail import ingest
from poststelle.model.ids import AccountId, FolderId
from poststelle.model.message import Body
from poststelle.store import open_store, sync_states
from poststelle.store.tx import Tx, unheard
from poststelle.sync.heart import Heart
from poststelle.sync.leased import LEASE_S, LeasedAccount, LeaseLost

_ROWS, _BEFORE = 10, 5
_TABLE = "insert_body"
_OURS = """select state, wait_event from pg_stat_activity
where datname = current_database() and xact_start is not null and application_name = %s"""


class _Stopping(dict[str, Any]):
    """A row before which it stops, once, when the server has read all before it and waits for this one."""

    has_stopped = False
    wait: Callable[[], None]

    def __getitem__(self, name: str) -> Any:
        if not _Stopping.has_stopped:
            _Stopping.has_stopped = True
            self.wait()
            # to this thread: else another may be told first, and this one goes on with its page until then
            signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)
        return super().__getitem__(name)


@dataclass
class _Stopped:
    """A transaction in which it stops, half of the bodies being on their way."""

    tx: Tx
    url: str
    name: str

    def wait_for_the_server(self) -> None:
        """Whatever the driver keeps back of the rows so far is sent; then the server is asked, beside."""
        wire = cast(Any, self.tx)._connection.pgconn
        until = time.monotonic() + 60
        while wire.flush():
            assert time.monotonic() < until
        with psycopg.connect(self.url, autocommit=True, prepare_threshold=None) as asking:
            while asking.execute(_OURS, (told_as(self.name),)).fetchall() != [("active", "ClientRead")]:
                assert time.monotonic() < until
                time.sleep(0.01)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.tx, name)

    def many(self, query: str, rows: Iterable[dict[str, Any]], /) -> None:
        taken = list(rows)
        if query == _TABLE:
            taken[_BEFORE] = _Stopping(taken[_BEFORE])
            taken[_BEFORE].wait = self.wait_for_the_server
        self.tx.many(query, taken)

    def many_in_order(self, query: str, rows: Iterable[tuple[Any, ...]], /) -> None:
        if query != _TABLE:
            return self.tx.many_in_order(query, rows)
        names = cast(Any, self.tx)._statements[query].names
        return self.many(query, [dict(zip(names, row, strict=True)) for row in rows])


def _take_over(tx: Tx, account: AccountId, folder: FolderId, clock: SystemClock, url: str, name: str) -> None:
    messages = [item(str(n), body=Body("text/plain", secrets.token_hex(20_000))) for n in range(_ROWS)]
    stopped = cast(Tx, _Stopped(tx, url, name))
    ingest.apply_page(stopped, account, folder, page(*messages), is_sweep=False, now=clock.now())


async def main(url: str, name: str) -> str:
    clock = SystemClock()
    store = await open_store(url, unheard, clock, options=DatabaseOptions(program=name))
    account, _, folders = await store.write(create)
    await store.write(sync_states.start, account, clock.now())
    await Heart(store, name).beat()
    lease = await store.write(sync_states.claim_of, account, name, clock.now(), LEASE_S)
    assert lease is not None
    try:
        await LeasedAccount(store, lease, clock).write(_take_over, folders["Inbox"], clock, url, name)
    except LeaseLost:
        return "refused"
    finally:
        await store.close()
    return "written"


if __name__ == "__main__":
    sys.stdout.write(asyncio.run(main(*sys.argv[1:])))
