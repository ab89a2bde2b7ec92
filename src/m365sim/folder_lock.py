"""One simulator a data folder: a lock that the operating system gives back however the holder ends."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

PATIENCE_S = 3.0
"""A simulator that was told to end may still be writing its world."""
_STEP_S = 0.05


class FolderInUse(ValueError):
    """Another simulator works in the data folder; the message says what to do."""


@contextmanager
def held(folder: Path, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Hold the folder for as long as the block; FolderInUse when another keeps it longer than we wait."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as file:
        ends = time.monotonic() + patience_s
        while not _locks(file):
            if time.monotonic() >= ends:
                raise FolderInUse(
                    f"Another simulator works in {folder}. Stop it, or name another folder with --data-dir."
                )
            time.sleep(_STEP_S)
        yield


def _locks(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
