"""Files of a message as one ZIP archive, piece by piece. They are fetched before it begins."""

import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime

from poststelle.access.rights import require
from poststelle.mail.blobs import Holders, have_part, known_parts, let_go, open_kept, parts_here, take_out
from poststelle.mime.file_name import each_once, safe_file_name
from poststelle.mime.zip_write import Packer
from poststelle.model.draft import Octets
from poststelle.model.errors import Invalid, NotFound
from poststelle.model.ids import AccountId, MessageId, UserId
from poststelle.model.message import Attachment, Message
from poststelle.model.rights import Level
from poststelle.store import attachments, messages
from poststelle.store.tx import ReadTx

MOST_FILES = 500
MOST_OCTETS = 1024 * 1024 * 1024
_LISTING = 256 * 1024  # octets of the archive's list of entries that are held in memory


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who wants which attachments of which message; ``parts`` are their numbers, each once."""

    user: UserId
    account: AccountId
    message: MessageId
    parts: Sequence[int]


@dataclass(frozen=True, slots=True)
class Bundle:
    """An archive that can be written: names and octets of its files by their numbers, in their order."""

    wanted: Wanted
    names: dict[int, str]
    octets: dict[int, Octets]
    at: datetime


class NoLongerWanted(Exception):
    """Who asked has gone."""


async def prepare(holders: Holders, wanted: Wanted, is_wanted: Callable[[], Awaitable[bool]]) -> Bundle:
    """Have all octets here, as far as they are not; NoLongerWanted as soon as ``is_wanted`` says so.

    It is noted as a reading.
    Raises NotFound (also for a user without the right, where one of the parts has no octets, and where files
    of a draft were changed meanwhile), ProviderError, TooMany, and Invalid ``too_many_files`` and
    ``files_too_large``.
    """
    if not wanted.parts or len(wanted.parts) > MOST_FILES:
        raise Invalid("parts", "too_many_files", f"At most {MOST_FILES} files at once.", most=MOST_FILES)
    here = await known_parts(holders, wanted.user, wanted.account, wanted.message, wanted.parts)
    octets: dict[int, Octets] = {}
    left = MOST_OCTETS
    for part in wanted.parts:
        if not await is_wanted():
            raise NoLongerWanted
        octets[part] = await _have(holders, wanted, part, here.get(part))
        left -= octets[part].size
        if left < 0:
            raise Invalid("parts", "files_too_large", "These files are too large for one archive.")
    listed, at = await holders.store.read(_listed, wanted, octets)
    names = each_once(_name(listed[part]) for part in wanted.parts)
    holders.readings.note(wanted.user, wanted.account, [wanted.message])
    return Bundle(wanted, dict(zip(wanted.parts, names, strict=True)), octets, at)


async def _have(holders: Holders, wanted: Wanted, part: int, known: Octets | None) -> Octets:
    """The octets that are here, or have come; those that lie in a whole message have no digest."""
    if known is not None and (not known.sha256 or await holders.blobs.hold(known.sha256)):
        return known
    return await have_part(holders, wanted.user, wanted.account, wanted.message, part)


async def as_zip(holders: Holders, bundle: Bundle) -> AsyncGenerator[bytes, None]:
    """The archive. NotFound in its midst when the right to it ends, or its message or a file goes.

    Of an internal mailbox the message is taken apart once, at the beginning.
    """
    wanted = bundle.wanted
    taken = await take_out(holders, wanted.user, wanted.account, wanted.message, wanted.parts)
    files = _kept(holders, bundle) if taken is None else _cut(*taken)
    with tempfile.SpooledTemporaryFile(_LISTING) as listing:
        packer = Packer(listing)
        async with aclosing(files):
            for name in bundle.names.values():
                await holders.store.read(_message, wanted)
                yield packer.begin(name, bundle.at)
                async for chunk in files:
                    if chunk is None:
                        break
                    if piece := packer.piece(chunk):
                        yield piece
                yield packer.end_entry()
        await holders.store.read(_message, wanted)
        for piece in packer.end():
            yield piece


async def _kept(holders: Holders, bundle: Bundle) -> AsyncGenerator[bytes | None, None]:
    """The octets of one file after another, None at the end of each."""
    wanted = bundle.wanted
    for octets in bundle.octets.values():
        chunks = await open_kept(holders, wanted.user, wanted.account, octets.sha256)
        try:
            async for chunk in chunks:
                yield chunk
        finally:
            await let_go(chunks)
        yield None


async def _cut(sizes: Sequence[int], chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes | None, None]:
    """The same of files that come in one piece."""
    rest = b""
    try:
        for size in sizes:
            left = size
            while left:
                chunk = rest or await anext(chunks)
                piece, rest = chunk[:left], chunk[left:]
                left -= len(piece)
                yield piece
            yield None
    finally:
        await let_go(chunks)


def _listed(
    tx: ReadTx, wanted: Wanted, octets: Mapping[int, Octets]
) -> tuple[dict[int, Attachment], datetime]:
    """The list that these octets are of. Raises NotFound."""
    message = _message(tx, wanted)
    if parts_here(tx, wanted.user, wanted.account, wanted.message, wanted.parts) != octets:
        raise _nothing()
    listed = attachments.get(tx, wanted.account, wanted.message) or ()
    return {one.position: one for one in listed}, message.received_at


def _message(tx: ReadTx, wanted: Wanted) -> Message:
    """Raises NotFound when it is not there, or may not be seen."""
    require(tx, wanted.user, wanted.account, Level.READ)
    message = messages.get(tx, wanted.account, wanted.message)
    if message is None:
        raise _nothing()
    return message


def _nothing() -> NotFound:
    return NotFound("no_such_part", "There is nothing to download here.")


def _name(one: Attachment) -> str:
    name = safe_file_name(one.name, "attachment")
    is_message = one.kind == "item" and not name.lower().endswith(".eml")
    return f"{name}.eml" if is_message else name
