"""The subject that an answer and what it answers have in common. Source: RFC 5256 §2.1, RFC 8621 §3."""

import re

_BEFORE = re.compile(
    r"(?:\s*(?:(?:re|aw|antw|fwd?|wg|sv|vs|tr|rif)\s*(?:\[[^\[\]]*\]\s*)?:|\[[^\[\]]*\](?=.*\S)))+",
    re.IGNORECASE,
)
_AFTER = re.compile(r"(?:\s*\(fwd\))+\s*\Z", re.IGNORECASE)
_LONGEST = 500


def base_subject(subject: str) -> str:
    """Without Re:, AW:, Fwd:, WG: and the names of lists, in small letters, blanks folded."""
    text = subject[:_LONGEST]
    found = _BEFORE.match(text)
    return " ".join(_AFTER.sub("", text[found.end() :] if found else text).casefold().split())
