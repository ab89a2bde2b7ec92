"""Item ids in the forms of older programs: MAPI's binary entry ids, and those of Exchange Web Services.

They say the same as Graph's ids: an EWS id is Graph's default id in the other base64 alphabet, an entry id
holds the parts of one in MAPI's order, and is written with the number of missing ``=`` at its end.

Source: Graph v1.0, "user: translateExchangeIds"; [MS-OXCDATA] 2.2.4.2 (entry ids).
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error

from m365sim.world.errors import MalformedId
from m365sim.world.ids import IdSpace, Kind, ParsedId, parse_id

_FLAGS = b"\x00\x00\x00\x00"
_TYPES: dict[Kind, bytes] = {
    "folder": b"\x01\x00",
    "message": b"\x07\x00",
    "immutable": b"\x07\x80",
    "attachment": b"\x05\x00",
    "immutable_attachment": b"\x05\x80",
}
_KIND_OF = {octets: kind for kind, octets in _TYPES.items()}
_SIZE = 38


def entry_id(parsed: ParsedId) -> str:
    """The entry id of an item, as text."""
    tail = parsed.counter.to_bytes(6, "big") + parsed.part.to_bytes(2, "big")
    octets = _FLAGS + parsed.store + _TYPES[parsed.kind] + bytes(8) + tail
    text = urlsafe_b64encode(octets).decode()
    bare = text.rstrip("=")
    return f"{bare}{len(text) - len(bare)}"


def parse_entry_id(text: str) -> ParsedId:
    """Take an entry id apart; MalformedId when it cannot be one."""
    try:
        octets = urlsafe_b64decode(text[:-1] + "=" * int(text[-1:] or "x"))
    except (Base64Error, ValueError) as error:
        raise MalformedId("Id is malformed.") from error
    kind = _KIND_OF.get(octets[20:22])
    if kind is None or len(octets) != _SIZE:
        raise MalformedId("Id is malformed.")
    counter, part = int.from_bytes(octets[30:36], "big"), int.from_bytes(octets[36:38], "big")
    parsed = ParsedId(kind, octets[4:20], counter, part)
    if entry_id(parsed) != text:
        raise MalformedId("Id is malformed.")
    return parsed


def ews_id(text: str) -> str:
    """Graph's id in the alphabet of Exchange Web Services."""
    return text.replace("-", "+").replace("_", "/")


def parse_ews_id(text: str) -> ParsedId:
    """Take an id of Exchange Web Services apart; MalformedId when it cannot be one."""
    if "-" in text or "_" in text:
        raise MalformedId("Id is malformed.")
    return parse_id(text.replace("+", "-").replace("/", "_"))


def graph_id(ids: IdSpace, parsed: ParsedId) -> str:
    """The id in Graph's form, of an item in this mailbox."""
    match parsed.kind:
        case "folder":
            return ids.folder(parsed.counter)
        case "message":
            return ids.message(parsed.counter)
        case "immutable":
            return ids.immutable(parsed.counter)
    is_immutable = parsed.kind == "immutable_attachment"
    return ids.attachment(parsed.counter, parsed.part, is_immutable=is_immutable)
