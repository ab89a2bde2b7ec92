"""How PostgreSQL keeps each table: room for rows that are changed in place, and when it is vacuumed.

The server's own rule, to vacuum when a fifth of a table has changed, fits neither end. A queue whose rows
live for seconds has its index full of what is gone long before; of a hundred million messages twenty million
dead ones would be carried about. What an administrator has set for a table by hand stays.

Source: PostgreSQL, "CREATE TABLE", "Storage Parameters"; "Heap-Only Tuples"; "Routine Vacuuming".
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import psycopg
from psycopg import sql

_ROOM = {"fillfactor": "70"}
_SOON = {
    "autovacuum_vacuum_threshold": "200",
    "autovacuum_vacuum_scale_factor": "0.02",
    "autovacuum_analyze_threshold": "500",
    "autovacuum_vacuum_cost_delay": "0",
}
_OFTEN = {
    "autovacuum_vacuum_scale_factor": "0.02",
    "autovacuum_vacuum_insert_scale_factor": "0.05",
    "autovacuum_analyze_scale_factor": "0.02",
}

# One row each, or few, that are written again and again: the new row finds room beside the old one, and no
# index is touched ("heap-only tuples").
_IN_PLACE = (
    "accounts",
    "sequences",
    "holders",
    "sync_states",
    "folders",
    "cursors",
    "search_progress",
    "subscriptions",
    "sign_ins",
    "logins",
    "push_told",
    "push_subscriptions",
    "audit_chains",
    "archives",
    "presences",
    "proofs",
)
# Rows come and go.
_QUEUES = (
    "writeback_ops",
    "folder_ops",
    "search_due",
    "departures",
    "sweep_seen",
    "missing_texts",
    "confirmations",
    "archive_due",
    "activity_due",
    "webhook_deliveries",
    "webhook_lanes",
    "check_seen",
    "check_suspects",
    "bounces",
    "uploads",
    "loose_blobs",
    "submissions",
)
# They grow with the mail. Marks of a message are changed in place, so a little room is left on its page.
_LARGE = (
    "folder_messages",
    "bodies",
    "attachments",
    "message_blobs",
    "threads",
    "thread_names",
    "changes",
    "activities",
    "activity_contacts",
    "archive_entries",
    "audit_messages",
    "documents",
    "message_words",
    "audit",
    "blob_objects",
)

SETTINGS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(_IN_PLACE, _ROOM | _SOON)
    | dict.fromkeys(_QUEUES, _SOON)
    | dict.fromkeys(_LARGE, _OFTEN)
    | {"messages": _OFTEN | {"fillfactor": "90"}}
)
"""Of each table that does not go by the server's own rules."""

COUNTED: Mapping[tuple[str, str], int] = MappingProxyType({("message_words", "lexemes"): 1000})
"""Columns of which PostgreSQL counts more values than usual (100: of words, the 1,000 most frequent ones).

What it has not counted it takes to be half as frequent as the rarest that it has. Among a million messages
that was 2,500 for a word that is in none, so for the newest fifty it went through the mailbox from its newest
message on, to the last. Now it asks the index of words. A count takes five seconds in place of three.
Source: PostgreSQL, "ALTER TABLE", "Statistics Used by the Planner"; ``tsmatchsel``.
"""

# A partitioned table has no rows of its own: its partitions are set.
_TABLES = """
select c.relname as name, coalesce(p.relname, c.relname) as whole,
       array(select split_part(o, '=', 1) from unnest(c.reloptions) as o) as is_set
from pg_class c left join pg_inherits i on i.inhrelid = c.oid left join pg_class p on p.oid = i.inhparent
where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace
"""
_UNCOUNTED = """
select c.relname as name from pg_attribute a
join pg_class c on c.oid = a.attrelid
left join pg_inherits i on i.inhrelid = c.oid left join pg_class p on p.oid = i.inhparent
where c.relkind in ('r', 'p') and c.relnamespace = current_schema()::regnamespace
  and coalesce(p.relname, c.relname) = %s and a.attname = %s and coalesce(a.attstattarget, -1) = -1
"""


def settle(connection: psycopg.Connection[dict[str, Any]]) -> None:
    """Set what is not set yet, and count at once what is to be counted."""
    _set_storage(connection)
    for (table, column), values in COUNTED.items():
        uncounted = connection.execute(_UNCOUNTED, (table, column)).fetchall()
        for row in uncounted:
            text = sql.SQL("alter table only {} alter column {} set statistics {}").format(
                sql.Identifier(row["name"]), sql.Identifier(column), sql.Literal(values)
            )
            connection.execute(text)
        if uncounted:
            connection.execute(sql.SQL("analyze {}").format(sql.Identifier(table)))


def _set_storage(connection: psycopg.Connection[dict[str, Any]]) -> None:
    for row in connection.execute(_TABLES).fetchall():
        wanted = SETTINGS.get(row["whole"], {})
        new = {name: value for name, value in wanted.items() if name not in row["is_set"]}
        if new:
            pairs = (sql.SQL("{} = {}").format(sql.SQL(n), sql.SQL(v)) for n, v in new.items())
            text = sql.SQL("alter table {} set ({})").format(
                sql.Identifier(row["name"]), sql.SQL(", ").join(pairs)
            )
            connection.execute(text)
