"""A message's octets: found here, or fetched once from the provider and kept.

Who is given them has read the message, and that is noted here, where nobody who asks can forget it.
``tests/unit/test_octets_given.py`` lists who asks.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from poststelle.access.rights import require
from poststelle.blobs import BlobMissing, BlobStore
from poststelle.lib.once import Once
from poststelle.mail import uploads
from poststelle.mail.mime_reader import Check, MimeReader
from poststelle.mail.readings import Readings
from poststelle.mime import reading
from poststelle.model.draft import Octets
from poststelle.model.errors import NotFound
from poststelle.model.ids import AccountId, MessageId, UploadId, UserId, is_local
from poststelle.model.message import Attachment, Message
from poststelle.model.rights import Level
from poststelle.providers.base import RemoteMail
from poststelle.providers.errors import ProviderError, RemoteConflict, RetryLater
from poststelle.store import accounts, attachments, bodies, messages
from poststelle.store.attachments import Kept
from poststelle.store.bodies import Packed
from poststelle.store.tx import ReadTx, Store, Tx

OpenRemote = Callable[[AccountId], Awaitable[RemoteMail]]

LOST = "octets_lost"
"""The code of RemoteConflict for octets that are lost here and that nobody else has."""
_MIME = "message/rfc822"
_OCTETS = "application/octet-stream"
_CHECK_EVERY = 256 * 1024
"""Octets handed on between two looks at the right to them."""


@dataclass(frozen=True, slots=True)
class Holders:
    """Where octets are, and how those that are not here are fetched: once for all who ask (``fetching``).

    ``readings``: where it is noted who was given which message's.
    """

    store: Store
    blobs: BlobStore
    open_remote: OpenRemote
    fetching: Once
    mime: MimeReader
    readings: Readings


@dataclass(frozen=True, slots=True)
class OpenedPart:
    """Octets to be sent on; ``content_type`` is what the message claims, not what may be trusted.

    ``taken_apart``: octets of the message that had to be read for this part of it.
    """

    content_type: str
    size: int
    chunks: AsyncIterator[bytes]
    taken_apart: int = 0


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One part that is kept or to be fetched."""

    message: Message
    name: str
    content_type: str
    attachment: Attachment | None
    kept: Kept | None
    is_internal: bool


async def list_attachments(
    holders: Holders,
    user: UserId,
    account: AccountId,
    ids: Sequence[MessageId],
) -> None:
    """Fetch and keep the attachment lists that are not known yet.

    Provider errors are no reason to refuse the message: the list stays unknown.
    """
    try:
        await _list(holders, user, account, ids)
    except ProviderError:
        return


async def open_part(
    holders: Holders,
    user: UserId,
    account: AccountId,
    message: MessageId,
    part: str | int | None,
    *,
    is_taken_along: bool = False,
) -> OpenedPart:
    """``part`` None: the whole message as MIME; "t": its text (UTF-8); a number: that attachment.

    Fetched through a temporary file, so that a broken transfer keeps nothing. What is made of what is kept
    waits on the disk for whoever takes it. It is noted as a reading; ``is_taken_along``: as by ``keep_part``.
    Raises NotFound (also for a user without the right), TooMany and ProviderError.
    """
    opened = await _open_part(holders, user, account, message, part)
    if is_taken_along:
        holders.readings.note_taken(user, account, message)
    else:
        holders.readings.note(user, account, [message])
    return opened


async def _open_part(
    holders: Holders, user: UserId, account: AccountId, message: MessageId, part: str | int | None
) -> OpenedPart:
    if part == "t":
        packed = await holders.store.read(_body, user, account, message)
        size, chunks = await holders.mime.run(
            user, partial(_loaded, packed.content), _unpacked, holders.blobs, packed
        )
        return OpenedPart(packed.content_type, size, _while_allowed(holders.store, user, account, chunks))
    if isinstance(part, int):
        await _list(holders, user, account, [message])
    wanted = await holders.store.read(_wanted, user, account, message, part)
    if wanted.is_internal and wanted.attachment is not None:
        size, chunks = await _taken_out(holders, user, wanted, wanted.attachment)
        return OpenedPart(wanted.content_type, size, _while_allowed(holders.store, user, account, chunks))
    kept, chunks = await _opened(holders, user, account, wanted)
    if kept is wanted.kept and wanted.attachment is not None and wanted.attachment.size != kept.size:
        await holders.store.write(
            _keep, wanted.message, wanted, kept
        )  # kept by a version that did not say so
    return OpenedPart(wanted.content_type, kept.size, _while_allowed(holders.store, user, account, chunks))


async def keep_part(
    holders: Holders,
    user: UserId,
    account: AccountId,
    message: MessageId,
    part: int | None,
) -> Octets:
    """Have a part's octets here, for a message that takes them along; ``part`` as for ``open_part``.

    Whoever takes them along can read them there: it is noted as a reading, unless the user wrote the message
    here, as whoever saves a draft again, or took the same along within the last day.
    """
    octets = await _keep_part(holders, user, account, message, part)
    holders.readings.note_taken(user, account, message)
    return octets


async def keep_original(holders: Holders, user: UserId, account: AccountId, message: MessageId) -> Octets:
    """Have a whole message here that is copied into another account.

    No reading: who asks records the copy (``mail.copied``) in the transaction that makes it. Raises as
    ``open_part``.
    """
    return await _keep_part(holders, user, account, message, None)


async def _keep_part(
    holders: Holders, user: UserId, account: AccountId, message: MessageId, part: int | None
) -> Octets:
    if isinstance(part, int):
        await _list(holders, user, account, [message])
    wanted = await holders.store.read(_wanted, user, account, message, part)
    if wanted.is_internal and wanted.attachment is not None:
        _, chunks = await _taken_out(holders, user, wanted, wanted.attachment)
        return Octets(*await holders.blobs.put(chunks))
    kept = await _have(holders, user, account, wanted)
    return Octets(kept.sha256, kept.size)


async def have_part(
    holders: Holders,
    user: UserId,
    account: AccountId,
    message: MessageId,
    part: int | None,
) -> Octets:
    """Have a part's octets here, to be taken soon. Of an internal mailbox they lie in the whole message: then
    they have no digest of their own.

    It is noted as a reading. Raises as ``open_part``, but takes nothing apart.
    """
    octets = await _have_part(holders, user, account, message, part)
    holders.readings.note(user, account, [message])
    return octets


async def _have_part(
    holders: Holders, user: UserId, account: AccountId, message: MessageId, part: int | None
) -> Octets:
    if isinstance(part, int):
        await _list(holders, user, account, [message])
    wanted = await holders.store.read(_wanted, user, account, message, part)
    if wanted.is_internal and wanted.attachment is not None:
        return Octets("", wanted.attachment.size)
    kept = await _have(holders, user, account, wanted)
    return Octets(kept.sha256, kept.size)


async def known_parts(
    holders: Holders,
    user: UserId,
    account: AccountId,
    message: MessageId,
    parts: Sequence[int],
) -> dict[int, Octets]:
    """What is known to be here of these attachments, read at once, as ``have_part`` tells of one.

    Nobody is given them by that, and no reading noted. Raises NotFound, also for a user without the right,
    and ProviderError.
    """
    await _list(holders, user, account, [message])
    return await holders.store.read(parts_here, user, account, message, parts)


async def open_kept(holders: Holders, user: UserId, account: AccountId, sha256: str) -> AsyncIterator[bytes]:
    """Octets that are known to be here. NotFound when the right to them ends, or they are gone."""
    await holders.store.read(require, user, account, Level.READ)
    try:
        return _while_allowed(holders.store, user, account, await holders.blobs.opened(sha256))
    except BlobMissing as error:
        raise _no_part() from error


async def take_out(
    holders: Holders,
    user: UserId,
    account: AccountId,
    message: MessageId,
    parts: Sequence[int],
) -> tuple[Sequence[int], AsyncIterator[bytes]] | None:
    """Attachments of a message that is taken apart once for all of them: how many octets each has, and all
    their octets one after another, which wait on the disk. None where they are kept one by one.

    Raises NotFound, also for a user without the right, and TooMany.
    """
    whole = await holders.store.read(_wanted, user, account, message, None)
    if not whole.is_internal:
        return None
    listed = await holders.store.read(attachments.get, account, message) or ()
    numbers = {one.position: int(one.remote_id) for one in listed}
    if whole.kept is None or not numbers.keys() >= set(parts):
        raise _no_part()
    load = partial(holders.blobs.read, whole.kept.sha256)
    try:
        sizes, chunks = await holders.mime.run(
            user, load, _parts, holders.blobs, [numbers[part] for part in parts]
        )
    except BlobMissing as error:
        raise RemoteConflict(LOST, is_gone=True) from error
    except LookupError as error:
        raise _no_part() from error
    return sizes, _while_allowed(holders.store, user, account, chunks)


def _parts(
    check: Check, octets: bytes, blobs: BlobStore, numbers: Sequence[int]
) -> tuple[Sequence[int], AsyncIterator[bytes]]:
    """Raises LookupError."""
    check()
    sizes, together = [], bytearray()
    for part in reading.each_part_of(octets, numbers, check):
        check()
        sizes.append(len(part))
        together += part
    return sizes, blobs.aside(bytes(together))


async def _taken_out(
    holders: Holders, user: UserId, wanted: _Wanted, attachment: Attachment
) -> tuple[int, AsyncIterator[bytes]]:
    """How many octets an attachment has that is a part of what is kept, and these: not stored again."""
    message = wanted.message
    whole = await holders.store.read(_wanted, user, message.account_id, message.id, None)
    if whole.kept is None:
        raise _no_part()
    load = partial(holders.blobs.read, whole.kept.sha256)
    try:
        return await holders.mime.run(user, load, _part, holders.blobs, int(attachment.remote_id))
    except BlobMissing as error:
        raise RemoteConflict(LOST, is_gone=True) from error
    except LookupError as error:
        raise _no_part() from error


def _part(check: Check, octets: bytes, blobs: BlobStore, number: int) -> tuple[int, AsyncIterator[bytes]]:
    """Raises LookupError."""
    check()
    found = reading.part_of(octets, number, check)
    return len(found), blobs.aside(found)


async def _loaded(packed: bytes) -> bytes:
    return packed


def _unpacked(
    _check: Check, octets: bytes, blobs: BlobStore, packed: Packed
) -> tuple[int, AsyncIterator[bytes]]:
    text = bodies.unpack(packed.content_type, octets).content.encode()
    return len(text), blobs.aside(text)


async def _opened(
    holders: Holders,
    user: UserId,
    account: AccountId,
    wanted: _Wanted,
) -> tuple[Kept, AsyncIterator[bytes]]:
    """The octets that are kept, fetched if need be. Nobody is about to keep them, so they are not held."""
    if wanted.kept is not None:
        try:
            return wanted.kept, await holders.blobs.opened(wanted.kept.sha256)
        except BlobMissing:  # from outside: a backup without them, or an object that its storage has lost
            pass
    kept = await _have(holders, user, account, wanted)
    try:
        return kept, await holders.blobs.opened(kept.sha256)
    except BlobMissing as error:
        raise RetryLater(LOST) from error


async def _have(
    holders: Holders,
    user: UserId,
    account: AccountId,
    wanted: _Wanted,
) -> Kept:
    """The octets that are kept, fetched if need be."""
    if wanted.kept is not None and await holders.blobs.hold(wanted.kept.sha256):
        return wanted.kept

    async def fetch() -> Kept:
        here = await kept_by_now(holders.store, holders.blobs, wanted.message, wanted.name)
        return here or await _fetch(holders, await holders.open_remote(account), wanted)

    kept = await holders.fetching.run(_key(wanted), fetch)
    # The right may have gone while the octets came.
    await holders.store.read(require, user, account, Level.READ)
    return kept


def _key(wanted: _Wanted) -> Hashable:
    """What is fetched: also which attachment it is, for the list may be another one soon."""
    attachment = wanted.attachment
    return fetching_key(wanted.message, wanted.name), attachment and attachment.remote_id


def fetching_key(message: Message, name: str) -> Hashable:
    return message.account_id, message.id, message.remote_id, name


async def kept_by_now(store: Store, blobs: BlobStore, message: Message, name: str) -> Kept | None:
    """What somebody else has fetched since it was looked for."""
    kept = await store.read(attachments.kept, message.account_id, message.id, name)
    return kept if kept is not None and await blobs.hold(kept.sha256) else None


async def open_upload(
    store: Store, blobs: BlobStore, user: UserId, account: AccountId, upload: UploadId, now: datetime
) -> OpenedPart:
    """What this user has brought. Raises NotFound, also when it was forgotten by now."""
    found = await store.read(uploads.get, user, account, upload, now)
    if found is None:
        raise _no_part()
    try:
        chunks = await blobs.opened(found.octets.sha256)
    except BlobMissing as error:
        raise _no_part() from error
    return OpenedPart(found.content_type, found.octets.size, chunks)


async def keep_upload(
    store: Store, blobs: BlobStore, user: UserId, account: AccountId, upload: UploadId, now: datetime
) -> Octets | None:
    """What this user has brought, for a draft that is about to keep it; None when it was forgotten by now."""
    found = await store.read(uploads.get, user, account, upload, now)
    if found is None or not await blobs.hold(found.octets.sha256):
        return None
    return found.octets


async def _while_allowed(
    store: Store, user: UserId, account: AccountId, chunks: AsyncIterator[bytes]
) -> AsyncIterator[bytes]:
    """The octets; NotFound in their midst when the right to them ends while they are on their way."""
    given = 0
    try:
        async for chunk in chunks:
            if given >= _CHECK_EVERY:
                await store.read(require, user, account, Level.READ)
                given = 0
            given += len(chunk)
            yield chunk
    finally:
        await let_go(chunks)


async def let_go(chunks: AsyncIterator[bytes]) -> None:
    """They are taken no more: what is open for them is closed now, not when nobody refers to it."""
    close = getattr(chunks, "aclose", None)
    if close is not None:
        await close()


async def _list(
    holders: Holders,
    user: UserId,
    account: AccountId,
    ids: Sequence[MessageId],
) -> None:
    unlisted = await holders.store.read(_unlisted, user, account, ids)
    if not unlisted:
        return

    async def fetch() -> None:
        unlisted = await holders.store.read(_unlisted_now, account, ids)  # what nobody has listed meanwhile
        if not unlisted:
            return
        remote = await holders.open_remote(account)
        found = await remote.attachments_many([message.remote_id for message in unlisted])
        for message in unlisted:
            listed = found.get(message.remote_id)
            if listed is not None:
                await holders.store.write(attachments.set_attachments, account, message.id, listed)

    await holders.fetching.run((account, "lists", *(message.id for message in unlisted)), fetch)


async def _fetch(holders: Holders, remote: RemoteMail, wanted: _Wanted) -> Kept:
    message = wanted.message
    if wanted.is_internal and wanted.kept is not None:
        raise RemoteConflict(LOST, is_gone=True)
    if is_local(message.remote_id):
        raise RetryLater("not_there_yet")
    chunks: AsyncIterator[bytes]
    if wanted.attachment is None:
        chunks = remote.mime(message.remote_id)
    else:
        chunks = remote.attachment_content(message.remote_id, wanted.attachment.remote_id)
    stored = await holders.blobs.put(chunks)
    kept = Kept(stored.sha256, stored.size)
    if not wanted.is_internal:
        await holders.store.write(_keep, message, wanted, kept)
    return kept


def _keep(tx: Tx, message: Message, wanted: _Wanted, kept: Kept) -> None:
    """Unless the message has become another one meanwhile. From now on an attachment's size is known.

    What Microsoft lists is some 150 octets more: its properties count too. JMAP
    means the octets. Source: RFC 8621 §4.1.4 (size).
    """
    attachment = wanted.attachment
    if attachment is not None:
        listed = attachments.get(tx, message.account_id, message.id) or ()
        if not any(replace(one, size=attachment.size) == attachment for one in listed):
            return
        attachments.set_size(tx, message.account_id, message.id, attachment.position, kept.size)
    attachments.keep(tx, message.account_id, message.id, wanted.name, kept)


def _unlisted(tx: ReadTx, user: UserId, account: AccountId, ids: Sequence[MessageId]) -> list[Message]:
    require(tx, user, account, Level.READ)
    return _unlisted_now(tx, account, ids)


def _unlisted_now(tx: ReadTx, account: AccountId, ids: Sequence[MessageId]) -> list[Message]:
    known = attachments.get_many(tx, account, ids)
    return [message for message in messages.get_many(tx, account, ids) if known.get(message.id) is None]


def _body(tx: ReadTx, user: UserId, account: AccountId, message: MessageId) -> Packed:
    _visible(tx, user, account, message)
    body = bodies.packed_many(tx, account, [message]).get(message)
    if body is None:
        raise _no_part()
    return body


def _wanted(
    tx: ReadTx, user: UserId, account: AccountId, message: MessageId, part: str | int | None
) -> _Wanted:
    found = _visible(tx, user, account, message)
    is_internal = accounts.is_internal(tx, account)
    if part is None:
        kept = attachments.kept(tx, account, message, "mime")
        return _Wanted(found, "mime", _MIME, None, kept, is_internal)
    listed = attachments.get(tx, account, message) or ()
    attachment = next((a for a in listed if a.position == part), None)
    if attachment is None or attachment.kind == "reference":
        raise _no_part()
    name = attachments.part_name(attachment.position)
    content_type = _MIME if attachment.kind == "item" else attachment.content_type or _OCTETS
    return _Wanted(
        found, name, content_type, attachment, attachments.kept(tx, account, message, name), is_internal
    )


def parts_here(
    tx: ReadTx, user: UserId, account: AccountId, message: MessageId, parts: Sequence[int]
) -> dict[int, Octets]:
    """What is known to be here of these attachments, of a message whose list is. Raises NotFound."""
    _visible(tx, user, account, message)
    listed = {one.position: one for one in attachments.get(tx, account, message) or ()}
    if any(part not in listed or listed[part].kind == "reference" for part in parts):
        raise _no_part()
    if accounts.is_internal(tx, account):
        return {part: Octets("", listed[part].size) for part in parts}
    kept = attachments.kept_of(tx, account, message)
    named = {part: kept.get(attachments.part_name(part)) for part in parts}
    return {part: Octets(one.sha256, one.size) for part, one in named.items() if one is not None}


def _visible(tx: ReadTx, user: UserId, account: AccountId, message: MessageId) -> Message:
    require(tx, user, account, Level.READ)
    found = messages.get(tx, account, message)
    if found is None:
        raise _no_part()
    return found


def _no_part() -> NotFound:
    return NotFound("no_such_part", "There is nothing to download here.")
