"""Internal mailboxes behind the same port: there is no remote side.

What is asked of one is answered from the octets that are kept here; there is
nothing to pull, and what is to be done has been done already. It writes and sends
nothing: that comes with SMTP.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import NoReturn

from poststelle.model.ids import RemoteId
from poststelle.providers.base import (
    Counted,
    DeltaPage,
    FolderPage,
    IdPage,
    MayWrite,
    RemoteAttachment,
    RemoteFolder,
    RemoteFolderOp,
    RemoteMessage,
    RemoteOp,
    RemoteOutcome,
    RemoteSubscriptions,
    Window,
)
from poststelle.providers.errors import Refused, RemoteConflict
from poststelle.providers.forwarding import Forwarding, Forwards
from poststelle.providers.post import (
    FileFacts,
    FileLimits,
    RemoteDraft,
    RemoteFile,
    SecretLetter,
    UploadSession,
)
from poststelle.providers.replies import AutomaticReply

OpenOctets = Callable[[RemoteId], Awaitable[AsyncIterator[bytes]]]
_WHOLE = "whole"  # the only cursor: everything has been read


class LocalMail:
    """One internal mailbox. ``open_octets`` opens a message; LookupError: there is none."""

    def __init__(self, address: str, open_octets: OpenOctets) -> None:
        self._address, self._open_octets = address, open_octets

    @property
    def subscriptions(self) -> RemoteSubscriptions | None:
        return None

    def under(self, _: MayWrite) -> "LocalMail":
        return self

    @property
    def file_limits(self) -> FileLimits:
        return FileLimits(0, 0, 0)

    async def verify(self, address: str) -> str:
        if address.casefold() != self._address.casefold():
            raise Refused("wrong_mailbox", status=403)
        return self._address

    async def addresses(self) -> Sequence[str]:
        return [self._address]

    def mime(self, message: RemoteId) -> AsyncGenerator[bytes, None]:
        return self._octets(message)

    def attachment_content(self, message: RemoteId, attachment: RemoteId) -> AsyncIterator[bytes]:
        """It is a part of the octets that are kept (``mail.blobs``)."""
        _not_offered()

    async def attachments_many(
        self, messages: Sequence[RemoteId]
    ) -> Mapping[RemoteId, Sequence[RemoteAttachment] | None]:
        """They are listed when a message is put in."""
        return {}

    async def well_known_folders(self) -> Sequence[RemoteFolder]:
        return ()

    async def folder_delta(self, cursor: str | None) -> FolderPage:
        return FolderPage((), frozenset(), None, _WHOLE)

    async def message_delta(
        self, folder: RemoteId, cursor: str | None, *, page_size: int, window: Window | None = None
    ) -> DeltaPage:
        return DeltaPage((), frozenset(), None, _WHOLE)

    async def count_since(
        self, folders: Sequence[RemoteId], begins: datetime
    ) -> Mapping[RemoteId, Counted | None]:
        return {}

    async def folder_path(self, folder: RemoteId) -> Sequence[RemoteId] | None:
        return (folder,)

    async def newest(self, folder: RemoteId, limit: int) -> Sequence[RemoteMessage]:
        return ()

    async def list_ids(
        self, folder: RemoteId, cursor: str | None, *, begins: datetime | None = None
    ) -> IdPage:
        return IdPage((), 0, 0, None, 0)

    async def locate(self, messages: Sequence[RemoteId]) -> Mapping[RemoteId, RemoteMessage | None]:
        return {}

    async def fetch(self, messages: Sequence[RemoteId]) -> Mapping[RemoteId, RemoteMessage | None]:
        return {}

    async def twins(self, names: Collection[str | datetime]) -> Mapping[str | datetime, frozenset[RemoteId]]:
        return {name: frozenset() for name in names}

    async def apply(self, ops: Sequence[RemoteOp]) -> Sequence[RemoteOutcome]:
        return [RemoteOutcome(op.key, None) for op in ops]

    async def apply_folder(self, op: RemoteFolderOp) -> RemoteId:
        return op.folder or RemoteId("")

    async def written(self, keys: Sequence[str], internet_message_id: str) -> Sequence[RemoteMessage]:
        return ()

    async def create_draft(self, draft: RemoteDraft) -> RemoteMessage:
        _not_offered()

    async def attach(self, message: RemoteId, file: RemoteFile) -> None:
        _not_offered()

    async def open_upload(self, message: RemoteId, facts: FileFacts) -> UploadSession:
        _not_offered()

    async def upload_piece(self, url: str, start: int, total: int, octets: bytes) -> int | None:
        _not_offered()

    async def seal_draft(
        self, message: RemoteId, key: str, internet_message_id: str | None
    ) -> RemoteMessage | None:
        _not_offered()

    async def send_draft(self, message: RemoteId) -> None:
        _not_offered()

    async def send_secret(self, letter: SecretLetter) -> None:
        _not_offered()

    async def send_mime(self, octets: bytes) -> None:
        _not_offered()

    async def automatic_reply(self) -> AutomaticReply:
        _not_offered()

    async def set_automatic_reply(self, reply: AutomaticReply) -> None:
        _not_offered()

    async def forwards(self) -> Forwards:
        _not_offered()

    async def set_forwarding(self, wanted: Forwarding) -> None:
        _not_offered()

    async def _octets(self, message: RemoteId) -> AsyncGenerator[bytes, None]:
        try:
            chunks = await self._open_octets(message)
        except LookupError as error:
            raise RemoteConflict("no_such_message", is_gone=True) from error
        async for chunk in chunks:
            yield chunk


def _not_offered() -> NoReturn:
    raise Refused("not_offered", status=501)
