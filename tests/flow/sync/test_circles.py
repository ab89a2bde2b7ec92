"""Pages whose next link leads back to them: nobody follows it for ever, and people are told."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import FAST, Mirror, folder_truth, mirrored, truth

from poststelle.model.check import CheckState
from poststelle.model.folder import Role
from poststelle.model.ids import RemoteId
from poststelle.providers.base import RemoteMail
from poststelle.providers.errors import RetryLater
from poststelle.store import folders, sync_states

pytestmark = pytest.mark.anyio

MESSAGES, FOLDERS = "*/messages/delta*", "*/mailFolders/delta*"
CIRCLE: dict[str, Any] = {"kind": "self_link"}
ENDS_IN_S = 30


async def _pulled(mirror: Mirror) -> tuple[str | None, str | None]:
    """Pull, which must come to an end; what people are told of it then."""
    await asyncio.wait_for(mirror.pull(), ENDS_IN_S)
    state = await mirror.store.read(sync_states.get, mirror.account)
    return state.problem, state.problem_detail


@pytest.mark.parametrize("path", [MESSAGES, FOLDERS])
@pytest.mark.parametrize("skip", [0, 1, 3])
@pytest.mark.parametrize("is_first", [True, False])
async def test_a_page_that_leads_to_itself_once_costs_a_reading_from_nothing(
    m365: Simulator, tmp_path: Path, path: str, skip: int, *, is_first: bool
) -> None:
    """Wherever in the first reading, or in a later round: it is not even told."""
    address, clock = m365.new_mailbox(), SetClock()
    m365.control.receive_count(address, 260)
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        if not is_first:
            await mirror.pull()
            m365.control.receive_count(address, 40)
            m365.control.create_folder(address, "Kunden")
        m365.control.fail_next("GET", path, **CIRCLE, skip=skip)
        problems = [await _pulled(mirror)]
        clock.advance(60)
        problems.append(await _pulled(mirror))

        assert problems == [(None, None)] * 2
        assert await mirror.local() == truth(m365, address)
        assert await mirror.folder_paths() == folder_truth(m365, address)
        await mirror.check()


@pytest.mark.parametrize("pages", [20, 1])
async def test_a_folder_whose_pages_lead_in_a_circle_is_put_off_and_told(
    m365: Simulator, tmp_path: Path, pages: int
) -> None:
    """After a reading from nothing that fares no better, in however many turns. Nothing goes meanwhile."""
    address, clock = m365.new_mailbox(), SetClock()
    m365.control.receive_count(address, 260)
    pace = replace(FAST, pages_per_turn=pages)
    async with mirrored(m365, address, tmp_path, clock, pace=pace) as mirror:
        await mirror.pull()
        m365.control.receive_count(address, 40)
        m365.control.clear_calls()
        m365.control.fail_next("GET", MESSAGES, **CIRCLE, times=10_000)
        told = await _pulled(mirror)
        asked = len(m365.control.calls(path="/messages/delta"))
        held = len(await mirror.local())
        m365.control.clear_faults()
        for _ in range(2):
            clock.advance(600)
            told_later = await _pulled(mirror)

        assert (told, told_later) == (("failed", "link_leads_back"), (None, None))
        assert asked < 100
        assert held >= 260
        assert await mirror.local() == truth(m365, address)
        await mirror.check()


async def test_a_folder_list_that_leads_in_a_circle_is_put_off_and_told(
    m365: Simulator, tmp_path: Path
) -> None:
    """The mailbox waits a few minutes then."""
    address, clock = m365.new_mailbox(), SetClock()
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        m365.control.create_folder(address, "Kunden")
        clock.advance(60)
        m365.control.clear_calls()
        m365.control.fail_next("GET", FOLDERS, **CIRCLE, times=10_000)
        told = await _pulled(mirror)
        asked = len(m365.control.calls(path="/mailFolders/delta"))
        m365.control.clear_faults()
        clock.advance(600)
        told_later = await _pulled(mirror)

        assert (told, told_later) == (("failed", "link_leads_back"), (None, None))
        assert asked < 10
        assert await mirror.folder_paths() == folder_truth(m365, address)


async def test_lists_of_messages_that_lead_in_a_circle_come_to_an_end(
    m365: Simulator, tmp_path: Path
) -> None:
    """A glance at the newest has them all; a check proves nothing by such lists, and does once they end."""
    address, clock = m365.new_mailbox(), SetClock()
    m365.control.receive_count(address, 3)
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        inbox = await mirror.store.read(folders.by_role, mirror.account, Role.INBOX)
        assert inbox
        m365.control.fail_next("GET", "*/messages", **CIRCLE, times=10_000)
        newest = await asyncio.wait_for(mirror.remote.newest(inbox.remote_id, 25), ENDS_IN_S)
        with pytest.raises(RetryLater, match="list_stands_still"):
            await _ids(mirror.remote, inbox.remote_id)
        m365.control.clear_faults()
        proof = await mirror.prove()

        assert (len(newest), await _ids(mirror.remote, inbox.remote_id)) == (3, 3)
        assert (proof.state, proof.differences) == (CheckState.DONE, 0)


async def _ids(remote: RemoteMail, folder: RemoteId) -> int:
    """How many messages a folder's list of ids has."""
    met, cursor = set[RemoteId](), None
    for _ in range(100):
        page = await remote.list_ids(folder, cursor)
        met.update(item.remote_id for item in page.messages)
        cursor = page.next
        if cursor is None:
            return len(met)
    raise AssertionError("the list has no end")


async def test_lists_of_files_that_lead_in_a_circle_hold_up_nothing(m365: Simulator, tmp_path: Path) -> None:
    """The messages are there, and their files come once their lists can be read."""
    address, clock = m365.new_mailbox(), SetClock()
    file = {"name": "Plan.pdf", "contentType": "application/pdf", "text": "x"}
    [message] = m365.control.receive(address, subject="Plan", attachments=[file])
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        m365.control.fail_next("GET", "*/attachments*", **CIRCLE, times=10_000)
        told = await _pulled(mirror)
        before = await mirror.attachments(message)
        m365.control.clear_faults()
        for _ in range(3):
            clock.advance(4000)
            await _pulled(mirror)

        assert (told, before) == ((None, None), None)
        assert [one.name for one in await mirror.attachments(message) or ()] == ["Plan.pdf"]
