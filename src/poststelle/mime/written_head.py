"""The header that a message's known facts amount to, where its own can't be had.

Text beyond ASCII is UTF-8, as in RFC 6532.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from email.utils import format_datetime

from poststelle.mime.fields import Field

_SPECIAL = frozenset('()<>[]:;@\\,."')


def fields(
    addresses: Iterable[tuple[str, Sequence[tuple[str, str]]]], texts: Iterable[tuple[str, str | None]]
) -> tuple[Field, ...]:
    """Fields of addresses (name and address each), then of texts; nothing for what is empty."""
    told = [(name, ", ".join(address(*one) for one in people)) for name, people in addresses]
    return tuple(Field(name, f" {_one_line(value)}".encode()) for name, value in [*told, *texts] if value)


def address(name: str, email: str) -> str:
    """As it stands in a header: ``"Berger, Anna" <anna@berger.example>``."""
    if not name:
        return email
    if _SPECIAL & set(name):
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}" <{email}>'
    return f"{name} <{email}>"


def date(at: datetime | None) -> str | None:
    return None if at is None else format_datetime(at)


def _one_line(text: str) -> str:
    return " ".join(text.splitlines()) if "\n" in text or "\r" in text else text
