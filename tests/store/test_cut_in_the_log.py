"""What the log says when PostgreSQL ends a connection."""

import io
import logging

import psycopg
import pytest
import structlog
from tests.pg import Cluster

from poststelle.lib.log import set_up_logging


def test_a_connection_that_ends_within_a_statement_is_told_once(postgres: Cluster, postgres_url: str) -> None:
    """By the error that is raised. psycopg's own line beside it would name the user and the database."""
    out, configured = io.StringIO(), structlog.get_config()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    set_up_logging(as_json=True, stream=out)
    try:
        connection = psycopg.connect(postgres_url)
        with pytest.raises(psycopg.OperationalError), connection.pipeline():
            connection.execute("select 1").fetchone()
            postgres.cut_connections(postgres_url)
            connection.execute("select 2").fetchone()
        logging.getLogger("psycopg").warning("something else")
    finally:
        structlog.configure(**configured)
        root.handlers[:] = handlers
        root.setLevel(level)
    assert "something else" in out.getvalue()
    assert "Pipeline" not in out.getvalue()
