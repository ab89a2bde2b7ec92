"""What a provider tells us: "look here", and nothing more.

A notification that names its subscription's secret makes folders and the
account due, in one transaction, before it is answered. What really changed is
found out by the pull; so it does no harm when notifications come twice, late,
in another order or not at all. Those that come close together are gathered.

A message that nobody knows is looked for in the inbox, and where the folder list
says that something has moved. Whether Microsoft's always says so is told nowhere, nor
when a delta shows what we were told of: what is still unknown some seconds later is
looked for again, a few times, in Sent and Drafts, too (``sync.awaited``).
"""

import asyncio
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import structlog

from poststelle.jobs.inline import guarded
from poststelle.lib.clock import Clock
from poststelle.model.ids import AccountId, RemoteId
from poststelle.model.subscription import Subscription
from poststelle.store import folders, messages, subscriptions, sync_states
from poststelle.store.tx import ReadTx, Store, Tx
from poststelle.sync.awaited import Awaited, Named, Unknown
from poststelle.sync.notify import hash_secret

GATHER_S = 0.2
TAKEN_IN_AFTER = 0.4  # of that time
_TICK_S = 1.0  # what is to be looked for again within one is so together
_RENEWED_LATELY = timedelta(minutes=15)  # how often Microsoft repeats its reminder

log = structlog.get_logger()


class Event(StrEnum):
    """What becomes of a subscription, in Graph's words (lifecycle events)."""

    MISSED = "missed"
    REMOVED = "subscriptionRemoved"
    REAUTHORIZE = "reauthorizationRequired"


@dataclass(frozen=True, slots=True)
class Heard:
    """One notification, believed by nobody yet. ``message`` names what changed, if it says so.

    ``is_gone``: it was deleted, or moved, which is told as that and as a new one.
    """

    subscription: str
    secret: str
    message: RemoteId | None = None
    is_gone: bool = False
    event: Event | None = None


class Hearing:
    """Takes notifications in.

    ``ring`` makes the engine look for due accounts, ``stir`` the keeper for due subscriptions.
    ``awaited``: what is looked for again; ``tick_s``: how often somebody asks whether it is time for that.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ring: Callable[[], None],
        stir: Callable[[], None],
        *,
        gather_s: float = GATHER_S,
        awaited: Awaited | None = None,
        tick_s: float = _TICK_S,
    ) -> None:
        self._store, self._clock, self._ring, self._stir = store, clock, ring, stir
        self._gather_s, self._tick_s = gather_s, tick_s
        self._is_ringing = False
        self._awaited = Awaited() if awaited is None else awaited
        self._looking_again: asyncio.Task[None] | None = None
        self._coming: list[Heard] = []
        self._taking: asyncio.Task[list[bool]] | None = None

    async def hear(self, heard: Sequence[Heard]) -> int:
        """Make due what genuine notifications point at; return how many those were.

        Nothing is lost once this has returned; what is not genuine leaves no trace. What comes within a
        moment is taken in together: nothing is read before that has passed anyway.
        """
        if self._taking is None:
            self._taking = asyncio.create_task(self._take_in_soon())
        first, taking = len(self._coming), self._taking
        self._coming += heard
        are_genuine = await asyncio.shield(taking)
        return sum(are_genuine[first : first + len(heard)])

    async def close(self) -> None:
        """Look again for nothing any more: the database is about to be closed."""
        if self._looking_again is not None:
            self._looking_again.cancel()
            await asyncio.gather(self._looking_again, return_exceptions=True)

    async def _take_in_soon(self) -> list[bool]:
        """Of each that came until then whether it is genuine."""
        await asyncio.sleep(self._gather_s * TAKEN_IN_AFTER)
        heard, self._coming, self._taking = self._coming, [], None
        known = await self._store.read(subscriptions.by_remote, [item.subscription for item in heard])
        are_genuine = [_is_genuine(known.get(item.subscription), item) for item in heard]
        genuine = [item for item, is_so in zip(heard, are_genuine, strict=True) if is_so]
        if genuine:
            await self._make_due(known, genuine)
        return are_genuine

    async def _make_due(self, known: Mapping[str, Subscription], genuine: Sequence[Heard]) -> None:
        now = self._clock.now()
        at = now + timedelta(seconds=self._gather_s * (1 - TAKEN_IN_AFTER))
        unknown = await self._store.write_by_rows(_make_due, known, genuine, now, at)
        self._ring_soon()
        self._awaited.add(unknown, now)
        self._awaited.forget(_gone(known, genuine))
        if self._awaited and self._looking_again is None:
            self._looking_again = asyncio.create_task(self._look_again())
        for item in genuine:
            if item.event:
                account = known[item.subscription].account_id
                log.info("subscription.told", account=account, told=item.event.value)
                self._stir()

    async def _look_again(self) -> None:
        """Until nothing is waited for. Who ends before leaves it to the next poll."""
        while self._awaited:
            await asyncio.sleep(self._tick_s)
            if due := self._awaited.take_due(self._clock.now()):
                await guarded(self._look_again_for(due), event="hint.failed")
        self._looking_again = None

    async def _look_again_for(self, due: Unknown) -> None:
        here = await self._store.read(_here, due)
        self._awaited.forget((account, message) for account, found in here.items() for message in found)
        still = [account for account, named in sorted(due.items()) if named - here[account]]
        if still:
            await self._store.write_by_rows(_look_at_hot, still, self._clock.now())
            self._ring()

    def _ring_soon(self) -> None:
        """One bell for all that is heard meanwhile; it does not wait any longer when more comes."""
        if not self._is_ringing:
            self._is_ringing = True
            wait_s = self._gather_s * (1 - TAKEN_IN_AFTER)
            asyncio.get_running_loop().call_later(wait_s, self._ring_now)

    def _ring_now(self) -> None:
        self._is_ringing = False
        self._ring()


def _is_genuine(known: Subscription | None, heard: Heard) -> bool:
    return known is not None and hmac.compare_digest(known.secret_hash, hash_secret(heard.secret))


def _gone(known: Mapping[str, Subscription], genuine: Sequence[Heard]) -> list[Named]:
    """The messages that the last thing told of them is that they were deleted."""
    last = {
        (known[item.subscription].account_id, item.message): item.is_gone
        for item in genuine
        if item.message is not None
    }
    return [message for message, is_gone in last.items() if is_gone]


def _make_due(
    tx: Tx, known: Mapping[str, Subscription], genuine: Sequence[Heard], now: datetime, at: datetime
) -> Unknown:
    """Returns the messages that nobody knows yet."""
    unknown: Unknown = {}
    by_account: dict[AccountId, list[Heard]] = {}
    for item in genuine:
        by_account.setdefault(known[item.subscription].account_id, []).append(item)
    for account, items in sorted(by_account.items()):  # in one order, or two might wait for one another
        sync_states.wake_soon(tx, account, at)  # first: so does a pull, which holds it then
        changed = [item for item in items if item.event is None]
        if changed and (missing := _look_at(tx, account, changed, now)):
            unknown[account] = missing
        for event in {item.event for item in items if item.event}:
            _on_event(tx, account, event, known[items[0].subscription], now)
    return unknown


def _look_at(tx: Tx, account: AccountId, items: Sequence[Heard], now: datetime) -> frozenset[RemoteId]:
    """The folders of messages we know; for others the inbox, where most that is new comes to. Returns those.

    Any other folder whose counters moved becomes due by the folder list, which each pull reads first.
    """
    named = {item.message for item in items if item.message is not None}
    found = messages.by_remote(tx, account, sorted(named))
    if any(item.message is None for item in items):
        folders.look_at_hot(tx, account, now)
    elif len(found) < len(named):
        folders.look_at_inbox(tx, account, now)
    for folder in sorted({folder for message in found.values() for folder in message.folder_ids}):
        folders.set_due(tx, account, folder, now)
    return frozenset(named - found.keys())


def _here(tx: ReadTx, due: Unknown) -> Unknown:
    """Those of them that have come, of each account."""
    return {account: messages.stored(tx, account, named) for account, named in due.items()}


def _look_at_hot(tx: Tx, accounts: Sequence[AccountId], now: datetime) -> None:
    for account in accounts:
        sync_states.wake_soon(tx, account, now)  # one that waits for its turn keeps its place
        folders.look_at_hot(tx, account, now)


def _on_event(tx: Tx, account: AccountId, event: Event, subscription: Subscription, now: datetime) -> None:
    match event:
        case Event.MISSED:
            folders.set_all_due(tx, account, now)
        case Event.REMOVED:
            subscriptions.lose(tx, account)
            subscriptions.set_due(tx, account, now)
            folders.set_all_due(tx, account, now)
        case Event.REAUTHORIZE:
            if subscription.renewed_at is None or now - subscription.renewed_at >= _RENEWED_LATELY:
                subscriptions.set_due(tx, account, now)
