"""Extended (MAPI) properties of messages and folders: those that programs set, and those that follow.

Many MAPI properties say what Graph says in other words; they are derived from the message, so that they are
always true. What a message does not have is left out of an answer, as Graph does.

Source: Graph v1.0, "Get singleValueLegacyExtendedProperty"; [MS-OXPROPS] (tags), [MS-OXCMSG] 2.2.1.6 (flags).
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

from m365sim.graph.errors import bad_request, not_simulated
from m365sim.graph.extended_input import canonical_id as canonical
from m365sim.graph.extended_input import extended_of
from m365sim.world.compose import internet_headers
from m365sim.world.content import Content
from m365sim.world.conversations import topic
from m365sim.world.folders import Folder
from m365sim.world.instants import from_seconds, iso
from m365sim.world.messages import Message

__all__ = [
    "NAMES",
    "canonical",
    "changes_of",
    "folder_value_of",
    "follows_words",
    "ids_of",
    "listed",
    "value_of",
]

Value = str | tuple[str, ...]
SINGLE, MULTI = "singleValueExtendedProperties", "multiValueExtendedProperties"
NAMES = frozenset({SINGLE, MULTI})
_READ, _UNSENT, _HAS_ATTACHMENTS = 1, 8, 16
_IMPORTANCE = {"low": "0", "normal": "1", "high": "2"}
_FLAG_STATUS = {"complete": "1", "flagged": "2"}
_TERM = re.compile(r"\(?\s*[Ii]d\s+eq\s+'((?:[^']|'')*)'\s*\)?\s*(?:or\s|$)\s*")


def _flags(message: Message, content: Content) -> str:
    bits = _READ * message.is_read | _UNSENT * message.is_draft
    return str(bits | _HAS_ATTACHMENTS * bool(content.attachments))


def _header(name: str) -> Callable[[Message, Content], str | None]:
    return lambda m, c: next((v for n, v in c.headers if n.lower() == name), None)


def _transport_headers(message: Message, content: Content) -> str | None:
    if message.is_draft:
        return None
    pairs = internet_headers(content, from_seconds(message.received_s))
    return "".join(f"{name}: {value}\r\n" for name, value in pairs)


def _truth(value: bool) -> str:
    return "true" if value else "false"


# From the message's state alone.
_STATE: dict[str, Callable[[Message], str | None]] = {
    "String 0x1a": lambda m: "IPM.Note" if m.meeting is None else m.meeting.message_class,
    "Integer 0x17": lambda m: _IMPORTANCE[m.importance],
    "Integer 0x1090": lambda m: _FLAG_STATUS.get(m.flag.status),
    "SystemTime 0xe06": lambda m: iso(m.received_s),
    "SystemTime 0x3007": lambda m: iso(m.created_s),
    "SystemTime 0x3008": lambda m: iso(m.modified_s),
}
# From what it says.
_CONTENT: dict[str, Callable[[Message, Content], str | None]] = {
    "String 0x37": lambda m, c: c.subject,
    "SystemTime 0x39": lambda m, c: iso(c.sent_s),
    "String 0x70": lambda m, c: topic(c.subject),
    "Binary 0x71": lambda m, c: b64encode(c.conversation_index).decode(),
    "String 0x7d": _transport_headers,
    "Integer 0xe07": _flags,
    "Integer 0xe08": lambda m, c: str(c.size),
    "Long 0xe08": lambda m, c: str(c.size),
    "Boolean 0xe1b": lambda m, c: _truth(c.has_attachments),
    "String 0xe1d": lambda m, c: topic(c.subject),
    "String 0x1035": lambda m, c: c.message_id or None,
    "String 0x1039": _header("references"),
    "String 0x1042": _header("in-reply-to"),
}
_SIZES = frozenset({"Integer 0xe08", "Long 0xe08"})
_WORDLESS = _SIZES | {"Integer 0xe07", "Boolean 0xe1b"}
_FOLDER: dict[str, Callable[[Folder], str]] = {
    "String 0x3001": lambda f: f.name,
    "Integer 0x3602": lambda f: str(f.total),
    "Integer 0x3603": lambda f: str(f.unread),
    "Boolean 0x360a": lambda f: _truth(bool(f.children)),
    "String 0x3613": lambda f: "IPF.Note",
    "Boolean 0x10f4": lambda f: _truth(f.is_hidden),
}
_FOLDER_UNKNOWN = _SIZES
_DERIVED = _STATE.keys() | _CONTENT.keys()


def value_of(message: Message, key: str) -> Value | None:
    """The value of a property of a message by its canonical id; None when it has no such property."""
    found: Value | None = None
    if key in _STATE:
        found = _STATE[key](message)
    elif key in _CONTENT:
        found = _CONTENT[key](message, message.source.load())
    return message.extended.get(key) if found is None else found


def follows_words(key: str) -> bool:
    """Whether a property's value is made of a message's words: no mere number, and no mark on it."""
    return key in _CONTENT and key not in _WORDLESS


def folder_value_of(folder: Folder, key: str) -> Value | None:
    """The same for a folder. Its size is not known here: 501."""
    if key in _FOLDER:
        return _FOLDER[key](folder)
    if key in _FOLDER_UNKNOWN:
        raise not_simulated(f"the extended property {key} (size) of a folder")
    return folder.extended.get(key)


def ids_of(filter_text: str, what: str) -> tuple[str, ...]:
    """The canonical ids in the ``$filter`` of an ``$expand``: ``id eq '…' or id eq '…'``."""
    whole = filter_text.strip()
    if not whole:
        raise bad_request(f"An $expand of {what} needs a $filter by id.")
    found, position = [], 0
    while position < len(whole):
        term = _TERM.match(whole, position)
        if term is None:
            raise bad_request(f"The filter '{whole}' must be of the form id eq '...' or id eq '...'.")
        found.append(canonical(term[1].replace("''", "'")))
        position = term.end()
    return tuple(dict.fromkeys(found))


def listed(
    single: tuple[str, ...], multi: tuple[str, ...], value: Callable[[str], Value | None]
) -> dict[str, Any]:
    """Those of the properties asked for that are there, each in the collection of its kind."""
    shown: dict[str, Any] = {}
    if single and (found := _found(single, value, str)):
        shown[SINGLE] = found
    if multi and (found := _found(multi, value, tuple)):
        shown[MULTI] = found
    return shown


def _found(keys: tuple[str, ...], value: Callable[[str], Value | None], kind: type) -> list[dict[str, Any]]:
    return [{"id": key, "value": one} for key in keys if isinstance(one := value(key), kind)]


def changes_of(data: Mapping[str, Any]) -> dict[str, Value | None]:
    """The properties that a PATCH sets, or (value null) takes away; both collections may be missing.

    501 for those that follow from the message itself: they change with it.
    """
    set_: dict[str, Any] = {}
    gone: dict[str, None] = {}
    for name in NAMES:
        given = data.get(name)
        entries = given if isinstance(given, list) else []
        nulls = [e for e in entries if isinstance(e, dict) and "value" in e and e["value"] is None]
        set_[name] = [e for e in entries if e not in nulls] if entries else given
        gone |= {canonical(str(e.get("id"))): None for e in nulls}
    changes: dict[str, Value | None] = {**gone, **extended_of(set_)}
    for key in changes:
        if key in _DERIVED or key in _FOLDER:
            raise not_simulated(f"PATCH of the extended property {key}, which follows from other properties")
    return changes
