"""What a provider tells us: "look here", and nothing more.

A notification that names its subscription's secret makes folders and the
account due, in one transaction, before it is answered. What really changed is
found out by the pull; so it does no harm when notifications come twice, late,
in another order or not at all. Those that come close together are gathered.

A message that nobody knows is looked for in the inbox, and where the folder list
says that something has moved. Whether Microsoft's always says so is told nowhere, nor
when a delta shows what we were told of: what is not here some seconds later
(``sync.arrived``) is looked for again, a few times (``sync.awaited``): a known message
where it lies, an unknown one in Sent and Drafts, too. At its end a process leaves one
more look to others.
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
from poststelle.model.ids import AccountId, FolderId, RemoteId
from poststelle.model.subscription import Subscription
from poststelle.store import changes, folders, memberships, messages, subscriptions, sync_states
from poststelle.store.tx import ReadTx, Store, Tx
from poststelle.sync.arrived import arrived
from poststelle.sync.awaited import Awaited, Awaiting, Named, Told
from poststelle.sync.notify import hash_secret

GATHER_S = 0.2
TAKEN_IN_AFTER = 0.4  # of that time
_TICK_S = 1.0  # what is to be looked for again within one is so together
_LAST_LOOK_S = 9.0
"""After a process's end. A pull under way has ten seconds of its lease left, and heeds what is sooner."""
_ACCOUNTS_AT_ONCE = 100  # in one transaction
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
        """Look again for nothing any more, but leave one more look at what is awaited to whoever pulls then.

        The database is about to be closed.
        """
        if self._looking_again is not None:
            self._looking_again.cancel()
            await asyncio.gather(self._looking_again, return_exceptions=True)
        left = sorted(self._awaited.take_all().items())
        at = self._clock.now() + timedelta(seconds=_LAST_LOOK_S)
        for first in range(0, len(left), _ACCOUNTS_AT_ONCE):
            some = dict(left[first : first + _ACCOUNTS_AT_ONCE])
            await self._store.write_by_rows(_look_by, some, at)

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
        told = await self._store.write_by_rows(_make_due, known, genuine, now, at)
        self._ring_soon()
        self._awaited.add(told)
        self._awaited.forget(_never_to_come(known, genuine, told))
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

    async def _look_again_for(self, due: Awaiting) -> None:
        here = await self._store.read(arrived, due)
        self._awaited.forget(here.surely)
        passed_over = here.surely | self._awaited.put_off(here.seemingly)
        if still := _without(due, passed_over):
            await self._store.write_by_rows(_look_for, still, self._clock.now())
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


def _never_to_come(
    known: Mapping[str, Subscription], genuine: Sequence[Heard], told: Awaiting
) -> list[Named]:
    """Messages that nobody knows, and the last thing told of them is that they were deleted."""
    last = {
        (known[item.subscription].account_id, item.message): item.is_gone
        for item in genuine
        if item.message is not None
    }
    return [
        (account, message)
        for (account, message), is_gone in last.items()
        if is_gone and (one := told.get(account, {}).get(message)) is not None and one.modseq is None
    ]


def _make_due(
    tx: Tx, known: Mapping[str, Subscription], genuine: Sequence[Heard], now: datetime, at: datetime
) -> Awaiting:
    """Returns the messages that were named."""
    told: Awaiting = {}
    by_account: dict[AccountId, list[Heard]] = {}
    for item in genuine:
        by_account.setdefault(known[item.subscription].account_id, []).append(item)
    for account, items in sorted(by_account.items()):  # in one order, or two might wait for one another
        sync_states.wake_soon(tx, account, at)  # first: so does a pull, which holds it then
        changed = [item for item in items if item.event is None]
        if changed and (named := _look_at(tx, account, changed, now)):
            told[account] = named
        for event in {item.event for item in items if item.event}:
            _on_event(tx, account, event, known[items[0].subscription], now)
    return told


def _look_at(tx: Tx, account: AccountId, items: Sequence[Heard], now: datetime) -> dict[RemoteId, Told]:
    """The folders of messages we know; for others the inbox, where most that is new comes to. Returns all.

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
    modseq = changes.modseq(tx, account) if found else None
    return {message: Told(now, modseq if message in found else None) for message in named}


def _without(due: Awaiting, passed_over: frozenset[Named]) -> Awaiting:
    left = {
        account: {message: told for message, told in named.items() if (account, message) not in passed_over}
        for account, named in due.items()
    }
    return {account: named for account, named in left.items() if named}


def _look_for(tx: Tx, awaiting: Awaiting, now: datetime) -> None:
    for account, named in sorted(awaiting.items()):
        sync_states.wake_soon(tx, account, now)  # one that waits for its turn keeps its place
        if any(told.modseq is None for told in named.values()):
            folders.look_at_hot(tx, account, now)
        for folder in _places(tx, account, named):
            folders.set_due(tx, account, folder, now)


def _look_by(tx: Tx, awaiting: Awaiting, at: datetime) -> None:
    """Once, by then: nobody is there any more who would look again."""
    for account, named in sorted(awaiting.items()):
        sync_states.wake_soon(tx, account, at)
        folders.look_by(tx, account, _places(tx, account, named), at)


def _places(tx: ReadTx, account: AccountId, named: Mapping[RemoteId, Told]) -> list[FolderId]:
    """The folders of those that were known."""
    known = [message for message, told in named.items() if told.modseq is not None]
    ids = list(messages.ids_by_remote(tx, account, known).values())
    found = memberships.folders_of(tx, account, ids) if ids else {}
    return sorted({folder for places in found.values() for folder in places})


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
