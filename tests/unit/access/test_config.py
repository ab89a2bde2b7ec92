"""The environment: defaults, and one sentence for each mistake."""

import re
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from tests.flow.push.service import make_certificate

from poststelle.cli import configuration
from poststelle.config import ConfigError, load
from poststelle.lib.database import DatabaseOptions
from poststelle.variables import VARIABLES, Values, reference, unknown


def test_an_empty_environment_is_enough() -> None:
    """Without anything set: data beside us, SQLite, this machine only."""
    config = load({"PATH": "/bin"})
    assert config.database_url == f"sqlite:///{config.data_dir / 'poststelle.db'}"
    assert (config.host, config.port, config.public_url) == ("127.0.0.1", 8025, "http://localhost:8025")
    assert config.data_dir.name == "poststelle-data"
    assert (config.database, config.direct_url) == (DatabaseOptions(), config.database_url)
    assert config.key_file == config.data_dir / "poststelle.key"
    assert config.trusted_proxies == ()
    assert config.is_for_this_machine_only
    assert not config.is_https


def test_everything_can_be_set(tmp_path: Path) -> None:
    """Each variable ends in its field."""
    make_certificate(tmp_path)
    ca_file = tmp_path / "push.pem"
    config = load({
        "POSTSTELLE_DATA": str(tmp_path),
        "POSTSTELLE_DATABASE": "postgresql://db/poststelle",
        "POSTSTELLE_DATABASE_DIRECT": "postgresql://db:5432/poststelle",
        "POSTSTELLE_DATABASE_PREPARE": "off",
        "POSTSTELLE_DATABASE_CONNECTIONS": "5",
        "POSTSTELLE_DATABASE_PARTITIONS": "32",
        "POSTSTELLE_PUBLIC_URL": "https://mail.example.org/",
        "POSTSTELLE_LISTEN": "[::1]:0",
        "POSTSTELLE_KEY": "abc",
        "POSTSTELLE_ADMIN_LOGIN": "anna",
        "POSTSTELLE_ADMIN_PASSWORD": "long enough",
        "POSTSTELLE_MICROSOFT_LOGIN_BASE": "https://localhost:8443",
        "POSTSTELLE_GRAPH_BASE": "https://localhost:8443/v1.0",
        "POSTSTELLE_CA_FILE": str(ca_file),
        "POSTSTELLE_POLL_SECONDS": "0.5",
        "POSTSTELLE_GRAPH_REQUESTS": "8",
        "POSTSTELLE_PULLS_AT_ONCE": "24",
        "POSTSTELLE_DEMO_LOGINS": '[{"login": "a", "name": "A", "password": "p"}]',
        "POSTSTELLE_LOG": "json",
        "POSTSTELLE_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8",
    })  # fmt: skip
    assert (config.host, config.port, config.public_url) == ("::1", 0, "https://mail.example.org")
    assert config.is_https
    assert config.pulls_at_once == 24
    assert config.database == DatabaseOptions("postgresql://db:5432/poststelle", False, 5, 32)
    assert config.direct_url == "postgresql://db:5432/poststelle"
    assert config.admin is not None
    assert config.admin.name == "anna"
    assert (config.microsoft.ca_file, config.microsoft.requests_at_once) == (ca_file, 8)
    assert config.trusted_proxies == ("127.0.0.1", "10.0.0.0/8")
    assert (config.poll_s, config.demo_logins[0].login, config.log_format) == (0.5, "a", "json")


def test_a_worker_listens_where_it_is_told_to_and_others_do_not() -> None:
    """Its own address, for who looks after it, and what all have in common."""
    given = {
        "POSTSTELLE_DATABASE": "postgresql://pooler/poststelle",
        "POSTSTELLE_DATABASE_DIRECT": "postgresql://db/poststelle",
        "POSTSTELLE_PUBLIC_URL": "https://mail.example.org",
        "POSTSTELLE_WORKER_LISTEN": "0.0.0.0:9000",
    }
    worker, web, whole = (load(given | {"POSTSTELLE_ROLE": role}) for role in ("worker", "web", ""))
    assert [(one.host, one.port) for one in (worker, web, whole)] == [
        ("0.0.0.0", 9000),
        ("127.0.0.1", 8025),
        ("127.0.0.1", 8025),
    ]
    assert [one.role.value for one in (worker, web, whole)] == ["worker", "web", "all"]
    assert {one.direct_url for one in (worker, web, whole)} == {"postgresql://db/poststelle"}
    assert load({"POSTSTELLE_ROLE": "worker"} | given | {"POSTSTELLE_WORKER_LISTEN": ""}).port == 8026


@pytest.mark.parametrize("role", ["web", "worker"])
def test_one_file_is_for_one_server(role: str) -> None:
    """SQLite with a part of the work: refused, with what to do about it."""
    with pytest.raises(ConfigError, match=r"needs PostgreSQL.*POSTSTELLE_DATABASE.*migrate-store"):
        load({"POSTSTELLE_ROLE": role})


SIMULATED = {
    "POSTSTELLE_MICROSOFT_LOGIN_BASE": "https://localhost:8443",
    "POSTSTELLE_GRAPH_BASE": "https://localhost:8443/v1.0",
}


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({}, None),
        ({"PUBLIC_URL": "https://localhost:8443"}, None),
        ({"PUBLIC_URL": "http://mail.example.org"}, None),
        ({"PUBLIC_URL": "https://mail.example.org"}, "https://mail.example.org"),
        ({"PUBLIC_URL": "https://mail.example.org", "NOTIFICATION_URL": "off"}, None),
        ({"NOTIFICATION_URL": "https://hooks.example.org/mail/"}, "https://hooks.example.org/mail"),
    ],
)
def test_microsoft_tells_a_public_address_only(environ: dict[str, str], url: str | None) -> None:
    """The public address if Microsoft can reach it, another where that is said, none for "off"."""
    assert load({f"POSTSTELLE_{k}": v for k, v in environ.items()}).notification_url == url


def test_only_a_simulated_microsoft_may_be_told_plainly() -> None:
    """Plain HTTP on this machine, where no real Microsoft comes."""
    plain = {"POSTSTELLE_NOTIFICATION_URL": "http://localhost:8025"}
    assert load(SIMULATED | plain).notification_url == "http://localhost:8025"
    for environ in (plain, SIMULATED | {"POSTSTELLE_NOTIFICATION_URL": "http://hooks.example.org"}):
        with pytest.raises(ConfigError, match="POSTSTELLE_NOTIFICATION_URL must begin with https"):
            load(environ)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LISTEN", "8025"),
        ("LISTEN", "localhost:http"),
        ("LISTEN", "localhost:70000"),
        ("DATABASE", "mysql://db"),
        ("ROLE", "boss"),
        ("DATABASE_DIRECT", "postgresql://db/poststelle"),  # and SQLite as the database
        ("DATABASE_PREPARE", "sometimes"),
        ("DATABASE_CONNECTIONS", "1"),
        ("DATABASE_PARTITIONS", "1"),
        ("DATABASE_PARTITIONS", "257"),
        ("DATABASE_PARTITIONS", "a few"),
        ("PUBLIC_URL", "mail.example.org"),
        ("PUBLIC_URL", "https://mail.example.org/poststelle"),
        ("PUBLIC_URL", "https://mail.example.org:99999"),
        ("PULLS_AT_ONCE", "1"),
        ("PULLS_AT_ONCE", "65"),
        ("POLL_SECONDS", "fast"),
        ("POLL_SECONDS", "0"),
        ("POLL_SECONDS", "nan"),
        ("GRAPH_REQUESTS", "0"),
        ("GRAPH_REQUESTS", "many"),
        ("MICROSOFT_LOGIN_BASE", "https://localhost:8443"),
        ("CA_FILE", "/nowhere/ca.pem"),
        ("CA_FILE", __file__),  # no certificate in it
        ("PUSH_CA_FILE", __file__),
        ("PUSH_CA_FILE", "/"),
        ("KEY_FILE", "/nowhere/poststelle.key"),
        ("WORKER_LISTEN", "8035"),  # also where this is no worker
        ("ADMIN_LOGIN", "anna"),
        ("ADMIN_PASSWORD", "long enough"),
        ("DEMO_LOGINS", "[{]"),
        ("DEMO_LOGINS", '[{"login": "a"}]'),
        ("LOG", "xml"),
        ("TRUSTED_PROXIES", "proxy.example.org"),
        ("TRUSTED_PROXIES", "*"),
        ("NOTIFICATION_URL", "hooks.example.org"),
    ],
)
def test_a_bad_value_is_named_in_one_sentence(name: str, value: str) -> None:
    """The message names the variable to change."""
    with pytest.raises(ConfigError, match=rf"POSTSTELLE_({name}|ADMIN_LOGIN|GRAPH_BASE)"):
        load({f"POSTSTELLE_{name}": value})


@pytest.mark.parametrize(
    ("name", "value"),
    [("LISTEN", "0.0.0.0:8025"), ("LISTEN", ":8025"), ("PUBLIC_URL", "https://mail.example.org")],
)
def test_others_reach_a_server_on_every_address_or_behind_a_proxy(name: str, value: str) -> None:
    """Listening beyond this machine, or being known by a public name, is being public."""
    assert not load({f"POSTSTELLE_{name}": value}).is_for_this_machine_only


def test_tokens_travel_by_https_only() -> None:
    """A simulated Microsoft without TLS is refused."""
    with pytest.raises(ConfigError, match="https"):
        load({
            "POSTSTELLE_MICROSOFT_LOGIN_BASE": "http://localhost:1",
            "POSTSTELLE_GRAPH_BASE": "http://localhost:1",
        })  # fmt: skip


def test_graphs_address_has_its_version() -> None:
    """Requests are made below it as it stands: without the version none would be answered."""
    login = {"POSTSTELLE_MICROSOFT_LOGIN_BASE": "https://localhost:8443"}
    with pytest.raises(ConfigError, match=r"GRAPH_BASE must end .* https://localhost:8443/v1\.0\."):
        load(login | {"POSTSTELLE_GRAPH_BASE": "https://localhost:8443/"})


ROOT = Path(__file__).resolve().parents[3]


def test_the_reference_is_up_to_date() -> None:
    """docs/configuration.md is what the program says; `poststelle config --reference` says it anew."""
    assert (ROOT / "docs" / "configuration.md").read_text() == reference()


def test_nothing_is_read_that_is_not_declared() -> None:
    """So the reference is complete; each declared name is in it once."""
    with pytest.raises(KeyError, match="POSTSTELLE_LISTENN"):
        Values({"LISTENN": ":80"}).get("LISTENN")
    for variable in VARIABLES:
        assert reference().count(f"| `{variable.full_name}`") == 1


def test_a_misspelt_name_is_told_with_the_right_one() -> None:
    """What Kubernetes says of a service that is called like us is nobody's mistake."""
    told = unknown({
        "POSTSTELLE_PUBLIC_ULR": "https://mail.example.org",
        "POSTSTELLE_DATABASE_FILE": "/run/secrets/database",
        "POSTSTELLE_SERVICE_HOST": "10.0.0.1",
        "POSTSTELLE_PORT_8025_TCP_ADDR": "10.0.0.1",
        "POSTSTELLE_XYZZY": "1",
        "PATH": "/bin",
    })  # fmt: skip
    assert told == [
        "Nothing reads POSTSTELLE_PUBLIC_ULR. Did you mean POSTSTELLE_PUBLIC_URL?",
        "Nothing reads POSTSTELLE_XYZZY.",
    ]


def test_a_secret_can_be_in_a_file(tmp_path: Path) -> None:
    """As container platforms hand them over, with a newline behind it."""
    secret = tmp_path / "database"
    secret.write_text("postgresql://p:geheim@db/poststelle\n")
    config = load({"POSTSTELLE_DATABASE_FILE": str(secret)})
    assert config.database_url == "postgresql://p:geheim@db/poststelle"


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        (
            {"POSTSTELLE_METRICS_TOKEN": "0123456789abcdef", "POSTSTELLE_METRICS_TOKEN_FILE": "/token"},
            "Set POSTSTELLE_METRICS_TOKEN or POSTSTELLE_METRICS_TOKEN_FILE, not both.",
        ),
        ({"POSTSTELLE_METRICS_TOKEN_FILE": "/nowhere/token"}, "No such file or directory"),
        ({"POSTSTELLE_METRICS_TOKEN_FILE": sys.executable}, "it is no text"),
    ],
)
def test_a_file_that_is_no_help(environ: dict[str, str], sentence: str) -> None:
    """Stops the start, and the sentence names the variable."""
    with pytest.raises(ConfigError, match=re.escape(sentence)) as told:
        load(environ)
    assert "POSTSTELLE_METRICS_TOKEN_FILE" in str(told.value)


def test_an_empty_file_is_no_value(tmp_path: Path) -> None:
    """It would be as if nothing were set: another database, and an empty installation in it."""
    empty = tmp_path / "database"
    empty.write_text(" \n")
    with pytest.raises(ConfigError, match="is empty: put the value of POSTSTELLE_DATABASE into it"):
        load({"POSTSTELLE_DATABASE_FILE": str(empty)})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "https://anna:geheim@mail.example.org"),
        ("BLOBS", "s3+https://anna:ge@heim@s3.example.org/eimer"),
    ],
)
def test_what_is_wrongly_in_an_address_is_not_shown(
    name: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """But that it is there."""
    with suppress(ConfigError):
        configuration.show({f"POSTSTELLE_{name}": value})
    shown = capsys.readouterr().out
    assert "heim" not in shown and "anna" not in shown
    assert ".example.org" in shown and "hidden here" in shown.replace("\n", " ")


@pytest.mark.parametrize(
    ("value", "at"),
    [
        ("postgresql://anna:ge%40heim@10.0.0.1:6432/post?sslmode=require", "postgresql://10.0.0.1:6432/post"),
        ("postgresql://anna@/post?host=/run/geheim", "postgresql:///post"),
        ("postgresql://anna:ge/heim@localhost/post", ""),
        ("postgresql://anna:ge?heim@localhost/post", ""),
        ("postgresql://anna:ge/heim?x@localhost/post", ""),
        ("postgresql://localhost/post?user=anna&password=ge@heim", ""),
    ],
)
def test_of_a_database_its_place_alone_is_shown(
    value: str, at: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """And where it is doubtful which that is, nothing."""
    with suppress(ConfigError):
        configuration.show({"POSTSTELLE_DATABASE": value})
    shown = capsys.readouterr().out
    assert "heim" not in shown and "anna" not in shown
    assert (f"{at} (the rest is hidden)" if at else "set (hidden)") in shown


def test_a_key_that_is_none_is_told() -> None:
    with pytest.raises(ConfigError, match="POSTSTELLE_KEY can't be used"):
        configuration.show({"POSTSTELLE_KEY": "notakey"})
