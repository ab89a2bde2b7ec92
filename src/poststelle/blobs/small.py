"""Small blobs, together in one file of SQLite's.

Most mail is small, and a file of its own costs four waits for the disk.

Storing and removing are transactions, so they take turns between processes. What is
stored for the moment is not waited for: should the power fail, it may be missing
afterwards, and never broken. ``hold`` has it last.

Source: SQLite, "Write-Ahead Logging", "PRAGMA synchronous", "35% Faster Than The Filesystem".
"""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import apsw

_SCHEMA = """
pragma page_size = 8192;
pragma journal_mode = wal;
create table if not exists blobs (
    id integer primary key,
    sha256 blob not null unique,
    stored_at integer not null,
    content blob not null
);
create index if not exists blobs_by_time on blobs (stored_at);
"""
# Blobs share pages, so the later the log is put into the file, the less is written.
_SETTINGS = """
pragma synchronous = full;
pragma cache_size = -8000;
pragma journal_size_limit = 67108864;
pragma wal_autocheckpoint = 4000;
"""
_BUSY_MS = 10_000


class SmallBlobs:
    """Blobs by hash; instants are milliseconds since 1970. Made when first needed. Each call may wait."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: apsw.Connection | None = None

    def put(self, sha256: str, octets: bytes, at_ms: int, *, is_lasting: bool) -> None:
        """Store octets, or note that they came again. Not ``is_lasting``: without waiting for the disk."""
        with self._lock:
            # Only between transactions may the way to commit be another one.
            self._execute(f"pragma synchronous = {'full' if is_lasting else 'normal'}")
            self._execute(
                "insert into blobs (sha256, stored_at, content) values (?, ?, ?)"
                " on conflict (sha256) do update set stored_at = excluded.stored_at",
                (bytes.fromhex(sha256), at_ms, octets),
            )

    def get(self, sha256: str) -> bytes | None:
        with self._lock:
            rows = self._execute("select content from blobs where sha256 = ?", (bytes.fromhex(sha256),))
        return bytes(rows[0][0]) if rows else None

    def has(self, sha256: str) -> bool:
        with self._lock:
            return bool(self._execute("select 1 from blobs where sha256 = ?", (bytes.fromhex(sha256),)))

    def hold(self, hashes: Sequence[str], at_ms: int) -> bool:
        """Have them count as stored just now, on the disk for good; whether all are there."""
        with self._lock:
            self._execute("pragma synchronous = full")
            self._execute("begin immediate")
            try:
                for sha256 in hashes:
                    self._execute(
                        "update blobs set stored_at = ? where sha256 = ?", (at_ms, bytes.fromhex(sha256))
                    )
                    if not self._open().changes():
                        self._execute("rollback")
                        return False
                self._execute("commit")
            except BaseException:
                if self._open().in_transaction:
                    self._execute("rollback")
                raise
            return True

    def destroy(self, sha256: str, before_ms: int) -> bool:
        with self._lock:
            self._execute(
                "delete from blobs where sha256 = ? and stored_at < ?", (bytes.fromhex(sha256), before_ms)
            )
            return bool(self._open().changes())

    def stored_before(self, at_ms: int, since_ms: int = 0) -> list[str]:
        with self._lock:
            rows = self._execute(
                "select sha256 from blobs where stored_at >= ? and stored_at < ?", (since_ms, at_ms)
            )
        return [bytes(row[0]).hex() for row in rows]

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _execute(self, statement: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        return self._open().execute(statement, values).fetchall()

    def _open(self) -> apsw.Connection:
        if self._connection is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = apsw.Connection(str(self._path))
            self._connection.set_busy_timeout(_BUSY_MS)
            self._connection.execute(_SCHEMA).fetchall()
            self._connection.execute(_SETTINGS).fetchall()
        return self._connection
