"""``headers`` and ``header:*`` as properties of a message and of its parts. Source: RFC 8621 §4.1.3."""

from collections.abc import Iterable, Sequence
from typing import Any

from poststelle.http.jmap.errors import MethodError
from poststelle.mime.fields import Field, parse_property
from poststelle.mime.header_told import CONVENIENT
from poststelle.mime.html_text import Check, unasked

HEADERS = "headers"
_PREFIX = "header:"
MOST = 100
"""Different ``header:*`` of one call: each is looked for in every message."""


def is_header(name: str) -> bool:
    """Whether a property is told by the header alone."""
    return name == HEADERS or name.startswith(_PREFIX)


def is_told(name: str) -> bool:
    """Whether it is a property of the header that can be asked for: in a form that its field may have."""
    return name == HEADERS or (name.startswith(_PREFIX) and parse_property(name) is not None)


def check(names: Iterable[str], known: Iterable[str], what: str) -> None:
    """Raises MethodError invalidArguments for a property that is neither known nor an allowed form."""
    asked, known = list(names), frozenset(known)
    if sum(map(is_header, asked)) > MOST:
        raise MethodError("invalidArguments", f"at most {MOST} header properties at once")
    for name in asked:
        if name not in known and not is_told(name):
            raise MethodError("invalidArguments", f"unknown {what} {name}")


def value(name: str, fields: Sequence[Field], check: Check = unasked) -> Any:
    """The value of ``headers``, of a ``header:*``, or of what stands for one."""
    if name == HEADERS:
        return [{"name": field.name, "value": field.text} for field in fields]
    asked = CONVENIENT.get(name) or parse_property(name)
    return None if asked is None else asked.value(fields, check)
