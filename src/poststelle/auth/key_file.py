"""The file that holds the keys: made once, then replaced as a whole: nobody ever reads half of one."""

import base64
import fcntl
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from poststelle.auth.crypto import KEY_OCTETS, BadKey, parse_keys

_HEAD = "# Poststelle's key for stored sign-ins and secrets. Keep a copy, apart from the database.\n"
_NEXT = "# The next one, known everywhere before it seals; `poststelle rotate-keys` puts it in front:\n"
_OLDER = "# The first one seals. What was sealed before is opened by these:\n"


def new_key() -> bytes:
    return os.urandom(KEY_OCTETS)


def create_key_file(path: Path) -> str:
    """Make a new key in a file only we can read; return its text. FileExistsError rather than replace one.

    Several may try at once: the file is there whole, or not at all.
    """
    text = _text([new_key()], None)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        _write(beside, text)
        os.link(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    _keep_name(path.parent)
    return text


def read_keys(path: Path) -> list[bytes]:
    """The keys in a file. Raises BadKey or OSError."""
    try:
        return parse_keys(path.read_text(encoding="ascii"))
    except UnicodeDecodeError as problem:
        raise BadKey(f"A key is {KEY_OCTETS} random octets in base64.") from problem


@contextmanager
def alone_with(path: Path) -> Iterator[None]:
    """Nobody else changes the keys within. Raises BlockingIOError where somebody does, OSError."""
    path = path.resolve(strict=True)
    with path.with_name(f"{path.name}.lock").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield  # closing the file ends it


def has_next(path: Path) -> bool:
    """Whether the last key in the file is one that is only to be known so far. Raises OSError."""
    return _NEXT in path.read_text(encoding="ascii", errors="replace")


def replace_key_file(path: Path, keys: Sequence[bytes], next_: bytes | None = None) -> None:
    """Put other keys into a file that is there; its owner and who may read it stay. Raises OSError.

    ``next_`` stands behind them, to be known before it is used.
    Whoever reads meanwhile sees the old keys or the new ones. A link is followed.
    """
    path = path.resolve(strict=True)
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)
    try:
        _write(beside, _text(keys, next_))
        was = path.stat()
        beside.chmod(was.st_mode & 0o777)
        with suppress(AttributeError):  # Windows knows no owner of this kind
            os.chown(beside, was.st_uid, was.st_gid)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    _keep_name(path.parent)


def text_of(key: bytes) -> str:
    """A key as people copy it."""
    return base64.b64encode(key).decode()


def _text(keys: Sequence[bytes], next_: bytes | None) -> str:
    first, *older = map(text_of, keys)
    lines = [_HEAD, first, "\n", *([_OLDER] if older else []), *(f"{one}\n" for one in older)]
    return "".join(lines if next_ is None else [*lines, _NEXT, text_of(next_), "\n"])


def _write(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _keep_name(folder: Path) -> None:
    """Have the new name on the disk before anything is sealed under the new key."""
    with suppress(OSError):  # Windows opens no folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
