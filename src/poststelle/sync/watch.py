"""The loop that tells administrators of what needs a person, and of what no longer does.

What is seen for five minutes is told, together with all else that is new. What no channel takes is told again
later: the claim on it ends by itself.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog

from poststelle.model.health import Machine
from poststelle.settings import alerts, telling, warnings
from poststelle.settings.microsoft import Preset
from poststelle.settings.telling import NOT_SET, Herald, News, Told
from poststelle.settings.warnings import Warned
from poststelle.store import troubles
from poststelle.store.tx import Tx

log = structlog.get_logger()

LOOK_EVERY_S = 60.0
_GRACE = timedelta(minutes=5)
_CLAIM = timedelta(minutes=10)


class _Seen(NamedTuple):
    """What is to be told, and its ids."""

    news: News
    ids: list[str]


class Watch:
    """One in each process; whoever is first tells."""

    def __init__(self, herald: Herald, preset: Preset, machine: Callable[[], Machine]) -> None:
        self._herald, self._preset, self._machine = herald, preset, machine

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self.look()
            await self._herald.clock.sleep(LOOK_EVERY_S)

    async def look(self) -> Told | None:
        """Note what there is, and tell what is to be told; None: nothing was, or by no channel."""
        now, store = self._herald.clock.now(), self._herald.store
        # In a read of its own: it asks after every account, and nobody should wait to write meanwhile.
        found = await store.read(
            warnings.found,
            ring=self._herald.ring,
            preset=self._preset,
            machine=self._machine(),
            now=now,
        )
        seen = await store.write(self._note, {one.id: one for one in found}, now)
        if not seen.ids:
            return None
        told = await telling.tell(self._herald, seen.news)
        if told.reached_somebody:
            await store.write(troubles.told, seen.ids, now)
        for channel, problem in (("mail", told.mail), ("webhook", told.webhook)):
            if problem is None:
                log.info("alert.told", channel=channel, begun=len(seen.news.begun), over=len(seen.news.over))
            elif problem != NOT_SET:
                log.warning("alert.failed", channel=channel, reason=problem)
        return told

    def _note(self, tx: Tx, warned: Mapping[str, Warned], now: datetime) -> _Seen:
        troubles.note(tx, warned.keys(), now)
        channels, rows = alerts.channels(tx, self._herald.ring), troubles.list_all(tx)
        gone = [r.id for r in rows if r.over_at is not None]
        if not channels.has_mail and channels.webhook_url is None:
            troubles.told(tx, gone, now)  # by the time there is a channel it is no news
            return _Seen(News((), ()), [])
        new = [r.id for r in rows if r.told_at is None and r.over_at is None and r.since <= now - _GRACE]
        begun, over = troubles.claim(tx, new, now, _CLAIM), troubles.claim(tx, gone, now, _CLAIM)
        told = News(tuple(warned[id_] for id_ in begun), tuple(warnings.of_id(tx, id_) for id_ in over))
        return _Seen(told, [*begun, *over])
