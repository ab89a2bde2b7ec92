"""What SQLite keeps beside a database while it is written to, and what becomes of it without its database.

Source: SQLite, "Temporary Files Used By SQLite" and "How To Corrupt An SQLite Database File", 1.4.
"""

from pathlib import Path

_INDEX = "-shm"  # of the log: SQLite makes it anew


class LogLeft(ValueError):
    """There is no database of that name, but what one of that name needs."""


def logs(path: Path) -> list[Path]:
    """The write-ahead log, its index and the rollback journal, whether they are there or not."""
    return [path.with_name(path.name + end) for end in ("-wal", _INDEX, "-journal")]


def require_no_log_left(path: Path) -> None:
    """Raises LogLeft where what a database needs that was taken away lies where a new one would be made.

    Its last commits, or what takes half a commit back: a server that was killed leaves it, has it nowhere
    else, and SQLite removes it when it makes a database of that name.
    """
    for log in logs(path):
        if _size(log) > 0 and _is_anothers(log, path):
            raise LogLeft(
                f"{log} belongs to the database that was taken away from {path}: it may hold what was"
                " stored there last. Move it to where that one is now, under that one's name with"
                f" {log.name.removeprefix(path.name)} behind it; or remove it if that one is not needed"
                " any more. Then run this again."
            )


def _is_anothers(log: Path, path: Path) -> bool:
    """Commits beside nothing are; nothing is what the journal of one that was just begun takes it back to."""
    if log.name.endswith(_INDEX):
        return False
    return not path.exists() if log.name.endswith("-journal") else _size(path) == 0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
