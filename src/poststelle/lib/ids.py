"""The short text form of our numeric ids, and random secrets.

An id on the wire is one letter for the noun and the number in base 36:
``m1z`` is message 71. Lower-case letters and digits only, so ids fit JMAP's
``Id`` (RFC 8620 §1.2) and survive case-folding file systems and tools.
"""

import secrets

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_PAIRS = [high + low for high in _DIGITS for low in _DIGITS]
_TWO = len(_PAIRS)
_TYPED = "23456789abcdefghjkmnpqrstuvwxyz"  # none that looks like another
_MAX_LENGTH = 14  # 36**13 exceeds 2**63; longer can't be ours
LARGEST_ID = 2**63 - 1  # what both databases can hold


def encode_id(letter: str, number: int) -> str:
    """The wire form of ``number``: the noun's letter, then base 36."""
    if number < 0:
        raise ValueError("ids are not negative")
    digits = ""
    while number >= _TWO:
        number, rest = divmod(number, _TWO)
        digits = _PAIRS[rest] + digits
    return letter + (_DIGITS[number] if number < len(_DIGITS) else _PAIRS[number]) + digits


def decode_id(letter: str, text: str) -> int | None:
    """The number behind a wire id; None when it can't be one of ours."""
    digits = text[1:]
    if text[:1] != letter or not digits or len(text) > _MAX_LENGTH:
        return None
    if digits.strip(_DIGITS) or (digits[0] == "0" and digits != "0"):
        return None
    number = int(digits, 36)
    return number if number <= LARGEST_ID else None


def new_secret() -> str:
    """256 random bits as URL-safe text: login tokens, OAuth state."""
    return secrets.token_urlsafe(32)


def new_code(groups: int = 3) -> str:
    """Groups of four letters and digits for people to type: nearly 20 random bits each."""
    return "-".join("".join(secrets.choice(_TYPED) for _ in range(4)) for _ in range(groups))


def bare_code(typed: str) -> str:
    """What somebody has typed for it: blanks, hyphens and letter case don't matter."""
    return "".join(typed.split()).replace("-", "").lower()


def new_key() -> str:
    """128 random bits in hexadecimal: what names a draft wherever it is."""
    return secrets.token_hex(16)
