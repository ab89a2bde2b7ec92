"""Blob/upload, /get, /lookup and /copy: octets within method calls. Source: RFC 9404, RFC 8620 §6.3."""

import base64
import binascii
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from poststelle.access.rights import require
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import MAX_INT, Args
from poststelle.http.jmap.blob_octets import open_blob
from poststelle.http.jmap.errors import MethodError, SetError, set_error
from poststelle.http.jmap.ids import (
    BlobRef,
    account_text,
    folder_text,
    message_text,
    parse_any_blob,
    thread_text,
    upload_text,
)
from poststelle.http.jmap.limits import (
    MAX_DATA_SOURCES,
    MAX_OBJECTS_IN_GET,
    MAX_OBJECTS_IN_SET,
    MAX_SIZE_BLOB_GET,
    MAX_SIZE_HASHED,
    MAX_SIZE_UPLOAD,
)
from poststelle.http.jmap.setting import require_write
from poststelle.http.jmap.upload import fit_type
from poststelle.http.jmap.values import invalid
from poststelle.mail import query, uploads
from poststelle.mail.blobs import OpenedPart
from poststelle.model.draft import Octets
from poststelle.model.errors import NotFound, UseCaseError
from poststelle.model.ids import AccountId
from poststelle.model.message import Message
from poststelle.model.rights import Level
from poststelle.providers.errors import ProviderError

DIGESTS = ("sha", "sha-256", "sha-512")
LOOKED_UP = ("Email", "Mailbox", "Thread")
_HASHES = {"sha": "sha1", "sha-256": "sha256", "sha-512": "sha512"}
_PROPERTIES = frozenset({"data", "data:asText", "data:asBase64", "size", *(f"digest:{d}" for d in DIGESTS)})
_DATA = frozenset({"data", "data:asText", "data:asBase64"})
_SOURCES = frozenset({"data:asText", "data:asBase64", "blobId"})
_OCTETS = "application/octet-stream"


def blob_capability() -> dict[str, Any]:
    """What an account can do. Source: RFC 9404 §3.1."""
    return {
        "maxSizeBlobSet": MAX_SIZE_UPLOAD,
        "maxDataSources": MAX_DATA_SOURCES,
        "supportedTypeNames": list(LOOKED_UP),
        "supportedDigestAlgorithms": list(DIGESTS),
    }


@dataclass(frozen=True, slots=True)
class _Source:
    """A piece of a blob to be: octets that were sent along, or a part of another blob."""

    octets: bytes = b""
    blob: str | None = None
    offset: int = 0
    length: int | None = None


# -- Blob/upload ------------------------------------------------------------------------------------


async def blob_upload(call: Call, args: Args) -> dict[str, Any]:
    """Each blob by itself; one may be made of those before it, by their creation ids."""
    account = args.account()
    create = args.need("create", dict)
    args.done()
    if len(create) > MAX_OBJECTS_IN_SET:
        raise MethodError("requestTooLarge", f"at most {MAX_OBJECTS_IN_SET} blobs at once")
    await call.read(require_write, call.caller.user_id, account)
    created: dict[str, Any] = {}
    refused: dict[str, Any] = {}
    for key, asked in create.items():
        try:
            created[key] = await _upload(call, account, asked)
            call.created[key] = created[key]["id"]
        except SetError as error:
            refused[key] = error.body
        except UseCaseError as error:
            refused[key] = set_error(error).body
    return {"accountId": account_text(account), "created": created or None, "notCreated": refused or None}


async def _upload(call: Call, account: AccountId, asked: Any) -> dict[str, Any]:
    if not isinstance(asked, dict) or not asked.keys() <= {"data", "type"}:
        raise SetError("invalidProperties", "a blob has data and a type")
    type_, data = asked.get("type"), asked.get("data")
    if not isinstance(type_, str | None):
        raise invalid("type", "this is no type")
    if not isinstance(data, list) or not data:
        raise invalid("data", "this is a list of sources")
    if len(data) > MAX_DATA_SOURCES:
        raise SetError("tooLarge", f"a blob is made of at most {MAX_DATA_SOURCES} sources")
    sources = [_source(one) for one in data]
    sizes: dict[str, int] = {}
    total = 0
    for source in sources:
        total += await _measured(call, account, source, sizes)
        if total > MAX_SIZE_UPLOAD:
            raise SetError("tooLarge", f"a blob has at most {MAX_SIZE_UPLOAD} octets")
    await call.read(uploads.may_bring, call.caller.user_id, account, total)
    told_type = fit_type(type_ or "")
    return await _keep(call, account, _joined(call, account, sources), told_type)


def _source(given: Any) -> _Source:
    """Source: RFC 9404 §4.1 (DataSourceObject)."""
    if not isinstance(given, dict) or len(given.keys() & _SOURCES) != 1:
        raise invalid("data", "a source is a text, base64 or a blob")
    if "blobId" in given:
        if not given.keys() <= {"blobId", "offset", "length"} or not isinstance(given["blobId"], str):
            raise invalid("data", "a blob is named by its id, and perhaps a part of it")
        offset, length = given.get("offset"), given.get("length")
        return _Source(
            blob=given["blobId"],
            offset=0 if offset is None else _unsigned("offset", offset),
            length=None if length is None else _unsigned("length", length),
        )
    [(name, text)] = given.items() if len(given) == 1 else [("", None)]
    if not isinstance(text, str):
        raise invalid("data", "a source holds a text and nothing else")
    if name == "data:asText":
        return _Source(octets=_utf8(text))
    try:
        return _Source(octets=base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError) as error:
        raise invalid("data", "this is not base64") from error


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise invalid("data", "this text is no Unicode") from error


def _unsigned(name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_INT:
        raise invalid("data", f"{name} is a number of octets")
    return value


async def _measured(call: Call, account: AccountId, source: _Source, sizes: dict[str, int]) -> int:
    """How many octets it brings. Raises SetError for a blob or a range that is not there.

    ``sizes`` are those of the blobs seen before. None stays open: a part of a message is in memory as long.
    """
    if source.blob is None:
        return len(source.octets)
    if source.blob not in sizes:
        sizes[source.blob] = (await _opened(call, account, source.blob)).size
    size = sizes[source.blob]
    length = size - source.offset if source.length is None else source.length
    if length < 0 or source.offset + length > size:
        raise invalid("data", "the blob is not that long")
    return length


async def _opened(call: Call, account: AccountId, blob: str) -> OpenedPart:
    """Raises SetError blobNotFound, also for what Microsoft does not give now."""
    try:
        opened = await open_blob(call.context, call.caller, account, call.blob_id(blob))
    except (NotFound, ProviderError) as error:
        raise SetError("blobNotFound", "there is no such blob", notFound=[blob]) from error
    call.take_apart(opened.taken_apart)
    return opened


async def _range(chunks: AsyncIterator[bytes], offset: int, length: int) -> AsyncIterator[bytes]:
    """``length`` octets from ``offset`` on; no more is read than is needed."""
    passed, end = 0, offset + length
    async for chunk in chunks:
        yield chunk[max(0, offset - passed) : max(0, end - passed)]
        passed += len(chunk)
        if passed >= end:
            return


async def _joined(call: Call, account: AccountId, sources: Sequence[_Source]) -> AsyncIterator[bytes]:
    """Their octets; each blob is opened when it is its turn. SetError for one that has gone by then."""
    for source in sources:
        if source.blob is None:
            yield source.octets
            continue
        opened = await _opened(call, account, source.blob)
        length = opened.size - source.offset if source.length is None else source.length
        async for chunk in _range(opened.chunks, source.offset, length):
            yield chunk


async def _keep(
    call: Call, account: AccountId, chunks: AsyncIterator[bytes], content_type: str
) -> dict[str, Any]:
    """Store octets as brought by this user. Raises UseCaseError."""
    stored = await call.context.blobs.put(chunks)
    octets, now = Octets(stored.sha256, stored.size), call.context.clock.now()
    upload = await call.write(uploads.keep, call.caller.user_id, account, octets, content_type, now)
    return {"id": upload_text(upload), "type": content_type, "size": octets.size}


# -- Blob/get ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Read:
    """What was seen of one blob: digests of the range, and its octets where they were asked for."""

    size: int
    is_cut: bool = False
    octets: bytearray = field(default_factory=bytearray)
    digests: Mapping[str, str] = field(default_factory=dict)


async def blob_get(call: Call, args: Args) -> dict[str, Any]:
    """Octets, or a range of them, as text or base64, and their digests. Source: RFC 9404 §4.2."""
    account = args.account()
    ids = args.ids(MAX_OBJECTS_IN_GET)
    names = args.properties(_PROPERTIES)
    offset, length = args.unsigned("offset", 0) or 0, args.unsigned("length")
    args.done()
    if ids is None:
        raise MethodError("invalidArguments", "ids is missing")
    names = ["data", "size"] if names is None else names
    await call.read(require, call.caller.user_id, account, Level.READ)
    found, not_found, left, to_hash = [], [], MAX_SIZE_BLOB_GET, MAX_SIZE_HASHED
    for blob in ids:
        try:
            opened = await open_blob(call.context, call.caller, account, call.blob_id(blob))
        except NotFound:
            not_found.append(blob)
            continue
        except ProviderError as error:
            raise MethodError("serverUnavailable", f"{blob} is still at Microsoft; ask again") from error
        call.take_apart(opened.taken_apart)
        to_hash -= opened.size
        if to_hash < 0 and any(name.startswith("digest:") for name in names):
            raise MethodError("requestTooLarge", f"digests of at most {MAX_SIZE_HASHED} octets at once")
        read = await _read(opened, names, offset, length, left)
        left -= len(read.octets)
        found.append({"id": call.blob_id(blob), **_told(read, names)})
    return {"accountId": account_text(account), "list": found, "notFound": not_found}


async def _read(
    opened: OpenedPart, names: Sequence[str], offset: int, length: int | None, left: int
) -> _Read:
    end = opened.size if length is None else min(opened.size, offset + length)
    wanted = max(0, end - offset)
    read = _Read(opened.size, is_cut=offset > opened.size or (length is not None and wanted < length))
    is_data = bool(_DATA & set(names))
    if is_data and wanted > left:
        raise MethodError("requestTooLarge", f"at most {MAX_SIZE_BLOB_GET} octets at once; ask for a range")
    hashes = {d: hashlib.new(_HASHES[d], usedforsecurity=False) for d in DIGESTS if f"digest:{d}" in names}
    if is_data or hashes:
        async for chunk in _range(opened.chunks, offset, wanted):
            for hash_ in hashes.values():
                hash_.update(chunk)
            if is_data:
                read.octets += chunk
    read.digests = {d: base64.b64encode(hash_.digest()).decode() for d, hash_ in hashes.items()}
    return read


def _told(read: _Read, names: Sequence[str]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    text = _as_text(bytes(read.octets)) if {"data", "data:asText"} & set(names) else None
    for name in names:
        if name == "size":
            told["size"] = read.size
        elif name.startswith("digest:"):
            told[name] = read.digests[name.removeprefix("digest:")]
        elif name == "data:asText" or (name == "data" and text is not None):
            told["data:asText"] = text
        else:
            told["data:asBase64"] = base64.b64encode(read.octets).decode()
    if text is None and {"data", "data:asText"} & set(names):
        told["isEncodingProblem"] = True
    if read.is_cut:
        told["isTruncated"] = True
    return told


def _as_text(octets: bytes) -> str | None:
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return None


# -- Blob/lookup ------------------------------------------------------------------------------------


async def blob_lookup(call: Call, args: Args) -> dict[str, Any]:
    """Which messages a blob belongs to, and so which threads and folders. Source: RFC 9404 §4.3."""
    account = args.account()
    types, ids = args.strings("typeNames"), args.ids(MAX_OBJECTS_IN_GET)
    args.done()
    if types is None or ids is None:
        raise MethodError("invalidArguments", "typeNames and ids are lists")
    for name in types:
        if name not in LOOKED_UP:
            raise MethodError("unknownDataType", f"blobs are not looked up in {name}")
    refs = {blob: parse_any_blob(call.blob_id(blob)) for blob in ids}
    of_message = {b: r.base.message_id for b, r in refs.items() if r and isinstance(r.base, BlobRef)}
    there = await call.read(query.emails, call.caller.user_id, account, list(of_message.values()))
    by_id = {message.id: message for message in there}
    found, not_found = [], []
    for blob, ref in refs.items():
        message = by_id.get(of_message[blob]) if blob in of_message else None
        if message is not None or (ref and await _is_upload(call, account, blob)):
            matched = {name: _matched(message, name) for name in types}
            found.append({"id": call.blob_id(blob), "matchedIds": matched})
        else:
            not_found.append(blob)
    return {"accountId": account_text(account), "list": found, "notFound": not_found}


async def _is_upload(call: Call, account: AccountId, blob: str) -> bool:
    ref = parse_any_blob(call.blob_id(blob))
    if ref is None or isinstance(ref.base, BlobRef):
        return False
    now = call.context.clock.now()
    return await call.read(uploads.get, call.caller.user_id, account, ref.base, now) is not None


def _matched(message: Message | None, type_: str) -> list[str]:
    """Nothing for an upload: what a message keeps of it has a blob id of its own."""
    if message is None:
        return []
    match type_:
        case "Email":
            return [message_text(message.id)]
        case "Thread":
            return [thread_text(message.thread_id)]
        case _:
            return [folder_text(folder) for folder in message.folder_ids]


# -- Blob/copy --------------------------------------------------------------------------------------


async def blob_copy(call: Call, args: Args) -> dict[str, Any]:
    """Blobs of one account as uploads in another. Source: RFC 8620 §6.3."""
    try:
        source = args.account("fromAccountId")
        await call.read(require, call.caller.user_id, source, Level.READ)
    except (MethodError, NotFound) as error:
        is_form = isinstance(error, MethodError) and error.type != "accountNotFound"
        raise error if is_form else MethodError("fromAccountNotFound") from error
    target = args.account()
    blobs = args.strings("blobIds")
    args.done()
    if blobs is None or len(blobs) > MAX_OBJECTS_IN_SET:
        raise MethodError("invalidArguments", f"blobIds is a list of at most {MAX_OBJECTS_IN_SET}")
    await call.read(require_write, call.caller.user_id, target)
    copied: dict[str, str] = {}
    refused: dict[str, Any] = {}
    for blob in dict.fromkeys(blobs):
        try:
            opened = await _opened(call, source, blob)
            await call.read(uploads.may_bring, call.caller.user_id, target, opened.size)
            kept = await _keep(call, target, opened.chunks, fit_type(opened.content_type or _OCTETS))
            copied[blob] = kept["id"]
        except SetError as error:
            refused[blob] = {**error.body, "type": "notFound"}
        except UseCaseError as error:
            refused[blob] = set_error(error).body
    return {
        "fromAccountId": account_text(source),
        "accountId": account_text(target),
        "copied": copied or None,
        "notCopied": refused or None,
    }
