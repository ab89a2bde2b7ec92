"""Checks: damage done to the mirror behind its back is found, mended and recorded, and nothing else is."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.databases import run_sql
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import USER, Mirror, folder_truth, mirrored, truth
from tests.flow.sync.tree import Tree
from tests.kept import database_of

from poststelle.mail import ingest, take_over
from poststelle.mail.take_over import Report
from poststelle.model.check import Check, CheckReason, CheckState, Finding, Kind
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId, MessageId, RemoteId
from poststelle.providers.base import FolderPage, IdPage, RemoteFolder, RemoteMessage
from poststelle.store import (
    bodies,
    check_progress,
    checks,
    counters,
    folders,
    invariants,
    memberships,
    messages,
)
from poststelle.store.tx import Tx

pytestmark = pytest.mark.anyio


def _forget(tx: Tx, account: AccountId, remote_id: str) -> None:
    [message] = messages.by_remote(tx, account, [RemoteId(remote_id)]).values()
    messages.destroy(tx, account, message.id)


def _set(tx: Tx, account: AccountId, remote_id: str, **fields: Any) -> None:
    [message] = messages.by_remote(tx, account, [RemoteId(remote_id)]).values()
    messages.set_mutable(tx, account, message.id, **fields)


def _misplace(tx: Tx, account: AccountId, remote_id: str, role: Role) -> None:
    [message] = messages.by_remote(tx, account, [RemoteId(remote_id)]).values()
    folder = folders.by_role(tx, account, role)
    assert folder
    messages.set_folder(tx, account, message.id, folder.id)


def _invent(tx: Tx, account: AccountId, remote_id: str, mirror: Mirror) -> None:
    inbox = folders.by_role(tx, account, Role.INBOX)
    assert inbox
    ghost = RemoteMessage(RemoteId(remote_id), received_at=mirror.clock.now(), subject="Geist")
    take_over.messages_of_page(tx, account, inbox.id, [ghost], Report(mirror.clock.now()))


def _forget_text(tx: Tx, account: AccountId, message: MessageId) -> None:
    tx.run("delete_bodies", account=account, ids=[message])


def _damage_marks(tx: Tx, account: AccountId, message: MessageId) -> None:
    [membership] = memberships.of(messages.get_many(tx, account, [message])[0])
    wrong = {"is_unread": int(not membership.is_unread), "is_flagged": 1, "thread_id": membership.thread_id}
    key = {"folder_id": membership.folder_id, "received_at": membership.received_at, "message_id": message}
    tx.run("update_membership", account_id=account, **key, **wrong)


def _lose_folder(tx: Tx, account: AccountId, remote_id: str) -> None:
    lost = folders.by_remote(tx, account, RemoteId(remote_id))
    assert lost
    rows = tx.all("list_messages_in_folder", account=account, folder=lost.id, limit=100)
    messages.destroy_many(tx, account, [row["message_id"] for row in rows])
    folders.leave(tx, account, lost.id)


def _rename_folder(tx: Tx, account: AccountId, remote_id: str) -> None:
    found = folders.by_remote(tx, account, RemoteId(remote_id))
    assert found
    folders.set_name(tx, account, found.id, "Falsch")


def _invent_folder(tx: Tx, account: AccountId) -> None:
    ghost = RemoteFolder(RemoteId("geist"), None, "Geist", None, is_hidden=False, total=0, unread=0)
    ingest.apply_folders(tx, account, [ghost])


def _lists(m365: Simulator, address: str) -> list[str]:
    """The plain lists that were asked for, oldest first."""
    calls = m365.control.calls(path="/messages", mailbox=address, limit=1000)
    return [call["query"] for call in calls if call["path"].endswith("/messages")]


async def _findings(mirror: Mirror, check: Check) -> list[Finding]:
    return await mirror.store.read(checks.findings, mirror.account, check.id)


async def test_a_whole_mirror_has_no_differences(m365: Simulator, tmp_path: Path) -> None:
    """Every message of every folder is compared, up to a thousand a request; the counters say the same."""
    address = m365.new_mailbox()
    m365.control.receive_count(address, 1010)
    m365.control.receive_count(address, 40, "archive")
    async with mirrored(m365, address, tmp_path, SetClock()) as mirror:
        await mirror.pull()
        number = len(await mirror.store.read(folders.list_all, mirror.account))
        m365.control.clear_calls()
        done = await mirror.prove()
        told = await mirror.store.read(counters.compare, mirror.account)
        calls = _lists(m365, address)

    assert (done.state, done.compared, done.differences, done.repaired) == (CheckState.DONE, 1050, 0, 0)
    assert (told.held, told.expected, told.differences, told.folders_left) == (1050, 1050, 0, 0)
    assert done.requests == len(calls) == number + 1


async def test_what_was_damaged_is_found_mended_and_recorded(m365: Simulator, tmp_path: Path) -> None:
    """A message lost, one that never was, one in the wrong folder, one with a wrong mark, each named."""
    address = m365.new_mailbox()
    ids = m365.control.receive_many(address, [{"subject": f"A{n}"} for n in range(9)])
    [ghost] = m365.control.receive(address, subject="Weg")
    m365.control.delete(address, [ghost], permanently=True)
    async with mirrored(m365, address, tmp_path, SetClock()) as mirror:
        await mirror.pull()
        await mirror.store.write(_forget, mirror.account, ids[0])
        await mirror.store.write(_invent, mirror.account, ghost, mirror)
        await mirror.store.write(_misplace, mirror.account, ids[1], Role.ARCHIVE)
        await mirror.store.write(_set, mirror.account, ids[2], is_flagged=True)
        await mirror.store.write(_set, mirror.account, ids[3], categories=("Rot",))
        done = await mirror.prove()
        found = {(f.kind, f.remote_id, f.subject, f.is_repaired) for f in await _findings(mirror, done)}
        again = await mirror.prove()

        assert found == {
            (Kind.MISSING, ids[0], "A0", True),
            (Kind.EXTRA, ghost, "Geist", True),
            (Kind.MISPLACED, ids[1], "A1", True),
            (Kind.FLAGS, ids[2], "A2", True),
            (Kind.FLAGS, ids[3], "A3", True),
        }
        assert (done.missing, done.extra, done.misplaced, done.flags, done.repaired) == (1, 1, 1, 2, 5)
        assert (again.differences, again.compared) == (0, 9)
        assert await mirror.local() == truth(m365, address)
        await mirror.check()


async def test_what_nobody_sees_is_missing_and_counters_are_counted_anew(
    m365: Simulator, tmp_path: Path
) -> None:
    """A row without its place in a folder hides a message, counters drift, and both sides seem whole."""
    address = m365.new_mailbox()
    ids = m365.control.receive_many(address, [{"subject": f"A{n}"} for n in range(4)])
    async with mirrored(m365, address, tmp_path, SetClock()) as mirror:
        await mirror.pull()
        damaged = await mirror.message_id(ids[1])
        database = database_of(tmp_path)
        run_sql(database, f"delete from folder_messages where message_id = {damaged}")
        run_sql(database, "update folders set unread = unread + 2, unread_threads = 9 where role = 'sent'")
        done = await mirror.prove()
        told = await mirror.store.read(counters.compare, mirror.account)

        assert [(f.kind, f.subject, f.is_repaired) for f in await _findings(mirror, done)] == [
            (Kind.MISSING, "A1", True)
        ]
        assert (told.held, told.expected, told.differences) == (4, 4, 0)
        assert await mirror.local() == truth(m365, address)
        assert damaged != await mirror.message_id(ids[1])
        counted = [rule for rule in await mirror.store.read(invariants.check) if "counters" in rule]
        assert counted == []


async def test_damaged_folders_are_found_mended_and_recorded(m365: Simulator, tmp_path: Path) -> None:
    """One that no round has told of, with all its messages, one of another name, one that never was."""
    address = m365.new_mailbox()
    m365.control.receive_count(address, 2)
    lost = m365.control.create_folder(address, "Objekte")["id"]
    m365.control.receive_count(address, 3, lost)
    renamed = m365.control.create_folder(address, "Kunden")["id"]
    async with mirrored(m365, address, tmp_path, SetClock()) as mirror:
        await mirror.pull()
        await mirror.store.write(_lose_folder, mirror.account, lost)
        await mirror.store.write(_rename_folder, mirror.account, renamed)
        await mirror.store.write(_invent_folder, mirror.account)
        done = await mirror.prove()
        found = {(f.kind, f.subject, f.number, f.is_repaired) for f in await _findings(mirror, done)}
        await mirror.pull()
        again = await mirror.prove()

        assert found == {
            (Kind.MISSING, "Objekte", 3, True),
            (Kind.MISPLACED, "Falsch", 1, True),
            (Kind.EXTRA, "Geist", 1, True),
        }
        assert (done.differences, done.repaired, done.folders_left) == (5, 5, 1)
        assert (again.differences, again.compared, again.folders_left) == (0, 5, 0)
        assert await mirror.local() == truth(m365, address)
        assert await mirror.folder_paths() == folder_truth(m365, address)
        await mirror.check()


async def test_folders_changed_while_they_are_listed_are_no_differences(
    m365: Simulator, tmp_path: Path
) -> None:
    """Somebody makes, renames and removes folders between our round and the list of all."""
    address = m365.new_mailbox()
    old, gone = (m365.control.create_folder(address, name)["id"] for name in ("Alt", "Weg"))
    async with mirrored(m365, address, tmp_path, SetClock()) as mirror:
        await mirror.pull()
        listing, number = mirror.remote.folder_delta, [0]

        async def folder_delta(cursor: str | None) -> FolderPage:
            if cursor is None:
                number[0] += 1
                m365.control.change_folder(address, old, name=f"Neu {number[0]}")
                m365.control.create_folder(address, f"Ganz neu {number[0]}")
                if number[0] == 1:
                    m365.control.delete_folder(address, gone, permanently=True)
            return await listing(cursor)

        mirror.remote.folder_delta = folder_delta  # type: ignore[method-assign]
        done = await mirror.prove()
        mirror.remote.folder_delta = listing  # type: ignore[method-assign]
        await mirror.pull()

        assert (done.differences, await _findings(mirror, done)) == (0, [])
        assert await mirror.folder_paths() == folder_truth(m365, address)


async def test_the_counters_tell_a_lost_message_without_asking(m365: Simulator, tmp_path: Path) -> None:
    """And a local change on its way is none."""
    address, clock = m365.new_mailbox(), SetClock()
    ids = m365.control.receive_many(address, [{"subject": f"A{n}"} for n in range(5)])
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        told = []
        await mirror.keywords(ids[1], seen=True)
        await mirror.destroy(ids[2])
        told.append(await mirror.store.read(counters.compare, mirror.account))
        await mirror.drain.run_due()
        told.append(await mirror.store.read(counters.compare, mirror.account))
        clock.advance(60)
        await mirror.pull()
        await mirror.store.write(_forget, mirror.account, ids[0])
        told.append(await mirror.store.read(counters.compare, mirror.account))

    assert [(t.held, t.expected, t.differences) for t in told] == [(4, 4, 0), (4, 4, 0), (3, 4, 1)]


async def test_a_change_of_a_folder_on_its_way_hides_no_difference(m365: Simulator, tmp_path: Path) -> None:
    """Microsoft may fail over a new name for hours, and the mail that is missing has no part in that."""
    address, clock = m365.new_mailbox(), SetClock()
    m365.control.create_folder(address, "Ablage")
    ids = m365.control.receive_many(address, [{"subject": f"A{n}"} for n in range(5)])
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        await mirror.store.write(_forget, mirror.account, ids[0])
        await Tree(mirror).rename("Ablage", "Archiv 2025")
        told = await mirror.store.read(counters.compare, mirror.account)

    assert (told.held, told.expected, told.differences) == (4, 5, 1)


async def test_counters_that_stay_apart_call_for_a_check(m365: Simulator, tmp_path: Path) -> None:
    """Not at the first look, for the provider may count first and tell later."""
    address, clock = m365.new_mailbox(), SetClock()
    [message] = m365.control.receive(address, subject="A")
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        clock.advance(60)
        await mirror.store.write(_forget, mirror.account, message)
        wanted = []
        for _ in range(2):
            await mirror.checker.plan()
            wanted.append(await mirror.store.read(checks.open_of, mirror.account))
            clock.advance(61)
        await mirror.checker.run_due()
        done = await mirror.store.read(checks.last_of, mirror.account)

        assert wanted[0] is None and wanted[1] and wanted[1].reason is CheckReason.COUNTERS
        assert done and (done.missing, done.repaired) == (1, 1)


async def test_every_night_calls_for_a_check_once(m365: Simulator, tmp_path: Path) -> None:
    """The first night after an account was made, and not twice."""
    address, clock = m365.new_mailbox(), SetClock()
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        await mirror.checker.plan()
        early = await mirror.store.read(checks.open_of, mirror.account)
        clock.advance(24 * 3600)
        await mirror.checker.plan()
        wanted = await mirror.store.read(checks.open_of, mirror.account)
        await mirror.checker.run_due()
        clock.advance(600)
        await mirror.checker.plan()
        later = await mirror.store.read(checks.open_of, mirror.account)

    assert early is None and wanted and wanted.reason is CheckReason.NIGHTLY and later is None


async def test_changes_on_both_sides_meanwhile_are_no_differences(m365: Simulator, tmp_path: Path) -> None:
    """Between two pages mail arrives, is read, moved and deleted, there and here; nothing counts as wrong."""
    address = m365.new_mailbox()
    m365.control.receive_count(address, 950)
    ids = m365.control.receive_many(address, [{"subject": f"A{n}"} for n in range(60)])
    async with mirrored(m365, address, tmp_path) as mirror:
        await mirror.pull()
        number = 0

        async def meddle() -> None:
            nonlocal number
            mine, number = ids[number * 10 : number * 10 + 10], number + 1
            if not mine:
                return
            m365.control.receive(address, subject="Neu")
            m365.control.update(address, mine[:2], isRead=True)
            m365.control.move(address, mine[2:4], "archive")
            m365.control.delete(address, [mine[4]], permanently=True)
            await mirror.keywords(mine[5], seen=True)
            await mirror.move(mine[6], Role.ARCHIVE)
            await mirror.destroy(mine[7])
            if number == 2:
                await mirror.pull()
            elif number % 2:
                await mirror.drain.run_due()

        _after_each_page(mirror, meddle)
        done = await mirror.prove()
        await mirror.drain.run_due()
        await mirror.pull()

        assert number > 4
        assert (done.state, done.differences, done.undecided) == (CheckState.DONE, 0, 0)
        assert await mirror.local() == truth(m365, address)
        assert await mirror.notices() == []
        await mirror.check()


def _after_each_page(mirror: Mirror, do: Callable[[], Awaitable[None]]) -> None:
    ask = mirror.remote.list_ids

    async def asked(folder: RemoteId, cursor: str | None, **options: Any) -> IdPage:
        page = await ask(folder, cursor, **options)
        await do()
        return page

    mirror.remote.list_ids = asked  # type: ignore[method-assign]


async def test_a_check_cut_off_goes_on_where_it_was(m365: Simulator, tmp_path: Path) -> None:
    """What is read already is not read again, and what was in doubt still is."""
    address, clock = m365.new_mailbox(), SetClock()
    m365.control.receive_count(address, 1010)
    [message] = m365.control.receive(address, subject="Neuestes")
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        await mirror.store.write(_forget, mirror.account, message)
        m365.control.clear_calls()
        ask, cuts = mirror.remote.list_ids, 0

        async def cut_off(folder: RemoteId, cursor: str | None, **options: Any) -> IdPage:
            nonlocal cuts
            if cursor is not None and not cuts:
                cuts += 1
                raise asyncio.CancelledError
            return await ask(folder, cursor, **options)

        mirror.remote.list_ids = cut_off  # type: ignore[method-assign]
        with pytest.raises(asyncio.CancelledError):
            await mirror.prove()
        half = await mirror.store.read(checks.open_of, mirror.account)
        clock.advance(60)
        done = await mirror.prove()
        again = [asked for asked in _lists(m365, address) if "%24skip=0" in asked or "$skip=0" in asked]
        number = len(await mirror.store.read(folders.list_all, mirror.account))

        assert half and half.state is CheckState.RUNNING and 900 < half.compared < 1011
        assert (done.compared, done.missing, done.repaired, done.differences) == (1011, 1, 1, 1)
        assert len(again) == number
        assert await mirror.local() == truth(m365, address)


async def test_a_killed_holder_is_followed_by_another(m365: Simulator, tmp_path: Path) -> None:
    """Its lease ends by itself, its late writes are refused, the position stays."""
    address, clock = m365.new_mailbox(), SetClock()
    m365.control.receive_count(address, 5)
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        now = clock.now()
        wanted = await mirror.store.write(checks.want, mirror.account, CheckReason.ASKED, USER, now)
        dead = await mirror.store.write(checks.claim, mirror.account, wanted.id, "dead", now, 15)
        assert dead
        taken = await mirror.checker.check(mirror.account, wanted.id)
        clock.advance(16)
        await mirror.checker.run_due()
        done = await mirror.store.read(checks.last_of, mirror.account)

        assert not taken
        assert done and done.compared == 5
        assert not await mirror.store.write(checks.renew, dead, clock.now(), 15)


@pytest.mark.parametrize("held", [True, False])
async def test_a_message_nobody_can_read_is_named(m365: Simulator, tmp_path: Path, held: bool) -> None:
    """It is counted, with its folder, and with its subject if we hold it; it is no difference."""
    address, clock = m365.new_mailbox(), SetClock()
    ids = m365.control.receive_many(address, [{"subject": f"A{n}"} for n in range(40)])
    if not held:
        m365.control.poison(address, [ids[7]])
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        for _ in range(6):
            await mirror.pull()
            clock.advance(400)
        m365.control.poison(address, [ids[7]])
        done = await mirror.prove()
        [found] = await _findings(mirror, done)
        told = await mirror.store.read(counters.compare, mirror.account)

        assert (done.state, done.compared, done.unreadable, done.differences) == (CheckState.DONE, 39, 1, 0)
        assert (found.kind, found.number, found.is_repaired) == (Kind.UNREADABLE, 1, False)
        assert (found.subject, found.folder) == ("A7" if held else "", "Posteingang")
        assert told.differences == 0


async def test_a_damaged_id_names_nothing(m365: Simulator, tmp_path: Path) -> None:
    """What we hold under an id that can't be one there is gone; the message itself comes again."""
    address = m365.new_mailbox()
    ids = m365.control.receive_many(address, [{"subject": f"A{n}"} for n in range(4)])
    async with mirrored(m365, address, tmp_path, SetClock()) as mirror:
        await mirror.pull()
        damaged = await mirror.message_id(ids[1])
        await mirror.store.write(messages.set_remote_id, mirror.account, damaged, RemoteId("§" + ids[1][5:]))
        done = await mirror.prove()

        assert {(f.kind, f.subject, f.is_repaired) for f in await _findings(mirror, done)} == {
            (Kind.MISSING, "A1", True),
            (Kind.EXTRA, "A1", True),
        }
        assert await mirror.local() == truth(m365, address)
        await mirror.check()


async def test_a_text_that_is_lost_is_found_and_mended(m365: Simulator, tmp_path: Path) -> None:
    """A message without its text is one that is missing; where Microsoft can't give it, it is named so."""
    address, clock = m365.new_mailbox(), SetClock()
    ids = m365.control.receive_many(address, [{"subject": f"A{n}", "text": f"Text {n}"} for n in range(45)])
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        lost = [await mirror.message_id(remote_id) for remote_id in ids[5:30]]
        for message in lost:
            await mirror.store.write(_forget_text, mirror.account, message)
        m365.control.poison(address, [ids[7]])
        done = await mirror.prove()
        found = {(f.kind, f.subject, f.is_repaired) for f in await _findings(mirror, done)}
        again = await mirror.prove()
        texts = await mirror.store.read(bodies.get_many, mirror.account, lost)

        assert found == {
            *((Kind.MISSING, f"A{n}", True) for n in range(5, 30) if n != 7),
            (Kind.UNREADABLE, "A7", False),
        }
        assert (done.missing, done.unreadable, done.repaired) == (24, 1, 24)
        assert (again.differences, again.unreadable) == (0, 1)
        assert texts.keys() == set(lost) - {lost[2]}
        await mirror.check()


async def test_copies_of_marks_are_mended(m365: Simulator, tmp_path: Path) -> None:
    """What lists go by has come apart from a message: lists and counters are right again."""
    address = m365.new_mailbox()
    ids = m365.control.receive_many(address, [{"subject": f"A{n}"} for n in range(4)])
    async with mirrored(m365, address, tmp_path, SetClock()) as mirror:
        await mirror.pull()
        damaged = await mirror.message_id(ids[1])
        await mirror.store.write(_damage_marks, mirror.account, damaged)
        before = await mirror.store.read(invariants.check)
        await mirror.prove()

        assert before != []
        await mirror.check()


async def test_a_folder_still_being_read_is_said_to_be(m365: Simulator, tmp_path: Path) -> None:
    """It is neither compared nor counted as wrong."""
    address, clock = m365.new_mailbox(), SetClock()
    m365.control.receive_count(address, 5)
    m365.control.receive_count(address, 5, "archive")
    archive = next(f for f in m365.control.snapshot(address)[0] if f["wellKnownName"] == "archive")
    m365.control.fail_next(
        "GET", f"*/mailFolders/{archive['id'].replace('=', '*')}/messages*", status=403, code="X", times=100
    )
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        done = await mirror.prove()
        told = await mirror.store.read(counters.compare, mirror.account)

    assert (done.compared, done.folders_left, done.differences) == (5, 1, 0)
    assert (told.held, told.expected, told.folders_left, told.differences) == (5, 10, 1, 0)


async def test_a_throttled_check_waits_as_long_as_graph_asks(m365: Simulator, tmp_path: Path) -> None:
    """It says why, and goes on afterwards."""
    address, clock = m365.new_mailbox(), SetClock()
    m365.control.receive_count(address, 5)
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        m365.control.fail_next(
            "GET", "*/messages*", status=429, code="ApplicationThrottled", headers={"Retry-After": "30"}
        )
        put_off = await mirror.prove()
        clock.advance(29)
        early = await mirror.prove()
        clock.advance(2)
        done = await mirror.prove()

    assert (put_off.state, put_off.problem) == (CheckState.RUNNING, "ApplicationThrottled")
    assert early.state is CheckState.RUNNING
    assert (done.state, done.problem, done.compared) == (CheckState.DONE, None, 5)


async def test_a_check_leaves_nothing_behind(m365: Simulator, tmp_path: Path) -> None:
    """Of its progress nothing stays; of old checks only what is kept."""
    address, clock = m365.new_mailbox(), SetClock()
    m365.control.receive_count(address, 5)
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        await mirror.prove()
        is_left = await mirror.store.read(check_progress.is_begun, mirror.account)
        clock.advance(89 * 86_400)
        await mirror.store.write(checks.forget_old, clock.now())
        kept = await mirror.store.read(checks.list_all, mirror.account, 10)
        clock.advance(2 * 86_400)
        await mirror.store.write(checks.forget_old, clock.now())
        forgotten = await mirror.store.read(checks.list_all, mirror.account, 10)

    assert not is_left
    assert (len(kept), len(forgotten)) == (1, 0)


async def test_an_outage_is_no_difference(m365: Simulator, tmp_path: Path) -> None:
    """A check that can't ask waits; it never takes silence for a missing message."""
    address, clock = m365.new_mailbox(), SetClock()
    ids = m365.control.receive_many(address, [{"subject": f"A{n}"} for n in range(4)])
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        await mirror.store.write(_forget, mirror.account, ids[0])
        m365.control.fail_next("POST", "*/$batch", status=502, times=1)
        put_off = await mirror.prove()
        clock.advance(60)
        done = await mirror.prove()

    assert (put_off.state, put_off.differences) == (CheckState.RUNNING, 0)
    assert (done.missing, done.repaired) == (1, 1)
