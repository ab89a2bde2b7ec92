"""Text from strangers, made fit to be stored and sent as JSON."""

import re

# PostgreSQL text holds no NUL; UTF-8 holds no lone surrogates.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_SLICE = 65_536  # characters: a replacement of each of them lets no other thread run for a few milliseconds

_LINES_SLICE = 1_000_000  # characters: likewise, where nearly each is a line


def clean(text: str) -> str:
    """The text with NUL and lone surrogates replaced by U+FFFD.

    Source: PostgreSQL, "Character Types"; RFC 3629 §3.
    """
    if (text.isascii() or _is_encodable(text)) and "\0" not in text:
        return text
    slices = (text[start : start + _SLICE] for start in range(0, len(text), _SLICE))
    return "".join(_UNSTORABLE.sub(_REPLACEMENT, one) for one in slices)


def plain_lines(text: str) -> str:
    """The text with LF for CRLF, a slice after the other: all at once no other thread would run meanwhile."""
    slices = []
    start = 0
    while start < len(text):
        end = start + _LINES_SLICE
        if text[end - 1 : end + 1] == "\r\n":
            end += 1
        slices.append(text[start:end].replace("\r\n", "\n"))
        start = end
    return "".join(slices)


def shortened(text: str, limit: int) -> str:
    """At most ``limit`` characters; what was cut is shown by an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _is_encodable(text: str) -> bool:
    """Encoding is ten times as fast as looking for surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
