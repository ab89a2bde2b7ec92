"""Objects as files of a folder that several machines share, by NFS for instance.

A name is used once and never again, so no machine has seen it before it is there: what such file systems
remember of names and times for a while does no harm, and nothing here asks for a lock or a file's time.

Source: nfs(5), "DATA AND METADATA COHERENCE".
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from poststelle.blobs import marks
from poststelle.blobs.aside import sync_folder
from poststelle.blobs.base import BlobsUnavailable
from poststelle.blobs.objects import ObjectMissing
from poststelle.lib.ids import new_key

_CHUNK = 1 << 20


class FolderObjects:
    """Below ``folder``, which is there: one that is not has perhaps not been mounted.

    Where nothing is mounted there is still a folder, mostly an empty one. So with the name of its ``place``
    the mark is asked for before anything is written or removed, after it was written, and before anything
    counts as not there. A program that is killed while it writes leaves a file in ``new`` that ``destroy``
    removes.
    """

    def __init__(self, folder: Path, place: str | None = None) -> None:
        self._folder, self._place = folder, place

    def put(self, name: str, octets: bytes | IO[bytes]) -> None:
        with self._told():
            final, temporary = self._folder / name, self._beside(name)
            self.look()
            temporary.parent.mkdir(exist_ok=True)
            final.parent.mkdir(parents=True, exist_ok=True)
            try:
                number = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(number, "wb") as file:
                    if isinstance(octets, bytes):
                        file.write(octets)
                    else:
                        octets.seek(0)
                        shutil.copyfileobj(octets, file, _CHUNK)
                    file.flush()
                    os.fsync(file.fileno())
                temporary.replace(final)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
            for folder in (final.parent, final.parent.parent):
                sync_folder(folder)
            self.look()
            final.stat()  # mounted since it was written, it would lie below, where nobody finds it

    def get(self, name: str, begin: int = 0, end: int | None = None) -> bytes:
        with self._told():
            octets = self._read(name, begin, end)
            if octets is None:
                self.look()
                octets = self._read(name, begin, end)  # mounted just now, perhaps
            if octets is None:
                self.look()
                raise ObjectMissing(name)
            if end is not None and len(octets) < end - begin:
                raise ObjectMissing(name)  # cut short, for ever: nobody writes to it
            return octets

    def size(self, name: str) -> int | None:
        with self._told():
            size = self._size(name)
            if size is None:
                self.look()
                size = self._size(name)
            if size is None:
                self.look()
            return size

    def destroy(self, name: str) -> None:
        with self._told():
            self.look()
            for path in (self._folder / name, self._beside(name)):
                path.unlink(missing_ok=True)
            self.look()

    def look(self) -> None:
        with self._told():
            if not self._folder.is_dir():
                raise BlobsUnavailable("no_bucket", f"{self._folder} is not there")
            if self._place is None:
                return
            mark = self._read(marks.MARK, 0, None)
            if mark is None:
                raise BlobsUnavailable("unmarked", f"{self._folder / marks.MARK} is not there")
            marks.require(mark, self._place, str(self._folder))

    def _beside(self, name: str) -> Path:
        """Where it is written. Several write the mark at once; every other name is used once."""
        own = new_key() if name == marks.MARK else ""
        return self._folder / "new" / f"{Path(name).name}{own}"

    def _read(self, name: str, begin: int, end: int | None) -> bytes | None:
        try:
            with (self._folder / name).open("rb") as file:
                file.seek(begin)
                return file.read(-1 if end is None else end - begin)
        except FileNotFoundError:
            return None

    def _size(self, name: str) -> int | None:
        try:
            return (self._folder / name).stat().st_size
        except FileNotFoundError:
            return None

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except PermissionError as error:
            raise BlobsUnavailable("denied", str(error)) from error
        except OSError as error:
            raise BlobsUnavailable("unreachable", str(error)) from error
