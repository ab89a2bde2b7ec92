"""An earlier state becomes the present one: what was on its way then is not done now.

The world has gone on since that state: a letter that waited may have been taken back, and what was changed at
Microsoft since must not be undone by an older wish. So whatever was to reach Microsoft and had not stops,
each with a notice in its mailbox; whoever still wants it says so again. What Microsoft got meanwhile the next
pull shows. What was written here and lies nowhere else (a draft that is still to be made there) goes on.

Source: docs/decisions/0035.
"""

from datetime import datetime
from typing import NamedTuple

from poststelle.model.ids import AccountId, is_local
from poststelle.model.writeback import RESTORED, OpKind, WritebackOp
from poststelle.store import accounts, audit, backups, folder_ops, folder_undoing, submissions, writeback_ops
from poststelle.store.tx import Tx
from poststelle.submission import outcome

_ALL = 10**9
NOTE = "backup.restored"
"""What the audit trail calls it."""


class Stopped(NamedTuple):
    """How many letters that waited are drafts again, and how many other changes are as before."""

    letters: int = 0
    changes: int = 0


def begin_anew(tx: Tx, now: datetime, made_at: datetime | None) -> Stopped:
    """Make an earlier state the present one, and note it. ``made_at``: of the backup, None without one.

    With it is noted how many entries of the audit trail nothing had sealed so far: what is sealed from now on
    tells of them only that they were there today.
    """
    backups.begin_anew(tx, now)
    letters = changes = 0
    for account in accounts.list_all(tx):
        if not account.is_internal:
            letters += _hold_letters(tx, account.id, now)
            changes += _drop_changes(tx, account.id, now)
    when = None if made_at is None else noted_time(made_at)
    unsealed, _ = audit.unsealed(tx)
    audit.record(tx, now, None, NOTE, made_at=when, unsealed=unsealed)
    return Stopped(letters, changes)


def noted_time(made_at: datetime) -> str:
    """As the note has it."""
    return made_at.isoformat(timespec="seconds")


def _hold_letters(tx: Tx, account: AccountId, now: datetime) -> int:
    waiting = submissions.waiting(tx, account)
    for submission in waiting:
        outcome.failed(tx, submission, code=RESTORED, detail="", now=now)
    return len(waiting)


def _drop_changes(tx: Tx, account: AccountId, now: datetime) -> int:
    """The newest first, so that none is put back to what a later one had made."""
    dropped = [op for op in writeback_ops.list_oldest(tx, account, _ALL) if not _is_only_here(op)]
    for op in reversed(dropped):
        writeback_ops.take_back(tx, op, RESTORED, "", now)
    of_folders = folder_ops.list_all(tx, account)
    for folder_op in reversed(of_folders):
        folder_undoing.take_back(tx, folder_op, RESTORED, "", now)
    return len(dropped) + len(of_folders)


def _is_only_here(op: WritebackOp) -> bool:
    """Whether it is about something written here that Microsoft has not, or not in this version."""
    return op.kind is OpKind.CREATE or is_local(op.remote_id) or bool(op.payload.get("is_replacing"))
