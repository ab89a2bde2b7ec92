"""Text from strangers, made fit to be stored and sent as JSON."""

import re
from collections.abc import Iterator

_SURROGATE = re.compile("[\ud800-\udfff]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_SLICE = 65_536  # characters: a replacement of each of them lets no other thread run for a few milliseconds

_LARGE_SLICE = 1_000_000  # characters: likewise, of one sign alone


def clean(text: str) -> str:
    """The text with NUL and lone surrogates replaced by U+FFFD.

    PostgreSQL's text holds no NUL, UTF-8 no surrogate. Source: PostgreSQL, "Character Types"; RFC 3629 §3.
    """
    if "\0" in text:
        text = "".join(one.replace("\0", _REPLACEMENT) for one in _slices(text, _LARGE_SLICE))
    if text.isascii() or _is_encodable(text):
        return text
    return "".join(_SURROGATE.sub(_REPLACEMENT, one) for one in _slices(text, _SLICE))


def plain_lines(text: str) -> str:
    """The text with LF for CRLF, a slice after the other: all at once no other thread would run meanwhile."""
    slices = []
    start = 0
    while start < len(text):
        end = start + _LARGE_SLICE
        if text[end - 1 : end + 1] == "\r\n":
            end += 1
        slices.append(text[start:end].replace("\r\n", "\n"))
        start = end
    return "".join(slices)


def shortened(text: str, limit: int) -> str:
    """At most ``limit`` characters; what was cut is shown by an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _slices(text: str, size: int) -> Iterator[str]:
    return (text[start : start + size] for start in range(0, len(text), size))


def _is_encodable(text: str) -> bool:
    """Encoding is ten times as fast as looking for surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
