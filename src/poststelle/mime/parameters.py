"""A MIME field's value and its parameters: ``attachment; filename*=utf-8''Gr%C3%BC%C3%9Fe.pdf``.

Source: RFC 2045 §5.1, RFC 2231; encoded words within them, as many programs write them.
"""

import re
from urllib.parse import unquote_to_bytes

from poststelle.mime import charset
from poststelle.mime.encoded_words import decode_words, normal
from poststelle.mime.text import clean

_VALUE = re.compile(r"\s*([^\s;]*+)")
_PARAMETER = re.compile(
    r""";\s*+([^\s=;]++)\s*+=\s*+(?:"((?:[^"\\]|\\.|\\\Z)*+)(?:"|\Z)|([^;]*+))""", re.DOTALL
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_CONTINUED = re.compile(r"([^*]+)(?:\*([0-9]{1,3}))?(\*)?")
_LONGEST = 20_000


def parse(text: str) -> tuple[str, dict[str, str]]:
    """The value without parameters, in small letters, and the parameters by name, in small letters too.

    The first of a name counts; pieces are put together, and the way of RFC 2231 wins.
    """
    text = text[:_LONGEST]
    found = _VALUE.match(text)
    value = found[1] if found else ""
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for one in _PARAMETER.finditer(text):
        given = _ESCAPED.sub(r"\1", one[2]) if one[2] is not None else one[3].strip()
        name = _CONTINUED.fullmatch(one[1].lower())
        if name is None:
            continue
        if name[2] is None and name[3] is None:
            plain.setdefault(name[1], clean(normal(decode_words(given))))
        else:
            number, is_encoded = int(name[2] or 0), name[3] is not None
            pieces.setdefault(name[1], {}).setdefault(number, (given, is_encoded))
    joined = {name: _joined(of_one) for name, of_one in pieces.items()}
    return value.lower(), plain | joined


def _joined(pieces: dict[int, tuple[str, bool]]) -> str:
    """The pieces in order, up to the first one missing. Source: RFC 2231 §3, §4."""
    named: str | None = None
    octets = bytearray()
    for number in range(len(pieces)):
        if number not in pieces:
            break
        text, is_encoded = pieces[number]
        if is_encoded and number == 0 and text.count("'") >= 2:
            named, _, text = text.split("'", 2)
        octets += unquote_to_bytes(text) if is_encoded else text.encode("utf-8", "replace")
    return clean(normal(charset.decode(bytes(octets), named or "utf-8")[0]))
