"""What a blob store can do."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol, TypeVar

T = TypeVar("T")


class BlobMissing(Exception):
    """No octets are stored under this hash."""


class Stored(NamedTuple):
    """Octets that were stored: their SHA-256 as hex, and how many they are."""

    sha256: str
    size: int


class BlobStore(Protocol):
    async def put(self, chunks: AsyncIterator[bytes], *, is_lasting: bool = True) -> Stored:
        """Store the octets; when ``chunks`` raises, nothing is kept.

        Not ``is_lasting``: should the power fail before ``hold``, they may be gone, whole.
        The same octets again are no error: they count as stored just now.
        """
        ...

    async def exists(self, sha256: str) -> bool: ...

    async def hold(self, sha256: str) -> bool:
        """Have the octets count as stored just now, and last; False when there are none.

        For who is about to keep them: they may be nobody's by now.
        """
        ...

    async def destroy(self, sha256: str, stored_before: datetime) -> bool:
        """Remove the octets unless they were stored at ``stored_before`` or later; whether they were removed.

        At the same time as ``put`` or ``hold``, in any process, one of them
        comes first: what these have answered for is there afterwards.
        """
        ...

    async def stored_before(self, at: datetime) -> list[str]:
        """The hashes of what was last stored before ``at``."""
        ...

    async def hold_all(self, hashes: Sequence[str]) -> bool:
        """As ``hold``, for several; False when one of them is not there."""
        ...

    async def read(self, sha256: str) -> bytes:
        """All octets at once, for those who know that they are few. Raises BlobMissing."""
        ...

    async def apply(self, sha256: str, fn: Callable[[bytes], T]) -> T:
        """``fn(octets)`` beside the event loop, of few octets. Raises BlobMissing, and what ``fn`` raises."""
        ...

    def aside(self, octets: bytes) -> AsyncIterator[bytes]:
        """The same octets in chunks, for somebody who may take them slowly: they wait on the disk, not in
        memory, and are gone with the iterator. Nobody else finds them. Blocks: call it in a thread."""
        ...

    async def opened(self, sha256: str) -> AsyncIterator[bytes]:
        """The octets, in chunks. Raises BlobMissing at once."""
        ...

    def open(self, sha256: str) -> AsyncIterator[bytes]:
        """The octets, in chunks. Raises BlobMissing with the first one."""
        ...


async def once(octets: bytes) -> AsyncIterator[bytes]:
    """Octets that are at hand, as what is put, or comes, chunk by chunk."""
    yield octets
