"""A part's type as providers tell it: ``text/plain; charset="windows-1252"``. Source: RFC 2045 §5.1."""

import re

_CHARSET = re.compile(r"""(?:^|;)\s*charset\s*=\s*"?([\w.:+-]+)(?=["\s;]|$)""", re.IGNORECASE)


def split(told: str) -> tuple[str, str | None]:
    """The type alone, in small letters, and the character set where one is named."""
    type_, _, parameters = told.partition(";")
    found = _CHARSET.search(parameters)
    return type_.strip().lower(), found[1].lower() if found else None
