"""Octets go from the disk with the last message that kept them; texts nobody can have reach no database."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from tests.passwords import CHEAP
from tests.store.conftest import FakeClock
from tests.store.counting import CountedReads
from tests.store.mailbox import NOW, Mailbox, create, item, page

from poststelle.access.login import Door, log_in
from poststelle.auth.crypto import KeyRing
from poststelle.auth.passkeys import site_of
from poststelle.auth.passwords import Passwords
from poststelle.blobs import DirectoryBlobs
from poststelle.mail import blobs as mail_blobs
from poststelle.mail import ingest, organise, uploads
from poststelle.model.change import ChangeType
from poststelle.model.draft import Octets
from poststelle.model.errors import LoginNeeded
from poststelle.model.ids import AccountId, RemoteId, UploadId
from poststelle.model.message import FLAGGED
from poststelle.store import (
    accounts,
    attachments,
    backups,
    changes,
    folders,
    history,
    invariants,
    sync_states,
    writeback_ops,
)
from poststelle.store.attachments import Kept
from poststelle.store.tx import Store, Tx
from poststelle.sync.housekeeping import Housekeeper
from poststelle.sync.schedule import Pace

pytestmark = [pytest.mark.anyio, pytest.mark.partitioned]
DAY_S = 86_400
HOUR_S = 3_600


async def octets(text: str) -> AsyncIterator[bytes]:
    yield text.encode()


@pytest.fixture
def blobs(tmp_path: Path, clock: FakeClock) -> DirectoryBlobs:
    return DirectoryBlobs(tmp_path / "blobs", clock)


@pytest.fixture
def keeper(mailbox: Mailbox, blobs: DirectoryBlobs, clock: FakeClock) -> Housekeeper:
    return Housekeeper(mailbox.store, blobs, clock)


async def keep(mailbox: Mailbox, blobs: DirectoryBlobs, key: str, text: str) -> str:
    """Octets kept for a message; return their hash."""
    stored = await blobs.put(octets(text))
    kept = Kept(stored.sha256, stored.size)
    message = await mailbox.id_of(key)
    await mailbox.store.write(attachments.keep, mailbox.account, message, "mime", kept)
    return stored.sha256


async def test_octets_go_with_the_last_message_that_kept_them(
    mailbox: Mailbox, blobs: DirectoryBlobs, keeper: Housekeeper, clock: FakeClock
) -> None:
    """Shared ones stay until both messages are destroyed."""
    await mailbox.pull("Inbox", page(item("a"), item("b")))
    shared = await keep(mailbox, blobs, "a", "same")
    await keep(mailbox, blobs, "b", "same")
    clock.advance(HOUR_S + 1)
    removed, there = [], []
    for key in ("a", "b"):
        await mailbox.store.write(ingest.settle, mailbox.account, {RemoteId(key): None}, now=NOW)
        removed.append(await keeper.destroy_loose())
        there.append(await blobs.exists(shared))
    assert (removed, there) == ([0, 1], [True, False])


async def test_octets_go_with_their_account(
    mailbox: Mailbox, blobs: DirectoryBlobs, keeper: Housekeeper, clock: FakeClock
) -> None:
    """A deleted account leaves no bytes behind."""
    await mailbox.pull("Inbox", page(item("a")))
    sha256 = await keep(mailbox, blobs, "a", "private")
    await mailbox.store.write(accounts.destroy, mailbox.account)
    clock.advance(HOUR_S + 1)
    assert await keeper.destroy_loose() == 1
    assert not await blobs.exists(sha256)


async def test_what_a_crash_left_is_found_after_an_hour(
    mailbox: Mailbox, blobs: DirectoryBlobs, keeper: Housekeeper, clock: FakeClock
) -> None:
    """A file nobody keeps goes, one being written just now and one that is kept stay."""
    await mailbox.pull("Inbox", page(item("a")))
    kept = await keep(mailbox, blobs, "a", "kept")
    old = (await blobs.put(octets("orphan"))).sha256
    clock.advance(120)
    new = (await blobs.put(octets("new"))).sha256
    clock.advance(HOUR_S - 60)
    assert await keeper.destroy_orphans() == 1
    assert [await blobs.exists(sha256) for sha256 in (kept, old, new)] == [True, False, True]


class InBetween(DirectoryBlobs):
    """Has ``mailbox`` bring the octets once more after the housekeeper has looked, before it removes."""

    mailbox: Mailbox

    async def destroy(self, sha256: str, stored_before: datetime) -> bool:
        await note(self.mailbox, await bring(self, "offer"))
        return await super().destroy(sha256, stored_before)


async def bring(blobs: DirectoryBlobs, text: str) -> Octets:
    """The first half of an upload; ``note`` is the second."""
    return Octets(*await blobs.put(octets(text)))


async def note(mailbox: Mailbox, brought: Octets) -> UploadId:
    args = (mailbox.user, mailbox.account, brought, "text/plain", NOW)
    return await mailbox.store.write(uploads.keep, *args)


async def loosen(mailbox: Mailbox, blobs: DirectoryBlobs, clock: FakeClock, text: str) -> str:
    """Octets stored two hours ago whose message is gone; return their hash."""
    await mailbox.pull("Inbox", page(item("a")))
    sha256 = await keep(mailbox, blobs, "a", text)
    clock.advance(2 * HOUR_S)
    await mailbox.store.write(ingest.settle, mailbox.account, {RemoteId("a"): None}, now=NOW)
    return sha256


async def test_octets_brought_again_are_not_removed_before_they_are_noted(
    mailbox: Mailbox, blobs: DirectoryBlobs, keeper: Housekeeper, clock: FakeClock
) -> None:
    """The housekeeper comes between the two halves of an upload of what was loose; later it removes it."""
    sha256 = await loosen(mailbox, blobs, clock, "offer")
    brought = await bring(blobs, "offer")
    assert await keeper.destroy_loose() + await keeper.destroy_orphans() == 0
    await note(mailbox, brought)
    assert brought.sha256 == sha256 and await blobs.exists(sha256)
    clock.advance(2 * HOUR_S)
    assert await keeper.destroy_orphans() == 0
    await mailbox.store.write(uploads.forget_old, NOW + timedelta(days=2))
    assert await keeper.destroy_loose() == 1


@pytest.mark.parametrize("is_loose", [True, False])
async def test_octets_brought_while_the_housekeeper_removes_stay(
    mailbox: Mailbox, tmp_path: Path, clock: FakeClock, is_loose: bool
) -> None:
    """It has seen that nobody keeps them; a whole upload comes; then it would remove them."""
    blobs = InBetween(tmp_path / "blobs", clock)
    sha256 = await loosen(mailbox, blobs, clock, "offer")
    blobs.mailbox = mailbox
    keeper = Housekeeper(mailbox.store, blobs, clock)
    assert await (keeper.destroy_loose() if is_loose else keeper.destroy_orphans()) == 0
    assert await blobs.exists(sha256)


async def test_octets_of_a_forgotten_upload_that_a_draft_is_about_to_keep_stay(
    mailbox: Mailbox, blobs: DirectoryBlobs, keeper: Housekeeper, clock: FakeClock
) -> None:
    """Brought a day ago less a moment, and the day ends between asking for them and storing the draft."""
    brought = await bring(blobs, "offer")
    upload = await note(mailbox, brought)
    clock.advance(DAY_S - 1)
    args = (mailbox.store, blobs, mailbox.user, mailbox.account, upload, clock.now())
    assert await mail_blobs.keep_upload(*args) == brought
    clock.advance(2)
    assert await mailbox.store.write(uploads.forget_old, clock.now()) == 1
    assert await keeper.destroy_loose() == 0
    assert await blobs.exists(brought.sha256)


@pytest.mark.parametrize("login", ["a\0b", "a\ud800b", "\x1b", "a\nb"])
async def test_a_login_nobody_can_have_is_simply_wrong(store: Store, clock: FakeClock, login: str) -> None:
    """Octets that a database refuses are refused before it, and alike on both."""
    door = Door(store, Passwords(CHEAP), clock, KeyRing([bytes(32)]), site_of("http://localhost"))
    with pytest.raises(LoginNeeded):
        await log_in(door, login=login, password="wrong", came_from="192.0.2.1", agent="")


async def test_old_changes_are_forgotten_and_an_old_state_is_told_so(
    mailbox: Mailbox, keeper: Housekeeper, clock: FakeClock
) -> None:
    """After a month: who was away since before must read anew, who came back meanwhile need not."""
    store, account = mailbox.store, mailbox.account
    await mailbox.pull("Inbox", page(item("a")))
    long_ago = await store.read(changes.state, account, ChangeType.EMAIL)
    clock.advance(29 * DAY_S)
    await mailbox.pull("Inbox", page(item("b")))
    lately = await store.read(changes.state, account, ChangeType.EMAIL)
    clock.advance(2 * DAY_S)
    await mailbox.pull("Inbox", page(item("c")))

    assert await keeper.forget_old_changes() > 0
    assert await store.read(changes.since_state, account, ChangeType.EMAIL, long_ago, 9) is None
    found = await store.read(changes.since_state, account, ChangeType.EMAIL, lately, 9)
    assert found and found.created == (await mailbox.id_of("c"),)
    assert await store.read(invariants.check) == []


async def test_the_newest_change_is_never_forgotten(
    mailbox: Mailbox, keeper: Housekeeper, clock: FakeClock
) -> None:
    """It is the state: a client that has seen all stays up to date, however long ago that was."""
    await mailbox.pull("Inbox", page(item("a"), item("b")))
    state = await mailbox.store.read(changes.state, mailbox.account, ChangeType.EMAIL)
    clock.advance(400 * DAY_S)
    await keeper.forget_old_changes()

    found = await mailbox.store.read(changes.since_state, mailbox.account, ChangeType.EMAIL, state, 9)
    assert found and (found.created, found.updated, found.destroyed) == ((), (), ())
    assert await keeper.forget_old_changes() == 0


class Noting(DirectoryBlobs):
    """Notes since when it was asked for what is old."""

    since: list[datetime | None]

    async def stored_before(
        self, at: datetime, since: datetime | None = None
    ) -> AsyncIterator[Sequence[str]]:
        self.since.append(since)
        async for some in super().stored_before(at, since):
            yield some


async def test_the_hourly_look_is_at_what_has_aged_since_the_one_before(
    mailbox: Mailbox, tmp_path: Path, clock: FakeClock
) -> None:
    """Each day one is at all. What nobody ever kept is found, and what lost its message within the hour."""
    blobs = Noting(tmp_path / "blobs", clock)
    blobs.since = []
    keeper = Housekeeper(mailbox.store, blobs, clock)
    await mailbox.pull("Inbox", page(item("a")))
    removed = []
    for hour in range(26):
        await blobs.put(octets(f"orphan {hour}"))
        if hour == 3:
            await keep(mailbox, blobs, "a", "soon gone")
            await mailbox.store.write(ingest.settle, mailbox.account, {RemoteId("a"): None}, now=NOW)
        clock.advance(HOUR_S / 2)
        assert await keeper.destroy_loose() == 0
        clock.advance(HOUR_S / 2 + 1)
        removed.append(await keeper.destroy_orphans())
    assert removed == [1] * 3 + [2] + [1] * 22
    assert [n for n, since in enumerate(blobs.since) if since is None] == [0, 24]


class Backed(DirectoryBlobs):
    """A backup begins while the first blob is being removed."""

    store: Store | None

    async def destroy(self, sha256: str, stored_before: datetime) -> bool:
        now = self._clock.now()
        if self.store is not None:
            await self.store.write(backups.hold, "b", now + timedelta(minutes=30), now)
            self.store = None
        return await super().destroy(sha256, stored_before)


async def test_what_is_loose_stays_so_while_a_backup_is_made(
    mailbox: Mailbox, tmp_path: Path, clock: FakeClock
) -> None:
    """It begins between two removals: the second waits for its end, and is not forgotten."""
    blobs = Backed(tmp_path / "blobs", clock)
    blobs.store = mailbox.store
    keeper = Housekeeper(mailbox.store, blobs, clock)
    await mailbox.pull("Inbox", page(item("a"), item("b")))
    for key in "ab":
        await keep(mailbox, blobs, key, key)
    clock.advance(HOUR_S + 1)
    assert await keeper.destroy_orphans() == 0
    gone = {RemoteId("a"): None, RemoteId("b"): None}
    await mailbox.store.write(ingest.settle, mailbox.account, gone, now=NOW)
    assert (await keeper.destroy_loose(), await keeper.destroy_loose()) == (1, 0)
    await mailbox.store.write(backups.release, "b")
    assert await keeper.destroy_loose() == 1


async def begin_at(mailbox: Mailbox, begins: datetime) -> None:
    await mailbox.store.write(history.set_depth, mailbox.account, 1, begins, NOW, is_longer=False)


async def test_what_is_older_is_looked_for_where_a_history_was_chosen_since(
    mailbox: Mailbox, blobs: DirectoryBlobs, clock: FakeClock
) -> None:
    """Each half minute that is one statement, however many mailboxes hold a part of their mail."""
    await mailbox.pull("Inbox", page(*(item(f"m{n}", minutes=n) for n in range(4))))
    for number in range(8):
        account, user, folder_ids = await mailbox.store.write(create, f"desk{number}@office.example")
        await begin_at(Mailbox(mailbox.store, account, user, folder_ids), NOW)
    counted = CountedReads(mailbox.store)
    keeper = Housekeeper(cast("Store", counted), blobs, clock)
    asked = []
    for _ in range(3):
        before = counted.statements
        assert await keeper.forget_newly_older_mail() == 0
        asked.append(counted.statements - before)

    found = []
    for minutes in (1, 3):
        await begin_at(mailbox, NOW + timedelta(minutes=minutes))
        found.append((await keeper.forget_newly_older_mail(), await keeper.forget_newly_older_mail()))
    assert asked == [1 + 2 * 8, 1, 1]
    assert found == [(1, 0), (2, 0)]
    assert set((await mailbox.contents())["Inbox"]) == {"m3"}


async def test_what_was_waited_for_goes_with_the_hourly_look(mailbox: Mailbox, keeper: Housekeeper) -> None:
    """A mark that is on its way keeps its message while the mailbox is gone through."""
    await mailbox.pull("Inbox", page(item("a"), item("b", minutes=2)))
    marked = await mailbox.id_of("a")
    change = organise.Change(keywords={FLAGGED: True})
    await mailbox.store.write(organise.change, mailbox.user, mailbox.account, marked, change, NOW)
    await begin_at(mailbox, NOW + timedelta(minutes=1))
    while_waiting = await keeper.forget_older_mail()
    for op in await mailbox.store.write(writeback_ops.claim, mailbox.account, "drain", NOW, 9):
        await mailbox.store.write(writeback_ops.confirm, op, at=NOW)

    removed = (await keeper.forget_newly_older_mail(), await keeper.forget_older_mail())
    assert (while_waiting, removed) == (0, (0, 1))


def settle(tx: Tx, account: AccountId, account_due: datetime, folders_due: datetime) -> None:
    """A pull found nothing: when the account and its folders are due again."""
    sync_states.start(tx, account, NOW)
    lease = sync_states.claim_of(tx, account, "worker", NOW, 30)
    assert lease
    for folder in folders.list_all(tx, account):
        folders.set_due(tx, account, folder.id, folders_due)
    sync_states.finish(tx, lease, account_due, NOW)


@pytest.mark.parametrize("poll_s", [8, 1200, 3600])
async def test_an_account_at_rest_is_not_taken_for_a_clock_set_back(
    mailbox: Mailbox, blobs: DirectoryBlobs, clock: FakeClock, poll_s: float
) -> None:
    """It waits as long as one can, by a clock that is a minute ahead; a month ahead is no wait."""
    keeper = Housekeeper(mailbox.store, blobs, clock, pace=Pace(poll_s=poll_s))
    pace = Pace(poll_s=poll_s).while_told().unseen(5 * poll_s)
    for _ in range(20):
        next_at = pace.next_poll(NOW, changed=poll_s > 900)
        pace = pace.unseen((next_at - NOW).total_seconds())
    look_at = pace.next_look(NOW, is_hot=False)
    await mailbox.store.write(settle, mailbox.account, next_at, look_at)
    clock.advance(-60)
    at_rest = await keeper.bring_forward()
    clock.advance(-30 * DAY_S)

    assert look_at - NOW >= timedelta(hours=3)
    assert at_rest == 0
    assert await keeper.bring_forward() == 1 + len(mailbox.folder_ids)


async def test_what_was_asked_for_by_a_clock_far_ahead_is_asked_for_now(
    mailbox: Mailbox, blobs: DirectoryBlobs, clock: FakeClock
) -> None:
    """It would come after all that is asked for in the month in between; a minute ahead is left."""
    keeper = Housekeeper(mailbox.store, blobs, clock)
    await mailbox.store.write(sync_states.start, mailbox.account, NOW + timedelta(days=60))
    await mailbox.store.write(sync_states.ask, mailbox.account, NOW)
    clock.advance(-60)
    assert await keeper.bring_forward() == 0
    clock.advance(-30 * DAY_S)
    assert await keeper.bring_forward() == 1
    other, _, _ = await mailbox.store.write(create, "other@office.example")
    await mailbox.store.write(sync_states.start, other, NOW)
    await mailbox.store.write(sync_states.ask, other, clock.now() + timedelta(seconds=1))
    [first] = await mailbox.store.write(sync_states.claim_many, "one", NOW, 30, 1, turn=0)
    assert first.account_id == mailbox.account


async def test_changes_are_forgotten_beside_new_ones_and_by_two_at_once(
    mailbox: Mailbox, blobs: DirectoryBlobs, clock: FakeClock
) -> None:
    """None of them waits for the others to be made again: each log keeps what is new, and its state."""
    store, account = mailbox.store, mailbox.account
    for number in range(6):
        await mailbox.pull("Inbox", page(item(f"old{number}")))
    clock.advance(31 * DAY_S)
    keepers = [Housekeeper(store, blobs, clock) for _ in range(2)]
    before = await store.read(changes.state, account, ChangeType.EMAIL)
    pulls = [mailbox.pull("Inbox", page(item(f"new{number}"))) for number in range(6)]
    await asyncio.gather(*(keeper.forget_old_changes() for keeper in keepers), *pulls)
    await keepers[0].forget_old_changes()

    found = await store.read(changes.since_state, account, ChangeType.EMAIL, before, 99)
    new = {await mailbox.id_of(f"new{number}") for number in range(6)}
    assert found is None or set(found.created) == new
    held = await store.read(changes.latest, account, ChangeType.EMAIL)
    told = await store.read(
        changes.with_old, ChangeType.EMAIL, clock.now() - timedelta(days=30), AccountId(0), 9
    )
    assert held > 6 and told == changes.Logs((), None)
