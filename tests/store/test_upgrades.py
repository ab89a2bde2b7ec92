"""Data of every earlier schema, opened by this program: it ends at the same tables, and no row is lost.

``earlier_schemas`` has each schema that there was, as its program made it, without its comments. A new
version adds the one before, and the hash of its own to ``HASHES``. Numbers that lack were never in use, only
between two changes that belong together (8), or only on branches before they were merged (15, 43, 44).
"""

import asyncio
import hashlib
import re
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import psycopg
import pytest
from psycopg import sql
from tests.databases import empty_postgres_url, empty_url, postgres, run_sql
from tests.store.conftest import NOW, FakeClock
from tests.store.earlier_schemas import VERSIONS, schema
from tests.store.test_schema import SCHEMA

from poststelle.settings import keyring, rotation
from poststelle.store import accounts, backups, open_store
from poststelle.store.engines import partitions_postgres, words_sqlite
from poststelle.store.opening import OLDEST_AS_IT_IS, SCHEMA_VERSION, Opening, SchemaMismatch
from poststelle.store.tx import ReadTx

__all__ = ["empty_postgres_url", "empty_url", "postgres"]

HASHES = {
    48: "1320674ce30bb0a1379594342b0765eea4a65f81e194932b1dd74bc888c10190",
    49: "7b1f3fb94db59d58632e89d46ada86a89e4e29ef2727bdef0c0a6098ce036d5d",
    50: "7b1f3fb94db59d58632e89d46ada86a89e4e29ef2727bdef0c0a6098ce036d5d",
    51: "cbfc48b56038654575d96212392769c3c5b8bed311c34e5a3f81926aff8d65d0",
    54: "753be9b0a5f39097ce0c02eabcb44c9da6300e92a1ef5ea2ef77cc551270c698",
    55: "a90c1b229b306c51f24130ba52addc5c48f2c5ec8cf5d669ead098d11c090054",
    56: "0fb2a2f626d3b628a6287aa0673d4a11b42afeb02301b685bc3dd5bdebc561b4",
    57: "4b6061426f8bfb5e173575f2435366169486c3fac3a8be34369d864170c7b56a",
    58: "e0ed6f9da91160430d337aee74ec90c98113b89a03afb7f32c5399166b5e6c20",
    59: "3ec29ffa80313cb7a7e927039b654f760b9836150b41c3c8467311d5dc63048a",
    60: "3ec29ffa80313cb7a7e927039b654f760b9836150b41c3c8467311d5dc63048a",
}
"""Of ``schema.sql`` without comments, by version. What was released is never changed here."""
_EACH = 3
_WORDS = """
create table message_words (rowid bigint primary key, words text not null, lexemes tsvector not null);
create index message_words_by_lexeme on message_words using gin (lexemes);
"""
_WORDS_BY_ACCOUNT = """
create table message_words (
    account_id bigint not null, rowid bigint not null, words text not null, lexemes tsvector not null,
    primary key (account_id, rowid)
);
create index message_words_by_lexeme on message_words using gin (lexemes);
"""
_BY_ACCOUNT_SINCE = 48
_OBJECTS = frozenset(
    {"addresses", "envelope", "delivery", "detail", "payload", "undo", "quiet_hours", "mail_page"}
)
_LISTS = frozenset({"categories", "keywords", "in_reply_to", "refs", "marks", "fields", "types"})

Rows = dict[str, int]
Shape = dict[tuple[str, str], list[str]]


def bare(text: str) -> str:
    """A schema without comments and the way it is set."""
    return re.sub(r"\s+", " ", re.sub(r"--.*", "", text)).strip()


def test_a_changed_schema_is_a_new_version() -> None:
    """Databases that are there have the old one: without a new number nothing brings them to this one."""
    found = hashlib.sha256(bare(SCHEMA.read_text()).encode()).hexdigest()
    assert HASHES.get(SCHEMA_VERSION) == found, (
        f"schema.sql has changed: give it a new SCHEMA_VERSION with a migration, add the schema before by "
        f"tests.store.earlier_schemas, and {found} to HASHES"
    )
    for version in VERSIONS:
        if version in HASHES:
            assert hashlib.sha256(bare(schema(version)).encode()).hexdigest() == HASHES[version]
    assert max(VERSIONS) < SCHEMA_VERSION


def _schema(version: int) -> tuple[str, int]:
    """Its text, and the lowest version of a program that may open it."""
    text = schema(version)
    found = re.match(r"-- schema \d+, oldest code (\d+)\n", text)
    assert found is not None
    return text, int(found[1])


def _filled(text: str, blob: str, clustered: str, words: str) -> str:
    text = partitions_postgres.fill(text, 0)
    return text.replace("{blob}", blob).replace("{clustered}", clustered).replace("{message_words}", words)


def _value(column: str, kind: str, n: int) -> Any:
    """Something that a program could have written there."""
    if "blob" in kind or "bytea" in kind:
        return b"\x01" + bytes([n]) * 40
    if "int" in kind:
        if column.startswith(("is_", "has_", "may_")):
            return n % 2
        if column.endswith("_at") or column in {"at", "since", "until"}:
            return 1_780_000_000_000 + n
        return 1 + n % 4 if column == "level" else n
    if column in _OBJECTS:
        return "{}"
    return "[]" if column in _LISTS else f"{column}{n}"


def _stamps(version: int, oldest: int) -> Sequence[tuple[str, str]]:
    return [("schema_version", str(version)), ("oldest_code", str(oldest))]


def make_empty(url: str, version: int) -> None:
    """A database of an earlier schema in which nothing is stored."""
    (_make_sqlite if url.startswith("sqlite") else _make_postgres)(url, version, each=0)


def _make_sqlite(url: str, version: int, each: int = _EACH) -> Rows:
    text, oldest = _schema(version)
    with closing(apsw.Connection(url.removeprefix("sqlite:///"))) as database, database:
        database.execute(_filled(text, "blob", "without rowid", words_sqlite.SCHEMA))
        database.executemany("insert into meta values (?, ?)", _stamps(version, oldest))
        for table in _sqlite_tables(database):
            columns = database.execute(f"pragma table_info({table})").fetchall()
            text = f"insert into {table} values ({','.join('?' * len(columns))})"
            for n in range(1, each + 1):
                database.execute(text, [_value(one[1], one[2].lower(), n) for one in columns])
        return dict.fromkeys(_sqlite_tables(database), each)


def _sqlite_tables(database: apsw.Connection) -> list[str]:
    found = database.execute(
        "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'"
        " and name not like 'message_words%' and name <> 'meta'"
    )
    return [name for (name,) in found]


def _make_postgres(url: str, version: int, each: int = _EACH) -> Rows:
    text, oldest = _schema(version)
    words = _WORDS_BY_ACCOUNT if version >= _BY_ACCOUNT_SINCE else _WORDS
    with psycopg.connect(url) as database:
        database.execute(_filled(text, "bytea", "", words).encode())
        database.cursor().executemany("insert into meta values (%s, %s)", _stamps(version, oldest))
        database.execute("set session_replication_role = replica")  # rows that name no others
        columns: dict[str, list[tuple[str, str]]] = {}
        for table, column, kind in database.execute(_COLUMNS).fetchall():
            columns.setdefault(table, []).append((column, kind))
        for table, named in columns.items():
            places = sql.SQL(", ").join(sql.Placeholder() * len(named))
            insert = sql.SQL("insert into {} values ({})").format(sql.Identifier(table), places)
            for n in range(1, each + 1):
                database.execute(insert, [_value(column, kind, n) for column, kind in named])
    return dict.fromkeys(columns, each)


_COLUMNS = """
select table_name, column_name, data_type from information_schema.columns
where table_schema = current_schema() and table_name not in ('meta', 'message_words')
order by table_name, ordinal_position
"""


def _counts(url: str, tables: Iterable[str]) -> Rows:
    if url.startswith("sqlite"):
        with closing(apsw.Connection(url.removeprefix("sqlite:///"))) as database:
            return {name: database.execute(f"select count(*) from {name}").fetchone()[0] for name in tables}
    with psycopg.connect(url) as server:
        found = {}
        for name in tables:
            row = server.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(name))).fetchone()
            found[name] = 0 if row is None else int(row[0])
        return found


def _count(database: apsw.Connection, table: str) -> int:
    [(count,)] = database.execute(f"select count(*) from {table}")
    return int(str(count))


def _shape(url: str) -> Shape:
    """Columns with their types, keys and indexes; the order of columns is each database's own."""
    found: Shape = {}
    for kind, table, told in _shape_of_sqlite(url) if url.startswith("sqlite") else _shape_of_postgres(url):
        found.setdefault((table, kind), []).append(told)
    return {key: sorted(told) for key, told in found.items()}


def _shape_of_sqlite(url: str) -> Iterable[tuple[str, str, str]]:
    with closing(apsw.Connection(url.removeprefix("sqlite:///"))) as database:
        for table in _sqlite_tables(database):
            for _, name, kind, needed, usual, place in database.execute(f"pragma table_info({table})"):
                yield "columns", table, str((name, kind.lower(), needed, usual, place))
            for _, _, parent, ours, theirs, _, gone, _ in database.execute(
                f"pragma foreign_key_list({table})"
            ):
                yield "parents", table, str((parent, ours, theirs, gone))
            for _, index, is_unique, origin, _ in database.execute(f"pragma index_list({table})").fetchall():
                told = [row[2] for row in database.execute(f"pragma index_info({index})")]
                text = database.execute("select sql from sqlite_schema where name = ?", (index,)).fetchone()
                words = bare(text[0]).casefold() if text and text[0] else ""
                yield "indexes", table, str((is_unique, origin, told, words))


def _shape_of_postgres(url: str) -> Iterable[tuple[str, str, str]]:
    with psycopg.connect(url) as server:
        for table, *told in server.execute(
            "select table_name, column_name, data_type, is_nullable, column_default"
            " from information_schema.columns where table_schema = current_schema()"
        ).fetchall():
            yield "columns", table, str(told)
        for table, told in server.execute(
            # A primary key is called after the table that a migration made, which had another name.
            "select tablename, regexp_replace(indexdef, 'INDEX \\w+_pkey ', 'INDEX ')"
            " from pg_indexes where schemaname = current_schema()"
            " and tablename <> 'message_words'"
        ).fetchall():
            yield "indexes", table, str(told)
        for table, *told in server.execute(
            "select conrelid::regclass::text, contype::text, pg_get_constraintdef(oid) from pg_constraint"
            " where connamespace = current_schema()::regnamespace and conrelid <> 0"
        ).fetchall():
            yield "keys", table, str(told)


async def _unheard(_: object) -> None:
    """Nobody listens."""


def _open(url: str) -> None:
    async def run() -> None:
        store = await open_store(url, _unheard, FakeClock())
        await store.read(accounts.get_many, [])
        await store.close()

    asyncio.run(run())


@pytest.fixture(scope="module")
def fresh_shapes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Shape]:
    """What each kind of database has at the end, once it was asked for."""
    return {}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_data_of_an_earlier_schema_is_brought_up_to_date(
    kind: str, version: int, fresh_shapes: dict[str, Shape], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The same columns, keys and indexes as in a new database, and every row of every table."""
    url, new = f"sqlite:///{tmp_path / 'old.db'}", f"sqlite:///{tmp_path / 'new.db'}"
    if kind == "postgres":
        cluster = request.getfixturevalue("postgres")
        url = cluster.empty_database()
        request.addfinalizer(lambda: cluster.drop_database(url))
        new = request.getfixturevalue("postgres_url")
    before = (_make_sqlite if kind == "sqlite" else _make_postgres)(url, version)
    _open(url)
    if kind not in fresh_shapes:
        _open(new)
        fresh_shapes[kind] = _shape(new)
    found = _shape(url)
    assert found == fresh_shapes[kind]
    after = _counts(url, before)
    assert {name: rows for name, rows in after.items() if rows < before[name]} == {}


def _read_for_a_backup(tx: ReadTx) -> None:
    """What ``poststelle backup`` asks of a database."""
    assert tx.one("get_setting", key=keyring.CHECK) is None
    backups.blobs_needed(tx, "", 10)
    rotation.headers(tx)


@pytest.mark.parametrize("version", [one for one in VERSIONS if one >= 40])
def test_a_backup_leaves_the_schema_as_it_is(version: int, tmp_path: Path) -> None:
    """It may be the one before an update, to which the older program returns; what is too old is refused."""
    url = f"sqlite:///{tmp_path / 'old.db'}"
    _make_sqlite(url, version)

    async def run() -> None:
        store = await open_store(url, _unheard, FakeClock(), opening=Opening.AS_IT_IS)
        await store.read(_read_for_a_backup)
        await store.write(backups.hold, "one", NOW, NOW)
        await store.close()

    if version < OLDEST_AS_IT_IS:
        with pytest.raises(SchemaMismatch, match="much older"):
            asyncio.run(run())
    else:
        asyncio.run(run())
    with closing(apsw.Connection(url.removeprefix("sqlite:///"))) as database:
        [(stamp,)] = database.execute("select value from meta where key = 'schema_version'")
    assert int(stamp) == version


@pytest.mark.parametrize("opening", [one for one in Opening if one is not Opening.USUAL])
def test_only_a_usual_start_makes_an_installation(empty_url: str, opening: Opening) -> None:
    """A backup, a move and its way back find nothing in an empty database, and leave nothing there."""
    with pytest.raises(SchemaMismatch, match="There is no installation"):
        asyncio.run(open_store(empty_url, _unheard, FakeClock(), opening=opening))
    tables = "select count(*) from " + (
        "sqlite_schema" if empty_url.startswith("sqlite") else "pg_tables where schemaname = 'public'"
    )
    assert run_sql(empty_url, tables) == [(0,)]


def test_numbers_of_mailboxes_that_a_restore_made_too_large_are_mended(tmp_path: Path) -> None:
    """The search index can't hold them: the next mailbox has one that it can."""
    url = f"sqlite:///{tmp_path / 'old.db'}"
    _make_sqlite(url, 48)
    with closing(apsw.Connection(str(tmp_path / "old.db"))) as database, database:
        database.execute("insert into sequences values ('accounts', 100000004)")
    _open(url)
    with closing(apsw.Connection(str(tmp_path / "old.db"))) as database:
        [(value,)] = database.execute("select next_value from sequences where name = 'accounts'")
    assert value == 1_004


def test_drafts_written_in_answer_before_that_was_kept_are_known_as_answers(tmp_path: Path) -> None:
    """By what lay in their thread before them; a draft of another program is none of ours."""
    url, file = f"sqlite:///{tmp_path / 'old.db'}", str(tmp_path / "old.db")
    _make_sqlite(url, 58)
    with closing(apsw.Connection(file)) as database, database:
        database.execute("create temp table older as select * from messages")
        database.execute("update older set id = id + 10, is_draft = 0, remote_id = remote_id || 'x'")
        database.execute("insert into messages select * from older where thread_id < 3")
        database.execute("update messages set id = id + 100 where id < 10")
        database.execute("update drafts set message_id = message_id + 100")
        database.execute("update drafts set key = 'others-2' where message_id = 102")
    _open(url)
    with closing(apsw.Connection(file)) as database:
        found = list(database.execute("select message_id, is_answer from drafts order by message_id"))
    assert found == [(101, 1), (102, 0), (103, 0)]
