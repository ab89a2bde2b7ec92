"""Messages as their octets: what only they tell, for many messages at once.

Each is fetched once and kept: the whole of a message that is small or whose
parts are asked for, the header alone of a large one. The header stands at the
beginning, so the rest need not come. The provider's own list of header fields
(Graph's internetMessageHeaders) would be fewer requests, but has them changed
and unfolded, knows none of a draft's or of what was sent from here, and says
nothing of parts.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from poststelle.access.rights import require
from poststelle.blobs import BlobStore
from poststelle.lib.once import Once
from poststelle.mail.blobs import OpenRemote, fetching_key, kept_by_now
from poststelle.mime.fields import LONGEST_HEADER, head_end
from poststelle.model.ids import AccountId, MessageId, UserId, is_local
from poststelle.model.message import Message
from poststelle.model.rights import Level
from poststelle.providers.base import RemoteMail
from poststelle.providers.errors import ProviderError, Refused, RemoteConflict, RetryLater
from poststelle.store import accounts, attachments, messages
from poststelle.store.attachments import Kept
from poststelle.store.tx import ReadTx, Store, Tx

MIME, HEAD = "mime", "head"
LARGEST_PARSED = 64 * 1024 * 1024
"""Octets of a message that is taken apart; of a larger one the header is."""
_SMALL = 256 * 1024
"""Octets of a message that is fetched whole where its header is asked for: it is asked for next."""
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Original:
    """Octets kept here; ``is_whole`` False: the header alone."""

    kept: Kept
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Reach:
    """What fetching needs, and for whom."""

    store: Store
    blobs: BlobStore
    open_remote: OpenRemote
    user: UserId
    fetching: Once = field(default_factory=Once)


@dataclass(frozen=True, slots=True)
class Found:
    """By message; ``gone`` are those that the provider has not any more."""

    octets: Mapping[MessageId, Original | None]
    gone: set[MessageId]


async def originals(
    reach: Reach, account: AccountId, ids: Sequence[MessageId], *, is_whole: bool, within_s: float
) -> Found:
    """The octets of each message that is there, fetched where they are not here yet.

    None: the provider does not give this one, or it is a draft that has not
    come there yet, or larger than what is taken apart. One that is gone there is named so.
    What has come is kept, so that a second call goes on from there. Raises
    RetryLater ``not_in_time`` after ``within_s`` seconds, and ProviderError where
    it is not about one message.
    """
    known = await reach.store.read(_known, reach.user, account, ids, is_whole=is_whole)
    found: dict[MessageId, Original | None] = {}
    missing = []
    for message, original in known:
        if original is not None:
            found[message.id] = original
        elif is_local(message.remote_id) or (is_whole and message.size > LARGEST_PARSED):
            found[message.id] = None
        else:
            missing.append(message)
    if missing:
        found |= await _fetch_all(reach, await reach.open_remote(account), missing, is_whole, within_s)
        await reach.store.read(require, reach.user, account, Level.READ)  # it may have gone meanwhile
    return Found(found, {message.id for message, _ in known} - found.keys())


def forget_lost(tx: Tx, user: UserId, account: AccountId, message: MessageId) -> None:
    """The octets that were kept are not there any more: they are to be fetched again.

    Those of an internal mailbox are nowhere else, and may come back: a backup has its blobs besides.
    """
    require(tx, user, account, Level.READ)
    if accounts.is_internal(tx, account):
        return
    attachments.forget_mime(tx, account, message)


def note_headers(tx: Tx, user: UserId, account: AccountId, told: Mapping[MessageId, str]) -> None:
    """Keep what was read from the headers of an internal mailbox's messages that came before it was noted.

    It changes nothing that anybody is told, so who may read may cause it.
    """
    require(tx, user, account, Level.READ)
    messages.note_headers(tx, account, told)


async def _fetch_all(
    reach: Reach, remote: RemoteMail, missing: Sequence[Message], is_whole: bool, within_s: float
) -> dict[MessageId, Original | None]:
    slots = asyncio.Semaphore(_AT_ONCE)

    async def one(message: Message) -> Original | ProviderError | None:
        async with slots:
            try:
                return await _fetch(reach, remote, message, is_whole)
            except ProviderError as error:
                if not _is_of_message(error):
                    raise
                return error

    tasks = [asyncio.create_task(one(message)) for message in missing]
    try:
        async with asyncio.timeout(within_s):
            answers = await asyncio.gather(*tasks)
    except TimeoutError as late:
        raise RetryLater("not_in_time") from late
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)  # none goes on after the answer
    failed = [answer for answer in answers if isinstance(answer, RetryLater)]
    if len(failed) == len(answers):  # over all of them: it may not be the messages, then this fails too
        await remote.locate([message.remote_id for message in missing])
    pairs = zip(missing, answers, strict=True)
    return {m.id: _given(answer) for m, answer in pairs if not _is_gone(answer)}


def _is_of_message(error: ProviderError) -> bool:
    if isinstance(error, RetryLater):
        return error.is_local
    return isinstance(error, Refused | RemoteConflict)


def _is_gone(answer: Original | ProviderError | None) -> bool:
    return isinstance(answer, RemoteConflict) and answer.is_gone


def _given(answer: Original | ProviderError | None) -> Original | None:
    return None if isinstance(answer, ProviderError) else answer


async def _fetch(reach: Reach, remote: RemoteMail, message: Message, is_whole: bool) -> Original | None:
    """Through a temporary file, so that a broken transfer keeps nothing; once for all who ask now."""
    has_all = is_whole or message.size <= _SMALL
    name = MIME if has_all else HEAD

    async def fetch() -> Kept:
        if here := await kept_by_now(reach.store, reach.blobs, message, name):
            return here
        async with aclosing(remote.mime(message.remote_id)) as chunks:
            stored = await reach.blobs.put(chunks if has_all else _head(chunks))
        kept = Kept(stored.sha256, stored.size)
        await reach.store.write(_keep, message, Original(kept, has_all))
        return kept

    kept = await reach.fetching.run((fetching_key(message, name), None), fetch)
    return Original(kept, has_all) if not has_all or kept.size <= LARGEST_PARSED else None


async def _head(chunks: AsyncGenerator[bytes, None]) -> AsyncIterator[bytes]:
    """The header, its blank line included, as far as anybody reads one."""
    seen = bytearray()
    async for chunk in chunks:
        seen += chunk
        end = head_end(bytes(seen))
        if end is not None or len(seen) >= LONGEST_HEADER:
            del seen[end or LONGEST_HEADER :]
            break
    yield bytes(seen)


def _keep(tx: Tx, message: Message, original: Original) -> None:
    """Unless the message has become another one meanwhile."""
    there = messages.get(tx, message.account_id, message.id)
    if there is not None and there.remote_id == message.remote_id:
        name = MIME if original.is_whole else HEAD
        attachments.keep(tx, message.account_id, message.id, name, original.kept)


def _known(
    tx: ReadTx, user: UserId, account: AccountId, ids: Sequence[MessageId], *, is_whole: bool
) -> list[tuple[Message, Original | None]]:
    require(tx, user, account, Level.READ)
    there = messages.get_many(tx, account, ids)
    found: dict[MessageId, Original] = {}
    for name in (MIME,) if is_whole else (HEAD, MIME):
        kept = attachments.kept_many(tx, account, [message.id for message in there], name)
        usable = {i: k for i, k in kept.items() if k.size <= LARGEST_PARSED}
        found |= {i: Original(k, is_whole=name == MIME) for i, k in usable.items()}
    return [(message, found.get(message.id)) for message in there]
