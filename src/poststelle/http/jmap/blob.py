"""Blob/upload, /get, /lookup and /copy: octets within method calls. Source: RFC 9404, RFC 8620 §6.3."""

import base64
import binascii
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from poststelle.access.rights import require
from poststelle.blobs import BlobMissing
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import MAX_INT, Args
from poststelle.http.jmap.blob_octets import open_base, open_blob, read_parts
from poststelle.http.jmap.errors import MethodError, SetError, set_error
from poststelle.http.jmap.ids import (
    AnyBlob,
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

log = structlog.get_logger()

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


REFUSALS = (SetError, UseCaseError, BlobMissing, ProviderError, OSError)
"""What may go wrong with one blob; those that were made before it are there all the same."""


def refusal(error: BaseException, missing: str = "blobNotFound") -> dict[str, Any]:
    """What is said of a blob that could not be made; ``missing``: the type for octets that are not there."""
    match error:
        case SetError():
            is_missing = error.body["type"] == "blobNotFound"
            return error.body | ({"type": missing} if is_missing else {})
        case UseCaseError():
            return set_error(error).body
        case BlobMissing() | ProviderError():
            return SetError(missing, "its octets can't be had (now)").body
        case _:
            log.error("blob.not_stored", error=type(error).__name__)
            return SetError("serverFail", "it could not be stored").body


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
        except REFUSALS as error:
            refused[key] = refusal(error)
    return {"accountId": account_text(account), "created": created or None, "notCreated": refused or None}


async def _upload(call: Call, account: AccountId, asked: Any) -> dict[str, Any]:
    if not isinstance(asked, dict) or not asked.keys() <= {"data", "type"}:
        raise SetError("invalidProperties", "a blob has data and a type")
    type_, data = asked.get("type"), asked.get("data")
    if not isinstance(type_, str | None):
        raise invalid("type", "this is no type")
    if not isinstance(data, list):  # of none an empty blob is made. Source: RFC 9404 §4.1
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
    try:
        call.take_apart(opened.taken_apart)
    except MethodError as error:
        raise SetError("rateLimit", error.body["description"]) from error
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


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is asked for of each blob: a range of it, and how it is to be told."""

    names: Sequence[str]
    offset: int
    length: int | None

    @property
    def is_data(self) -> bool:
        return bool(_DATA & set(self.names))

    @property
    def digests(self) -> list[str]:
        return [d for d in DIGESTS if f"digest:{d}" in self.names]


@dataclass(slots=True)
class _Budget:
    """What one call may still read."""

    to_tell: int = MAX_SIZE_BLOB_GET
    to_hash: int = MAX_SIZE_HASHED


class _Read:
    """What was seen of one blob: digests of the range, and its octets where they were asked for.

    Raises MethodError where that is more than the budget has.
    """

    def __init__(self, size: int, wish: _Wish, budget: _Budget) -> None:
        self.size = size
        end = size if wish.length is None else min(size, wish.offset + wish.length)
        self.wanted = max(0, end - wish.offset)
        self.is_cut = wish.offset > size or (wish.length is not None and self.wanted < wish.length)
        self.octets = bytearray()
        self._is_data = wish.is_data
        self._hashes = {d: hashlib.new(_HASHES[d], usedforsecurity=False) for d in wish.digests}
        if self._hashes:
            budget.to_hash -= size
        if budget.to_hash < 0:
            raise MethodError("requestTooLarge", f"digests of at most {MAX_SIZE_HASHED} octets at once")
        if self._is_data:
            budget.to_tell -= self.wanted
        if budget.to_tell < 0:
            raise MethodError(
                "requestTooLarge", f"at most {MAX_SIZE_BLOB_GET} octets at once; ask for a range"
            )

    @property
    def needs_octets(self) -> bool:
        return self._is_data or bool(self._hashes)

    def take(self, chunk: bytes | memoryview) -> None:
        """The next octets of the range."""
        for hash_ in self._hashes.values():
            hash_.update(chunk)
        if self._is_data:
            self.octets += chunk

    @property
    def digests(self) -> Mapping[str, str]:
        return {d: base64.b64encode(hash_.digest()).decode() for d, hash_ in self._hashes.items()}


async def blob_get(call: Call, args: Args) -> dict[str, Any]:
    """Octets, or a range of them, as text or base64, and their digests. Source: RFC 9404 §4.2.

    Of a message of which several parts are asked for, all are read when the first one is.
    """
    account = args.account()
    ids = args.ids(MAX_OBJECTS_IN_GET)
    names = args.properties(_PROPERTIES)
    offset, length = args.unsigned("offset", 0) or 0, args.unsigned("length")
    args.done()
    if ids is None:
        raise MethodError("invalidArguments", "ids is missing")
    wish, budget = _Wish(["data", "size"] if names is None else names, offset, length), _Budget()
    await call.read(require, call.caller.user_id, account, Level.READ)
    asked: dict[str, str] = {}  # each blob once, though it be named by its creation id too
    for blob in ids:
        asked.setdefault(call.blob_id(blob), blob)
    refs = {id_: parse_any_blob(id_) for id_ in asked}
    read: dict[AnyBlob, _Read | None] = {}
    found, not_found = [], []
    for id_, blob in asked.items():
        ref = refs[id_]
        try:
            if ref is not None and ref not in read:
                others = dict.fromkeys(one for one in refs.values() if one and one.path)
                beside = [one for one in others if one.base == ref.base]
                read |= await _read(call, account, beside if ref.path else [ref], wish, budget)
        except (NotFound, BlobMissing):
            pass
        except ProviderError as error:
            raise MethodError("serverUnavailable", f"{blob} is still at Microsoft; ask again") from error
        one = None if ref is None else read.setdefault(ref, None)
        if one is None:
            not_found.append(blob)
        else:
            found.append({"id": id_, **_told(one, wish.names)})
    return {"accountId": account_text(account), "list": found, "notFound": not_found}


async def _read(
    call: Call, account: AccountId, refs: Sequence[AnyBlob], wish: _Wish, budget: _Budget
) -> dict[AnyBlob, _Read | None]:
    """One whole blob, or parts of one; None for a part that is not there."""
    [base, *_] = refs
    opened = await open_base(call.context, call.caller, account, base)
    if not base.path:
        read = _Read(opened.size, wish, budget)
        if read.needs_octets:
            async for chunk in _range(opened.chunks, wish.offset, read.wanted):
                read.take(chunk)
        return {base: read}
    call.take_apart(opened.size)

    def told(octets: bytes) -> _Read:
        read = _Read(len(octets), wish, budget)
        read.take(memoryview(octets)[wish.offset : wish.offset + read.wanted])
        return read

    found = await read_parts(call.take_mime, opened, [ref.path for ref in refs], told)
    return {ref: found.get(ref.path) for ref in refs}


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
    types, ids = args.names("typeNames"), args.ids(MAX_OBJECTS_IN_GET)
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
    if source == target:
        raise MethodError("invalidArguments", "a copy goes to another account")
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
        except REFUSALS as error:
            refused[blob] = refusal(error, missing="notFound")
    return {
        "fromAccountId": account_text(source),
        "accountId": account_text(target),
        "copied": copied or None,
        "notCopied": refused or None,
    }
