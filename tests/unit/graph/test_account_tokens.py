"""One account's access token: fresh, refreshed once for all who wait, its cache saved before use."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from poststelle.lib.clock import SystemClock
from poststelle.providers.errors import Refused, RetryLater, SignInNeeded
from poststelle.providers.graph.token_sources import AccountTokens, Watch
from poststelle.providers.graph.tokens import AppSettings, MicrosoftApp, Refreshed

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@dataclass
class StandingClock(SystemClock):
    at: datetime = datetime(2026, 9, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


@dataclass
class App:
    """Hands out tokens t1, t2, … and caches c1, c2, …, or what it is told to."""

    clock: StandingClock
    made: int = 0
    always: str | None = None
    caches: list[bytes] = field(default_factory=list)
    is_away: bool = False
    error: Exception | None = None

    async def refresh(self, cache: bytes, *, force: bool = False, claims: str | None = None) -> Refreshed:
        await asyncio.sleep(0)
        self.made += 1
        self.caches.append(cache)
        if self.is_away:
            raise RetryLater("sign_in_unreachable")
        if self.error:
            raise self.error
        token = self.always or f"t{self.made}"
        return Refreshed(token, self.clock.now() + timedelta(hours=1), f"c{self.made}".encode())


class Kept:
    """The stored cache, and the order of events."""

    def __init__(self) -> None:
        self.cache = b"c0"

    async def load(self) -> bytes:
        return self.cache

    async def save(self, cache: bytes) -> None:
        self.cache = cache


def tokens(app: App, kept: Kept) -> AccountTokens:
    return AccountTokens(app, kept.load, kept.save, app.clock)  # type: ignore[arg-type]  # only refresh is used


async def test_a_token_is_used_until_shortly_before_its_end() -> None:
    """Five minutes before it ends there is a new one."""
    app, kept = App(StandingClock()), Kept()
    source = tokens(app, kept)
    seen = []
    for minutes in (0, 54, 2):
        app.clock.at += timedelta(minutes=minutes)
        seen.append(await source.access_token())

    assert (seen, kept.cache) == (["t1", "t1", "t2"], b"c2")


async def test_many_refused_at_once_lead_to_one_refresh() -> None:
    """Four requests meet the same dead token: one exchange serves them all."""
    app, kept = App(StandingClock()), Kept()
    source = tokens(app, kept)
    first = await source.access_token()
    fresh = await asyncio.gather(*(source.access_token(refused=first) for _ in range(4)))

    assert (fresh, app.made, app.caches) == (["t2"] * 4, 2, [b"c0", b"c1"])


async def test_the_same_token_again_is_no_loop() -> None:
    """A refresh that brings back the refused token means: later."""
    app = App(StandingClock(), always="t")
    with pytest.raises(RetryLater):
        await tokens(app, Kept()).access_token(refused="t")


@pytest.mark.parametrize("cache", [b"", b"not json", b'{"authority": "x"}', b"[]"])
async def test_an_unreadable_cache_asks_for_a_new_sign_in(cache: bytes) -> None:
    """What can't be read can't be refreshed; nothing is asked of Microsoft."""
    with pytest.raises(SignInNeeded, match="unreadable_sign_in"):
        await MicrosoftApp(AppSettings("app", "secret"), SystemClock()).refresh(cache)


async def test_while_the_sign_in_service_is_away_a_good_token_is_used() -> None:
    """A renewal ahead of the end fails: the token serves on, and the service is not asked each time."""
    app, kept = App(StandingClock()), Kept()
    source = tokens(app, kept)
    assert await source.access_token() == "t1"
    app.clock.at += timedelta(minutes=56)
    app.is_away = True
    assert [await source.access_token() for _ in range(5)] == ["t1"] * 5
    assert app.made == 2
    with pytest.raises(RetryLater):
        await source.access_token(refused="t1")

    app.is_away = False
    app.clock.at += timedelta(seconds=30)
    assert await source.access_token() == "t4"


async def test_a_renewal_ahead_of_time_replaces_a_good_token() -> None:
    """The background renewal asks although nobody has to wait yet; everybody uses the new one."""
    app, kept = App(StandingClock()), Kept()
    source = tokens(app, kept)
    assert await source.access_token() == "t1"
    await source.renew()
    assert (await source.access_token(), kept.cache) == ("t2", b"c2")


async def test_losses_and_refusals_are_told_before_they_are_raised() -> None:
    """Whoever asked for the token: the guardian gets to know first; what came from memory is no news."""
    app, kept, told = App(StandingClock()), Kept(), []

    async def lost(code: str) -> None:
        told.append(f"lost {code}")

    async def refused(code: str) -> None:
        told.append(f"refused {code}")

    async def accepted() -> None:
        told.append("accepted")

    watch = Watch(lost, refused, accepted)
    source = AccountTokens(app, kept.load, kept.save, app.clock, watch)  # type: ignore[arg-type]  # as above
    await source.access_token()
    await source.access_token()
    for error in (SignInNeeded("AADSTS50173"), Refused("AADSTS7000222", status=401)):
        app.error = error
        with pytest.raises(type(error)):
            await source.renew()
    assert told == ["accepted", "lost AADSTS50173", "refused AADSTS7000222"]
