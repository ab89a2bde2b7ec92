"""A database that does not answer is told apart from one that refuses something."""

import psycopg
import psycopg_pool
import pytest

from poststelle.lib.database import is_outage


def as_cause_of(cause: Exception) -> Exception:
    error = RuntimeError("gone")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "problem",
    [
        psycopg.OperationalError("connection failed"),
        psycopg_pool.PoolTimeout("no connection"),
        psycopg.errors.ProtocolViolation("server login has been failing"),  # so says PgBouncer
        psycopg.errors.AdminShutdown(),
        psycopg.errors.CannotConnectNow(),
        psycopg.errors.TooManyConnections(),
        as_cause_of(psycopg.errors.AdminShutdown()),
    ],
    ids=lambda one: type(one).__name__,
)
def test_nobody_answers(problem: Exception) -> None:
    assert is_outage(problem)


@pytest.mark.parametrize(
    "problem",
    [
        psycopg.errors.SerializationFailure(),
        psycopg.errors.LockNotAvailable(),
        psycopg.errors.QueryCanceled(),
        psycopg.errors.DiskFull(),
        psycopg.errors.UndefinedTable(),
        as_cause_of(KeyError()),
        ValueError(),
    ],
    ids=lambda one: type(one).__name__,
)
def test_something_else_is_wrong(problem: Exception) -> None:
    assert not is_outage(problem)
