"""The hub: from a commit to every open event stream that may hear of it."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from poststelle.lib.hint import wait_a_while
from poststelle.model.change import ChangeType, Published
from poststelle.model.errors import TooMany
from poststelle.model.ids import AccountId, UserId

MAX_STREAMS = 12  # one login's windows at a time
MAX_STREAMS_OF_ONE = 30  # those of all logins of one user
RETRY_AFTER_S = 30


@dataclass(eq=False, slots=True)
class Listener:
    """One open event stream: what it may hear, and what it has not been told yet.

    Untold changes are folded to the newest modseq of each type, so a slow
    listener costs no memory. ``is_revoked`` ends the stream: the user's
    rights changed and the session must be read again. After ``miss`` whoever
    listens looks for what has changed, for it may not have been told.
    """

    user_id: UserId
    accounts: frozenset[AccountId]
    login_key: str | None = None
    is_program: bool = False
    is_revoked: bool = False
    _has_missed: bool = False
    _untold: dict[AccountId, dict[ChangeType, int]] = field(default_factory=dict)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _end: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, published: Published) -> None:
        untold = self._untold.setdefault(published.account_id, {})
        for type_, modseq in published.modseqs.items():
            untold[type_] = max(modseq, untold.get(type_, 0))
        self._wake.set()

    def revoke(self) -> None:
        self.is_revoked = True
        self._end.set()
        self._wake.set()

    def miss(self) -> None:
        self._has_missed = True
        self._wake.set()

    def took_miss(self) -> bool:
        """Whether something may have been missed; asking ends it."""
        has_missed, self._has_missed = self._has_missed, False
        return has_missed

    async def next(self, timeout_s: float | None) -> list[Published]:
        """What changed since the last call; empty after ``timeout_s``, ``miss`` or a revocation."""
        if not await wait_a_while(self._wake, timeout_s):
            return []
        self._wake.clear()
        untold, self._untold = self._untold, {}
        return [Published(account_id, modseqs) for account_id, modseqs in untold.items()]

    async def rest(self, seconds: float) -> None:
        """Let changes gather for a while; a revocation ends it."""
        await wait_a_while(self._end, seconds)


class Others(Protocol):
    """The other processes, whose streams end too."""

    def revoke(self, user: UserId, /) -> None: ...

    def revoke_login(self, login_key: str, /) -> None: ...


class Hub:
    """Hands published changes to listeners and cuts those whose rights end; ``others`` are told of that.

    Lives on one event loop; every method is called there.
    """

    def __init__(self, others: Others | None = None) -> None:
        self._others = others
        self._listeners: set[Listener] = set()
        self._is_closed = False

    def publish(self, changes: Sequence[Published]) -> None:
        """Tell every listener of this process what it may know of."""
        for change in changes:
            for listener in self._listeners:
                if change.account_id in listener.accounts:
                    listener.tell(change)

    def subscribe(
        self,
        user_id: UserId,
        accounts: Iterable[AccountId],
        login_key: str | None = None,
        *,
        is_program: bool = False,
    ) -> Listener:
        """A new listener; hand it back to ``unsubscribe`` when its stream ends.

        Raises TooMany ``too_many_streams`` when the login has as many as it may, or all of the user's have.
        """
        if login_key is not None and self._count(login_key) >= MAX_STREAMS:
            raise _too_many("This login has too many windows open; close some.")
        if not is_program and self._count_windows(user_id) >= MAX_STREAMS_OF_ONE:
            raise _too_many("Your logins have too many windows open together; close some.")
        listener = Listener(user_id, frozenset(accounts), login_key, is_program)
        if self._is_closed:
            listener.revoke()
        self._listeners.add(listener)
        return listener

    def is_heard(self, account_id: AccountId) -> bool:
        """Whether anybody listens for the account's changes."""
        return any(account_id in listener.accounts for listener in self._listeners)

    def heard(self) -> set[AccountId]:
        """The accounts for which ``is_heard``."""
        return {account for listener in self._listeners for account in listener.accounts}

    def miss(self) -> None:
        """Something may have been said by other processes that was not heard here."""
        for listener in self._listeners:
            listener.miss()

    def count_programs(self, user_id: UserId) -> int:
        """How many streams of the user's programs are open: they share a number, the pages have theirs."""
        return sum(listener.is_program and listener.user_id == user_id for listener in self._listeners)

    def unsubscribe(self, listener: Listener) -> None:
        self._listeners.discard(listener)

    def revoke(self, user_id: UserId) -> None:
        """End the user's streams: a grant came or went, or the user was shut out.

        A browser reads its session again and returns with what it may still hear.
        """
        self.revoke_here(user_id)
        if self._others is not None:
            self._others.revoke(user_id)

    def revoke_here(self, user_id: UserId) -> None:
        """Those of this process."""
        for listener in self._listeners:
            if listener.user_id == user_id:
                listener.revoke()

    def revoke_login(self, login_key: str) -> None:
        """End the streams of one login: it was logged out."""
        self.revoke_login_here(login_key)
        if self._others is not None:
            self._others.revoke_login(login_key)

    def revoke_login_here(self, login_key: str) -> None:
        """Those of this process."""
        for listener in self._listeners:
            if listener.login_key == login_key:
                listener.revoke()

    def _count(self, login_key: str) -> int:
        """The login's open streams; one that is ending counts no more."""
        return sum(o.login_key == login_key and not o.is_revoked for o in self._listeners)

    def _count_windows(self, user_id: UserId) -> int:
        """The same of all of the user's logins: each change is told to each of them."""
        mine = (o for o in self._listeners if o.user_id == user_id)
        return sum(not o.is_program and not o.is_revoked for o in mine)

    def close(self) -> None:
        """End every stream, now and later: the server stops."""
        self._is_closed = True
        for listener in self._listeners:
            listener.revoke()


def _too_many(message: str) -> TooMany:
    return TooMany("too_many_streams", message, after_s=RETRY_AFTER_S)
