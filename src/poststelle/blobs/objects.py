"""Where objects lie, and what is known of them: the two things that ``ObjectBlobs`` stands on."""

from collections.abc import Sequence
from datetime import datetime
from typing import IO, NamedTuple, Protocol


class ObjectMissing(Exception):
    """There is no whole object of this name, for sure: who keeps them has said so itself."""


class Objects(Protocol):
    """Named octets that are written once. Calls block, and raise BlobsUnavailable.

    One that knows the name of its place does nothing where something else lies or answers (``blobs.marks``).
    """

    def put(self, name: str, octets: bytes | IO[bytes]) -> None:
        """Store them, whole or not at all; afterwards they last."""
        ...

    def get(self, name: str, begin: int = 0, end: int | None = None) -> bytes:
        """The octets from ``begin`` to before ``end``; there is one at least. Raises ObjectMissing."""
        ...

    def size(self, name: str) -> int | None:
        """How many octets it has; None: there is none."""
        ...

    def destroy(self, name: str) -> None:
        """What is not there is no error."""
        ...

    def look(self) -> None:
        """Read the mark. Raises BlobsUnavailable, also where it is another place's."""
        ...


class Generation(NamedTuple):
    """One time that octets were stored. Its object has a name that no other time has."""

    sha256: str
    id: str
    size: int

    @property
    def name(self) -> str:
        return f"{self.sha256[:2]}/{self.sha256[2:4]}/{self.sha256}.{self.id}"


class Ledger(Protocol):
    """The facts about objects: which there are, and when each was last stored.

        begin ──> coming ──arrive──> present ──expel──> going ──forget──> (no more)
                                      │    ^
                                     lose  regain
                                      v    │
                                       lost

    Each call is a transaction, seen by all processes, and after the one before it.
    ``place`` names where the objects are, for ever. Calls by which octets are found, held or stored raise
    BlobsUnavailable (``moved``) where they are kept elsewhere by now.
    """

    @property
    def place(self) -> str: ...

    async def find(self, sha256: str) -> Generation | None:
        """One that is present."""
        ...

    async def touch(self, hashes: Sequence[str], at: datetime) -> bool:
        """Have them count as stored at ``at``; False, and nothing is done, when one is not present."""
        ...

    async def begin(self, new: Generation, at: datetime) -> bool:
        """As ``touch`` where octets like these are present: True. Otherwise ``new`` is coming."""
        ...

    async def arrive(self, new: Generation, at: datetime, *, is_lasting: bool) -> bool:
        """It is present. Where others like it are by now, these are touched and it is going; False: it had
        been given up and none is present."""
        ...

    async def expel(self, sha256: str, before: datetime) -> list[Generation]:
        """Those present that were stored before it are going."""
        ...

    async def give_up(self, before: datetime, lost_before: datetime) -> None:
        """What has been coming since before then is going: whoever brought it has died. So is what was lost
        before ``lost_before``."""
        ...

    async def going(self, limit: int) -> list[Generation]: ...

    async def forget(self, gone: Sequence[Generation]) -> None:
        """Of those that are going, these are no more."""
        ...

    async def every(self, after: str, limit: int) -> list[Generation]:
        """What is present, one of each, by its hashes from after ``after`` on."""
        ...

    async def lose(self, lost: Generation, at: datetime) -> None:
        """It counts no more: its object is not there, or not whole. It may be brought back."""
        ...

    async def lost(self, sha256: str) -> list[Generation]:
        """Those whose objects were not there."""
        ...

    async def regain(self, found: Generation, at: datetime) -> None:
        """Its object is there again."""
        ...

    async def stored_before(
        self, at: datetime, since: datetime | None, after: tuple[int, str], limit: int
    ) -> list[tuple[int, str]]:
        """When (milliseconds since 1970) and what, in this order, from after ``after`` on."""
        ...
