"""Addresses of PostgreSQL servers that can't be meant as they stand."""

import pytest

from poststelle.config import ConfigError, load
from poststelle.lib.database_address import problem_of

SECRET = "geheim"


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://poststelle:{SECRET}@@db.example/poststelle",
        f"postgresql://poststelle:{SECRET}@x@db.example/poststelle",
        f"postgresql://poststelle:{SECRET}/x@db.example/poststelle",
        f"postgresql://poststelle:{SECRET}%x@db.example/poststelle",
        f"postgresql://poststelle:{SECRET} x@db.example/poststelle",
        f"postgresql://poststelle:{SECRET}@db.example:port/poststelle",
        f"postgresql://poststelle:{SECRET}@db.example:65536/poststelle",
        f"postgresql://poststelle:{SECRET}@[::1/poststelle",
    ],
)
@pytest.mark.parametrize("name", ["DATABASE", "DATABASE_DIRECT"])
def test_what_must_be_encoded_is_said_without_the_password(name: str, address: str) -> None:
    """With the variable's name, and how."""
    environ = {"POSTSTELLE_DATABASE": "postgresql://db/x", f"POSTSTELLE_{name}": address}
    with pytest.raises(ConfigError, match=rf"POSTSTELLE_{name} .*%40") as problem:
        load(environ)
    assert SECRET not in str(problem.value)
    assert "db.example" not in str(problem.value)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://poststelle:p%40ss%2Fw%3A%25rd@db.example/poststelle",
        "postgresql://poststelle:a:b?c#d@db.example:5432/poststelle?sslmode=require",
        "postgresql://postgres@/test1?host=/tmp/pgtest-x",
        "postgresql://db.example",
        "postgresql:///poststelle?host=/run/postgresql&user=u@v",
        "postgres://u:p@[2001:db8::1]:5432/x",
        "postgresql://one:5432,two:5433/x?target_session_attrs=read-write",
    ],
)
def test_what_can_be_meant_is_taken(address: str) -> None:
    """Also several hosts, sockets, and characters that need no encoding."""
    assert problem_of(address) is None
