"""Why PostgreSQL can't be reached, in a sentence with the remedy.

The driver has no code for what fails before a session is there, only the text of the server (in its
language: English and German are known) or of the client library. None of it is repeated: it names user and
host.
"""

import re

import psycopg

from poststelle.lib.database import READ_ONLY, lacks_room
from poststelle.lib.database_address import problem_of

_POOLER_ALONE = (
    "A pooler answers at the address of the database, and PostgreSQL behind it does not (08P01). Look whether"
    " PostgreSQL runs, and whether the pooler reaches it; the pooler's log says why it does not."
)
_KINDS = (
    (
        r"password authentication failed|Passwort-Authentifizierung .*fehlgeschlagen|no password supplied",
        "PostgreSQL refuses the user's name or password (28P01). Put the right one into the address; "
        "in it @ is written as %40, / as %2F, : as %3A and % as %25.",
    ),
    (
        r'database ".*" does not exist|Datenbank [»"].*[«"] existiert nicht',
        "PostgreSQL has no database of this name (3D000). Make it with `createdb`, or correct the name at the"
        " end of the address.",
    ),
    (
        r'role ".*" does not exist|Rolle [»"].*[«"] existiert nicht',
        "PostgreSQL has no user of this name (28000). Make it with `createuser`, or correct the name in the"
        " address.",
    ),
    (
        r"no pg_hba\.conf entry|kein pg_hba\.conf-Eintrag|pg_hba\.conf rejects",
        "PostgreSQL lets this user in neither from this machine nor in this way (28000). Add a line for it to"
        " its pg_hba.conf, or ask for encryption with ?sslmode=require at the end of the address.",
    ),
    (
        r"permission denied for database|keine Berechtigung für Datenbank",
        "PostgreSQL does not let this user into the database (42501). Make the user its owner.",
    ),
    (
        r"permission denied for schema|keine Berechtigung für Schema",
        "The user may not make tables in this database (42501). Make the user its owner.",
    ),
    (
        r"server login has been failing|pgbouncer cannot connect to server|query_wait_timeout",
        _POOLER_ALONE,
    ),
    (
        r"too many clients|remaining connection slots|too many connections|zu viele Verbindungen",
        "PostgreSQL takes no more connections (53300). Raise its max_connections, or lower"
        " POSTSTELLE_DATABASE_CONNECTIONS.",
    ),
    (
        r"starting up|shutting down|not yet accepting connections|in recovery mode|startet gerade",
        "PostgreSQL is just starting or stopping (57P03). Start again in a moment.",
    ),
    (
        r"failed to resolve host|could not translate host name|Name or service not known",
        "The host's name in the address of the database is not known. Correct it, or see to it that this"
        " machine can look it up; a name that you do not recognise is the end of a password with an @ in it,"
        " which is written as %40.",
    ),
    (
        r"Connection refused|No such file or directory",
        "Nothing answers at the host and port in the address of the database. Start PostgreSQL, or let it"
        " listen there (listen_addresses).",
    ),
    (
        r"[Ss]ocket [^\n]*(Permission denied|Keine Berechtigung)",
        "The socket that the address of the database names may not be opened by the user that this runs as:"
        " PostgreSQL has not seen the attempt. Let that user into the socket's folder, or name a host and"
        " port.",
    ),
    (
        r"timeout expired|timed out|No route to host|Network is unreachable",
        "No answer comes from the host in the address of the database. Look whether it runs, and whether a"
        " firewall lies between.",
    ),
    (
        r"SSL|certificate|TLS",
        "An encrypted connection to PostgreSQL does not come about. Look at sslmode in the address, and at"
        " the server's certificate.",
    ),
)


class CannotConnect(ValueError):
    """The database can't be reached; the message says why and what to do.

    ``is_direct``: it was asked past the pooler.
    """

    def __init__(self, message: str, *, is_direct: bool = False) -> None:
        super().__init__(message)
        self.is_direct = is_direct


def explained(problem: psycopg.Error, address: str) -> str:
    """What ``problem`` is, which arose when ``address`` was opened; nothing of the address is in it."""
    if isinstance(problem, psycopg.ProgrammingError) and problem.sqlstate is None:
        reason = problem_of(address) or "holds something that PostgreSQL's own library does not know"
        return f"The address of the database {reason}."
    if lacks_room(problem):
        return "PostgreSQL has no room left on its disk (53100). Make room there, and start again."
    if isinstance(problem, psycopg.errors.ReadOnlySqlTransaction):
        return READ_ONLY
    text = str(problem)
    for pattern, sentence in _KINDS:
        if re.search(pattern, text, re.DOTALL):
            return sentence
    if isinstance(problem, psycopg.errors.ProtocolViolation):  # PgBouncer's code for what is its own
        return _POOLER_ALONE
    kind = problem.sqlstate or type(problem).__name__
    return f"The database can't be opened ({kind}). Its own log says more."
