"""Hints from process to process, over PostgreSQL's LISTEN and NOTIFY.

    commit ──> gathered for a moment ──NOTIFY──> every other process ──> its hub, its loops
    connection lost ──made anew──> everybody looks at everything

What is told is "look here" and never a fact: who hears nothing finds it out by looking, later. NOTIFY is
not part of the transaction that it tells of: there it would make commits wait for one another
(docs/decisions/0032). A connection that hears nothing any more, not even itself, is made anew.

Behind a pooler that lends connections by the transaction nobody listens: the server's notifications would go
to whoever is lent that connection next. What is said goes out all the same, and what others have said is
looked for every quarter of a minute.

Source: PostgreSQL, "NOTIFY", "LISTEN", "Asynchronous Commit"; PgBouncer, "Feature matrix".
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import msgspec
import psycopg
import structlog

from poststelle.lib.backoff import backoff_s
from poststelle.lib.database import BACKEND, beside
from poststelle.lib.hint import wait_a_while
from poststelle.model.change import ChangeType, Published
from poststelle.model.ids import AccountId, FolderId, UserId

log = structlog.get_logger()

CHANNEL = "poststelle"
LARGEST = 7_900
"""Octets of one notification; PostgreSQL takes less than 8000."""
_GATHER_S = 0.02
_PROVE_S = 5.0  # how often a process tells itself something
_DEAF_AFTER_S = 15.0
_LONGEST_WAIT_S = 5.0
_LAST_WORDS_S = 3.0
_ACCOUNTS_AT_ONCE = 500
# A hint is not waited for. For this transaction alone: the session may be somebody else's next.
_NOTIFY = b"select set_config('synchronous_commit', 'off', true), pg_notify(%s, %s)"
_REMEDY = "set POSTSTELLE_DATABASE_DIRECT to the database's address without a pooler"

Item = tuple[Any, ...]
"""A kind, and what it is about: all of it JSON."""


def _ignore(*_: Any) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class Ear:
    """Who is told what others say. Each is called on the event loop, and must not take long.

    ``gap``: anything may have been said that was not heard. ``asked``: which accounts are listened to here.
    """

    changes: Callable[[Sequence[Published]], None] = _ignore
    revoked: Callable[[UserId], None] = _ignore
    revoked_login: Callable[[str], None] = _ignore
    bell: Callable[[str], None] = _ignore
    look: Callable[[AccountId, FolderId], None] = _ignore
    listened: Callable[[Collection[AccountId]], None] = _ignore
    asked: Callable[[], None] = _ignore
    gap: Callable[[], None] = _ignore


@dataclass(slots=True)
class _Untold:
    """What is still to be said: folded, so that it costs no memory while there is no connection."""

    changes: dict[AccountId, dict[ChangeType, int]] = field(default_factory=dict)
    listened: set[AccountId] = field(default_factory=set)
    others: dict[Item, None] = field(default_factory=dict)  # in the order in which they came

    def add_changes(self, changes: Iterable[Published]) -> None:
        for one in changes:
            known = self.changes.setdefault(one.account_id, {})
            for type_, modseq in one.modseqs.items():
                known[type_] = max(modseq, known.get(type_, 0))

    def items(self) -> Iterator[Item]:
        yield from self.others  # what somebody loses first
        for account, modseqs in self.changes.items():
            yield "changed", account, {type_.value: modseq for type_, modseq in modseqs.items()}
        listened = sorted(self.listened)
        for first in range(0, len(listened), _ACCOUNTS_AT_ONCE):
            yield "listened", listened[first : first + _ACCOUNTS_AT_ONCE]

    def __bool__(self) -> bool:
        return bool(self.changes or self.listened or self.others)


class Line:
    """One process's way to say something to all others, and to hear them.

    ``url`` None: there are no others, and nothing is said. ``name`` is no other's. One event loop only.
    """

    def __init__(self, url: str | None, name: str) -> None:
        self._url, self._name = url, name
        self._ear = Ear()
        self._untold = _Untold()
        self._wake = asyncio.Event()
        self._heard_itself_at = 0.0
        self._is_deaf = False

    @property
    def has_others(self) -> bool:
        return self._url is not None

    def hear_with(self, ear: Ear) -> None:
        """From now on this one is told; before ``run``."""
        self._ear = ear

    # -- what is said -------------------------------------------------------------------------------

    def changed(self, changes: Sequence[Published]) -> None:
        """These were committed here."""
        if self.has_others:
            self._untold.add_changes(changes)
            self._wake.set()

    def revoke(self, user: UserId) -> None:
        """The user's rights have changed: streams of theirs are to be begun anew."""
        self._say("revoked", user)

    def revoke_login(self, login_key: str) -> None:
        """The login or token with this hash has ended, and its streams with it."""
        self._say("revoked_login", login_key)

    def ring(self, bell: str) -> None:
        """Something may be due for the loops that go by this name."""
        self._say("bell", bell)

    def look(self, account: AccountId, folder: FolderId) -> None:
        """The folder is on somebody's screen."""
        self._say("look", account, folder)

    def listened(self, accounts: Collection[AccountId]) -> None:
        """Somebody listens here for changes of these, now and for about a minute."""
        if self.has_others and accounts:
            self._untold.listened.update(accounts)
            self._wake.set()

    def doubt(self) -> None:
        """Something was changed here that is not told in particular: all are to look for themselves."""
        self._say("doubt")

    def _say(self, *item: Any) -> None:
        if self.has_others:
            self._untold.others[item] = None
            self._wake.set()

    # -- the connections ----------------------------------------------------------------------------

    async def run(self) -> None:
        """Tell and hear until cancelled; whenever a connection is there again, all look for themselves."""
        failures = 0
        while True:
            begun_at = _now()
            try:
                await self._hold()
            except (psycopg.Error, OSError, TimeoutError) as problem:
                log.warning("line.lost", problem=type(problem).__name__)
            failures = 1 if _now() - begun_at > 4 * _DEAF_AFTER_S else failures + 1
            await asyncio.sleep(backoff_s(failures, first_s=0.2, limit_s=_LONGEST_WAIT_S))

    async def close(self) -> None:
        """Say what is left to be said, if that can be done soon."""
        if not self._untold or not self.has_others:
            return
        with suppress(psycopg.Error, OSError, TimeoutError):
            async with asyncio.timeout(_LAST_WORDS_S), await self._connected() as speaking:
                await self._tell(speaking)

    async def _hold(self) -> None:
        """Until one of the connections ends. Raises psycopg.Error, OSError or TimeoutError."""
        async with await self._connected() as listening, await self._connected() as speaking:
            is_lent = await _is_lent(listening)
            if not is_lent:
                await listening.execute(f"listen {CHANNEL}".encode())
            self._heard_itself_at = _now()
            self._ear.gap()
            self._say("asked")
            hearing = [self._go_without()] if is_lent else [self._hear(listening), self._prove()]
            works = [self._speak(speaking), *hearing]
            tasks = [asyncio.create_task(work) for work in works]
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                done.pop().result()
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _connected(self) -> psycopg.AsyncConnection[Any]:
        assert self._url is not None  # it is not run without others
        return await psycopg.AsyncConnection.connect(
            self._url, autocommit=True, prepare_threshold=None, **beside(self._url)
        )

    async def _hear(self, listening: psycopg.AsyncConnection[Any]) -> None:
        async for notification in listening.notifies():
            self._take_in(notification.payload)

    async def _speak(self, speaking: psycopg.AsyncConnection[Any]) -> None:
        while True:
            await wait_a_while(self._wake, None)
            await asyncio.sleep(_GATHER_S)
            await self._tell(speaking)

    async def _go_without(self) -> None:
        """Hear nothing for a while, after which everybody looks at everything, as after a cut."""
        self._warn()
        await asyncio.sleep(_DEAF_AFTER_S)

    def _warn(self) -> None:
        """Once, until something is heard."""
        if not self._is_deaf:
            log.warning("line.deaf", remedy=_REMEDY)
        self._is_deaf = True

    async def _tell(self, speaking: psycopg.AsyncConnection[Any]) -> None:
        """What could not be said is said again by the next connection, perhaps twice."""
        self._wake.clear()
        untold, self._untold = self._untold, _Untold()
        try:
            for payload in packed(self._name, untold.items()):
                await speaking.execute(_NOTIFY, (CHANNEL, payload))
        except BaseException:
            self._put_back(untold)
            raise

    def _put_back(self, untold: _Untold) -> None:
        newer, self._untold = self._untold, untold
        untold.add_changes(Published(account, modseqs) for account, modseqs in newer.changes.items())
        untold.listened |= newer.listened
        untold.others |= newer.others
        self._wake.set()

    async def _prove(self) -> None:
        """Raises TimeoutError where not even what is said here is heard: behind a pooler that passes for the
        server, or where the other end has gone without a word."""
        while True:
            self._say("hello")
            await asyncio.sleep(_PROVE_S)
            if _now() - self._heard_itself_at > _DEAF_AFTER_S:
                self._warn()
                raise TimeoutError

    # -- what is heard ------------------------------------------------------------------------------

    def _take_in(self, payload: str) -> None:
        try:
            name, items = msgspec.json.decode(payload, type=tuple[str, list[list[Any]]])
        except msgspec.DecodeError:
            log.warning("line.unreadable", octets=len(payload))
            return
        if name == self._name:
            self._heard_itself_at = _now()
            self._is_deaf = False
            return
        changes = [found for item in items if (found := self._take(item)) is not None]
        if changes:
            self._ear.changes(changes)

    def _take(self, item: list[Any]) -> Published | None:
        """A change, or what was done about it. What another version says and we do not know is nothing."""
        ear = self._ear
        match item:
            case ["changed", int(account), dict(modseqs)]:
                known = {ChangeType(t): m for t, m in modseqs.items() if t in ChangeType.__members__.values()}
                return Published(AccountId(account), known) if known else None
            case ["revoked", int(user)]:
                ear.revoked(UserId(user))
            case ["revoked_login", str(key)]:
                ear.revoked_login(key)
            case ["bell", str(name)]:
                ear.bell(name)
            case ["look", int(account), int(folder)]:
                ear.look(AccountId(account), FolderId(folder))
            case ["listened", list(accounts)]:
                ear.listened([AccountId(account) for account in accounts])
            case ["asked"]:
                ear.asked()
            case ["doubt"]:
                ear.gap()
        return None


async def _is_lent(connection: psycopg.AsyncConnection[Any]) -> bool:
    """Whether a pooler has lent it for a transaction."""
    [(process,)] = await (await connection.execute(BACKEND)).fetchall()
    return bool(process != connection.info.backend_pid)


def packed(name: str, items: Iterable[Item]) -> Iterator[str]:
    """Notifications of at most ``LARGEST`` octets, with as many items in each as fit."""
    begun = f"[{msgspec.json.encode(name).decode()},["
    some: list[str] = []
    octets = 0
    for item in items:
        text = msgspec.json.encode(item).decode()
        if some and len(begun) + octets + len(text) + 3 > LARGEST:
            yield f"{begun}{','.join(some)}]]"
            some, octets = [], 0
        some.append(text)
        octets += len(text) + 1
    if some:
        yield f"{begun}{','.join(some)}]]"


def _now() -> float:
    return asyncio.get_running_loop().time()
