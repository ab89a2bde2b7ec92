"""Drafts that are to be destroyed here, and that somebody has changed elsewhere since we last saw them.

Saving a draft replaces it: a new one is made and the old one destroyed. What another program has
written into the old one meanwhile must not go with it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from poststelle.mail import file_lists, ingest, own
from poststelle.mail.merge import is_another, merged
from poststelle.mail.told import without_known
from poststelle.model.ids import AccountId, RemoteId
from poststelle.model.message import Message
from poststelle.providers.base import RemoteAttachment, RemoteMail, RemoteMessage
from poststelle.store import attachments, bodies, drafts, messages
from poststelle.store.pending import NOTHING_PENDING
from poststelle.store.tx import ReadTx, Tx


@dataclass(frozen=True, slots=True)
class Whole:
    """What the provider says of drafts (None: it has no such), and the files of those that may have some.

    ``unlisted``: their files could not be read, or were denied though the draft itself was there: it may have
    been hidden for a moment. ``requests``: so many were made.
    """

    told: Mapping[RemoteId, RemoteMessage | None]
    files: Mapping[RemoteId, Sequence[RemoteAttachment]]
    unlisted: frozenset[RemoteId]
    requests: int

    def of(self, draft: RemoteId) -> "Whole":
        """What was said of one of them."""
        return replace(self, told={draft: self.told[draft]})

    @property
    def missing(self) -> frozenset[RemoteId]:
        """Those that were not there."""
        return frozenset(key for key, item in self.told.items() if item is None)


NOTHING_READ = Whole({}, {}, frozenset(), 0)


async def read_whole(remote: RemoteMail, asked: Sequence[RemoteId], shown: Collection[RemoteId]) -> Whole:
    """Ask for drafts and their files. ``shown``: those of which we show files (``with_files``).

    Pictures in the text are files too, and no report counts them.
    """
    told = await remote.fetch(asked)
    may_have = [
        key
        for key, item in told.items()
        if item is not None and (item.has_attachment or key in shown or file_lists.names_files(item.body))
    ]
    answered = await remote.attachments_many(may_have) if may_have else {}
    files = {key: listed for key, listed in answered.items() if listed is not None}
    unlisted = frozenset(may_have).difference(files)
    return Whole(told, files, unlisted, len(asked) + len(may_have))


def with_files(tx: ReadTx, account: AccountId, asked: Sequence[RemoteId]) -> frozenset[RemoteId]:
    """Those of which we show files."""
    held = messages.by_remote(tx, account, asked)
    counted = attachments.count_many(tx, account, [message.id for message in held.values()])
    return frozenset(key for key, message in held.items() if message.id in counted)


def edited(tx: ReadTx, account: AccountId, whole: Whole) -> set[RemoteId]:
    """Those drafts that the provider holds otherwise than we do, or as sent."""
    held = {key: m for key, m in messages.by_remote(tx, account, whole.told).items() if m.mutable.is_draft}
    written = own.of(tx, account, held.values())
    stored = bodies.packed_many(tx, account, [message.id for message in held.values()])
    found = set()
    for key, before in held.items():
        item = whole.told[key]
        if item is None:
            continue
        said = item
        if before.id in written:  # ours, come back in the provider's words
            said = without_known(item, written[before.id].draft.told)
        packed = stored.get(before.id)
        has_other_body = said.body is not None and (packed is None or not bodies.is_same(packed, said.body))
        listed = whole.files.get(key)
        after = merged(before, said, None, NOTHING_PENDING)
        is_other = is_another(before, after, has_other_body=has_other_body)
        if item.is_draft is False or is_other or (listed is not None and _has_others(tx, before, listed)):
            found.add(key)
    return found


def unseen(tx: ReadTx, account: AccountId, whole: Whole) -> set[RemoteId]:
    """Those drafts whose files nobody here has seen, and that could not be read either."""
    held = messages.by_remote(tx, account, whole.unlisted)
    return {key for key, message in held.items() if attachments.get(tx, account, message.id) is None}


def keep(
    tx: Tx, account: AccountId, found: Collection[RemoteId], whole: Whole, *, now: datetime, as_of: int
) -> None:
    """Let drafts be as the provider holds them, with its files. ``as_of`` as for pages of messages."""
    there = {key: item for key in found if (item := whole.told[key]) is not None}
    ingest.settle(tx, account, there, now=now, as_of=as_of)
    for key, message in messages.by_remote(tx, account, there).items():
        if (listed := whole.files.get(key)) is not None:
            file_lists.take_over(tx, account, message.id, listed)


def _has_others(tx: ReadTx, before: Message, listed: Sequence[RemoteAttachment]) -> bool:
    """Whether the provider's files are others than ours, or nobody here has seen any of them.

    Those of ours that were not brought there may lack: one that is removed here goes without them.
    """
    held = attachments.get(tx, before.account_id, before.id)
    if held is None:
        return bool(listed)
    pairs = file_lists.paired(held, listed)
    parts = drafts.parts(tx, before.account_id, before.id)
    may_lack = {part.position for part in parts if not part.is_done}
    lacking = {file.position for file in held} - pairs.keys()
    return len(pairs) < len(listed) or not lacking <= may_lack
