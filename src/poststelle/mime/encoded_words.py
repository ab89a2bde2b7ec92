"""Words of a header that stand for others: ``=?utf-8?Q?Gr=C3=BC=C3=9Fe?=``.

Source: RFC 2047; RFC 2231 §5 (language).
"""

import binascii
import re

from poststelle.lib.normal_form import normal_form
from poststelle.mime import charset

_WORD = re.compile(r"=\?([\w.:+-]{1,40})(?:\*[\w-]*)?\?([bBqQ])\?([^?\r\n]*)\?=", re.ASCII)
_BLANK = re.compile(r"[ \t\r\n]*")


def decode_words(text: str) -> str:
    """The text with its encoded words read; one that can't be read stays as it is.

    Neighbours of one character set are read together: some programs cut a
    character in two.
    """
    if "=?" not in text:
        return text
    out: list[str] = []
    position = 0
    run: list[bytes] = []
    run_set = ""

    def close_run() -> None:
        if run:
            out.append(charset.decode(b"".join(run), run_set)[0])
            run.clear()

    for found in _WORD.finditer(text):
        name, way, content = found[1].lower(), found[2].lower(), found[3]
        octets = _octets(way, content) if charset.is_known(name) else None
        between = text[position : found.start()]
        is_next_to_one = bool(run) and _BLANK.fullmatch(between) is not None
        if octets is None:
            close_run()
            out.append(between)
            out.append(found[0])
        else:
            if not is_next_to_one or name != run_set:
                close_run()
                if not is_next_to_one:
                    out.append(between)
            run_set = name
            run.append(octets)
        position = found.end()
    close_run()
    out.append(text[position:])
    return "".join(out)


def normal(text: str) -> str:
    """In Unicode's composed form. Source: RFC 8621 §4.1.2.2 (NFC)."""
    return normal_form(text)


def _octets(way: str, content: str) -> bytes | None:
    octets = content.encode("utf-8", "surrogateescape")
    if way == "q":
        return binascii.a2b_qp(octets.replace(b"_", b" "), header=False)
    try:
        return binascii.a2b_base64(octets.rstrip(b"=") + b"===")
    except binascii.Error:
        return None
