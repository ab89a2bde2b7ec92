"""What waits to reach the provider, as people see it: why it waits, send it now, give it up."""

from dataclasses import dataclass
from datetime import datetime

from poststelle.access.rights import require
from poststelle.mail.ingest import lock
from poststelle.model.errors import Conflict, NotFound
from poststelle.model.ids import AccountId, MessageId, OpId, SubmissionId, UserId
from poststelle.model.rights import Level
from poststelle.model.submission import Submission, SubmissionState
from poststelle.model.writeback import FolderOp, Notice, OpKind, WritebackOp
from poststelle.store import (
    folder_ops,
    folder_undoing,
    folders,
    messages,
    notices,
    submissions,
    writeback_ops,
)
from poststelle.store.aside import is_set_aside
from poststelle.store.tx import ReadTx, Tx

SHOWN_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class Waiting:
    """One change that waits. ``subject`` is the message's, or the folder's name.

    ``problem`` is the provider's code for the last attempt, None before the
    first failure; ``target`` the name of the folder a message is to move to.
    ``submission`` and ``waits_for`` are those of a letter that is held up.
    """

    id: OpId
    kind: str
    message_id: MessageId | None
    subject: str
    target: str | None
    at: datetime
    user_id: UserId | None
    attempts: int
    problem: str | None
    due_at: datetime
    is_in_flight: bool
    submission: SubmissionId | None = None
    waits_for: str | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """The oldest changes that wait, and how many there are in all."""

    waiting: tuple[Waiting, ...]
    total: int


def list_waiting(tx: ReadTx, user: UserId, account: AccountId) -> Queue:
    """Letters that are held up, then changes of folders, then those of messages; the oldest of each first.

    Raises NotFound.
    """
    require(tx, user, account, Level.READ)
    named = {folder.id: folder.name for folder in folders.list_all(tx, account)}
    sending = submissions.held_up(tx, account, SHOWN_AT_MOST)
    letters = {m.id: m.subject for m in messages.get_many(tx, account, [one.message_id for one in sending])}
    shown = [_held_up(one, letters.get(one.message_id, "")) for one in sending]
    shown += [_shown(op, None, _name(op)) for op in folder_ops.list_all(tx, account)]
    shown = shown[:SHOWN_AT_MOST]
    ops = writeback_ops.list_oldest(tx, account, SHOWN_AT_MOST - len(shown))
    subjects = {m.id: m.subject for m in messages.get_many(tx, account, [op.message_id for op in ops])}
    for op in ops:
        target = op.payload.get("folder")
        subject = subjects.get(op.message_id, "")
        shown.append(_shown(op, op.message_id, subject, named.get(target) if target else None))
    return Queue(tuple(shown), writeback_ops.pending_count(tx, account) + len(sending))


def send_now(tx: Tx, user: UserId, account: AccountId, op: OpId, now: datetime) -> None:
    """Do not wait longer before the next attempt. Raises NotFound or NotAllowed."""
    found = _waiting(tx, user, account, op)
    store = folder_ops if isinstance(found, FolderOp) else writeback_ops
    store.set_due(tx, account, op, now)


def give_up(tx: Tx, user: UserId, account: AccountId, op: OpId, now: datetime) -> None:
    """Take the change back instead of sending it.

    Raises NotFound, NotAllowed, or Conflict: ``on_its_way`` while it is being sent, ``is_a_draft``.
    """
    found = _waiting(tx, user, account, op)
    if found.is_in_flight:
        raise Conflict("on_its_way", "This change is being sent just now.")
    if isinstance(found, WritebackOp) and found.kind is OpKind.CREATE:
        raise Conflict("is_a_draft", "This draft is not at Microsoft yet; delete it instead.")
    told: Notice | None
    if isinstance(found, FolderOp):
        told = folder_undoing.take_back(tx, found, "discarded", "", now)
    else:
        told = writeback_ops.take_back(tx, found, "discarded", "", now)
        folder_undoing.spare_source(tx, found, "", now)
    if told is not None:  # who gave it up knows
        notices.dismiss(tx, account, told.id)


def _waiting(tx: Tx, user: UserId, account: AccountId, op: OpId) -> FolderOp | WritebackOp:
    require(tx, user, account, Level.WRITE)
    lock(tx, account)
    found = writeback_ops.get(tx, account, op) or folder_ops.get(tx, account, op)
    if found is None:
        raise NotFound("no_such_change", "This change does not wait any more.")
    return found


def _shown(
    op: FolderOp | WritebackOp, message: MessageId | None, subject: str, target: str | None = None
) -> Waiting:
    return Waiting(
        op.id, op.kind.value, message, subject, target, op.created_at, op.created_by, op.attempts, op.problem,
        op.created_at if is_set_aside(op.due_at) else op.due_at, op.is_in_flight,
    )  # fmt: skip


def _held_up(one: Submission, subject: str) -> Waiting:
    """Who cancels the submission takes it back, unless it is asked for by now, or was without an answer."""
    return Waiting(
        OpId(one.id), OpKind.SEND.value, one.message_id, subject, None, one.created_at, one.created_by,
        one.attempts, one.detail, one.due_at, one.state is SubmissionState.SENDING, one.id, one.waits_for,
    )  # fmt: skip


def _name(op: FolderOp) -> str:
    """What the folder is to be called, or was."""
    return str(op.payload.get("name") or op.undo.get("name") or op.name)
