"""Drafts that are to be destroyed here, and that somebody has changed elsewhere since we last saw them.

Saving a draft replaces it: a new one is made and the old one destroyed. What another program has
written into the old one meanwhile must not go with it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from poststelle.mail import own
from poststelle.mail.merge import is_another, merged
from poststelle.mail.told import without_known
from poststelle.mime.text import clean
from poststelle.model.ids import AccountId, RemoteId
from poststelle.model.message import Message
from poststelle.providers.base import RemoteAttachment, RemoteMail, RemoteMessage
from poststelle.store import attachments, bodies, messages
from poststelle.store.pending import NOTHING_PENDING
from poststelle.store.tx import ReadTx

Told = Mapping[RemoteId, RemoteMessage | None]
Files = Mapping[RemoteId, Sequence[RemoteAttachment] | None]


async def read_whole(remote: RemoteMail, drafts: Sequence[RemoteId]) -> tuple[Told, Files]:
    """What the provider says of drafts (None: it has no such), and the files of those that have some."""
    told = await remote.fetch(drafts)
    with_files = [key for key, item in told.items() if item is not None and item.has_attachment]
    return told, await remote.attachments_many(with_files) if with_files else {}


def edited(
    tx: ReadTx,
    account: AccountId,
    told: Told,
    files: Files,
) -> set[RemoteId]:
    """Those drafts that the provider holds otherwise than we do, or as sent.

    ``told`` and ``files``: its answers, and the attachments of those that have some.
    """
    held = {key: m for key, m in messages.by_remote(tx, account, told).items() if m.mutable.is_draft}
    written = own.of(tx, account, held.values())
    stored = bodies.packed_many(tx, account, [message.id for message in held.values()])
    found = set()
    for key, before in held.items():
        item = told[key]
        if item is None:
            continue
        said = item
        if before.id in written:  # ours, come back in the provider's words
            said = without_known(item, written[before.id].draft.told)
        packed = stored.get(before.id)
        has_other_body = said.body is not None and (packed is None or not bodies.is_same(packed, said.body))
        listed = files.get(key)
        is_in_making = before.id in written and not written[before.id].draft.is_done
        has_other_files = listed is not None and _has_others(tx, before, listed, may_lack=is_in_making)
        after = merged(before, said, None, NOTHING_PENDING)
        is_other = is_another(before, after, has_other_body=has_other_body)
        if item.is_draft is False or is_other or has_other_files:
            found.add(key)
    return found


def _has_others(tx: ReadTx, before: Message, listed: Sequence[RemoteAttachment], *, may_lack: bool) -> bool:
    """Whether the provider's files are others than ours, by their names; not where ours are not known.

    ``may_lack``: some of ours may not have come there yet.
    """
    held = attachments.get(tx, before.account_id, before.id)
    if held is None:
        return False
    there, ours = Counter(clean(one.name) for one in listed), Counter(one.name for one in held)
    return not there <= ours if may_lack else there != ours
