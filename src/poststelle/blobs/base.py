"""What a blob store can do."""

from collections.abc import AsyncIterator
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

    def open(self, sha256: str) -> AsyncIterator[bytes]:
        """The octets, in chunks. Raises BlobMissing with the first one."""
        ...
