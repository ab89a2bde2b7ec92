"""An Email to be created in an internal mailbox, as the octets of a message. Source: RFC 8621 §4.6.

Here everything is kept that a client may say: both texts, any tree of parts, header
fields in all their forms, every keyword, several mailboxes.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

from poststelle.http.jmap.api import Call
from poststelle.http.jmap.email_create import (
    TYPE,
    PartRef,
    answers,
    body_values,
    date,
    find_octets,
    ids,
    items,
    people,
    text_of,
)
from poststelle.http.jmap.email_import import arrival
from poststelle.http.jmap.errors import SetError
from poststelle.http.jmap.header_create import asked_once, counted
from poststelle.http.jmap.ids import parse_any_blob
from poststelle.http.jmap.limits import MAX_PARTS, MAX_SIZE_ATTACHED
from poststelle.http.jmap.placing import folders_of, keywords_of
from poststelle.http.jmap.unchanged import is_same
from poststelle.http.jmap.values import check_length, check_members, importance, invalid, with_offset
from poststelle.lib.ids import new_key
from poststelle.mail.arrivals import Arrival
from poststelle.mime import build
from poststelle.mime.build import Field, Node
from poststelle.model.draft import Octets
from poststelle.model.ids import AccountId, FolderId, MessageId
from poststelle.model.message import Address, Importance
from poststelle.store.tx import Check

P = ParamSpec("P")
T = TypeVar("T")
_SIMPLE = frozenset(
    {
        "mailboxIds", "keywords", "receivedAt", "from", "sender", "to", "cc", "bcc", "replyTo",
        "subject", "sentAt", "messageId", "inReplyTo", "references", "bodyStructure", "bodyValues",
        "textBody", "htmlBody", "attachments", "poststelle:importance", "poststelle:answers",
    }
)  # fmt: skip
_PART = frozenset(
    {
        "partId", "blobId", "type", "name", "disposition", "cid", "size", "charset", "language", "location",
        "subParts",
    }
)  # fmt: skip
# Convenience properties and the fields they are. Source: RFC 8621 §4.1.3
_FIELDS = {
    "from": "From", "sender": "Sender", "to": "To", "cc": "Cc", "bcc": "Bcc", "replyTo": "Reply-To",
    "subject": "Subject", "sentAt": "Date", "messageId": "Message-ID", "inReplyTo": "In-Reply-To",
    "references": "References",
}  # fmt: skip
_OF_PARTS = {
    "type": "content-type", "charset": "content-type", "cid": "content-id", "language": "content-language",
    "location": "content-location", "disposition": "content-disposition", "name": "content-disposition",
}  # fmt: skip
_HEADER = re.compile(
    r"header:([!-9;-~]{1,200}?)(?::as(Raw|Text|Addresses|GroupedAddresses|MessageIds|Date|URLs))?(:all)?"
)
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class _Writer:
    """What parts are made of: the texts by part id, and the octets of files by blob id. ``check`` ends it."""

    check: Check
    values: Mapping[str, str]
    files: Mapping[str, Octets]
    written: dict[str, build.Text]

    def text(self, part_id: str) -> build.Text:
        """Written once, however many parts say it."""
        if part_id not in self.written:
            self.written[part_id] = build.written(self.values[part_id])
        return self.written[part_id]


@dataclass(frozen=True, slots=True)
class _Said:
    """A message as far as the client's words tell it: ``blobs`` are still to be found, as often as they are
    named, ``characters`` are those of its texts."""

    envelope: "_Envelope"
    fields: Sequence[Field]
    values: Mapping[str, str]
    blobs: Sequence[tuple[str, PartRef]]
    characters: int


@dataclass(frozen=True, slots=True)
class _Envelope:
    """What is said beside the message."""

    folders: tuple[FolderId, ...]
    keywords: frozenset[str]
    received_at: datetime | None
    answers: MessageId | None


async def compose(call: Call, account: AccountId, address: str, data: Any) -> Arrival:
    """The message written down and stored as octets. Raises SetError naming what is wrong."""
    now = call.context.clock.now()
    said: _Said = await call.work(_understood, data, address, now, call.blob_id)
    files = await _files(call, account, said)
    root: Node = await call.work(_tree, data, said.values, files)
    size = said.characters + sum(files[given].size for given, _ in said.blobs)
    call.bring(size)  # before anything is written: much is made of little
    stored = await call.context.blobs.put(
        build.octets(said.fields, root, lambda: f"=_{new_key()}", call.context.blobs.open)
    )
    octets = Octets(stored.sha256, stored.size)
    envelope = said.envelope
    received_at = envelope.received_at or now
    made = await arrival(call, octets, envelope.folders, envelope.keywords, received_at, brought=size)
    return replace(made, answers=envelope.answers)


def _understood(check: Check, data: Any, address: str, now: datetime, blob_id: Callable[[str], str]) -> _Said:
    """What is said of the message besides its tree of parts. Raises SetError."""
    if not isinstance(data, dict):
        raise SetError("invalidProperties", "a message is an object")
    unknown = sorted(n for n in data if n not in _SIMPLE and not _HEADER.fullmatch(n))
    if unknown:
        raise SetError("invalidProperties", "these can't be set here", properties=unknown)
    _check_root(data)
    envelope = _Envelope(
        folders_of(data.get("mailboxIds")),
        keywords_of(data.get("keywords")),
        date(data, "receivedAt"),
        answers(data),
    )
    values = body_values(data.get("bodyValues"))
    leaves = _leaves(data)
    blobs = [_source(part["blobId"], blob_id) for part in leaves if isinstance(part.get("blobId"), str)]
    named = (part.get("partId") for part in leaves)
    characters = sum(len(values[name]) for name in named if isinstance(name, str) and name in values)
    check()
    return _Said(envelope, list(_fields(data, address, now, check)), values, blobs, characters)


def _tree(
    check: Check, data: Mapping[str, Any], values: Mapping[str, str], files: Mapping[str, Octets]
) -> Node:
    return _root(data, _Writer(check, values, files, {}))


def _check_root(data: Mapping[str, Any]) -> None:
    """The root part's fields are the message's: none is given in both places. Source: RFC 8621 §4.6."""
    root = data.get("bodyStructure")
    if not isinstance(root, dict):
        return
    named = {found[1].lower() for name in data if (found := _HEADER.fullmatch(name)) is not None}
    named |= {field.lower() for name, field in _FIELDS.items() if data.get(name) is not None}
    for name in root:
        found = _HEADER.fullmatch(name)
        if found is not None and found[1].lower() in named:
            raise invalid(f"bodyStructure/{name}", f"{found[1]} is given twice")


def _fields(data: Mapping[str, Any], address: str, now: datetime, check: Check) -> Iterator[Field]:
    """The header, in the usual order; what every message must have is added where it is missing."""
    given = _given(data, check)
    named = {field.name.lower() for field in given}
    for name, field in _FIELDS.items():
        if data.get(name) is not None and field.lower() in named:
            raise invalid(name, f"{field} is given twice")
    wrong = sorted(n for n in data if _is_of_parts(n))
    if wrong:
        raise SetError("invalidProperties", "these fields belong to parts", properties=wrong)
    if "date" not in named:
        yield build.date("Date", _sent_at(data) or now)
    for name in ("from", "sender", "replyTo", "to", "cc", "bcc"):
        if said := people(data, name):
            yield _written(name, build.addresses, _FIELDS[name], _each(said, check))
    if data.get("subject") is not None:
        yield _written("subject", build.text, "Subject", text_of(data, "subject"))
    if "message-id" not in named:
        own = ids(data, "messageId", at_most=1) or (
            f"{new_key()}@{address.rpartition('@')[2] or 'localhost'}",
        )
        yield _written("messageId", build.message_ids, "Message-ID", own)
    for name in ("inReplyTo", "references"):
        if found := ids(data, name):
            yield _written(name, build.message_ids, _FIELDS[name], found)
    level = importance(data.get("poststelle:importance") or None, "poststelle:importance")
    if level is not Importance.NORMAL and "importance" not in named:
        yield Field("Importance", level.name.lower())
    yield from given


def _each(several: Iterable[T], check: Check) -> Iterator[T]:
    """One after the other, unless it is to end: names in other letters take their time."""
    for one in several:
        check()
        yield one


def _sent_at(data: Mapping[str, Any]) -> datetime | None:
    """With the offset it was said with. Source: RFC 8621 §4.1.2.6."""
    return None if date(data, "sentAt") is None else with_offset(data["sentAt"], "sentAt")


def _written(name: str, write: Callable[P, Field], *args: P.args, **kwargs: P.kwargs) -> Field:
    """A field, unless its lines would be too long: then the property is refused."""
    try:
        return write(*args, **kwargs)
    except build.LongLine as error:
        raise invalid(name, "a word of this is too long for a line of a header") from error


def _is_of_parts(name: str) -> bool:
    found = _HEADER.fullmatch(name)
    field = "" if found is None else found[1].lower()
    return field.startswith("content-") or field == "mime-version"


def _given(said: Mapping[str, Any], check: Check) -> list[Field]:
    """The fields that a message or a part is given as ``header:*``, counted before any is written."""
    names = counted(said)
    seen: dict[str, str] = {}
    for name in names:
        asked_once(name, seen)
    return [field for name in names for field in _header(name, said[name], check)]


def _header(name: str, value: Any, check: Check) -> list[Field]:
    """Fields in one of the forms of RFC 8621 §4.1.2; null: none."""
    check()
    found = _HEADER.fullmatch(name)
    assert found is not None  # the caller has looked
    if value is None:
        return []
    several = value if found[3] else [value]
    if not isinstance(several, list):
        raise invalid(name, "with :all this is a list")
    return [_written(name, _form, name, found[1], found[2] or "Raw", one, check) for one in several]


def _form(name: str, field: str, form: str, value: Any, check: Check) -> Field:
    if isinstance(value, str):
        check_length(name, value)
    match form, value:
        case "Raw", str():
            return build.raw(field, value) if value.isascii() else build.text(field, value.strip())
        case "Text", str():
            return build.text(field, value)
        case "Addresses", list():
            return build.addresses(field, _each(people({name: value}, name), check))
        case "GroupedAddresses", list():
            return build.groups(field, (_group(name, one, check) for one in value))
        case "MessageIds", list():
            return build.message_ids(field, ids({name: value}, name))
        case "Date", str():
            return build.date(field, with_offset(value, name))
        case "URLs", [*some] if all(isinstance(one, str) for one in some):
            check_length(name, *some)
            return build.urls(field, some)
        case _:
            raise invalid(name, f"this is no value in the form as{form}")


def _group(name: str, value: Any, check: Check) -> tuple[str | None, Iterable[Address]]:
    match value:
        case {"name": (str() | None) as title, "addresses": list() as members}:
            check()
            check_length(name, title or "")
            return title, _each(people({name: members}, name), check)
        case _:
            raise invalid(name, "a group has a name and addresses")


async def _files(call: Call, account: AccountId, said: _Said) -> dict[str, Octets]:
    """The octets behind every blob id in the body. Raises SetError blobNotFound.

    What stands there several times counts as often, texts too: SetError tooLarge above what the session
    promises of files.
    """
    found: dict[str, Octets] = {}
    missing: dict[str, None] = {}
    total = said.characters
    for given, ref in said.blobs:
        if ref.blob in missing:
            continue
        octets = found.get(ref.blob) or await find_octets(call, account, ref)
        if octets is None:
            missing[ref.blob] = None
            continue
        found[given] = found[ref.blob] = octets
        total += octets.size
        if total > MAX_SIZE_ATTACHED:
            break
    if total > MAX_SIZE_ATTACHED:
        raise SetError("tooLarge", f"the files of a message have at most {MAX_SIZE_ATTACHED} octets")
    if missing:
        raise SetError("blobNotFound", "some parts are not there (any more)", notFound=list(missing))
    return found


def _source(blob: str, blob_id: Callable[[str], str]) -> tuple[str, PartRef]:
    """A blob id as it stands there, and what it means."""
    named = blob_id(blob)
    source = parse_any_blob(named)
    if source is None:
        raise SetError("blobNotFound", "a part has no blobId of ours", notFound=[blob])
    return blob, PartRef(named, source, "", "", None, is_inline=False)


def _leaves(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """All parts, in any order. Raises SetError tooLarge where they are very many."""
    parts: list[Mapping[str, Any]] = []
    waiting: list[tuple[Any, int]] = [(data.get("bodyStructure"), 0)]
    for name in ("textBody", "htmlBody", "attachments"):
        waiting += [(one, 0) for one in items(data.get(name), name)]
    while waiting:
        part, depth = waiting.pop()
        if not isinstance(part, dict) or depth > _DEEPEST:
            continue
        parts.append(part)
        if len(parts) > MAX_PARTS:
            raise SetError("tooLarge", f"a message has at most {MAX_PARTS} parts")
        waiting += [(one, depth + 1) for one in items(part.get("subParts"), "bodyStructure")]
    return parts


def _root(data: Mapping[str, Any], writer: _Writer) -> Node:
    """The tree of parts, as it is given or as it is usual."""
    listed = [name for name in ("textBody", "htmlBody", "attachments") if data.get(name) is not None]
    if data.get("bodyStructure") is not None:
        if listed:
            raise invalid(listed[0], "the body is given as a structure or as lists, not both")
        return _node("bodyStructure", data["bodyStructure"], writer, 0)
    shown = [
        one
        for name, kind in (("textBody", "text/plain"), ("htmlBody", "text/html"))
        if (one := _shown(name, kind, data.get(name), writer)) is not None
    ]
    files = [
        _node(f"attachments/{n}", one, writer, 0, is_attached=True)
        for n, one in enumerate(items(data.get("attachments"), "attachments"))
    ]
    return _usual(shown, files)


def _usual(shown: list[Node], files: list[Node]) -> Node:
    """Pictures that a text shows go with it, other files beside it. Source: RFC 2387, RFC 2046 §5.1.4."""
    texts = shown or [Node("text/plain", text=build.written(""))]
    is_html = texts[-1].content_type == "text/html"
    related: list[Node] = []
    others: list[Node] = []
    for one in files:
        (related if is_html and _has_cid(one) else others).append(one)
    if related:
        texts = [*texts[:-1], Node("multipart/related", parts=(texts[-1], *related))]
    root = texts[0] if len(texts) == 1 else Node("multipart/alternative", parts=tuple(texts))
    return Node("multipart/mixed", parts=(root, *others)) if others else root


def _has_cid(node: Node) -> bool:
    names = {field.name: field.value for field in node.fields}
    return "Content-ID" in names and names.get("Content-Disposition", "inline").startswith("inline")


def _shown(name: str, kind: str, given: Any, writer: _Writer) -> Node | None:
    if given is None:
        return None
    if not isinstance(given, list) or len(given) != 1 or not isinstance(given[0], dict):
        raise invalid(name, "this is a list of one part")
    part = {"type": kind, **given[0]}
    if str(part["type"]).lower() != kind:
        raise invalid(name, f"this is one part of type {kind}")
    return _node(f"{name}/0", part, writer, 0)


def _node(name: str, part: Any, writer: _Writer, depth: int, *, is_attached: bool = False) -> Node:
    writer.check()
    if not isinstance(part, dict) or depth > _DEEPEST:
        raise invalid(name, "a part is an object, and not too deep inside others")
    check_members(name, part)
    unknown = sorted(n for n in part if n not in _PART and not _HEADER.fullmatch(n))
    if unknown:
        raise invalid(f"{name}/{unknown[0]}", f"a part's {unknown[0]} can't be set")
    kind = _kind(name, part)
    fields = tuple(_part_fields(name, part, writer.check, is_attached=is_attached))
    if kind.startswith("multipart/"):
        inner = items(part.get("subParts"), name)
        if not inner or part.get("blobId") is not None or part.get("partId") is not None:
            raise invalid(name, "a multipart has parts, and nothing else")
        inside = (_node(f"{name}/subParts/{n}", one, writer, depth + 1) for n, one in enumerate(inner))
        return Node(kind, fields, parts=tuple(inside))
    if part.get("subParts") is not None:
        raise invalid(f"{name}/subParts", "only a multipart has parts")
    if (part.get("partId") is None) == (part.get("blobId") is None):
        both = [f"{name}/partId", f"{name}/blobId"]
        raise SetError("invalidProperties", "a part has a partId or a blobId", properties=both)
    if part.get("blobId") is not None:
        if isinstance(part.get("charset"), str) and kind.startswith("text/"):
            kind = f"{kind}; charset={_checked_charset(name, part['charset'])}"
        if not isinstance(part["blobId"], str):
            raise invalid(f"{name}/blobId", "a part names its octets by their id")
        octets = writer.files[part["blobId"]]
        if part.get("size") is not None and not is_same(octets.size, part["size"]):
            raise invalid(f"{name}/size", "the blob has another size")
        return Node(kind, fields, sha256=octets.sha256)
    if not isinstance(part["partId"], str) or part["partId"] not in writer.values:
        raise invalid(f"{name}/partId", "its text is not in bodyValues")
    for said in ("charset", "size"):
        if part.get(said) is not None:
            raise invalid(f"{name}/{said}", f"a part with a partId has no {said} of its own")
    if not kind.startswith("text/"):
        raise invalid(f"{name}/type", "a part with a partId is a text")
    return Node(kind, fields, text=writer.text(part["partId"]))


def _kind(name: str, part: Mapping[str, Any]) -> str:
    kind = part.get("type") or (
        "text/plain" if part.get("partId") is not None else "application/octet-stream"
    )
    if not isinstance(kind, str) or not TYPE.fullmatch(kind):
        raise invalid(f"{name}/type", "a part's type is not right")
    return kind.lower()


def _checked_charset(name: str, charset: str) -> str:
    if not re.fullmatch(r"[\w.:+-]{1,60}", charset, re.ASCII):
        raise invalid(name, "a part's charset is not right")
    return charset


def _part_fields(name: str, part: Mapping[str, Any], check: Check, *, is_attached: bool) -> Iterator[Field]:
    given = _given(part, check)
    named = {field.name.lower() for field in given}
    for key, field in _OF_PARTS.items():
        if part.get(key) is not None and field in named:
            raise invalid(name, f"{field} is given twice")
    for key in part:
        found = _HEADER.fullmatch(key)
        if found is not None and found[1].lower() in {"content-type", "content-transfer-encoding"}:
            raise invalid(f"{name}/{key}", "a part's type and encoding are not given as fields")
    cid, kind, file_name = part.get("cid"), part.get("disposition"), part.get("name")
    for said, value in (("cid", cid), ("disposition", kind), ("name", file_name)):
        if value is not None and not isinstance(value, str):
            raise invalid(name, "a part's name, cid and disposition are texts")
        check_length(f"{name}/{said}", value or "")
    if kind is None and (file_name or is_attached):
        kind = "attachment"
    if kind is not None:
        if not re.fullmatch(r"[A-Za-z-]{1,30}", kind):
            raise invalid(name, "a part's disposition is not right")
        yield _written(f"{name}/name", build.disposition, kind.lower(), file_name)
    if cid:
        yield _written(f"{name}/cid", build.message_ids, "Content-ID", [cid])
    languages = part.get("language")
    if languages:
        if not isinstance(languages, list) or not all(isinstance(one, str) for one in languages):
            raise invalid(name, "languages are a list of texts")
        check_length(f"{name}/language", *languages)
        yield _written(f"{name}/language", build.raw, "Content-Language", ", ".join(languages))
    if isinstance(part.get("location"), str):
        check_length(f"{name}/location", part["location"])
        yield _written(f"{name}/location", build.raw, "Content-Location", part["location"])
    yield from given
