"""Folders: what people do to them here happens at Microsoft, in order, or is taken back and explained."""

from pathlib import Path
from urllib.parse import quote

import pytest
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import USER, Mirror, folder_truth, mirrored, truth
from tests.flow.sync.tree import Tree

from poststelle.mail import folders as use
from poststelle.mail import organise
from poststelle.model.folder import Role
from poststelle.providers.base import FolderPage
from poststelle.store import cursors, folders, writeback_ops

pytestmark = pytest.mark.anyio
LONG_S = 400


async def _agree(m365: Simulator, address: str, mirror: Mirror) -> None:
    """Everything is written back, and both sides show the same."""
    await mirror.drain.run_due()
    await mirror.pull()
    await mirror.pull()
    assert await mirror.pending() == 0
    assert await mirror.folder_paths() == folder_truth(m365, address)
    assert await mirror.local() == truth(m365, address)
    await mirror.check()


async def test_a_day_of_tidying_up(m365: Simulator, url: str) -> None:
    """Made, filled, nested, renamed, moved and removed in one go, all of it before anything is sent."""
    address = m365.new_mailbox()
    ids = m365.control.receive_many(address, [{"subject": f"A{n}"} for n in range(6)])
    old = m365.control.create_folder(address, "Alt")
    m365.control.move(address, ids[4:], old["path"])
    async with mirrored(m365, address, url) as mirror:
        await mirror.pull()
        tree = Tree(mirror)
        await tree.create("Objekte")
        await tree.create("Haus 1", "Objekte")
        await tree.put(ids[0], "Objekte/Haus 1")
        await tree.put(ids[4], "Objekte")
        await tree.rename("Objekte", "Häuser")
        await tree.destroy("Alt")
        await tree.create("Später")
        await tree.move("Häuser/Haus 1", None)
        shown = await mirror.folder_paths()
        await mirror.pull()

        assert {"Häuser", "Haus 1", "Später"} <= shown and "Alt" not in shown
        assert await mirror.folder_paths() == shown  # a pull before anything is sent undoes nothing
        await _agree(m365, address, mirror)
        assert await mirror.folder_paths() == shown
        assert truth(m365, address)[ids[4]]["folder"] == "Häuser"
        assert ids[5] not in truth(m365, address)
        assert await mirror.notices() == []


async def test_a_folder_that_may_not_be_looked_at_is_not_taken_for_removed(
    m365: Simulator, tmp_path: Path
) -> None:
    """It was denied to its removal, and a look at it is refused: that says nothing, so people are told."""
    address = m365.new_mailbox()
    made = m365.control.create_folder(address, "Kunden")
    async with mirrored(m365, address, tmp_path) as mirror:
        await mirror.pull()
        await Tree(mirror).destroy("Kunden")
        m365.control.fail_next("GET", "*/childFolders", status=404, code="ErrorItemNotFound")
        path = f"*/mailFolders/{quote(made['id'], safe='')}"
        m365.control.fail_next("GET", path, status=403, code="ErrorAccessDenied")
        await mirror.drain.run_due()
        m365.control.clear_faults()
        await mirror.pull()

        assert await mirror.folder_paths() == folder_truth(m365, address)
        told = [(notice.code, notice.detail) for notice in await mirror.notices()]
        assert told == [("refused", "ErrorAccessDenied")]


async def test_a_folder_that_is_hidden_for_a_moment_is_not_gone(m365: Simulator, url: str) -> None:
    """Just made, it may be denied to a change while it is there for whoever looks."""
    address, clock = m365.new_mailbox(), SetClock()
    async with mirrored(m365, address, url, clock) as mirror:
        await mirror.pull()
        tree = Tree(mirror)
        await tree.create("Objekte")
        await mirror.drain.run_due()
        await tree.rename("Objekte", "Häuser")
        await tree.create("Haus 1", "Häuser")
        absent = {"status": 404, "code": "ErrorItemNotFound", "times": 2}
        m365.control.fail_next("PATCH", "*/mailFolders/*", **absent)
        m365.control.fail_next("POST", "*/childFolders", **absent)
        for _ in range(5):
            await mirror.drain.run_due()
            clock.advance(LONG_S)

        await _agree(m365, address, mirror)
        assert {"Häuser", "Häuser/Haus 1"} <= await mirror.folder_paths()
        assert await mirror.notices() == []


@pytest.mark.parametrize("is_finished", [True, False])
async def test_what_is_saved_from_a_folder_that_is_going_waits_for_nothing(
    m365: Simulator, url: str, *, is_finished: bool
) -> None:
    """Put into a new folder while very many messages go in portions: neither folder waits for the other."""
    address, clock = m365.new_mailbox(), SetClock()
    going = m365.control.create_folder(address, "Alt")
    ids = m365.control.receive_many(address, [{"subject": f"A{n}"} for n in range(2)], going["path"])
    async with mirrored(m365, address, url, clock) as mirror:
        await mirror.pull()
        tree = Tree(mirror)
        await tree.begin_to_destroy("Alt")
        [saved] = await mirror.local()
        await tree.create("Neu")
        await tree.put(saved, "Neu")
        if is_finished:
            await tree.destroy("Alt")
        await mirror.drain.run_due()
        clock.advance(LONG_S)

        await _agree(m365, address, mirror)
        there = truth(m365, address)
        assert there[saved]["folder"] == "Neu"
        assert ("Alt" in folder_truth(m365, address), set(there) == set(ids)) == (not is_finished,) * 2
        assert len(await mirror.notices()) == (0 if is_finished else 1)


async def test_a_folder_keeps_its_id_when_microsoft_has_made_it(m365: Simulator, tmp_path: Path) -> None:
    """Open pages do not lose it; and messages that arrive in it at Microsoft are read."""
    address = m365.new_mailbox()
    async with mirrored(m365, address, tmp_path) as mirror:
        await mirror.pull()
        tree = Tree(mirror)
        made = await tree.create("Objekte")
        await mirror.drain.run_due()
        [message] = m365.control.receive(address, ["Objekte"], subject="Neu")
        await mirror.pull()

        assert await tree.id_of("Objekte") == made
        assert message in await mirror.local()
        await _agree(m365, address, mirror)


async def test_a_report_of_the_new_folder_comes_before_the_answer(m365: Simulator, url: str) -> None:
    """The answer is lost, the folder list tells of it: one folder, with the id that people know."""
    address, clock = m365.new_mailbox(), SetClock()
    async with mirrored(m365, address, url, clock) as mirror:
        await mirror.pull()
        tree = Tree(mirror)
        made = await tree.create("Objekte")
        m365.control.fail_next("POST", "*/mailFolders", kind="lost")
        await mirror.drain.run_due()
        await mirror.pull()
        met = await tree.id_of("Objekte")
        clock.advance(LONG_S)

        assert met == made
        await _agree(m365, address, mirror)
        assert sum(p == "Objekte" for p in await mirror.folder_paths()) == 1


async def test_a_folder_made_on_both_sides_is_one(m365: Simulator, tmp_path: Path) -> None:
    """Somebody made one of the same name in Outlook: ours goes into it, with what was put there."""
    address = m365.new_mailbox()
    [message] = m365.control.receive(address, subject="A")
    async with mirrored(m365, address, tmp_path) as mirror:
        await mirror.pull()
        tree = Tree(mirror)
        await tree.create("Objekte")
        await tree.put(message, "Objekte")
        m365.control.create_folder(address, "Objekte")

        await _agree(m365, address, mirror)
        assert truth(m365, address)[message]["folder"] == "Objekte"


@pytest.mark.parametrize("kind", ["lost", "busy"])
async def test_every_folder_change_may_be_sent_twice(m365: Simulator, tmp_path: Path, kind: str) -> None:
    """The connection breaks after each was made, or the service was busy before: it is done once."""
    address, clock = m365.new_mailbox(), SetClock()
    for name in ("Eins", "Zwei", "Drei"):
        m365.control.create_folder(address, name)
    fault = {"kind": kind} if kind == "lost" else {"status": 503, "code": "ErrorServerBusy"}
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        tree = Tree(mirror)
        await tree.create("Vier")
        await tree.rename("Eins", "Eins neu")
        await tree.move("Zwei", "Eins neu")
        await tree.destroy("Drei")
        for method, path in (
            ("POST", "*/mailFolders"),
            ("PATCH", "*/mailFolders/*"),
            ("POST", "*/move"),
            ("POST", "*/permanentDelete"),
        ):
            m365.control.fail_next(method, path, **fault)
        for _ in range(8):
            await mirror.drain.run_due()
            clock.advance(LONG_S)

        await _agree(m365, address, mirror)
        assert {"Vier", "Eins neu", "Eins neu/Zwei"} <= await mirror.folder_paths()
        assert await mirror.notices() == []


async def test_a_refused_change_is_taken_back_with_a_notice(m365: Simulator, tmp_path: Path) -> None:
    """Made, renamed, moved, removed: each refused one leaves things as Microsoft has them, and is told."""
    address, clock = m365.new_mailbox(), SetClock()
    ids = m365.control.receive_many(address, [{"subject": f"A{n}"} for n in range(2)])
    for name in ("Eins", "Zwei", "Drei"):
        m365.control.create_folder(address, name)
    m365.control.move(address, [ids[1]], ["Drei"])
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        tree = Tree(mirror)
        await tree.create("Vier")
        await tree.put(ids[0], "Vier")
        await tree.rename("Eins", "Eins neu")
        await tree.move("Zwei", "Eins neu")
        await tree.destroy("Drei")
        for method, path in (
            ("POST", "*/mailFolders"),
            ("PATCH", "*/mailFolders/*"),
            ("POST", "*/move"),
            ("POST", "*/permanentDelete"),
        ):
            m365.control.fail_next(method, path, status=403, code="ErrorAccessDenied")
        await mirror.drain.run_due()
        await mirror.pull()

        told = {(n.kind.value, n.folder, n.code) for n in await mirror.notices() if n.folder}
        assert told == {
            ("create_folder", "Vier", "refused"),
            ("rename_folder", "Eins", "refused"),
            ("move_folder", "Zwei", "refused"),
            ("destroy_folder", "Drei", "refused"),
        }
        await _agree(m365, address, mirror)
        assert {"Eins", "Zwei", "Drei"} <= await mirror.folder_paths()
        assert truth(m365, address)[ids[0]]["folder"] == truth_of_inbox(m365, address)


async def test_a_name_that_is_taken_in_another_place_is_changed_on_the_way(
    m365: Simulator, tmp_path: Path
) -> None:
    """Deleted twice, brought back, and once by a third name: each time by one that is free in both places."""
    address, clock = m365.new_mailbox(), SetClock()
    for path in ("Alt", "Ziel", "Ziel/Alt", "Her", "Her/Jahr", "Ziel/Jahr", "Her/Jahr (2)"):
        parent, _, name = path.rpartition("/")
        m365.control.create_folder(address, name, parent=parent)
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        tree = Tree(mirror)
        await tree.change("Alt", "Ziel", "Alt (2)")
        await tree.change("Her/Jahr", "Ziel", "Jahr (2)")
        shown = await mirror.folder_paths()
        await _agree(m365, address, mirror)
        assert await mirror.folder_paths() == shown >= {"Ziel/Alt (2)", "Ziel/Jahr (2)"}
        assert await mirror.notices() == []

        await tree.change("Ziel/Alt (2)", None, "Alt")
        await tree.change("Ziel/Jahr (2)", "Her", "Jahr")
        await tree.change("Ziel/Alt", None, "Alt (3)")  # and back before anything is sent
        await tree.change("Alt (3)", "Ziel", "Alt")
        shown = await mirror.folder_paths()
        await _agree(m365, address, mirror)
        assert await mirror.folder_paths() == shown >= {"Alt", "Her/Jahr", "Ziel/Alt"}
        assert await mirror.notices() == []


@pytest.mark.parametrize(
    ("others", "name", "taken"),
    [
        (["Ziel/Alt"], "Alt (2)", "Alt (2)"),
        ([], "Neu", "Alt"),
        (["Ziel/Alt", "Alt (2)"], "Alt (2)", "Alt (2) (2)"),
    ],
    ids=["renamed-before", "renamed-after", "renamed-twice"],
)
async def test_a_folder_that_cannot_be_moved_keeps_its_old_name(
    m365: Simulator, tmp_path: Path, others: list[str], name: str, taken: str
) -> None:
    """The name it is moved under was taken there meanwhile: its new one is not wanted where it stays."""
    address, clock = m365.new_mailbox(), SetClock()
    for path in ("Alt", "Ziel", *others):
        parent, _, last = path.rpartition("/")
        m365.control.create_folder(address, last, parent=parent)
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        shown = await mirror.folder_paths()
        await Tree(mirror).change("Alt", "Ziel", name)
        m365.control.create_folder(address, taken, parent="Ziel")
        await _agree(m365, address, mirror)

        assert await mirror.folder_paths() == shown | {f"Ziel/{taken}"}
        told = [(n.kind.value, n.folder, n.code) for n in await mirror.notices()]
        assert told == [("move_folder", "Alt", "refused")]


def truth_of_inbox(m365: Simulator, address: str) -> str:
    folder_list, _ = m365.control.snapshot(address)
    return next("/".join(f["path"]) for f in folder_list if f["wellKnownName"] == "inbox")


async def test_a_destroyed_folder_takes_along_what_lies_in_it_and_nothing_else(
    m365: Simulator, tmp_path: Path
) -> None:
    """Neither a message that is to be copied into it, nor one moved on while it was on its way into it."""
    address, clock = m365.new_mailbox(), SetClock()
    copied, moved_on, moved_in = m365.control.receive_many(address, [{"subject": f"A{n}"} for n in range(3)])
    m365.control.create_folder(address, "Alt")
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        tree = Tree(mirror)
        for message in (moved_on, moved_in):
            await tree.put(message, "Alt")
        await mirror.store.write(writeback_ops.claim, mirror.account, "killed", clock.now(), 20)
        await mirror.move(moved_on, Role.ARCHIVE)
        args = (await mirror.message_id(copied), await tree.id_of("Alt"), clock.now())
        await mirror.store.write(organise.copy, USER, mirror.account, *args)
        await tree.destroy("Alt")
        shown = await mirror.local()
        await mirror.store.write(writeback_ops.release_holder, "killed")
        await _agree(m365, address, mirror)

        assert shown.keys() == {copied, moved_on} == truth(m365, address).keys()
        assert shown[moved_on]["folder"] == truth(m365, address)[moved_on]["folder"]
        assert await mirror.notices() == []


async def test_a_folder_is_not_destroyed_before_its_messages_have_left(m365: Simulator, url: str) -> None:
    """A message moved out of it that cannot be moved at Microsoft keeps its folder alive."""
    address, clock = m365.new_mailbox(), SetClock()
    [message] = m365.control.receive(address, subject="Wertvoll")
    old = m365.control.create_folder(address, "Alt")
    m365.control.move(address, [message], old["path"])
    async with mirrored(m365, address, url, clock) as mirror:
        await mirror.pull()
        tree = Tree(mirror)
        await mirror.move(message, Role.INBOX)
        await tree.destroy("Alt")
        m365.control.fail_next("POST", "*/move", status=403, code="ErrorAccessDenied", times=10)
        await mirror.drain.run_due()
        await mirror.pull()

        assert truth(m365, address)[message]["folder"] == "Alt"
        assert {n.kind.value for n in await mirror.notices()} == {"move", "destroy_folder"}
        await _agree(m365, address, mirror)


@pytest.mark.parametrize("is_gone_on_with", [True, False])
async def test_a_removal_that_was_broken_off(m365: Simulator, tmp_path: Path, is_gone_on_with: bool) -> None:
    """Gone on with, it takes along what has gone here before; by nobody, all comes back as it is there."""
    address, clock = m365.new_mailbox(), SetClock()
    m365.control.create_folder(address, "Alt")
    ids = m365.control.receive_many(address, [{"subject": f"A{n}"} for n in range(3)], "Alt")
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        tree = Tree(mirror)
        await tree.begin_to_destroy("Alt")
        shown = await mirror.local()
        m365.control.update(address, ids, isRead=True)
        await mirror.drain.run_due()
        await mirror.store.write(cursors.destroy, mirror.account, cursors.FOLDER_LIST)
        await mirror.pull()  # which asks for all folders, and for what has changed in this one
        assert "Alt" in await mirror.folder_paths()
        assert len(shown) == 2 and len(truth(m365, address)) == 3
        if is_gone_on_with:
            await tree.destroy("Alt")
        clock.advance(120)
        await _agree(m365, address, mirror)

        assert len(truth(m365, address)) == (0 if is_gone_on_with else 3)
        told = [] if is_gone_on_with else [("destroy_folder", "failed")]
        assert [(n.kind.value, n.code) for n in await mirror.notices()] == told


async def test_a_list_read_before_the_rename_does_not_undo_it(m365: Simulator, tmp_path: Path) -> None:
    """The page was on its way while the change was made: the new name stays on the screen."""
    address = m365.new_mailbox()
    m365.control.create_folder(address, "Alt")
    async with mirrored(m365, address, tmp_path) as mirror:
        await mirror.pull()
        tree, read_list = Tree(mirror), mirror.remote.folder_delta
        m365.control.receive(address, ["Alt"], subject="Damit die Liste etwas erzählt")

        async def then_renamed(link: str | None) -> FolderPage:
            page = await read_list(link)
            mirror.remote.folder_delta = read_list
            await tree.rename("Alt", "Neu")
            await mirror.drain.run_due()
            return page

        mirror.remote.folder_delta = then_renamed
        await mirror.pull()

        assert "Neu" in await mirror.folder_paths()
        await _agree(m365, address, mirror)


async def test_a_change_that_comes_to_nothing_is_not_sent(m365: Simulator, tmp_path: Path) -> None:
    """Read and unread, there and back, renamed and named as before: Microsoft hears nothing of it."""
    address = m365.new_mailbox()
    [message] = m365.control.receive(address, subject="A")
    m365.control.create_folder(address, "Eins")
    async with mirrored(m365, address, tmp_path) as mirror:
        await mirror.pull()
        tree = Tree(mirror)
        await mirror.keywords(message, seen=True, flagged=True)
        await mirror.keywords(message, seen=False)
        await mirror.move(message, Role.ARCHIVE)
        await mirror.move(message, Role.INBOX)
        await tree.rename("Eins", "Zwei")
        await tree.rename("Zwei", "Eins")
        waiting = await mirror.pending()
        m365.control.clear_calls()
        await mirror.drain.run_due()
        parts = [part for call in m365.control.calls(limit=100) for part in call["parts"]]

        assert waiting == 1  # the flag
        assert [p["method"] for p in parts if p["method"] != "GET"].count("PATCH") == 1
        await _agree(m365, address, mirror)


async def test_emptying_goes_on_until_nothing_is_left(m365: Simulator, tmp_path: Path) -> None:
    """The trash for good, any other folder into the trash."""
    address = m365.new_mailbox()
    m365.control.receive_count(address, 7, "deleteditems")
    inbox = m365.control.receive_many(address, [{"subject": f"A{n}"} for n in range(3)])
    async with mirrored(m365, address, tmp_path) as mirror:
        await mirror.pull()
        for role in (Role.TRASH, Role.INBOX):
            folder = await mirror.store.read(folders.by_role, mirror.account, role)
            assert folder
            args = (USER, mirror.account, folder.id, mirror.clock.now())
            while (await mirror.store.write(use.empty, *args)).left:
                pass
        await _agree(m365, address, mirror)

        assert truth(m365, address).keys() == set(inbox)


@pytest.mark.parametrize("lies", ["message", "folder"])
@pytest.mark.parametrize("with_messages", [True, False])
async def test_a_folder_is_not_destroyed_with_what_nobody_here_has_seen(
    m365: Simulator, tmp_path: Path, lies: str, with_messages: bool
) -> None:
    """Mail that a rule filed there, or a folder made there, since the last pull: it stays; that is told."""
    address = m365.new_mailbox()
    folder = m365.control.create_folder(address, "Leer")["id"]
    async with mirrored(m365, address, tmp_path, SetClock()) as mirror:
        await mirror.pull()
        place = folder if lies == "message" else m365.control.create_folder(address, "Darin", folder)["id"]
        m365.control.receive(address, place, subject="Wichtig")
        await Tree(mirror).destroy("Leer", with_messages=with_messages)
        await mirror.drain.run_due()
        told = [(notice.code, notice.detail) for notice in await mirror.notices()]
        for _ in range(2):
            mirror.clock.advance(LONG_S)  # type: ignore[attr-defined]  # a SetClock
            await mirror.pull()

        assert told == [("refused", f"folder_has_{lies}s")]
        assert [message["subject"] for message in truth(m365, address).values()] == ["Wichtig"]
        assert await mirror.local() == truth(m365, address)
        assert await mirror.folder_paths() == folder_truth(m365, address)
        await mirror.check()


async def test_an_emptied_folder_is_destroyed_when_its_messages_are(m365: Simulator, tmp_path: Path) -> None:
    """Its messages are removed one by one, then it: it waits for them at Microsoft too."""
    address = m365.new_mailbox()
    folder = m365.control.create_folder(address, "Alt")["id"]
    ids = m365.control.receive_many(address, [{"subject": "A"}, {"subject": "B"}], folder)
    async with mirrored(m365, address, tmp_path, SetClock()) as mirror:
        await mirror.pull()
        for message in ids:
            await mirror.destroy(message)
        await Tree(mirror).destroy("Alt", with_messages=False)
        await mirror.drain.run_due()

        assert (await mirror.notices(), await mirror.pending()) == ([], 0)
        assert (truth(m365, address), "Alt" in folder_truth(m365, address)) == ({}, False)
        await mirror.check()


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "*/permanentDelete"), ("GET", "*/childFolders*"), ("GET", "*/mailFolders/*")],
)
async def test_a_folders_removal_that_is_denied_once_is_made_a_little_later(
    m365: Simulator, tmp_path: Path, method: str, path: str
) -> None:
    """Said to be gone by one answer, it is looked at again: its mail would lie there, shown nowhere."""
    address, clock = m365.new_mailbox(), SetClock()
    m365.control.create_folder(address, "Objekte")
    m365.control.receive(address, subject="Angebot", folder="Objekte")
    m365.control.receive(address, subject="Anderes")
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        await Tree(mirror).destroy("Objekte")
        m365.control.fail_next(method, path, status=404, code="ErrorItemNotFound")
        for _ in range(4):
            await mirror.drain.run_due()
            clock.advance(LONG_S)

        await _agree(m365, address, mirror)
        assert len(truth(m365, address)) == 1
        assert await mirror.notices() == []
