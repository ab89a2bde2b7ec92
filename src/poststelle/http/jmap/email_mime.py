"""A message's octets as an Email: its header, its tree of parts, its texts. Source: RFC 8621 §4.1.

Runs in a thread: the octets are large, and whoever sent them chose how. ``check`` ends it when it has to end.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from poststelle.http.jmap import headers
from poststelle.http.jmap.body_options import BodyOptions, value_json
from poststelle.http.jmap.ids import part_text
from poststelle.mail.mime_reader import Check
from poststelle.mime import body, parts
from poststelle.mime.fields import Field, parse_fields
from poststelle.mime.html_text import unasked
from poststelle.mime.parts import Part
from poststelle.mime.reading import may_begin_message, preview


class NoMessage(Exception):
    """The octets begin with no header field of a message."""


def header_properties(check: Check, octets: bytes, names: Sequence[str]) -> dict[str, Any]:
    """Those properties that the header alone tells."""
    return told_by_fields(header_fields(octets), names, check)


def header_fields(octets: bytes) -> tuple[Field, ...]:
    return parse_fields(octets, 0, len(octets))[0]


def told_by_fields(fields: Sequence[Field], names: Sequence[str], check: Check = unasked) -> dict[str, Any]:
    return {name: headers.value(name, fields, check) for name in names}


class MimeEmail:
    """One message; ``blob`` is the blob id of its octets."""

    def __init__(self, check: Check, octets: bytes, blob: str, options: BodyOptions) -> None:
        check()
        self._check, self._octets, self._blob, self._options = check, octets, blob, options
        self._root = parts.parse(octets, check)
        self._contents = parts.Contents(octets, check)
        self._bodies = body.bodies(self._root)

    def property(self, name: str) -> Any:
        """Any property that the octets tell."""
        self._check()
        match name:
            case "size":
                return len(self._octets)
            case "blobId":
                return self._blob
            case "bodyStructure":
                return self._structure(self._root)
            case "textBody":
                return self._list(self._bodies.text)
            case "htmlBody":
                return self._list(self._bodies.html)
            case "attachments":
                return self._list(self._bodies.attachments)
            case "bodyValues":
                return self._values()
            case "hasAttachment":
                return body.has_attachment(self._bodies)
            case "preview":
                return self._preview()
            case _:
                return headers.value(name, self._root.fields, self._check)

    def _list(self, found: Sequence[Part]) -> list[dict[str, Any]]:
        return [self._part(part) for part in found]

    def _structure(self, part: Part) -> dict[str, Any]:
        told = self._part(part)
        if part.is_multipart and "subParts" not in told:  # else they have been told, and all within them
            told["subParts"] = [self._structure(inner) for inner in part.parts]
        return told

    def _part(self, part: Part) -> dict[str, Any]:
        return {name: self._part_property(part, name) for name in self._options.part_properties}

    def _part_property(self, part: Part, name: str) -> Any:
        self._check()
        match name:
            case "partId":
                return None if part.is_multipart else str(part.number)
            case "blobId":
                return None if part.is_multipart else part_text(self._blob, part.number)
            case "size":
                return self._contents.size(part)
            case "subParts":
                return [self._structure(inner) for inner in part.parts] if part.is_multipart else None
            case "name" | "type" | "charset" | "disposition" | "cid" | "language" | "location":
                return getattr(part, name)
            case _:
                return headers.value(name, part.fields, self._check)

    def _values(self) -> dict[str, Any]:
        wanted: Mapping[int, Part] = {part.number: part for part in self._with_values() if part.is_text}
        return {str(number): self._value(part) for number, part in sorted(wanted.items())}

    def _with_values(self) -> list[Part]:
        options = self._options
        if options.fetch_all:
            return list(self._root.walk())
        found = list(self._bodies.text) if options.fetch_text else []
        return found + (self._bodies.html if options.fetch_html else [])

    def _value(self, part: Part) -> dict[str, Any]:
        self._check()
        text, is_whole = self._contents.text(part)
        return value_json(text, part.type, self._options, is_whole=is_whole)

    def _preview(self) -> str:
        for part in [*self._bodies.text, *self._bodies.html]:
            if part.is_text:
                text, _ = self._contents.text(part)
                return preview(part.type, text)
        return ""


def email_properties(
    check: Check, octets: bytes, blob: str, names: Sequence[str], options: BodyOptions
) -> dict[str, Any]:
    """These properties of a message that is here anyhow."""
    email = MimeEmail(check, octets, blob, options)
    return {name: email.property(name) for name in names}


def parsed_email(
    check: Check, octets: bytes, blob: str, names: Sequence[str], options: BodyOptions
) -> dict[str, Any]:
    """The same of octets that may be no message, as an attached appointment is none: raises NoMessage."""
    fields, _ = parse_fields(octets, 0, min(len(octets), 100_000))
    if not may_begin_message(fields):
        raise NoMessage
    return email_properties(check, octets, blob, names, options)
