"""A message's octets: found here, or fetched once from the provider and kept.

(P1: signatures http/jmap is written against - please fill in, keep shapes; then remove this line.)
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from poststelle.blobs import BlobStore
from poststelle.model.ids import AccountId, MessageId, UserId
from poststelle.providers.base import RemoteMail
from poststelle.store.tx import Store

OpenRemote = Callable[[AccountId], Awaitable[RemoteMail]]


@dataclass(frozen=True, slots=True)
class OpenedPart:
    content_type: str
    size: int
    chunks: AsyncIterator[bytes]


async def list_attachments(
    store: Store, open_remote: OpenRemote, user: UserId, account: AccountId, ids: Sequence[MessageId]
) -> None:
    """Fetch and keep the attachment lists that are not known yet.

    Provider errors are no reason to refuse the message: the list stays unknown.
    """
    raise NotImplementedError


async def open_part(
    store: Store,
    blobs: BlobStore,
    open_remote: OpenRemote,
    user: UserId,
    account: AccountId,
    message: MessageId,
    part: str | int | None,
    now: datetime,
) -> OpenedPart:
    """``part`` None: the whole message as MIME; "t": its text (UTF-8); a number: that attachment.

    Fetched through a temporary file, so that a broken transfer keeps nothing.
    Raises NotFound (also for a user without the right) and ProviderError.
    """
    raise NotImplementedError
