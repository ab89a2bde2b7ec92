"""Every name of the environment that is read, with what it means: the reference of ``poststelle config``."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

PREFIX = "POSTSTELLE_"
_OF_FILE = "_FILE"
# What Kubernetes says of a service that is called like us, to everything beside it.
_OF_OTHERS = ("SERVICE_HOST", "SERVICE_PORT", "PORT")


class Group(StrEnum):
    """The reference's chapters, in their order."""

    DATA = "Data and keys"
    BLOBS = "Where messages and files are kept"
    PROCESSES = "Several processes"
    ADDRESS = "Addresses"
    MICROSOFT = "Microsoft 365"
    NETWORK = "Where the server may connect to"
    WATCHING = "Watching it"
    FIRST_START = "The first start"
    TRYING = "Trying things out"


@dataclass(frozen=True, slots=True)
class Variable:
    """``name`` without the prefix. ``meaning`` and ``default`` are Markdown.

    A secret is never shown, and may be in a file.
    """

    name: str
    group: Group
    meaning: str
    default: str = "–"
    is_secret: bool = False

    @property
    def full_name(self) -> str:
        return PREFIX + self.name

    @property
    def name_of_file(self) -> str | None:
        """The name that holds the path of a file with the value; None where there is no such name."""
        return self.name + _OF_FILE if self.is_secret and self.name != "KEY" else None


VARIABLES = (
    Variable(
        "DATA",
        Group.DATA,
        "folder for database, key and attachments: cached ones, and those that Microsoft does not have yet",
        "`./poststelle-data`",
    ),
    Variable(
        "DATABASE",
        Group.DATA,
        "`sqlite:///path` or `postgresql://user:password@host/database`; in user and password `@` is written"
        " as `%40`, `/` as `%2F`, `:` as `%3A`, `%` as `%25`",
        "SQLite in the data folder",
        is_secret=True,
    ),
    Variable(
        "DATABASE_DIRECT",
        Group.DATA,
        "PostgreSQL's own address where `POSTSTELLE_DATABASE` leads to a pooler such as PgBouncer:"
        " word between processes, the schema, backups and moves need a session of their own, and hearts a"
        " connection that no other waits for",
        "the same as `POSTSTELLE_DATABASE`",
        is_secret=True,
    ),
    Variable(
        "DATABASE_PREPARE",
        Group.DATA,
        "whether statements are prepared at PostgreSQL: `on`, `off`, or `auto`: unless a pooler lies between"
        " that does not keep them for its clients",
        "`auto`",
    ),
    Variable(
        "DATABASE_CONNECTIONS",
        Group.DATA,
        "how many connections to PostgreSQL a process opens at most, 2 to 100, one of them for its heart,"
        " past any pooler; besides two straight to it by which processes tell one another what has changed",
        "8",
    ),
    Variable(
        "DATABASE_PARTITIONS",
        Group.DATA,
        "into how many partitions by mailbox the large tables of a new PostgreSQL database are made,"
        " 2 to 256; read when the database is made and never again",
        "0: each table is whole",
    ),
    Variable(
        "KEY",
        Group.DATA,
        "key that seals stored sign-ins (32 octets in base64);"
        " several with commas between while it is changed, the new one first",
        "in the key file",
        is_secret=True,
    ),
    Variable(
        "KEY_FILE",
        Group.DATA,
        "file that holds the key; made on the first start where there is none",
        "`poststelle.key` in the data folder",
    ),
    Variable(
        "NEW_DATABASE",
        Group.DATA,
        "read by `poststelle migrate-store` alone: where everything is to go",
        is_secret=True,
    ),
    Variable(
        "ROLE",
        Group.PROCESSES,
        "what the process does: `web` answers people and programs, `worker` works by itself, `all` does both;"
        " `--role` goes before it",
        "`all`",
    ),
    Variable(
        "WORKER_LISTEN",
        Group.PROCESSES,
        "address and port at which a worker tells how it is doing (`/healthz`, `/readyz`, `/metrics`)",
        "as `POSTSTELLE_LISTEN`, else `127.0.0.1:8026`",
    ),
    Variable(
        "DRAIN_SECONDS",
        Group.PROCESSES,
        "how many seconds a web process goes on answering after SIGTERM, while `/readyz` says 503: longer"
        " than the proxy in front takes to notice; 0 to 300",
        "0: a process that is alone has nobody who takes over",
    ),
    Variable(
        "BLOBS",
        Group.BLOBS,
        "`s3://bucket/folder?endpoint=https://s3.example.org&region=…` for an object storage, or the path of"
        " a folder that all machines share",
        "`blobs` in the data folder",
    ),
    Variable("BLOBS_ACCESS_KEY", Group.BLOBS, "who we are to the object storage", is_secret=True),
    Variable("BLOBS_SECRET_KEY", Group.BLOBS, "the key that goes with it", is_secret=True),
    Variable("BLOBS_CA_FILE", Group.BLOBS, "one more authority (PEM) to trust for the object storage"),
    Variable(
        "BLOBS_CACHE_MB",
        Group.BLOBS,
        "how many megabytes of them may lie as copies in the data folder, where they are kept elsewhere;"
        " 0: none",
        "1000",
    ),
    Variable(
        "NEW_BLOBS",
        Group.BLOBS,
        "read by `poststelle move-blobs` alone: where they are to go; `data`: into the data folder",
    ),
    Variable("NEW_BLOBS_ACCESS_KEY", Group.BLOBS, "who we are there, if not the same as now", is_secret=True),
    Variable("NEW_BLOBS_SECRET_KEY", Group.BLOBS, "the key that goes with it", is_secret=True),
    Variable("NEW_BLOBS_CA_FILE", Group.BLOBS, "one more authority (PEM) to trust there"),
    Variable("LISTEN", Group.ADDRESS, "address and port to listen on", "`127.0.0.1:8025`"),
    Variable(
        "PUBLIC_URL",
        Group.ADDRESS,
        "the address people use, such as `https://post.example.org`; it has no path",
        "`http://localhost` with the port",
    ),
    Variable(
        "TRUSTED_PROXIES",
        Group.ADDRESS,
        "addresses or networks of proxies whose `X-Forwarded-For` counts, with commas between",
        "none",
    ),
    Variable(
        "CORS_ORIGINS",
        Group.ADDRESS,
        "origins of other sites whose pages may use the mail API with a token, with commas between",
        "none",
    ),
    Variable(
        "NOTIFICATION_URL",
        Group.ADDRESS,
        "where Microsoft tells us of changes, if not at the public address;"
        " `off`: nowhere, mailboxes are only polled",
        "the public address, if it is https and not this machine",
    ),
    Variable(
        "POLL_SECONDS",
        Group.MICROSOFT,
        "how often a mailbox is asked for changes; twice as long where nothing happened;"
        " where nobody has it on screen or listens for its changes ever longer,"
        " up to two minutes (at least twice the setting);"
        " a quarter of an hour while Microsoft tells of changes by itself",
        "8",
    ),
    Variable(
        "PULLS_AT_ONCE",
        Group.MICROSOFT,
        "mailboxes that a worker reads at the same time, 2 to 64; with more of them fewer workers do where"
        " Microsoft answers slowly, but each takes up to 40 MB while it is read for the first time",
        "8",
    ),
    Variable(
        "GRAPH_REQUESTS",
        Group.MICROSOFT,
        "requests to Microsoft at a time, for all mailboxes together (4 at most for each);"
        " several processes divide them among themselves;"
        " one that has no end after five seconds counts no more, lest silent mailboxes hold up others",
        "64",
    ),
    Variable(
        "MICROSOFT_CLIENT_ID",
        Group.MICROSOFT,
        "the app registration until one is entered on the settings page",
    ),
    Variable("MICROSOFT_CLIENT_SECRET", Group.MICROSOFT, "its secret", is_secret=True),
    Variable(
        "PUSH_NETWORKS",
        Group.NETWORK,
        "networks of your own with push services or receivers of webhooks in them"
        " (such as `10.1.2.0/24`, with commas between): pushes to programs, alerts"
        " and webhooks of activities may go there, and else to public addresses only",
        "none",
    ),
    Variable(
        "PUSH_CA_FILE",
        Group.NETWORK,
        "one more authority (PEM) to trust for push services, receivers of webhooks, and servers of pictures",
    ),
    Variable(
        "PICTURE_NETWORKS",
        Group.NETWORK,
        "networks of your own from which mail may show pictures, as an intranet's newsletter does;"
        " whoever writes to you can then have the server ask addresses in them",
        "none",
    ),
    Variable("LOG", Group.WATCHING, "`console` or `json`", "`console`"),
    Variable(
        "METRICS_TOKEN",
        Group.WATCHING,
        "opens `/metrics` to who has it; 16 characters or more",
        "none: there is no such address",
        is_secret=True,
    ),
    Variable(
        "ADMIN_LOGIN",
        Group.FIRST_START,
        "the first administrator, for unattended installations",
        "asked for in the browser, on a public server with the code printed at the start",
    ),
    Variable("ADMIN_PASSWORD", Group.FIRST_START, "the password that goes with it", is_secret=True),
    Variable("ADMIN_NAME", Group.FIRST_START, "the administrator's name", "the login"),
    Variable(
        "MICROSOFT_LOGIN_BASE",
        Group.TRYING,
        "another Microsoft identity platform, such as the simulated one; set together with the next",
        "Microsoft's",
    ),
    Variable(
        "GRAPH_BASE",
        Group.TRYING,
        "another Microsoft Graph, with its version: https://localhost:8443/v1.0",
        "Microsoft's",
    ),
    Variable("CA_FILE", Group.TRYING, "the authority (PEM) to trust for these two"),
    Variable("UI", Group.TRYING, "folder of a built web UI to serve instead of the one that came along"),
    Variable(
        "DEMO_LOGINS",
        Group.TRYING,
        'logins that the demonstration\'s login page offers: `[{"login": …, "name": …, "password": …}]`',
        is_secret=True,
    ),
)
"""In the reference's order."""


class Values:
    """What the environment says, by names without the prefix.

    To ask for a name that is not declared is a mistake of ours, and raises KeyError.
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    def get(self, name: str, default: str = "") -> str:
        """The value without spaces around it; ``default`` where there is none, or an empty one."""
        if name not in _DECLARED:
            raise KeyError(f"{PREFIX}{name} is read and not declared")
        return self._texts.get(name, "").strip() or default


_DECLARED = frozenset(variable.name for variable in VARIABLES)
_NAMES_OF_FILES = {variable.name_of_file: variable for variable in VARIABLES if variable.name_of_file}


def own(environ: Mapping[str, str]) -> dict[str, str]:
    """What begins with our prefix, without it."""
    return {name[len(PREFIX) :]: text for name, text in environ.items() if name.startswith(PREFIX)}


def files_in(texts: Mapping[str, str]) -> Iterator[tuple[Variable, str]]:
    """The secrets that are in files, with the paths."""
    for name, variable in _NAMES_OF_FILES.items():
        if path := texts.get(name, "").strip():
            yield variable, path


def unknown(environ: Mapping[str, str]) -> list[str]:
    """A sentence for each name with our prefix that nobody reads: mostly a misspelt one."""
    known = [*_DECLARED, *_NAMES_OF_FILES]
    names = (name for name in sorted(own(environ)) if name not in known and not name.startswith(_OF_OTHERS))
    return [_misspelt(name, known) for name in names]


def _misspelt(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    hint = f" Did you mean {PREFIX}{close[0]}?" if close else ""
    return f"Nothing reads {PREFIX}{name}.{hint}"


_HEAD = """# Configuration

The environment holds only what is needed to reach data, keys and the address to listen on;
everything else is on the settings pages and kept in the database. A bad value stops the start
with one sentence; a name that nothing reads is told at the start. `poststelle config` shows what
is set where it runs. This page is made by `poststelle config --reference`.

A secret (marked *) can be in a file: its name with `_FILE` behind it holds the path, as in
`POSTSTELLE_DATABASE_FILE=/run/secrets/database`. The key has a file of its own,
`POSTSTELLE_KEY_FILE`, which `poststelle rotate-keys` changes.
"""


def reference() -> str:
    """All of them as a page of Markdown."""
    return _HEAD + "".join(_chapter(group) for group in Group)


def _chapter(group: Group) -> str:
    rows = "".join(_row(variable) for variable in VARIABLES if variable.group is group)
    return f"\n## {group}\n\n| variable | meaning | default |\n| --- | --- | --- |\n{rows}"


def _row(variable: Variable) -> str:
    star = " *" if variable.is_secret else ""
    return f"| `{variable.full_name}`{star} | {variable.meaning} | {variable.default} |\n"
