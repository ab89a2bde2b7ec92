"""Addresses of a header, in groups, however badly they are written.

Every character is looked at a few times, whatever it is: the standard library's
parser copies the rest of the header for each token.

Source: RFC 5322 §3.4, §4.4; RFC 8621 §4.1.2.3, §4.1.2.4.
"""

import re
from dataclasses import dataclass, field

from poststelle.mime.encoded_words import decode_words, normal
from poststelle.mime.html_text import Check, unasked
from poststelle.mime.text import clean

_TOKEN = re.compile(
    r"""
      (?P<blank>[ \t\r\n]+)
    | "(?P<quoted>(?:[^"\\]|\\.|\\\Z)*+)(?:"|\Z)
    | (?P<literal>\[[^\]]*+(?:\]|\Z))
    | (?P<special>[()<>@,;:\\\]])
    | (?P<atom>[^ \t\r\n"()<>@,;:\\\[\]]+)
    """,
    re.VERBOSE | re.DOTALL,
)
# As nearly all are written: a name without signs, and an address. Read as the general way reads it.
_PLAIN = re.compile(
    r"""[ \t]*+(?:"([^"\\\r\n]*+)"[ \t]*+|([\w \t.'=?+/&!*-]*+))<([\w.+=-]++@[\w.-]++)>""", re.ASCII
)
_PLAIN_LIST = re.compile(rf"{_PLAIN.pattern}[ \t]*+(?:,{_PLAIN.pattern}[ \t]*+)*+", re.ASCII)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_LONGEST = 500_000
"""Characters of one value that are read: more people than that nobody writes to."""
_ASKED_EVERY = 4_000
_IN_COMMENT = re.compile(r"[^()\\]+|\\.|[()\\]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Named:
    """One address; ``name`` None where none is given."""

    name: str | None
    email: str


@dataclass(frozen=True, slots=True)
class Group:
    """Addresses that stand together; ``name`` None: in no group."""

    name: str | None
    addresses: tuple[Named, ...]


@dataclass(slots=True)
class _Open:
    """The address being read: words outside the brackets, the text within, and the last comment."""

    words: list[str] = field(default_factory=list)  # with a blank where there was one
    has_at: bool = False
    angle: list[str] | None = None
    comment: str = ""


def parse_groups(text: str, check: Check = unasked) -> list[Group]:
    """All addresses in order, as best they can be understood; those without a group stand under None.

    ``check`` is asked now and then: what it raises ends the work.
    """
    text = text[:_LONGEST]
    groups: list[Group] = []
    name: str | None = None
    gathered: list[Named] = []
    one = _Open()
    is_in_angle = False

    def close_address() -> None:
        nonlocal one, is_in_angle
        found = _address(one)
        if found is not None:
            gathered.append(found)
        one, is_in_angle = _Open(), False

    def close_group(*, is_named: bool) -> None:
        nonlocal gathered, name
        if gathered or is_named:
            groups.append(Group(name, tuple(gathered)))
        gathered, name = [], None

    position = asked_at = 0
    while position < len(text):
        if position >= asked_at:
            check()
            asked_at = position + _ASKED_EVERY
        token = _TOKEN.match(text, position)
        if token is None:  # a lone bracket or backslash
            position += 1
            continue
        position = token.end()
        kind, sign = token.lastgroup, token[0]
        into = one.angle if is_in_angle and one.angle is not None else one.words
        if kind == "blank":
            if into and into[-1] != " ":
                into.append(" ")
        elif kind == "quoted":
            plain = _ESCAPED.sub(r"\1", token["quoted"])
            into.append(f'"{plain}"' if is_in_angle or text[position : position + 1] == "@" else plain)
        elif kind in {"atom", "literal"}:
            into.append(sign)
        elif sign == "(":
            one.comment, position = _comment(text, position)
        elif sign == "<" and not is_in_angle:
            one.angle, is_in_angle = [], True
        elif sign == ">":
            is_in_angle = False
        elif sign == "," and not is_in_angle:
            close_address()
        elif sign == ":" and not is_in_angle and name is None and not one.has_at and one.angle is None:
            words = one.words
            one = _Open()
            close_group(is_named=False)
            name = _shown(words) or ""
        elif sign == ";" and not is_in_angle:
            close_address()
            close_group(is_named=name is not None)
        else:
            one.has_at = one.has_at or sign == "@"
            into.append(sign)
    close_address()
    close_group(is_named=name is not None)
    return groups


def parse_addresses(text: str, check: Check = unasked) -> list[Named]:
    """The same without the groups."""
    if _PLAIN_LIST.fullmatch(text):
        return [Named(_shown([quoted or bare]), email) for quoted, bare, email in _PLAIN.findall(text)]
    return [one for group in parse_groups(text, check) for one in group.addresses]


def _address(one: _Open) -> Named | None:
    if one.angle is not None:
        email = "".join(one.angle).replace(" ", "")
        email = email.rpartition(":")[2] if email.startswith("@") else email  # an obsolete route
        name = _shown(one.words) or _shown([one.comment])
        return Named(name, clean(email)) if email or name else None
    email = "".join(one.words).strip()
    if not email:
        return None
    if one.has_at:
        email = email.replace(" ", "") if " @" in email or "@ " in email else email.rpartition(" ")[2]
    return Named(_shown([one.comment]), clean(email))


def _shown(words: list[str]) -> str | None:
    """A name as people read it; None for nothing."""
    text = " ".join(decode_words("".join(words)).split())
    return clean(normal(text)) or None


def _comment(text: str, position: int) -> tuple[str, int]:
    """A comment's text from behind its bracket, and where it ends; comments within count as text."""
    depth, found = 1, []
    while position < len(text):
        token = _IN_COMMENT.match(text, position)
        if token is None:
            break
        position = token.end()
        if token[0] == "(":
            depth += 1
        elif token[0] == ")":
            depth -= 1
            if not depth:
                break
        found.append(token[0][1:] if token[0].startswith("\\") else token[0])
    return "".join(found), position
