"""What keeps servers that still have the old database open from writing to it: every table refuses.

One that stood still while ``migrate-store`` looked for it (a machine that was suspended, a disk that hung)
goes on afterwards as if nothing had been. Its next write fails, whatever version it is of.

Source: SQLite, "CREATE TRIGGER", "RAISE"; PostgreSQL, "CREATE TRIGGER".
"""

from collections.abc import Iterable

NAME = "poststelle_moved"
_DEEDS = ("insert", "update", "delete")
_WHY = "this database was moved to another one"


def on_sqlite(tables: Iterable[str]) -> Iterable[str]:
    """The statements that put it up. ``tables``: all but ``meta``, which tells of the move."""
    for table in tables:
        for deed in _DEEDS:
            name = _name(table, deed)
            yield (
                f'create trigger if not exists {name} before {deed} on "{table}"'
                f" begin select raise(abort, '{_WHY}'); end"
            )


def off_sqlite(tables: Iterable[str]) -> Iterable[str]:
    return (f"drop trigger if exists {_name(table, deed)}" for table in tables for deed in _DEEDS)


def on_postgres(tables: Iterable[str]) -> Iterable[str]:
    yield (
        f"create or replace function {NAME}() returns trigger language plpgsql as"
        f" $$ begin raise exception '{_WHY}'; end $$"
    )
    for table in tables:
        yield (
            f'create or replace trigger {NAME} before insert or update or delete or truncate on "{table}"'
            f" for each statement execute function {NAME}()"
        )


def off_postgres(tables: Iterable[str]) -> Iterable[str]:
    for table in tables:
        yield f'drop trigger if exists {NAME} on "{table}"'
    yield f"drop function if exists {NAME}()"


def _name(table: str, deed: str) -> str:
    return f'"{NAME}_{table}_{deed}"'
