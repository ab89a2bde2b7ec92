"""Address lists of header fields, in time that grows with their length alone.

Groups are told as their members; comments are dropped, but for one behind a bare
address, which is its name as it was in the last century. Source: RFC 5322 §3.4, §4.4.
"""

import re
from collections.abc import Iterator

from poststelle.mime.header import unfolded, words
from poststelle.mime.text import clean
from poststelle.model.message import Address

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\Z)|<[^<>]*(?:>|\Z)|[,;:()]|\\.|[^"<>,;:()\\]+|.', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_BLANKS = re.compile(r"\s+")
_MOST = 5_000


def addresses(raw: str | None) -> tuple[Address, ...]:
    """The mailboxes of a field in their order; what has neither a name nor an address is left out."""
    if not raw:
        return ()
    found = []
    for one in _read(unfolded(raw)):
        found.append(one)
        if len(found) == _MOST:
            break
    return tuple(found)


class _Mailbox:
    """What is read of one address."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.comments: list[str] = []
        self.angle: str | None = None
        self.is_quoted = False

    def told(self) -> Address | None:
        text = "".join(self.words)
        comment = " ".join(self.comments)
        if self.angle is not None:
            name, email = text or comment, self.angle
        elif "@" in text or not comment:
            name, email = comment, _BLANKS.sub("", text) if "@" in text else text.strip()
        else:
            name, email = comment, text
        name = clean(" ".join(words(name).split()))
        email = clean(_BLANKS.sub("", words(email)) if "@" in email else words(email).strip())
        return Address(name, email) if name or email else None


def _read(line: str) -> Iterator[Address]:
    one, depth, comment = _Mailbox(), 0, ""
    for found in _TOKEN.finditer(line):
        token = found[0]
        if depth:
            depth += (token == "(") - (token == ")")
            if depth:
                comment += _ESCAPED.sub(r"\1", token)
            else:
                one.comments.append(comment.strip())
                comment = ""
        elif token == "(":
            depth = 1
        elif token in ",;":
            if (told := one.told()) is not None:
                yield told
            one = _Mailbox()
        elif token == ":":  # what stood before it was a group's name
            one = _Mailbox()
        else:
            _add(one, token)
    if (told := one.told()) is not None:
        yield told


def _add(one: _Mailbox, token: str) -> None:
    if token.startswith("<"):
        address = token.strip("<>")
        # A route before the address says how mail went in 1982. Source: RFC 5322 §4.4 (obs-route)
        one.angle = (
            address.rpartition(":")[2].strip() if address.lstrip().startswith("@") else address.strip()
        )
    elif token.startswith('"'):
        one.words.append(_ESCAPED.sub(r"\1", token[1:].removesuffix('"')))
    else:
        one.words.append(_ESCAPED.sub(r"\1", token) if token.startswith("\\") else token)
