"""What is stored between two steps of making a draft. Each function is one transaction."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from msgspec import structs

from poststelle.lib.clock import from_ms, to_ms
from poststelle.mail import file_lists, own
from poststelle.mail.ingest import lock
from poststelle.mail.told import changed_since, differing, digests
from poststelle.model.change import ChangeOp, ChangeType
from poststelle.model.draft import Draft, DraftStep, PartProgress
from poststelle.model.folder import Role
from poststelle.model.ids import RemoteId, is_local
from poststelle.model.message import Attachment, Body, Message
from poststelle.model.writeback import Failure, OpKind, WritebackOp
from poststelle.providers.base import RemoteAttachment, RemoteMessage
from poststelle.providers.errors import RemoteConflict
from poststelle.store import (
    attachments,
    bodies,
    departures,
    drafts,
    folder_undoing,
    folders,
    messages,
    missing_texts,
    notices,
    op_rows,
    pending,
    submissions,
    sync_states,
    writeback_ops,
)
from poststelle.store.attachments import Kept
from poststelle.store.tx import ReadTx, Tx
from poststelle.submission import outcome
from poststelle.writeback.hand_over import hand_over

_REFUSED_AGAIN = timedelta(hours=1)
_CONFLICT_AGAIN = timedelta(seconds=30)
_MISSED_AT = "missed_at"
_SEEN = "seen"
_DOUBT = frozenset({_MISSED_AT, _SEEN, writeback_ops.ASKED_IN})
_BROUGHT_HOME = "brought_home"
_HIDDEN = "hidden"
_HIDDEN_AT_MOST = 2  # attempts: what was just made is said to be gone for a moment
_NO_FOLDER_AT_MOST = 4  # a folder that was just made may not be known everywhere yet


@dataclass(frozen=True, slots=True)
class File:
    """An attachment of the draft: what it is, where its octets are, and how far it has come."""

    attachment: Attachment
    kept: Kept
    progress: PartProgress


@dataclass(frozen=True, slots=True)
class Work:
    """All that is needed to make a draft. ``is_hidden``: somebody has removed it here meanwhile.

    ``fields``: header fields of its writer's own. ``octets``: those of a finished message, as it came.
    ``lacks_files``: octets of attachments are not here, for another program has added them there.
    ``is_to_be_sent``: made twice, it might reach somebody twice.
    """

    op: WritebackOp
    draft: Draft
    message: Message
    body: Body
    files: tuple[File, ...]
    fields: Kept | None
    octets: Kept | None
    lacks_files: bool
    is_to_be_sent: bool

    @property
    def is_hidden(self) -> bool:
        return not self.message.folder_ids


def is_held(tx: ReadTx, op: WritebackOp) -> bool:
    """Whether it is still claimed as it was taken. Who comes late has nothing to store."""
    return bool(writeback_ops.held(tx, op.account_id, [op]))


def load(tx: ReadTx, op: WritebackOp) -> Work | None:
    """The draft as it is stored; None when there is nothing to make any more, or another makes it by now."""
    account, message_id = op.account_id, op.message_id
    message, draft = messages.even_hidden(tx, account, message_id), drafts.get(tx, account, message_id)
    if message is None or draft is None or not is_held(tx, op):
        return None
    listed = attachments.get(tx, account, message_id) or ()
    progress = {part.position: part for part in drafts.parts(tx, account, message_id)}
    files = []
    for attachment in listed:
        kept = attachments.kept(tx, account, message_id, attachments.part_name(attachment.position))
        if kept is not None and attachment.position in progress:
            files.append(File(attachment, kept, progress[attachment.position]))
    body = bodies.get(tx, account, message_id) or Body("text/plain", "")
    fields = attachments.kept(tx, account, message_id, attachments.FIELDS)
    octets = attachments.kept(tx, account, message_id, "mime") if draft.is_finished else None
    return Work(
        op,
        draft,
        message,
        body,
        tuple(files),
        fields,
        octets,
        lacks_files=len(files) < len(listed),
        is_to_be_sent=bool(submissions.active(tx, account, [message_id])),
    )


def missed(tx: Tx, op: WritebackOp, seen: Collection[RemoteId], now: datetime) -> datetime:
    """It may have been made, and is not to be found: since when, or since when nothing new was seen.

    A request may be carried out after we have given it up, and a copy in Sent takes its time to be seen.
    ``seen``: what was found that may be something else: of these, too, one may be seen before the other.
    """
    lock(tx, op.account_id)
    known = set(op.payload.get(_SEEN, ()))
    if _MISSED_AT in op.payload and known.issuperset(seen):
        return from_ms(op.payload[_MISSED_AT])
    if not is_held(tx, op):
        return now
    noted = {_MISSED_AT: to_ms(now), _SEEN: sorted(known.union(seen))}
    op_rows.write(tx, op.account_id, op.id, dict(op.payload) | noted, op.undo)
    return now


def begin(tx: Tx, op: WritebackOp, again_at: datetime, there: Collection[RemoteId]) -> bool:
    """The provider is about to be asked to make it; False when it is not wanted any more.

    ``there``: what is there, and is not it, or is used by somebody by now.
    """
    lock(tx, op.account_id)
    work = load(tx, op)
    if work is None or work.is_hidden:
        return False
    noted: dict[str, Any] = {}
    if work.draft.step is DraftStep.NEW:
        noted[writeback_ops.ASKED_IN] = op.attempts
    if there:
        noted[writeback_ops.PASSED_OVER] = sorted({*op.payload.get(writeback_ops.PASSED_OVER, ()), *there})
    op_rows.write(tx, op.account_id, op.id, _without_doubt(op) | noted, op.undo)
    writeback_ops.begin(tx, op, again_at)
    return drafts.set_step(tx, work.draft, DraftStep.ASKED, work.draft.problem)


def _without_doubt(op: WritebackOp) -> dict[str, Any]:
    """Where it is, or that it is nowhere, is known now; a later doubt has a clock of its own."""
    return {name: value for name, value in op.payload.items() if name not in _DOUBT}


def was_seen(op: WritebackOp) -> bool:
    """Whether something that may be it was found by an earlier attempt."""
    return bool(op.payload.get(_SEEN))


def not_asked(tx: Tx, op: WritebackOp) -> None:
    """The provider has not made it: it need not be looked for."""
    lock(tx, op.account_id)
    draft = drafts.get(tx, op.account_id, op.message_id)
    if draft is not None and is_held(tx, op):
        drafts.set_step(tx, draft, DraftStep.NEW, draft.problem)


def home(tx: ReadTx, op: WritebackOp) -> RemoteId | None:
    """The folder in which it is made."""
    if "folder" in op.payload:
        return op.target
    found = folders.by_role(tx, op.account_id, Role.DRAFTS)
    return None if found is None else found.remote_id


def is_met(tx: ReadTx, op: WritebackOp) -> bool:
    """Whether a pull has met something that may be it, which a search may show late."""
    draft = drafts.get(tx, op.account_id, op.message_id)
    return draft is not None and drafts.has_namesake(
        tx, op.account_id, op.message_id, draft.internet_message_id
    )


def unused(tx: ReadTx, op: WritebackOp, there: Sequence[RemoteMessage]) -> list[RemoteMessage]:
    """Of what lies there what may be it: nothing with which people here work as a message of its own.

    Of what would be sent, or thrown away, nothing at all as long as one of these may be it, for the others
    may be copies of that one; and nothing that was there before it was made anew.
    """
    work = load(tx, op)
    if work is None:
        return []
    used = {item.remote_id for item in there if _is_used(tx, work, item)}
    if not (work.is_to_be_sent or own.is_unwanted(tx, work.message)):
        return [item for item in there if item.remote_id not in used]
    passed_over = writeback_ops.passed_over(tx, op.account_id, op.message_id)
    if not used.issubset(passed_over):
        return []
    return [item for item in there if item.remote_id not in passed_over]


def _is_used(tx: ReadTx, work: Work, like: RemoteMessage) -> bool:
    """Whether people here work with this, which a pull has shown them as a message of its own.

    What says the same as the letter is that all the same, unless they send it, or have thrown away one of
    both: the other was to stay.
    """
    letter = work.message
    if _is_done_with(tx, letter, like.remote_id):
        return True
    twin = messages.twin(tx, letter.account_id, letter.id, like.remote_id)
    if twin is None or not differing(letter, work.body, like):
        return False
    return bool(op_rows.list_open(tx, letter.account_id, [twin.id]))


def _is_done_with(tx: ReadTx, letter: Message, remote_id: RemoteId) -> bool:
    """Whether people here, by no other program, send this by itself, or have thrown away one of both."""
    account, nothing = letter.account_id, pending.NOTHING_PENDING
    done = pending.of_confirmed(tx, account, [remote_id], 0).get(remote_id, nothing)
    twin = messages.twin(tx, account, letter.id, remote_id)
    if done.is_destroying or twin is None:
        return done.is_destroying
    if submissions.active(tx, account, [twin.id]) or (twin.folder_ids and _is_removed(tx, letter, twin)):
        return True
    on_its_way = pending.of_open(tx, account, [twin.id]).get(twin.id, nothing)
    is_in_trash = not folders.within(tx, account, Role.TRASH).isdisjoint(twin.folder_ids)
    return on_its_way.is_destroying or (is_in_trash and (on_its_way.is_moving or done.is_moving))


def _is_removed(tx: ReadTx, letter: Message, twin: Message) -> bool:
    """Whether people have thrown it away, and not the other, which was shown or worked with after that.

    Numbers tell the order. What is removed for good takes along nothing that anybody has worked with.
    """
    first, worked_with = None, _last_done(tx, twin)
    trash = folders.within(tx, letter.account_id, Role.TRASH)
    for op in op_rows.list_open(tx, letter.account_id, [letter.id]):
        if op.is_replacing:
            return worked_with > 0
        if op.kind is OpKind.DESTROY or (op.kind is OpKind.MOVE and op.payload["folder"] in trash):
            first = first or op.id  # of the removals since it was last brought back
        elif op.kind is OpKind.MOVE:
            first = None
    if first is None:
        return False
    return first > twin.id or worked_with > (first if letter.folder_ids else 0)


def _last_done(tx: ReadTx, message: Message) -> int:
    """The number of what people have done last to a message, as far as that is known; 0: nothing."""
    account = message.account_id
    numbers = [op.id for op in op_rows.list_open(tx, account, [message.id])]
    return max([*numbers, *pending.last_confirmed(tx, account, message.remote_id).values()], default=0)


def taken(tx: Tx, op: WritebackOp, like: RemoteMessage) -> RemoteId | None:
    """As ``made``, of what is there and was not answered; None, too, if people have begun to change it."""
    lock(tx, op.account_id)
    work = load(tx, op)
    is_used = work is not None and _is_used(tx, work, like)
    return None if is_used else made(tx, op, like.remote_id, (), None)


def made(
    tx: Tx, op: WritebackOp, remote_id: RemoteId, with_files: Collection[int], answer: RemoteMessage | None
) -> RemoteId | None:
    """The provider has it, with these of its files; the id under which it is known from now on.

    None: a pull has shown it as a message of its own, which people have sent or thrown away meanwhile.
    ``answer``: what it made of it, if that was heard. A pull may have met it meanwhile, and this may be
    somebody's copy of it, of which nothing is noted then.
    """
    lock(tx, op.account_id)
    message = messages.even_hidden(tx, op.account_id, op.message_id)
    if message is None or not is_held(tx, op):
        return remote_id
    if is_local(message.remote_id):
        if _is_done_with(tx, message, remote_id):
            seen = {*op.payload.get(_SEEN, ()), remote_id}
            op_rows.write(tx, op.account_id, op.id, _without_doubt(op) | {_SEEN: sorted(seen)}, op.undo)
            return None
        _become(tx, message, remote_id)
        drafts.look_for_namesakes(tx, op.account_id, op.message_id)
    elif message.remote_id != remote_id:
        return message.remote_id
    op_rows.write(tx, op.account_id, op.id, _without_doubt(op), op.undo)
    drafts.set_told(tx, op.account_id, op.message_id, None if answer is None else digests(answer))
    for position in with_files:
        attached(tx, op, position)
    return remote_id


def _become(tx: Tx, message: Message, remote_id: RemoteId) -> None:
    """The letter is known under this id; what people did to it, and where it was shown as another one, holds.

    But for a removal: the letter was to stay.
    """
    account = message.account_id
    twin = messages.twin(tx, account, message.id, remote_id)
    if twin is None or not twin.folder_ids or not message.folder_ids:
        messages.set_remote_id(tx, account, message.id, remote_id)
        return
    before = structs.replace(message, remote_id=remote_id)
    after = hand_over(tx, before, twin)
    messages.set_remote_id(tx, account, message.id, remote_id)
    messages.replace(tx, account, [(before, after)])


def attached(tx: Tx, op: WritebackOp, position: int) -> None:
    """The provider has this file."""
    drafts.set_part(tx, op.account_id, op.message_id, PartProgress(position, True, None, None, 0))


def not_wanted(tx: Tx, op: WritebackOp) -> None:
    """It was removed here before it came to be there: nothing is left of it."""
    lock(tx, op.account_id)
    message = messages.even_hidden(tx, op.account_id, op.message_id)
    if message is not None and not message.folder_ids and is_held(tx, op):
        messages.destroy(tx, op.account_id, op.message_id)
        tx.changed(op.account_id, ChangeType.SYNC, 0, ChangeOp.UPDATED)


def sent(tx: Tx, op: WritebackOp, copy: RemoteMessage | None, now: datetime) -> None:
    """Somebody has sent it with another program: it is the copy in Sent from now on; None: there is none."""
    lock(tx, op.account_id)
    work = load(tx, op)
    if work is None or work.is_hidden:
        return
    submission = submissions.active(tx, op.account_id, [op.message_id]).get(op.message_id)
    if submission is None:
        outcome.become(tx, work.message, copy, now)
    else:
        outcome.sent(tx, submission, work.message, copy, now, is_others=True)


def gone(tx: Tx, op: WritebackOp, key: str, now: datetime, *, is_among_others: bool) -> bool:
    """What others have made of it tells that it was there, and is not any more; False if nobody sends it.

    It does not go by itself then: ``key`` names the draft that is made anew, and people are told.
    ``is_among_others``: drafts lie there, one of which it may be, and nobody can tell.
    """
    lock(tx, op.account_id)
    work = load(tx, op)
    if work is None or work.is_hidden or not work.is_to_be_sent:
        return False
    detail = outcome.IN_DRAFTS_AMONG_OTHERS if is_among_others else outcome.IN_DRAFTS_UNSURE
    for submission in submissions.active(tx, op.account_id, [op.message_id]).values():
        outcome.gone(tx, submission, key, now, detail=detail)
    return True


def kept(tx: Tx, op: WritebackOp, now: datetime) -> None:
    """As ``gone``, where a pull has taken for it what says what was written: that stays, as a draft."""
    lock(tx, op.account_id)
    if load(tx, op) is None:
        return
    for submission in submissions.active(tx, op.account_id, [op.message_id]).values():
        detail = outcome.IN_DRAFTS_AMONG_OTHERS
        outcome.failed(tx, submission, code="gone", detail=detail, now=now)


def finish(
    tx: Tx,
    op: WritebackOp,
    whole: RemoteMessage,
    listed: Sequence[RemoteAttachment] | None,
    now: datetime,
) -> None:
    """It is there whole. What the provider tells of it is our own draft from now on.

    Of another than it is known as by now nothing is said; what is there of it is looked at anew.
    """
    lock(tx, op.account_id)
    work = load(tx, op)
    if work is None or work.message.remote_id != whole.remote_id:
        return
    account, message = op.account_id, work.message
    told = digests(whole)
    edited = _edited(work, whole, told)
    drafts.set_told(tx, account, message.id, {name: told[name] for name in told.keys() - edited})
    drafts.set_step(tx, work.draft, DraftStep.DONE)
    if not work.draft.is_finished:
        _count_files(tx, message, whole)
    if whole.thread_key is not None:
        messages.name_conversation(
            tx, account, message.id, whole.thread_key, is_answer=work.draft.is_our_answer
        )
    is_known = listed is not None and file_lists.are_ours(tx, account, message.id, listed)
    if not is_known and not work.draft.is_finished:
        attachments.look_again(tx, account, [message.id])
    departures.settle(tx, account, [message.id])
    if edited:  # not told so far, so asking for it brings it
        missing_texts.add(tx, account, [message.id])
        sync_states.wake(tx, account, now)
    if writeback_ops.confirm(tx, replace(op, remote_id=message.remote_id), at=now):
        sync_states.wake(tx, account, now)


def _count_files(tx: Tx, message: Message, whole: RemoteMessage) -> None:
    """Whether it has files is as the provider says: some may have been added or removed there meanwhile."""
    if whole.has_attachment is not None:
        counted = structs.replace(message, has_attachment=whole.has_attachment)
        messages.replace(tx, message.account_id, [(message, counted)])


def _edited(work: Work, whole: RemoteMessage, told: dict[str, str]) -> set[str]:
    """What somebody has changed there while it was made: that differs from the first answer, or from ours."""
    if work.draft.is_finished:
        return set()
    if work.draft.told is not None:
        return changed_since(work.draft.told, told)
    return differing(work.message, work.body, whole)


def refused(tx: Tx, op: WritebackOp, code: str, now: datetime) -> None:
    """The provider will not have it. It stays here, people are told, and what was to send it has failed."""
    lock(tx, op.account_id)
    work = load(tx, op)
    if work is None:
        return
    if work.draft.problem != code:
        notices.add(
            tx,
            op.account_id,
            OpKind.CREATE,
            op.message_id,
            code="refused",
            detail=code,
            at=now,
            user=op.created_by,
        )
    drafts.set_step(tx, work.draft, work.draft.step, code)  # what was asked for is looked for next time, too
    for submission in submissions.active(tx, op.account_id, [op.message_id]).values():
        outcome.failed(tx, submission, code="refused", detail=code, now=now)
    writeback_ops.retry(tx, op, now + _REFUSED_AGAIN, code, Failure.OWN)


def conflicting(tx: Tx, op: WritebackOp, error: RemoteConflict, now: datetime) -> None:
    """It is gone or another one at the provider: the next pull finds out. Or its folder is gone for good."""
    lock(tx, op.account_id)
    if not is_held(tx, op):
        return
    writeback_ops.retry(tx, op, now + _CONFLICT_AGAIN, error.code, Failure.OWN)
    message = messages.even_hidden(tx, op.account_id, op.message_id)
    if message is None:
        return
    if is_local(message.remote_id):
        if error.is_gone and "folder" in op.payload:
            is_known_to_be_gone = op.target is None
            if is_known_to_be_gone or op.own_failures >= _NO_FOLDER_AT_MOST:
                folder_undoing.bring_home(tx, op)
                _tell_of_home(tx, op, now)
    elif error.is_gone and message.folder_ids and op.payload.get(_HIDDEN, 0) < _HIDDEN_AT_MOST:
        _note_hidden(tx, op)
    else:
        for folder in message.folder_ids:
            departures.add(tx, op.account_id, folder, [message.id], now)
        if error.is_gone and not message.folder_ids:
            _leave_to_removal(tx, op, now)
        sync_states.wake(tx, op.account_id, now)


def _note_hidden(tx: Tx, op: WritebackOp) -> None:
    """A pull that asks for it now may be told so, too, and would destroy what was written.

    Counted apart from whatever else has failed: nothing of that says that it is gone.
    """
    times = op.payload.get(_HIDDEN, 0) + 1
    op_rows.write(tx, op.account_id, op.id, _without_doubt(op) | {_HIDDEN: times}, op.undo)


def _leave_to_removal(tx: Tx, op: WritebackOp, now: datetime) -> None:
    """Nobody sees the draft here any more: what is to remove it there looks for it by itself, and may well
    find it. One just made is hidden for a moment, and would come back if its removal were forgotten."""
    waiting = op_rows.list_open(tx, op.account_id, [op.message_id])
    if any(other.kind is OpKind.DESTROY for other in waiting):
        writeback_ops.confirm(tx, op, at=now)
    else:
        messages.destroy(tx, op.account_id, op.message_id)


def _tell_of_home(tx: Tx, op: WritebackOp, now: datetime) -> None:
    """Once for each person, for it may befall thousands of messages of one import."""
    user = op.created_by
    if any(
        told.detail == _BROUGHT_HOME and told.user_id == user for told in notices.list_all(tx, op.account_id)
    ):
        return
    notices.add(
        tx,
        op.account_id,
        OpKind.CREATE,
        op.message_id,
        code="gone",
        detail=_BROUGHT_HOME,
        at=now,
        user=user,
    )
