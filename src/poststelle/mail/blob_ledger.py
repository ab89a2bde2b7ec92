"""The ledger of ``ObjectBlobs`` in our database: who stores and who removes meet in its transactions."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar

from poststelle.blobs import Generation
from poststelle.store import blob_objects
from poststelle.store.blob_objects import Object
from poststelle.store.tx import ReadTx, Store

P = ParamSpec("P")
T = TypeVar("T")
X = TypeVar("X", bound=ReadTx)


class StoreLedger:
    """Of one ``place`` (``settings.blob_place``).

    ``require_here`` raises BlobsUnavailable where octets are kept elsewhere by now; asked in the transaction
    by which they are found, held or stored. None: for whoever brings them from one place to another.
    """

    def __init__(
        self, store: Store, place: str, require_here: Callable[[ReadTx, str], None] | None = None
    ) -> None:
        self._store, self._place, self._require_here = store, place, require_here

    @property
    def place(self) -> str:
        return self._place

    async def find(self, sha256: str) -> Generation | None:
        found = await self._store.read(self._here, blob_objects.find, self._place, sha256)
        return None if found is None else Generation(*found)

    async def touch(self, hashes: Sequence[str], at: datetime) -> bool:
        return await self._store.write(self._here, blob_objects.touch, self._place, hashes, at)

    async def begin(self, new: Generation, at: datetime) -> bool:
        # Should the power fail, ours goes too: what was being stored here comes to nothing anyway.
        return await self._store.write_fleeting(self._here, blob_objects.begin, self._place, Object(*new), at)

    async def arrive(self, new: Generation, at: datetime, *, is_lasting: bool) -> bool:
        write = self._store.write if is_lasting else self._store.write_fleeting
        return await write(self._here, blob_objects.arrive, self._place, Object(*new), at)

    async def expel(self, sha256: str, before: datetime) -> list[Generation]:
        gone = await self._store.write(blob_objects.expel, self._place, sha256, before)
        return [Generation(*one) for one in gone]

    async def give_up(self, before: datetime, lost_before: datetime) -> None:
        await self._store.write(blob_objects.give_up, self._place, before, lost_before)

    async def going(self, limit: int) -> list[Generation]:
        return [Generation(*one) for one in await self._store.read(blob_objects.going, self._place, limit)]

    async def forget(self, gone: Sequence[Generation]) -> None:
        await self._store.write(blob_objects.forget, self._place, [Object(*one) for one in gone])

    async def stored_before(
        self, at: datetime, since: datetime | None, after: tuple[int, str], limit: int
    ) -> list[tuple[int, str]]:
        return await self._store.read(blob_objects.by_time, self._place, at, since, after, limit)

    async def every(self, after: str, limit: int) -> list[Generation]:
        """What is present, one of each, by its hashes from after ``after`` on."""
        return [
            Generation(*one) for one in await self._store.read(blob_objects.every, self._place, after, limit)
        ]

    async def lose(self, lost: Generation, at: datetime) -> None:
        """Its object is not there, or not whole: it counts no more."""
        await self._store.write(blob_objects.lose, self._place, Object(*lost), at)

    async def lost(self, sha256: str) -> list[Generation]:
        return [Generation(*one) for one in await self._store.read(blob_objects.lost, self._place, sha256)]

    async def regain(self, found: Generation, at: datetime) -> None:
        await self._store.write(self._here, blob_objects.regain, self._place, Object(*found), at)

    def _here(self, tx: X, fn: Callable[Concatenate[X, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        if self._require_here is not None:
            self._require_here(tx, self._place)
        return fn(tx, *args, **kwargs)
