"""What a stored message becomes when the provider reports it again. Pure rules, no store.

Providers send partial items, so nothing that is not said is touched. A local
change that still waits for the provider wins over what the provider says.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from poststelle.lib.clock import sensible
from poststelle.mime.text import clean, shortened
from poststelle.model.ids import AccountId, FolderId, MessageId, ThreadId
from poststelle.model.message import Address, Importance, Message, Mutable, Receipt
from poststelle.providers.base import RemoteMessage
from poststelle.store.pending import Pending

_LONGEST_SUBJECT = 8_000
_LONGEST_PREVIEW = 500
_LONGEST_ID = 2_000

_ADDRESSES = ("from_", "sender", "to", "cc", "bcc", "reply_to")
_MUTABLE = tuple(name for name in Mutable.__struct_fields__ if name in RemoteMessage.__struct_fields__)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message goes: its thread, and the folder the provider names."""

    thread_id: ThreadId
    folder_id: FolderId


def new_message(
    account: AccountId, message: MessageId, item: RemoteMessage, place: Place, now: datetime
) -> Message:
    """A message met for the first time. What is not said yet is empty; ``now`` stands in for its arrival."""
    return Message(
        account_id=account,
        id=message,
        remote_id=item.remote_id,
        thread_id=place.thread_id,
        folder_ids=(place.folder_id,),
        received_at=sensible(item.received_at or item.sent_at or now),
        sent_at=None if item.sent_at is None else sensible(item.sent_at),
        internet_message_id=_text(item.internet_message_id, None, _LONGEST_ID),
        subject=subject_of(item),
        preview=_text(item.preview, None, _LONGEST_PREVIEW) or "",
        from_=cleaned(item.from_),
        sender=cleaned(item.sender),
        to=cleaned(item.to),
        cc=cleaned(item.cc),
        bcc=cleaned(item.bcc),
        reply_to=cleaned(item.reply_to),
        has_attachment=bool(item.has_attachment),
        size=item.size if item.size is not None else _estimated_size(item),
        mutable=_new_mutable(item),
        event=item.event,
        receipt=Receipt.ASKED if item.asks_receipt else None,
        in_reply_to=item.in_reply_to,
        references=item.references,
    )


def _new_mutable(item: RemoteMessage) -> Mutable:
    """``said_mutable`` of a message that nothing is known of yet."""
    has_due = item.due_at is not None and item.is_flagged is not False
    return Mutable(
        is_seen=bool(item.is_seen),
        is_flagged=bool(item.is_flagged),
        is_draft=bool(item.is_draft),
        is_answered=bool(item.is_answered),
        is_forwarded=bool(item.is_forwarded),
        importance=Importance.NORMAL if item.importance is None else Importance(item.importance),
        categories=tuple(map(clean, item.categories)) if item.categories else (),
        due_at=sensible(item.due_at) if item.due_at is not None and has_due else None,
        is_other=bool(item.is_other),
    )


def merged(before: Message, item: RemoteMessage, folder: FolderId | None, pending: Pending) -> Message:
    """``before`` with everything that ``item`` says and no pending local change holds against.

    ``folder`` None: not said. The size a client was told never changes.
    """
    keeps_place = folder is None or pending.is_moving or pending.is_destroying
    addresses: dict[str, Any] = {
        name: cleaned(said) for name in _ADDRESSES if (said := getattr(item, name)) is not None
    }
    return replace(
        before,
        folder_ids=before.folder_ids if keeps_place or folder is None else (folder,),
        received_at=before.received_at if item.received_at is None else sensible(item.received_at),
        sent_at=before.sent_at if item.sent_at is None else sensible(item.sent_at),
        internet_message_id=_text(item.internet_message_id, before.internet_message_id, _LONGEST_ID),
        subject=_text(item.subject, before.subject, _LONGEST_SUBJECT) or "",
        preview=_text(item.preview, before.preview, _LONGEST_PREVIEW) or "",
        has_attachment=before.has_attachment if item.has_attachment is None else item.has_attachment,
        mutable=replace(before.mutable, **said_mutable(item, pending.fields)),
        event=before.event if item.event is None else item.event,
        receipt=_receipt(before.receipt, asks=item.asks_receipt),
        **addresses,
    )


def _receipt(before: Receipt | None, *, asks: bool | None) -> Receipt | None:
    """What was answered here stays so, whatever the provider says of the question."""
    if asks is None or before in {Receipt.SENT, Receipt.DECLINED}:
        return before
    return Receipt.ASKED if asks else None


def said_mutable(item: RemoteMessage, except_fields: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The fields of Mutable that the item says anything about, in stored form."""
    said: dict[str, Any] = {
        name: value
        for name in _MUTABLE
        if name not in except_fields and (value := getattr(item, name)) is not None
    }
    if "categories" in said and item.categories is not None:
        said["categories"] = tuple(clean(category) for category in item.categories)
    if "importance" in said and item.importance is not None:
        said["importance"] = Importance(item.importance)
    if "due_at" in said and item.due_at is not None:
        said["due_at"] = sensible(item.due_at)
    if "due_at" not in except_fields and (
        item.is_flagged is False or (item.is_flagged and item.due_at is None)
    ):
        said["due_at"] = None  # a due date is part of the flag, which is told whole
    return said


def is_another(before: Message, after: Message, *, has_other_body: bool) -> bool:
    """Whether clients must be told of another message: a draft's content was changed elsewhere.

    Source: RFC 8621 §4 ("immutable" properties of Email).
    """
    return before.mutable.is_draft and (has_other_body or _content(before) != _content(after))


def joined(first: RemoteMessage, second: RemoteMessage) -> RemoteMessage:
    """Two reports of one message in one page: the later one wins where it says something."""
    said = {
        name: value
        for name in RemoteMessage.__struct_fields__
        if (value := getattr(second, name)) is not None
    }
    if second.is_flagged is not None:
        said["due_at"] = second.due_at  # told together
    return replace(first, **said)


def _content(message: Message) -> Message:
    """The message without what may change in it."""
    return replace(message, mutable=Mutable(), folder_ids=(), thread_id=ThreadId(0), preview="")


def subject_of(item: RemoteMessage) -> str:
    """The subject as it is stored; empty when none is said."""
    return _text(item.subject, None, _LONGEST_SUBJECT) or ""


def cleaned(addresses: tuple[Address, ...] | None) -> tuple[Address, ...]:
    """Addresses as they are stored."""
    return tuple([_clean_address(address) for address in addresses]) if addresses else ()


def _clean_address(address: Address) -> Address:
    name, email = clean(address.name), clean(address.email)
    return address if name is address.name and email is address.email else Address(name, email)


def _text(said: str | None, before: str | None, limit: int) -> str | None:
    return before if said is None else shortened(clean(said), limit)


def _estimated_size(item: RemoteMessage) -> int:
    return 0 if item.body is None else len(item.body.content.encode(errors="replace"))
