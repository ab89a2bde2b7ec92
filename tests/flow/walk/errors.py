"""Errors of our own: whatever befalls a mailbox, none may come up."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import structlog


@contextmanager
def errors_told() -> Iterator[list[str]]:
    """What is logged as an error, which nothing that befalls a mailbox is, with its traceback."""
    found: list[str] = []

    def keep(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        if event.get("level") == "error":
            found.append("\n".join(str(value) for value in event.values()))
        raise structlog.DropEvent

    before = structlog.get_config()["processors"]
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.format_exc_info, keep]
    )
    try:
        yield found
    finally:
        structlog.configure(processors=before)
