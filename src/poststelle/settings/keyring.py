"""The key ring at the start: from the environment or a file, and proven to fit this database."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

from poststelle.auth.crypto import BadKey, CannotOpen, KeyRing, parse_keys
from poststelle.auth.key_file import create_key_file, read_keys
from poststelle.store import settings
from poststelle.store.tx import ReadTx, Store, Tx

CHECK = "keyring.check"
_PROOF = b"poststelle"


class KeyProblem(Exception):
    """The keys can't be used with this database; the message says what to do."""


def _ignore(_: Path) -> None:
    """Nobody wants to know."""


async def load_ring(
    store: Store,
    keys: str | None,
    key_file: Path,
    now: datetime,
    on_made: Callable[[Path], None] = _ignore,
) -> KeyRing:
    """The ring from ``keys``, else from ``key_file``, which is made on the very first start (``on_made``).

    Raises KeyProblem when a key is malformed, or none opens what this database
    holds: starting with another key would lose every sign-in without a word.
    """
    is_first = not await store.read(_is_proven)
    try:
        text = keys or _read_or_create(key_file, on_made if is_first else None)
        ring = KeyRing(parse_keys(text), None if keys else partial(read_keys, key_file))
        await store.write(_prove, ring, now)
    except BadKey as problem:
        where = "POSTSTELLE_KEY" if keys else str(key_file)
        raise KeyProblem(f"{where} holds no usable key. {problem}") from problem
    except CannotOpen as problem:
        raise KeyProblem(
            "The key does not belong to this database: stored sign-ins can't be opened. "
            "Put the right key back (POSTSTELLE_KEY or POSTSTELLE_KEY_FILE)."
        ) from problem
    return ring


def fits(tx: ReadTx, ring: KeyRing) -> bool:
    """Whether the ring opens what this database was first used with; one that was never used fits any."""
    stored = settings.get(tx, CHECK)
    try:
        return stored is None or stored.sealed is None or ring.open(stored.sealed, CHECK) == _PROOF
    except CannotOpen:
        return False


def _read_or_create(path: Path, on_made: Callable[[Path], None] | None) -> str:
    """``on_made`` None: it must be there."""
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError as problem:
        if on_made is not None:
            return _create_or_read(path, on_made)
        raise KeyProblem(
            f"The key file {path} is missing, but this database was used with a key. "
            "Put the file back from your copy, or set POSTSTELLE_KEY."
        ) from problem
    except (OSError, UnicodeDecodeError) as problem:
        raise KeyProblem(f"The key file {path} can't be read.") from problem


def _create_or_read(path: Path, on_made: Callable[[Path], None]) -> str:
    """Another process that starts in the same moment may be faster."""
    try:
        made = create_key_file(path)
    except FileExistsError:
        return path.read_text(encoding="ascii")
    on_made(path)
    return made


def _is_proven(tx: ReadTx) -> bool:
    return settings.get(tx, CHECK) is not None


def _prove(tx: Tx, ring: KeyRing, now: datetime) -> None:
    """Open what was sealed on the first start; seal it now if this is the first."""
    stored = settings.get(tx, CHECK)
    if stored is None or stored.sealed is None:
        settings.upsert(tx, CHECK, sealed=ring.seal(_PROOF, CHECK), at=now, by=None)
    else:
        ring.open(stored.sealed, CHECK)
