"""Copies of what was read or stored lately, in files on this machine: what is asked for again is near.

A message is read several times when it comes or is opened: its structure, its text, its pictures. A copy is
only used where the ledger says that the octets are there, and has another name each time they are stored,
so it is never out of date. What is not asked for within a day goes.
"""

import hashlib
import os
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

from poststelle.lib.clock import Clock, SystemClock

_LIVES_S = 24 * 3600.0
_AFTER_PRUNING = 0.8  # of what may be there, so that not each copy that comes removes one
_UNCOUNTED = 16  # the part of what may be there that a process adds before it counts anew what all have added


class Cache:
    """Below ``folder``, ``limit`` octets in all; what was asked for longest ago goes first. Calls block.

    Several processes may share it: each counts all that is there now and then, so it is more by a sixteenth
    for each at most.

    A copy that can't be written is none: nobody needs it.
    """

    def __init__(self, folder: Path, limit: int, clock: Clock | None = None) -> None:
        self._folder, self._limit, self._clock = folder, limit, clock or SystemClock()
        self._guard = threading.Lock()
        self._total: int | None = None  # as far as this process knows; ``prune`` counts
        self._added = 0  # since then

    def get(self, id_: str, sha256: str) -> bytes | None:
        """None: there is no copy, or it is not what it should be."""
        path = self._path(id_)
        try:
            octets = path.read_bytes()
            now_s = self._clock.now().timestamp()
            os.utime(path, (now_s, now_s))
        except OSError:
            return None
        if hashlib.sha256(octets).hexdigest() != sha256:
            path.unlink(missing_ok=True)
            return None
        return octets

    def put(self, id_: str, octets: bytes) -> None:
        if len(octets) > self._limit:
            return
        path = self._path(id_)
        with suppress(OSError):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            number, name = tempfile.mkstemp(dir=path.parent)
            with os.fdopen(number, "wb") as file:
                file.write(octets)
            now_s = self._clock.now().timestamp()
            os.utime(name, (now_s, now_s))
            Path(name).replace(path)
            with self._guard:
                self._total = None if self._total is None else self._total + len(octets)
                self._added += len(octets)
                is_enough = self._total is None or self._total > self._limit
                is_enough = is_enough or self._added * _UNCOUNTED > self._limit
            if is_enough:
                self.prune()

    def forget(self, id_: str) -> None:
        with suppress(OSError):
            self._path(id_).unlink(missing_ok=True)

    def prune(self) -> None:
        """Remove what nobody has asked for within a day, and the oldest of what is too much."""
        found = []
        for path in self._folder.glob("??/*"):
            with suppress(OSError):
                told = path.stat()
                found.append((told.st_mtime, told.st_size, path))
        found.sort()
        total, oldest_s = sum(size for _, size, _ in found), self._clock.now().timestamp() - _LIVES_S
        most = total if total <= self._limit else int(self._limit * _AFTER_PRUNING)
        for at_s, size, path in found:
            if at_s >= oldest_s and total <= most:
                break
            with suppress(OSError):
                path.unlink(missing_ok=True)
            total -= size
        with self._guard:
            self._total, self._added = total, 0

    def _path(self, id_: str) -> Path:
        return self._folder / id_[:2] / id_
