"""Logs are events with fields: ``log.info("pull.finished", account=3, changed=12)``.

A log holds ids, counts, codes and durations. Never a body, a subject, an
address, a token or a password: fields with such names are blanked here, so a
careless line is harmless.
"""

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, TextIO

import structlog

HIDDEN = "[hidden]"
_SECRET_FIELDS = re.compile(
    r"token|secret|password|passwd|cookie|authorization|assertion|certificate|client_info"
    r"|^(code|state|nonce|key|body|subject|preview|address|addresses|email|recipients|from|to|cc|bcc|username)$"
)
_SECRET_TEXT = (
    re.compile(r"(?i)bearer\s+\S+"),
    re.compile(r"\bEwB[A-Za-z0-9+/=_-]{20,}"),  # access tokens of personal Microsoft accounts
    re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_.-]*"),
    re.compile(r"(?i)\b(?:refresh_token|access_token|id_token|client_secret|code)=[^&\s]+"),
    re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    # PostgreSQL quotes the row that it refuses: everything behind these words, to the end of the error.
    re.compile(r"(?s)\b(?:DETAIL|CONTEXT|LINE \d+):.*?(?=\n\nThe above exception|\n\nDuring handling|\Z)"),
    re.compile(r"(?s)(?<=invalid input )(?:syntax|value) for [^\n]*?: \".*?\"(?=\n|\Z)"),
)


# connection to server at "10.0.0.1", port 5432 failed: FATAL: … for user "poststelle"; in German, too
_NAMED = re.compile(
    r"""(?i)\b(at|host|user|role|database|Benutzer|Rolle|Datenbank|auf)"""
    r""" (?:"[^"]*"|»[^«]*«|'[^']*')(?: \([^)]*\))?(?:, port \d+)?"""
)


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blank fields that may hold secrets or mail, and anything that looks like a token or an address."""
    for name, value in event.items():
        if _SECRET_FIELDS.search(name.lower()):
            event[name] = HIDDEN
        elif isinstance(value, str):
            event[name] = redact_text(value)
    return event


def redact_text(text: str) -> str:
    """``text`` with tokens, addresses, and who is at which database blanked."""
    for pattern in _SECRET_TEXT:
        text = pattern.sub(HIDDEN, text)
    return _NAMED.sub(rf"\1 {HIDDEN}", text)


def place_of(error: BaseException) -> dict[str, str]:
    """What an error is and where it arose, without its text, which may quote the mail it is about."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return {"error": type(error).__name__, "where": where}


def set_up_logging(*, as_json: bool, level: str = "info", stream: TextIO | None = None) -> None:
    """Send our events, and other libraries' warnings, to ``stream`` (standard error), as JSON or text."""
    out = stream or sys.stderr
    common: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        # Plain text: structlog's richer forms show local variables, which hold mail and tokens.
        structlog.processors.format_exc_info,
        redact,
    ]
    last: list[structlog.typing.Processor] = (
        [structlog.processors.JSONRenderer()] if as_json else [structlog.dev.ConsoleRenderer(colors=False)]
    )
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*common, *last],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    _set_up_standard_logging(
        out,
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *common],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        ),
    )


def _is_news(record: logging.LogRecord) -> bool:
    """Whether it is not one of psycopg's about an error after another, with the user and the database in it:
    that other one is raised, and told."""
    return not (record.name.startswith("psycopg") and str(record.msg).startswith("error ignored "))


def _set_up_standard_logging(out: TextIO, formatter: logging.Formatter) -> None:
    handler = logging.StreamHandler(out)
    handler.addFilter(_is_news)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
