"""A header: its fields as octets, and the forms in which JMAP tells them.

Source: RFC 5322 §2.2, RFC 8621 §4.1.2.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from functools import lru_cache
from typing import Any

from msgspec import Struct

from poststelle.mime.addresses import Named, parse_addresses, parse_groups
from poststelle.mime.encoded_words import decode_words, normal
from poststelle.mime.html_text import Check, unasked
from poststelle.mime.text import clean

MOST_FIELDS = 10_000
"""Fields of one message, all its headers together, that are told; what comes after is left out."""
LONGEST_HEADER = 4_000_000
"""Octets of one header that are read."""
LONGEST_FIELD = 1_000_000
"""Octets of one field that are read."""
_FIELD = re.compile(rb"([!-9;-~]++)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)(?:\n|\Z)")
# Very many at once, not all: what it matched takes memory until it has matched.
_PASSED_OVER = re.compile(rb"(?>[!-9;-~]++[ \t]*+:[^\n]*+(?>\n[ \t][^\n]*+)*(?:\n|\Z)){1,1000}")
_ENVELOPE = re.compile(rb">?From [^\n]*\n")
_BLANK_LINE = re.compile(rb"\r?\n")
_LINE_END = b"\r\n"
_FOLD = re.compile(r"\r?\n(?=[ \t])")
_MESSAGE_ID = re.compile(r"<([^<>]*+)>")
_URL = re.compile(r"<([^<>]*+)>")
_COMMENTS = re.compile(r"\([^()]*+\)")
_LONGEST_DATE = 200


class Field(Struct, frozen=True, gc=False):
    """One header field; ``raw`` is what follows the colon, as octets, without the line end."""

    name: str
    raw: bytes

    @property
    def text(self) -> str:
        """The raw form. Source: RFC 8621 §4.1.2.1."""
        return clean(self.raw.decode("utf-8", "replace"))

    @property
    def unfolded(self) -> str:
        """On one line. Source: RFC 5322 §2.2.3."""
        text = self.text
        return _FOLD.sub("", text) if "\n" in text else text


def parse_fields(
    octets: bytes, start: int, end: int, most: int = MOST_FIELDS
) -> tuple[tuple[Field, ...], int]:
    """The header that begins at ``start``, and where the body behind it begins (at most ``end``).

    A line that is no field ends the header; a line of mailbox files ("From ") before it does not count.
    ``most`` fields are told, and the rest is passed over.
    """
    fields: list[Field] = []
    position, last = start, min(end, start + LONGEST_HEADER)
    envelope = _ENVELOPE.match(octets, position, end)
    if envelope:
        position = envelope.end()
    while position < end:
        if octets[position] in _LINE_END and (blank := _BLANK_LINE.match(octets, position, end)):
            return tuple(fields), blank.end()
        is_read = position <= last and len(fields) < most
        found = (_FIELD if is_read else _PASSED_OVER).match(octets, position, end)
        if found is None:
            return tuple(fields), position
        position = found.end()
        if is_read:
            raw = octets[found.start(2) : min(found.end(2), found.start(2) + LONGEST_FIELD)]
            fields.append(Field(found[1].decode("ascii"), raw.removesuffix(b"\r")))
    return tuple(fields), end


def head_end(octets: bytes) -> int | None:
    """Where the header at the beginning ends, its blank line included; None when it goes on."""
    if octets.startswith((b"\n", b"\r\n")):
        return octets.index(b"\n") + 1
    found = re.compile(rb"\n\r?\n").search(octets)
    return found.end() if found else None


def values(fields: Sequence[Field], name: str) -> list[Field]:
    """All fields of this name, in any letter case, in their order."""
    wanted = name.lower()
    return [field for field in fields if field.name.lower() == wanted]


def last_value(fields: Sequence[Field], name: str) -> Field | None:
    found = values(fields, name)
    return found[-1] if found else None


# -- the forms ------------------------------------------------------------------------------------


def as_raw(field: Field) -> str:
    return field.text


def as_text(field: Field) -> str:
    """Source: RFC 8621 §4.1.2.2."""
    return clean(normal(decode_words(field.unfolded.lstrip(" \t").rstrip("\r\n"))))


def as_addresses(field: Field, check: Check = unasked) -> list[dict[str, str | None]]:
    return [_named(one) for one in parse_addresses(field.unfolded, check)]


def as_groups(field: Field, check: Check = unasked) -> list[dict[str, Any]]:
    return [
        {"name": group.name, "addresses": [_named(one) for one in group.addresses]}
        for group in parse_groups(field.unfolded, check)
    ]


def as_message_ids(field: Field) -> list[str] | None:
    """Without brackets; None where there are none. Source: RFC 8621 §4.1.2.5."""
    found = ["".join(one.split()) for one in _MESSAGE_ID.findall(field.unfolded)]
    return [one for one in found if one] or None


def as_date(field: Field) -> str | None:
    """With the offset it was written with; None for no date. Source: RFC 8621 §4.1.2.6."""
    at = instant(field)
    if at is None:
        return None
    text = at.isoformat()
    return text.replace("+00:00", "Z") if text.endswith("+00:00") else text


def instant(field: Field) -> datetime | None:
    text = _COMMENTS.sub(" ", field.unfolded[:_LONGEST_DATE])
    try:
        parts = parsedate_tz(" ".join(text.split()))
        if parts is None:
            return None
        offset = parts[9] or 0
        zone = timezone(timedelta(minutes=int(offset / 60))) if offset else UTC
        return datetime(*parts[:5], min(parts[5], 59), tzinfo=zone)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None


def as_urls(field: Field) -> list[str] | None:
    """Source: RFC 8621 §4.1.2.7, RFC 2369."""
    found = ["".join(one.split()) for one in _URL.findall(field.unfolded)]
    return [one for one in found if one] or None


def _named(one: Named) -> dict[str, str | None]:
    return {"name": one.name, "email": one.email}


def _told(form: str, field: Field, check: Check) -> Any:
    check()
    if form == "Addresses":
        return as_addresses(field, check)
    return as_groups(field, check) if form == "GroupedAddresses" else FORMS[form](field)


# -- which form which field may have ------------------------------------------------------------------

FORMS: Mapping[str, Callable[[Field], Any]] = {
    "Raw": as_raw,
    "Text": as_text,
    "Addresses": as_addresses,
    "GroupedAddresses": as_groups,
    "MessageIds": as_message_ids,
    "Date": as_date,
    "URLs": as_urls,
}
_RESENT = ("From", "Sender", "Reply-To", "To", "Cc", "Bcc")
_OF_FORM: Mapping[str, frozenset[str]] = {
    "Text": frozenset({"subject", "comments", "keywords", "list-id"}),
    "Addresses": frozenset(p + n.lower() for n in _RESENT for p in ("", "resent-")),
    "GroupedAddresses": frozenset(p + n.lower() for n in _RESENT for p in ("", "resent-")),
    "MessageIds": frozenset({"message-id", "in-reply-to", "references", "resent-message-id"}),
    "Date": frozenset({"date", "resent-date"}),
    "URLs": frozenset(
        {"list-help", "list-unsubscribe", "list-subscribe", "list-post", "list-owner", "list-archive"}
    ),
}
# Those of RFC 5322 and RFC 2369: any other field may be asked for in every form.
_DEFINED = frozenset().union(*_OF_FORM.values(), {"return-path", "received"}) - {"list-id"}
_PROPERTY = re.compile(r"header:([!-9;-~]+?)(?::as([A-Za-z]+))?(:all)?")
_LONGEST_PROPERTY = 250


@dataclass(frozen=True, slots=True)
class HeaderProperty:
    """``header:{name}:as{form}:all`` as it was asked for. Source: RFC 8621 §4.1.3."""

    name: str
    form: str
    is_all: bool

    def value(self, fields: Sequence[Field], check: Check = unasked) -> Any:
        """Of the last field of this name, or of all; None where there is none.

        ``check`` is asked again and again: what it raises ends the work.
        """
        found = values(fields, self.name)
        if self.is_all:
            return [_told(self.form, field, check) for field in found]
        return self.of(found[-1], check) if found else None

    def of(self, field: Field, check: Check = unasked) -> Any:
        """What this one field says in the form that is asked for."""
        return _told(self.form, field, check)


def parse_property(text: str) -> HeaderProperty | None:
    """What a property name asks for; None when it is none, or its form is not allowed for that field.

    A line has 998 characters at most, and no field's name comes near; the pattern tries long ones for long.
    """
    return _parsed_property(text) if len(text) <= _LONGEST_PROPERTY else None


@lru_cache(maxsize=1_000)
def _parsed_property(text: str) -> HeaderProperty | None:
    found = _PROPERTY.fullmatch(text)
    if found is None:
        return None
    name, form = found[1], found[2] or "Raw"
    if form not in FORMS:
        return None
    lower = name.lower()
    is_allowed = form == "Raw" or lower in _OF_FORM[form] or lower not in _DEFINED
    return HeaderProperty(name, form, found[3] is not None) if is_allowed else None
