"""What drafts say and which files they have: alone of all mail, that may change after it has come.

A list of ids says nothing of it, so each draft is read whole. Their number is small. What cannot be read
twice is unreadable: nobody knows whether it is as we show it.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import structlog

from poststelle.jobs.inline import Failed, tried
from poststelle.lib.log import place_of
from poststelle.mail import own, rivals
from poststelle.model.check import Finding, Kind
from poststelle.model.folder import Folder
from poststelle.model.ids import AccountId, MessageId, RemoteId
from poststelle.model.message import Message
from poststelle.providers.base import RemoteMail, RemoteMessage
from poststelle.providers.errors import CursorExpired, Refused, RemoteConflict
from poststelle.store import changes, checks, folders, messages, op_rows
from poststelle.store.checks import CheckLease
from poststelle.store.tx import ReadTx, Tx
from poststelle.sync.check_lease import Hold, LeasedCheck
from poststelle.sync.check_texts import Spend
from poststelle.sync.leased import LeasedAccount
from poststelle.sync.pull_folder import pull_folder
from poststelle.sync.schedule import Pace
from poststelle.sync.storing import EXPECTED

log = structlog.get_logger()

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
    whole = await _read(account, remote, some)
    suspects = [key for key in whole.told if await _may_differ(account, whole.of(key))]
    unread = _unread(some, whole)
    if not suspects and not unread:
        return whole.requests
    await _read_to_the_end(account, remote, suspects)
    as_of = await account.read(changes.modseq)
    asked = list(dict.fromkeys([*suspects, *unread]))
    again = await _read(account, remote, asked)
    for key in again.told:
        await _mend_if_edited(leased, account, again.of(key), as_of)
    if unread := _unread(asked, again):
        await leased.write(_record_unread, unread)
    return whole.requests + again.requests


def _unread(asked: Sequence[RemoteId], whole: rivals.Whole) -> list[RemoteId]:
    """Those that could not be read, or of which the files could not."""
    return [key for key in asked if key not in whole.told or key in whole.unlisted]


async def _read(account: LeasedAccount, remote: RemoteMail, some: Sequence[RemoteId]) -> rivals.Whole:
    return await rivals.read_whole(remote, some, await account.read(rivals.with_files, some))


async def _may_differ(account: LeasedAccount, draft: rivals.Whole) -> bool:
    """Also where we ourselves fail to compare it: that is found again, and told, when it is to be mended."""
    done = await tried(account.read(_edited, draft), passing=EXPECTED)
    return isinstance(done, Failed) or bool(done)


async def _mend_if_edited(
    leased: LeasedCheck, account: LeasedAccount, draft: rivals.Whole, as_of: int
) -> None:
    """An error of ours costs this draft alone: it stays a difference."""
    work = account.write(_mended, leased, draft, leased.now(), as_of)
    done = await tried(work, passing=EXPECTED)
    if isinstance(done, Failed):
        log.error("check.draft_failed", account=leased.account, **place_of(done.error))
        await leased.write(_record, list(draft.told), is_repaired=False)


def _mended(
    tx: Tx, account: AccountId, leased: LeasedCheck, draft: rivals.Whole, now: datetime, as_of: int
) -> None:
    """Mend it and record that, if it differs."""

    def mend(tx: Tx) -> None:
        edited = _edited(tx, account, draft)
        rivals.keep(tx, account, edited, draft, now=now, as_of=as_of)
        _record(tx, account, leased.lease, edited, is_repaired=True)

    leased.fenced(tx, mend)


async def _read_to_the_end(
    account: LeasedAccount, remote: RemoteMail, suspects: Collection[RemoteId]
) -> None:
    """What has just been changed comes with the folder's round: that is no difference."""
    for folder in await account.read(_folders_of, suspects):
        try:
            await pull_folder(account, remote, folder, _PACE, pages=_PAGES)
        except (RemoteConflict, CursorExpired, Refused):
            continue  # then it differs, and is mended by itself


def _edited(tx: ReadTx, account: AccountId, whole: rivals.Whole) -> list[RemoteId]:
    """Those that differ, and that nothing here is on its way to: neither their making nor a change."""
    held = messages.by_remote(tx, account, whole.told)
    making = {i for i, written in own.of(tx, account, held.values()).items() if not written.draft.is_done}
    busy = {op.message_id for op in op_rows.list_open(tx, account, [message.id for message in held.values()])}
    found = rivals.edited(tx, account, whole)
    return sorted(
        key
        for key in found
        if _is_still_draft(whole.told[key]) and held[key].folder_ids and held[key].id not in making | busy
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


def _record(
    tx: Tx, account: AccountId, lease: CheckLease, edited: Sequence[RemoteId], *, is_repaired: bool
) -> None:
    """What it says now was missing here."""
    found = messages.by_remote(tx, account, edited).values()
    checks.record(tx, lease, _findings(tx, account, found, Kind.MISSING, is_repaired=is_repaired))


def _record_unread(tx: Tx, account: AccountId, lease: CheckLease, unread: Sequence[RemoteId]) -> None:
    """Once each: the lists, or this check before it was put off, may have named it already."""
    named = {
        finding.message_id
        for finding in checks.findings(tx, account, lease.check_id)
        if finding.kind is Kind.UNREADABLE
    }
    found = [one for one in messages.by_remote(tx, account, unread).values() if one.id not in named]
    checks.record(tx, lease, _findings(tx, account, found, Kind.UNREADABLE, is_repaired=False))


def _findings(
    tx: ReadTx, account: AccountId, found: Iterable[Message], kind: Kind, *, is_repaired: bool
) -> list[Finding]:
    paths = folders.paths(tx, account)
    return [
        Finding(
            kind=kind,
            folder=paths.get(message.folder_ids[0], ""),
            subject=message.subject[:200],
            is_repaired=is_repaired,
            remote_id=message.remote_id,
            message_id=MessageId(message.id),
        )
        for message in found
        if message.folder_ids
    ]
