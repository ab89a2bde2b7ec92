"""The JSON that the control API takes. Unknown fields are refused, so a misspelt test fails loudly."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from datetime import datetime
from email.utils import parseaddr
from typing import Any

import msgspec

from m365sim.control.faults import Kind
from m365sim.control.reading import Refused
from m365sim.limits import ConcurrencyScope, RefusalMode
from m365sim.notify.notice import LifecycleEvent
from m365sim.world.answers import AnswerKind
from m365sim.world.compose import Written, content_of
from m365sim.world.content import Address, Attachment, FileAttachment, ItemAttachment
from m365sim.world.conversations import message_ids
from m365sim.world.instants import to_seconds
from m365sim.world.meetings import Meeting, MeetingKind
from m365sim.world.messages import Flag
from m365sim.world.organise import Marks
from m365sim.world.seedtypes import FlagStatus, Importance, Inference

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VISIBLE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
FolderReference = str | list[str]


class _Body(msgspec.Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    pass


def seconds_of(instant: datetime) -> int:
    """Seconds since 1970; Refused for an instant at the edge of the calendar."""
    try:
        return to_seconds(instant)
    except ValueError as error:
        raise Refused(str(error)) from error


class AddressBody(_Body):
    """An address with a name; ``"Name <address>"`` is taken as well."""

    address: str
    name: str = ""


class AttachmentBody(_Body):
    """A file (``contentBase64`` or ``text``), or an attached message (``message``)."""

    name: str
    content_type: str = "application/octet-stream"
    content_base64: str | None = None
    text: str | None = None
    content_id: str | None = None
    is_inline: bool = False
    message: MessageBody | None = None


class MeetingBody(_Body):
    """The meeting that a message is about."""

    type: MeetingKind
    start: datetime
    end: datetime
    is_all_day: bool = False


class MessageBody(_Body):
    """One message to receive. What is left out is sensible: unread, now, to the mailbox itself."""

    subject: str = ""
    from_: str | AddressBody | None = msgspec.field(default=None, name="from")
    sender: str | AddressBody | None = None
    to: list[str | AddressBody] | None = None
    cc: list[str | AddressBody] = []
    bcc: list[str | AddressBody] = []
    reply_to: list[str | AddressBody] = []
    text: str | None = None
    html: str | None = None
    message_id: str | None = None
    in_reply_to: str | None = None
    references: list[str] = []
    headers: list[tuple[str, str]] = []
    sent_at: datetime | None = None
    received_at: datetime | None = None
    is_read: bool = False
    flag: FlagStatus = "notFlagged"
    categories: list[str] = []
    importance: Importance = "normal"
    inference_classification: Inference = "focused"
    is_draft: bool = False
    is_read_receipt_requested: bool = False
    attachments: list[AttachmentBody] = []
    meeting: MeetingBody | None = None


class ReceiveBody(_Body):
    """What to put into ``folder``: one ``message``, many ``messages``, or ``count`` derived ones.

    ``by_post`` lets messages arrive like any mail, so that rules and automatic replies act on them.
    """

    folder: FolderReference = "inbox"
    message: MessageBody | None = None
    messages: list[MessageBody] | None = None
    count: int | None = None
    seed: int | None = None
    newest_at: datetime | None = None
    step_s: int = 600
    unread_every: int = 10
    by_post: bool = False


class UpdateChange(_Body, tag_field="op", tag="update"):
    """Set properties of messages."""

    ids: list[str]
    is_read: bool | None = None
    flag: FlagStatus | None = None
    categories: list[str] | None = None
    importance: Importance | None = None
    inference_classification: Inference | None = None


class MoveChange(_Body, tag_field="op", tag="move"):
    """Move messages."""

    ids: list[str]
    to: FolderReference


class CopyChange(_Body, tag_field="op", tag="copy"):
    """Copy messages."""

    ids: list[str]
    to: FolderReference


class DeleteChange(_Body, tag_field="op", tag="delete"):
    """Delete messages: to Deleted Items and from there for good, or at once ``permanently``."""

    ids: list[str]
    permanently: bool = False


class WriteChange(_Body, tag_field="op", tag="write"):
    """Let drafts say something else; what is left out stays."""

    ids: list[str]
    subject: str | None = None
    to: list[str | AddressBody] | None = None
    text: str | None = None
    html: str | None = None


class AttachChange(_Body, tag_field="op", tag="attach"):
    """Put an attachment on drafts, behind those that are there."""

    ids: list[str]
    attachment: AttachmentBody


class DetachChange(_Body, tag_field="op", tag="detach"):
    """Take the attachment with this id off a draft."""

    ids: list[str]
    attachment: str


class AnswerChange(_Body, tag_field="op", tag="answer"):
    """Begin to answer messages: a draft each."""

    ids: list[str]
    kind: AnswerKind = "reply"


class SendChange(_Body, tag_field="op", tag="send"):
    """Send drafts."""

    ids: list[str]


DraftChange = WriteChange | AttachChange | DetachChange | SendChange
"""What is done to drafts alone."""
Change = UpdateChange | MoveChange | CopyChange | DeleteChange | AnswerChange | DraftChange


class ChangesBody(_Body):
    """Changes in order; all ids are looked up before the first is carried out."""

    changes: list[Change]


class PoisonBody(_Body):
    """Messages that cannot be shown from now on, or can be again."""

    ids: list[str]
    is_poisoned: bool = True


class FolderBody(_Body):
    """A folder to create in ``parent``."""

    name: str
    parent: FolderReference = []
    is_hidden: bool = False


class FolderChangeBody(_Body):
    """A new name or a new parent for a folder, or both."""

    name: str | None = None
    parent: FolderReference | None = None


class MailboxBody(_Body):
    """A mailbox to create. Its user is made too if there is none of this address."""

    address: str
    display_name: str = ""
    language: str = "de-DE"
    tenant: str | None = None
    has_mailbox: bool = True


class LicenceBody(_Body):
    """Whether the user has a mailbox at Microsoft, how large a message may be in it, and what it may do.

    The lists are addresses of other mailboxes that the user may open, send as, and send on behalf of.
    """

    has_mailbox: bool | None = None
    may_open: list[str] | None = None
    may_send_as: list[str] | None = None
    may_send_on_behalf: list[str] | None = None
    max_message_size: int | None = None

    def grants(self) -> dict[str, Any]:
        """The fields of the user that the lists set."""
        lists = {
            "mailbox_grants": self.may_open,
            "send_as": self.may_send_as,
            "send_on_behalf": self.may_send_on_behalf,
        }
        return {n: frozenset(a.lower() for a in given) for n, given in lists.items() if given is not None}


class FaultBody(_Body):
    """A fault to come; see `m365sim.control.faults.Fault`."""

    method: str = "*"
    path: str = "*"
    kind: Kind = "answer"
    status: int = 0
    code: str | None = None
    message: str | None = None
    headers: dict[str, str] = {}
    body: Any = None
    delay_s: float = 0.0
    times: int = 1
    skip: int = 0
    chance: float = 1.0
    seed: int = 0
    bytes_per_s: int = 1000
    by: int = 1

    def check(self) -> None:
        """Refused unless the fields make sense together."""
        if self.times < 1 or self.skip < 0 or self.delay_s < 0 or self.bytes_per_s < 1:
            raise Refused("times and bytesPerS must be at least 1; skip and delayS not negative.")
        if not all(_TOKEN.fullmatch(n) and _VISIBLE.fullmatch(v) for n, v in self.headers.items()):
            raise Refused("A header is a name of letters and a value of Latin text on one line.")
        if not 0 < self.chance <= 1:
            raise Refused("chance must be above 0 and at most 1.")
        if self.kind == "answer" and not self.status and not self.delay_s:
            raise Refused("A fault that answers needs a status or a delayS.")
        if self.status and not 200 <= self.status <= 599:
            raise Refused("status must be between 200 and 599.")


class ClockBody(_Body):
    """How far to move the clock."""

    advance_s: float


class ForgetBody(_Body):
    """Whose delta tokens to forget: a folder's, the folder tree's (``"tree"``), or (None) all."""

    mailbox: str
    folder: FolderReference | None = None


class LimitsBody(_Body):
    """Limits to set; what is left out stays. ``None`` switches a limit off."""

    concurrent: int | msgspec.UnsetType | None = msgspec.UNSET
    per_window: int | msgspec.UnsetType | None = msgspec.UNSET
    per_second: int | msgspec.UnsetType | None = msgspec.UNSET
    concurrency_scope: ConcurrencyScope | msgspec.UnsetType = msgspec.UNSET
    refusal: RefusalMode | msgspec.UnsetType = msgspec.UNSET
    upload_octets: int | msgspec.UnsetType | None = msgspec.UNSET
    retry_after_s: float | msgspec.UnsetType = msgspec.UNSET
    latency_s: float | msgspec.UnsetType = msgspec.UNSET
    kept_delta_tokens: int | msgspec.UnsetType = msgspec.UNSET
    recipients_per_message: int | msgspec.UnsetType | None = msgspec.UNSET
    messages_per_minute: int | msgspec.UnsetType | None = msgspec.UNSET
    recipients_per_day: int | msgspec.UnsetType | None = msgspec.UNSET


class SettleBody(_Body):
    """How long to wait for quiet, in real seconds."""

    within_s: float = 10.0


class LifecycleBody(_Body):
    """The lifecycle event to send."""

    event: LifecycleEvent


def meeting_of(body: MeetingBody | None) -> Meeting | None:
    """The meeting; Refused when it ends before it begins."""
    if body is None:
        return None
    start_s, end_s = seconds_of(body.start), seconds_of(body.end)
    if end_s < start_s:
        raise Refused("A meeting cannot end before it begins.")
    return Meeting(body.type, start_s, end_s, body.is_all_day)


def address_of(body: str | AddressBody) -> Address:
    """An address from either form."""
    if isinstance(body, AddressBody):
        return Address(body.address, body.name)
    name, address = parseaddr(body)
    return Address(address or body, name)


def written_of(body: MessageBody, default_to: str, now_s: int, default_id: str) -> Written:
    """The message a body describes, sent now unless it says otherwise; Refused for one of two bodies."""
    check_alone(f"The message '{body.subject}'", {"text": body.text, "html": body.html})
    sender = address_of(body.from_) if body.from_ is not None else Address("sender@example.net", "Sender")
    to = [default_to] if body.to is None else body.to
    sent_at = body.sent_at or body.received_at
    references = tuple(dict.fromkeys([*body.references, *message_ids(body.in_reply_to or "")]))
    headers = [*body.headers]
    if body.in_reply_to:
        headers.append(("In-Reply-To", body.in_reply_to))
    if references:
        headers.append(("References", " ".join(references)))
    return Written(
        message_id=default_id if body.message_id is None else body.message_id,
        subject=body.subject,
        body=(body.html if body.html is not None else body.text) or "",
        is_html=body.html is not None,
        sent_s=now_s if sent_at is None else seconds_of(sent_at),
        sender=address_of(body.sender) if body.sender is not None else sender,
        from_=sender,
        to=tuple(map(address_of, to)),
        cc=tuple(map(address_of, body.cc)),
        bcc=tuple(map(address_of, body.bcc)),
        reply_to=tuple(map(address_of, body.reply_to)),
        headers=tuple(headers),
        attachments=tuple(attachment_of(a, now_s) for a in body.attachments),
        references=references,
    )


def check_alone(what: str, given: Mapping[str, object]) -> None:
    """Refused when more than one of these is given: one of them would be ignored."""
    names = [name for name, value in given.items() if value is not None]
    if len(names) > 1:
        raise Refused(f"{what} has {' and '.join(names)}: give one of them.")


def attachment_of(body: AttachmentBody, now_s: int) -> Attachment:
    """The attachment a body describes; Refused for one that is two things, or whose base64 is none."""
    given = {"message": body.message, "contentBase64": body.content_base64, "text": body.text}
    check_alone(f"The attachment '{body.name}'", given)
    if body.message is not None:
        inner = written_of(body.message, "nobody@example.net", now_s, "")
        return ItemAttachment(body.name, content_of(inner, {}))
    try:
        octets = (body.text or "").encode() if body.content_base64 is None else _octets(body.content_base64)
    except (Base64Error, ValueError) as error:
        raise Refused(f"The attachment '{body.name}' is not valid base64.") from error
    return FileAttachment(body.name, body.content_type, octets, body.content_id, body.is_inline)


def _octets(base64: str) -> bytes:
    """Base64 on one line or several; ValueError for what is none."""
    return b64decode("".join(base64.split()), validate=True)


def marks_of(change: UpdateChange) -> Marks:
    """The marks an update asks for."""
    categories = None if change.categories is None else tuple(change.categories)
    flag = None if change.flag is None else Flag(change.flag)
    return Marks(change.is_read, flag, categories, change.importance, change.inference_classification)
