"""One change of a folder on its way to the provider, and what becomes of it."""

from dataclasses import dataclass
from datetime import datetime

from poststelle.model.ids import FolderId, RemoteId, SignInId
from poststelle.model.known_ids import KnownIds
from poststelle.model.writeback import FolderOp, FolderOpKind
from poststelle.providers.base import PLACE_UNKNOWN, RemoteFolderOp, RemoteMail
from poststelle.providers.errors import ProviderError, Refused, RemoteConflict, RetryLater, SignInNeeded
from poststelle.settings import guardian
from poststelle.store import cursors, folder_ops, folder_undoing, folders, sync_states
from poststelle.store.tx import ReadTx, Tx
from poststelle.writeback.patience import failure, may_yet_work, wait

_NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Hopeless:
    """A change that is not to be made: its folder, or the one above it, is gone, or nobody finished it."""

    detail: str = "ErrorFolderNotFound"


def resolved(tx: ReadTx, op: FolderOp) -> RemoteFolderOp | Hopeless:
    """The change in the provider's ids, which a folder of ours may have got since.

    Raises RetryLater while the folder above it is still to be made.
    """
    folder = folders.get(tx, op.account_id, op.folder_id)
    if op.is_unfinished:
        return Hopeless("unfinished")
    if op.kind is FolderOpKind.DESTROY:
        known = KnownIds(str(op.payload.get("messages", "")))
        return RemoteFolderOp(op.kind, folder=op.remote_id, messages=known)
    if folder is None:
        return Hopeless()
    parent: RemoteId | None = None
    if (above := op.payload.get("parent")) is not None:
        found = folders.get(tx, op.account_id, FolderId(above))
        if found is None:
            return Hopeless()
        if found.is_new:
            raise RetryLater("parent_not_made", is_local=True)
        parent = found.remote_id
    name = str(op.payload.get("name", folder.name))
    return RemoteFolderOp(op.kind, None if folder.is_new else folder.remote_id, name, parent)


async def made(remote: RemoteMail, wanted: RemoteFolderOp) -> RemoteId:
    """Have the change made; the folder's id. Raises ProviderError.

    One to be removed that is gone is removed. A folder that was not there for it, and is there for us, is not
    gone: one just made may be hidden for a moment. That is a conflict that passes.
    """
    try:
        return await remote.apply_folder(wanted)
    except RemoteConflict as error:
        if not error.is_gone:
            raise
        for folder in (wanted.folder, wanted.parent):
            if folder is not None and not await is_there(remote, folder):
                if wanted.kind is FolderOpKind.DESTROY:
                    return folder
                raise
        raise RemoteConflict(error.code) from error


async def is_there(remote: RemoteMail, folder: RemoteId) -> bool:
    """Whether people see the folder just now, or it is there and nobody says where it lies.

    Raises ProviderError, also where it is refused to be looked at: that says nothing of it.
    """
    try:
        return await remote.folder_path(folder) is not None
    except Refused as error:
        if error.status != _NOT_FOUND:
            raise
        return error.code == PLACE_UNKNOWN


def note_done(tx: Tx, op: FolderOp, remote_id: RemoteId, now: datetime) -> None:
    """The provider has made the change. Noting it twice is the same as once, and too late nothing."""
    if not folder_ops.remove(tx, op):
        return
    if op.kind is FolderOpKind.CREATE:
        folder_undoing.give_remote_id(tx, op, remote_id)
    folders.note_confirmed(tx, op.account_id, op.folder_id)
    cursors.note_met(tx, op.account_id, op.folder_id)
    sync_states.wake(tx, op.account_id, now)


def note_failure(
    tx: Tx, op: FolderOp, error: ProviderError, now: datetime, sign_in: SignInId | None = None
) -> None:
    """Send it again later, or take it back and tell why."""
    is_lost = isinstance(error, SignInNeeded)
    is_taken_over = is_lost and guardian.note_lost(tx, op.account_id, sign_in, error.code, now)
    if not folder_ops.is_held(tx, op):  # somebody else has it in hand by now
        return
    if may_yet_work(op, error):
        due_at = now if is_taken_over else now + wait(op, error)
        folder_ops.retry(tx, op, due_at, error.code, failure(error))
    elif op.kind is not FolderOpKind.DESTROY and folder_ops.list_going(tx, op.account_id, op.folder_id):
        folder_ops.remove(tx, op)  # the folder is to go anyway: nobody misses its new name or place
    else:
        is_gone = isinstance(error, RemoteConflict) and error.is_gone
        is_ours = isinstance(error, RetryLater) or op.is_unfinished
        code = "failed" if is_ours else "gone" if is_gone else "refused"
        folder_undoing.take_back(tx, op, code, error.code, now)
