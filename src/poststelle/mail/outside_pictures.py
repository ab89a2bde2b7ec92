"""Pictures from outside: fetched once by the server when the first reader asks, kept with their message."""

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from poststelle.access.rights import require
from poststelle.blobs import BlobMissing, BlobStore, once
from poststelle.lib.clock import Clock
from poststelle.lib.once import Once
from poststelle.lib.turns import Turns
from poststelle.mime.picture_type import picture_type
from poststelle.model.errors import NotFound
from poststelle.model.ids import AccountId, MessageId, UserId
from poststelle.model.rights import Level
from poststelle.push.outbound import NotReached
from poststelle.store import attachments, messages
from poststelle.store.attachments import Kept
from poststelle.store.tx import ReadTx, Store, Tx

MOST_OF_A_MESSAGE = 300
MOST_OCTETS_OF_A_MESSAGE = 50_000_000
_AT_ONCE, _OF_A_USER = 32, 6
_ASK_AGAIN = timedelta(minutes=10)
_MOST_REMEMBERED = 10_000

FetchPicture = Callable[[str], Awaitable[bytes]]
"""Octets behind an address. Raises NotReached."""


class Picture(NamedTuple):
    """Octets to be shown; ``type`` is what they are, whatever they were called."""

    type: str
    octets: bytes


@dataclass(frozen=True, slots=True)
class _Wanted:
    account: AccountId
    message: MessageId
    name: str
    url: str


class OutsidePictures:
    """Lives on one event loop. What could not be fetched is not asked for again for ten minutes."""

    def __init__(self, store: Store, blobs: BlobStore, clock: Clock, fetch: FetchPicture) -> None:
        self._store, self._blobs, self._clock, self._fetch = store, blobs, clock, fetch
        self._fetching, self._turns = Once(), Turns(_AT_ONCE, _OF_A_USER)
        self._missing: OrderedDict[_Wanted, datetime] = OrderedDict()

    async def show(self, user: UserId, account: AccountId, message: MessageId, url: str) -> Picture:
        """The picture that a message of this account shows from there.

        Raises NotFound: ``no_such_part`` for a message that is not there, ``no_picture`` where there is none,
        none that browsers draw, or more than one message may bring.
        """
        wanted = _Wanted(account, message, _name_of(url), url)
        kept = await self._store.read(_kept, user, wanted)
        octets = None if kept is None else await self._read(kept)
        if octets is None:
            async with self._turns.place(user):
                octets = await self._fetching.run(wanted, lambda: self._brought(wanted))
            await self._store.read(require, user, account, Level.READ)  # it may have gone while they came
        type_ = picture_type(octets)
        if type_ is None:
            raise _none()
        return Picture(type_, octets)

    async def _read(self, kept: Kept) -> bytes | None:
        try:
            return await self._blobs.read(kept.sha256)
        except BlobMissing:  # from outside: a backup without them, say
            return None

    async def _brought(self, wanted: _Wanted) -> bytes:
        now = self._clock.now()
        if self._missing.get(wanted, now) > now:
            raise _none()
        try:
            octets = await self._fetch(wanted.url)
        except NotReached as problem:
            self._remember(wanted)
            raise _none() from problem
        if picture_type(octets) is None:
            self._remember(wanted)
            raise _none()
        stored = await self._blobs.put(once(octets))
        await self._store.write(_keep, wanted, Kept(stored.sha256, stored.size))
        return octets

    def _remember(self, wanted: _Wanted) -> None:
        self._missing[wanted] = self._clock.now() + _ASK_AGAIN
        self._missing.move_to_end(wanted)
        if len(self._missing) > _MOST_REMEMBERED:
            self._missing.popitem(last=False)


def _name_of(url: str) -> str:
    return f"outside:{hashlib.sha256(url.encode()).hexdigest()}"


def _kept(tx: ReadTx, user: UserId, wanted: _Wanted) -> Kept | None:
    """Raises NotFound where there is no room for one more."""
    require(tx, user, wanted.account, Level.READ)
    if messages.get(tx, wanted.account, wanted.message) is None:
        raise NotFound("no_such_part", "This message is not there any more.")
    kept = attachments.kept_of(tx, wanted.account, wanted.message)
    if wanted.name not in kept:
        _require_room([one for name, one in kept.items() if name.startswith("outside:")])
    return kept.get(wanted.name)


def _require_room(pictures: list[Kept]) -> None:
    octets = sum(one.size for one in pictures)
    if len(pictures) >= MOST_OF_A_MESSAGE or octets >= MOST_OCTETS_OF_A_MESSAGE:
        raise _none()


def _keep(tx: Tx, wanted: _Wanted, kept: Kept) -> None:
    """Nothing happens when the message has gone while they came."""
    attachments.keep(tx, wanted.account, wanted.message, wanted.name, kept)


def _none() -> NotFound:
    return NotFound("no_picture", "There is no picture at this address, or none that can be shown.")
