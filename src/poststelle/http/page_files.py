"""Files of the page that another build has: the web processes keep theirs in the database for one another.

    a process begins ──offers its files──> page_files ──a name it does not have──> any other process

So a page finds all that it names, whichever process it came from and whichever is asked for its files: while
processes are renewed one after the other, and for as long after as somebody may have left it open. A file is
called by its content (Vite puts a hash of it into the name), so it never changes. What a browser runs must be
ours: each row carries a hash under the key, and one that does not open, or is of something else, is not
handed out.

Source: docs/decisions/0037.
"""

import asyncio
import gzip
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog

from poststelle.auth.crypto import CannotOpen, KeyRing
from poststelle.lib.clock import Clock
from poststelle.store import page_files
from poststelle.store.page_files import PageFile
from poststelle.store.tx import Store

log = structlog.get_logger()

_AT_ONCE = 1_000_000  # octets that are written together
_OFFER_EVERY_S = 6 * 3600.0
_GZIP = ".gz"


class PageFiles:
    """Of one process. ``own``: where its files lie, by their names below ``assets/``.

    With each of them may lie its gzip form, called the same and ``.gz``.
    """

    def __init__(self, own: Mapping[str, str], store: Store, ring: KeyRing, clock: Clock) -> None:
        self._own, self._store, self._ring, self._clock = own, store, ring, clock
        self._names: frozenset[str] = frozenset()
        self._looking: asyncio.Future[None] | None = None
        self._next_look: asyncio.Future[None] | None = None

    async def offer(self) -> int:
        """Have the others answer for this process's files, too; how many were not there yet.

        To be called before anybody is given a page that names them, and now and then, so that they stay.
        """
        mine = await asyncio.to_thread(_packed, self._own)
        known = await self._store.read(page_files.seals)
        new = [name for name, octets in mine.items() if not self._is_of(name, known.get(name), octets)]
        for some in _portions(new, mine):
            files = [(name, PageFile(mine[name], self._seal(name, mine[name]))) for name in some]
            await self._store.write(page_files.put, files, self._clock.now())
        await self._store.write(page_files.touch, sorted(mine), self._clock.now())
        if new:
            log.info("page_files.offered", files=len(new))
        return len(new)

    async def keep(self) -> None:
        """Offer them again and again, until cancelled."""
        while True:
            await self._clock.sleep(_OFFER_EVERY_S)
            await self.offer()

    async def find(self, name: str) -> bytes | None:
        """The gzip form of another build's file; None where no process had one called so lately."""
        if name not in self._names:
            await self._look()
        if name not in self._names:
            return None
        found = await self._store.read(page_files.get, name)
        if found is None:
            return None
        if not self._is_of(name, found.sealed, found.octets):
            log.error("page_files.not_ours", file=name)
            return None
        return found.octets

    async def _look(self) -> None:
        """Read the names as they are from now on. However many ask for what there is not, one reading is
        under way at a time: who comes meanwhile waits for the next one together."""
        if self._next_look is None:
            self._next_look = asyncio.ensure_future(self._read_names(self._looking))
        await asyncio.shield(self._next_look)

    async def _read_names(self, before: asyncio.Future[None] | None) -> None:
        if before is not None:
            await asyncio.wait({before})
        self._looking, self._next_look = self._next_look, None
        self._names = await self._store.read(page_files.names)

    def _seal(self, name: str, octets: bytes) -> bytes:
        return self._ring.seal(hashlib.sha256(octets).digest(), _row(name))

    def _is_of(self, name: str, sealed: bytes | None, octets: bytes) -> bool:
        if sealed is None:
            return False
        try:
            return self._ring.open(sealed, _row(name)) == hashlib.sha256(octets).digest()
        except CannotOpen:
            return False


def _row(name: str) -> str:
    return f"page_files/{name}"


def _packed(own: Mapping[str, str]) -> dict[str, bytes]:
    """The gzip form of each file, as it was made with the build where it was. Blocks."""
    found = {}
    for name, path in own.items():
        packed = Path(path + _GZIP)
        octets = packed.read_bytes() if packed.is_file() else gzip.compress(Path(path).read_bytes(), mtime=0)
        found[name] = octets
    return found


def _portions(names: Sequence[str], octets: Mapping[str, bytes]) -> list[list[str]]:
    found: list[list[str]] = [[]]
    size = 0
    for name in names:
        if size > _AT_ONCE:
            found.append([])
            size = 0
        found[-1].append(name)
        size += len(octets[name])
    return found if names else []
