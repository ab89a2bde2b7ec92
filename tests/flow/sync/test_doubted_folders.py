"""What the folder list seems to say of a folder, and is not so: nothing vanishes, and nothing stays wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import Mirror, folder_truth, mirrored, truth
from tests.flow.sync.tree import Tree

from poststelle.providers.base import RemoteFolderOp
from poststelle.store import changes, cursors, folder_ops, sync_states
from poststelle.sync.pull_folder_list import _take_over
from poststelle.writeback import drain_folders

pytestmark = pytest.mark.anyio


def _with_mail(m365: Simulator, address: str) -> None:
    m365.control.create_folder(address, "Objekte")
    for number in range(3):
        m365.control.receive(address, ["Objekte"], subject=f"Nr. {number}")


async def _list_link(mirror: Mirror) -> str:
    cursor = await mirror.store.read(cursors.get, mirror.account, cursors.FOLDER_LIST)
    assert cursor
    return cursor.link


def _there(m365: Simulator, address: str) -> dict[str, Any]:
    found = m365.control.snapshot(address)[0]
    return next(one for one in found if one["displayName"] == "Objekte")


def _path(folder: dict[str, Any]) -> str:
    return f"*/mailFolders/{str(folder['id']).rstrip('=')}*"


async def _settled(mirror: Mirror, clock: SetClock) -> None:
    for _ in range(3):
        await mirror.drain.run_due()
        await mirror.pull()
        clock.advance(400)


@pytest.mark.parametrize("told", ["in part, and busy", "gone and back", "gone alone"])
async def test_a_folder_that_is_there_keeps_its_mail(m365: Simulator, tmp_path: Path, told: str) -> None:
    """Whatever one page of the list says: its messages are where they are, under the ids that they had."""
    address, clock = m365.new_mailbox(), SetClock()
    _with_mail(m365, address)
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        there, link = _there(m365, address), await _list_link(mirror)
        ids = {key: await mirror.message_id(key) for key in truth(m365, address)}
        removed = {"id": there["id"], "@removed": {"reason": "deleted"}}
        whole = {
            "id": there["id"], "displayName": "Objekte", "parentFolderId": there["parentFolderId"],
            "totalItemCount": 3, "unreadItemCount": 3, "childFolderCount": 0, "isHidden": False,
        }  # fmt: skip
        items = {
            "in part, and busy": [{"id": there["id"]}],
            "gone and back": [removed, whole],
            "gone alone": [removed],
        }[told]
        page = {"value": items, "@odata.deltaLink": link}
        m365.control.fail_next("GET", "*/mailFolders/delta", status=200, body=page)
        m365.control.fail_next("GET", _path(there), status=409, code="ErrorIrresolvableConflict")
        clock.advance(100)
        await _settled(mirror, clock)

        assert await mirror.local() == truth(m365, address)
        assert {key: await mirror.message_id(key) for key in ids} == ids
        assert await mirror.folder_paths() == folder_truth(m365, address)
        await mirror.check()


@pytest.mark.parametrize("pulled", [False, True])
async def test_a_folder_goes_back_whose_new_place_is_gone(
    m365: Simulator, tmp_path: Path, pulled: bool
) -> None:
    """Moved below one that somebody has deleted meanwhile; with the name that it had."""
    address, clock = m365.new_mailbox(), SetClock()
    for name, parent in (("A", None), ("X", "A"), ("Y", None)):
        m365.control.create_folder(address, name, **({} if parent is None else {"parent": parent}))
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        await Tree(mirror).change("A/X", "Y", "Neu")
        m365.control.delete_folder(address, "Y", permanently=True)
        if pulled:
            await mirror.pull()
        await _settled(mirror, clock)

        assert await mirror.folder_paths() == folder_truth(m365, address)
        assert "A/X" in await mirror.folder_paths()
        assert [notice.code for notice in await mirror.notices()] == ["gone"]


async def test_a_name_given_while_our_move_was_answered_is_not_missed(
    m365: Simulator, tmp_path: Path
) -> None:
    """The page that tells of both was asked for before we knew that ours was done."""
    address, clock = m365.new_mailbox(), SetClock()
    for name in ("X", "Y"):
        m365.control.create_folder(address, name)
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        await Tree(mirror).move("X", "Y")
        m365.control.change_folder(address, "X", name="Umbenannt")
        link, as_of = await _list_link(mirror), await mirror.store.read(changes.modseq, mirror.account)
        [op] = await mirror.store.read(folder_ops.list_all, mirror.account)
        wanted = await mirror.store.read(drain_folders.resolved, op)
        assert isinstance(wanted, RemoteFolderOp)
        await mirror.remote.apply_folder(wanted)
        page = await mirror.remote.folder_delta(link)
        await mirror.drain.run_due()
        args = (mirror.account, page, link)
        await mirror.store.write(_take_over, *args, now=clock.now(), as_of=as_of)
        await _settled(mirror, clock)

        assert await mirror.folder_paths() == folder_truth(m365, address)
        assert "Y/Umbenannt" in await mirror.folder_paths()


async def test_a_folder_made_while_the_list_is_read_from_nothing_stays(
    m365: Simulator, tmp_path: Path
) -> None:
    """It is not in what was asked for before it was made: it keeps its id, empty as it is."""
    address, clock = m365.new_mailbox(), SetClock()
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        made = await Tree(mirror).create("Neu")
        await mirror.store.write(cursors.destroy, mirror.account, cursors.FOLDER_LIST)
        as_of = await mirror.store.read(changes.modseq, mirror.account)
        page = await mirror.remote.folder_delta(None)
        await mirror.drain.run_due()
        args = (mirror.account, page, None)
        await mirror.store.write(_take_over, *args, now=clock.now(), as_of=as_of)

        assert await Tree(mirror).id_of("Neu") == made
        await _settled(mirror, clock)
        assert await Tree(mirror).id_of("Neu") == made


@pytest.mark.parametrize("code", ["ErrorItemNotFound", "ErrorInvalidIdMalformed"])
async def test_a_folder_whose_link_finds_nothing_is_read_from_nothing(
    m365: Simulator, tmp_path: Path, code: str
) -> None:
    """It is in the list: so the link is at fault, and not dropped in silence."""
    address, clock = m365.new_mailbox(), SetClock()
    _with_mail(m365, address)
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        m365.control.receive(address, ["Objekte"], subject="Neu")
        folder = str(_there(m365, address)["id"]).rstrip("=")
        path = f"*{folder}*/messages/delta"  # links name it in brackets
        m365.control.clear_calls()
        status = 404 if code == "ErrorItemNotFound" else 400
        m365.control.fail_next("GET", path, status=status, code=code, times=2)
        await _settled(mirror, clock)

        calls = [call for call in m365.control.calls(path="/messages/delta") if folder in call["path"]]
        assert ["token" in call["query"].lower() for call in calls[:3]] == [True, True, False]
        assert await mirror.local() == truth(m365, address)
        assert (await mirror.store.read(sync_states.get, mirror.account)).problem is None


async def test_a_folder_that_is_listed_and_never_found_is_told(m365: Simulator, tmp_path: Path) -> None:
    """As for a delegate without a right on it: people see that it is not read, and all else goes on."""
    address, clock = m365.new_mailbox(), SetClock()
    _with_mail(m365, address)
    m365.control.receive(address, subject="Im Posteingang")
    path = _path(_there(m365, address)) + "/messages*"
    m365.control.fail_next("GET", path, status=404, code="ErrorItemNotFound", times=100)
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await _settled(mirror, clock)

        assert len(await mirror.local()) == 1
        state = await mirror.store.read(sync_states.get, mirror.account)
        assert (state.problem, state.problem_detail) == ("failed", "ErrorItemNotFound")
    m365.control.clear_faults()
