"""What PostgreSQL is told of each table, and what its indexes are for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.databases import run_sql
from tests.store import plans
from tests.store.test_partitions import migrate

from poststelle.store.engines.sqlite import SqliteEngine, connect
from poststelle.store.engines.storage_postgres import SETTINGS
from poststelle.store.opening import SCHEMA_VERSION, create_schema
from poststelle.store.queries import for_sqlite, neutral, plain

_PAGE = Path(__file__).parents[2] / "docs/postgresql.md"
_OPTIONS = """
select coalesce(p.relname, c.relname), c.reloptions
from pg_class c left join pg_inherits i on i.inhrelid = c.oid left join pg_class p on p.oid = i.inhparent
where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace
"""
# Those that belong to no key.
_INDEXES = """
select i.relname, x.indisunique from pg_index x join pg_class i on i.oid = x.indexrelid
where i.relnamespace = current_schema()::regnamespace
  and not exists (select 1 from pg_constraint k where k.conindid = x.indexrelid)
"""


def _options(url: str) -> Iterator[tuple[str, dict[str, str]]]:
    for whole, told in run_sql(url, _OPTIONS):
        yield str(whole), dict(one.split("=") for one in told or ())  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["postgres_url", "partitioned_url"])
def test_each_table_is_vacuumed_as_its_rows_live(request: pytest.FixtureRequest, kind: str) -> None:
    """Whole or in parts; the settings name no table that isn't there."""
    found = list(_options(request.getfixturevalue(kind)))
    assert [(whole, told) for whole, told in found if told != SETTINGS.get(whole, {})] == []
    assert SETTINGS.keys() <= {whole for whole, _ in found}


def test_what_an_administrator_has_set_stays(postgres_url: str) -> None:
    """An update sets what is not set, and nothing else."""
    run_sql(postgres_url, "alter table messages set (fillfactor = 55)")
    run_sql(postgres_url, "alter table changes reset (autovacuum_vacuum_scale_factor)")
    migrate(postgres_url, SCHEMA_VERSION + 1, "create table stamps (id bigint primary key);")
    told = dict(_options(postgres_url))
    assert told["messages"] == {**SETTINGS["messages"], "fillfactor": "55"}
    assert told["changes"] == SETTINGS["changes"]


_TARGETS = """
select c.relname, a.attstattarget from pg_attribute a join pg_class c on c.oid = a.attrelid
where c.relkind in ('r', 'p') and c.relname like 'message_words%' and a.attname = 'lexemes'
"""


@pytest.mark.parametrize(("kind", "tables"), [("postgres_url", 1), ("partitioned_url", 5)])
def test_more_words_are_counted_in_each_table_and_what_was_set_stays(
    request: pytest.FixtureRequest, kind: str, tables: int
) -> None:
    url = request.getfixturevalue(kind)
    told = dict(run_sql(url, _TARGETS))
    assert (len(told), set(told.values())) == (tables, {1000})
    run_sql(url, "alter table only message_words alter column lexemes set statistics 500")
    migrate(url, SCHEMA_VERSION + 1, "create table stamps (id bigint primary key);")
    assert dict(run_sql(url, _TARGETS)) == told | {"message_words": 500}


def test_a_word_that_is_in_no_message_is_looked_for_in_the_index_of_words(postgres_url: str) -> None:
    """And not in each message from the newest on: a word that was not counted is not taken to be common."""
    run_sql(postgres_url, _MANY_WORDS)
    run_sql(postgres_url, "analyze message_words")
    [*plan] = run_sql(postgres_url, f"explain {_NEWEST_WITH_IT}")
    assert "message_words_by_lexeme" in str(plan)


# Each has a common word and twelve others of 20,000.
_MANY_WORDS = """
insert into message_words (account_id, rowid, words, lexemes)
select 1, n, '', array_to_tsvector(array['common'] || array(
    select distinct 'w' || ((n * 7919 + k * 104729) % 20000) from generate_series(1, 12) k))
from generate_series(1, 40000) n
"""
_NEWEST_WITH_IT = """
select rowid from message_words where account_id = 1 and lexemes @@ 'nowhere'::tsquery
order by rowid desc limit 50
"""


def _used_by_sqlite(folder: Path) -> set[str]:
    engine = SqliteEngine(str(folder / "a.db"))
    engine.prepare(create_schema)
    engine.close()
    used: set[str] = set()
    with closing(connect(str(folder / "a.db"), 2_000)) as database:
        for name in neutral():
            query = plain(for_sqlite, name)
            given = {each: "[]" if each in query.lists else 1 for each in query.names}
            plan = database.execute(f"explain query plan {query.text}", given)
            used |= {found for row in plan for found in re.findall(r"INDEX (\w+)", str(row[3]))}
    return used


def _used_by_postgres(connection: psycopg.Connection[Any]) -> set[str]:
    used = {index for _, plan in plans.plans(connection) for index in plan.indexes}
    return used | plans.plan_of(connection, "list_found_account_newest", mode="custom", terms="'r6'").indexes


def test_each_index_is_used_and_has_its_reason(postgres_url: str, tmp_path: Path) -> None:
    """By a statement's plan on one of both databases, with nothing forced, or it keeps rows apart."""
    with psycopg.connect(postgres_url) as connection:
        plans.fill(connection)
        found = dict(connection.execute(_INDEXES).fetchall())
        used = _used_by_postgres(connection) | _used_by_sqlite(tmp_path)
        connection.rollback()
    assert {name for name, is_unique in found.items() if not is_unique} - used == set()
    page = _PAGE.read_text()
    assert set(re.findall(r"^\| `(\w+)` \|", page.partition("## Indexes")[2], re.MULTILINE)) == found.keys()
