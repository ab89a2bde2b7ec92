"""One message that cannot be read holds up neither the mailbox nor the truth about the others."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import Mirror, mirrored, truth

from poststelle.model.folder import Role
from poststelle.model.ids import RemoteId
from poststelle.providers.base import DeltaPage
from poststelle.providers.errors import CursorExpired, Refused
from poststelle.store import cursors, folders, missing_texts, sync_states

pytestmark = pytest.mark.anyio
LONG_S = 400
ROUND = 22  # looks, after which a folder read by lists is listed as a whole again
SMALLER_PAGES = 4  # from the usual size to one message
UNTIL_LISTED = 6  # failing rounds


async def _pulls(mirror: Mirror, clock: SetClock, times: int) -> None:
    for _ in range(times):
        await mirror.pull()
        clock.advance(LONG_S)


def _break(m365: Simulator, message: str, status: int) -> None:
    path = f"*/messages/{message.replace('=', '*')}*"
    m365.control.fail_next("GET", path, status=status, code="ErrorInternalServerError", times=1000)


async def test_a_message_that_came_and_left_unread_holds_up_no_new_mail(
    m365: Simulator, tmp_path: Path
) -> None:
    """For some pulls it is waited for, in case it was an outage; then the others go on without it."""
    address, clock = m365.new_mailbox(), SetClock()
    m365.control.receive(address, subject="Alt")
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        [passing] = m365.control.receive(address, subject="Kommt und geht")
        m365.control.move(address, [passing], "archive")
        _break(m365, passing, 500)
        await _pulls(mirror, clock, 5)
        m365.control.receive(address, subject="Neu")
        await mirror.pull()

        assert "Neu" in {m["subject"] for m in (await mirror.local()).values()}
        assert (await mirror.store.read(sync_states.get, mirror.account)).problem is None


@pytest.mark.parametrize("status", [403, 500])
async def test_a_departed_message_nobody_may_read_is_asked_for_again(
    m365: Simulator, tmp_path: Path, status: int
) -> None:
    """Pulls end well meanwhile; once it can be read its end is known."""
    address, clock = m365.new_mailbox(), SetClock()
    ids = m365.control.receive_many(address, [{"subject": f"A{n}"} for n in range(3)])
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        m365.control.delete(address, [ids[0]], permanently=True)
        m365.control.delete(address, [ids[1]], permanently=True)
        _break(m365, ids[0], status)
        await _pulls(mirror, clock, 3)
        state = await mirror.store.read(sync_states.get, mirror.account)
        held = set(await mirror.local())
        m365.control.clear_faults()
        await mirror.pull()

        assert state.problem is None
        assert held == {ids[0], ids[2]}
        assert await mirror.local() == truth(m365, address)


@pytest.mark.parametrize("place", [0, 3])
async def test_a_folder_is_read_around_a_message_that_breaks_every_page(
    m365: Simulator, tmp_path: Path, place: int
) -> None:
    """All but that one are held, and once it is mended it as well."""
    address, clock = m365.new_mailbox(), SetClock()
    m365.control.receive_count(address, 20, "archive")
    ids = m365.control.receive_many(address, [{"subject": f"A{n}"} for n in range(9)])
    m365.control.poison(address, [ids[place]])
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await _pulls(mirror, clock, UNTIL_LISTED)
        held = await mirror.local()
        late = m365.control.receive_many(address, [{"subject": f"Neu {n}"} for n in range(70)])
        m365.control.update(address, [ids[4]], isRead=True)
        m365.control.delete(address, [ids[5]], permanently=True)
        await _pulls(mirror, clock, 1)
        glanced = await mirror.local()
        m365.control.poison(address, [ids[place]], is_poisoned=False)
        await _pulls(mirror, clock, 2 * ROUND)
        inbox = await mirror.store.read(folders.by_role, mirror.account, Role.INBOX)
        cursor = inbox and await mirror.store.read(cursors.get, mirror.account, inbox.id)

        assert held.keys() == held.keys() | set(ids) - {ids[place]}
        assert ids[place] not in held
        assert set(late) <= glanced.keys()
        assert await mirror.local() == truth(m365, address)
        assert cursor and cursor.link.startswith("https://")  # delta again: nothing is broken any more
        assert (await mirror.store.read(sync_states.get, mirror.account)).problem is None
        await mirror.check()


async def test_a_text_that_could_not_be_read_comes_later(m365: Simulator, tmp_path: Path) -> None:
    """Stored without it in an outage, and not changed since: it is asked for again until it comes."""
    address, clock = m365.new_mailbox(), SetClock()
    three = [{"subject": f"A{n}", "html": f"<p>Wort {n}</p>"} for n in range(3)]
    ids = m365.control.receive_many(address, three)
    inbox = m365.control.snapshot(address)[1][ids[0]]["folderId"]
    path = f"*/mailFolders/{inbox.replace('=', '*')}/messages/delta*"
    m365.control.fail_next("GET", path, status=504, code="GatewayTimeout", times=SMALLER_PAGES)
    _break(m365, ids[1], 504)
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await _pulls(mirror, clock, 1)
        first = await mirror.local()
        m365.control.clear_faults()
        await _pulls(mirror, clock, 4)

        assert [first[id_]["body"] is None for id_ in ids] == [False, True, False]
        assert await mirror.local() == truth(m365, address)
        assert await mirror.store.read(missing_texts.due, mirror.account, clock.now(), 9) == []


async def test_an_outage_of_one_folder_is_not_taken_for_a_broken_message(
    m365: Simulator, tmp_path: Path
) -> None:
    """While its lists fail as well nothing is stepped over, and afterwards delta goes on where it was."""
    address, clock = m365.new_mailbox(), SetClock()
    m365.control.receive_count(address, 5)
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        m365.control.receive(address, subject="Neu")
        for path in ("*/messages/delta*", "*/mailFolders/*/messages*"):
            m365.control.fail_next("GET", path, status=500, code="InternalServerError", times=100_000)
        await _pulls(mirror, clock, UNTIL_LISTED + 1)
        held = await mirror.local()
        m365.control.clear_faults()
        await mirror.pull()

        assert len(held) == 5
        assert await mirror.local() == truth(m365, address)


async def test_a_full_mailbox_is_read_by_lists(m365: Simulator, tmp_path: Path) -> None:
    """Delta, and only delta, is refused then; folders and messages are mirrored all the same."""
    address, clock = m365.new_mailbox(), SetClock()
    ids = m365.control.receive_many(address, [{"subject": f"A{n}"} for n in range(7)])
    project = m365.control.create_folder(address, "Projekt")
    inner = m365.control.create_folder(address, "Innen", project["path"])
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        m365.control.set_mailbox(address, isFull=True)
        m365.control.move(address, [ids[0]], inner["path"])
        m365.control.change_folder(address, project["id"], name="Projekt 2")
        m365.control.delete(address, [ids[1]], permanently=True)
        await _pulls(mirror, clock, 2)
        full, paths = await mirror.local(), await mirror.folder_paths()
        m365.control.set_mailbox(address, isFull=False)
        m365.control.delete_folder(address, inner["id"], permanently=True)
        m365.control.delete(address, [ids[2]], permanently=True)
        await _pulls(mirror, clock, ROUND)

        assert ids[1] not in full and full[ids[0]]["folder"] == "Projekt 2/Innen"
        assert {p for p in paths if "Projekt" in p} == {"Projekt 2", "Projekt 2/Innen"}
        assert await mirror.local() == truth(m365, address)


async def test_an_archive_made_later_gets_its_role(m365: Simulator, tmp_path: Path) -> None:
    """Some mailboxes have none until somebody first archives a message."""
    address, clock = m365.new_mailbox(), SetClock()
    m365.control.fail_next("GET", "*/mailFolders/archive", status=404, code="ErrorFolderNotFound", times=1000)
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        before = await mirror.store.read(folders.by_role, mirror.account, Role.ARCHIVE)
        m365.control.clear_faults()
        m365.control.create_folder(address, "Neu")
        clock.advance(LONG_S)
        await mirror.pull()

        assert before is None
        assert await mirror.store.read(folders.by_role, mirror.account, Role.ARCHIVE)


async def _stored(mirror: Mirror) -> str:
    """A message of the pages before, which are stored while later ones are read already."""
    async with asyncio.timeout(60):
        while not (held := await mirror.local()):  # noqa: ASYNC110  # nothing tells when
            await asyncio.sleep(0.01)
    return next(iter(held))


async def test_a_cursor_lost_in_a_folders_first_turn_leaves_no_ghosts(m365: Simulator, url: str) -> None:
    """Pages of the same turn are stored already, so the new start sweeps."""
    address, clock = m365.new_mailbox(), SetClock()
    m365.control.receive_count(address, 300, "archive")
    async with mirrored(m365, address, url, clock) as mirror:
        ask, later_pages = mirror.remote.message_delta, 0

        async def forgetful(folder: str, cursor: str | None, **options: Any) -> DeltaPage:
            nonlocal later_pages
            page = await ask(folder, cursor, **options)
            later_pages += cursor is not None
            if cursor is not None and later_pages == 2:
                m365.control.delete(address, [await _stored(mirror)], permanently=True)
                raise CursorExpired("SyncStateNotFound")
            return page

        mirror.remote.message_delta = forgetful
        await mirror.pull()
        mirror.remote.message_delta = ask
        await _pulls(mirror, clock, 2)

        assert later_pages > 2
        assert await mirror.local() == truth(m365, address)
        await mirror.check()


@pytest.mark.parametrize("status", [409, 412])
async def test_a_removal_refused_as_a_conflict_is_not_taken_for_done(
    m365: Simulator, tmp_path: Path, status: int
) -> None:
    """Only "there is no such message" is. Whatever becomes of it, both sides agree in the end."""
    address, clock = m365.new_mailbox(), SetClock()
    [message] = m365.control.receive(address, subject="Angebot")
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        m365.control.fail_next("POST", "*/permanentDelete", status=status, code="ErrorIrresolvableConflict")
        await mirror.destroy(message)
        for _ in range(4):
            await mirror.drain.run_due()
            clock.advance(LONG_S)
        await _pulls(mirror, clock, 2)

        assert await mirror.pending() == 0
        assert await mirror.local() == truth(m365, address)


async def test_a_wake_after_a_failure_is_heeded(m365: Simulator, tmp_path: Path) -> None:
    """Somebody who presses the refresh button does not wait for our own pause of minutes."""
    address, clock = m365.new_mailbox(), SetClock()
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        m365.control.fail_next("GET", "*/mailFolders/delta", status=403, code="ErrorAccessDenied")
        await mirror.pull()
        failed = await mirror.store.read(sync_states.get, mirror.account)
        m365.control.receive(address, subject="Neu")
        clock.advance(20)
        await mirror.pull()

        assert failed.problem == "failed"
        assert len(await mirror.local()) == 1


async def test_a_mailbox_without_a_licence_is_not_a_message_that_cannot_be_read(
    m365: Simulator, tmp_path: Path
) -> None:
    """Whatever was asked for, that is the account's trouble, and is told as such."""
    address, clock = m365.new_mailbox(), SetClock()
    [message] = m365.control.receive(address, subject="Alt")
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        m365.control.set_user(address, hasMailbox=False)

        with pytest.raises(Refused) as refused:
            await mirror.remote.locate([RemoteId(message)])

        assert refused.value.code == "no_mailbox"


@pytest.mark.parametrize("status", [403, 410, 500, 502])
async def test_an_attachment_list_nobody_may_read_is_asked_for_again(
    m365: Simulator, tmp_path: Path, status: int
) -> None:
    """It holds up neither the account nor the other lists, and is not taken for an empty one."""
    address, clock = m365.new_mailbox(), SetClock()
    attached = {"attachments": [{"name": "plan.txt", "contentType": "text/plain", "text": "Plan"}]}
    ids = m365.control.receive_many(address, [{"subject": f"A{n}"} | attached for n in range(3)])
    _break(m365, ids[1] + "/attachments", status)
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await _pulls(mirror, clock, 2)
        lists = [await mirror.attachments(message) for message in ids]
        problem = (await mirror.store.read(sync_states.get, mirror.account)).problem
        m365.control.clear_faults()
        await _pulls(mirror, clock, 4)
        mended = await mirror.attachments(ids[1])

        assert [None if found is None else len(found) for found in lists] == [1, None, 1]
        assert problem is None
        assert mended and mended[0].name == "plan.txt"
