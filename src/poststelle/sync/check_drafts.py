"""What drafts say and which files they have: alone of all mail, that may change after it has come.

A list of ids says nothing of it, so each draft is read whole. Their number is small.
"""

from collections.abc import Collection, Sequence

from poststelle.mail import file_lists, ingest, own, rivals
from poststelle.model.check import Finding, Kind
from poststelle.model.folder import Folder
from poststelle.model.ids import AccountId, MessageId, RemoteId
from poststelle.providers.base import RemoteAttachment, RemoteMail, RemoteMessage
from poststelle.providers.errors import CursorExpired, Refused, RemoteConflict
from poststelle.store import changes, checks, folders, messages, op_rows
from poststelle.store.checks import CheckLease
from poststelle.store.tx import ReadTx, Tx
from poststelle.sync.check_lease import Hold, LeasedCheck
from poststelle.sync.check_texts import Spend
from poststelle.sync.leased import LeasedAccount
from poststelle.sync.pull_folder import pull_folder
from poststelle.sync.schedule import Pace

_AT_ONCE = 20  # one batch
_PACE, _PAGES = Pace(), 50


async def check_drafts(leased: LeasedCheck, remote: RemoteMail, hold: Hold, spend: Spend) -> None:
    """Compare every draft; what differs after its folder's round is mended. Raises ProviderError, Busy."""
    waiting = await leased.read(messages.drafts_at_provider)
    for first in range(0, len(waiting), _AT_ONCE):
        some = waiting[first : first + _AT_ONCE]
        async with hold() as account:
            requests = await _compare(leased, account, remote, some)
        await spend(requests)


async def _compare(
    leased: LeasedCheck, account: LeasedAccount, remote: RemoteMail, some: Sequence[RemoteId]
) -> int:
    """How many requests it took."""
    told, files = await rivals.read_whole(remote, some)
    suspects = await account.read(_edited, told, files)
    if not suspects:
        return len(some) + len(files)
    await _read_to_the_end(account, remote, suspects)
    as_of = await account.read(changes.modseq)
    told, files = await rivals.read_whole(remote, suspects)
    edited = await account.read(_edited, told, files)
    for key in edited:
        await account.write(ingest.settle, {key: told[key]}, now=leased.now(), as_of=as_of)
        if (listed := files.get(key)) is not None:
            await account.write(_keep_files, key, listed)
    await leased.write(_record, edited)
    return len(some) + 2 * len(suspects) + len(files)


async def _read_to_the_end(
    account: LeasedAccount, remote: RemoteMail, suspects: Collection[RemoteId]
) -> None:
    """What has just been changed comes with the folder's round: that is no difference."""
    for folder in await account.read(_folders_of, suspects):
        try:
            await pull_folder(account, remote, folder, _PACE, pages=_PAGES)
        except (RemoteConflict, CursorExpired, Refused):
            continue  # then it differs, and is mended by itself


def _edited(tx: ReadTx, account: AccountId, told: rivals.Told, files: rivals.Files) -> list[RemoteId]:
    """Those that differ, and that nothing here is on its way to: neither their making nor a change."""
    held = messages.by_remote(tx, account, told)
    making = {i for i, written in own.of(tx, account, held.values()).items() if not written.draft.is_done}
    busy = {op.message_id for op in op_rows.list_open(tx, account, [message.id for message in held.values()])}
    found = rivals.edited(tx, account, told, files)
    return sorted(
        key
        for key in found
        if _is_still_draft(told[key]) and held[key].folder_ids and held[key].id not in making | busy
    )


def _is_still_draft(item: RemoteMessage | None) -> bool:
    return item is not None and item.is_draft is not False


def _folders_of(tx: ReadTx, account: AccountId, suspects: Collection[RemoteId]) -> list[Folder]:
    ids = {
        folder
        for message in messages.by_remote(tx, account, suspects).values()
        for folder in message.folder_ids
    }
    found = (folders.get(tx, account, folder) for folder in sorted(ids))
    return [folder for folder in found if folder is not None]


def _keep_files(tx: Tx, account: AccountId, remote_id: RemoteId, listed: Sequence[RemoteAttachment]) -> None:
    for message in messages.by_remote(tx, account, [remote_id]).values():
        file_lists.take_over(tx, account, message.id, listed)


def _record(tx: Tx, account: AccountId, lease: CheckLease, edited: Sequence[RemoteId]) -> None:
    """What it says now was missing here."""
    paths = folders.paths(tx, account)
    checks.record(
        tx,
        lease,
        [
            Finding(
                kind=Kind.MISSING,
                folder=paths.get(message.folder_ids[0], ""),
                subject=message.subject[:200],
                is_repaired=True,
                remote_id=message.remote_id,
                message_id=MessageId(message.id),
            )
            for message in messages.by_remote(tx, account, edited).values()
            if message.folder_ids
        ],
    )
