"""Finished messages that are brought to a mailbox at Microsoft: shown at once, made there in the background.

Microsoft makes a draft of finished octets, so there they are made of what they
say, with their own dates and header (``providers.graph.drafts``). Here the
octets stay as they came.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from msgspec.structs import replace as changed_copy

from poststelle.access.rights import require
from poststelle.blobs import BlobStore, once
from poststelle.lib.unsaid import UNSAID
from poststelle.mail import drafts, organise
from poststelle.mail.arrivals import Arrival, message_of, mutable_of
from poststelle.mail.ingest import lock
from poststelle.mail.mime_reader import Check, Take
from poststelle.mime import reading
from poststelle.mime.fields import as_text
from poststelle.mime.file_name import safe_file_name
from poststelle.mime.parts import Part, parse
from poststelle.model.draft import (
    LARGEST_AT_MICROSOFT,
    LONGEST_OWN_FIELD,
    MOST_OWN_FIELDS,
    MOST_TEXTS,
    Draft,
    DraftStep,
    Octets,
    WrittenMessage,
    WrittenPart,
    name_by_key,
)
from poststelle.model.errors import Invalid, UseCaseError
from poststelle.model.ids import LOCAL, AccountId, FolderId, MessageId, RemoteId, UserId
from poststelle.model.message import (
    ANSWERED,
    DRAFT,
    FLAGGED,
    FORWARDED,
    SEEN,
    Address,
    Body,
    Importance,
    Message,
    Mutable,
    is_label,
    labelled,
)
from poststelle.model.rights import Level
from poststelle.model.writeback import OpKind
from poststelle.store import attachments, bodies, folders, messages, uploads, writeback_ops
from poststelle.store import drafts as stored_drafts
from poststelle.store.sequences import take_ids
from poststelle.store.tx import ReadTx, Tx

_KEPT = frozenset({SEEN, FLAGGED, ANSWERED, FORWARDED, DRAFT})
"""The keywords that Microsoft keeps as such."""
_SEALED = frozenset({"multipart/signed", "multipart/encrypted", "application/pkcs7-mime"})
_MOST_IDS = 100  # that a draft answers
_AROUND_ONE = 50  # octets of JSON around a name and an address


@dataclass(frozen=True, slots=True)
class Bringing:
    """A message to be brought, with the octets of its attachments; ``key`` is random and names it there.

    ``fields``: of a draft, the header fields of its writer's own.
    """

    arrival: Arrival
    parts: tuple[WrittenPart, ...]
    key: str
    fields: Octets | None = None

    @property
    def is_draft(self) -> bool:
        return DRAFT in self.arrival.keywords

    @property
    def hashes(self) -> tuple[str, ...]:
        """The octets that must be here."""
        kept = [part.octets for part in self.parts] + ([self.fields] if self.fields else [])
        return (*self.arrival.hashes, *(one.sha256 for one in kept))


class Sealed(Exception):
    """A draft that is signed or encrypted, which it would not be any more at Microsoft."""


class TooLarge(Exception):
    """More than Microsoft takes in any mailbox: no attempt to make it there could succeed."""


@dataclass(frozen=True, slots=True)
class Apart:
    """What the same octets come to, in whatever folder: stored attachments, and a draft's own fields."""

    parts: tuple[WrittenPart, ...]
    fields: Octets | None
    is_sealed: bool


Known = dict[tuple[str, bool], Apart]
"""What was taken apart, by the hash of the octets and whether it is a draft."""


async def taken_apart(
    take: Take, blobs: BlobStore, arrival: Arrival, key: str, known: Known | None = None
) -> Bringing:
    """The message with its attachments one by one, as Microsoft takes them.

    Octets in ``known`` are neither read nor stored again; what is new is noted there.
    Raises BlobMissing, Sealed, TooLarge.
    """
    said, is_draft = arrival.read, DRAFT in arrival.keywords
    check_size(said.body, (*said.from_, *said.to, *said.cc, *said.bcc, *said.reply_to), said.size)
    if not said.attached and not is_draft:
        return Bringing(arrival, (), key)
    known = {} if known is None else known
    found = known.get((arrival.octets.sha256, is_draft))
    if found is None:
        found = await _taken_apart(take, blobs, arrival, is_draft=is_draft)
        known[arrival.octets.sha256, is_draft] = found
    if found.is_sealed:
        raise Sealed
    return Bringing(arrival, found.parts, key, found.fields)


def check_size(body: Body, people: Sequence[Address], size: int = 0) -> None:
    """Raises TooLarge for a message that Microsoft takes in no mailbox.

    Source: Graph v1.0, "message: create"; "Exchange Online limits".
    """
    left = MOST_TEXTS - sum(len(one.name) + len(one.email) + _AROUND_ONE for one in people)
    if size > LARGEST_AT_MICROSOFT or len(body.content) > left:
        raise TooLarge
    if len(json.dumps(body.content, ensure_ascii=False).encode(errors="replace")) > left:
        raise TooLarge


async def _taken_apart(take: Take, blobs: BlobStore, arrival: Arrival, *, is_draft: bool) -> Apart:
    listed = arrival.read.attached
    load = partial(blobs.read, arrival.octets.sha256)
    root, contents = await take(load, _apart, [one.number for one in listed])
    if is_draft and root.type in _SEALED:
        return Apart((), None, is_sealed=True)
    parts = []
    for one, content in zip(listed, contents, strict=True):
        stored = await blobs.put(once(content))
        parts.append(
            WrittenPart(
                octets=Octets(stored.sha256, stored.size),
                name=safe_file_name(one.name, "attachment"),
                content_type=one.content_type,
                content_id=one.content_id,
                is_inline=one.is_inline,
            )
        )
    fields = await _keep_fields(blobs, root) if is_draft else None
    return Apart(tuple(parts), fields, is_sealed=False)


def _apart(check: Check, octets: bytes, numbers: Sequence[int]) -> tuple[Part, list[bytes]]:
    check()
    root = parse(octets)
    check()
    return root, reading.parts_of(octets, root, numbers, check)


async def _keep_fields(blobs: BlobStore, root: Part) -> Octets | None:
    """The fields whose names begin with X-, as many as Microsoft keeps, as they stand in a header."""
    own = [
        (field.name, " ".join(as_text(field).split()))
        for field in root.fields
        if field.name.lower().startswith("x-") and field.name.lower() != "x-priority"
    ]
    fit = [(name, text) for name, text in own if text.isprintable() and len(text) <= LONGEST_OWN_FIELD]
    if not fit:
        return None
    lines = "".join(f"{name}: {text}\r\n" for name, text in fit[:MOST_OWN_FIELDS])
    stored = await blobs.put(once(lines.encode()))
    return Octets(stored.sha256, stored.size)


def insert(
    tx: Tx, user: UserId, account: AccountId, several: Sequence[Bringing], now: datetime
) -> list[Message | UseCaseError]:
    """Put messages in, in their order, and queue them; what is wrong with one does not keep out the others.

    Raises NotFound, NotAllowed. Told of one are Invalid (``mailboxIds``, ``keywords``,
    ``messageId``, ``poststelle:answers``).
    """
    require(tx, user, account, Level.WRITE)
    lock(tx, account)
    told: list[Message | UseCaseError] = []
    for one in several:
        try:
            told.append(_insert(tx, user, account, one, now))
        except UseCaseError as error:
            told.append(error)
    return told


def _insert(tx: Tx, user: UserId, account: AccountId, one: Bringing, now: datetime) -> Message:
    folder, arrival = _folder(tx, account, one.arrival.folders), one.arrival
    if not all(keyword in _KEPT or is_label(keyword) for keyword in arrival.keywords):
        raise Invalid("keywords", "keyword_not_kept", "Microsoft does not keep one of these keywords.")
    if one.is_draft:
        written = _written(one)
        made = drafts.create(tx, user, account, folder, written, arrival.read.preview, one.key, now)
    else:
        made = _finished(tx, user, account, folder, one, now)
    if arrival.upload is not None:
        uploads.set_used(tx, account, [arrival.upload])
    return _with_marks(tx, user, made, arrival, now)


def _with_marks(tx: Tx, user: UserId, made: Message, arrival: Arrival, now: datetime) -> Message:
    """The marks that nothing is created with: set as if somebody had done so right after."""
    marks = arrival.marks
    due_at = UNSAID if marks is None or FLAGGED not in arrival.keywords else marks.due_at or UNSAID
    is_other = True if marks is not None and marks.is_other else None
    if due_at is UNSAID and is_other is None:
        return made
    organise.set_marks(
        tx, user, made.account_id, made.id, organise.Marks(due_at=due_at, is_other=is_other), now
    )
    changed = messages.get(tx, made.account_id, made.id)
    assert changed is not None  # it has just been made
    return changed


def _folder(tx: ReadTx, account: AccountId, wanted: Sequence[FolderId]) -> FolderId:
    shown = frozenset(folders.shown(tx, account).values())
    if not wanted or not shown.issuperset(wanted):
        raise Invalid("mailboxIds", "no_such_folder", "A message lies in a folder that is there.")
    if len(set(wanted)) > 1:
        raise Invalid("mailboxIds", "too_many_folders", "A message lies in exactly one folder here.")
    return wanted[0]


def _finished(
    tx: Tx, user: UserId, account: AccountId, folder: FolderId, one: Bringing, now: datetime
) -> Message:
    arrival, said = one.arrival, one.arrival.read
    remote_id = RemoteId(LOCAL + one.key)
    refers = drafts.Refers(arrival.answers, said.in_reply_to, said.references)
    place = drafts.thread_of(tx, account, refers, remote_id)
    message = changed_copy(
        message_of(account, MessageId(take_ids(tx, account, 1)), place.thread, arrival, now),
        remote_id=remote_id,
        internet_message_id=drafts.name_of(tx, account, said.message_id, one.key),
        header_told=None,  # from now on it is what Microsoft tells
        mutable=mutable_of(
            arrival.keywords & _KEPT,
            Mutable(importance=_importance(arrival), categories=_categories(arrival)),
        ),
    )
    messages.replace(tx, account, [(None, message)])
    bodies.upsert_many(tx, account, [(message.id, arrival.prepared.body)])
    draft = Draft(
        account,
        message.id,
        one.key,
        name_by_key(one.key),
        said.in_reply_to,
        said.references,
        DraftStep.NEW,
        None,
        None,
        is_answer=place.is_answer,
    )
    stored_drafts.insert(tx, draft, len(one.parts))
    drafts.keep_parts(tx, message, one.parts)
    attachments.keep(tx, account, message.id, "mime", arrival.octets)
    payload = {"folder": folder}
    writeback_ops.insert(tx, account, message.id, OpKind.CREATE, payload=payload, undo={}, now=now, user=user)
    return message


def _categories(arrival: Arrival) -> tuple[str, ...]:
    """Those it comes with, and the further keywords: at Microsoft they are categories."""
    own = () if arrival.marks is None else arrival.marks.categories
    return labelled(own, dict.fromkeys(arrival.keywords - _KEPT, True))


def _importance(arrival: Arrival) -> Importance:
    return arrival.read.importance if arrival.marks is None else arrival.marks.importance


def _written(one: Bringing) -> WrittenMessage:
    """A draft that was written elsewhere."""
    said = one.arrival.read
    return WrittenMessage(
        from_=said.from_[:1],
        to=said.to,
        cc=said.cc,
        bcc=said.bcc,
        reply_to=said.reply_to,
        subject=said.subject,
        body=said.body,
        parts=one.parts,
        message_id=said.message_id,
        in_reply_to=said.in_reply_to[:_MOST_IDS],
        references=said.references[-_MOST_IDS:],
        sent_at=said.sent_at,
        importance=_importance(one.arrival),
        is_seen=SEEN in one.arrival.keywords,
        is_flagged=FLAGGED in one.arrival.keywords,
        answers=one.arrival.answers,
        fields=one.fields,
        received_at=one.arrival.received_at,
        categories=_categories(one.arrival),
    )
