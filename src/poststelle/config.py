"""Bootstrap from the environment: only what is needed to reach data, keys and the address to listen on.

Everything else is a setting (``settings.schema``), kept in the database and
changed in the browser. A bad value stops the start with one sentence.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from poststelle.lib.database import AS_USUAL, CONNECTIONS, DatabaseOptions
from poststelle.lib.database_address import problem_of
from poststelle.model import blob_address as address
from poststelle.model.blob_address import S3Address
from poststelle.model.health import ProcessRole
from poststelle.variables import PREFIX, Values, Variable, files_in, own

DEFAULT_LISTEN = "127.0.0.1:8025"
DEFAULT_WORKER_LISTEN = "127.0.0.1:8026"
SHORTEST_TOKEN = 16
DEFAULT_PULLS = 8
DEFAULT_POLL_S = 8.0
DEFAULT_REQUESTS = 64
DEFAULT_CACHE_MB = 1000
LONGEST_DRAIN_S = 300
_POSTGRESQL = ("postgresql://", "postgres://")


class ConfigError(Exception):
    """The environment can't be used; the message is one sentence that says what to change."""


class DemoLogin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A login offered on the page of a demonstration, password and all."""

    login: str
    name: str
    password: str


@dataclass(frozen=True, slots=True)
class FirstAdmin:
    """The administrator of an unattended installation, made on the first start."""

    login: str
    name: str
    password: str


@dataclass(frozen=True, slots=True)
class MicrosoftPreset:
    """Where Microsoft is and as whom we come, before anybody opened the settings page.

    ``login_base`` and ``graph_base`` None: as the chosen cloud says. Both are
    set for a simulated Microsoft 365; ``ca_file`` then holds its CA.
    ``requests_at_once``: of all mailboxes together.
    """

    login_base: str | None = None
    graph_base: str | None = None
    ca_file: Path | None = None
    client_id: str = ""
    client_secret: str = ""
    requests_at_once: int = DEFAULT_REQUESTS


@dataclass(frozen=True, slots=True)
class Config:
    """The checked environment. ``keys`` None: they are in ``key_file``, made on the first start.

    ``notification_url`` is where Microsoft reaches us; None: mailboxes are only polled.
    ``cors_origins``: whose pages may use the mail API.
    ``push_networks`` are networks of ours with push services or receivers of webhooks in them,
    ``push_ca_file`` holds their CA; ``picture_networks`` those from which mail may show pictures.
    ``metrics_token`` opens ``/metrics``; empty: it does not exist.
    ``role``: which part of the work this process does. A worker listens at ``host`` and ``port``, too, for
    who looks after it.
    ``drain_s``: how long it goes on answering once it is told to end, while ``/readyz`` says that it goes.
    ``blobs``: a bucket or a shared folder for octets; None: they are in the data folder.
    ``blobs_cache``: octets of them that may have copies there.
    """

    data_dir: Path
    database_url: str
    public_url: str
    host: str
    port: int
    keys: str | None
    key_file: Path
    microsoft: MicrosoftPreset = MicrosoftPreset()
    admin: FirstAdmin | None = None
    demo_logins: tuple[DemoLogin, ...] = ()
    poll_s: float = DEFAULT_POLL_S
    pulls_at_once: int = DEFAULT_PULLS
    ui_dir: Path | None = None
    log_format: str = "console"
    trusted_proxies: tuple[str, ...] = ()
    notification_url: str | None = None
    cors_origins: tuple[str, ...] = ()
    push_networks: tuple[str, ...] = ()
    push_ca_file: Path | None = None
    picture_networks: tuple[str, ...] = ()
    metrics_token: str = ""
    role: ProcessRole = ProcessRole.ALL
    blobs: S3Address | Path | None = None
    blobs_cache: int = DEFAULT_CACHE_MB * 10**6
    database: DatabaseOptions = AS_USUAL
    drain_s: float = 0.0

    @property
    def direct_url(self) -> str:
        """The database's address for what needs a session of its own, past any pooler."""
        return self.database.direct or self.database_url

    @property
    def is_shared(self) -> bool:
        """Whether other processes may work on the database too: one file is for one server."""
        return not self.database_url.startswith("sqlite")

    @property
    def is_https(self) -> bool:
        """Whether people reach us by HTTPS, so that cookies must stay there."""
        return self.public_url.startswith("https://")

    @property
    def is_for_this_machine_only(self) -> bool:
        """Whether nobody but who sits at this machine is meant to reach us, directly or through a proxy."""
        return _is_this_machine(self.host) and _is_this_machine(urlsplit(self.public_url).hostname or "")


def load(environ: Mapping[str, str]) -> Config:
    """Read and check the environment; raises ConfigError at the first thing wrong."""
    values = _values(environ)
    role = ProcessRole(_one_of("ROLE", values.get("ROLE", "all"), tuple(ProcessRole)))
    host, port = _listen("LISTEN", values.get("LISTEN", DEFAULT_LISTEN))
    data_dir = Path(values.get("DATA", "poststelle-data")).absolute()
    public_url = _url("PUBLIC_URL", values.get("PUBLIC_URL", f"http://localhost:{port}"))
    microsoft = _microsoft(values)
    database = _database("DATABASE", values.get("DATABASE", f"sqlite:///{data_dir / 'poststelle.db'}"))
    asked = values.get("LISTEN", DEFAULT_WORKER_LISTEN)
    of_worker = _listen("WORKER_LISTEN", values.get("WORKER_LISTEN", asked))
    if role is ProcessRole.WORKER:
        host, port = of_worker
    return Config(
        data_dir=data_dir,
        database_url=_of_role(role, database),
        public_url=public_url,
        host=host,
        port=port,
        keys=values.get("KEY") or None,
        key_file=_key_file(values.get("KEY_FILE"), data_dir),
        microsoft=microsoft,
        admin=_admin(values),
        demo_logins=_demo_logins(values.get("DEMO_LOGINS")),
        poll_s=_seconds("POLL_SECONDS", values.get("POLL_SECONDS")),
        pulls_at_once=_whole("PULLS_AT_ONCE", values.get("PULLS_AT_ONCE"), DEFAULT_PULLS, 2, 64),
        ui_dir=_existing("UI", values.get("UI")),
        log_format=_one_of("LOG", values.get("LOG", "console"), ("console", "json")),
        trusted_proxies=_networks("TRUSTED_PROXIES", values.get("TRUSTED_PROXIES")),
        notification_url=_notification_url(values.get("NOTIFICATION_URL"), public_url, microsoft),
        cors_origins=_origins(values.get("CORS_ORIGINS")),
        push_networks=_networks("PUSH_NETWORKS", values.get("PUSH_NETWORKS")),
        picture_networks=_networks("PICTURE_NETWORKS", values.get("PICTURE_NETWORKS")),
        push_ca_file=_certificates("PUSH_CA_FILE", values.get("PUSH_CA_FILE")),
        metrics_token=_token("METRICS_TOKEN", values.get("METRICS_TOKEN")),
        role=role,
        blobs=_blobs(values.get("BLOBS"), "BLOBS", values),
        blobs_cache=_cache_mb(values.get("BLOBS_CACHE_MB")) * 10**6,
        database=_database_options(values),
        drain_s=_drain_seconds(values.get("DRAIN_SECONDS")) if role.answers else 0.0,
    )


def _of_role(role: ProcessRole, database: str) -> str:
    if role is not ProcessRole.ALL and database.startswith("sqlite"):
        raise ConfigError(
            f"The role {role.value} needs PostgreSQL: a SQLite file is for one server that does everything."
            f" Set {PREFIX}DATABASE to postgresql://… (`poststelle migrate-store` moves what is there), or"
            " leave the role out."
        )
    return database


def _values(environ: Mapping[str, str]) -> Values:
    """What is set, with the secrets out of their files."""
    texts = own(environ)
    for variable, path in list(files_in(texts)):
        if texts.get(variable.name, "").strip():
            raise ConfigError(f"Set {variable.full_name} or {PREFIX}{variable.name_of_file}, not both.")
        texts[variable.name] = _in_file(variable, path)
    return Values(texts)


def _in_file(variable: Variable, path: str) -> str:
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "it is no text"
        raise ConfigError(f"{PREFIX}{variable.name_of_file} {path} can't be read: {reason}.") from problem
    if not text.strip():
        raise ConfigError(
            f"{PREFIX}{variable.name_of_file} {path} is empty: put the value of {variable.full_name} into it."
        )
    return text


def _token(name: str, text: str) -> str:
    if text and (len(text) < SHORTEST_TOKEN or not text.isascii() or not text.isprintable()):
        raise ConfigError(f"{PREFIX}{name} has at least {SHORTEST_TOKEN} characters, all of ASCII.")
    return text


def _listen(name: str, text: str) -> tuple[str, int]:
    host, separator, port = text.rpartition(":")
    if not separator or not port.isdigit() or not 0 <= int(port) <= 65535:
        raise ConfigError(f"{PREFIX}{name} must be host:port, for example 0.0.0.0:8025, not {text!r}.")
    return host.strip("[]") or "0.0.0.0", int(port)  # noqa: S104 - ":8025" asks for every interface


def _database(name: str, url: str) -> str:
    if not url.startswith(("sqlite:///", *_POSTGRESQL)):
        raise ConfigError(f"{PREFIX}{name} must begin with sqlite:/// or postgresql://.")
    if url.startswith(_POSTGRESQL) and (problem := problem_of(url)) is not None:
        raise ConfigError(f"{PREFIX}{name} {problem}.")
    return url


def new_blobs(environ: Mapping[str, str], text: str) -> S3Address | Path | None:
    """Where octets are to be moved, as ``text`` says. Its keys and CA are the ones in use where it has none
    of its own. Raises ConfigError.
    """
    return _blobs(text, "NEW_BLOBS", _values(environ), otherwise="BLOBS")


def _blobs(text: str, name: str, values: Values, otherwise: str = "") -> S3Address | Path | None:
    """Where octets are kept, with the keys and the CA that go with it."""
    if not text:
        return None
    has_own = not otherwise or bool(values.get(f"{name}_ACCESS_KEY"))
    keys = name if has_own else otherwise
    ca = name if not otherwise or values.get(f"{name}_CA_FILE") or has_own else otherwise
    ca_file = _certificates(f"{ca}_CA_FILE", values.get(f"{ca}_CA_FILE"))
    try:
        return address.parse(
            text,
            values.get(f"{keys}_ACCESS_KEY"),
            values.get(f"{keys}_SECRET_KEY"),
            None if ca_file is None else ca_file.read_bytes(),
        )
    except ValueError as problem:
        raise ConfigError(f"{PREFIX}{name} {problem}.") from problem
    except OSError as problem:
        raise ConfigError(f"{PREFIX}{ca}_CA_FILE {ca_file} can't be read: {problem.strerror}.") from problem


def _cache_mb(text: str) -> int:
    if not text:
        return DEFAULT_CACHE_MB
    if not text.isascii() or not text.isdecimal() or int(text) > 10**7:
        raise ConfigError(f"{PREFIX}BLOBS_CACHE_MB must be a whole number of megabytes, not {text!r}.")
    return int(text)


def _database_options(values: Values) -> DatabaseOptions:
    direct = values.get("DATABASE_DIRECT")
    if direct and not (direct.startswith(_POSTGRESQL) and values.get("DATABASE").startswith(_POSTGRESQL)):
        raise ConfigError(
            f"{PREFIX}DATABASE_DIRECT and {PREFIX}DATABASE must both begin with postgresql://:"
            " they are two ways to one database."
        )
    if direct:
        _database("DATABASE_DIRECT", direct)
    prepare = _one_of("DATABASE_PREPARE", values.get("DATABASE_PREPARE", "auto"), ("auto", "on", "off"))
    return DatabaseOptions(
        direct=direct or None,
        prepares=None if prepare == "auto" else prepare == "on",
        connections=_whole("DATABASE_CONNECTIONS", values.get("DATABASE_CONNECTIONS"), CONNECTIONS, 2, 100),
        partitions=_partitions(values.get("DATABASE_PARTITIONS", "0")),
    )


def _partitions(text: str) -> int:
    return 0 if text == "0" else _whole("DATABASE_PARTITIONS", text, 0, 2, 256)


def _networks(name: str, text: str) -> tuple[str, ...]:
    """Addresses and networks, with commas between."""
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    for part in found:
        try:
            ip_network(part)
        except ValueError as problem:
            raise ConfigError(
                f"{PREFIX}{name} must be addresses like 127.0.0.1 or 10.0.0.0/8 with commas between,"
                f" not {part!r}."
            ) from problem
    return found


def _origins(text: str) -> tuple[str, ...]:
    """Sites whose pages may use the mail API, each as browsers name it."""
    found = tuple(part.strip().lower() for part in text.split(",") if part.strip())
    for part in found:
        url = urlsplit(part) if _is_address(part) else None
        if url is None or part != f"{url.scheme}://{url.netloc}" or "@" in url.netloc:
            raise ConfigError(
                f"{PREFIX}CORS_ORIGINS must be origins like https://mail.example.org with commas between,"
                f" not {part!r}."
            )
    return found


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _url(name: str, text: str) -> str:
    if not _is_address(text):
        raise ConfigError(f"{PREFIX}{name} must be an address like https://mail.example.org, not {text!r}.")
    path = urlsplit(text).path.strip("/")
    if name == "PUBLIC_URL" and path:
        raise ConfigError(f"{PREFIX}PUBLIC_URL must have no path: Poststelle needs a host name of its own.")
    if name == "GRAPH_BASE" and not path:
        raise ConfigError(f"{PREFIX}GRAPH_BASE must end with the version, as in {text.rstrip('/')}/v1.0.")
    return text.rstrip("/")


def _notification_url(text: str, public_url: str, microsoft: MicrosoftPreset) -> str | None:
    """Where Microsoft may tell us of changes; None when it could not reach us, or is not to (``off``).

    Only a simulated Microsoft 365 may be told plain HTTP, and only on this machine.
    """
    if text.lower() == "off":
        return None
    if not text:
        is_public = not _is_this_machine(urlsplit(public_url).hostname or "")
        return public_url if public_url.startswith("https://") and is_public else None
    url = _url("NOTIFICATION_URL", text)
    is_simulated = microsoft.graph_base is not None and _is_this_machine(urlsplit(url).hostname or "")
    if not url.startswith("https://") and not is_simulated:
        raise ConfigError(
            f"{PREFIX}NOTIFICATION_URL must begin with https://: Microsoft tells nothing to other addresses."
        )
    return url


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        has_good_port = parts.port is None or parts.port >= 0
    except ValueError:
        return False
    is_plain = not (parts.query or parts.fragment or parts.username)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and is_plain and has_good_port


def _microsoft(values: Values) -> MicrosoftPreset:
    login_base, graph_base = values.get("MICROSOFT_LOGIN_BASE"), values.get("GRAPH_BASE")
    if bool(login_base) != bool(graph_base):
        raise ConfigError(f"{PREFIX}MICROSOFT_LOGIN_BASE and {PREFIX}GRAPH_BASE must be set together.")
    for name, text in (("MICROSOFT_LOGIN_BASE", login_base), ("GRAPH_BASE", graph_base)):
        if text and not _url(name, text).startswith("https://"):
            raise ConfigError(f"{PREFIX}{name} must begin with https://: tokens travel there.")
    return MicrosoftPreset(
        login_base=_url("MICROSOFT_LOGIN_BASE", login_base) if login_base else None,
        graph_base=_url("GRAPH_BASE", graph_base) if graph_base else None,
        ca_file=_certificates("CA_FILE", values.get("CA_FILE")),
        client_id=values.get("MICROSOFT_CLIENT_ID"),
        client_secret=values.get("MICROSOFT_CLIENT_SECRET"),
        requests_at_once=_whole("GRAPH_REQUESTS", values.get("GRAPH_REQUESTS"), DEFAULT_REQUESTS, 1, 1000),
    )


def _admin(values: Values) -> FirstAdmin | None:
    login, password = values.get("ADMIN_LOGIN"), values.get("ADMIN_PASSWORD")
    if not login and not password:
        return None
    if not login or not password:
        raise ConfigError(f"{PREFIX}ADMIN_LOGIN and {PREFIX}ADMIN_PASSWORD must be set together.")
    return FirstAdmin(login=login, name=values.get("ADMIN_NAME", login), password=password)


def _demo_logins(text: str) -> tuple[DemoLogin, ...]:
    if not text:
        return ()
    try:
        return msgspec.json.decode(text, type=tuple[DemoLogin, ...])
    except msgspec.DecodeError as problem:
        raise ConfigError(
            f'{PREFIX}DEMO_LOGINS must be JSON like [{{"login": …, "name": …, "password": …}}]: {problem}.'
        ) from problem


def _seconds(name: str, text: str | None) -> float:
    if not text:
        return DEFAULT_POLL_S
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0.1 <= seconds <= 3600:
        raise ConfigError(f"{PREFIX}{name} must be a number of seconds from 0.1 to 3600, not {text!r}.")
    return seconds


def _drain_seconds(text: str) -> float:
    if not text:
        return 0.0
    return float(_whole("DRAIN_SECONDS", text, 0, 0, LONGEST_DRAIN_S))


def _whole(name: str, text: str, default: int, least: int, most: int) -> int:
    count = int(text) if text.isdecimal() else (-1 if text else default)
    if not least <= count <= most:
        raise ConfigError(f"{PREFIX}{name} must be a whole number from {least} to {most}, not {text!r}.")
    return count


def _existing(name: str, text: str | None) -> Path | None:
    if not text:
        return None
    path = Path(text).absolute()
    if not path.exists():
        raise ConfigError(f"{PREFIX}{name} points to {path}, which does not exist.")
    return path


def _certificates(name: str, text: str | None) -> Path | None:
    """A file of authorities that can be trusted."""
    path = _existing(name, text)
    if path is not None:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
        except ssl.SSLError as problem:
            raise ConfigError(f"{PREFIX}{name} {path} holds no certificate in PEM form.") from problem
        except OSError as problem:
            raise ConfigError(f"{PREFIX}{name} {path} can't be read: {problem.strerror}.") from problem
    return path


def _key_file(text: str, data_dir: Path) -> Path:
    """Where the key is, or is to be made: a folder that is not there is one that was not mounted."""
    path = Path(text or data_dir / "poststelle.key").absolute()
    if text and not path.parent.is_dir():
        raise ConfigError(
            f"{PREFIX}KEY_FILE points into {path.parent}, which is no folder: make it, or correct the name."
        )
    return path


def _one_of(name: str, text: str, allowed: tuple[str, ...]) -> str:
    if text not in allowed:
        raise ConfigError(f"{PREFIX}{name} must be one of {', '.join(allowed)}, not {text!r}.")
    return text
