"""Objects as files of a folder that several machines share, by NFS for instance.

A name is used once and never again, so no machine has seen it before it is there: what such file systems
remember of names and times for a while does no harm, and nothing here asks for a lock or a file's time.

Source: nfs(5), "DATA AND METADATA COHERENCE".
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from poststelle.blobs.aside import sync_folder
from poststelle.blobs.base import BlobsUnavailable
from poststelle.blobs.objects import ObjectMissing

_CHUNK = 1 << 20


class FolderObjects:
    """Below ``folder``, which is there: one that is not has perhaps not been mounted."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, octets: bytes | IO[bytes]) -> None:
        with self._told():
            new, final = self._folder / "new", self._folder / name
            self.look()
            new.mkdir(exist_ok=True)
            final.parent.mkdir(parents=True, exist_ok=True)
            number, temporary = tempfile.mkstemp(dir=new)
            try:
                with os.fdopen(number, "wb") as file:
                    if isinstance(octets, bytes):
                        file.write(octets)
                    else:
                        octets.seek(0)
                        shutil.copyfileobj(octets, file, _CHUNK)
                    file.flush()
                    os.fsync(file.fileno())
                Path(temporary).replace(final)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise
            for folder in (final.parent, final.parent.parent):
                sync_folder(folder)

    def get(self, name: str, begin: int = 0, end: int | None = None) -> bytes:
        with self._told():
            try:
                with (self._folder / name).open("rb") as file:
                    file.seek(begin)
                    return file.read(-1 if end is None else end - begin)
            except FileNotFoundError as error:
                self.look()
                raise ObjectMissing(name) from error

    def size(self, name: str) -> int | None:
        with self._told():
            try:
                return (self._folder / name).stat().st_size
            except FileNotFoundError:
                self.look()
                return None

    def destroy(self, name: str) -> None:
        with self._told():
            self.look()
            (self._folder / name).unlink(missing_ok=True)

    def look(self) -> None:
        if not self._folder.is_dir():
            raise BlobsUnavailable("no_bucket", f"{self._folder} is not there")

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except PermissionError as error:
            raise BlobsUnavailable("denied", str(error)) from error
        except OSError as error:
            raise BlobsUnavailable("unreachable", str(error)) from error
