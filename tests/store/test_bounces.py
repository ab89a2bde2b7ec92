"""A report of a failed delivery is read, however long its provider is away; one account holds up no other."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest
from structlog.testing import capture_logs
from tests.store.conftest import FakeClock
from tests.store.mailbox import NOW, Mailbox, create, item, page

from poststelle.model.account import AccountState
from poststelle.model.ids import AccountId, RemoteId
from poststelle.model.message import Address
from poststelle.providers.base import RemoteMessage
from poststelle.providers.errors import (
    CursorExpired,
    ProviderError,
    Refused,
    RemoteConflict,
    RetryLater,
    SignInNeeded,
)
from poststelle.store import accounts, bounces
from poststelle.store.tx import Store
from poststelle.submission import reports
from poststelle.writeback.bounce_reader import BounceReader

pytestmark = pytest.mark.anyio

POSTMASTER = Address("", "postmaster@office.example")
HOUR_S = 3600


class Provider:
    """Every account's mail: answers with octets, with ``error``, or to the accounts in ``hangs`` never."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.octets = b"Subject: no report\r\n\r\n"
        self.error: ProviderError | None = None
        self.located: RemoteMessage | None = None
        self.hangs: set[AccountId] = set()
        self.asked: list[tuple[AccountId, RemoteId, int]] = []
        self.begun: asyncio.Queue[AccountId] = asyncio.Queue()
        self.answered: asyncio.Queue[AccountId] = asyncio.Queue()

    async def open(self, account: AccountId) -> "Opened":
        return Opened(self, account)

    def times(self) -> list[int]:
        """When it was asked, in seconds after NOW."""
        return [at for _, _, at in self.asked]

    def note(self, account: AccountId, message: RemoteId) -> None:
        self.asked.append((account, message, int((self._clock.now() - NOW).total_seconds())))
        self.begun.put_nowait(account)


class Opened:
    """One account's mail, as far as a report is concerned."""

    def __init__(self, provider: Provider, account: AccountId) -> None:
        self._provider, self._account = provider, account

    async def mime(self, message: RemoteId) -> AsyncIterator[bytes]:
        self._provider.note(self._account, message)
        if self._account in self._provider.hangs:
            await asyncio.Event().wait()
        if self._provider.error:
            raise self._provider.error
        yield self._provider.octets
        self._provider.answered.put_nowait(self._account)

    async def locate(self, messages: Sequence[RemoteId]) -> dict[RemoteId, RemoteMessage | None]:
        return dict.fromkeys(messages, self._provider.located)


@pytest.fixture
def provider(clock: FakeClock) -> Provider:
    return Provider(clock)


@pytest.fixture
def reader(store: Store, provider: Provider, clock: FakeClock) -> BounceReader:
    return BounceReader(store, provider.open, clock)  # type: ignore[arg-type]  # as much of it as is used


async def waiting(mailbox: Mailbox) -> int:
    """How many reports are still to be read, whenever that is."""
    return len(await mailbox.store.read(bounces.due, NOW + timedelta(days=999), 100))


async def pass_hours(reader: BounceReader, clock: FakeClock, hours: int) -> None:
    """Let the loop look every ten minutes."""
    for _ in range(hours * 6):
        await reader.run_due()
        clock.advance(600)


@pytest.mark.parametrize("error", [RetryLater("http_503"), Refused("ErrorAccessDenied", 403)])
async def test_a_day_without_a_provider_loses_no_report(
    mailbox: Mailbox, reader: BounceReader, provider: Provider, clock: FakeClock, error: ProviderError
) -> None:
    """It is asked again and again, in the end about every hour, and read when it can be."""
    await mailbox.pull("Inbox", page(item("r", from_=(POSTMASTER,))))
    provider.error = error
    await pass_hours(reader, clock, 24)
    assert 24 <= len(provider.times()) <= 60
    assert await waiting(mailbox) == 1
    provider.error = None
    clock.advance(HOUR_S)
    await reader.run_due()
    assert (provider.answered.qsize(), await waiting(mailbox)) == (1, 0)


async def test_a_report_waits_as_long_as_the_provider_asks(
    mailbox: Mailbox, reader: BounceReader, provider: Provider, clock: FakeClock
) -> None:
    """A Retry-After of 700 seconds holds it back for 700 seconds, not 699."""
    await mailbox.pull("Inbox", page(item("r", from_=(POSTMASTER,))))
    provider.error = RetryLater("TooManyRequests", after_s=700, is_throttled=True)
    for seconds in (0, 699, 1):
        clock.advance(seconds)
        await reader.run_due()
    assert provider.times() == [0, 700]


async def test_an_account_that_hangs_holds_up_no_other(
    mailbox: Mailbox, reader: BounceReader, provider: Provider, clock: FakeClock
) -> None:
    """However many reports wait there, and have waited longer."""
    await mailbox.pull("Inbox", page(*(item(f"r{i}", from_=(POSTMASTER,)) for i in range(9))))
    provider.hangs = {mailbox.account}
    account, user, folder_ids = await mailbox.store.write(create, "second@office.example")
    await Mailbox(mailbox.store, account, user, folder_ids).pull(
        "Inbox", page(item("s", from_=(POSTMASTER,))), at=NOW + timedelta(minutes=5)
    )
    clock.advance(600)
    loop = asyncio.create_task(reader.run())
    try:
        async with asyncio.timeout(20):
            begun = [await provider.begun.get() for _ in range(3)]
            assert await provider.answered.get() == account
    finally:
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)
    assert sorted(begun) == [mailbox.account, mailbox.account, account]


@pytest.mark.parametrize(
    "error", [RemoteConflict("ErrorItemNotFound", is_gone=True), CursorExpired("http_410")]
)
async def test_what_is_gone_is_given_up_and_that_is_logged(
    mailbox: Mailbox, reader: BounceReader, provider: Provider, clock: FakeClock, error: ProviderError
) -> None:
    """404 and 410, said twice, will never be anything else."""
    await mailbox.pull("Inbox", page(item("r", from_=(POSTMASTER,))))
    provider.error = error
    with capture_logs() as logs:
        await reader.run_due()
        assert await waiting(mailbox) == 1
        clock.advance(60)
        await reader.run_due()
    assert await waiting(mailbox) == 0
    assert [one["event"] for one in logs] == ["bounce.put_off", "bounce.given_up"]
    assert logs[-1]["why"] == "gone"


async def test_what_is_denied_and_there_is_not_given_up(
    mailbox: Mailbox, reader: BounceReader, provider: Provider, clock: FakeClock
) -> None:
    """However often its octets are denied: the mailbox has it, so it is read when they are to be had."""
    await mailbox.pull("Inbox", page(item("r", from_=(POSTMASTER,))))
    provider.error = RemoteConflict("ErrorItemNotFound", is_gone=True)
    provider.located = item("r")
    await pass_hours(reader, clock, 6)
    assert await waiting(mailbox) == 1
    provider.error = None
    await pass_hours(reader, clock, 1)
    assert await waiting(mailbox) == 0


async def test_a_report_is_given_up_when_its_submission_is_forgotten(
    mailbox: Mailbox, reader: BounceReader, provider: Provider, clock: FakeClock
) -> None:
    """After thirty days there is nothing left to tell it of."""
    await mailbox.pull("Inbox", page(item("r", from_=(POSTMASTER,))))
    provider.error = Refused("ErrorAccessDenied", 403)
    left = []
    for days in (29, 1):
        clock.advance(days * 24 * HOUR_S)
        await reader.run_due()
        left.append(await waiting(mailbox))
    assert left == [1, 0]


async def test_a_report_outlasts_a_lost_sign_in(
    mailbox: Mailbox, reader: BounceReader, provider: Provider, clock: FakeClock
) -> None:
    """It is not asked for until somebody has signed in again, and soon after that."""
    await mailbox.pull("Inbox", page(item("r", from_=(POSTMASTER,))))
    provider.error = SignInNeeded("AADSTS50173")
    await pass_hours(reader, clock, 24)
    assert provider.times() == [0]
    provider.error = None
    await mailbox.store.write(accounts.set_state, mailbox.account, AccountState.CONNECTED, None)
    await reader.run_due()
    assert (len(provider.times()), await waiting(mailbox)) == (2, 0)


async def test_an_unreadable_report_ends_and_is_logged(
    mailbox: Mailbox, reader: BounceReader, provider: Provider
) -> None:
    """Octets that no parser takes are read once, not for ever."""
    await mailbox.pull("Inbox", page(item("r", from_=(POSTMASTER,))))
    provider.octets = b"Content-Type: message/rfc822\r\n\r\n" * 2000  # deeper than Python goes
    with pytest.raises(RecursionError):
        reports.parse(provider.octets)
    with capture_logs() as logs:
        await reader.run_due()
    assert await waiting(mailbox) == 0
    assert [(one["event"], one["why"]) for one in logs] == [("bounce.given_up", "unreadable")]
