"""Where requests get their access token: a stored sign-in's, or our program's own. One refresh at a time.

A token is renewed before it ends. While Microsoft's sign-in does not answer,
what is still good goes on being used.

Source: Microsoft identity platform, "Refresh tokens", "Claims challenges".
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from poststelle.lib.clock import Clock
from poststelle.providers.errors import Refused, RetryLater, SignInNeeded
from poststelle.providers.graph.tokens import MicrosoftApp, Refreshed

_RENEW_BEFORE = timedelta(minutes=5)
_LAST_USE = timedelta(seconds=30)  # a request sent now must arrive before the token ends
_ASK_AGAIN = timedelta(seconds=20)


class TokenSource(Protocol):
    """Where a Graph client gets its access token."""

    async def access_token(self, *, refused: str | None = None, claims: str | None = None) -> str:
        """A token to send now. ``refused`` is one the service has just answered with 401.

        ``claims`` is the decoded JSON of a claims challenge. Raises
        SignInNeeded, Refused or RetryLater.
        """
        ...

    async def hold(self, at_least: timedelta) -> datetime:
        """Have a token that lasts so long, if the service gives such long ones; return when it ends."""
        ...


async def _ignore(*_: str) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is told of what Microsoft's sign-in answers; not of what came from memory.

    ``lost``: this sign-in is over, with the code. ``refused``: the app's
    settings are wrong, whatever the sign-in; ``accepted``: they are right. Each
    before the caller gets to know.
    """

    lost: Callable[[str], Awaitable[None]] = _ignore
    refused: Callable[[str], Awaitable[None]] = _ignore
    accepted: Callable[[], Awaitable[None]] = _ignore


class _Tokens(ABC):
    """One token in memory, renewed before it ends, one renewal at a time."""

    def __init__(self, clock: Clock, watch: Watch) -> None:
        self._clock, self._watch = clock, watch
        self._current: Refreshed | None = None
        self._ask_again_at: datetime | None = None
        self._lock = asyncio.Lock()

    async def access_token(self, *, refused: str | None = None, claims: str | None = None) -> str:
        async with self._lock:
            usable = self._usable(refused)
            if usable:
                return usable
            try:
                return await self._renewed(refused=refused, claims=claims)
            except RetryLater:
                self._ask_again_at = self._clock.now() + _ASK_AGAIN
                usable = self._usable(refused)
                if usable:
                    return usable
                raise

    async def hold(self, at_least: timedelta) -> datetime:
        """Have a token that lasts so long, if the service gives such long ones; return when it ends.

        For what goes on only while the token it was asked with is good.
        """
        token = await self.access_token()
        current = self._current
        if current and current.expires_at - self._clock.now() < at_least:
            with suppress(RetryLater):  # the same one again: longer ones are not to be had
                await self.access_token(refused=token)
        assert self._current is not None  # access_token leaves one
        return self._current.expires_at

    async def renew(self) -> None:
        """Get a new token although the old one is good: nobody has to wait for it later."""
        async with self._lock:
            await self._renewed(is_forced=True)

    def _usable(self, refused: str | None) -> str | None:
        """The token while it is good for some time; right after a failed renewal also in its last minutes."""
        now = self._clock.now()
        if self._current is None or self._current.token == refused:
            return None
        is_failing = self._ask_again_at is not None and now < self._ask_again_at
        needed = _LAST_USE if is_failing else _RENEW_BEFORE
        return self._current.token if self._current.expires_at - now >= needed else None

    async def _renewed(
        self, *, refused: str | None = None, claims: str | None = None, is_forced: bool = False
    ) -> str:
        try:
            fresh = await self._fresh(is_forced=is_forced or refused is not None, claims=claims)
        except SignInNeeded as error:
            await self._watch.lost(error.code)
            raise
        except Refused as error:
            await self._watch.refused(error.code)
            raise
        if fresh.token == refused:
            raise RetryLater("same_token_again")
        self._current, self._ask_again_at = fresh, None
        return fresh.token

    @abstractmethod
    async def _fresh(self, *, is_forced: bool, claims: str | None) -> Refreshed: ...


class AccountTokens(_Tokens):
    """One sign-in's access token.

    ``load`` and ``save`` read and keep the (sealed) cache. A new cache is saved
    before its token is used, or the rolled refresh token could be lost.
    """

    def __init__(
        self,
        app: MicrosoftApp,
        load: Callable[[], Awaitable[bytes]],
        save: Callable[[bytes], Awaitable[None]],
        clock: Clock,
        watch: Watch | None = None,
    ) -> None:
        super().__init__(clock, watch or Watch())
        self._app, self._load, self._save = app, load, save

    async def _fresh(self, *, is_forced: bool, claims: str | None) -> Refreshed:
        cache = await self._load()
        fresh = await self._app.refresh(cache, force=is_forced, claims=claims)
        if fresh.cache != cache:
            await self._save(fresh.cache)
            await self._watch.accepted()
        return fresh


class ApplicationTokens(_Tokens):
    """Our program's own token in one tenant; in memory only, as it can be had again at any time."""

    def __init__(self, app: MicrosoftApp, tenant: str, clock: Clock, watch: Watch | None = None) -> None:
        super().__init__(clock, watch or Watch())
        self._app, self._tenant = app, tenant

    async def _fresh(self, *, is_forced: bool, claims: str | None) -> Refreshed:
        fresh = await self._app.app_token(self._tenant, claims)
        await self._watch.accepted()
        return fresh
