"""Drafts and sent mail met again in reports, uploads, and submissions, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.flow.sending.outbox import written
from tests.store.mailbox import NOW, Mailbox, create, item, page, partial, remote_folder

from poststelle.lib.clock import to_ms
from poststelle.mail import drafts, ingest, organise, uploads
from poststelle.mail import folders as use_folders
from poststelle.model.change import ChangeType
from poststelle.model.draft import Octets, WrittenMessage
from poststelle.model.errors import Conflict, Invalid, TooMany
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId, IdentityId, MessageId, RemoteId, SubmissionId, ThreadId
from poststelle.model.message import Body, Message
from poststelle.model.rights import Grant, Level
from poststelle.model.submission import Envelope, SendStep, Submission, SubmissionState
from poststelle.model.writeback import OpKind, WritebackOp
from poststelle.providers.base import RemoteMessage
from poststelle.store import (
    addresses,
    attachments,
    changes,
    folders,
    grants,
    messages,
    op_rows,
    submissions,
    writeback_ops,
)
from poststelle.store import uploads as stored_uploads
from poststelle.store.room import Places, Work
from poststelle.store.sequences import take_ids
from poststelle.store.tx import ReadTx, Tx
from poststelle.submission import submit
from poststelle.submission.submit import Wanted
from poststelle.writeback import draft_steps, send_steps
from poststelle.writeback.send_steps import Seal, SendPace

pytestmark = pytest.mark.anyio

NOTHING: dict[str, tuple[int, ...]] = {"created": (), "updated": (), "destroyed": ()}
OFFICE = "desk@office.example"
_MANY = 201  # more than a claim looks through


@pytest.fixture
async def desk(mailbox: Mailbox) -> Mailbox:
    """The mailbox with Drafts, a user who may send, and its address known."""
    await mailbox.store.write(_prepare, mailbox)
    return mailbox


def _prepare(tx: Tx, mailbox: Mailbox) -> None:
    ingest.apply_folders(tx, mailbox.account, [remote_folder("Drafts", Role.DRAFTS)])
    mailbox.folder_ids |= {f.name: f.id for f in folders.list_all(tx, mailbox.account)}
    grants.upsert(tx, Grant(mailbox.account, mailbox.user, Level.SEND), at=NOW, by=None)
    addresses.set_all(tx, mailbox.account, [OFFICE], NOW)


async def write(desk: Mailbox, key: str = "k1", message: WrittenMessage | None = None) -> Message:
    wanted = message or written(OFFICE, ["kunde@extern.example"])
    folder, preview = desk.folder_ids["Drafts"], drafts.preview_of(wanted)
    return await desk.store.write(drafts.create, desk.user, desk.account, folder, wanted, preview, key, NOW)


async def op_of(desk: Mailbox, message: Message) -> WritebackOp:
    def find(tx: ReadTx) -> WritebackOp:
        return op_rows.list_open(tx, desk.account, [message.id])[0]

    return await desk.store.read(find)


async def taken_up(desk: Mailbox, message: Message) -> WritebackOp:
    """The one that makes it, in hand."""
    await desk.store.write(writeback_ops.claim_drafts, "test", NOW, Places(8, 8, 8).beside(()))
    return await op_of(desk, message)


def report(message: Message, remote_id: str = "D1", folder: str = "Drafts", **said: Any) -> RemoteMessage:
    """What Microsoft tells of the draft: much the same, a little differently."""
    facts: dict[str, Any] = {
        "subject": message.subject,
        "preview": "Guten Tag ",
        "from_": message.from_,
        "to": message.to,
        "thread_key": "T-new",
        "internet_message_id": message.internet_message_id,
        "draft_key": "k1",
        "is_draft": True,
        "is_seen": True,
        "body": Body("text/html", "<html><body><p>Guten <b>Tag</b></p></body></html>"),
        "received_at": NOW + timedelta(seconds=3),
    } | said
    return item(remote_id, folder, **facts)


async def made(desk: Mailbox, message: Message, told: RemoteMessage) -> None:
    """The draft is at Microsoft, and read back."""
    op = await taken_up(desk, message)
    assert await desk.store.write(draft_steps.begin, op, NOW, ())
    await desk.store.write(draft_steps.made, op, told.remote_id, (), told)
    await desk.store.write(draft_steps.finish, op, told, (), NOW)


async def seen(desk: Mailbox, since: int) -> dict[str, tuple[int, ...]]:
    found = await desk.store.read(changes.since, desk.account, ChangeType.EMAIL, since, 100)
    assert found
    return {"created": found.created, "updated": found.updated, "destroyed": found.destroyed}


async def state(desk: Mailbox) -> int:
    return await desk.store.read(changes.latest, desk.account, ChangeType.EMAIL)


async def send(desk: Mailbox, message: MessageId) -> SubmissionId:
    """Submitted, sealed, asked for and accepted."""
    [own] = await desk.store.read(addresses.list_all, desk.account)
    wanted = Wanted(message, own.id, None, NOW, None)
    submission = await desk.store.write(submit.submit, desk.user, desk.account, wanted, "k9", NOW)
    room = Places(5, 5, 2).beside(())
    [claimed] = await desk.store.write(send_steps.claim, "test", SendPace(), NOW, room)
    counted = await desk.store.write(submissions.count_seal, claimed)
    assert counted
    asked = await desk.store.write(send_steps.asked, counted, Seal(is_set=True), NOW, NOW)
    assert asked
    await desk.store.write(submissions.put_off, asked, SendStep.ACCEPTED, NOW)
    return submission.id


def sent_copy(message: Message, submission: SubmissionId, **said: Any) -> RemoteMessage:
    """What Microsoft tells of the copy in Sent."""
    key = f"k1.{submission}.1"
    return report(message, "S1", "Sent", **({"is_draft": False, "draft_key": key} | said))


async def test_a_report_before_the_answer_is_the_same_draft(desk: Mailbox) -> None:
    """The pull meets the draft while its making is unanswered: it gets its id, and nothing else happens."""
    message = await write(desk)
    op = await taken_up(desk, message)
    await desk.store.write(draft_steps.begin, op, NOW, ())
    since = await state(desk)
    told = report(message)
    await desk.pull("Drafts", page(told))
    assert await seen(desk, since) == NOTHING
    assert await desk.id_of("D1") == message.id
    await desk.store.write(draft_steps.finish, op, told, (), NOW)
    await desk.pull("Drafts", page(told, partial("D1", is_seen=True), link="d2"))
    assert await seen(desk, since) == NOTHING


async def test_what_was_changed_elsewhere_is_another_message(desk: Mailbox) -> None:
    """Another program edits the draft: clients see a new one, under what that program wrote."""
    message = await write(desk)
    await made(desk, message, report(message))
    since = await state(desk)
    await desk.pull("Drafts", page(report(message, subject="Angebot 2")))

    renewed = await desk.id_of("D1")
    assert await seen(desk, since) == {"created": (renewed,), "updated": (), "destroyed": (message.id,)}
    found = await desk.store.read(messages.get, desk.account, renewed)
    assert found and found.subject == "Angebot 2"
    await desk.pull("Drafts", page(report(message, subject="Angebot 2"), link="d2"))
    assert await desk.id_of("D1") == renewed


async def test_a_report_from_before_the_files_came_changes_nothing(desk: Mailbox) -> None:
    """A page asked for while the attachments were on their way still says that there are none."""
    part = drafts.WrittenPart(Octets("0" * 64, 3), "a.txt", "text/plain", None, False)
    message = await write(desk, message=written(OFFICE, ["a@b.example"], [part]))
    as_of = await desk.store.read(changes.modseq, desk.account)
    await made(desk, message, report(message, has_attachment=True))
    since = await state(desk)
    await desk.store.write(
        ingest.apply_page,
        desk.account,
        desk.folder_ids["Drafts"],
        page(report(message, has_attachment=False)),
        is_sweep=False,
        now=NOW,
        as_of=as_of,
    )
    assert await seen(desk, since) == NOTHING


async def test_a_draft_only_here_survives_a_sweep(desk: Mailbox) -> None:
    """A full read of Drafts does not meet it, and Microsoft is never asked for its stand-in id."""
    message = await write(desk)
    await desk.pull("Drafts", page(link="s1"), is_sweep=True)
    assert await desk.store.read(messages.get, desk.account, message.id)


async def test_two_drafts_never_share_a_message_id(desk: Mailbox) -> None:
    """Reports are recognised by it."""
    named = replace(written(OFFICE, ["a@b.example"]), message_id="eins@buero.example")
    await write(desk, "k1", named)
    with pytest.raises(Invalid) as refused:
        await write(desk, "k2", named)
    assert refused.value.code == "message_id_taken"


async def test_a_sent_copy_becomes_the_draft(desk: Mailbox) -> None:
    """Met in Sent while it is being sent; the same Message-ID in the inbox is mail to oneself."""
    message = await write(desk)
    await made(desk, message, report(message))
    submission = await send(desk, message.id)
    since = await state(desk)
    copy = {"is_draft": False, "thread_key": "T-new"}
    await desk.pull("Inbox", page(report(message, "I1", "Inbox", **copy)))
    await desk.pull("Sent", page(sent_copy(message, submission, **copy)))

    assert await desk.id_of("S1") == message.id
    assert await seen(desk, since) == {
        "created": (await desk.id_of("I1"),), "updated": (message.id,), "destroyed": (),
    }  # fmt: skip
    found = await desk.store.read(submissions.get, desk.account, submission)
    assert found and found.state is SubmissionState.FINAL


async def test_a_report_from_before_the_sending_brings_no_ghost(desk: Mailbox) -> None:
    """A page asked for while the draft was still there, stored when it is sent: nothing comes back."""
    message = await write(desk)
    await made(desk, message, report(message))
    submission = await send(desk, message.id)
    as_of = await desk.store.read(changes.modseq, desk.account)
    await desk.pull("Sent", page(sent_copy(message, submission)))
    since = await state(desk)
    late = page(report(message, subject="Angebot"))
    args = (desk.account, desk.folder_ids["Drafts"], late)
    await desk.store.write(ingest.apply_page, *args, is_sweep=False, now=NOW, as_of=as_of)
    assert await seen(desk, since) == NOTHING


async def test_a_draft_that_is_nowhere_while_it_is_sent_stays(desk: Mailbox) -> None:
    """It left Drafts and its copy has not come: located as gone, it is kept; afterwards it is not."""
    message = await write(desk)
    await made(desk, message, report(message))
    await send(desk, message.id)
    await desk.pull("Drafts", page(left=("D1",)))
    await desk.store.write(ingest.settle, desk.account, {RemoteId("D1"): None}, now=NOW)
    assert await desk.store.read(messages.get, desk.account, message.id)


async def test_what_is_missing_while_it_waits_is_looked_for_and_kept(desk: Mailbox) -> None:
    """At once, and by one; there again it waits as before, and gone for good it is a draft to be made."""
    message = await write(desk)
    await made(desk, message, report(message))
    [own] = await desk.store.read(addresses.list_all, desk.account)
    later = NOW + timedelta(hours=1)
    wanted = Wanted(message.id, own.id, None, later, None)
    waiting = await desk.store.write(submit.submit, desk.user, desk.account, wanted, "k9", NOW)
    for is_there in (True, False):
        await desk.store.write(ingest.settle, desk.account, {RemoteId("D1"): None}, now=NOW)
        [due] = await desk.store.read(submissions.claimable, NOW, 5)
        taken = await desk.store.write(submissions.take, due, "test", NOW)
        assert taken and taken.submission.step is SendStep.MISSING
        if is_there:
            assert await desk.store.write(send_steps.there_again, taken, report(message), NOW)
            assert await desk.store.read(submissions.claimable, NOW, 5) == []
            assert not await desk.store.write(submissions.wait_again, taken)  # the claim has run out
        else:
            await desk.store.write(send_steps.gone, taken, "k2", NOW, is_removed=True)

    ended = await desk.store.read(submissions.get, desk.account, waiting.id)
    assert ended and (ended.state, ended.code) == (SubmissionState.FAILED, "gone")
    kept = await desk.store.read(messages.get, desk.account, message.id)
    assert kept and kept.remote_id == "local:k2"
    assert (await op_of(desk, message)).kind is OpKind.CREATE
    await desk.check()


async def test_cancel_and_send_exclude_each_other(desk: Mailbox) -> None:
    """Who cancels before it is noted as asked wins, claimed or not; then it is too late."""
    message = await write(desk)
    await made(desk, message, report(message))
    [own] = await desk.store.read(addresses.list_all, desk.account)
    wanted = Wanted(message.id, own.id, None, NOW, None)
    submission = await desk.store.write(submit.submit, desk.user, desk.account, wanted, "k9", NOW)
    [due] = await desk.store.read(submissions.claimable, NOW, 5)
    await desk.store.write(submit.cancel, desk.user, desk.account, submission.id, NOW)
    assert await desk.store.write(submissions.take, due, "test", NOW) is None

    again = await desk.store.write(submit.submit, desk.user, desk.account, wanted, "k9", NOW)
    [due] = await desk.store.read(submissions.claimable, NOW, 5)
    taken = await desk.store.write(submissions.take, due, "test", NOW)
    assert taken and taken.fence == due.fence + 1
    assert await desk.store.write(submissions.take, due, "other", NOW) is None
    with pytest.raises(Conflict, match="just being sent"):
        await desk.store.write(organise.destroy, desk.user, desk.account, message.id, NOW)
    await desk.store.write(submit.cancel, desk.user, desk.account, again.id, NOW)
    assert await desk.store.write(submissions.set_asked, taken, NOW, NOW, sealed=0) is None
    await desk.store.write(submissions.put_back, taken, NOW, waits_for="service", problem="busy")
    assert await desk.store.read(submissions.claimable, NOW, 5) == []

    last = await desk.store.write(submit.submit, desk.user, desk.account, wanted, "k9", NOW)
    [due] = await desk.store.read(submissions.claimable, NOW, 5)
    taken = await desk.store.write(submissions.take, due, "test", NOW)
    assert taken and await desk.store.write(submissions.set_asked, taken, NOW, NOW, sealed=0)
    with pytest.raises(Conflict):
        await desk.store.write(submit.cancel, desk.user, desk.account, last.id, NOW)


async def test_a_folder_stays_while_something_in_it_is_to_be_sent(desk: Mailbox) -> None:
    """As a single message does: refused before anything is written, until the sending is taken back."""
    message = await write(desk)
    await made(desk, message, report(message))
    await desk.pull("Objects", page(item("a", "Objects"), report(message, folder="Objects")))
    [own] = await desk.store.read(addresses.list_all, desk.account)
    wanted = Wanted(message.id, own.id, None, NOW, None)
    args = (desk.user, desk.account)
    submission = await desk.store.write(submit.submit, *args, wanted, "k9", NOW)
    objects = desk.folder_ids["Objects"]

    async def destroy() -> None:
        await desk.store.write(use_folders.destroy, *args, objects, NOW, with_messages=True)

    with pytest.raises(Conflict, match="waits to be sent"):
        await destroy()
    await desk.store.write(submit.cancel, *args, submission.id, NOW)
    await send(desk, message.id)
    with pytest.raises(Conflict, match="just being sent"):
        await destroy()
    assert (await desk.folder("Objects")).total == 2
    taken = await desk.store.read(submissions.active, desk.account, [message.id])
    await desk.store.write(submissions.end, taken[message.id], SubmissionState.FAILED, NOW)
    await destroy()
    assert await desk.store.read(messages.get, desk.account, message.id) is None
    await desk.check()


async def test_one_account_never_takes_all_the_room() -> None:
    """However much waits in one account, the others get their turn."""
    first, second = AccountId(1), AccountId(2)
    room = Places(4, 4, 2).beside([Work(first)])
    assert [room.take(first), room.take(first), room.take(second)] == [True, False, True]
    assert not room.is_full
    assert [room.take(AccountId(3)), room.take(AccountId(4)), room.is_full] == [True, False, True]


async def test_a_long_queue_holds_up_no_other_account(desk: Mailbox) -> None:
    """More waits in one account, longer, than is looked through: another's draft and sending still begin."""
    other = Mailbox(desk.store, *await desk.store.write(create, "other@office.example"))
    await desk.store.write(_prepare, other)
    await desk.store.write(_write_many, desk)
    soon = NOW + timedelta(seconds=1)
    place, message = other.folder_ids["Drafts"], written(OFFICE, ["kunde@extern.example"])
    last = await desk.store.write(drafts.create, other.user, other.account, place, message, "", "b1", soon)
    ops = await desk.store.write(writeback_ops.claim_drafts, "test", soon, Places(8, 8, 2).beside(()))
    assert sorted(op.account_id for op in ops) == [desk.account, desk.account, other.account]

    await made(other, last, report(last, "D2"))
    await desk.store.write(_queue, desk.account)
    [own] = await desk.store.read(addresses.list_all, other.account)
    wanted = Wanted(last.id, own.id, None, soon, None)
    await desk.store.write(submit.submit, other.user, other.account, wanted, "k9", soon)
    due = await desk.store.read(submissions.claimable, soon, _MANY)
    assert [one.submission.account_id for one in due[:3]] == [desk.account, other.account, desk.account]
    assert len(due) < _MANY


def _write_many(tx: Tx, desk: Mailbox) -> None:
    message, folder = written(OFFICE, ["kunde@extern.example"]), desk.folder_ids["Drafts"]
    for n in range(_MANY):
        drafts.create(tx, desk.user, desk.account, folder, message, "", f"a{n}", NOW)


def _queue(tx: Tx, account: AccountId) -> None:
    """So many submissions of messages that nothing is on its way for."""
    for n in range(_MANY):
        waiting = Submission(
            account_id=account,
            id=SubmissionId(1_000_000 + n),
            message_id=MessageId(1_000_000 + n),
            thread_id=ThreadId(1),
            internet_message_id=f"<{n}@office.example>",
            identity_id=IdentityId(1),
            envelope=Envelope(OFFICE, None, ("kunde@extern.example",)),
            state=SubmissionState.PENDING,
            step=SendStep.READY,
            send_at=NOW,
            due_at=NOW,
            created_at=NOW,
            created_by=None,
        )
        submissions.insert(tx, waiting)


async def test_a_late_worker_writes_nothing(desk: Mailbox) -> None:
    """A claim that has run out and was taken by another: its old holder's notes are ignored."""
    message = await write(desk)
    await made(desk, message, report(message))
    await send(desk, message.id)
    later = NOW + submissions.CLAIM_LASTS + timedelta(seconds=1)
    [old] = await desk.store.read(submissions.claimable, later, 5)
    new = await desk.store.write(submissions.take, old, "other", later)
    assert new
    assert await desk.store.write(submissions.set_asked, old, later, later, sealed=1) is None
    assert await desk.store.write(submissions.set_asked, new, later, later, sealed=1)


async def test_a_number_given_again_does_not_name_other_octets(desk: Mailbox) -> None:
    """After a power failure the number of an upload that is gone may be the next one's; its id is not."""
    args = (desk.user, desk.account)
    lost = await desk.store.write_fleeting(uploads.keep, *args, Octets("a" * 64, 1), "text/plain", NOW)

    def fail(tx: Tx) -> None:
        tx.run("delete_old_uploads", before=to_ms(NOW))
        take_ids(tx, desk.account, -1)

    await desk.store.write(fail)
    new = await desk.store.write_fleeting(uploads.keep, *args, Octets("b" * 64, 1), "text/plain", NOW)
    assert await desk.store.read(uploads.get, *args, new, NOW)
    assert await desk.store.read(uploads.get, *args, lost, NOW) is None


async def test_uploads_are_counted_until_a_message_keeps_them(desk: Mailbox) -> None:
    """The quota is of what nobody uses; after a day unused octets are loose, used ones stay."""
    brought = Octets("a" * 64, 400 * 1024 * 1024)
    args = (desk.user, desk.account)
    upload = await desk.store.write(uploads.keep, *args, brought, "text/plain", NOW)
    with pytest.raises(TooMany):
        await desk.store.write(uploads.keep, *args, replace(brought, sha256="b" * 64), "text/plain", NOW)
    part = drafts.WrittenPart(brought, "a.txt", "text/plain", None, False)
    await write(desk, message=written(OFFICE, ["a@b.example"], [part]))
    other = Octets("b" * 64, 400 * 1024 * 1024)
    await desk.store.write(uploads.keep, *args, other, "text/plain", NOW)
    assert await desk.store.read(uploads.get, *args, upload, NOW + timedelta(hours=23))
    assert await desk.store.read(uploads.get, *args, upload, NOW + timedelta(hours=25)) is None

    assert await desk.store.read(attachments.used_blobs, ["a" * 64, "b" * 64]) == {"a" * 64, "b" * 64}
    assert await desk.store.write(stored_uploads.destroy_before, NOW + timedelta(hours=1)) == 2
    assert await desk.store.read(attachments.loose_blobs, 10) == ["a" * 64, "b" * 64]
    assert await desk.store.read(attachments.used_blobs, ["a" * 64, "b" * 64]) == {"a" * 64}


async def test_old_submissions_are_forgotten(desk: Mailbox) -> None:
    """What ended long ago leaves the list, and clients are told; what waits stays."""
    message = await write(desk)
    await made(desk, message, report(message))
    submission = await send(desk, message.id)
    before = NOW + timedelta(days=31)
    assert await desk.store.read(submissions.with_old, before, before) == []
    assert await desk.store.write(submissions.forget_before, desk.account, before, 10, before) == 0
    await desk.pull("Sent", page(sent_copy(message, submission)))
    assert await desk.store.read(submissions.with_old, before, before) == [desk.account]
    assert await desk.store.write(submissions.forget_before, desk.account, before, 10, before) == 1
    assert await desk.store.read(submissions.with_old, before, before) == []
    found = await desk.store.read(changes.since, desk.account, ChangeType.SUBMISSION, 0, 10)
    assert found and submission not in found.created


async def test_a_submission_that_a_client_forgets_counts_for_the_limits_for_a_day(desk: Mailbox) -> None:
    """Whoever destroys what has been sent sends no more a minute, nor to more people a day, for it."""
    message = await write(desk)
    await made(desk, message, report(message))
    submission = await send(desk, message.id)
    await desk.pull("Sent", page(sent_copy(message, submission)))
    args, before = (desk.account, submission), NOW - timedelta(hours=1)
    await desk.store.write(submissions.forget, *args, NOW)

    assert await desk.store.read(submissions.get, *args) is None
    assert await desk.store.read(submissions.newest, desk.account, 10) == []
    assert await desk.store.read(submissions.recipients_since, desk.account, before) == (1, NOW)
    assert await desk.store.read(submissions.free_at, desk.account, 1, NOW) == NOW + timedelta(minutes=1)
    assert await desk.store.read(submissions.with_old, before, NOW) == []
    later = NOW + timedelta(days=1)
    assert await desk.store.read(submissions.with_old, before, later) == [desk.account]
    await desk.store.write(submissions.forget_before, desk.account, before, 10, later)
    assert await desk.store.read(submissions.recipients_since, desk.account, before) == (0, None)
