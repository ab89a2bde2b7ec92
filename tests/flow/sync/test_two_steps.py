"""Removals without ``permanentDelete``: one DELETE moves to Deleted Items, another removes from there."""

from pathlib import Path
from typing import Any

import pytest
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import Mirror, folder_truth, mirrored, truth
from tests.flow.sync.test_write_back import changes_made
from tests.flow.sync.tree import Tree

from poststelle.providers.graph.wire import WireMessage, decode_page

pytestmark = pytest.mark.anyio

ABSENT: dict[str, Any] = {"status": 404, "code": "ErrorItemNotFound"}
BUSY: dict[str, Any] = {"status": 503, "code": "ErrorServerBusy"}
LOST: dict[str, Any] = {"kind": "lost"}
STEPS = {"inbox": 2, "deleteditems": 1}
TROUBLES = [
    pytest.param(place, fault, skip, id=f"{place}-{skip + 1}-{name}")
    for place, steps in STEPS.items()
    for skip in range(steps)
    for name, fault in (("denied", ABSENT), ("unanswered", LOST))
]


async def _recoverable(mirror: Mirror) -> set[str]:
    """What Outlook offers to recover."""
    assert mirror.outlook
    answer = await mirror.outlook.get("/me/mailFolders/recoverableitemsdeletions/messages")
    return {item.id for item in decode_page(answer, WireMessage).items}


@pytest.mark.parametrize(
    ("place", "is_kept"), [("inbox", True), ("deleteditems", True), ("deleteditems", False), ("Alt", True)]
)
async def test_what_lies_in_deleted_items_takes_one_step(
    m365: Simulator, tmp_path: Path, place: str, *, is_kept: bool
) -> None:
    """Also what lies in a folder there; all else takes two. It can be recovered then wherever it lay."""
    address, clock = m365.new_mailbox(), SetClock()
    m365.control.set_behaviour(recoverableItems=is_kept)
    if place == "Alt":
        place = m365.control.create_folder(address, place)["id"]
        m365.control.delete_folder(address, place)
    [message] = m365.control.receive(address, place, subject="Angebot")
    async with mirrored(m365, address, tmp_path, clock, has_permanent_delete=False) as mirror:
        await mirror.pull()
        m365.control.clear_calls()
        await mirror.destroy(message)
        await mirror.drain.run_due()

        assert changes_made(m365) == [("DELETE", 204)] * STEPS.get(place, 1)
        assert (await mirror.pending(), truth(m365, address)) == (0, {})
        assert await _recoverable(mirror) == ({message} if is_kept else set())


@pytest.mark.parametrize(("place", "fault", "skip"), TROUBLES)
async def test_a_removal_is_made_whatever_fails(
    m365: Simulator, tmp_path: Path, place: str, fault: dict[str, Any], skip: int
) -> None:
    """At either step, and though pulls see it halfway: it never comes back."""
    address, clock = m365.new_mailbox(), SetClock()
    m365.control.set_behaviour(recoverableItems=place == "inbox")
    [message] = m365.control.receive(address, place, subject="Angebot")
    async with mirrored(m365, address, tmp_path, clock, has_permanent_delete=False) as mirror:
        await mirror.pull()
        await mirror.destroy(message)
        m365.control.fail_next("DELETE", "*/messages/*", **fault, skip=skip)
        for _ in range(3):
            await mirror.drain.run_due()
            await mirror.pull()
            assert await mirror.local() == {}, "it came back"
            clock.advance(64)

        assert truth(m365, address) == {}
        assert (await mirror.pending(), await mirror.notices()) == (0, [])
        await mirror.check()


@pytest.mark.parametrize(
    ("is_inside", "fault", "skip"), [(True, ABSENT, 0), (False, ABSENT, 1), (False, LOST, 1)]
)
async def test_a_folders_removal_is_made_whatever_fails(
    m365: Simulator, tmp_path: Path, fault: dict[str, Any], skip: int, *, is_inside: bool
) -> None:
    """The same with a folder, also with one that lies in Deleted Items already."""
    address, clock = m365.new_mailbox(), SetClock()
    made = m365.control.create_folder(address, "Objekte")
    m365.control.receive(address, "Objekte", subject="Angebot")
    if is_inside:
        m365.control.delete_folder(address, made["id"])
    async with mirrored(m365, address, tmp_path, clock, has_permanent_delete=False) as mirror:
        await mirror.pull()
        [path] = [path for path in await mirror.folder_paths() if path.endswith("Objekte")]
        await Tree(mirror).destroy(path)
        m365.control.fail_next("DELETE", "*/mailFolders/*", **fault, skip=skip)
        for _ in range(3):
            await mirror.drain.run_due()
            await mirror.pull()
            clock.advance(64)

        assert truth(m365, address) == await mirror.local() == {}
        assert await mirror.folder_paths() == folder_truth(m365, address)
        assert not any("Objekte" in path for path in await mirror.folder_paths())
        assert (await mirror.pending(), await mirror.notices()) == (0, [])


async def test_a_folder_in_deleted_items_takes_one_step(m365: Simulator, tmp_path: Path) -> None:
    """It is done with the first request: no second one fails over what is gone."""
    address, clock = m365.new_mailbox(), SetClock()
    m365.control.delete_folder(address, m365.control.create_folder(address, "Objekte")["id"])
    async with mirrored(m365, address, tmp_path, clock, has_permanent_delete=False) as mirror:
        await mirror.pull()
        [path] = [path for path in await mirror.folder_paths() if path.endswith("Objekte")]
        m365.control.clear_calls()
        await Tree(mirror).destroy(path)
        await mirror.drain.run_due()

        removals = [call for call in m365.control.calls() if call["method"] == "DELETE"]
        assert [call["status"] for call in removals] == [204]
        assert await mirror.pending() == 0


async def test_what_is_taken_out_of_deleted_items_between_the_steps_stays(
    m365: Simulator, tmp_path: Path
) -> None:
    """Somebody has put it elsewhere meanwhile: it comes back there, and people are told."""
    address, clock = m365.new_mailbox(), SetClock()
    [message] = m365.control.receive(address, subject="Angebot")
    async with mirrored(m365, address, tmp_path, clock, has_permanent_delete=False) as mirror:
        await mirror.pull()
        await mirror.destroy(message)
        m365.control.fail_next("DELETE", "*/messages/*", **BUSY, skip=1)
        await mirror.drain.run_due()
        assert truth(m365, address)[message]["folder"] == "Gelöschte Elemente"
        m365.control.move(address, [message], to="archive")
        for _ in range(3):
            clock.advance(400)
            await mirror.drain.run_due()
        await mirror.pull()

        assert truth(m365, address)[message]["folder"] == "Archiv"
        assert await mirror.local() == truth(m365, address)
        assert [notice.code for notice in await mirror.notices()] == ["overtaken"]
