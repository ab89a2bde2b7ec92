"""Slips: what an exported file says of a message beside its octets, so that it comes back as it was.

In an mbox file a slip is a header field before the message's own, with the fields
behind it by which other mail programs tell what is read, answered and flagged. In
a ZIP archive slips are lines of an index, each before the messages it is about.
Source: RFC 4155; "mbox" in Dovecot's manual (Status, X-Status, X-Keywords).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from poststelle.model.folder import Folder
from poststelle.model.ids import FolderId
from poststelle.model.message import ANSWERED, DRAFT, FLAGGED, SEEN, Importance, Message, keywords_of

DEEPEST = 50
_FIELD = b"X-Poststelle-Slip: "
_BESIDE = (b"Status:", b"X-Status:", b"X-Keywords:")
_LETTERS = {ANSWERED: "A", FLAGGED: "F", DRAFT: "T"}
LONGEST = 200_000  # octets of a slip
_Instant = Annotated[datetime, Meta(tz=True)]
_Name = Annotated[str, Meta(max_length=1_000)]


class FolderName(Struct, frozen=True, omit_defaults=True):
    """A folder's names from the top down, and which of these have a role (none do where it is empty)."""

    path: Annotated[tuple[_Name, ...], Meta(min_length=1, max_length=DEEPEST)]
    roles: Annotated[tuple[_Name | None, ...], Meta(max_length=DEEPEST)] = ()


class Slip(Struct, frozen=True, rename="camel", omit_defaults=True):
    """Where a message lay, and its marks. ``file``: the entry of a ZIP archive that it is about."""

    folders: Annotated[tuple[FolderName, ...], Meta(max_length=100)]
    received_at: _Instant
    keywords: Annotated[tuple[_Name, ...], Meta(max_length=100)] = ()
    importance: Importance | None = None
    categories: Annotated[tuple[_Name, ...], Meta(max_length=100)] = ()
    due_at: _Instant | None = None
    is_other: bool = False
    file: _Name = ""


class Heading(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """Of a ZIP archive as a whole: all folders, also empty ones; at its end how many messages are missing."""

    folders: Annotated[tuple[FolderName, ...], Meta(max_length=10_000)] = ()
    left_out: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 0


def names_of(folders: Iterable[Folder]) -> dict[FolderId, FolderName]:
    """How a file names each folder."""
    known = {folder.id: folder for folder in folders}

    def line_of(folder: Folder) -> list[Folder]:
        line: list[Folder] = []
        above: Folder | None = folder
        while above is not None and len(line) < DEEPEST:
            line.insert(0, above)
            above = None if above.parent_id is None else known.get(above.parent_id)
        return line

    return {folder.id: _name(line_of(folder)) for folder in known.values()}


def _name(line: Sequence[Folder]) -> FolderName:
    roles = tuple(None if folder.role is None else folder.role.value for folder in line)
    return FolderName(tuple(folder.name for folder in line), roles if any(roles) else ())


def slip_of(message: Message, names: Mapping[FolderId, FolderName], file: str = "") -> Slip:
    marks = message.mutable
    return Slip(
        folders=tuple(names[folder] for folder in message.folder_ids if folder in names),
        received_at=message.received_at,
        keywords=tuple(sorted(keywords_of(marks))),
        importance=marks.importance,
        categories=marks.categories,
        due_at=marks.due_at,
        is_other=marks.is_other,
        file=file,
    )


def line(told: Slip | Heading) -> bytes:
    """As a line of an index, in ASCII."""
    return json.dumps(msgspec.to_builtins(told), separators=(",", ":")).encode()


def read_line(octets: bytes) -> Slip | Heading | None:
    """None for what is none, or is too long."""
    if len(octets) > LONGEST:
        return None
    try:
        if b'"receivedAt":' in octets:
            return msgspec.json.decode(octets, type=Slip)
        return msgspec.json.decode(octets, type=Heading)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def fields(slip: Slip, line_end: bytes) -> bytes:
    """As header fields, to stand before those of the message."""
    keywords = set(slip.keywords)
    told = (
        _FIELD + line(slip),
        b"Status: " + (b"RO" if SEEN in keywords else b"O"),
        b"X-Status: " + "".join(letter for name, letter in _LETTERS.items() if name in keywords).encode(),
        b"X-Keywords: " + " ".join(sorted(k for k in keywords if not k.startswith("$"))).encode(),
    )
    return b"".join(one + line_end for one in told)


def taken_off(octets: bytes) -> tuple[Slip | None, bytes]:
    """A message without the fields that ``fields`` put before it, and what they said."""
    if not octets.startswith(_FIELD):
        return None, octets
    first, _, rest = octets.partition(b"\n")
    slip = read_line(first[len(_FIELD) :].strip())
    lines = rest.split(b"\n", len(_BESIDE))
    if len(lines) > len(_BESIDE) and all(map(bytes.startswith, lines, _BESIDE)):
        rest = lines[-1]
    return (slip if isinstance(slip, Slip) else None), rest
