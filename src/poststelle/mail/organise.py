"""A user's changes to messages: shown at once, queued for the provider in the same transaction.

Refusals are raised before anything is written, so a caller may catch one and
go on with other messages in the same transaction.
"""

from collections.abc import Mapping
from datetime import datetime

from poststelle.access.rights import require
from poststelle.mail.ingest import lock
from poststelle.model.errors import Invalid, NotFound
from poststelle.model.ids import AccountId, FolderId, MessageId, UserId
from poststelle.model.message import FLAGGED, SEEN, Message
from poststelle.model.rights import Level
from poststelle.model.writeback import OpKind
from poststelle.store import folders, messages, threads, writeback_ops
from poststelle.store.tx import Tx

# Keywords that the provider keeps for us, and the field of Mutable behind each.
_FIELDS = {SEEN: "is_seen", FLAGGED: "is_flagged"}


def set_keywords(
    tx: Tx, user: UserId, account: AccountId, message: MessageId, patch: Mapping[str, bool], now: datetime
) -> None:
    """Set (True) or clear (False) keywords; what already is so is left alone.

    Raises NotFound, NotAllowed, or Invalid for a keyword that can't be changed.
    """
    before = _changeable(tx, user, account, message)
    for keyword in patch:
        if keyword not in _FIELDS:
            raise Invalid("keywords", "keyword_not_kept", f"The keyword {keyword} can't be changed here.")
    wanted = {_FIELDS[keyword]: value for keyword, value in patch.items()}
    undo = {
        field: getattr(before.mutable, field)
        for field, value in wanted.items()
        if getattr(before.mutable, field) != value
    }
    if not undo:
        return
    payload = {field: wanted[field] for field in undo}
    messages.set_mutable(tx, account, message, **payload)
    writeback_ops.insert(tx, account, message, OpKind.SET, payload=payload, undo=undo, now=now, user=user)


def move(
    tx: Tx, user: UserId, account: AccountId, message: MessageId, folder: FolderId, now: datetime
) -> None:
    """Put a message into another folder; into its own: nothing happens.

    Raises NotFound, NotAllowed, or Invalid for a folder that is not there.
    """
    before = _changeable(tx, user, account, message)
    target = folders.get(tx, account, folder)
    if target is None or folder not in folders.shown(tx, account).values():
        raise Invalid("folder", "no_such_folder", "This folder is not there any more.")
    if before.folder_ids == (folder,):
        return
    messages.set_folder(tx, account, message, folder)
    writeback_ops.insert(
        tx,
        account,
        message,
        OpKind.MOVE,
        payload={"folder": target.remote_id},
        undo={"folder": before.folder_ids[0]},
        now=now,
        user=user,
    )


def destroy(tx: Tx, user: UserId, account: AccountId, message: MessageId, now: datetime) -> None:
    """Remove a message for good. The page's "delete" is a move to the trash; this is not.

    Raises NotFound or NotAllowed.
    """
    before = _changeable(tx, user, account, message)
    key = threads.keys(tx, account, [before.thread_id])[before.thread_id]
    messages.hide(tx, before)
    writeback_ops.insert(
        tx,
        account,
        message,
        OpKind.DESTROY,
        payload={},
        undo={"folder": before.folder_ids[0], "thread_key": key},
        now=now,
        user=user,
    )


def _changeable(tx: Tx, user: UserId, account: AccountId, message: MessageId) -> Message:
    """The message, once the user's right to change it is proved and nobody else is changing it."""
    require(tx, user, account, Level.WRITE)
    lock(tx, account)
    found = messages.get(tx, account, message)
    if found is None:
        raise NotFound("no_such_message", "This message is not there any more.")
    return found
