"""Attachment lists of messages that have some, newest first, a few at a time."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from poststelle.model.ids import AccountId, MessageId, RemoteId
from poststelle.providers.base import RemoteAttachment, RemoteMail
from poststelle.store import attachments
from poststelle.store.tx import Tx
from poststelle.sync.leased import LeasedAccount

_AT_ONCE = 20  # one batch
_LIST_AGAIN = timedelta(minutes=15)


async def pull_attachments(leased: LeasedAccount, remote: RemoteMail, batches: int) -> bool:
    """List the attachments of up to ``batches`` x 20 messages; return whether more are waiting.

    What cannot be listed while others can is asked for again after a quarter of an hour.
    """
    for _ in range(batches):
        waiting = await leased.read(attachments.without_attachments, leased.now(), _AT_ONCE)
        if not waiting:
            return False
        found = await remote.attachments_many([message.remote_id for message in waiting])
        ids = {message.remote_id: message.id for message in waiting}
        await leased.write(_keep, ids, found, leased.now() + _LIST_AGAIN)
    return True


def _keep(
    tx: Tx,
    account: AccountId,
    ids: dict[RemoteId, MessageId],
    found: Mapping[RemoteId, Sequence[RemoteAttachment] | None],
    again_at: datetime,
) -> None:
    """Store the lists; of a message gone meanwhile an empty one, its departure will be told."""
    for remote_id, listed in found.items():
        attachments.set_attachments(tx, account, ids[remote_id], listed or ())
    attachments.put_off(tx, account, [ids[m] for m in ids.keys() - found.keys()], again_at)
