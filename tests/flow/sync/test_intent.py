"""What people decided comes about: no change undoes another, waits for ever, or takes what it should not."""

from pathlib import Path

import pytest
from tests.flow.sending.outbox import outbox
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import USER, Mirror, folder_truth, mirrored, truth
from tests.flow.sync.tree import Tree

from poststelle.blobs.directory import DirectoryBlobs
from poststelle.mail import organise, queue
from poststelle.model.folder import Role
from poststelle.store import folders, writeback_ops
from poststelle.sync.housekeeping import Housekeeper

pytestmark = pytest.mark.anyio
LONG_S = 400


async def _rounds(mirror: Mirror, clock: SetClock, count: int = 5) -> None:
    for _ in range(count):
        clock.advance(LONG_S)
        await mirror.drain.run_due()
        await mirror.pull()


@pytest.mark.parametrize("with_messages", [True, False])
async def test_what_was_moved_out_is_not_destroyed_with_its_folder(
    m365: Simulator, url: str, *, with_messages: bool
) -> None:
    """Moved into a folder and out again, the folder destroyed, then a pull before anything is sent."""
    address, clock = m365.new_mailbox(), SetClock()
    m365.control.create_folder(address, "Alt")
    [one] = m365.control.receive(address, subject="Wichtig")
    async with mirrored(m365, address, url, clock) as mirror:
        await mirror.pull()
        tree = Tree(mirror)
        await tree.put(one, "Alt")
        await mirror.drain.run_due()
        await mirror.move(one, Role.ARCHIVE)
        await tree.destroy("Alt", with_messages=with_messages)
        await mirror.pull()
        meanwhile = await mirror.local()
        await _rounds(mirror, clock)

        assert meanwhile[one]["folder"] == truth(m365, address)[one]["folder"] == "Archiv"
        assert "Alt" not in folder_truth(m365, address)
        assert (await mirror.notices(), await mirror.pending()) == ([], 0)
        await mirror.check()


async def test_a_sweep_meanwhile_takes_nothing_that_is_moving_out(m365: Simulator, tmp_path: Path) -> None:
    """The target is read anew while the message still lies in the folder that goes."""
    address, clock = m365.new_mailbox(), SetClock()
    folder = m365.control.create_folder(address, "Alt")["id"]
    [one] = m365.control.receive(address, folder, subject="Wichtig")
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        await mirror.move(one, Role.ARCHIVE)
        await Tree(mirror).destroy("Alt")
        m365.control.forget_tokens(address)
        await mirror.pull()
        checked = await mirror.prove()
        await _rounds(mirror, clock)

        assert checked.differences == 0
        assert truth(m365, address)[one]["folder"] == "Archiv"
        assert await mirror.local() == truth(m365, address)
        await mirror.check()


async def test_what_a_colleague_moves_into_a_folder_that_is_going_stays(
    m365: Simulator, tmp_path: Path
) -> None:
    """Destroyed here with its mail; there somebody has put more into it: it stays, and that is told."""
    address, clock = m365.new_mailbox(), SetClock()
    folder = m365.control.create_folder(address, "Alt")["id"]
    m365.control.receive(address, folder, subject="Alt")
    [new] = m365.control.receive(address, subject="Neu und wichtig")
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        m365.control.move(address, [new], folder)
        await Tree(mirror).destroy("Alt")
        await _rounds(mirror, clock)

        assert new in truth(m365, address)
        assert [(n.code, n.detail) for n in await mirror.notices()] == [("refused", "folder_has_messages")]
        assert await mirror.local() == truth(m365, address)
        await mirror.check()


async def test_changes_wait_for_older_ones_only(m365: Simulator, url: str) -> None:
    """Out of a folder, which is destroyed, then on into one that was made after: nothing waits for ever."""
    address, clock = m365.new_mailbox(), SetClock()
    folder = m365.control.create_folder(address, "Alt")["id"]
    [one] = m365.control.receive(address, folder, subject="A")
    async with mirrored(m365, address, url, clock) as mirror:
        await mirror.pull()
        tree = Tree(mirror)
        await mirror.move(one, Role.INBOX)
        await tree.destroy("Alt", with_messages=False)
        await tree.create("Neu")
        await tree.put(one, "Neu")
        await _rounds(mirror, clock)

        assert (await mirror.pending(), await mirror.notices()) == (0, [])
        assert truth(m365, address)[one]["folder"] == "Neu"
        assert "Alt" not in folder_truth(m365, address)


async def test_a_new_folder_goes_into_a_newer_one(m365: Simulator, url: str) -> None:
    """Both made here, one put into the other, and one that was there moved twice: in the end as shown."""
    address, clock = m365.new_mailbox(), SetClock()
    m365.control.create_folder(address, "Alt")
    m365.control.create_folder(address, "Objekte")
    [one] = m365.control.receive(address, subject="A")
    async with mirrored(m365, address, url, clock) as mirror:
        await mirror.pull()
        tree = Tree(mirror)
        await tree.create("Meier")
        await tree.put(one, "Meier")
        await tree.move("Alt", "Objekte")
        await tree.create("Kunden")
        await tree.move("Meier", "Kunden")
        await tree.move("Objekte/Alt", "Kunden")
        shown = await mirror.folder_paths()
        await _rounds(mirror, clock)

        assert {"Kunden/Meier", "Kunden/Alt"} <= shown
        assert await mirror.folder_paths() == folder_truth(m365, address) == shown
        assert truth(m365, address)[one]["folder"] == "Kunden/Meier"
        assert await mirror.notices() == []
        await mirror.check()


async def test_names_change_hands_in_order(m365: Simulator, tmp_path: Path) -> None:
    """A gets another name, B a third, then A the one that B had."""
    address, clock = m365.new_mailbox(), SetClock()
    for name in ("A", "B"):
        m365.control.create_folder(address, name)
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        tree = Tree(mirror)
        await tree.rename("A", "X")
        await tree.rename("B", "Y")
        await tree.rename("X", "B")
        shown = await mirror.folder_paths()
        await _rounds(mirror, clock)

        assert await mirror.folder_paths() == folder_truth(m365, address) == shown
        assert await mirror.notices() == []


async def test_a_folder_renamed_and_destroyed_leaves_no_notice(m365: Simulator, tmp_path: Path) -> None:
    """The rename has nothing to be made for any more."""
    address, clock = m365.new_mailbox(), SetClock()
    m365.control.create_folder(address, "Alt")
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        tree = Tree(mirror)
        await tree.rename("Alt", "Älter")
        await tree.destroy("Älter")
        await _rounds(mirror, clock)

        assert await mirror.notices() == []
        assert not {"Alt", "Älter"} & folder_truth(m365, address)


async def test_a_pull_keeps_the_new_name_of_a_folder_whose_making_was_unanswered(
    m365: Simulator, tmp_path: Path
) -> None:
    """Made, its answer lost, renamed: the folder list tells the old name, the new one stays on screen."""
    address, clock = m365.new_mailbox(), SetClock()
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        tree = Tree(mirror)
        await tree.create("Neu")
        m365.control.fail_next("POST", "*/mailFolders", kind="lost")
        await mirror.drain.run_due()
        await tree.rename("Neu", "Neuer")
        await mirror.pull()
        meanwhile = await mirror.folder_paths()
        await _rounds(mirror, clock)

        assert "Neuer" in meanwhile and "Neu" not in meanwhile
        assert await mirror.folder_paths() == folder_truth(m365, address) == meanwhile


@pytest.mark.parametrize("then", [Role.INBOX, Role.JUNK, None])
async def test_a_move_after_an_unanswered_one_is_made(
    m365: Simulator, tmp_path: Path, then: Role | None
) -> None:
    """Undone, moved on, or destroyed while nobody knows whether the first move was made: it was."""
    address, clock = m365.new_mailbox(), SetClock()
    [one] = m365.control.receive(address, subject="A")
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        m365.control.fail_next("POST", "*/$batch", kind="lost")
        await mirror.move(one, Role.ARCHIVE)
        await mirror.drain.run_due()
        made = truth(m365, address)[one]["folder"]
        if then is None:
            await mirror.move(one, Role.INBOX)
            await mirror.destroy(one)
        else:
            await mirror.move(one, then)
        shown = await mirror.local()
        await _rounds(mirror, clock)

        assert made == "Archiv"
        assert await mirror.local() == truth(m365, address) == shown
        assert (await mirror.notices(), await mirror.pending()) == ([], 0)


async def test_undo_after_a_kill_is_made(m365: Simulator, url: str) -> None:
    """The program died after Microsoft had moved the message; its user presses undo."""
    address, clock = m365.new_mailbox(), SetClock()
    [one] = m365.control.receive(address, subject="A")
    async with mirrored(m365, address, url, clock) as mirror:
        await mirror.pull()
        await mirror.move(one, Role.TRASH)
        await mirror.store.write(writeback_ops.claim, mirror.account, "dead", clock.now(), 20)
        m365.control.move(address, [one], "deleteditems")
        await mirror.store.write(writeback_ops.release_holder, "dead")
        await mirror.move(one, Role.INBOX)
        await _rounds(mirror, clock)

        assert truth(m365, address)[one]["folder"] == "Posteingang"
        assert await mirror.notices() == []


async def test_a_broken_message_can_be_destroyed(m365: Simulator, tmp_path: Path) -> None:
    """Microsoft fails over it, so nobody can say where it lies; after some attempts it goes unseen."""
    address, clock = m365.new_mailbox(), SetClock()
    [one] = m365.control.receive(address, subject="Kaputt")
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        m365.control.poison(address, [one])
        await mirror.destroy(one)
        await _rounds(mirror, clock)

        assert truth(m365, address) == {}
        assert (await mirror.notices(), await mirror.pending()) == ([], 0)


async def test_a_removal_does_not_go_unseen_where_looking_is_refused(m365: Simulator, tmp_path: Path) -> None:
    """Where the message lies is kept from us: it stays, and that is told."""
    address, clock = m365.new_mailbox(), SetClock()
    [one] = m365.control.receive(address, subject="A")
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        await mirror.destroy(one)
        m365.control.move(address, [one], "archive")
        m365.control.fail_next("GET", "*/messages/*", status=403, code="ErrorAccessDenied")
        await _rounds(mirror, clock)

        assert truth(m365, address)[one]["folder"] == "Archiv"
        assert [notice.code for notice in await mirror.notices()] == ["refused"]
        assert await mirror.local() == truth(m365, address)


async def test_what_is_destroyed_on_both_sides_is_no_surprise(m365: Simulator, tmp_path: Path) -> None:
    """Deleted there into what can be recovered, and here for good: nobody is told of a move."""
    address, clock = m365.new_mailbox(), SetClock()
    [one] = m365.control.receive(address, subject="A")
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        await mirror.destroy(one)
        for _ in range(2):
            m365.control.delete(address, [one])
        await _rounds(mirror, clock)

        assert (await mirror.notices(), await mirror.pending()) == ([], 0)
        assert await mirror.local() == truth(m365, address) == {}
        await mirror.check()


async def test_a_folder_goes_though_a_message_moved_out_is_gone(m365: Simulator, tmp_path: Path) -> None:
    """What left it was deleted elsewhere: that is told, and is no reason for the folder to stay."""
    address, clock = m365.new_mailbox(), SetClock()
    folder = m365.control.create_folder(address, "Alt")["id"]
    [one] = m365.control.receive(address, folder, subject="A")
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        await mirror.move(one, Role.ARCHIVE)
        await Tree(mirror).destroy("Alt", with_messages=False)
        m365.control.delete(address, [one], permanently=True)
        await _rounds(mirror, clock)

        assert "Alt" not in await mirror.folder_paths() | folder_truth(m365, address)
        assert [notice.code for notice in await mirror.notices()] == ["gone"]


async def test_a_draft_changed_on_both_sides_is_kept_twice(m365: Simulator, tmp_path: Path) -> None:
    """Edited in Outlook, then saved here over the version known here: both are there, and it is told."""
    async with outbox(m365, tmp_path, SetClock()) as box:
        first = await box.write(["kunde@extern.example"], subject="Angebot 1")
        await box.settle()
        await box.mirror.pull()
        [there] = box.at_microsoft("drafts")
        outlook = {"subject": "Von Outlook", "body": {"contentType": "text", "content": "Arbeit"}}
        assert box.mirror.outlook
        await box.mirror.outlook.send("PATCH", f"/me/messages/{there['id']}", body=outlook)
        await box.write(["kunde@extern.example"], subject="Angebot 2")
        await box.destroy(first)
        await box.settle()
        await box.mirror.pull()

        assert {m["subject"] for m in box.at_microsoft("drafts")} == {"Von Outlook", "Angebot 2"}
        assert [notice.detail for notice in await box.mirror.notices()] == ["edited_elsewhere"]
        assert await box.mirror.local() == truth(m365, box.address)
        await box.mirror.check()


async def test_a_draft_saved_again_and_again_is_one(m365: Simulator, tmp_path: Path) -> None:
    """What Microsoft makes of our own text is no change of somebody else's."""
    async with outbox(m365, tmp_path, SetClock()) as box:
        before = await box.write(["kunde@extern.example"], subject="Angebot 0")
        for number in range(1, 4):
            await box.settle()
            await box.mirror.pull()
            after = await box.write(["kunde@extern.example"], subject=f"Angebot {number}")
            await box.destroy(before)
            before = after
        await box.settle()
        await box.mirror.pull()

        assert [m["subject"] for m in box.at_microsoft("drafts")] == ["Angebot 3"]
        assert await box.mirror.notices() == []


async def test_a_clock_set_back_stops_nothing(m365: Simulator, tmp_path: Path) -> None:
    """It ran a month ahead when the mailbox was looked at last: it is looked at again all the same."""
    address, clock = m365.new_mailbox(), SetClock()
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        clock.advance(30 * 86_400)
        await mirror.sync.run_due()
        clock.advance(-30 * 86_400)
        m365.control.receive(address, subject="Neu")
        house = Housekeeper(mirror.store, DirectoryBlobs(tmp_path / "blobs"), clock)
        brought = [await house.bring_forward(), await house.bring_forward()]
        await mirror.sync.run_due()

        assert brought[0] > 0 and brought[1] == 0
        assert len(await mirror.local()) == 1


async def test_a_file_added_to_a_draft_elsewhere_is_kept(m365: Simulator, tmp_path: Path) -> None:
    """The text is the same; the second file is somebody's work all the same."""
    async with outbox(m365, tmp_path, SetClock()) as box:
        plan = await box.file("Plan.txt", b"Plan")
        first = await box.write(["kunde@extern.example"], [plan], subject="Angebot 1")
        await box.settle()
        await box.mirror.pull()
        [there] = box.at_microsoft("drafts")
        added = {"@odata.type": "#microsoft.graph.fileAttachment", "name": "Neu.txt", "contentBytes": "TmV1"}
        assert box.mirror.outlook
        await box.mirror.outlook.send("POST", f"/me/messages/{there['id']}/attachments", body=added)
        await box.write(["kunde@extern.example"], [plan], subject="Angebot 2")
        await box.destroy(first)
        await box.settle()
        await box.mirror.pull()

        assert {m["subject"] for m in box.at_microsoft("drafts")} == {"Angebot 1", "Angebot 2"}
        assert [notice.detail for notice in await box.mirror.notices()] == ["edited_elsewhere"]


async def test_a_draft_nobody_could_read_just_now_is_not_destroyed_unseen(
    m365: Simulator, tmp_path: Path
) -> None:
    """The look at it fails once: it is looked at again."""
    async with outbox(m365, tmp_path, SetClock()) as box:
        first = await box.write(["kunde@extern.example"], subject="Angebot 1")
        await box.settle()
        await box.mirror.pull()
        [there] = box.at_microsoft("drafts")
        assert box.mirror.outlook
        changed = {"subject": "Von Outlook"}
        await box.mirror.outlook.send("PATCH", f"/me/messages/{there['id']}", body=changed)
        m365.control.fail_next("GET", "*/messages/*", status=504, code="ErrorTimeoutExpired")
        await box.destroy(first)
        await box.settle(rounds=8, seconds=30)

        assert [m["subject"] for m in box.at_microsoft("drafts")] == ["Von Outlook"]


async def test_what_is_swapped_in_a_folder_that_is_going_stays(m365: Simulator, tmp_path: Path) -> None:
    """There one message has left and another has come: as many as known here, and not the same."""
    address, clock = m365.new_mailbox(), SetClock()
    folder = m365.control.create_folder(address, "Alt")["id"]
    old = m365.control.receive_many(address, [{"subject": "A"}, {"subject": "B"}], folder)
    [new] = m365.control.receive(address, subject="Neu und wichtig")
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        await Tree(mirror).destroy("Alt")
        m365.control.move(address, [new], folder)
        m365.control.delete(address, old[:1], permanently=True)
        await _rounds(mirror, clock)

        assert new in truth(m365, address)
        assert [n.detail for n in await mirror.notices()] == ["folder_has_messages"]


@pytest.mark.parametrize("end", ["overtaken", "given up"])
async def test_a_first_move_that_fails_leaves_no_queue_that_waits_for_ever(
    m365: Simulator, tmp_path: Path, end: str
) -> None:
    """Out of a folder that is destroyed then, on into one made later; the first move does not come about."""
    address, clock = m365.new_mailbox(), SetClock()
    folder = m365.control.create_folder(address, "Alt")["id"]
    m365.control.create_folder(address, "Mitte")
    [one] = m365.control.receive(address, folder, subject="A")
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        tree = Tree(mirror)
        await tree.put(one, "Mitte")
        await tree.destroy("Alt", with_messages=False)
        await tree.create("Neu")
        await tree.put(one, "Neu")
        if end == "overtaken":
            m365.control.fail_next("POST", "*/move", status=503, code="ErrorServerBusy")
            await mirror.drain.run_due()
            m365.control.move(address, [one], "junkemail")
        else:
            [first, *_] = (await mirror.store.read(queue.list_waiting, USER, mirror.account)).waiting
            await mirror.store.write(queue.give_up, USER, mirror.account, first.id, clock.now())
        await tree.create("Danach")
        await _rounds(mirror, clock, 8)

        assert await mirror.pending() == 0
        assert "Danach" in folder_truth(m365, address)
        assert await mirror.local() == truth(m365, address)
        await mirror.check()


async def test_a_folder_made_unheard_keeps_where_it_was_put(m365: Simulator, tmp_path: Path) -> None:
    """Made, its answer lost, renamed and moved here, a folder made in it; then the list tells of it."""
    address, clock = m365.new_mailbox(), SetClock()
    m365.control.create_folder(address, "Objekte")
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        tree = Tree(mirror)
        await tree.create("Neu")
        m365.control.fail_next("POST", "*/mailFolders", kind="lost")
        await mirror.drain.run_due()
        await tree.move("Neu", "Objekte")
        await tree.rename("Objekte/Neu", "Neuer")
        await tree.create("Darin", "Objekte/Neuer")
        shown = await mirror.folder_paths()
        await mirror.pull()
        await _rounds(mirror, clock)

        assert "Objekte/Neuer/Darin" in shown
        assert await mirror.folder_paths() == folder_truth(m365, address) == shown
        assert await mirror.notices() == []


@pytest.mark.parametrize("is_on", [True, False])
async def test_a_message_brought_to_a_folder_that_goes_is_made_where_it_is(
    m365: Simulator, tmp_path: Path, *, is_on: bool
) -> None:
    """Imported, moved to the inbox before it was made, perhaps on into a new folder; its first one goes."""
    clock = SetClock()
    async with outbox(m365, tmp_path, clock) as box:
        mirror, tree = box.mirror, Tree(box.mirror)
        m365.control.create_folder(box.address, "Alt")
        await mirror.pull()
        made = await box.bring("Gebracht", await tree.id_of("Alt"))
        inbox = await mirror.store.read(folders.by_role, mirror.account, Role.INBOX)
        assert inbox
        now = clock.now()
        await mirror.store.write(organise.move, USER, mirror.account, made.id, inbox.id, now)
        await tree.destroy("Alt", with_messages=False)
        if is_on:
            new = await tree.create("Neu")
            await mirror.store.write(organise.move, USER, mirror.account, made.id, new, now)
        for _ in range(4):
            await box.settle(rounds=3, seconds=60)
            await mirror.pull()

        [there] = truth(m365, box.address).values()
        assert there["folder"] == ("Neu" if is_on else "Posteingang")
        assert "Alt" not in folder_truth(m365, box.address)
        assert (await mirror.pending(), await mirror.notices()) == (0, [])
        await mirror.check()
