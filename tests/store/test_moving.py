"""Rows from one kind of database to the other: all of them, in whatever way it is broken off, or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import apsw
import psycopg
import pytest
from tests.databases import run_sql
from tests.pg import Cluster
from tests.store.conftest import NOW, FakeClock
from tests.store.test_people_users import new_account, new_user

from poststelle.moving import copying, tables
from poststelle.moving.copying import MoveProblem, Taken, Talk
from poststelle.moving.sides import PostgresSide, SqliteSide
from poststelle.store import backups, holders, open_store
from poststelle.store.opening import BeingMoved, Opening
from poststelle.store.tx import Tx

_FUNCTION = """
create function meddle() returns trigger language plpgsql as $$ begin {deed}; return new; end $$
"""
_TRIGGER = "create trigger meddle before insert on {table} for each row execute function meddle()"
_SILENT = Talk(lambda _: None, lambda _: None)


async def _unheard(_: object) -> None:
    """Nobody listens."""


def _in_store(url: str, work: Callable[[Tx], object], opening: Opening = Opening.USUAL) -> None:
    async def run() -> None:
        store = await open_store(url, _unheard, FakeClock(), opening=opening)
        await store.write(work)
        await store.close()

    asyncio.run(run())


def _office(tx: Tx) -> None:
    """People and mailboxes."""
    for number in range(3):
        new_user(tx, f"user{number}")
        new_account(tx, f"info{number}@example.test")


def _as_full(side: SqliteSide) -> None:
    """It may grow by a few pages only, as on a disk that is full then."""
    [[pages]] = side.connection.execute("pragma page_count").fetchall()
    side.connection.execute(f"pragma max_page_count = {pages + 20}").fetchall()


@pytest.mark.parametrize("is_nested", [False, True])
def test_a_file_without_room_is_told_as_such(sqlite_url: str, *, is_nested: bool) -> None:
    """SQLite has taken back all by itself; what is told is why, and what was there before is as it was."""
    side = SqliteSide(sqlite_url.removeprefix("sqlite:///"))
    side.set_meta("known", "before")
    _as_full(side)
    much = "x" * 1_000_000
    with pytest.raises(apsw.FullError):
        if is_nested:
            with side.written():
                side.set_meta("known", much)
        else:
            side.set_meta("known", much)
    assert side.meta("known") == "before"
    with side.written():
        side.set_meta("known", "after")
    assert side.meta("known") == "after"
    side.close()


def test_what_fails_within_a_larger_whole_is_taken_back_by_itself(sqlite_url: str) -> None:
    """Where the larger one goes on, it is as if the smaller one had not been begun."""
    side = SqliteSide(sqlite_url.removeprefix("sqlite:///"))
    with side.written():
        side.set_meta("known", "before")
        with pytest.raises(TypeError):
            side.set_meta("known", object())  # type: ignore[arg-type]  # nothing that can be stored
    assert side.meta("known") == "before"
    side.close()


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
    assert copying.take_back(source) is Taken.UNFINISHED
    assert copying.take_back(source) is Taken.NOTHING
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
    """Onto the new one there is nothing more to do, also when it is in use; nor onto a third, which would be
    an old state by then."""
    source, target = urls
    moved = copying.move(source, target, _SILENT)
    third = postgres.new_database()
    with pytest.raises(MoveProblem, match="moved already"):
        copying.move(source, third, _SILENT)
    postgres.drop_database(third)
    assert copying.move(source, target, _SILENT) == moved
    _in_store(target, lambda tx: new_user(tx, "hired-later"))
    assert copying.move(source, target, _SILENT) == moved
    assert _rows(target, "users") == 4


def test_who_was_taken_back_is_not_taken_for_moved(urls: tuple[str, str], tmp_path: Path) -> None:
    """A copy of before the source went on is none of it."""
    source, target = urls
    copying.move(source, target, _SILENT)
    assert copying.take_back(source) is Taken.DONE
    _in_store(source, backups.end_move, Opening.TAKE_BACK)
    with pytest.raises(MoveProblem, match="an installation already"):
        copying.move(source, target, _SILENT)
    back = f"sqlite:///{tmp_path / 'back.db'}"
    _in_store(back, lambda _: None)
    assert copying.move(target, back, _SILENT).differences == ()
    with pytest.raises(MoveProblem, match="an installation already"):
        copying.move(source, target, _SILENT)


def test_each_target_is_an_attempt_of_its_own(urls: tuple[str, str], postgres: Cluster) -> None:
    """To one it was broken off, to another it was done: then the first is nobody's any more, and no server
    starts there beside those on the second."""
    source, given_up = urls
    used = postgres.new_database()
    _meddle(given_up, "loose_blobs", "if true then raise exception 'no'; end if")
    with pytest.raises(psycopg.errors.RaiseException):
        copying.move(source, given_up, _SILENT)
    assert copying.move(source, used, _SILENT).differences == ()
    _in_store(used, lambda tx: new_user(tx, "hired-later"))
    _leave_alone(given_up, "loose_blobs")
    with pytest.raises(MoveProblem, match="another attempt"):
        copying.move(source, given_up, _SILENT)
    with pytest.raises(BeingMoved):
        _in_store(given_up, _office)
    postgres.drop_database(used)


@pytest.mark.parametrize("is_back", [False, True])
def test_a_server_that_stood_still_meanwhile_writes_nothing(
    urls: tuple[str, str], tmp_path: Path, is_back: bool
) -> None:
    """It has the old database open, and knows nothing of the move; taken back, the database is as before."""
    old, new = urls
    if is_back:
        copying.move(old, new, _SILENT)
        old, new = new, f"sqlite:///{tmp_path / 'back.db'}"
        _in_store(new, lambda _: None)

    async def run() -> None:
        store = await open_store(old, _unheard, FakeClock())
        await store.write(_hold)
        assert (await asyncio.to_thread(copying.move, old, new, _SILENT)).differences == ()
        for work in (lambda tx: new_user(tx, "lost"), _rename, _forget):
            with pytest.raises((apsw.ConstraintError, psycopg.errors.RaiseException), match="was moved"):
                await store.write(work)
        assert copying.take_back(old) is Taken.DONE
        await store.write(new_user, "after")
        await store.close()

    asyncio.run(run())
    with pytest.raises(BeingMoved):  # until it knows that its state is an earlier one
        _in_store(old, _office)


def _rename(tx: Tx) -> None:
    tx.run("jump_sequences", jump=1, of_accounts=1)


def _hold(tx: Tx) -> None:
    backups.hold(tx, "one", NOW, NOW)


def _forget(tx: Tx) -> None:
    tx.run("end_all_backup_holds")


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ("update users set name = 'a' || char(0) || 'b' where id = 2", "users: row 2 is not taken"),
        ("update users set name = cast(x'61edb08062' as text) where id = 2", "users: row 2 can't be read"),
        (
            "update users set login_key = cast(x'61edb08062' as text) where id = 3",
            "users: row 3 can't be read",
        ),
        (
            "insert into grants (account_id, user_id, level, granted_at) values (1, 99, 1, 0)",
            "grants: row .*99 is not taken",
        ),
        (
            "insert into settings (key, value, changed_at) values (cast(x'ff62' as text), '1', 0)",
            "A row of settings can't be read",
        ),
    ],
    ids=["zero", "half a letter", "in a unique column", "orphan", "in a key"],
)
def test_a_row_that_the_target_cannot_hold_is_named(urls: tuple[str, str], fault: str, named: str) -> None:
    """With what to do about it."""
    source, target = urls
    database = apsw.Connection(source.removeprefix("sqlite:///"))  # whose references nobody looks at
    database.execute(fault).fetchall()
    database.close()
    with pytest.raises(MoveProblem, match=f"{named}.*take-back"):
        copying.move(source, target, _SILENT)
    assert copying.take_back(source) is Taken.UNFINISHED


def test_a_page_of_large_rows_is_a_short_one(urls: tuple[str, str], tmp_path: Path) -> None:
    """However large bodies are, some megabytes of them are in memory at a time."""
    source, target = urls
    large = f"insert into settings (key, value, changed_at) values ('large.{{}}', '\"{'x' * 900_000}\"', 0)"
    for number in range(20):
        run_sql(source, large.format(number))
    assert copying.move(source, target, _SILENT).differences == ()
    database = apsw.Connection(source.removeprefix("sqlite:///"))
    [table] = [one for one in tables.of(database) if one.name == "settings"]
    database.close()
    for side in (SqliteSide(source.removeprefix("sqlite:///")), PostgresSide(target)):
        assert len(side.page(table, None, 1_000)) == 9
        side.close()


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
