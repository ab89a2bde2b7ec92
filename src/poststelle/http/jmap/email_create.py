"""What a client wrote, from an Email to be created. Source: RFC 8621 §4.6.

Microsoft keeps one text of a message: where a client gives both, the HTML one
is taken, and the plain one is made of it when the message is sent.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from poststelle.http.jmap import header_create
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.blob_octets import open_blob, pieces
from poststelle.http.jmap.context import holders_of
from poststelle.http.jmap.errors import SetError
from poststelle.http.jmap.ids import (
    AnyBlob,
    BlobRef,
    folder_number,
    message_number,
    parse_any_blob,
)
from poststelle.http.jmap.limits import MAX_PARTS
from poststelle.http.jmap.values import check_members, importance, instant, invalid, is_on_one_line
from poststelle.lib.ids import new_key
from poststelle.mail import blobs, drafts
from poststelle.mime.file_name import safe_file_name
from poststelle.model.draft import Octets, WrittenMessage, WrittenPart
from poststelle.model.errors import NotFound
from poststelle.model.ids import AccountId, FolderId, MessageId, UserId
from poststelle.model.message import DRAFT, FLAGGED, SEEN, Address, Body, Message, is_label
from poststelle.providers.errors import ProviderError
from poststelle.store.tx import Check, Tx

_PROPERTIES = frozenset(
    {
        "mailboxIds", "keywords", "from", "sender", "to", "cc", "bcc", "replyTo", "subject", "sentAt",
        "messageId", "inReplyTo", "references", "bodyStructure", "bodyValues", "textBody", "htmlBody",
        "attachments", "poststelle:importance", "poststelle:answers", "poststelle:receipt",
    }
)  # fmt: skip
_PART = frozenset(
    {
        "partId", "blobId", "type", "name", "disposition", "cid", "size", "charset", "language", "location",
        "subParts",
    }
)  # fmt: skip
# What the text of a part decides, and what Microsoft keeps of files alone.
_NOT_OF_TEXTS = ("charset", "size", "name", "cid", "language", "location")
_KEYWORDS = frozenset({DRAFT, SEEN, FLAGGED})
_FLAGS = ("isEncodingProblem", "isTruncated")
_ID = re.compile(r"[^\s<>\x00-\x1f\x7f]+")
TYPE = re.compile(
    r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}", re.IGNORECASE | re.ASCII
)
"""Source: RFC 6838 §4.2."""
_MOST_IDS = 100
_LONGEST_TEXT = 8_000
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class PartRef:
    """A part that is still to be found by its blob id."""

    blob: str
    source: AnyBlob
    name: str
    content_type: str
    content_id: str | None
    is_inline: bool


@dataclass(frozen=True, slots=True)
class Creation:
    """An Email to be created: where, and what it says; ``parts`` are to be found first.

    ``fields``: header fields of its own, names and values.
    """

    folder: FolderId
    written: WrittenMessage
    parts: tuple[PartRef, ...]
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Ready:
    """A draft for Microsoft to be created, its preview, and the key it gets."""

    folder: FolderId
    written: WrittenMessage
    preview: str
    key: str

    @property
    def rows(self) -> int:
        return rows_written(self.written, len(self.written.parts))

    def create(self, tx: Tx, user: UserId, account: AccountId, now: datetime) -> Message:
        return drafts.create(tx, user, account, self.folder, self.written, self.preview, self.key, now)


def people_of(written: WrittenMessage) -> tuple[Address, ...]:
    """Everybody it names."""
    return (*written.from_, *written.to, *written.cc, *written.bcc, *written.reply_to)


def rows_written(written: WrittenMessage, parts: int) -> int:
    """How much a draft with so many files gives the database to do."""
    names = len(written.in_reply_to) + len(written.references) + len(written.categories)
    return 1 + parts + names + len(people_of(written))


@dataclass(slots=True)
class _Parts:
    """What the body's properties amount to; ``blob_id`` knows blobs made in the same request."""

    blob_id: Callable[[str], str]
    html: str | None = None
    plain: str | None = None
    files: list[PartRef] = field(default_factory=list)

    def add_file(self, name: str, part: Any) -> None:
        """Raises SetError, also where there are very many."""
        if len(self.files) >= MAX_PARTS:
            raise SetError("tooLarge", f"a message has at most {MAX_PARTS} parts")
        self.files.append(_file(name, part, self.blob_id))


def read_creation(check: Check, data: Any, blob_id: Callable[[str], str] = str) -> Creation:
    """Understand the properties. Raises SetError naming those that are wrong; none is ignored."""
    if not isinstance(data, dict):
        raise SetError("invalidProperties", "a message is an object")
    data, fields = header_create.take(check, data)
    unknown = sorted(name for name in data if name not in _PROPERTIES)
    if unknown:
        raise SetError("invalidProperties", "these can't be set here", properties=unknown)
    keywords, parts = _keywords(data.get("keywords")), _parts(data, blob_id)
    check()
    written = WrittenMessage(
        from_=people(data, "from"),
        to=people(data, "to"),
        cc=people(data, "cc"),
        bcc=people(data, "bcc"),
        reply_to=people(data, "replyTo"),
        subject=text_of(data, "subject"),
        body=_body(parts),
        parts=(),
        message_id=next(iter(ids(data, "messageId", at_most=1)), None),
        in_reply_to=ids(data, "inReplyTo"),
        references=ids(data, "references"),
        sent_at=date(data, "sentAt"),
        importance=importance(data.get("poststelle:importance") or None, "poststelle:importance"),
        is_seen=SEEN in keywords,
        is_flagged=FLAGGED in keywords,
        answers=answers(data),
        categories=tuple(sorted(keywords - _KEYWORDS)),
        asks_receipt=_asks_receipt(data),
    )
    if people(data, "sender") not in {(), written.from_}:
        raise invalid("sender", "Microsoft names the sender by itself")
    return Creation(_folder(data.get("mailboxIds")), written, tuple(parts.files), fields)


async def made_ready(call: Call, folder: FolderId, written: WrittenMessage) -> Ready:
    """A draft whose parts are here."""
    preview = await call.work(lambda _check: drafts.preview_of(written))
    return Ready(folder, written, preview, new_key())


async def find_parts(call: Call, account: AccountId, creation: Creation) -> WrittenMessage:
    """The message with its parts, their octets here. Raises SetError ``blobNotFound``."""
    found, missing = [], []
    for part in creation.parts:
        octets = await find_octets(call, account, part)
        if octets is None:
            missing.append(part.blob)
        else:
            found.append(WrittenPart(octets, part.name, part.content_type, part.content_id, part.is_inline))
    if missing:
        raise SetError("blobNotFound", "some parts are not there (any more)", notFound=missing)
    fields = await keep_fields(call, creation.fields)
    return replace(creation.written, parts=tuple(found), fields=fields)


async def keep_fields(call: Call, fields: Sequence[tuple[str, str]]) -> Octets | None:
    """Stored until Microsoft has the message: as they stand in a header, in UTF-8."""
    if not fields:
        return None
    octets = "".join(f"{name}: {value}\r\n" for name, value in fields).encode()
    stored = await call.context.blobs.put(pieces(octets))
    return Octets(stored.sha256, stored.size)


async def find_octets(call: Call, account: AccountId, part: PartRef) -> Octets | None:
    """What a new message takes along; None: it is not there. Of another message it is noted as a reading."""
    context, user, store = call.context, call.caller.user_id, call.caller.store
    try:
        base = part.source.base
        if part.source.path or (isinstance(base, BlobRef) and base.part == "t"):
            opened = await open_blob(context, call.caller, account, part.blob, is_taken_along=True)
            call.take_apart(opened.taken_apart)
            stored = await context.blobs.put(opened.chunks)
            return Octets(stored.sha256, stored.size)
        if isinstance(base, BlobRef):
            number = base.part if isinstance(base.part, int) else None
            holders = holders_of(context, call.caller)
            return await blobs.keep_part(holders, user, account, base.message_id, number)
        return await blobs.keep_upload(store, context.blobs, user, account, base, context.clock.now())
    except (NotFound, ProviderError):
        return None


def _folder(value: Any) -> FolderId:
    if not isinstance(value, dict) or any(v is not True for v in value.values()) or len(value) != 1:
        raise invalid("mailboxIds", "a draft lies in exactly one folder")
    number = folder_number(str(next(iter(value))))
    if number is None:
        raise invalid("mailboxIds", "no such folder")
    return number


def _keywords(value: Any) -> frozenset[str]:
    if not isinstance(value, dict) or any(v is not True for v in value.values()):
        raise invalid("keywords", "a new message has the keyword $draft")
    names = frozenset(str(name).lower() for name in value)
    if DRAFT not in names or not all(name in _KEYWORDS or is_label(name) for name in names):
        raise invalid("keywords", f"a draft has {DRAFT}, and perhaps {SEEN}, {FLAGGED} and categories")
    return names


def people(data: Mapping[str, Any], name: str) -> tuple[Address, ...]:
    value = data.get(name)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise invalid(name, "addresses are a list")
    found = []
    for one in value:
        if not isinstance(one, dict) or not one.keys() <= {"name", "email"}:
            raise invalid(name, "an address has a name and an email")
        who, email = one.get("name") or "", one.get("email")
        if not isinstance(who, str) or not isinstance(email, str) or len(who) + len(email) > 1_000:
            raise invalid(name, "an address has a name and an email")
        email = email.strip()
        if not is_on_one_line(email):
            raise invalid(name, "there are characters in it that no address has")
        found.append(Address(" ".join(who.split()), email))
    return tuple(found)


def text_of(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        raise invalid(name, "this is no text, or too long")
    return " ".join(value.splitlines()) if "\n" in value or "\r" in value else value


def ids(data: Mapping[str, Any], name: str, at_most: int = _MOST_IDS) -> tuple[str, ...]:
    value = data.get(name)
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > at_most:
        raise invalid(name, f"this is a list of at most {at_most} Message-IDs")
    if not all(isinstance(one, str) and _ID.fullmatch(one) and len(one) < 1_000 for one in value):
        raise invalid(name, "a Message-ID is a text without blanks and angle brackets")
    return tuple(value)


def date(data: Mapping[str, Any], name: str) -> datetime | None:
    value = data.get(name)
    if value is None:
        return None
    return instant(value, name)


def answers(data: Mapping[str, Any]) -> MessageId | None:
    value = data.get("poststelle:answers")
    if value is None:
        return None
    number = message_number(value) if isinstance(value, str) else None
    if number is None:
        raise invalid("poststelle:answers", "this is no message")
    return number


def _asks_receipt(data: Mapping[str, Any]) -> bool:
    value = data.get("poststelle:receipt")
    if value is not None and value != "asked":  # any value at all
        raise invalid("poststelle:receipt", "a draft asks for a receipt, or null")
    return value is not None


def _parts(data: Mapping[str, Any], blob_id: Callable[[str], str]) -> _Parts:
    """The texts and files, given as a tree or as lists."""
    values, parts = body_values(data.get("bodyValues")), _Parts(blob_id)
    listed = [name for name in ("textBody", "htmlBody", "attachments") if data.get(name) is not None]
    if data.get("bodyStructure") is not None:
        if listed:
            raise invalid(listed[0], "the body is given as a structure or as lists, not both")
        _walk(data["bodyStructure"], values, parts, 0)
        return parts
    for name, kind in (("textBody", "text/plain"), ("htmlBody", "text/html")):
        given = data.get(name)
        if given is None:
            continue
        if not isinstance(given, list) or len(given) != 1 or not isinstance(given[0], dict):
            raise invalid(name, "this is a list of one part")
        _add_text(name, {"type": kind, **given[0]}, kind, values, parts)
    for given in items(data.get("attachments"), "attachments"):
        parts.add_file("attachments", given)
    return parts


def _walk(part: Any, values: Mapping[str, str], parts: _Parts, depth: int) -> None:
    name = "bodyStructure"
    if not isinstance(part, dict) or depth > _DEEPEST:
        raise invalid(name, "a part is an object, and not too deep inside others")
    _check_part(name, part)
    kind = str(part.get("type") or "text/plain").lower()
    if kind.startswith("multipart/"):
        if part.get("partId") is not None or part.get("blobId") is not None:
            raise invalid(name, "a multipart has parts, and nothing else")
        for inner in items(part.get("subParts"), name):
            _walk(inner, values, parts, depth + 1)
    elif part.get("subParts") is not None:
        raise invalid(f"{name}/subParts", "only a multipart has parts")
    elif part.get("partId") is not None:
        _add_text(name, part, kind, values, parts)
    else:
        parts.add_file(name, part)


def _add_text(
    name: str, part: Mapping[str, Any], kind: str, values: Mapping[str, str], parts: _Parts
) -> None:
    _check_part(name, part)
    if part.get("blobId") is not None or str(part.get("type") or kind).lower() != kind:
        raise invalid(name, f"this is one part of type {kind} with its text in bodyValues")
    key = part.get("partId")
    if not isinstance(key, str) or key not in values:
        raise invalid(name, "its text is not in bodyValues")
    wrong = [said for said in _NOT_OF_TEXTS if part.get(said) is not None]
    disposition = part.get("disposition")  # any value at all
    if disposition is not None and disposition != "inline":
        wrong.append("disposition")
    if wrong:
        properties = [f"{name}/{said}" for said in wrong]
        raise SetError("invalidProperties", "a text with a partId has none of these", properties=properties)
    if kind == "text/html" and parts.html is None:
        parts.html = values[key]
    elif kind == "text/plain" and parts.plain is None:
        parts.plain = values[key]
    else:
        raise invalid(name, "a message has one plain and one HTML text at most")


def _file(name: str, part: Any, blob_id: Callable[[str], str]) -> PartRef:
    if not isinstance(part, dict):
        raise invalid(name, "a part is an object")
    _check_part(name, part)
    if not isinstance(part.get("blobId"), str):
        raise invalid(f"{name}/blobId", "a part names its octets by their id")
    blob = blob_id(part["blobId"])
    source = parse_any_blob(blob)
    if source is None:
        raise SetError("blobNotFound", "a part has no blobId of ours", notFound=[blob])
    kind = str(part.get("type") or "application/octet-stream").lower()
    cid, disposition = part.get("cid"), part.get("disposition") or "attachment"
    if not TYPE.fullmatch(kind) or (cid is not None and not _is_cid(cid)):
        raise invalid(name, "a part's type or cid is not right")
    if not isinstance(disposition, str) or disposition not in {"attachment", "inline"}:
        raise invalid(name, "a part is an attachment or inline")
    given = part.get("name")
    file_name = safe_file_name(given, "attachment") if isinstance(given, str) else "attachment"
    return PartRef(blob, source, file_name, kind, cid, disposition == "inline")


def _is_cid(value: Any) -> bool:
    return isinstance(value, str) and len(value) < 500 and _ID.fullmatch(value) is not None


def _check_part(name: str, part: Mapping[str, Any]) -> None:
    check_members(name, part)
    unknown = sorted(key for key in part if key not in _PART)
    if unknown:
        raise invalid(name, f"a part's {unknown[0]} can't be set")


def body_values(given: Any) -> dict[str, str]:
    """Texts by part id. Source: RFC 8621 §4.6 (both flags must be false)."""
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise invalid("bodyValues", "texts are given by part id")
    found = {}
    for key, value in given.items():
        is_fit = isinstance(value, dict) and value.keys() <= {"value", "isTruncated", "isEncodingProblem"}
        if not is_fit or not isinstance(value.get("value"), str):
            raise invalid("bodyValues", "a text has a value")
        wrong = [f"bodyValues/{key}/{flag}" for flag in _FLAGS if value.get(flag)]
        if wrong:
            raise SetError("invalidProperties", "a text must be whole", properties=wrong)
        found[key] = value["value"]
    return found


def items(value: Any, name: str) -> Sequence[Any]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise invalid(name, "this is a list")
    return value


def _body(parts: _Parts) -> Body:
    if parts.html is not None:
        return Body("text/html", parts.html)
    return Body("text/plain", parts.plain or "")
