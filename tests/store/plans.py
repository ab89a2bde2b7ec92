"""How PostgreSQL carries out the named statements, asked of a database that is full of made-up rows.

Each statement is prepared, planned for any values ("generic", as for whatever is asked often) and run; what
it changes is rolled back. Every table has rows of many accounts, found by its own columns, so that what a
plan would look up for each row of another table is really looked up.

Source: PostgreSQL, "PREPARE", "EXPLAIN", "Partition Pruning".
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from poststelle.store.queries import Where, for_psycopg, neutral

ACCOUNTS = 20
_EACH = 250  # rows of each account in each table
_COLUMNS = """
select c.relname, a.attname, format_type(a.atttypid, null) as kind,
       exists (select 1 from pg_index x
               where x.indrelid = c.oid and x.indisprimary and a.attnum = any(x.indkey))
from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = current_schema()::regnamespace
  and c.relname not in ('meta') order by c.oid, a.attnum
"""
# Words that lie gathered would make every search dear.
_TIDY = """
select gin_clean_pending_list(i.oid) from pg_class i join pg_am a on a.oid = i.relam
where a.amname = 'gin' and i.relkind = 'i'
"""
_PARAMETER = re.compile(r"%\((\w+)\)s(::[a-z]+\[\])?")
# What a parameter is, by its name, where any number does not do.
_VALUES = {
    "account": "7",
    "account_id": "7",
    "of": "7",
    "terms": "'t7'",
    **{f"word{number}": "'%'" for number in range(1, 5)},
    "direction": "''",
    "email": "'t7'",
    "at": "99",
    "since": "0",
    "limit": "50",
    "position": "0",
}


@dataclass
class Plan:
    """``partitions``: of each partitioned table those that were read; ``listed``: those that might be.

    ``scanned``: tables that are read from their beginning to their end. ``rows``: how many were looked at.
    """

    partitions: dict[str, set[str]] = field(default_factory=dict)
    listed: dict[str, set[str]] = field(default_factory=dict)
    indexes: set[str] = field(default_factory=set)
    scanned: set[str] = field(default_factory=set)
    rows: float = 0

    @property
    def reads_several(self) -> bool:
        """Several partitions of one table: it read them, or read none and would choose later from several."""
        return any(
            len(self.partitions.get(whole, partitions)) > 1 for whole, partitions in self.listed.items()
        )


def fill(connection: psycopg.Connection[Any]) -> None:
    """Rows in every table."""
    connection.execute("set session_replication_role = replica")  # what they refer to may be made later
    tables: dict[str, dict[str, tuple[str, bool]]] = {}
    for table, column, kind, is_key in connection.execute(_COLUMNS).fetchall():
        tables.setdefault(table, {})[column] = (kind, is_key)
    for table, columns in tables.items():
        of_account = columns.get("account_id", ("", False))[1]
        values = [_value(table, name, kind, of_account) for name, (kind, _) in columns.items()]
        connection.execute(
            sql.SQL(
                "insert into {} ({}) select {} from generate_series(0, {}) g on conflict do nothing"
            ).format(
                sql.Identifier(table),
                sql.SQL(", ").join(map(sql.Identifier, columns)),
                sql.SQL(", ").join(map(sql.SQL, values)),
                sql.Literal(ACCOUNTS * _EACH - 1),
            )
        )
    connection.execute(_TIDY)
    connection.execute("analyze")


def _value(table: str, name: str, kind: str, of_account: bool) -> str:
    number = f"(g / {ACCOUNTS})" if of_account else "g"
    if name == "account_id" or (table, name) in {("accounts", "id"), ("audit", "chain")}:
        return f"1 + g % {ACCOUNTS}"
    if name in {"rowid", "doc"}:
        return f"((1 + g % {ACCOUNTS})::bigint << 42) + {number}"
    if name.startswith(("is_", "has_", "may_", "was_", "shows_")):
        return f"{number} % 2"
    if (table, name) == ("accounts", "state"):
        return "'connected'"
    if kind in {"bigint", "integer"}:
        return number
    if kind == "bytea":
        return r"'\x00'::bytea"
    if kind == "tsvector":
        return f"to_tsvector('simple', 't' || {number} || ' r' || g)"
    return f"'t' || {number}"


def plans(connection: psycopg.Connection[Any], mode: str = "generic") -> Iterator[tuple[str, Plan]]:
    """Of every named statement. ``mode``: planned for any values ("generic") or these ("custom")."""
    for name in neutral():
        yield name, plan_of(connection, name, mode=mode)


def _wholes(connection: psycopg.Connection[Any]) -> Mapping[str, str]:
    found = connection.execute("select inhrelid::regclass::text, inhparent::regclass::text from pg_inherits")
    return dict(found.fetchall())


def plan_of(
    connection: psycopg.Connection[Any],
    name: str,
    where: Where | None = None,
    *,
    mode: str = "generic",
    **values: str,
) -> Plan:
    """Of one, with something in its slot, and ``values`` (SQL) of its parameters."""
    connection.execute(f"set plan_cache_mode = force_{mode}_plan".encode())
    text, given = _with_places(name, where or Where("", {}), values)
    connection.execute("savepoint one")
    connection.execute(f"prepare it as {text}".encode())
    run = f"({', '.join(given)})" if given else ""
    try:
        told = connection.execute(f"explain (analyze, format json) execute it{run}".encode()).fetchone()
    except psycopg.errors.IntegrityError:  # a row that is there already: its plan says where it goes
        connection.execute("rollback to one")
        told = connection.execute(f"explain (format json) execute it{run}".encode()).fetchone()
    assert told
    connection.execute("rollback to one")
    connection.execute("deallocate it")
    plan = Plan()
    _walk(told[0][0]["Plan"], plan, _wholes(connection))
    return plan


def _with_places(name: str, where: Where, given: Mapping[str, str]) -> tuple[str, list[str]]:
    """The statement with $1 and so on, and a value for each."""
    query = for_psycopg(neutral()[name].replace("{where}", where.text))
    ours = {name: _literal(value) for name, value in where.params.items()} | dict(given)
    places: dict[str, int] = {}
    values: list[str] = []

    def place(found: re.Match[str]) -> str:
        if found[1] not in places:
            places[found[1]] = len(places) + 1
            values.append(ours.get(found[1]) or _given(found[1], found[2]))
        return f"${places[found[1]]}{found[2] or ''}"

    return _PARAMETER.sub(place, query.text).replace("%%", "%"), values


def _literal(value: object) -> str:
    """What a condition brings: a number, a text, or terms (any word does)."""
    return str(value) if isinstance(value, int) else sql.quote(value) if isinstance(value, str) else "'t7'"


def _given(name: str, cast: str | None) -> str:
    if name in _VALUES:
        return _VALUES[name]
    if name.endswith(("_phrases", "_patterns")):
        return "'{}'"
    if cast == "::bigint[]":
        return "'{7,8,9}'"
    if cast == "::text[]":
        return "'{t7,t8,t9}'"
    return "'7'"


def _walk(node: Mapping[str, Any], plan: Plan, wholes: Mapping[str, str]) -> None:
    if index := node.get("Index Name"):
        plan.indexes.add(index)
    relation = str(node.get("Relation Name"))
    if "Relation Name" in node and node["Node Type"] != "ModifyTable":
        passed_over = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
        plan.rows += (node.get("Actual Rows", 0) + passed_over) * node.get("Actual Loops", 0)
    if node["Node Type"] == "Seq Scan":
        plan.scanned.add(wholes.get(relation, relation))
    if relation in wholes and node["Node Type"] != "ModifyTable":
        plan.listed.setdefault(wholes[relation], set()).add(relation)
        if node.get("Actual Loops", 1):
            plan.partitions.setdefault(wholes[relation], set()).add(relation)
    for below in node.get("Plans", ()):
        _walk(below, plan, wholes)
