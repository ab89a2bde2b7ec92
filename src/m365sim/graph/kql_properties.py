"""What a search can ask of a message, property by property.

Source: Graph v1.0, "Use the $search query parameter" (searchable message properties); [MS-KQL] 2.1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cached_property
from html import unescape

from m365sim.graph.errors import GraphError, bad_request, not_simulated
from m365sim.graph.kql_dates import span_of
from m365sim.world.content import Address, Content
from m365sim.world.messages import Message

_MARKUP = re.compile(r"<(style|script|head|title)\b.*?</\1\s*>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_WORD = re.compile(r"\w+")
_ASCII = re.compile(r"(?:(?!ss)[a-z0-9_])+")  # without what ß becomes when letter case is taken away
_DEFAULT = ("subject", "from", "body")
_SIZE = re.compile(r"^(\d+)(b|kb|mb)?$", re.IGNORECASE)
_UNITS = {"": 1, "b": 1, "kb": 1024, "mb": 1024 * 1024}
_IMPORTANCE = {"low": "low", "medium": "normal", "normal": "normal", "high": "high"}
_YES = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_KINDS = frozenset(
    {"contacts", "docs", "email", "externaldata", "faxes", "im", "journals", "meetings", "microsoftteams"}
    | {"notes", "posts", "rssfeeds", "tasks", "voicemail"}
)
_TEXTS = frozenset({"attachment", "bcc", "body", "cc", "from", "participants", "recipients", "subject", "to"})

PROPERTIES: dict[str, str] = {
    **{name: name for name in (*_TEXTS, "importance", "kind", "received", "sent", "size")},
    "attachments": "attachment",
    "attachmentnames": "attachment",
    "hasattachment": "hasattachment",
    "hasattachments": "hasattachment",
}
"""Names as written in a search, in lower case, and the property each means."""


class Searched:
    """A message with the texts that searches look into, each made when first asked for."""

    def __init__(self, message: Message) -> None:
        self.message = message
        self._texts: dict[str, str] = {}

    @cached_property
    def content(self) -> Content:
        """What the message says."""
        return self.message.source.load()

    @cached_property
    def _raw_body(self) -> bytes:
        return self.content.body.encode("utf-8", "surrogatepass").lower()

    def may_hold(self, part: bytes) -> bool:
        """False when the body cannot hold these ASCII letters, which is found out ten times faster."""
        return part in self._raw_body or b"&" in self._raw_body

    def text(self, name: str) -> str:
        """The words of one property in lower case."""
        found = self._texts.get(name)
        if found is None:
            found = self._texts[name] = self._made(name)
        return found

    def _made(self, name: str) -> str:
        content = self.content
        match name:
            case "subject":
                return content.subject.casefold()
            case "body":
                return _plain(content).casefold()
            case "attachment":
                return "\n".join(a.name for a in content.attachments).casefold()
            case "participants":
                return _names((*_sender(content), *content.to, *content.cc, *content.bcc))
            case "recipients":
                return _names((*content.to, *content.cc, *content.bcc))
            case "from":
                return _names(_sender(content))
        return _names({"to": content.to, "cc": content.cc, "bcc": content.bcc}[name])


def _sender(content: Content) -> tuple[Address, ...]:
    return tuple(a for a in (content.from_, content.sender) if a is not None)


def _names(addresses: Iterable[Address]) -> str:
    return "\n".join(f"{a.name} {a.address}" for a in addresses).casefold()


def _plain(content: Content) -> str:
    if not content.is_html:
        return content.body
    text = _MARKUP.sub(" ", content.body)
    return unescape(text) if "&" in text else text


Test = Callable[[Searched], bool]


def words_test(name: str | None, value: str) -> Test:
    """Whether a property (None: those of default) holds these words side by side; ``word*`` begins one."""
    is_prefix = value.endswith("*")
    text = value.rstrip("*").strip('"')
    if "*" in text:
        raise not_simulated(f"the wildcard in {value}: it may only end a word")
    words = _WORD.findall(text.casefold())
    if not words:
        raise bad_request(f"Syntax error in the search expression: '{value}' holds no word.")
    names = _DEFAULT if name is None else (name,)
    end = "" if is_prefix else r"(?!\w)"
    pattern = re.compile(r"(?<!\w)" + r"\W+".join(words) + end)
    first, part = words[0], max(_ASCII.findall(words[0]) or [""], key=len).encode()

    def holds(searched: Searched, name: str) -> bool:
        if name == "body" and not searched.may_hold(part):
            return False
        text = searched.text(name)
        return first in text and pattern.search(text) is not None

    return lambda searched: any(holds(searched, name) for name in names)


def property_test(name: str, operator: str, value: str, now_s: int) -> Test:
    """What one restriction asks; 400 for a value or an operator that does not fit the property."""
    bare = value.strip('"')
    if operator == "<>":
        positive = property_test(name, "=", value, now_s)
        return lambda m: not positive(m)
    if name in ("received", "sent"):
        return _date_test(name, operator, bare, now_s)
    if name == "size":
        return _size_test(operator, bare)
    if operator not in (":", "="):
        raise _unfit(name, operator + value)
    if name in _TEXTS:
        return words_test(name, value)
    return _choice_test(name, bare)


def _choice_test(name: str, value: str) -> Test:
    word = value.lower()
    match name:
        case "hasattachment" if word in _YES:
            return lambda m: m.content.has_attachments is _YES[word]
        case "importance" if word in _IMPORTANCE:
            return lambda m: m.message.importance == _IMPORTANCE[word]
        case "kind" if word in _KINDS:
            return lambda m: word == "email"
    raise _unfit(name, value)


def _date_test(name: str, operator: str, value: str, now_s: int) -> Test:
    low, high = span_of(operator, value, now_s)

    def test(searched: Searched) -> bool:
        at = searched.message.received_s if name == "received" else searched.content.sent_s
        return low <= at < high

    return test


def _size_test(operator: str, value: str) -> Test:
    first, dots, last = value.partition("..")
    if dots and operator in (":", "="):
        low, high = _size(first), _size(last)
        return lambda m: low <= m.content.size <= high
    wanted = _size(value)
    tests: dict[str, Test] = {
        ":": lambda m: m.content.size == wanted,
        "=": lambda m: m.content.size == wanted,
        ">": lambda m: m.content.size > wanted,
        ">=": lambda m: m.content.size >= wanted,
        "<": lambda m: m.content.size < wanted,
        "<=": lambda m: m.content.size <= wanted,
    }
    return tests[operator]


def _size(text: str) -> int:
    match = _SIZE.match(text)
    if match is None:
        raise _unfit("size", text)
    return int(match[1]) * _UNITS[(match[2] or "").lower()]


def _unfit(name: str, value: str) -> GraphError:
    return bad_request(f"The value '{value}' does not fit the search property {name}.")
