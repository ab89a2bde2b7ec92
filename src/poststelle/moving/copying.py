"""The move itself: all rows over, then all rows compared, and only then may a server start on the copy.

    source: ──mark, fence──> being moved (no server starts on it, or writes) ────────────> moved
    target: ──schema, mark──> being filled ──rows, each page with how far──> compared ──> an installation

Both marks name the same attempt. One that was broken off goes on where it was; one that was given up
(``take_back``) leaves a target that no other attempt goes on with.
"""

import json
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import apsw
import psycopg

from poststelle.lib.ids import new_key
from poststelle.moving import tables as all_tables
from poststelle.moving.sides import Busy, Lent, PostgresSide, Side, SqliteSide, Values
from poststelle.moving.tables import Table
from poststelle.store.engines.refusals_postgres import CannotConnect
from poststelle.store.marks import BEING_FILLED, FILLED, IS_BEING_RESTORED, MOVED
from poststelle.store.opening import SCHEMA_VERSION

_SQLITE = "sqlite:///"
OLD, NEW = "The old database: ", "The new database: "
_ROWS = 1_000
_BEAT_S = 12.0  # a heart that is alive beats meanwhile
_TELL_EVERY_S = 2.0
_MOST_TOLD = 20
_CORRECT = (
    "Run `poststelle migrate-store --take-back`, correct it in the old database, and begin anew with an empty"
    " one."
)
# What a row is to blame for.
_UNFIT = (psycopg.DataError, psycopg.IntegrityError, apsw.ConstraintError, apsw.MismatchError, UnicodeError)


class MoveProblem(Exception):
    """It can't be done; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that is not the same on both sides. ``key``: of its table's."""

    table: str
    key: Values
    why: str


@dataclass(frozen=True, slots=True)
class Moved:
    """``tables`` with how many rows each; ``differences``: the first ones, where the copy is not the same."""

    tables: int
    rows: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Talk:
    """How it is told, and how it waits (in seconds)."""

    tell: Callable[[str], None]
    wait: Callable[[float], None] = time.sleep


def is_to_be_made(source: str, target: str) -> bool:
    """Whether the target is empty or not there at all, so that its schema is to be made, or renewed.

    Changes nothing. Raises MoveProblem where the source is not to be moved there.
    """
    _check_kinds(source, target)
    with closing(_side(source, OLD)) as old:
        moved = old.meta(MOVED)
        if is_sqlite(target) and not _is_there(target, NEW):
            _check_free(moved, is_empty=True)
            return True
        with closing(_side(target, NEW)) as new:
            if _is_done(old, new) or new.meta(BEING_FILLED) is not None:
                return False
            # Whose tables lack our own one are somebody else's, or none: the schema says so.
            is_empty = new.meta("schema_version") is None or new.is_empty()
            _check_free(moved, is_empty)
            return True


def move(source: str, target: str, talk: Talk) -> Moved:
    """Copy the installation at one database address to the other kind's, and compare all rows; where that was
    done already, nothing more.

    Both have the schema already. Raises MoveProblem, and leaves both as they are but for what is said above.
    """
    with _Opened(source, target) as both:
        if _is_done(both.source, both.target):
            return Moved(len(both.tables), sum(map(both.source.count, both.tables)), ())
        try:
            attempt = _begun(both, target, talk)
            both.source.hold(both.tables)
        except Busy as problem:
            raise MoveProblem("Somebody writes to the database. Stop all servers first.") from problem
        done = _copy(both, attempt, talk)
        differences = _compare(both, talk)
        if not differences:
            both.source.set_meta(MOVED, attempt.mark(target, is_done=True))
            both.source.let_go()
            _finish(both, attempt)
        return Moved(len(both.tables), sum(done.values()), tuple(differences))


class Taken(StrEnum):
    """What there was to take back: nothing, a move that had not ended, or one that had."""

    NOTHING = "nothing"
    UNFINISHED = "unfinished"
    DONE = "done"


def take_back(source: str) -> Taken:
    """Have the source's tables take what is written again.

    Of a move that had ended the mark stays, and no server starts: somebody may have used the other database
    since, so what is here is an earlier state, and is to be told so first (``backup.beginning``).
    """
    side = _side(source, OLD)
    try:
        mark = side.meta(MOVED)
        side.open_again()
        if mark is None:
            return Taken.NOTHING
        if json.loads(mark)["is_done"]:
            return Taken.DONE
        side.set_meta(MOVED, None)
        return Taken.UNFINISHED
    except Busy as problem:
        raise MoveProblem("Somebody writes to the database.") from problem
    finally:
        side.close()


class _Opened:
    """Both sides, for one ``with``."""

    def __init__(self, source: str, target: str) -> None:
        _check_kinds(source, target)
        self.source, self.target = _side(source, OLD), _side(target, NEW)
        sqlite = self.source if isinstance(self.source, SqliteSide) else self.target
        assert isinstance(sqlite, SqliteSide)  # one of them is
        self.tables = all_tables.of(sqlite.connection)

    def __enter__(self) -> "_Opened":
        return self

    def __exit__(self, _: object, problem: BaseException | None, __: object) -> None:
        """What has gone wrong is told, and not what goes wrong because of it."""
        follows = () if problem is None else (apsw.Error, psycopg.Error)
        with suppress(*follows):
            self.target.close()
        with suppress(*follows):
            self.source.close()


def is_sqlite(url: str) -> bool:
    return url.startswith(_SQLITE)


def _check_kinds(source: str, target: str) -> None:
    if is_sqlite(source) == is_sqlite(target):
        raise MoveProblem(
            "Both databases are of the same kind. Copy one by its own means, or by "
            "`poststelle backup` and `poststelle restore`."
        )


def _side(url: str, which: str) -> Side:
    """Raises MoveProblem, that begins with ``which`` it is, where it can't be opened or is being restored."""
    side = _any_side(url, which)
    if side.is_being_restored():
        side.close()
        raise MoveProblem(f"{which}{IS_BEING_RESTORED}")
    return side


def _any_side(url: str, which: str) -> Side:
    try:
        if not is_sqlite(url):
            return PostgresSide(url)
        if not _is_there(url, which):
            raise MoveProblem(f"{which}There is none at {_path(url)}.")
        return SqliteSide(str(_path(url)))
    except CannotConnect as problem:
        raise MoveProblem(f"{which}{problem}") from problem
    except Lent as problem:
        raise MoveProblem(
            "A database is moved past the pooler: set POSTSTELLE_DATABASE_DIRECT, or what is given as the"
            " new address, to PostgreSQL's own."
        ) from problem


def _path(url: str) -> Path:
    return Path(url.removeprefix(_SQLITE))


def _is_there(url: str, which: str) -> bool:
    """Whether the file is. Raises MoveProblem where nobody lets us look."""
    try:
        return _path(url).exists()
    except OSError as problem:
        raise MoveProblem(f"{which}{_path(url)} can't be opened: {problem.strerror}.") from problem


def _is_done(source: Side, target: Side) -> bool:
    """Whether it was this source that the target was filled from, to the end, and that rests since."""
    moved = source.meta(MOVED)
    if moved is None or not json.loads(moved)["is_done"]:
        return False
    return target.meta(BEING_FILLED) is None and target.meta(FILLED) == json.loads(moved)["attempt"]


def _check_free(moved: str | None, is_empty: bool) -> None:
    """``moved``: the source's mark. Raises MoveProblem where no attempt can begin."""
    if moved is not None and (json.loads(moved)["is_done"] or not is_empty):
        raise MoveProblem(
            "This installation was moved already, or is being moved to another database. "
            "To begin anew: `poststelle migrate-store --take-back`."
        )
    if not is_empty:
        raise MoveProblem("The target holds an installation already. Give it a new, empty database.")


def _begun(both: _Opened, target: str, talk: Talk) -> "_Attempt":
    """This attempt, or the one that was broken off. Raises MoveProblem."""
    filled, moved = both.target.meta(BEING_FILLED), both.source.meta(MOVED)
    is_empty = not any(both.target.has_rows(table) for table in both.tables)
    if filled is not None:
        return _gone_on_with(_Attempt.read(filled), moved)
    _check_free(moved, is_empty)
    attempt = _Attempt(new_key(), None, None)  # another for each target: what one has given up stays given up
    if moved is None:
        _require_rest(both.source, talk)
    both.source.begin(attempt.mark(target))
    both.target.set_meta(BEING_FILLED, attempt.written())
    return attempt


def _gone_on_with(attempt: "_Attempt", moved: str | None) -> "_Attempt":
    if moved is None or json.loads(moved)["attempt"] != attempt.name:
        raise MoveProblem(
            "The target holds what another attempt has left there. Give it a new, empty database."
        )
    return attempt


@dataclass(slots=True)
class _Attempt:
    """How far it has come: the rows up to the key ``after`` of ``table``; None: none yet."""

    name: str
    table: str | None
    after: Values | None

    def mark(self, target: str, *, is_done: bool = False) -> str:
        """What the source is marked with; no password is in it."""
        to = "SQLite" if is_sqlite(target) else "PostgreSQL"
        return json.dumps({"attempt": self.name, "to": to, "is_done": is_done})

    def written(self) -> str:
        told = {"attempt": self.name, "schema": SCHEMA_VERSION, "table": self.table, "after": self.after}
        return json.dumps(told)

    @classmethod
    def read(cls, mark: str) -> "_Attempt":
        """Raises MoveProblem where another version of this program has begun it: its tables are others."""
        told = json.loads(mark)
        if told["schema"] != SCHEMA_VERSION:
            raise MoveProblem("Another version of Poststelle has begun this. Give it a new, empty database.")
        after = told["after"]
        return cls(told["attempt"], told["table"], None if after is None else tuple(after))


def _require_rest(source: Side, talk: Talk) -> None:
    """Raises MoveProblem while a server runs."""
    before = source.beats()
    if not before:
        return
    talk.tell("Looking whether a server still runs")
    talk.wait(_BEAT_S)
    after = source.beats()
    if any(after.get(name, beats) > beats for name, beats in before.items()):
        raise MoveProblem("A server still runs on this database. Stop all of them first.")


def _copy(both: _Opened, attempt: _Attempt, talk: Talk) -> dict[str, int]:
    """Rows by table."""
    counts = {table.name: both.source.count(table) for table in both.tables}
    progress = _Progress(talk, "Copied", sum(counts.values()))
    is_done = attempt.table is not None
    for table in both.tables:
        after = None
        if is_done:
            if table.name != attempt.table:
                progress.add(counts[table.name])
                continue
            is_done, after = False, attempt.after
            progress.add(both.target.count(table))
        _copy_table(both, table, after, attempt, progress)
    return counts


def _copy_table(
    both: _Opened, table: Table, after: Values | None, attempt: _Attempt, progress: "_Progress"
) -> None:
    """Each page and how far it goes are written together."""
    while rows := _page(both.source, table, after):
        after = table.key_of(rows[-1])
        attempt.table, attempt.after = table.name, after
        _write(both.target, table, rows, attempt)
        progress.add(len(rows))


def _page(source: Side, table: Table, after: Values | None) -> list[Values]:
    try:
        return source.page(table, after, _ROWS)
    except UnicodeError as problem:
        raise _unreadable(source, table, after) from problem


def _unreadable(source: Side, table: Table, after: Values | None) -> MoveProblem:
    """Names the first row from there on whose text is none."""
    keys = replace(table, columns=table.key)
    with suppress(UnicodeError):  # in a key itself
        for _ in range(_ROWS):
            [key] = source.page(keys, after, 1)
            try:
                source.page(table, after, 1)
            except UnicodeError as problem:
                return _at_row("can't be read", table, key, problem)
            after = key
    return MoveProblem(f"A row of {table.name} can't be read: a text in its key is none. {_CORRECT}")


def _at_row(what: str, table: Table, key: Values, problem: Exception) -> MoveProblem:
    words = f"{table.name}: row {', '.join(map(str, key))} {what} ({type(problem).__name__})"
    return MoveProblem(f"{words}. {_CORRECT}")


def _write(target: Side, table: Table, rows: Sequence[Values], attempt: _Attempt) -> None:
    try:
        with target.written():
            target.insert(table, rows)
            target.set_meta(BEING_FILLED, attempt.written())
    except _UNFIT as problem:
        raise _unfit(target, table, rows) from problem


def _unfit(target: Side, table: Table, rows: Sequence[Values]) -> MoveProblem:
    """Names the first row that the target does not take."""
    for row in rows:
        try:
            with target.written():
                target.insert(table, [row])
                raise _NotForGood
        except _NotForGood:
            continue
        except (*_UNFIT, psycopg.Error, apsw.Error) as problem:
            return _at_row("is not taken by the target", table, table.key_of(row), problem)
    return MoveProblem(f"The target does not take rows of {table.name}.")


class _NotForGood(Exception):
    """Rolls a trial back."""


def _compare(both: _Opened, talk: Talk) -> list[Difference]:
    """The first rows that are not the same, and tables with more rows than were copied."""
    progress = _Progress(talk, "Compared", sum(both.source.count(table) for table in both.tables))
    found: list[Difference] = []
    for table in both.tables:
        found += _compare_table(both, table, progress)
        if len(found) >= _MOST_TOLD:
            break
    return found[:_MOST_TOLD]


def _compare_table(both: _Opened, table: Table, progress: "_Progress") -> list[Difference]:
    found: list[Difference] = []
    after: Values | None = None
    while (rows := both.source.page(table, after, _ROWS)) and len(found) < _MOST_TOLD:
        keys = [table.key_of(row) for row in rows]
        there = {table.key_of(row): _plain(row) for row in both.target.same(table, keys)}
        for key, row in zip(keys, rows, strict=True):
            if there.get(key) != _plain(row):
                found.append(Difference(table.name, key, "other" if key in there else "missing"))
        after = keys[-1]
        progress.add(len(rows))
    if not found and both.source.count(table) != both.target.count(table):
        found.append(Difference(table.name, (), "more"))
    return found


def _plain(row: Values) -> Values:
    """Octets come in several types."""
    return tuple(bytes(value) if isinstance(value, memoryview) else value for value in row)


def _finish(both: _Opened, attempt: _Attempt) -> None:
    with both.target.written():
        both.target.begin_index_anew()
        both.target.set_meta(FILLED, attempt.name)
        both.target.set_meta(BEING_FILLED, None)


class _Progress:
    def __init__(self, talk: Talk, what: str, total: int) -> None:
        self._talk, self._what, self._total = talk, what, total
        self._done, self._told_at = 0, time.monotonic()

    def add(self, rows: int) -> None:
        self._done += rows
        if time.monotonic() - self._told_at >= _TELL_EVERY_S:
            self._told_at = time.monotonic()
            share = 100 * self._done // max(1, self._total)
            self._talk.tell(f"{self._what}: {self._done:,} of {self._total:,} rows ({share} %)")


def differences(found: Sequence[Difference]) -> list[str]:
    """In words."""
    words = {"other": "is not the same", "missing": "is missing", "more": "has rows that the source lacks"}
    return [
        f"{one.table}: row {', '.join(map(str, one.key))} {words[one.why]}"
        if one.key
        else f"{one.table} {words[one.why]}"
        for one in found
    ]
