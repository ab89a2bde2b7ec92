"""What a provider tells us: "look here", and nothing more.

A notification that names its subscription's secret makes folders and the
account due, in one transaction, before it is answered. What really changed is
found out by the pull; so it does no harm when notifications come twice, late,
in another order or not at all. Those that come close together are gathered.
"""

import asyncio
import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import structlog

from poststelle.lib.clock import Clock
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId, RemoteId
from poststelle.model.subscription import Subscription
from poststelle.store import folders, messages, subscriptions, sync_states
from poststelle.store.tx import Store, Tx
from poststelle.sync.notify import hash_secret

GATHER_S = 0.2
_HOT = (Role.INBOX, Role.SENT, Role.DRAFTS)
_RENEWED_LATELY = timedelta(minutes=15)  # how often Microsoft repeats its reminder

log = structlog.get_logger()


class Event(StrEnum):
    """What becomes of a subscription, in Graph's words (lifecycle events)."""

    MISSED = "missed"
    REMOVED = "subscriptionRemoved"
    REAUTHORIZE = "reauthorizationRequired"


@dataclass(frozen=True, slots=True)
class Heard:
    """One notification, believed by nobody yet. ``message`` names what changed, if it says so."""

    subscription: str
    secret: str
    message: RemoteId | None = None
    event: Event | None = None


class Hearing:
    """Takes notifications in.

    ``ring`` makes the engine look for due accounts, ``stir`` the keeper for due subscriptions.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ring: Callable[[], None],
        stir: Callable[[], None],
        *,
        gather_s: float = GATHER_S,
    ) -> None:
        self._store, self._clock, self._ring, self._stir = store, clock, ring, stir
        self._gather_s = gather_s
        self._is_ringing = False

    async def hear(self, heard: Sequence[Heard]) -> int:
        """Make due what genuine notifications point at; return how many those were.

        Nothing is lost once this has returned; what is not genuine leaves no trace.
        """
        known = await self._store.read(subscriptions.by_remote, [item.subscription for item in heard])
        genuine = [item for item in heard if _is_genuine(known.get(item.subscription), item)]
        if not genuine:
            return 0
        now = self._clock.now()
        at = now + timedelta(seconds=self._gather_s)
        await self._store.write(_make_due, known, genuine, now, at)
        self._ring_soon()
        for item in genuine:
            if item.event:
                log.info(
                    "subscription.told", account=known[item.subscription].account_id, told=item.event.value
                )
                self._stir()
        return len(genuine)

    def _ring_soon(self) -> None:
        """One bell for all that is heard meanwhile; it does not wait any longer when more comes."""
        if not self._is_ringing:
            self._is_ringing = True
            asyncio.get_running_loop().call_later(self._gather_s, self._ring_now)

    def _ring_now(self) -> None:
        self._is_ringing = False
        self._ring()


def _is_genuine(known: Subscription | None, heard: Heard) -> bool:
    return known is not None and hmac.compare_digest(known.secret_hash, hash_secret(heard.secret))


def _make_due(
    tx: Tx, known: Mapping[str, Subscription], genuine: Sequence[Heard], now: datetime, at: datetime
) -> None:
    by_account: dict[AccountId, list[Heard]] = {}
    for item in genuine:
        by_account.setdefault(known[item.subscription].account_id, []).append(item)
    for account, items in by_account.items():
        changed = [item for item in items if item.event is None]
        if changed:
            _look_at(tx, account, changed, now)
        for event in {item.event for item in items if item.event}:
            _on_event(tx, account, event, known[items[0].subscription], now)
        sync_states.wake_soon(tx, account, at)


def _look_at(tx: Tx, account: AccountId, items: Iterable[Heard], now: datetime) -> None:
    """The folders of messages we know; for others those where something new is likely.

    Any other folder whose counters moved becomes due by the folder list, which each pull reads first.
    """
    named = {item.message for item in items if item.message is not None}
    found = messages.by_remote(tx, account, sorted(named))
    ids = {folder for message in found.values() for folder in message.folder_ids}
    if len(found) < len(named) or not named:
        hot = (folders.by_role(tx, account, role) for role in _HOT)
        ids |= {folder.id for folder in hot if folder is not None}
    for folder_id in ids:
        folders.set_due(tx, account, folder_id, now)


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
