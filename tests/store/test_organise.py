"""A user's changes show at once, wait for the provider in order, and are taken back when refused."""

import functools
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.store.mailbox import NOW, Mailbox, item, page, partial, remote_folder

from poststelle.mail import folders as use
from poststelle.mail import ingest, organise, query
from poststelle.model.change import ChangeType
from poststelle.model.errors import Invalid, NotAllowed, NotFound, UseCaseError
from poststelle.model.folder import Role
from poststelle.model.ids import FolderId, MessageId, RemoteId, UserId
from poststelle.model.message import FLAGGED, SEEN, Body
from poststelle.model.rights import Grant, Level
from poststelle.model.writeback import FiledAs, FolderOpKind, MarkedAs, OpKind, WritebackOp
from poststelle.providers.base import FolderPage, RemoteAttachment
from poststelle.store import (
    attachments,
    bodies,
    changes,
    cursors,
    departures,
    folder_ops,
    folder_undoing,
    folders,
    grants,
    messages,
    notices,
    sync_states,
    threads,
    writeback_ops,
)

pytestmark = pytest.mark.anyio


class Desk:
    """The mailbox as a user works with it."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.box, self.store, self.account = mailbox, mailbox.store, mailbox.account

    async def mark(self, key: str, **patch: bool) -> None:
        keywords = {{"seen": SEEN, "flagged": FLAGGED}[name]: value for name, value in patch.items()}
        message = await self.box.id_of(key)
        await self.store.write(organise.set_keywords, self.box.user, self.account, message, keywords, NOW)

    async def move(self, key: str, folder: str) -> None:
        message, target = await self.box.id_of(key), self.box.folder_ids[folder]
        await self.store.write(organise.move, self.box.user, self.account, message, target, NOW)

    async def destroy(self, key: str) -> None:
        message = await self.box.id_of(key)
        await self.store.write(organise.destroy, self.box.user, self.account, message, NOW)

    async def claim(self) -> list[WritebackOp]:
        return await self.store.write(writeback_ops.claim, self.account, "test", NOW, 20)

    async def only_op(self) -> WritebackOp:
        (op,) = await self.claim()
        return op

    async def confirm(self, op: WritebackOp, new_remote_id: RemoteId | None = None) -> None:
        await self.store.write(writeback_ops.confirm, op, new_remote_id, at=NOW)

    async def take_back(self, op: WritebackOp) -> None:
        await self.store.write(writeback_ops.take_back, op, "refused", "ErrorAccessDenied", NOW)


@pytest.fixture
async def desk(mailbox: Mailbox) -> Desk:
    """Two unread messages in the inbox."""
    await mailbox.pull("Inbox", page(item("a"), item("b", minutes=1)))
    return Desk(mailbox)


async def test_a_change_shows_at_once_and_waits(desk: Desk) -> None:
    """Read: the counter falls, and one op says so with what it would put back."""
    await desk.mark("a", seen=True)
    assert (await desk.box.folder("Inbox")).unread == 1
    op = await desk.only_op()
    assert (op.kind, op.payload, op.undo) == (OpKind.SET, {"is_seen": True}, {"is_seen": False})
    assert op.remote_id == "a"


async def test_what_already_is_so_waits_for_nothing(desk: Desk) -> None:
    """No change, no op, no word in the log."""
    before = await desk.store.read(changes.latest, desk.account, ChangeType.EMAIL)
    await desk.mark("a", seen=False)
    await desk.move("a", "Inbox")
    assert await desk.claim() == []
    assert await desk.store.read(changes.latest, desk.account, ChangeType.EMAIL) == before


async def test_changes_of_one_message_join_until_they_are_on_their_way(desk: Desk) -> None:
    """Read and flagged is one op; what comes after the claim is another, handed out after the first."""
    await desk.mark("a", seen=True)
    await desk.mark("a", flagged=True)
    op = await desk.only_op()
    assert op.payload == {"is_seen": True, "is_flagged": True, "due_at": None}
    await desk.mark("a", seen=False)
    assert await desk.claim() == []
    await desk.confirm(op)
    assert (await desk.only_op()).payload == {"is_seen": False}


async def test_a_folder_that_is_not_there_is_named_as_it_was_said(desk: Desk) -> None:
    """A client hears which property is wrong."""
    wanted = organise.Change(frozenset({FolderId(99)}))
    with pytest.raises(Invalid) as refused:
        await desk.store.write(
            organise.change, desk.box.user, desk.account, await desk.box.id_of("a"), wanted, NOW
        )
    assert refused.value.params["field"] == "mailboxIds"


async def test_two_moves_are_one(desk: Desk) -> None:
    """To Objects, then to the trash: the provider hears of the trash, the undo of the inbox."""
    await desk.move("a", "Objects")
    await desk.move("a", "Trash")
    op = await desk.only_op()
    assert (op.payload, op.target) == ({"folder": desk.box.folder_ids["Trash"]}, "F-Trash")
    assert op.undo == {"folder": desk.box.folder_ids["Inbox"]}


async def test_ops_of_one_message_keep_their_order(desk: Desk) -> None:
    """A move behind a keyword waits for it, also while that one is retried later."""
    await desk.mark("a", seen=True)
    await desk.move("a", "Trash")
    first = await desk.only_op()
    await desk.store.write(writeback_ops.retry, first, NOW + timedelta(minutes=1), "Busy")
    assert await desk.claim() == []
    later = await desk.store.write(writeback_ops.claim, desk.account, "test", NOW + timedelta(minutes=2), 20)
    assert [(op.kind, op.attempts) for op in later] == [(OpKind.SET, 1)]


async def test_a_crash_leaves_nothing_in_flight(desk: Desk) -> None:
    """Ops claimed before a crash are handed out again."""
    await desk.mark("a", seen=True)
    await desk.claim()
    assert await desk.store.write(writeback_ops.release_holder, "test") == 1
    assert len(await desk.claim()) == 1


async def test_another_process_leaves_alone_what_is_on_its_way(desk: Desk) -> None:
    """A second process that starts frees nothing of the first one's, until that has clearly died."""
    await desk.mark("a", seen=True)
    await desk.claim()
    assert await desk.store.write(writeback_ops.release_holder, "second") == 0
    for minutes, expected in ((9, 0), (10, 1)):
        later = NOW + timedelta(minutes=minutes)
        claimed = await desk.store.write(writeback_ops.claim, desk.account, "second", later, 20)
        assert len(claimed) == expected


async def test_what_somebody_died_over_counts_as_attempted(desk: Desk) -> None:
    """It may have been done: a copy is looked for before it is made by who takes it over, and after that."""
    await desk.mark("a", seen=True)
    assert (await desk.only_op()).attempts == 0
    attempts = []
    for minutes in (10, 20):
        later = NOW + timedelta(minutes=minutes)
        [op] = await desk.store.write(writeback_ops.claim, desk.account, f"after {minutes}", later, 20)
        attempts.append(op.attempts)
    assert attempts == [1, 2]


async def test_only_connected_accounts_are_drained(desk: Desk) -> None:
    """An account with something due is named once."""
    await desk.mark("a", seen=True)
    await desk.mark("b", seen=True)
    assert await desk.store.read(writeback_ops.accounts_due, NOW) == [desk.account]
    await desk.claim()
    assert await desk.store.read(writeback_ops.accounts_due, NOW) == []


async def test_a_pull_never_undoes_what_is_pending(desk: Desk) -> None:
    """The provider still says unread and inbox: our read and trash stay, its flag is taken."""
    await desk.mark("a", seen=True)
    await desk.move("a", "Trash")
    await desk.box.pull("Inbox", page(item("a", is_flagged=True)))
    contents = await desk.box.contents()
    assert contents["Trash"] == {"a": (True, True)}
    assert "a" not in contents["Inbox"]


async def test_after_confirmation_the_provider_counts_again(desk: Desk) -> None:
    """Somebody marks it unread elsewhere, after our read has arrived."""
    await desk.mark("a", seen=True)
    await desk.confirm(await desk.only_op())
    await desk.box.pull("Inbox", page(partial("a", is_seen=False)))
    assert (await desk.box.contents())["Inbox"]["a"] == (False, False)


async def test_a_refused_keyword_is_taken_back_with_a_notice(desk: Desk) -> None:
    """Back to unread; people can read why; taking back twice is once."""
    await desk.mark("a", seen=True)
    op = await desk.only_op()
    await desk.take_back(op)
    await desk.take_back(op)
    assert (await desk.box.contents())["Inbox"]["a"] == (False, False)
    (notice,) = await desk.store.read(notices.list_all, desk.account)
    assert (notice.kind, notice.code, notice.detail) == (MarkedAs.READ, "refused", "ErrorAccessDenied")
    assert await desk.store.write(notices.dismiss, desk.account, notice.id)
    assert await desk.store.read(notices.list_all, desk.account) == []


async def test_a_refused_move_is_told_as_the_deed_it_was(desk: Desk) -> None:
    """Deleting is a move to the deleted messages: who deleted a message reads that it was not deleted."""
    for key, folder in (("a", "Trash"), ("b", "Objects")):
        await desk.move(key, folder)
        await desk.take_back(await desk.only_op())
    told = await desk.store.read(notices.list_all, desk.account)
    assert [notice.kind for notice in told] == [OpKind.MOVE, FiledAs.DELETE]


async def test_two_refused_marks_are_told_apart(desk: Desk) -> None:
    """Read and then flagged: one notice each, by its own name."""
    await desk.mark("a", seen=True)
    await desk.take_back(await desk.only_op())
    await desk.mark("a", flagged=True)
    await desk.take_back(await desk.only_op())
    told = await desk.store.read(notices.list_all, desk.account)
    assert [notice.kind for notice in told] == [MarkedAs.FLAG, MarkedAs.READ]


async def test_a_refusal_leaves_later_changes_alone(desk: Desk) -> None:
    """Flagged (refused), then unflagged: unflagged it stays, and a second refusal restores the start."""
    await desk.mark("a", flagged=True)
    first = await desk.only_op()
    await desk.mark("a", flagged=False)
    await desk.take_back(first)
    second = await desk.only_op()
    assert second.undo == {"is_flagged": False}
    assert (await desk.box.contents())["Inbox"]["a"] == (False, False)


async def test_a_refusal_puts_back_what_the_provider_holds_by_now(desk: Desk) -> None:
    """Flagged elsewhere while our unflag-and-flag waited: the refusal keeps the provider's word."""
    await desk.mark("a", seen=True)
    await desk.box.pull("Inbox", page(partial("a", is_seen=True)))
    await desk.take_back(await desk.only_op())
    assert (await desk.box.contents())["Inbox"]["a"] == (True, False)


async def test_a_refused_move_goes_back(desk: Desk) -> None:
    """Back to the folder it came from."""
    await desk.move("a", "Trash")
    await desk.take_back(await desk.only_op())
    assert set((await desk.box.contents())["Inbox"]) == {"a", "b"}


async def test_a_refused_move_whose_home_is_gone_ends_in_the_inbox(desk: Desk) -> None:
    """And is asked for, so that it ends where the provider has it."""
    await desk.box.pull("Objects", page(item("c", "Objects")))
    await desk.move("c", "Trash")
    gone = FolderPage((), frozenset({RemoteId("F-Objects")}), None, "f2")
    await desk.store.write(ingest.apply_folder_page, desk.account, gone, now=NOW)
    await desk.take_back(await desk.only_op())
    assert "c" in (await desk.box.contents())["Inbox"]
    assert [d.remote_id for d in await desk.store.read(departures.list_all, desk.account, 9)] == ["c"]


async def test_destroying_hides_at_once_and_removes_when_confirmed(desk: Desk) -> None:
    """Clients are told destroyed; a pull does not bring it back; confirmed, nothing is left."""
    message = await desk.box.id_of("a")
    before = await desk.store.read(changes.latest, desk.account, ChangeType.EMAIL)
    await desk.destroy("a")
    assert await desk.store.read(messages.get, desk.account, message) is None
    await desk.box.pull("Inbox", page(item("a")))
    logged = await desk.store.read(changes.since, desk.account, ChangeType.EMAIL, before, 9)
    assert logged is not None and logged.destroyed == (message,) and not logged.created
    await desk.confirm(await desk.only_op())
    assert await desk.store.read(messages.by_remote, desk.account, [RemoteId("a")]) == {}
    assert await desk.store.read(bodies.get, desk.account, message) is None


async def test_what_comes_late_about_a_destroyed_message_is_not_told(desk: Desk) -> None:
    """Its list of attachments was under way: for clients the message stays destroyed."""
    message = await desk.box.id_of("a")
    await desk.destroy("a")
    state = await desk.store.read(changes.latest, desk.account, ChangeType.EMAIL)
    plan = RemoteAttachment(RemoteId("A"), "Plan.pdf", "application/pdf", 4, None, False, "file")
    await desk.store.write(attachments.set_attachments, desk.account, message, [plan])

    logged = await desk.store.read(changes.since, desk.account, ChangeType.EMAIL, state, 9)
    assert logged is not None and not logged.updated


async def test_a_message_that_cannot_be_destroyed_comes_back_as_another(desk: Desk) -> None:
    """A destroyed id never returns; text, thread and folder do."""
    await desk.store.write(attachments.set_attachments, desk.account, await desk.box.id_of("a"), [])
    old = await desk.box.id_of("a")
    await desk.destroy("a")
    await desk.take_back(await desk.only_op())
    new = await desk.box.id_of("a")
    assert new != old
    assert "a" in (await desk.box.contents())["Inbox"]
    body = await desk.store.read(bodies.get, desk.account, new)
    assert body == Body("text/plain", "Good morning, this is a.")
    assert await desk.store.read(attachments.get, desk.account, new) == ()
    message = await desk.store.read(messages.get, desk.account, new)
    assert message is not None
    assert await desk.store.read(threads.many, desk.account, [message.thread_id]) == {
        message.thread_id: [new]
    }
    await desk.box.pull("Inbox", page(item("c", thread_key="T-a", minutes=3)))
    assert (
        len((await desk.store.read(threads.many, desk.account, [message.thread_id]))[message.thread_id]) == 2
    )


async def test_files_to_be_looked_at_again_are_so_of_one_that_comes_back_too(desk: Desk) -> None:
    """As of a sent copy, which shows its draft's files until its own are listed."""
    old = await desk.box.id_of("a")
    plan = RemoteAttachment(RemoteId("of the draft"), "Plan.pdf", "application/pdf", 4, None, False, "file")
    await desk.store.write(attachments.set_attachments, desk.account, old, [plan])
    await desk.store.write(attachments.look_again, desk.account, [old])
    await desk.destroy("a")
    await desk.take_back(await desk.only_op())

    new = await desk.box.id_of("a")
    shown = await desk.store.read(attachments.get, desk.account, new)
    assert shown is not None and [file.name for file in shown] == ["Plan.pdf"]
    waiting = await desk.store.read(attachments.without_attachments, desk.account, NOW, 9)
    assert new in [one.id for one in waiting]


async def test_a_moved_message_may_get_another_remote_id(desk: Desk) -> None:
    """The copy that a pull met under the new id is the same message: ours stays."""
    ours = await desk.box.id_of("a")
    await desk.move("a", "Objects")
    op = await desk.only_op()
    await desk.box.pull("Objects", page(item("a2", "Objects")))
    await desk.confirm(op, RemoteId("a2"))
    assert await desk.box.id_of("a2") == ours
    assert (await desk.box.contents())["Objects"] == {"a2": (False, False)}


async def test_a_message_gone_at_the_provider_takes_its_ops_along(desk: Desk) -> None:
    """Located nowhere: message and ops go; what the drain reports afterwards changes nothing."""
    await desk.mark("a", seen=True)
    op = await desk.only_op()
    await desk.store.write(ingest.settle, desk.account, {RemoteId("a"): None}, now=NOW)
    await desk.confirm(op)
    await desk.take_back(op)
    assert await desk.store.read(writeback_ops.pending_count, desk.account) == 0
    assert (await desk.store.read(sync_states.get, desk.account)).pending == 0


async def test_refusals_change_nothing(desk: Desk) -> None:
    """No right, no such message, no such folder, a keyword nobody keeps: said so, and the log is silent."""
    store, account, user = desk.store, desk.account, desk.box.user
    message = await desk.box.id_of("a")
    before = await store.read(changes.state, account, ChangeType.EMAIL)

    async def refused(error: type[UseCaseError], fn: object, *args: object) -> None:
        with pytest.raises(error):
            await store.write(fn, *args)  # type: ignore[arg-type]  # a table of calls

    await refused(NotFound, organise.destroy, UserId(user + 1), account, message, NOW)
    await refused(NotFound, organise.destroy, user, account, MessageId(9999), NOW)
    await refused(Invalid, organise.move, user, account, message, FolderId(9999), NOW)
    await refused(Invalid, organise.set_keywords, user, account, message, {"$draft": True}, NOW)
    await store.write(grants.upsert, Grant(account, user, Level.READ), at=NOW, by=None)
    await refused(NotAllowed, organise.set_keywords, user, account, message, {SEEN: True}, NOW)
    assert await store.read(changes.state, account, ChangeType.EMAIL) == before
    assert await desk.claim() == []


async def test_a_folder_that_left_stays_until_its_messages_are_located(desk: Desk) -> None:
    """Its messages may have moved: first they are asked for, then the folder goes."""
    await desk.box.pull("Objects", page(item("c", "Objects"), item("d", "Objects")))
    kept = await desk.box.id_of("c")
    gone = FolderPage((), frozenset({RemoteId("F-Objects")}), None, "f2")
    await desk.store.write(ingest.apply_folder_page, desk.account, gone, now=NOW)
    assert set((await desk.box.contents())["Objects"]) == {"c", "d"}
    located = {RemoteId("c"): partial("c", folder_id=RemoteId("F-Inbox")), RemoteId("d"): None}
    await desk.store.write(ingest.settle, desk.account, located, now=NOW)
    contents = await desk.box.contents()
    assert "Objects" not in contents and set(contents["Inbox"]) == {"a", "b", "c"}
    assert await desk.box.id_of("c") == kept


async def test_folders_follow_the_provider(desk: Desk) -> None:
    """Children before parents, renames, a role that moves, a ring: the tree is always sound."""
    folders_ = (
        remote_folder("Child", parent_id=RemoteId("F-Parent")),
        remote_folder("Ring1", parent_id=RemoteId("F-Ring2")),
        remote_folder("Ring2", parent_id=RemoteId("F-Ring1")),
        remote_folder("Trash2", Role.TRASH),
    )
    apply = ingest.apply_folder_page
    page_ = FolderPage(folders_, frozenset(), "more", None)
    await desk.store.write(apply, desk.account, page_, now=NOW)
    page_ = FolderPage((remote_folder("Parent"),), frozenset(), None, "f3")
    await desk.store.write(apply, desk.account, page_, now=NOW)
    _, level, found = await desk.store.read(query.folders, desk.box.user, desk.account)
    by_name = {folder.name: folder for folder in found}
    assert level is Level.WRITE
    assert by_name["Child"].parent_id == by_name["Parent"].id
    assert by_name["Ring1"].parent_id is by_name["Ring2"].parent_id is None
    assert (by_name["Trash"].role, by_name["Trash2"].role) == (None, Role.TRASH)

    state = await desk.store.read(changes.state, desk.account, ChangeType.MAILBOX)
    await desk.store.write(apply, desk.account, page_, now=NOW)
    assert await desk.store.read(changes.state, desk.account, ChangeType.MAILBOX) == state


@pytest.mark.parametrize("is_asked", [False, True])
async def test_a_folders_move_that_is_given_up_takes_the_name_along(desk: Desk, *, is_asked: bool) -> None:
    """Renamed for the move, and not moved: what may have been renamed there is named back."""
    top, there = remote_folder("A"), remote_folder("There")
    inner = replace(remote_folder("A2", parent_id=there.remote_id), name="A")
    page_ = FolderPage((top, there, inner), frozenset(), None, "f4")
    await desk.store.write(ingest.apply_folder_page, desk.account, page_, now=NOW)
    ours = await desk.store.read(folders.by_remote, desk.account, top.remote_id)
    above = await desk.store.read(folders.by_remote, desk.account, there.remote_id)
    assert ours and above
    change = functools.partial(use.change, name="A (2)", parent=above.id)
    await desk.store.write(change, desk.box.user, desk.account, ours.id, NOW)
    renaming, moving = await desk.store.read(folder_ops.list_all, desk.account)
    if is_asked:
        await desk.store.write(folder_ops.retry, renaming, NOW, "unreachable")
    await desk.store.write(folder_undoing.take_back, moving, "discarded", "", NOW)

    left = [(op.kind, op.payload) for op in await desk.store.read(folder_ops.list_all, desk.account)]
    assert left == ([(FolderOpKind.RENAME, {"name": "A"})] if is_asked else [])
    now = await desk.store.read(folders.get, desk.account, ours.id)
    assert now and (now.name, now.parent_id) == ("A", None)


async def test_a_full_read_of_the_folder_list_finds_what_left(desk: Desk) -> None:
    """After an expired cursor, folders that the new list lacks go; those with a role stay."""
    await desk.store.write(cursors.destroy, desk.account, cursors.FOLDER_LIST)
    listed = FolderPage((remote_folder("Inbox", Role.INBOX),), frozenset(), None, "f9")
    await desk.store.write(ingest.apply_folder_page, desk.account, listed, now=NOW)
    assert set(await desk.box.contents()) == {"Inbox", "Sent", "Trash"}
