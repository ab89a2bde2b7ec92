"""Messages of an internal mailbox: their octets are the source, and what is stored besides is read from them.

They come in by import, by a copy from another mailbox, or are written here; once
in, nothing about them is different. The same octets may come twice, as two
messages that share one blob.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace as changed_copy

from poststelle.access.rights import require
from poststelle.lib.clock import sensible, to_ms
from poststelle.mail.ingest import lock
from poststelle.mail.prepare import Prepared
from poststelle.mime.reading import Attached, Read
from poststelle.mime.subject import base_subject
from poststelle.model.change import ChangeOp, ChangeType
from poststelle.model.errors import Invalid, NotAllowed, UseCaseError
from poststelle.model.ids import OWN, AccountId, FolderId, MessageId, RemoteId, ThreadId, UploadId, UserId
from poststelle.model.message import (
    ANSWERED,
    DRAFT,
    FLAGGED,
    FORWARDED,
    SEEN,
    Message,
    Mutable,
    as_keyword,
    is_keyword,
)
from poststelle.model.rights import Level
from poststelle.model.search import Unindexed
from poststelle.providers.base import RemoteAttachment
from poststelle.store import accounts, attachments, bodies, folders, messages, search, threads, uploads
from poststelle.store.attachments import Kept
from poststelle.store.sequences import take_ids
from poststelle.store.tx import ReadTx, Tx

MOST_KEYWORDS = 100
_FIELDS = {
    SEEN: "is_seen",
    FLAGGED: "is_flagged",
    DRAFT: "is_draft",
    ANSWERED: "is_answered",
    FORWARDED: "is_forwarded",
}
_NAMES_OF_ONE = 100  # Message-IDs that count for a message's thread: its own, and the last it refers to


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message to be put in, here or at Microsoft (``mail.bringing``).

    What it is stored with is ``prepared``, which takes too long for a transaction.

    ``received_at`` None: when it says it was received, else now. ``answers``: the
    message whose thread it joins, where that is known. ``upload``: what it was brought as.
    ``marks``: what no keyword says; None: nothing does.
    """

    octets: Kept
    read: Read
    prepared: Prepared
    folders: tuple[FolderId, ...]
    keywords: frozenset[str] = frozenset()
    received_at: datetime | None = None
    answers: MessageId | None = None
    upload: UploadId | None = None
    marks: Mutable | None = None

    @property
    def hashes(self) -> tuple[str, ...]:
        """The octets that must be here."""
        return (self.octets.sha256,)


def require_internal(tx: ReadTx, user: UserId, account: AccountId) -> None:
    """Raises NotFound, NotAllowed, or NotAllowed ``not_internal`` for a mailbox at a provider."""
    require(tx, user, account, Level.WRITE)
    if not accounts.is_internal(tx, account):
        raise NotAllowed(
            "not_internal",
            "Only internal mailboxes take whole files of messages.",
        )


def insert(
    tx: Tx, user: UserId, account: AccountId, arrivals: Sequence[Arrival], now: datetime
) -> list[Message | UseCaseError]:
    """Put messages in, in their order; what is wrong with one does not keep out the others.

    Raises as ``require_internal``. Told of one are Invalid (``mailboxIds``,
    ``keywords``, ``poststelle:answers``).
    """
    require_internal(tx, user, account)
    lock(tx, account)
    shown = frozenset(folders.shown(tx, account).values())
    refused = [_refusal(tx, account, one, shown) for one in arrivals]
    taken = [one for one, why in zip(arrivals, refused, strict=True) if why is None]
    made = iter(_insert(tx, account, taken, now))
    return [next(made) if why is None else why for why in refused]


def mutable_of(keywords: Iterable[str], before: Mutable | None = None) -> Mutable:
    """A message's marks with exactly these keywords; what is no keyword stays as it was."""
    wanted = frozenset(keywords)
    fields = {name: keyword in wanted for keyword, name in _FIELDS.items()}
    further = tuple(sorted(wanted - _FIELDS.keys()))
    marks = Mutable() if before is None else before
    due_at = marks.due_at if fields["is_flagged"] else None  # a due date is part of the flag
    return changed_copy(marks, **fields, due_at=due_at, keywords=further)


def marked_as(original: Mutable, keywords: frozenset[str]) -> tuple[frozenset[str], Mutable]:
    """Of a copy with these keywords: those that are no category of the original's, and its other marks.

    A category whose name is a keyword goes along where that keyword is among ``keywords``.
    """
    left = tuple(one for one in original.categories if (as_keyword(one) or SEEN) in {SEEN, *keywords})
    return keywords - {as_keyword(one) for one in left}, changed_copy(original, categories=left)


def check_keywords(keywords: Iterable[str]) -> None:
    """Raises Invalid for too many, or one that none can be. Source: RFC 8621 §4.1.1."""
    several = list(keywords)
    if len(several) > MOST_KEYWORDS or not all(map(is_keyword, several)):
        raise Invalid("keywords", "unusable_keyword", "This is no keyword, or they are too many.")


def copy_within(tx: Tx, message: Message, folder: FolderId) -> Message:
    """A second message of the same octets, in this folder. The rights have been checked."""
    account = message.account_id
    id_ = MessageId(take_ids(tx, account, 1))
    copied = changed_copy(message, id=id_, remote_id=RemoteId(f"{OWN}{id_}"), folder_ids=(folder,))
    octets = attachments.kept(tx, account, message.id, "mime")
    assert octets is not None  # a message of an internal mailbox has its octets
    messages.insert(tx, account, [copied], made_threads=frozenset(), listed=frozenset({copied.id}))
    packed = bodies.packed_many(tx, account, [message.id])
    bodies.insert_many(tx, account, [(copied.id, packed[message.id])])
    listed = attachments.get(tx, account, message.id) or ()
    attachments.insert_many(tx, account, {copied.id: listed}, {copied.id: octets})
    tx.changed(account, ChangeType.SYNC, 0, ChangeOp.UPDATED)
    return copied


def _refusal(tx: ReadTx, account: AccountId, one: Arrival, shown: frozenset[FolderId]) -> UseCaseError | None:
    if not one.folders or not shown.issuperset(one.folders):
        return Invalid("mailboxIds", "no_such_folder", "A message lies in one folder or more that are there.")
    if one.answers is not None and messages.get(tx, account, one.answers) is None:
        return Invalid("poststelle:answers", "no_such_message", "What it answers is not there any more.")
    try:
        check_keywords(one.keywords)
    except Invalid as error:
        return error
    return None


def _insert(tx: Tx, account: AccountId, arrivals: Sequence[Arrival], now: datetime) -> list[Message]:
    if not arrivals:
        return []
    first = take_ids(tx, account, len(arrivals))
    ids = [MessageId(first + n) for n in range(len(arrivals))]
    found, made = _threads(tx, account, ids, arrivals)
    arrived = [message_of(account, *one, now) for one in zip(ids, found, arrivals, strict=True)]
    messages.insert(tx, account, arrived, made_threads=made, listed=frozenset(ids))
    bodies.insert_many(tx, account, [(i, one.prepared.body) for i, one in zip(ids, arrivals, strict=True)])
    attachments.insert_many(
        tx,
        account,
        {i: [_listed(part) for part in one.read.attached] for i, one in zip(ids, arrivals, strict=True)},
        {i: one.octets for i, one in zip(ids, arrivals, strict=True)},
    )
    search.put_arrived(
        tx,
        account,
        [
            Unindexed(message.id, to_ms(message.received_at) // 1000, one.prepared.words)
            for message, one in zip(arrived, arrivals, strict=True)
        ],
        ids,
    )
    uploads.set_used(tx, account, [one.upload for one in arrivals if one.upload is not None])
    tx.changed(account, ChangeType.SYNC, 0, ChangeOp.UPDATED)
    return arrived


def message_of(account: AccountId, id_: MessageId, thread: ThreadId, one: Arrival, now: datetime) -> Message:
    """The message that an arrival comes to in a mailbox of our own."""
    said = one.read
    return Message(
        account_id=account,
        id=id_,
        remote_id=RemoteId(f"{OWN}{id_}"),
        thread_id=thread,
        folder_ids=tuple(sorted(set(one.folders))),
        received_at=sensible(one.received_at or said.received_at or now),
        sent_at=None if said.sent_at is None else sensible(said.sent_at),
        internet_message_id=said.internet_message_id,
        subject=said.subject,
        preview=said.preview,
        from_=said.from_,
        sender=said.sender,
        to=said.to,
        cc=said.cc,
        bcc=said.bcc,
        reply_to=said.reply_to,
        has_attachment=said.has_attachment,
        size=said.size,
        mutable=mutable_of(one.keywords, one.marks or Mutable(importance=said.importance)),
        in_reply_to=said.in_reply_to,
        references=said.references,
        header_told=said.header_told,
    )


def _listed(part: Attached) -> RemoteAttachment:
    return RemoteAttachment(
        remote_id=RemoteId(str(part.number)),
        name=part.name,
        content_type=part.content_type,
        size=part.size,
        content_id=part.content_id,
        is_inline=part.is_inline,
        kind="item" if part.content_type == "message/rfc822" else "file",
    )


def _threads(
    tx: Tx, account: AccountId, ids: Sequence[MessageId], arrivals: Sequence[Arrival]
) -> tuple[list[ThreadId], frozenset[ThreadId]]:
    """The thread of each message, and which of these have just been made.

    Messages belong together that have or name one Message-ID and share their
    subject. Source: RFC 8621 §3. One that joins two threads goes to the one of
    the nearest message it names; threads that are there are never merged.
    """
    names = [_names(one.read) for one in arrivals]
    known: dict[str, ThreadId | str] = dict(
        threads.by_names(tx, account, {n for some in names for n in some})
    )
    chosen: list[ThreadId | str] = []
    for id_, one, some in zip(ids, arrivals, names, strict=True):
        thread = _answered(tx, account, one) or next((known[n] for n in some if n in known), f"message:{id_}")
        chosen.append(thread)
        for name in some:
            known.setdefault(name, thread)
    found = threads.find(tx, account, [key for key in chosen if isinstance(key, str)])

    def numbered(thread: ThreadId | str) -> ThreadId:
        return found.by_key[thread] if isinstance(thread, str) else thread

    threads.name(tx, account, {name: numbered(known[name]) for some in names for name in some})
    return [numbered(thread) for thread in chosen], frozenset(found.made)


def _answered(tx: ReadTx, account: AccountId, one: Arrival) -> ThreadId | None:
    found = None if one.answers is None else messages.get(tx, account, one.answers)
    return None if found is None else found.thread_id


def _names(said: Read) -> list[str]:
    """What stands for its thread: its Message-ID, those it answers, and what these answer, nearest first."""
    refs = list(reversed(said.references))[:_NAMES_OF_ONE]
    own = [] if said.message_id is None else [said.message_id]
    subject = base_subject(said.subject)
    return [_name(i, subject) for i in dict.fromkeys([*own, *said.in_reply_to[:_NAMES_OF_ONE], *refs])]


def _name(message_id: str, subject: str) -> str:
    return hashlib.sha256(f"{message_id}\0{subject}".encode(errors="replace")).hexdigest()[:40]
