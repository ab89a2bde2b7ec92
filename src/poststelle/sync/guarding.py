"""The loop that keeps sign-ins alive: tokens are renewed before anybody waits for them.

Those in use, those that stand by and those of accounts nobody fetches from:
each when it is due, a few at a time. What Microsoft says becomes facts at
once (``settings.guardian``), so a reserve's death is known before it is needed.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from poststelle.lib.clock import Clock
from poststelle.model.ids import SignInId
from poststelle.providers.errors import ProviderError
from poststelle.providers.graph.sign_in_errors import TENANTS_OWN
from poststelle.store import sign_ins
from poststelle.store.tx import Store

log = structlog.get_logger()

_TICK_S = 10.0
_AT_ONCE = 4
_A_LOT = 20
_TRY_AGAIN = timedelta(minutes=5)  # also the time after which somebody else takes over a renewal


class Guardian:
    """Renews what is due. Several processes may share a store: each sign-in is told to one of them."""

    def __init__(self, store: Store, renew: Callable[[SignInId], Awaitable[None]], clock: Clock) -> None:
        self._store, self._renew, self._clock = store, renew, clock

    async def run(self) -> None:
        """Keep guard until cancelled."""
        while True:
            await self.run_due()
            await self._clock.sleep(_TICK_S)

    async def run_due(self) -> int:
        """Renew all that is due now; return how many sign-ins that were."""
        done = 0
        while due := await self._claim():
            places = asyncio.Semaphore(_AT_ONCE)
            await asyncio.gather(*(self._renew_one(sign_in, places) for sign_in in due))
            done += len(due)
        return done

    async def _claim(self) -> list[SignInId]:
        now = self._clock.now()
        return await self._store.write(sign_ins.claim_due, now, now + _TRY_AGAIN, _A_LOT, TENANTS_OWN)

    async def _renew_one(self, sign_in: SignInId, places: asyncio.Semaphore) -> None:
        """What fails is tried again in some minutes; the reason is kept where it belongs."""
        async with places:
            try:
                await self._renew(sign_in)
            except ProviderError as error:
                reason = error.code
                log.info("sign_in.not_renewed", sign_in=sign_in, error=type(error).__name__, reason=reason)
            except Exception:
                log.exception("sign_in.renewal_failed", sign_in=sign_in)
