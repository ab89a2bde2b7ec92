"""What the header of a message in an internal mailbox says beyond its stored facts.

It is noted when the message comes in (``mime.header_told``). Of messages that came before this was done it is
read, and noted, when it is first asked for; what is too large to be noted is read each time.
"""

from collections.abc import Sequence, Set
from functools import partial
from typing import Any

from poststelle.blobs.base import BlobMissing
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.email_mime import header_fields
from poststelle.http.jmap.fetched import fetched
from poststelle.http.jmap.telling import Left, weighed
from poststelle.mail.mime_reader import Check
from poststelle.mail.originals import note_headers
from poststelle.mime.header_told import OCTETS, by_header, last_of_each, noted, unsaid
from poststelle.model.ids import AccountId, MessageId, is_own
from poststelle.model.message import Message
from poststelle.providers.errors import ProviderError


def known(message: Message) -> dict[str, Any]:
    """The properties that are noted, as they are told."""
    return {name: value for name, value in noted(message.header_told).items() if value is not OCTETS}


def is_untold(message: Message, names: Set[str]) -> bool:
    """Whether only its octets tell one of these properties, or whether they do."""
    if not names or not is_own(message.remote_id):
        return False
    if message.header_told is None:
        return True
    return any(value is OCTETS and name in names for name, value in noted(message.header_told).items())


async def read(
    call: Call,
    account: AccountId,
    messages: Sequence[Message],
    names: Set[str],
    told: dict[MessageId, dict[str, Any]],
) -> bool:
    """Add to ``told`` what the octets of these say; whether anything was.

    A message whose octets are not here (a backup comes back without them, say) is told by its facts.
    """
    notes: dict[MessageId, str] = {}
    left, is_any = Left(call.limits.values), False
    try:
        octets = (await fetched(call, account, [m.id for m in messages], is_whole=False)).found
    except ProviderError:
        return False
    for message in messages:
        if message.id not in octets:
            continue
        tell = partial(_told, message=message, names=names, notes=notes)
        try:
            apart = call.apply_mime(octets[message.id].kept.sha256, partial(weighed, tell))
            said, *weight = await apart
        except BlobMissing:
            continue
        told[message.id] = said | told.get(message.id, {})
        left.tell(*weight)
        is_any = True
    if notes:
        await call.write_fleeting(note_headers, call.caller.user_id, account, notes)
    return is_any


def _told(
    check: Check, octets: bytes, *, message: Message, names: Set[str], notes: dict[MessageId, str]
) -> dict[str, Any]:
    said = by_header(last_of_each(header_fields(octets)), check)
    if message.header_told is None:
        notes[message.id] = unsaid(said, message)
    return {name: value for name, value in said.items() if name in names}
