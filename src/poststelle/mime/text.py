"""Text from strangers, made fit to be stored and sent as JSON."""

import re

# PostgreSQL text holds no NUL; UTF-8 holds no lone surrogates.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def clean(text: str) -> str:
    """The text with NUL and lone surrogates replaced by U+FFFD.

    Source: PostgreSQL, "Character Types"; RFC 3629 §3.
    """
    if (text.isascii() or _is_encodable(text)) and "\0" not in text:
        return text
    return _UNSTORABLE.sub(_REPLACEMENT, text)


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
