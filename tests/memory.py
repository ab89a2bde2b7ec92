"""Where tests keep their files: in memory where there is room.

Each commit of the server waits for the disk, which takes a hundred times as long as all else of a small test
where other programs write, too; and a database of PostgreSQL is three hundred small files. What happens to a
process that is killed is the same in memory; what a power cut does, no test here can show.
"""

import os
import shutil
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")
_ENOUGH = 2 << 30
"""Octets: eight times what a whole run of the tests holds at once."""


def in_memory() -> Path | None:
    """A folder in memory with room, in which programs may lie too; None where there is none."""
    if not _MEMORY.is_dir() or not os.access(_MEMORY, os.W_OK):
        return None
    has_room = shutil.disk_usage(_MEMORY).free > _ENOUGH
    return _MEMORY if has_room and not os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC else None


def keep_files_in_memory() -> None:
    """From now on, of this process and of those it starts. Who has set TMPDIR has chosen another place."""
    if "TMPDIR" not in os.environ and (memory := in_memory()) is not None:
        os.environ["TMPDIR"] = str(memory)
        tempfile.tempdir = None  # it is looked up anew
