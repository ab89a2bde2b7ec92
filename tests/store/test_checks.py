"""Checks on both databases, against a provider of a few lines that tests bend as they like."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any, cast

import pytest
from msgspec.structs import replace
from tests.store.conftest import FakeClock
from tests.store.counting import CountedReads
from tests.store.mailbox import NOW, Mailbox, item, page, remote_folder

from poststelle.lib.share import Share
from poststelle.model.check import Check, CheckReason, CheckState, Finding, Kind
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId, RemoteId
from poststelle.providers.base import DeltaPage, FolderPage, IdPage, RemoteMessage, Window
from poststelle.store import checks, counters, folders, messages, sync_states
from poststelle.store.tx import Store, Tx
from poststelle.sync.check_lease import CheckPace
from poststelle.sync.checker import Checker, night_before

pytestmark = pytest.mark.anyio
PAGE, REPEATED = 4, 2
FOLDERS = ("Inbox", "Sent", "Trash", "Objects")


@dataclass
class Provider:
    """What the provider holds; a page of its lists has four places, two of them repeated.

    ``before_page`` and ``before_answer`` are called ahead of each question.
    """

    held: dict[str, RemoteMessage] = field(default_factory=dict)
    beyond: int = 0
    unreadable: set[str] = field(default_factory=set)
    before_page: Callable[[int], object] = lambda number: None
    before_answer: Callable[[int], object] = lambda number: None
    pages: int = 0
    answers: int = 0

    async def folder_delta(self, cursor: str | None) -> FolderPage:
        return FolderPage(self._folders(), frozenset(), None, "folders-2")

    async def message_delta(
        self, folder: RemoteId, cursor: str | None, *, page_size: int, window: Window | None = None
    ) -> DeltaPage:
        return page(link="nothing new")

    async def list_ids(
        self, folder: RemoteId, cursor: str | None, *, begins: datetime | None = None
    ) -> IdPage:
        self.pages += 1
        self.before_page(self.pages)
        place = int(cursor or 0)
        first = max(0, place - REPEATED)
        lying = sorted(m for m, it in self.held.items() if it.folder_id == folder)
        part = lying[first : first + PAGE]
        end = first + len(part)
        read = [_flags(self.held[m]) for m in part if m not in self.unreadable]
        stepped = [m for n, m in enumerate(part, first) if m in self.unreadable and n >= place]
        going_on = str(end) if end < len(lying) else None
        return IdPage(tuple(read), place - first, len(stepped), going_on, 1)

    async def locate(self, asked: Sequence[RemoteId]) -> Mapping[RemoteId, RemoteMessage | None]:
        self.answers += 1
        self.before_answer(self.answers)
        readable = [m for m in asked if m not in self.unreadable]
        return {m: _flags(self.held[m]) if m in self.held else None for m in readable}

    async def fetch(self, asked: Sequence[RemoteId]) -> Mapping[RemoteId, RemoteMessage | None]:
        return {m: self.held.get(m) for m in asked if m not in self.unreadable}

    def _folders(self) -> tuple[Any, ...]:
        roles = {"Inbox": Role.INBOX, "Sent": Role.SENT, "Trash": Role.TRASH}
        return tuple(
            remote_folder(name, roles.get(name), total=len(lying) + (self.beyond if name == "Inbox" else 0),
                          unread=sum(not it.is_seen for it in lying))
            for name in FOLDERS
            for lying in [[it for it in self.held.values() if it.folder_id == f"F-{name}"]]
        )  # fmt: skip


def _flags(it: RemoteMessage) -> RemoteMessage:
    return RemoteMessage(
        it.remote_id, it.folder_id, is_seen=it.is_seen, is_flagged=it.is_flagged, is_draft=it.is_draft,
        categories=it.categories,
    )  # fmt: skip


def _keys(count: int) -> list[str]:
    return [f"M{n:02}" for n in range(count)]


@dataclass
class Desk:
    """A mailbox mirrored to its end, its provider, and a checker."""

    mailbox: Mailbox
    provider: Provider
    clock: FakeClock
    checker: Checker

    async def prove(self, *, again: bool = True) -> Check:
        """One check; put off it goes on, unless ``again`` is False."""
        box = self.mailbox
        wanted = await box.store.write(checks.want, box.account, CheckReason.ASKED, None, self.clock.now())
        for _ in range(30 if again else 1):
            await self.checker.run_due()
            self.clock.advance(60)
        found = await box.store.read(checks.get, box.account, wanted.id)
        assert found
        return found

    async def findings(self, check: Check) -> list[Finding]:
        return await self.mailbox.store.read(checks.findings, self.mailbox.account, check.id)


@pytest.fixture
async def desk(mailbox: Mailbox, clock: FakeClock) -> Desk:
    """Eleven messages in the inbox, two in Objects, on both sides."""
    provider = Provider()
    for key in _keys(11):
        provider.held[key] = item(key)
    for key in ("O1", "O2"):
        provider.held[key] = item(key, "Objects")

    async def open_remote(_: AccountId) -> Any:
        return provider

    for name in FOLDERS:
        lying = [it for it in provider.held.values() if it.folder_id == f"F-{name}"]
        await mailbox.pull(name, page(*lying))
    await mailbox.store.write(_finish_rounds, mailbox.account, clock.now())
    pace = CheckPace(requests_a_minute=60_000, rest_s=30, tries=3)
    return Desk(mailbox, provider, clock, Checker(mailbox.store, open_remote, clock, "one", pace=pace))


def _finish_rounds(tx: Tx, account: AccountId, now: datetime) -> None:
    sync_states.start(tx, account, now)
    lease = sync_states.claim_of(tx, account, "first", now, 30)
    assert lease
    for folder, due_at in folders.due(tx, account, now, 100).items():
        folders.end_round(tx, account, folder, now, now + timedelta(days=365), due_at)
    sync_states.finish(tx, lease, now, now)


def _damage(tx: Tx, account: AccountId) -> None:
    held = messages.by_remote(tx, account, [RemoteId(key) for key in _keys(11)])
    objects = next(f for f in folders.list_all(tx, account) if f.name == "Objects")
    messages.destroy(tx, account, held[RemoteId("M00")].id)
    messages.set_folder(tx, account, held[RemoteId("M01")].id, objects.id)
    messages.set_mutable(tx, account, held[RemoteId("M02")].id, is_seen=True)


async def test_each_kind_of_difference_is_found_and_mended(desk: Desk) -> None:
    """What differs rests first; it counts when the provider says it twice."""
    await desk.mailbox.store.write(_damage, desk.mailbox.account)
    del desk.provider.held["O1"]
    resting = await desk.prove(again=False)
    done = await desk.prove()
    kinds = {(f.kind, f.remote_id, f.folder, f.is_repaired) for f in await desk.findings(done)}
    contents = await desk.mailbox.contents()

    assert (resting.state, resting.differences) == (CheckState.RUNNING, 0)
    assert kinds == {
        (Kind.MISSING, "M00", "Inbox", True),
        (Kind.MISPLACED, "M01", "Inbox", True),
        (Kind.FLAGS, "M02", "Inbox", True),
        (Kind.EXTRA, "O1", "Objects", True),
    }
    assert (done.compared, done.repaired) == (12, 4)
    assert set(contents["Inbox"]) == set(_keys(11)) and set(contents["Objects"]) == {"O2"}


async def test_a_list_that_moved_too_far_is_begun_anew(desk: Desk) -> None:
    """Removals pull what is missing here past the next page's beginning; it is found all the same."""
    await desk.mailbox.store.write(_lose, desk.mailbox.account, "M05")

    def remove(number: int) -> None:
        if number == 2:
            for key in _keys(4):
                desk.provider.held.pop(key, None)

    desk.provider.before_page = remove
    done = await desk.prove()

    assert (RemoteId("M05"), Kind.MISSING) in {(f.remote_id, f.kind) for f in await desk.findings(done)}
    assert done.missing == 1


def _lose(tx: Tx, account: AccountId, key: str) -> None:
    messages.destroy(tx, account, messages.by_remote(tx, account, [RemoteId(key)])[RemoteId(key)].id)


async def test_a_message_that_never_stands_still_is_undecided(desk: Desk) -> None:
    """It is named, and is no difference."""
    await desk.mailbox.store.write(_damage, desk.mailbox.account)

    def flip(number: int) -> None:
        held = desk.provider.held
        held["M02"] = replace(held["M02"], categories=(f"C{number}",))

    desk.provider.before_answer = flip
    done = await desk.prove()

    assert (done.state, done.undecided, done.flags) == (CheckState.DONE, 1, 0)
    assert [f.remote_id for f in await desk.findings(done) if f.kind is Kind.UNDECIDED] == ["M02"]


async def test_places_nobody_can_read_are_counted_once(desk: Desk) -> None:
    """Those we hold by name, the others by their number; the counters agree with what can be held."""
    desk.provider.unreadable = {"M03", "M06"}
    await desk.mailbox.store.write(_lose, desk.mailbox.account, "M03")
    desk.provider.beyond = 2
    done = await desk.prove()
    found = {(f.remote_id, f.number) for f in await desk.findings(done) if f.kind is Kind.UNREADABLE}
    told = await desk.mailbox.store.read(counters.compare, desk.mailbox.account)

    assert (done.unreadable, done.differences, done.compared) == (2, 0, 11)
    assert found == {("M06", 1), (None, 1)}
    assert (told.expected, told.held, told.differences) == (12, 12, 0)


async def test_one_check_of_an_account_is_open_at_a_time(desk: Desk) -> None:
    """Who wants another gets the one that is under way."""
    box, now = desk.mailbox, desk.clock.now()
    first = await box.store.write(checks.want, box.account, CheckReason.NIGHTLY, None, now)
    second = await box.store.write(checks.want, box.account, CheckReason.ASKED, box.user, now)
    lease = await box.store.write(checks.claim, box.account, first.id, "one", now, 15)
    other = await box.store.write(checks.claim, box.account, first.id, "two", now, 15)
    released = await box.store.write(checks.release_holder, "one")
    again = await box.store.write(checks.claim, box.account, first.id, "two", now, 15)

    assert second == first and lease and other is None and released == 1
    assert again and again.fence > lease.fence
    assert not await box.store.write(checks.renew, lease, now, 15)


async def test_the_night_and_counters_call_for_checks(desk: Desk) -> None:
    """Once a night; and when what the provider counts is not what we hold, after a second look."""
    box = desk.mailbox
    await desk.checker.plan()
    assert await box.store.read(checks.open_of, box.account) is None
    await box.store.write(_lose, box.account, "M05")
    reasons = []
    for _ in range(3):
        desk.clock.advance(61)
        await desk.checker.plan()
        wanted = await box.store.read(checks.open_of, box.account)
        reasons.append(wanted and wanted.reason)
    done = await desk.prove()
    desk.clock.advance(86_400)
    await desk.checker.plan()
    nightly = await box.store.read(checks.open_of, box.account)

    assert reasons[-1] is CheckReason.COUNTERS and done.reason is CheckReason.COUNTERS
    assert nightly and nightly.reason is CheckReason.NIGHTLY


async def test_one_worker_notes_what_is_to_be_checked_and_each_may_carry_it_out(desk: Desk) -> None:
    """The first. One that was first long ago, and is again, does not take it that counters stayed apart."""
    box, provider, share = desk.mailbox, desk.provider, Share()

    async def open_remote(_: AccountId) -> Any:
        return provider

    pace = CheckPace(requests_a_minute=60_000, rest_s=30, tries=3)
    counted = CountedReads(box.store)
    worker = Checker(cast("Store", counted), open_remote, desk.clock, "two", pace=pace, share=share)
    await box.store.write(_lose, box.account, "M05")
    asked = []
    for rank in (0, 1, 1, 0, 0):
        share.rank, before = rank, counted.statements
        desk.clock.advance(61)
        await worker.plan()
        asked.append((counted.statements - before, await box.store.read(checks.open_of, box.account)))
    share.rank = 1
    await worker.run_due()

    assert [statements for statements, _ in asked] == [1, 0, 0, 1, 1]
    assert [bool(wanted) for _, wanted in asked] == [False] * 4 + [True]
    assert provider.pages > 0


def test_each_account_has_its_own_moment_of_the_night() -> None:
    """The same one every night, within two hours, and never in the future."""
    now = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)
    moments = [night_before(now, time(3, 0), AccountId(n)) for n in range(200)]
    next_night = [night_before(now + timedelta(days=1), time(3, 0), AccountId(n)) for n in range(200)]

    assert max(moments) <= now and min(moments) > now - timedelta(days=1)
    assert timedelta(hours=1) < max(moments) - min(moments) < timedelta(hours=2)
    assert len(set(moments)) > 150
    assert [b - a for a, b in zip(moments, next_night, strict=True)] == [timedelta(days=1)] * 200


async def test_only_the_last_checks_keep_their_findings(desk: Desk) -> None:
    """Of the others the sums stay; after ninety days nothing does."""
    box, first = desk.mailbox, None
    for number in range(checks.FINDINGS_OF_CHECKS + 1):
        now = desk.clock.now()
        wanted = await box.store.write(checks.want, box.account, CheckReason.ASKED, None, now)
        first = first or wanted
        lease = await box.store.write(checks.claim, box.account, wanted.id, "one", now, 15)
        assert lease
        finding = Finding(Kind.FLAGS, "Inbox", f"Subject {number}", True, RemoteId("M01"))
        await box.store.write(checks.record, lease, [finding])
        await box.store.write(checks.end, lease, now)
    assert first
    old = await box.store.read(checks.findings, box.account, first.id)
    kept = await box.store.read(checks.list_all, box.account, 100)
    forgotten = await box.store.write(checks.forget_old, NOW + timedelta(days=91))

    assert old == []
    assert len(kept) == forgotten == checks.FINDINGS_OF_CHECKS + 1
    assert [(c.flags, c.repaired) for c in kept] == [(1, 1)] * len(kept)
