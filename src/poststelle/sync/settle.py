"""Messages that left a folder: a removal is not a deletion, so each is asked for by its id.

No folder is pulled meanwhile: an answer about where a message lies must not be
stored after a page that knows better.
"""

from collections.abc import Mapping

import structlog

from poststelle.jobs.inline import Failed, tried
from poststelle.lib.log import place_of
from poststelle.mail import ingest
from poststelle.model.ids import AccountId, RemoteId
from poststelle.providers.base import RemoteMail, RemoteMessage
from poststelle.providers.errors import Refused
from poststelle.store import changes, cursors, departures, folders, messages
from poststelle.store.tx import ReadTx
from poststelle.sync.leased import LeasedAccount
from poststelle.sync.pull_folder_list import pull_folder_list
from poststelle.sync.storing import EXPECTED

log = structlog.get_logger()

_AT_ONCE = 200
_DRAFTS_AT_ONCE = 20


Located = Mapping[RemoteId, RemoteMessage | None]


def _unknown_folders(tx: ReadTx, account: AccountId, found: Located) -> set[RemoteId]:
    named = {item.folder_id for item in found.values() if item is not None and item.folder_id is not None}
    return named - folders.shown(tx, account).keys()


async def settle_departures(leased: LeasedAccount, remote: RemoteMail) -> int:
    """Find out where every departed message is now; return how many there were.

    One that cannot be read, over which we ourselves fail, or whose folder is just going, or not in our list,
    stays a departure, to be asked for again by the next pull: it holds up nothing.
    """
    settled, passed_over = 0, 0
    while waiting := (await leased.read(departures.list_all, passed_over + _AT_ONCE))[passed_over:]:
        as_of = await leased.read(changes.modseq)
        ids = [departure.remote_id for departure in waiting]
        located = await remote.locate(ids)
        if await leased.read(_unknown_folders, located):
            # Perhaps a folder made since the list was read: a message moved there has not gone.
            await pull_folder_list(leased, remote)
            as_of = await leased.read(changes.modseq)
            located = await _without_unlisted(leased, remote, await remote.locate(ids))
        drafts = await leased.read(_shown_drafts, located)
        others = {key: item for key, item in located.items() if key not in drafts}
        await _settle(leased, others, as_of)
        for start in range(0, len(drafts), _DRAFTS_AT_ONCE):
            some = drafts[start : start + _DRAFTS_AT_ONCE]
            whole = {key: located[key] for key in some} | dict(await remote.fetch(some))
            await _settle(leased, whole, as_of)
        left = await leased.read(departures.still, [departure.message_id for departure in waiting])
        settled += len(waiting) - len(left)
        passed_over += len(left)
    return settled


async def _without_unlisted(leased: LeasedAccount, remote: RemoteMail, located: Located) -> Located:
    """Without what lies in folders that the list does not tell of, though people see them there.

    The list was wrong about them, so it is read from nothing. Where nobody sees them, their mail has gone.
    """
    unknown = await leased.read(_unknown_folders, located)
    unlisted = {folder for folder in unknown if await _is_seen(remote, folder)}
    if unlisted:
        await leased.write(cursors.destroy, cursors.FOLDER_LIST)
        log.info("pull.folders_unlisted", account=leased.account, count=len(unlisted))
    return {key: item for key, item in located.items() if item is None or item.folder_id not in unlisted}


async def _is_seen(remote: RemoteMail, folder: RemoteId) -> bool:
    try:
        return await remote.folder_path(folder) is not None
    except Refused:  # what may not be seen here is seen by nobody
        return False


def _shown_drafts(
    tx: ReadTx, account: AccountId, found: Mapping[RemoteId, RemoteMessage | None]
) -> list[RemoteId]:
    """Drafts that people see: of one changed and then moved it is told that it has gone, and no more.

    So are those that have been sent: their last words and people may not have been told. So they are read
    whole, a few at a time, for they may be large.
    """
    shown = folders.shown(tx, account)
    held = messages.by_remote(tx, account, found)
    drafts = {key for key, message in held.items() if message.mutable.is_draft}
    return [
        key
        for key, item in found.items()
        if item is not None
        and (item.is_draft or key in drafts)
        and (item.folder_id is None or item.folder_id in shown)
    ]


async def _settle(
    leased: LeasedAccount, located: Mapping[RemoteId, RemoteMessage | None], as_of: int
) -> None:
    """Store the answers, halved where we ourselves fail over them."""
    done = await tried(leased.write(ingest.settle, located, now=leased.now(), as_of=as_of), passing=EXPECTED)
    if not isinstance(done, Failed):
        return
    await leased.write(ingest.settle, {}, now=leased.now())  # raises when the store is what fails
    if len(located) == 1:
        log.error("pull.departure_failed", account=leased.account, **place_of(done.error))
        return
    answers, half = list(located.items()), len(located) // 2
    for some in (answers[:half], answers[half:]):
        await _settle(leased, dict(some), as_of)
