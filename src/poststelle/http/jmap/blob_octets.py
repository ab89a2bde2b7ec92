"""Any blob id's octets: of what is kept, of a part within it, of a part within that."""

from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from typing import TypeVar

from poststelle.blobs import BlobStore
from poststelle.http.jmap.context import Caller, JmapContext, holders_of
from poststelle.http.jmap.ids import AnyBlob, BlobRef, parse_any_blob
from poststelle.mail import blobs
from poststelle.mail.blobs import OpenedPart
from poststelle.mail.mime_reader import Check, Take, TooLarge, read_all
from poststelle.mail.originals import LARGEST_PARSED
from poststelle.mime import parts
from poststelle.model.errors import NotFound
from poststelle.model.ids import AccountId, UploadId

T = TypeVar("T")

_MIME = "message/rfc822"
_CHUNK = 64 * 1024


async def open_blob(
    context: JmapContext, caller: Caller, account: AccountId, blob: str, *, is_taken_along: bool = False
) -> OpenedPart:
    """``is_taken_along``: into another message. Raises NotFound (also for a user without the right) and
    ProviderError."""
    ref = parse_any_blob(blob)
    if ref is None:
        raise _nothing()
    opened = await open_base(context, caller, account, ref, is_taken_along=is_taken_along)
    if not ref.path:
        return opened
    try:
        content_type, size, chunks = await context.mime.run(
            caller.user_id, partial(read_all, opened.chunks, LARGEST_PARSED), _aside, ref.path, context.blobs
        )
    except TooLarge as error:
        raise _nothing() from error
    return OpenedPart(content_type, size, chunks, opened.size)


async def have_blob(context: JmapContext, caller: Caller, account: AccountId, blob: str) -> None:
    """Have its octets here, as far as that needs no message taken apart. Raises as ``open_blob``."""
    ref = parse_any_blob(blob)
    if ref is None:
        raise _nothing()
    base = ref.base
    if not isinstance(base, BlobRef) or base.part == "t":
        await blobs.let_go((await open_base(context, caller, account, ref)).chunks)
        return
    number = base.part if isinstance(base.part, int) else None
    await blobs.have_part(holders_of(context, caller), caller.user_id, account, base.message_id, number)


async def open_base(
    context: JmapContext, caller: Caller, account: AccountId, ref: AnyBlob, *, is_taken_along: bool = False
) -> OpenedPart:
    """What is kept, of which the blob may be a part. Raises as ``open_blob``."""
    store, user = caller.store, caller.user_id
    if isinstance(ref.base, BlobRef):
        message, part = ref.base.message_id, ref.base.part
        holders = holders_of(context, caller)
        return await blobs.open_part(holders, user, account, message, part, is_taken_along=is_taken_along)
    now = context.clock.now()
    return await blobs.open_upload(store, context.blobs, user, account, UploadId(ref.base), now)


async def read_parts(
    take: Take, base: OpenedPart, paths: Sequence[tuple[int, ...]], told: Callable[[bytes], T]
) -> dict[tuple[int, ...], T]:
    """What ``told`` makes of each part's octets, in a thread; those that are not there are left out.

    The message is read and taken apart once. Raises what ``told`` raises, and BlobMissing, NotFound and
    ProviderError for its octets.
    """
    try:
        load = partial(read_all, base.chunks, LARGEST_PARSED)
        return await take(load, _each_within, paths, told)
    except TooLarge:
        return {}


def _each_within(
    check: Check, octets: bytes, paths: Sequence[tuple[int, ...]], told: Callable[[bytes], T]
) -> dict[tuple[int, ...], T]:
    root, found = parts.parse(octets, check), {}
    for path in paths:
        check()
        part = parts.find(root, path[0])
        try:
            if part is not None:
                found[path] = told(_within(check, parts.content(octets, part, check)[0], path[1:])[1])
        except NotFound:
            continue
    return found


def _aside(
    check: Check, octets: bytes, path: Sequence[int], blobs: BlobStore
) -> tuple[str, int, AsyncIterator[bytes]]:
    """The type of the part at the end of the path, how many octets it has, and these, on the disk."""
    content_type, found = _within(check, octets, path)
    return content_type, len(found), blobs.aside(found)


def _within(check: Check, octets: bytes, path: Sequence[int]) -> tuple[str, bytes]:
    """The type and the octets of the part at the end of the path."""
    content_type = _MIME
    for number in path:
        check()
        part = parts.find(parts.parse(octets, check), number)
        if part is None:
            raise _nothing()
        octets, content_type = parts.content(octets, part, check)[0], _told_type(part)
    return content_type, octets


def _told_type(part: parts.Part) -> str:
    return f"{part.type}; charset={part.charset}" if part.charset else part.type


async def pieces(octets: bytes) -> AsyncIterator[bytes]:
    """The octets, in chunks."""
    for start in range(0, len(octets), _CHUNK):
        yield octets[start : start + _CHUNK]


def _nothing() -> NotFound:
    return NotFound("no_such_part", "There is nothing to download here.")
