"""``poststelle backup`` and ``poststelle restore``: a copy of everything but the key, and the way back."""

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from rich.console import Console

from poststelle.auth.crypto import BadKey, KeyRing, parse_keys
from poststelle.auth.key_file import read_keys
from poststelle.backup import manifest, restoring, taking
from poststelle.backup.beginning import Stopped
from poststelle.backup.manifest import BackupProblem
from poststelle.backup.restoring import Place
from poststelle.backup.taking import Installation, Taken
from poststelle.blobs import ObjectBlobs
from poststelle.cli import databases
from poststelle.cli.console import prepare, speaking
from poststelle.config import Config, ConfigError
from poststelle.lib.clock import SharedClock, SystemClock
from poststelle.opening import load_keys, open_blobs, open_database, whose_blobs
from poststelle.store import CannotConnect
from poststelle.store.opening import Opening, SchemaMismatch
from poststelle.store.tx import unheard
from poststelle.sync.one_time import Timekeeper

T = TypeVar("T")
DONE, NOT_WHOLE = 0, 1
_MOST_NAMED = 20
_KEY = "The key is not in it. Keep a copy of it elsewhere: without it nobody can use this backup."
_STAYS = (
    "{letters} messages that waited to be sent are drafts again, and {changes} other changes that Microsoft "
    "did not have yet were dropped: each mailbox names them."
)
_SEALED = "It is sealed with the key: nobody who lacks that has changed it."
_NOT_SEALED = "It has no seal: an older Poststelle made it, or somebody has taken the seal away."
_UNKNOWN_SEAL = "The key is not here, so nobody has looked whether somebody has changed it."
_UNPROVEN = (
    "The newest {entries} entries of the audit trail nothing had sealed. They are sealed now, "
    "which proves no more than that they are there today; the trail says so, too."
)
_HAD_ENDED = (
    "The restore had come to its end before, and only its mark was left, which is removed now. Nothing else "
    "was changed; the next backup names files that are missing."
)
_AFTER = (
    "Start the server as always. All people log in again; API tokens and people that were shut out since the "
    "backup are let in again. Each mailbox fetches from Microsoft what is newer. Names of people and contacts"
    " that were erased since the backup stand here again: erase them once more."
)


def make(config: Config, folder: Path, *, takes_over: bool = False) -> int:
    """Make or renew the backup, say so; return the code to end with. Raises ConfigError."""
    console = prepare(config)
    taken = _attempt(
        config, lambda: asyncio.run(_take(config, folder.absolute(), _teller(console), takes_over))
    )
    told = taken.manifest
    size = f"{_megabytes(told.octets + sum(part.size for part in told.parts))} MB"
    console.print(f"Backup of {told.made_at:%Y-%m-%d %H:%M:%S} UTC in {folder}: {size}.")
    console.print(f"Large files in it: {told.blobs:,}; copied now: {taken.new:,}. {_KEY}")
    return _told_of(console, taken.missing, taken.damaged)


def verify(config: Config, folder: Path) -> int:
    """Read a backup again, name what is damaged; return the code to end with. Raises ConfigError."""
    console = speaking()
    seal = _attempt(config, lambda: _seal(config, folder))
    bad = _attempt(config, lambda: taking.verify(folder, _teller(console)))
    for name in bad[:_MOST_NAMED]:
        console.print(f"missing or damaged: {name}")
    if bad:
        console.print(f"The backup is NOT whole: {len(bad)} parts. Make it again: it copies them anew.")
        return NOT_WHOLE
    console.print(f"The backup is whole. {seal}")
    return DONE


def _seal(config: Config, folder: Path) -> str:
    """What is to be said of who has made it. Raises BackupProblem where it was changed."""
    manifest.read(folder)
    try:
        ring = _ring(config)
    except ConfigError:
        return _UNKNOWN_SEAL
    return _SEALED if manifest.is_sealed(folder, ring) else _NOT_SEALED


def restore(
    config: Config, folder: Path, *, may_be_unsealed: bool = False, in_its_place: bool = False
) -> int:
    """Make an installation of it, say so; return the code to end with. Raises ConfigError."""
    console = prepare(config, may_be_new=True)
    place = _place(config)
    _require_owner(config.data_dir)
    work = restoring.restore(
        folder, place, _teller(console), may_be_unsealed=may_be_unsealed, in_its_place=in_its_place
    )
    done = _attempt(config, lambda: asyncio.run(work))
    if done is None:
        console.print(f"{_HAD_ENDED} {_AFTER}")
        return DONE
    console.print(f"Restored as of {done.manifest.made_at:%Y-%m-%d %H:%M:%S} UTC. {_AFTER}")
    tell_stopped(console, done.stopped)
    _tell_unproven(console, done.unproven)
    return _told_of(console, done.missing, done.damaged)


def put_back(config: Config, folder: Path | None) -> int:
    """Tell a database that others have put it back, bring it messages and files of a backup in ``folder``;
    return the code to end with. Raises ConfigError."""
    console = prepare(config)
    place = _place(config)
    _require_owner(config.data_dir)
    done = _attempt(config, lambda: asyncio.run(restoring.put_back(place, folder, _teller(console))))
    console.print(f"The database knows that it was put back. {_AFTER}")
    tell_stopped(console, done.stopped)
    _tell_unproven(console, done.unproven)
    return _told_of(console, done.missing, done.damaged)


def tell_stopped(console: Console, stopped: Stopped) -> None:
    """What was on its way to Microsoft, and is not done."""
    if any(stopped):
        console.print(_STAYS.format(letters=stopped.letters, changes=stopped.changes))


def _tell_unproven(console: Console, entries: int) -> None:
    """What of the trail was sealed without a proof that it is ours."""
    if entries:
        console.print(_UNPROVEN.format(entries=entries))


def _require_owner(folder: Path) -> None:
    """Files that we write are ours alone: in another user's data folder that one's server can't open them.

    A folder of root's that is open to us is nobody else's: so do volumes of containers look, whose server is
    the same user as we are.
    """
    if not folder.exists() or folder.stat().st_uid == os.geteuid():
        return
    if folder.stat().st_uid != 0:
        raise ConfigError(
            f"{folder} belongs to another user than you are. Run this as that one (`sudo -u`, `runuser -u`), "
            "so that the server can read what is restored."
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(
            f"{folder} belongs to root, and you can't write to it. Run this as the user that the server runs "
            "as, and give the folder to that one (`chown`)."
        )


def _told_of(console: Console, missing: Sequence[str], damaged: Sequence[str] = ()) -> int:
    """What is not as it should be, by name; the code to end with."""
    _name(console, missing, "files that the database names are not there")
    _name(console, damaged, "files are damaged where they were to be copied from, and were not")
    return NOT_WHOLE if missing or damaged else DONE


def _name(console: Console, names: Sequence[str], what: str) -> None:
    if names:
        console.print("\n  ".join([f"{len(names)} {what}:", *names[:_MOST_NAMED]]))


async def _take(config: Config, folder: Path, tell: Callable[[str], None], takes_over: bool) -> Taken:
    """The database keeps its schema: this may be the backup before an update, to which people return."""
    # No copies: a backup is of what is there, and would leave all of it in the place of what people read.
    config, clock = replace(config, blobs_cache=0), SharedClock(SystemClock())
    # Servers find what a backup notes by themselves.
    store = await open_database(config, unheard, clock, opening=Opening.AS_IT_IS)
    try:
        await Timekeeper(clock, store).learn()
        ring = await load_keys(config, store, clock)
        async with open_blobs(config, store, clock) as kept:
            blobs = kept if isinstance(kept, ObjectBlobs) else config.data_dir / taking.BLOBS
            of = Installation(store, ring, clock, config.direct_url, blobs)
            return await taking.take(of, folder, tell, takes_over=takes_over)
    finally:
        await store.close()


def _place(config: Config) -> Place:
    clock = SystemClock()
    return Place(
        config.data_dir,
        config.direct_url,
        _ring(config),
        clock,
        open_blobs=lambda store: open_blobs(config, store, clock, is_moving=True),
        whose_blobs=lambda: whose_blobs(config),
        blobs_at=None if config.blobs is None else str(config.blobs),
    )


def _ring(config: Config) -> KeyRing:
    """As the server would find it; but none is made."""
    try:
        return KeyRing(parse_keys(config.keys) if config.keys else read_keys(config.key_file))
    except FileNotFoundError as problem:
        raise ConfigError(
            f"The key is missing: put your copy of it at {config.key_file}, or set POSTSTELLE_KEY. "
            "A backup does not hold it."
        ) from problem
    except (BadKey, OSError) as problem:
        raise ConfigError(f"The key can't be used. {problem}") from problem


def _attempt(config: Config, work: Callable[[], T]) -> T:
    try:
        return work()
    except CannotConnect as problem:
        # Copies are made and filled past a pooler.
        which = "POSTSTELLE_DATABASE" + ("_DIRECT" if config.direct_url != config.database_url else "")
        raise ConfigError(f"{problem} The address is in {which}.") from problem
    except (BackupProblem, SchemaMismatch) as problem:
        raise ConfigError(str(problem)) from problem
    except databases.FAILURES as problem:
        raise databases.refusal(problem) from problem
    except OSError as problem:
        where = problem.filename or "The folder"
        raise ConfigError(f"{where} can't be used: {problem.strerror}.") from problem


def _teller(console: Console) -> Callable[[str], None]:
    return lambda text: console.print(f"{text} …")


def _megabytes(octets: int) -> str:
    return f"{octets / 1_000_000:,.1f}"
