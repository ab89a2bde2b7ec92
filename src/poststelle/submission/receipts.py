"""Read receipts: a sender asks for one, and a person says once whether it goes. None is sent by itself.

    asked ──"send"──> sent ──the provider refuses──> asked
      └────"don't"──> declined

Who is asked first answers for all who share the mailbox. After a lost answer it counts as sent: none goes
twice.
Source: RFC 8098 §2.1.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace as changed_copy

from poststelle.access.rights import require
from poststelle.lib.clock import Clock
from poststelle.lib.ids import new_key
from poststelle.mail.ingest import lock
from poststelle.mail.originals import Reach, originals
from poststelle.mime.build import LongLine
from poststelle.mime.fields import as_addresses, last_value, parse_fields
from poststelle.mime.receipt import ReadReceipt, octets
from poststelle.model.errors import Conflict, NotFound
from poststelle.model.ids import AccountId, MessageId, UserId
from poststelle.model.message import Address, Message, Receipt
from poststelle.model.rights import Level
from poststelle.providers.errors import ProviderError, RetryLater
from poststelle.store import accounts, messages, users
from poststelle.store.tx import ReadTx, Tx

_FIELD = "Disposition-Notification-To"
_HEAD_WITHIN_S = 20


class _Words(NamedTuple):
    subject: str
    text: str


_WORDS = {
    "de": _Words(
        "Gelesen: {subject}",
        "Ihre Nachricht „{subject}“ an {mailbox} wurde am {day} angezeigt.\n\n"
        "Das heißt nicht, dass sie gelesen oder verstanden wurde.\n",
    ),
    "en": _Words(
        "Read: {subject}",
        "Your message “{subject}” to {mailbox} was displayed on {day}.\n\n"
        "This does not mean that it was read or understood.\n",
    ),
}
_DAY = {"de": "%d.%m.%Y um %H:%M (UTC)", "en": "%Y-%m-%d at %H:%M (UTC)"}


@dataclass(frozen=True, slots=True)
class _Reader:
    """Who sends the receipt, in whose language."""

    address: Address
    language: str


def decline(tx: Tx, user: UserId, account: AccountId, message: MessageId) -> None:
    """None is sent, and nobody is asked again. Conflict ``receipt_answered`` when that is said already."""
    require(tx, user, account, Level.WRITE)
    _set(tx, account, message, Receipt.ASKED, Receipt.DECLINED)


def ask_again(tx: Tx, user: UserId, account: AccountId, message: MessageId) -> None:
    """Take ``decline`` back. Conflict ``receipt_answered`` when one was sent meanwhile."""
    require(tx, user, account, Level.WRITE)
    _set(tx, account, message, Receipt.DECLINED, Receipt.ASKED)


async def send(reach: Reach, clock: Clock, account: AccountId, message: MessageId, to: str | None) -> None:
    """Send it to whom the message names for it, the author as a rule.

    Conflict ``receipt_elsewhere`` (``address``) when that is somebody else, unless ``to`` says so;
    ``receipt_answered`` when somebody was quicker; ``receipt_not_sent`` when the provider refused, and one
    may try again, or when nobody can be written to; ``receipt_unsure`` when nobody knows.
    """
    asked, reader = await reach.store.read(_asked, reach.user, account, message)
    wanted = await _wanted(reach, account, asked)
    if wanted.email.casefold() not in {one.email.casefold() for one in asked.from_} and wanted.email != to:
        raise Conflict("receipt_elsewhere", "The receipt would go to somebody else.", address=wanted.email)
    try:
        written = octets(_receipt(asked, reader, wanted, clock.now()))
    except LongLine as error:
        raise Conflict("receipt_not_sent", "This address is too long.", reason="too_long") from error
    try:
        remote = await reach.open_remote(account)
    except ProviderError as error:
        raise _not_sent(error) from error
    await reach.store.write(_set, account, message, Receipt.ASKED, Receipt.SENT)
    try:
        await remote.send_mime(written)
    except RetryLater as error:
        if not error.is_throttled:
            raise Conflict("receipt_unsure", "It may have been sent; no answer came.") from error
        await reach.store.write(_set, account, message, Receipt.SENT, Receipt.ASKED)
        raise _not_sent(error) from error
    except ProviderError as error:
        await reach.store.write(_set, account, message, Receipt.SENT, Receipt.ASKED)
        raise _not_sent(error) from error


def _not_sent(error: ProviderError) -> Conflict:
    return Conflict("receipt_not_sent", "The provider did not take it.", reason=error.code)


def _asked(tx: ReadTx, user: UserId, account: AccountId, message: MessageId) -> tuple[Message, _Reader]:
    require(tx, user, account, Level.SEND)
    found, held, person = messages.get(tx, account, message), accounts.get(tx, account), users.get(tx, user)
    if found is None or held is None:
        raise NotFound("no_such_message", "This message is not there any more.")
    _check(found, Receipt.ASKED)
    name = held.name or (person.name_in_letters if person else "")
    language = person.language if person and person.language else "en"
    return found, _Reader(Address(name, held.address), language)


def _set(tx: Tx, account: AccountId, id_: MessageId, before: Receipt, after: Receipt) -> None:
    lock(tx, account)
    found = messages.get(tx, account, id_)
    if found is None:
        raise NotFound("no_such_message", "This message is not there any more.")
    _check(found, before)
    messages.replace(tx, account, [(found, changed_copy(found, receipt=after))])


def _check(message: Message, expected: Receipt) -> None:
    if message.receipt is not expected or message.mutable.is_draft:
        raise Conflict("receipt_answered", "It asks for no receipt, or somebody has answered already.")


async def _wanted(reach: Reach, account: AccountId, message: Message) -> Address:
    """Whom its header names for the receipt; its author where that can't be read."""
    try:
        found = await originals(reach, account, [message.id], is_whole=False, within_s=_HEAD_WITHIN_S)
    except ProviderError as error:
        raise _not_sent(error) from error
    original = found.octets.get(message.id)
    if original is not None:
        head = b"".join([chunk async for chunk in reach.blobs.open(original.kept.sha256)])
        field = last_value(parse_fields(head, 0, len(head))[0], _FIELD)
        for one in as_addresses(field) if field else []:
            if one["email"]:
                return Address(one["name"] or "", one["email"])
    author = next(iter(message.from_), None)
    if author is None or not author.email:
        raise Conflict("receipt_not_sent", "Nobody is named for it.", reason="no_author")
    return author


def _receipt(message: Message, reader: _Reader, to: Address, now: datetime) -> ReadReceipt:
    words = _WORDS.get(reader.language, _WORDS["en"])
    said = {
        "subject": message.subject,
        "mailbox": reader.address.email,
        "day": now.strftime(_DAY.get(reader.language, _DAY["en"])),
    }
    name = (message.internet_message_id or "").strip("<>")
    return ReadReceipt(
        reader=reader.address,
        to=to,
        subject=words.subject.format(**said),
        text=words.text.format(**said),
        message_id=name or None,
        key=new_key(),
        at=now,
    )
