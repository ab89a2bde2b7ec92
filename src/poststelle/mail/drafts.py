"""Drafts: written here, shown at once, brought to the provider in the background.

A draft has its id from the first moment. Until the provider has made it, its
remote id is a stand-in. How it comes back in reports: ``mail.own``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from poststelle.access.rights import require
from poststelle.lib.clock import sensible
from poststelle.mail.ingest import lock
from poststelle.mime.reading import preview
from poststelle.mime.text import clean
from poststelle.model.draft import Draft, DraftStep, WrittenMessage, WrittenPart
from poststelle.model.errors import Invalid
from poststelle.model.folder import Folder, Role
from poststelle.model.ids import LOCAL, AccountId, FolderId, MessageId, RemoteId, ThreadId, UserId
from poststelle.model.message import Address, Body, Message, Mutable, Receipt
from poststelle.model.rights import Level
from poststelle.model.writeback import OpKind
from poststelle.providers.base import RemoteAttachment
from poststelle.store import accounts, attachments, bodies, drafts, folders, messages, threads, writeback_ops
from poststelle.store.attachments import Kept
from poststelle.store.sequences import take_ids
from poststelle.store.tx import ReadTx, Tx

MOST_RECIPIENTS = 500
"""Of one message. Source: Graph v1.0, "message resource type"."""
MOST_PARTS = 250
_OVERHEAD = 600  # octets of headers, about


def create(
    tx: Tx,
    user: UserId,
    account: AccountId,
    folder: FolderId,
    written: WrittenMessage,
    preview: str,
    key: str,
    now: datetime,
) -> Message:
    """Store a draft and queue it for the provider; ``key`` is random and names it there.

    It may lie in any folder.

    ``preview``: what ``preview_of`` says, which takes too long for a transaction.

    Raises NotFound, NotAllowed, or Invalid naming what is wrong.
    """
    require(tx, user, account, Level.WRITE)
    lock(tx, account)
    target = _checked_folder(tx, account, folder)
    _check(written)
    written = _cleaned(written)
    name = _own_name(tx, account, written.message_id, key)
    refers = Refers(written.answers, written.in_reply_to, written.references)
    place = thread_of(tx, account, refers, RemoteId(LOCAL + key))
    message = _message(tx, account, folder, place.thread, written, preview, name, key, now)
    messages.replace(tx, account, [(None, message)])
    bodies.upsert_many(tx, account, [(message.id, bodies.pack(written.body))])
    draft = Draft(
        account,
        message.id,
        key,
        name,
        written.in_reply_to,
        written.references,
        DraftStep.NEW,
        None,
        None,
        is_answer=place.is_answer,
    )
    drafts.insert(tx, draft, len(written.parts))
    keep_parts(tx, message, written.parts)
    if written.fields is not None:
        kept = Kept(written.fields.sha256, written.fields.size)
        attachments.keep(tx, account, message.id, attachments.FIELDS, kept)
    payload = {} if target.role is Role.DRAFTS else {"folder": folder}
    writeback_ops.insert(tx, account, message.id, OpKind.CREATE, payload=payload, undo={}, now=now, user=user)
    return message


def preview_of(written: WrittenMessage) -> str:
    """How its text begins, in one line."""
    return preview(written.body.content_type, written.body.content)


def _checked_folder(tx: ReadTx, account: AccountId, folder: FolderId) -> Folder:
    target = folders.get(tx, account, folder)
    if target is None or folder not in folders.shown(tx, account).values():
        raise Invalid("mailboxIds", "no_such_folder", "This folder is not there any more.")
    return target


def _check(written: WrittenMessage) -> None:
    people = [*written.to, *written.cc, *written.bcc]
    if len(people) > MOST_RECIPIENTS:
        raise Invalid("to", "too_many_recipients", f"A message has at most {MOST_RECIPIENTS} recipients.")
    if len(written.from_) > 1:
        raise Invalid("from", "one_author", "A message is from one address.")
    if len(written.parts) > MOST_PARTS:
        raise Invalid("attachments", "too_many_parts", f"A message has at most {MOST_PARTS} attachments.")


def _cleaned(written: WrittenMessage) -> WrittenMessage:
    def people(addresses: Sequence[Address]) -> tuple[Address, ...]:
        return tuple(Address(clean(a.name), clean(a.email)) for a in addresses)

    return replace(
        written,
        from_=people(written.from_),
        to=people(written.to),
        cc=people(written.cc),
        bcc=people(written.bcc),
        reply_to=people(written.reply_to),
        subject=clean(written.subject),
        body=Body(written.body.content_type, clean(written.body.content)),
    )


def _own_name(tx: ReadTx, account: AccountId, given: str | None, key: str) -> str:
    """As ``name_of``. Reports are recognised by it, so no two drafts have the same."""
    name = name_of(tx, account, given, key)
    if given is not None and drafts.by_message_id(tx, account, [name]):
        raise Invalid("messageId", "message_id_taken", "Another draft has this Message-ID; leave it out.")
    return name


def name_of(tx: ReadTx, account: AccountId, given: str | None, key: str) -> str:
    """The Message-ID with its brackets; one is made where none is given."""
    if given is not None:
        return f"<{given}>"
    found = accounts.get(tx, account)
    domain = found.address.rpartition("@")[2] if found else "localhost"
    return f"<{key}@{domain}>"


def _message(
    tx: Tx,
    account: AccountId,
    folder: FolderId,
    thread: ThreadId,
    written: WrittenMessage,
    preview: str,
    name: str,
    key: str,
    now: datetime,
) -> Message:
    octets = sum(part.octets.size for part in written.parts)
    return Message(
        account_id=account,
        id=MessageId(take_ids(tx, account, 1)),
        remote_id=RemoteId(LOCAL + key),
        thread_id=thread,
        folder_ids=(folder,),
        received_at=sensible(written.received_at or now),
        sent_at=written.sent_at,
        internet_message_id=name,
        subject=written.subject,
        preview=preview,
        from_=written.from_,
        sender=(),
        to=written.to,
        cc=written.cc,
        bcc=written.bcc,
        reply_to=written.reply_to,
        has_attachment=any(not part.is_inline for part in written.parts),
        size=_OVERHEAD + len(written.body.content.encode()) + octets * 4 // 3,
        mutable=Mutable(
            is_seen=written.is_seen,
            is_flagged=written.is_flagged,
            is_draft=True,
            importance=written.importance,
            categories=written.categories,
        ),
        receipt=Receipt.ASKED if written.asks_receipt else None,
    )


@dataclass(frozen=True, slots=True)
class Refers:
    """What a message answers, as far as that is here, and the Message-IDs it names."""

    answers: MessageId | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a new message lies. ``is_answer``: with what it answers, which is here."""

    thread: ThreadId
    is_answer: bool


def thread_of(tx: Tx, account: AccountId, refers: Refers, remote_id: RemoteId) -> Placed:
    """The thread of what it answers, else one of its own, which the provider's grouping finds later."""
    if refers.answers is not None:
        answered = messages.get(tx, account, refers.answers)
        if answered is None:
            raise Invalid("poststelle:answers", "no_such_message", "What it answers is not there any more.")
        return Placed(answered.thread_id, is_answer=True)
    names = [f"<{name}>" for name in dict.fromkeys((*refers.in_reply_to, *reversed(refers.references)))]
    found = drafts.find_recent(tx, account, names)
    if found is not None and messages.get(tx, account, found.id) is not None:
        return Placed(found.thread_id, is_answer=True)
    key = threads.key_alone(remote_id)
    return Placed(threads.ensure(tx, account, [key])[key], is_answer=False)


def keep_parts(tx: Tx, message: Message, parts: Sequence[WrittenPart]) -> None:
    """The attachments as they will be listed, and their octets, which stay here too."""
    listed = [
        RemoteAttachment(
            remote_id=RemoteId(f"{LOCAL}{position}"),
            name=part.name,
            content_type=part.content_type,
            size=part.octets.size,
            content_id=part.content_id,
            is_inline=part.is_inline,
            kind="file",
        )
        for position, part in enumerate(parts)
    ]
    attachments.set_attachments(tx, message.account_id, message.id, listed)
    attachments.set_known(tx, message.account_id, {message.id: True})
    for position, part in enumerate(parts):
        kept = Kept(part.octets.sha256, part.octets.size)
        attachments.keep(tx, message.account_id, message.id, attachments.part_name(position), kept)
