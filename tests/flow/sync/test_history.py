"""How far back mail is held: a part of a mailbox is mirrored as exactly as a whole one."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import Mirror, mirrored, truth

from poststelle.blobs import DirectoryBlobs
from poststelle.model.check import CheckReason
from poststelle.model.errors import Invalid
from poststelle.model.folder import Role
from poststelle.model.ids import RemoteId, UserId
from poststelle.model.user import Theme, User
from poststelle.providers.base import Window
from poststelle.providers.errors import CursorExpired
from poststelle.settings import history
from poststelle.settings.history import Depth
from poststelle.store import audit, checks, counters, folders, users
from poststelle.sync.housekeeping import Housekeeper

pytestmark = pytest.mark.anyio

ADMIN = UserId(2)
OLD, NEW = 100, 10
"""Days."""


async def _choose(mirror: Mirror, months: int | None, *, is_confirmed: bool = False) -> Depth:
    """As an administrator."""
    now = mirror.clock.now()
    if not await mirror.store.read(users.get, ADMIN):
        admin = User(ADMIN, "sabine", "Sabine", "", True, True, None, Theme.SYSTEM, now)
        await mirror.store.write(users.insert, admin, None)
    wanted = (ADMIN, mirror.account, months)
    return await mirror.store.write(history.set_depth, *wanted, is_confirmed=is_confirmed, now=now)


async def _tidy(mirror: Mirror, where: Path) -> int:
    return await Housekeeper(mirror.store, DirectoryBlobs(where / "blobs"), mirror.clock).forget_older_mail()


def _days_ago(days: int, subject: str) -> dict[str, Any]:
    at = datetime.now(UTC) - timedelta(days=days)
    return {"subject": subject, "receivedAt": at.isoformat()}


def _receive(m365: Simulator, address: str, *ages: int, to: str = "inbox") -> list[str]:
    return m365.control.receive_many(address, [_days_ago(age, f"T{age}") for age in ages], to)


async def _subjects(mirror: Mirror) -> list[str]:
    return sorted(message["subject"] for message in (await mirror.local()).values())


async def _told(mirror: Mirror) -> tuple[int, int, int, int]:
    now = await mirror.store.read(counters.compare, mirror.account)
    return now.held, now.expected, now.differences, now.folders_left


async def test_only_mail_since_then_is_asked_for_and_both_sides_prove_equal(
    m365: Simulator, url: str
) -> None:
    """Deltas are filtered, counters are Microsoft's for these months, and the check says since when."""
    address = m365.new_mailbox()
    _receive(m365, address, 1, NEW, OLD, OLD + 1)
    _receive(m365, address, OLD, 400, to="archive")
    async with mirrored(m365, address, url, SetClock()) as mirror:
        chosen = await _choose(mirror, 2)
        m365.control.clear_calls()
        await mirror.pull()
        calls = m365.control.calls(path="/messages/delta", mailbox=address, limit=1000)
        told, done = await _told(mirror), await mirror.prove()

        first = [call["query"] for call in calls if "token" not in call["query"]]
        assert await _subjects(mirror) == ["T1", "T10"]
        assert first
        assert all("receivedDateTime" in query and "filter" in query for query in first)
        assert told == (2, 2, 0, 0)
        assert (done.compared, done.differences, done.history_from) == (2, 0, chosen.begins)
        await mirror.check()


async def test_less_history_removes_copies_and_touches_nothing_at_microsoft(
    m365: Simulator, url: str, tmp_path: Path
) -> None:
    """It has to be confirmed, says how many, and what still waits for Microsoft stays until that is done."""
    address = m365.new_mailbox()
    [waiting, old, new] = _receive(m365, address, OLD + 5, OLD, NEW)
    async with mirrored(m365, address, url, SetClock()) as mirror:
        await mirror.pull()
        await mirror.keywords(waiting, flagged=True)
        with pytest.raises(Invalid) as refused:
            await _choose(mirror, 3)
        before = set(await mirror.local())
        done = await _choose(mirror, 3, is_confirmed=True)
        removed = [await _tidy(mirror, tmp_path)]
        while_waiting = set(await mirror.local())
        await mirror.pull()
        differences = (await _told(mirror))[2]
        await mirror.drain.run_due()
        removed.append(await _tidy(mirror, tmp_path))
        await mirror.pull()
        trail = await mirror.store.read(audit.find, audit.Filter(mirror.account), limit=10)

        assert (refused.value.code, refused.value.params["removes"]) == ("removal_not_confirmed", 2)
        assert (before, while_waiting) == ({waiting, old, new}, {waiting, new})
        assert (done.removes, removed, differences) == (2, [1, 1], 0)
        assert set(await mirror.local()) == {new}
        assert truth(m365, address).keys() == {waiting, old, new}
        assert truth(m365, address)[waiting]["is_flagged"]
        assert await _told(mirror) == (1, 1, 0, 0)
        assert await mirror.pending() == 0
        assert [entry.action for entry in trail] == ["account.history_changed", "mail.flagged"]
        await mirror.check()


async def test_more_history_fetches_what_is_older(m365: Simulator, url: str) -> None:
    """Also everything again; what is here already stays the same message, marks included."""
    address = m365.new_mailbox()
    [new, _, _] = _receive(m365, address, NEW, OLD, 400)
    async with mirrored(m365, address, url, SetClock()) as mirror:
        await _choose(mirror, 1)
        await mirror.pull()
        mine = await mirror.message_id(new)
        seen = [await _subjects(mirror)]
        for months in (6, None):
            await _choose(mirror, months)
            await mirror.pull()
            seen.append(await _subjects(mirror))

        assert seen == [["T10"], ["T10", "T100"], ["T10", "T100", "T400"]]
        assert await mirror.message_id(new) == mine
        assert await _told(mirror) == (3, 3, 0, 0)
        assert (await mirror.prove()).history_from is None
        assert await mirror.local() == truth(m365, address)
        await mirror.check()


@pytest.mark.parametrize("is_filtered", [True, False])
async def test_older_mail_that_moves_changes_or_goes_stays_out_and_is_no_difference(
    m365: Simulator, tmp_path: Path, is_filtered: bool
) -> None:
    """Folder counters at Microsoft move, ours do not; also where deltas tell of all mail."""
    address, clock = m365.new_mailbox(), SetClock()
    [_, old, other] = _receive(m365, address, NEW, OLD, OLD + 1)
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        if not is_filtered:
            await mirror.pull()
        await _choose(mirror, 2, is_confirmed=True)
        await _tidy(mirror, tmp_path)
        await mirror.pull()
        found = []
        for change in (
            lambda: m365.control.move(address, [old], "archive"),
            lambda: m365.control.update(address, [old], isRead=True),
            lambda: m365.control.delete(address, [other], permanently=True),
            lambda: _receive(m365, address, 1),
        ):
            change()
            clock.advance(60)
            await mirror.pull()
            found.append((await _subjects(mirror), (await _told(mirror))[2]))
        done = await mirror.prove()

        assert found == [(["T10"], 0)] * 3 + [(["T1", "T10"], 0)]
        assert (done.compared, done.differences) == (2, 0)
        await mirror.check()


async def test_a_part_with_more_than_microsoft_filters_is_read_without_a_filter(
    m365: Simulator, tmp_path: Path
) -> None:
    """A filtered delta gives 5,000 messages and does not say that there are more."""
    address, count = m365.new_mailbox(), 5_010
    m365.control.receive_count(address, count)
    async with mirrored(m365, address, tmp_path, SetClock()) as mirror:
        begins = datetime(2000, 1, 1, tzinfo=UTC)
        inbox = next(f for f in await mirror.remote.well_known_folders() if f.role is Role.INBOX)
        told = (await mirror.remote.count_since([inbox.remote_id], begins))[inbox.remote_id]
        assert told
        met, link = set[RemoteId](), None
        window = Window(begins, told.total)
        while True:
            page = await mirror.remote.message_delta(inbox.remote_id, link, page_size=1000, window=window)
            met |= {message.remote_id for message in page.messages}
            if page.delta_link:
                break
            link = page.next_link
        small = await mirror.remote.message_delta(
            inbox.remote_id, None, page_size=1, window=Window(begins, 1)
        )
        grown = Window(begins, count)
        with pytest.raises(CursorExpired):
            await mirror.remote.message_delta(inbox.remote_id, small.next_link, page_size=1, window=grown)

    assert len(met) == told.total == count


async def test_a_check_under_way_begins_again_with_the_other_history(m365: Simulator, tmp_path: Path) -> None:
    """So that it never takes for missing what is not to be held."""
    address = m365.new_mailbox()
    _receive(m365, address, NEW, OLD)
    async with mirrored(m365, address, tmp_path, SetClock()) as mirror:
        await mirror.pull()
        now = mirror.clock.now()
        wanted = await mirror.store.write(checks.want, mirror.account, CheckReason.ASKED, None, now)
        lease = await mirror.store.write(checks.claim, mirror.account, wanted.id, "other", now, 600)
        assert lease
        await mirror.store.write(checks.count, lease, compared=1)
        chosen = await _choose(mirror, 1, is_confirmed=True)
        await _tidy(mirror, tmp_path)
        is_lost = not await mirror.store.write(checks.renew, lease, now, 600)
        done = await mirror.prove()

    assert is_lost
    assert (done.id, done.compared, done.differences) == (wanted.id, 1, 0)
    assert done.history_from == chosen.begins


async def test_a_folder_that_is_refused_says_nothing_about_its_counters(
    m365: Simulator, tmp_path: Path
) -> None:
    """A full mailbox refuses delta: its folders are read by lists, from the same day on."""
    address = m365.new_mailbox()
    _receive(m365, address, NEW, OLD)
    m365.control.set_mailbox(address, isFull=True)
    async with mirrored(m365, address, tmp_path, SetClock()) as mirror:
        await _choose(mirror, 2)
        await mirror.pull()
        inbox = await mirror.store.read(folders.by_role, mirror.account, Role.INBOX)

        assert await _subjects(mirror) == ["T10"]
        assert inbox
        assert inbox.total == 1
        assert await _told(mirror) == (1, 1, 0, 0)


@pytest.mark.parametrize(
    ("now", "months", "begins"),
    [
        ("2026-11-27", 12, "2025-11-27"),
        ("2026-03-31", 1, "2026-02-28"),
        ("2026-01-15", 1, "2025-12-15"),
        ("2024-02-29", 12, "2023-02-28"),
        ("2026-12-31", 13, "2025-11-30"),
    ],
)
def test_months_are_counted_from_the_day_they_are_chosen(now: str, months: int, begins: str) -> None:
    """The same day of that month, or its last one."""
    at = datetime.fromisoformat(now).replace(hour=17, tzinfo=UTC)
    assert history.months_before(at, months) == datetime.fromisoformat(begins).replace(tzinfo=UTC)
