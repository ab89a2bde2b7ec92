"""Rows from one kind of database to the other: all of them, in whatever way it is broken off, or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import apsw
import psycopg
import pytest
from tests.pg import Cluster
from tests.store.conftest import FakeClock
from tests.store.test_people_users import new_account, new_user
from tests.store.test_schema import run_sql

from poststelle.moving import copying, tables
from poststelle.moving.copying import MoveProblem, Talk
from poststelle.store import holders, open_store
from poststelle.store.opening import BeingMoved
from poststelle.store.tx import Tx

_FUNCTION = """
create function meddle() returns trigger language plpgsql as $$ begin {deed}; return new; end $$
"""
_TRIGGER = "create trigger meddle before insert on {table} for each row execute function meddle()"
_SILENT = Talk(lambda _: None, lambda _: None)


async def _unheard(_: object) -> None:
    """Nobody listens."""


def _in_store(url: str, work: Callable[[Tx], object]) -> None:
    async def run() -> None:
        store = await open_store(url, _unheard, FakeClock())
        await store.write(work)
        await store.close()

    asyncio.run(run())


def _office(tx: Tx) -> None:
    """People and mailboxes."""
    for number in range(3):
        new_user(tx, f"user{number}")
        new_account(tx, f"info{number}@example.test")


@pytest.fixture
def urls(sqlite_url: str, postgres_url: str) -> tuple[str, str]:
    """A small office with rows for three pages in one table, and where it is to go."""
    _in_store(sqlite_url, _office)
    database = apsw.Connection(sqlite_url.removeprefix("sqlite:///"))
    rows = ((f"{number:064x}",) for number in range(2_345))
    with database:
        database.executemany("insert into loose_blobs (sha256) values (?)", rows)
    database.close()
    return sqlite_url, postgres_url


def _rows(url: str, table: str) -> int:
    [(count,)] = run_sql(url, f"select count(*) from {table}")  # type: ignore[misc]
    return int(str(count))


def _meddle(url: str, table: str, deed: str) -> None:
    """PostgreSQL does so with each new row."""
    run_sql(url, _FUNCTION.format(deed=deed))
    run_sql(url, _TRIGGER.format(table=table))


def _leave_alone(url: str, table: str) -> None:
    run_sql(url, f"drop trigger meddle on {table}")


@pytest.mark.parametrize(
    ("table", "when"),
    [("users", "true"), ("accounts", "new.id = 3"), ("loose_blobs", f"new.sha256 = '{2_100:064x}'")],
)
def test_what_was_broken_off_goes_on(urls: tuple[str, str], table: str, when: str) -> None:
    """Wherever that was. Meanwhile no server starts, on neither."""
    source, target = urls
    _meddle(target, table, f"if {when} then raise exception 'no'; end if")
    for _ in range(2):
        with pytest.raises(psycopg.errors.RaiseException):
            copying.move(source, target, _SILENT)
    for url in urls:
        with pytest.raises(BeingMoved):
            _in_store(url, _office)
    _leave_alone(target, table)

    moved = copying.move(source, target, _SILENT)

    assert moved.differences == ()
    assert {name: _rows(target, name) for name in ("users", "accounts", "loose_blobs")} == {
        "users": 3,
        "accounts": 3,
        "loose_blobs": 2_345,
    }
    with pytest.raises(BeingMoved, match="take-back"):
        _in_store(source, _office)


def test_a_row_that_differs_is_found_and_no_server_starts_on_it(urls: tuple[str, str]) -> None:
    """By its key; after that the old one can be taken back, and the half copy is of no further use."""
    source, target = urls
    _meddle(target, "users", "if new.id = 2 then new.name := 'Eva'; end if")
    moved = copying.move(source, target, _SILENT)
    assert copying.differences(moved.differences) == ["users: row 2 is not the same"]
    with pytest.raises(BeingMoved, match="being filled"):
        _in_store(target, _office)
    assert copying.take_back(source)
    assert not copying.take_back(source)
    with pytest.raises(MoveProblem, match="another attempt"):
        copying.move(source, target, _SILENT)
    _in_store(source, lambda tx: new_user(tx, "later"))


def test_rows_that_the_source_lacks_are_found(urls: tuple[str, str]) -> None:
    source, target = urls
    _meddle(target, "users", "insert into loose_blobs values ('extra' || new.id)")
    moved = copying.move(source, target, _SILENT)
    assert copying.differences(moved.differences) == ["loose_blobs has rows that the source lacks"]


def test_not_onto_another_installation_nor_the_same_kind(urls: tuple[str, str], tmp_path: Path) -> None:
    source, target = urls
    _in_store(target, lambda tx: new_user(tx, "somebody"))
    with pytest.raises(MoveProblem, match="an installation already"):
        copying.move(source, target, _SILENT)
    with pytest.raises(MoveProblem, match="same kind"):
        copying.move(source, f"sqlite:///{tmp_path / 'x.db'}", _SILENT)
    _in_store(source, lambda tx: new_user(tx, "later"))


def test_not_while_a_server_runs(urls: tuple[str, str]) -> None:
    """One whose heart beats. One that was killed is none."""
    source, target = urls
    _in_store(source, lambda tx: holders.beat(tx, "server"))
    beating = Talk(lambda _: None, lambda _: _in_store(source, lambda tx: holders.beat(tx, "server")))
    with pytest.raises(MoveProblem, match="still runs"):
        copying.move(source, target, beating)
    assert copying.move(source, target, _SILENT).differences == ()


def test_not_while_somebody_writes(urls: tuple[str, str]) -> None:
    source, target = urls
    writing = apsw.Connection(source.removeprefix("sqlite:///"))
    writing.execute("begin immediate").fetchall()
    with pytest.raises(MoveProblem, match="Somebody writes"):
        copying.move(source, target, _SILENT)
    writing.close()
    assert copying.move(source, target, _SILENT).differences == ()


def test_moved_once_it_is_not_moved_again(urls: tuple[str, str], postgres: Cluster) -> None:
    """Not onto the new one, nor onto a third, which would be an old state by then."""
    source, target = urls
    copying.move(source, target, _SILENT)
    third = postgres.new_database()
    for where in (target, third):
        with pytest.raises(MoveProblem, match="moved already"):
            copying.move(source, where, _SILENT)
    postgres.drop_database(third)


def test_every_table_goes_but_those_named(sqlite_url: str) -> None:
    """A new table is copied by itself; what is left out stands in one list."""
    database = apsw.Connection(sqlite_url.removeprefix("sqlite:///"))
    found = {table.name for table in tables.of(database)}
    listed = run_sql(sqlite_url, "select name from sqlite_schema where type = 'table'")
    all_names = {str(name) for (name,) in listed if not str(name).startswith(("message_words", "sqlite_"))}
    assert all_names - found == tables.NOT_COPIED
    order = [table.name for table in tables.of(database)]
    for place, name in enumerate(order):
        told = run_sql(sqlite_url, f"select \"table\" from pragma_foreign_key_list('{name}')")
        assert {str(parent) for (parent,) in told} - {name} <= set(order[:place])
    database.close()
