"""A start without its database says in one sentence what is wrong with it, and nothing of the address."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from tests import programs
from tests.pg import Cluster, cluster

from poststelle.lib.database import READ_ONLY
from poststelle.store.engines.refusals_postgres import explained

SECRET = "geheim"
_SSL = 80877103  # PostgreSQL, "Message Formats", SSLRequest


@contextmanager
def refusing(code: str, message: str) -> Iterator[int]:
    """The port of a PostgreSQL that refuses every session so."""
    fields = {b"S": b"FATAL", b"V": b"FATAL", b"C": code.encode(), b"M": message.encode()}
    body = b"".join(kind + text + b"\0" for kind, text in fields.items()) + b"\0"
    door = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        while True:
            try:
                wire, _ = door.accept()
            except OSError:
                return
            with wire:
                begun = wire.recv(8)
                if begun[4:] == struct.pack("!I", _SSL):
                    wire.sendall(b"N")
                    begun = wire.recv(8)
                wire.recv(struct.unpack("!I", begun[:4])[0])
                wire.sendall(b"E" + struct.pack("!I", len(body) + 4) + body)

    threading.Thread(target=answer, daemon=True).start()
    try:
        yield door.getsockname()[1]
    finally:
        door.shutdown(socket.SHUT_RDWR)
        door.close()


def said_by(tmp_path: Path, address: str, **environ: str) -> str:
    """The one sentence that ``serve`` ends with, after the line that says which program starts."""
    given = {"DATA": str(tmp_path / "data"), "LISTEN": "127.0.0.1:0", "DATABASE": address} | environ
    own = {f"POSTSTELLE_{name}": value for name, value in given.items()}
    done = programs.run(["poststelle", "serve"], own)
    assert done.returncode == 2, done.stderr
    assert ["server.starting" in line for line in done.stderr.splitlines()] == [True, False], done.stderr
    assert SECRET not in done.stderr
    assert "wirt" not in done.stderr
    return done.stderr


@pytest.mark.parametrize(
    ("code", "message", "sentence"),
    [
        ("28P01", 'password authentication failed for user "wirt"', "refuses the user's name or password"),
        (
            "28P01",
            "Passwort-Authentifizierung für Benutzer »wirt« fehlgeschlagen",
            "refuses the user's name or password",
        ),
        ("3D000", 'database "wirt" does not exist', "no database of this name"),
        ("3D000", "Datenbank »wirt« existiert nicht", "no database of this name"),
        ("28000", 'role "wirt" does not exist', "no user of this name"),
        ("28000", 'no pg_hba.conf entry for host "1.2.3.4", user "wirt"', "pg_hba.conf"),
        ("53300", "sorry, too many clients already", "takes no more connections"),
        ("57P03", "the database system is starting up", "just starting"),
        ("08P01", "server login has been failing, try again later (server_login_retry)", "A pooler"),
        ("XX000", "etwas anderes mit wirt", "can't be opened"),
    ],
)
def test_what_the_server_refuses(tmp_path: Path, code: str, message: str, sentence: str) -> None:
    """By its words, for the client library passes no code on; in English and in German."""
    with refusing(code, message) as port:
        told = said_by(tmp_path, f"postgresql://wirt:{SECRET}@127.0.0.1:{port}/wirt")
    assert sentence in told
    assert "POSTSTELLE_DATABASE." in told


def test_who_cannot_be_reached(tmp_path: Path) -> None:
    """No such host, and nobody who listens there."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        told = said_by(tmp_path, f"postgresql://wirt:{SECRET}@127.0.0.1:{port}/x")
    assert "Nothing answers at the host and port" in told
    assert "name in the address of the database is not known" in said_by(
        tmp_path, f"postgresql://wirt:{SECRET}@wirt.invalid/x"
    )
    assert "does not know" in said_by(tmp_path, f"postgresql://wirt:{SECRET}@wirt.invalid/x?wirt=1")


@pytest.mark.parametrize("why", ["failed: Permission denied", "fehlgeschlagen: Keine Berechtigung"])
def test_a_socket_that_is_closed_to_us(why: str) -> None:
    """PostgreSQL's own log says nothing of it. (As the library puts it: nothing is closed to root.)"""
    problem = psycopg.OperationalError(f'connection to server on socket "/run/x/.s.PGSQL.5432" {why}\n')
    told = explained(problem, "postgresql:///x?host=/run/x")
    assert "Let that user into the socket's folder" in told and "/run/x" not in told


def test_a_pooler_whose_server_is_gone() -> None:
    """It lets us in, and refuses the first question."""
    assert "PostgreSQL behind it does not" in explained(psycopg.errors.ProtocolViolation("wirt"), "")


def test_a_real_server_without_that_database(tmp_path: Path, postgres: Cluster) -> None:
    """Also past the pooler, which has an address of its own."""
    database = postgres.new_database()
    lost = f"postgresql://postgres@/{SECRET}?host={postgres.folder}"
    assert "no database of this name" in said_by(tmp_path, lost)
    told = said_by(tmp_path, database, DATABASE_DIRECT=lost)
    assert "POSTSTELLE_DATABASE_DIRECT" in told


def test_a_user_who_may_make_no_tables(tmp_path: Path, postgres: Cluster) -> None:
    """It is reached, and lets us do nothing."""
    database = postgres.empty_database()
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute("drop role if exists guest")
        admin.execute("create role guest login")
        admin.execute("revoke create on schema public from public")
    told = said_by(tmp_path, database.replace("postgres@", "guest@"))
    assert "may not make tables in this database" in told


@pytest.mark.parametrize("is_empty", [True, False])
def test_a_database_that_is_set_read_only(tmp_path: Path, postgres: Cluster, is_empty: bool) -> None:
    """As providers do where a disk is nearly full: a server does not start to write there."""
    database = postgres.empty_database() if is_empty else postgres.new_database()
    name = database.split("@/")[1].partition("?")[0]
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute(f"alter database {name} set default_transaction_read_only = on".encode())
    assert READ_ONLY in said_by(tmp_path, database)
    told = explained(psycopg.errors.ReadOnlySqlTransaction(), database)  # one that is set so just then
    assert told == READ_ONLY


def test_a_standby(tmp_path: Path) -> None:
    """It lets us read all: so it is asked before anything is done, by a server and by each command."""
    own = {"POSTSTELLE_DATA": str(tmp_path / "data"), "POSTSTELLE_KEY": "A" * 43 + "="}
    with cluster() as of_its_own:
        database = of_its_own.new_database()
        of_its_own.become_standby()
        assert READ_ONLY in said_by(tmp_path, database)
        for words in (["users", "list"], ["backup", str(tmp_path / "backup")], ["restore", "--put-back"]):
            done = programs.run(["poststelle", *words], own | {"POSTSTELLE_DATABASE": database})
            assert (done.returncode, READ_ONLY in done.stderr) == (2, True), (words, done)
            assert "Traceback" not in done.stderr
