"""The part of the port that writes drafts and sends them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from poststelle.model.ids import RemoteId
from poststelle.model.message import Address, Body, Importance

if TYPE_CHECKING:
    from poststelle.providers.base import RemoteMessage

LARGE_FILE_DENIED = "large_file_denied"
"""The code of a refusal of large files alone, where the draft itself may be written."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """An attached file without its octets. ``content_id`` is without angle brackets."""

    name: str
    content_type: str
    size: int
    content_id: str | None
    is_inline: bool


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file to attach in one go."""

    facts: FileFacts
    octets: bytes


@dataclass(frozen=True, slots=True)
class Finished:
    """What makes a message of a draft: when it was sent and received, its marks, and its whole header."""

    received_at: datetime
    sent_at: datetime | None
    sender: Address | None
    is_seen: bool
    is_answered: bool
    is_forwarded: bool
    header: str


@dataclass(frozen=True, slots=True)
class RemoteDraft:
    """A draft to be made. Message-IDs come with angle brackets; ``key`` finds it again, sent or not.

    ``fields``: names and values of header fields that begin with ``X-``.
    ``folder`` None: in Drafts. ``finished``: it is no draft, but mail from elsewhere.
    """

    key: str
    internet_message_id: str | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    from_: Address | None
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    subject: str
    body: Body
    importance: Importance
    is_flagged: bool
    files: tuple[RemoteFile, ...]
    fields: tuple[tuple[str, str], ...] = ()
    categories: tuple[str, ...] = ()
    folder: RemoteId | None = None
    finished: Finished | None = None
    asks_receipt: bool = False


@dataclass(frozen=True, slots=True)
class SecretLetter:
    """A letter of plain text that only its recipient is to read, not who shares the mailbox."""

    to: Address
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class UploadSession:
    """Where a large file goes, piece by piece. The address needs no login, so it is a secret."""

    url: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class FileLimits:
    """Octets: from ``alone`` on a file needs an upload session, ``together`` go along with a new draft."""

    together: int
    alone: int
    piece: int


class UploadLost(Exception):
    """The session is gone, or is at another place than we think: begin anew."""


class RemotePost(Protocol):
    """Writing and sending. Methods raise ProviderError; ``upload_piece`` UploadLost too.

    After RetryLater that is not ``is_throttled`` nobody knows whether it was done: look first.
    """

    @property
    def file_limits(self) -> FileLimits: ...

    async def addresses(self) -> Sequence[str]:
        """The addresses of the mailbox, its own first."""
        ...

    async def written(self, keys: Sequence[str], internet_message_id: str) -> "Sequence[RemoteMessage]":
        """What has one of these keys or this Message-ID (empty: not known): drafts and sent mail, wherever.

        Of many only the newest come with their texts. Raises RetryLater where that can't be told for certain.
        """
        ...

    async def create_draft(self, draft: RemoteDraft) -> "RemoteMessage":
        """Make it; what the provider made of it. Twice makes two."""
        ...

    async def seal_draft(
        self, message: RemoteId, key: str, internet_message_id: str | None
    ) -> "RemoteMessage | None":
        """Give a draft another key, and another Message-ID (with brackets; None: it keeps its own), both or
        neither; what it is then, where the provider tells. Twice is the same as once.

        What was sent, or deleted for good, may take a key too. Raises RemoteConflict when there is none.
        """
        ...

    async def attach(self, message: RemoteId, file: RemoteFile) -> None:
        """Add a file smaller than ``file_limits.alone``. Twice adds two."""
        ...

    async def open_upload(self, message: RemoteId, facts: FileFacts) -> UploadSession:
        """Begin to add a large file. What is never finished is forgotten by the provider."""
        ...

    async def upload_piece(self, url: str, start: int, total: int, octets: bytes) -> int | None:
        """Bring the octets from ``start`` on; where the next ones begin, None: the file is there whole."""
        ...

    async def send_draft(self, message: RemoteId) -> None:
        """Accepted to be sent; the copy in Sent comes later, perhaps under another id.

        A draft is used up by it: sent twice, the second time is a RemoteConflict.
        """
        ...

    async def send_secret(self, letter: SecretLetter) -> None:
        """Accepted to be sent, and no copy is kept in the mailbox; sent twice, it goes twice."""
        ...

    async def send_mime(self, octets: bytes) -> None:
        """Accepted to be sent as it is; sent twice, it goes twice."""
        ...
