"""The loop that reads the reports of failed deliveries among new mail."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from datetime import timedelta
from typing import Any, cast

import structlog

from poststelle.jobs.inline import guarded
from poststelle.lib.backoff import backoff_s
from poststelle.lib.clock import Clock
from poststelle.model.ids import AccountId
from poststelle.providers.base import RemoteMail
from poststelle.providers.errors import ProviderError, Refused, RemoteConflict
from poststelle.store import bounces
from poststelle.store.bounces import Bounce
from poststelle.store.tx import Store
from poststelle.submission import reports

log = structlog.get_logger()

OpenRemote = Callable[[AccountId], Awaitable[RemoteMail]]
_AT_ONCE = 4
_TICK_S = 2.0
_READ_AT_MOST = 2_000_000  # octets: the report stands before the message it is about
_ATTEMPTS = 10


class BounceReader:
    """Reads what the pull has put aside. Reading one twice changes nothing."""

    def __init__(self, store: Store, open_remote: OpenRemote, clock: Clock) -> None:
        self._store, self._open_remote, self._clock = store, open_remote, clock

    async def run(self) -> None:
        """Read until cancelled."""
        while True:
            await self.run_due()
            await asyncio.sleep(_TICK_S)

    async def run_due(self) -> None:
        """Read what is due now, once."""
        due = await self._store.read(bounces.due, self._clock.now(), _AT_ONCE)
        for bounce in due:
            done = await guarded(self._read(bounce), event="bounce.failed", account=bounce.account_id)
            if done is None:
                await self._later(bounce)

    async def _read(self, bounce: Bounce) -> bool:
        try:
            remote = await self._open_remote(bounce.account_id)
            octets = await _head(remote, bounce)
        except (Refused, RemoteConflict):
            await self._store.write(reports.apply, bounce, None)
            return True
        except ProviderError:
            await self._later(bounce)
            return True
        report = await asyncio.to_thread(reports.parse, octets)
        await self._store.write(reports.apply, bounce, report)
        log.info("bounce.read", account=bounce.account_id, is_report=report is not None)
        return True

    async def _later(self, bounce: Bounce) -> None:
        if bounce.attempts >= _ATTEMPTS:
            await self._store.write(bounces.settle, bounce)
            return
        wait = timedelta(seconds=backoff_s(bounce.attempts + 1, first_s=5.0))
        await self._store.write(bounces.put_off, bounce, self._clock.now() + wait)


async def _head(remote: RemoteMail, bounce: Bounce) -> bytes:
    """The message's first octets."""
    octets = bytearray()
    async with aclosing(cast(Any, remote.mime(bounce.remote_id))) as chunks:
        async for chunk in chunks:
            octets += chunk
            if len(octets) >= _READ_AT_MOST:
                break
    return bytes(octets)
