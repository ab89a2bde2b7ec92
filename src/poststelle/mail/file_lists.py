"""The list of a message's attachments, as the provider tells it."""

from collections import Counter
from collections.abc import Sequence

from poststelle.mime.text import clean
from poststelle.model.ids import AccountId, MessageId
from poststelle.model.message import Attachment
from poststelle.providers.base import RemoteAttachment
from poststelle.store import attachments, drafts, messages, undoing
from poststelle.store.tx import Tx


def take_over(tx: Tx, account: AccountId, message: MessageId, listed: Sequence[RemoteAttachment]) -> None:
    """Keep the list. A draft that has other files than were shown is another message for clients."""
    held, before = attachments.get(tx, account, message), messages.get(tx, account, message)
    if held is None or before is None or not before.mutable.is_draft:
        attachments.set_attachments(tx, account, message, listed)
    elif _names(held) == _names(listed):
        _keep_ids(tx, account, message, held, listed)
    else:
        fresh = undoing.renew(tx, before, before, keeps_parts=True)
        attachments.set_attachments(tx, account, fresh.id, listed)
        drafts.renew_parts(tx, account, fresh.id, len(listed))


def _names(files: Sequence[Attachment] | Sequence[RemoteAttachment]) -> Counter[str]:
    return Counter(clean(file.name) for file in files)


def _keep_ids(
    tx: Tx,
    account: AccountId,
    message: MessageId,
    held: Sequence[Attachment],
    listed: Sequence[RemoteAttachment],
) -> None:
    """The same files: in our order, and with their octets, which may be here only."""
    left = list(listed)
    ids = []
    for file in held:
        one = next(other for other in left if clean(other.name) == file.name)
        left.remove(one)
        ids.append(one.remote_id)
    attachments.set_remote_ids(tx, account, message, ids)
    attachments.set_known(tx, account, {message: True})
