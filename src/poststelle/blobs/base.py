"""What a blob store can do."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import NamedTuple, Protocol


class BlobMissing(Exception):
    """No octets are stored under this hash."""


class Stored(NamedTuple):
    """Octets that were stored: their SHA-256 as hex, and how many they are."""

    sha256: str
    size: int


class BlobStore(Protocol):
    async def put(self, chunks: AsyncIterator[bytes]) -> Stored:
        """Store the octets; when ``chunks`` raises, nothing is kept. The same octets again are no error."""
        ...

    async def exists(self, sha256: str) -> bool: ...

    async def destroy(self, sha256: str) -> None:
        """Remove the octets; nothing happens when there are none."""
        ...

    async def stored_before(self, at: datetime) -> list[str]:
        """The hashes of what was last stored before ``at``, as the file system's clock has it."""
        ...

    def open(self, sha256: str) -> AsyncIterator[bytes]:
        """The octets, in chunks. Raises BlobMissing with the first one."""
        ...
