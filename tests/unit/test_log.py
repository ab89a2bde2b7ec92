"""Logs hold no mail and no secrets, however careless the line."""

import io
import json
import logging

import structlog

from poststelle.lib.log import HIDDEN, redact, set_up_logging


def test_fields_that_may_hold_secrets_or_mail_are_blanked() -> None:
    """By name: tokens, passwords, addresses, subjects, bodies."""
    event = redact(
        None, "", {"access_token": "a", "subject": "b", "Password": "c", "to": ["d"], "account": 3}
    )

    assert event == {
        "access_token": HIDDEN,
        "subject": HIDDEN,
        "Password": HIDDEN,
        "to": HIDDEN,
        "account": 3,
    }


def test_texts_that_look_like_secrets_are_blanked() -> None:
    """Bearer tokens, both kinds of Microsoft's access tokens, addresses, codes in URLs."""
    text = (
        "Bearer abc.def eyJhbGciOiJSUzI1NiJ9.e30.x EwB4A8l6BAAU7p9QDpi09876543210 a@b.example ?code=1.C&x=1"
    )
    cleaned = redact(None, "", {"event": text})["event"]

    assert cleaned == f"{HIDDEN} {HIDDEN} {HIDDEN} {HIDDEN} ?{HIDDEN}&x=1"


def test_an_exception_is_logged_without_the_values_around_it() -> None:
    """A traceback shows code, not the variables, which hold mail."""
    out = io.StringIO()
    configured = structlog.get_config()
    try:
        set_up_logging(as_json=True, stream=out)
        body = "vertraulich" * 2
        try:
            raise ValueError(f"bad address {body[:0]}jm@kunde.example")
        except ValueError:
            structlog.get_logger().exception("pull.failed", account=3)
    finally:
        structlog.configure(**configured)

    line = json.loads(out.getvalue())
    assert (line["event"], line["account"], line["level"]) == ("pull.failed", 3, "error")
    assert "ValueError" in line["exception"]
    assert "vertraulichvertraulich" not in out.getvalue()
    assert "kunde.example" not in out.getvalue()


def test_what_a_database_refuses_is_not_logged() -> None:
    """PostgreSQL's errors quote the row: its code and words stay, its values do not."""
    told = (
        'Traceback …\npsycopg.errors.NotNullViolation: null value in column "size" of relation "messages"\n'
        "DETAIL:  Failing row contains (3, 71, Kündigung\nMietvertrag, null).\n\n"
        "During handling of the above exception, another exception occurred:\n\n"
        'psycopg.errors.InvalidTextRepresentation: invalid input syntax for type bigint: "Kündigung 7"\n'
        "CONTEXT:  unnamed portal parameter $1 = 'Kündigung 7'"
    )
    cleaned = redact(None, "", {"exception": told})["exception"]

    assert "NotNullViolation" in cleaned and "InvalidTextRepresentation" in cleaned
    assert "During handling of the above" in cleaned
    assert "Kündigung" not in cleaned and "Mietvertrag" not in cleaned


def test_other_libraries_log_in_the_same_form() -> None:
    """A line of JSON each, without the database's host and user, which connection pools name."""
    out = io.StringIO()
    configured, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        set_up_logging(as_json=True, stream=out)
        for told in (
            'at "10.1.2.3", port 5432 failed: FATAL:  password authentication failed for user "poststelle"',
            "auf »db.intern«, FATAL: Passwort-Authentifizierung für Benutzer »poststelle« fehlgeschlagen",
            "failed to resolve host 'db.intern': [Errno -2] Name or service not known",
        ):
            logging.getLogger("psycopg.pool").warning("error connecting in %r: server %s", "pool-1", told)
    finally:
        structlog.configure(**configured)
        root.handlers[:], root.level = handlers, level

    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [(one["logger"], one["level"]) for one in lines] == [("psycopg.pool", "warning")] * 3
    assert "password authentication failed" in lines[0]["event"]
    for name in ("poststelle", "10.1.2.3", "db.intern"):
        assert name not in out.getvalue()
