"""A program that stops itself in the middle of a page of mail, under its lease, its heart having beaten.

``python -m tests.store.stopped_page URL NAME`` says what became of the page once
it goes on.
"""

import asyncio
import os
import secrets
import signal
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from tests.store.mailbox import create, item, page

from poststelle.lib.clock import SystemClock
from poststelle.lib.database import DatabaseOptions
from poststelle.mail import ingest
from poststelle.model.ids import AccountId, FolderId
from poststelle.model.message import Body
from poststelle.store import open_store, sync_states
from poststelle.store.tx import Tx, unheard
from poststelle.sync.heart import Heart
from poststelle.sync.leased import LEASE_S, LeasedAccount, LeaseLost

_ROWS, _BEFORE = 10, 5
_TABLE = "insert_body"


class _Stopping(dict[str, Any]):
    """A row before which it stops, once."""

    has_stopped = False

    def __getitem__(self, name: str) -> Any:
        if not _Stopping.has_stopped:
            _Stopping.has_stopped = True
            os.kill(os.getpid(), signal.SIGSTOP)
        return super().__getitem__(name)


@dataclass
class _Stopped:
    """A transaction in which it stops, half of the bodies being on their way."""

    tx: Tx

    def __getattr__(self, name: str) -> Any:
        return getattr(self.tx, name)

    def many(self, query: str, rows: Iterable[dict[str, Any]], /) -> None:
        taken = list(rows)
        if query == _TABLE:
            taken[_BEFORE] = _Stopping(taken[_BEFORE])
        self.tx.many(query, taken)

    def many_in_order(self, query: str, rows: Iterable[tuple[Any, ...]], /) -> None:
        if query != _TABLE:
            return self.tx.many_in_order(query, rows)
        names = cast(Any, self.tx)._statements[query].names
        return self.many(query, [dict(zip(names, row, strict=True)) for row in rows])


def _take_over(tx: Tx, account: AccountId, folder: FolderId, clock: SystemClock) -> None:
    messages = [item(str(n), body=Body("text/plain", secrets.token_hex(20_000))) for n in range(_ROWS)]
    stopped = cast(Tx, _Stopped(tx))
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
        await LeasedAccount(store, lease, clock).write(_take_over, folders["Inbox"], clock)
    except LeaseLost:
        return "refused"
    finally:
        await store.close()
    return "written"


if __name__ == "__main__":
    sys.stdout.write(asyncio.run(main(*sys.argv[1:])))
