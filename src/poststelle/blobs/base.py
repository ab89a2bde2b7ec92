"""What a blob store can do."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol, TypeVar

from poststelle.model.errors import Unavailable

T = TypeVar("T")

CHUNK = 64 * 1024
"""Octets in which blobs are handed on."""
HASH = re.compile(r"[0-9a-f]{64}")
_ASK_AGAIN_S = 30


class Beside(Protocol):
    """``fn()`` beside the event loop."""

    def __call__(self, fn: Callable[[], T], /) -> Awaitable[T]: ...


class BlobMissing(Exception):
    """No octets are stored under this hash."""


class BlobsUnavailable(Unavailable):
    """Where octets are kept can't be reached, or refuses us: nothing is lost, ask again later.

    ``why``: unreachable, denied, no_bucket, unmarked (what is there is not the place of our octets), moved
    (they are kept elsewhere by now, or are being moved). ``detail`` is for the log: it holds no secret.
    """

    def __init__(self, why: str, detail: str = "") -> None:
        super().__init__(
            "files_unavailable",
            "Messages and files can't be reached just now; try again in half a minute.",
            after_s=_ASK_AGAIN_S,
        )
        self.why, self.detail = why, detail


class Stored(NamedTuple):
    """Octets that were stored: their SHA-256 as hex, and how many they are."""

    sha256: str
    size: int


class BlobStore(Protocol):
    """All methods raise BlobsUnavailable where octets are kept by somebody else who can't be reached."""

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

    def stored_before(self, at: datetime, since: datetime | None = None) -> AsyncIterator[Sequence[str]]:
        """The hashes of what was last stored before ``at``, and not before ``since``; in portions."""
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


def portions(those: Sequence[T], most: int = 500) -> Iterator[Sequence[T]]:
    """The same, ``most`` at a time."""
    for first in range(0, len(those), most):
        yield those[first : first + most]


async def chained(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """What was read already, then the others."""
    yield first
    async for chunk in rest:
        yield chunk


def check_hash(sha256: str) -> None:
    """What is no hash never becomes a path. Raises ValueError."""
    if not HASH.fullmatch(sha256):
        raise ValueError("a blob is named by 64 lower-case hexadecimal digits")
