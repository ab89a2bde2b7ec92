"""Attachment lists of messages that have some, newest first, a few at a time."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from poststelle.jobs.inline import Failed, tried
from poststelle.lib.log import place_of
from poststelle.mail import file_lists
from poststelle.model.ids import AccountId, MessageId, RemoteId
from poststelle.providers.base import RemoteAttachment, RemoteMail
from poststelle.store import attachments, messages
from poststelle.store.tx import Tx
from poststelle.sync.leased import LeasedAccount
from poststelle.sync.storing import EXPECTED

log = structlog.get_logger()

Lists = Mapping[RemoteId, Sequence[RemoteAttachment] | None]
_AT_ONCE = 20  # one batch
_LIST_AGAIN = timedelta(minutes=15)


async def pull_attachments(leased: LeasedAccount, remote: RemoteMail, batches: int) -> bool:
    """List the attachments of up to ``batches`` x 20 messages; return whether more are waiting.

    What cannot be listed while others can, or over which we ourselves fail, is asked for again after a
    quarter of an hour.
    """
    for _ in range(batches):
        waiting = await leased.read(attachments.without_attachments, leased.now(), _AT_ONCE)
        if not waiting:
            return False
        found = await remote.attachments_many([message.remote_id for message in waiting])
        ids = {message.remote_id: message.id for message in waiting}
        await _keep_each(leased, ids, found)
    return True


async def _keep_each(leased: LeasedAccount, ids: Mapping[RemoteId, MessageId], found: Lists) -> None:
    """Store the lists, halved where we ourselves fail over them: the one at fault is put off."""
    again_at = leased.now() + _LIST_AGAIN
    done = await tried(leased.write(_keep, ids, found, again_at), passing=EXPECTED)
    if not isinstance(done, Failed):
        return
    if len(ids) == 1:
        await leased.write(_keep, ids, {}, again_at)  # raises when the store is what fails
        log.error("pull.attachments_failed", account=leased.account, **place_of(done.error))
        return
    messages, half = list(ids.items()), len(ids) // 2
    for some in (dict(messages[:half]), dict(messages[half:])):
        await _keep_each(leased, some, {key: listed for key, listed in found.items() if key in some})


def _keep(
    tx: Tx,
    account: AccountId,
    ids: Mapping[RemoteId, MessageId],
    found: Lists,
    again_at: datetime,
) -> None:
    """Store the lists. What cannot be listed, or is said not to be there, is put off: if it is gone, its
    departure will be told; what has just been made may be hidden for a moment.

    A draft that was sent while its list was asked for is the copy by now, which has another id: asked again.
    """
    held = {remote_id: one.id for remote_id, one in messages.by_remote(tx, account, list(found)).items()}
    for remote_id, listed in found.items():
        if listed is not None and held.get(remote_id) == ids[remote_id]:
            file_lists.take_over(tx, account, ids[remote_id], listed)
    unlisted = [message for remote_id, message in ids.items() if found.get(remote_id) is None]
    attachments.put_off(tx, account, unlisted, again_at)
