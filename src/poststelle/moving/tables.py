"""What is to be copied: the tables of a SQLite database, each after those whose rows it names."""

from collections.abc import Iterable
from dataclasses import dataclass
from graphlib import TopologicalSorter

import apsw

NOT_COPIED = frozenset({"meta", "holders", "documents", "search_progress", "search_due", "search_gone"})
"""The schema's own books, the names of running programs, and the books of the search index, which is each
database's own and made anew."""
_INDEX = "message_words"


@dataclass(frozen=True, slots=True)
class Table:
    """``key``: its primary key's columns in order. ``types``: of those, ``int8`` or ``text``."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    types: tuple[str, ...]

    def key_of(self, row: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(row[self.columns.index(name)] for name in self.key)


def of(database: apsw.Connection) -> list[Table]:
    """Parents before children."""
    found = {table.name: table for table in _tables(database)}
    parents = {name: _parents(database, name) & found.keys() for name in found}
    return [found[name] for name in TopologicalSorter(parents).static_order()]


def is_copied(name: str) -> bool:
    return name not in NOT_COPIED and not name.startswith((_INDEX, "sqlite_"))


def _tables(database: apsw.Connection) -> Iterable[Table]:
    listed = database.execute("select name from pragma_table_list where schema = 'main' and type = 'table'")
    for (name,) in listed.fetchall():
        if is_copied(str(name)):
            yield _table(database, str(name))


def _table(database: apsw.Connection, name: str) -> Table:
    told = database.execute("select name, type, pk from pragma_table_info(?) order by cid", (name,))
    columns = [(str(column), str(kind), int(str(place))) for column, kind, place in told]
    key = sorted((place, column, kind) for column, kind, place in columns if place)
    return Table(
        name,
        tuple(column for column, _, _ in columns),
        tuple(column for _, column, _ in key),
        tuple("text" if kind.lower() == "text" else "int8" for _, _, kind in key),
    )


def _parents(database: apsw.Connection, name: str) -> set[str]:
    """Other tables whose rows this one names."""
    found = database.execute('select "table" from pragma_foreign_key_list(?)', (name,)).fetchall()
    return {str(parent) for (parent,) in found} - {name}
