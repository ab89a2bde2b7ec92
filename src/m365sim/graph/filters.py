"""``$filter`` on messages: parsed once, then a function from a message to yes or no.

Grammar: comparisons ``property op literal``, ``startswith``/``endswith``/``contains``, ``categories/any``,
joined by ``and``, ``or``, ``not`` and brackets. What Graph has beyond that is refused with 501.

Source: Graph v1.0, "Use the $filter query parameter"; "List messages" (rule on $filter with $orderby).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from m365sim.graph.errors import GraphError, bad_request, not_simulated
from m365sim.world.content import Address
from m365sim.world.instants import parse_iso
from m365sim.world.mailbox import Mailbox
from m365sim.world.messages import Message

Test = Callable[[Message], bool]
Value = Callable[[Message], Any]

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<instant>\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?)|(?P<number>-?\d+)"
    r"|(?P<punct>[(),:])|(?P<word>[A-Za-z_][\w./]*))"
)
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": lambda text, part: part in text,
}


def properties(mailbox: Mailbox) -> dict[str, Value]:
    """The properties to filter and sort by. Texts compare without letter case, except ids."""
    return {
        "receivedDateTime": lambda m: m.received_s,
        "sentDateTime": lambda m: m.source.load().sent_s,
        "createdDateTime": lambda m: m.created_s,
        "lastModifiedDateTime": lambda m: m.modified_s,
        "isRead": lambda m: m.is_read,
        "isDraft": lambda m: m.is_draft,
        "hasAttachments": lambda m: m.source.load().has_attachments,
        "importance": lambda m: m.importance,
        "inferenceClassification": lambda m: m.inference,
        "flag/flagStatus": lambda m: m.flag.status,
        "subject": lambda m: m.source.load().subject,
        "bodyPreview": lambda m: m.source.load().preview,
        "internetMessageId": lambda m: m.source.load().message_id,
        "conversationId": lambda m: mailbox.ids.conversation(m.source.load().conversation),
        "parentFolderId": lambda m: mailbox.ids.folder(m.folder.number),
        "from/emailAddress/address": lambda m: _address(m.source.load().from_),
        "from/emailAddress/name": lambda m: _name(m.source.load().from_),
        "sender/emailAddress/address": lambda m: _address(m.source.load().sender),
        "sender/emailAddress/name": lambda m: _name(m.source.load().sender),
    }


def _address(address: Address | None) -> str:
    return address.address if address else ""


def _name(address: Address | None) -> str:
    return address.name if address else ""


@dataclass(frozen=True, slots=True)
class Filter:
    """A parsed filter and the properties it names, in order of their first mention."""

    test: Test
    properties: tuple[str, ...]


def parse_filter(text: str, mailbox: Mailbox) -> Filter:
    """Parse a filter; 400 for bad syntax or types, 501 for what is not simulated."""
    parser = _Parser(_tokens(text), properties(mailbox))
    test = parser.disjunction()
    parser.end()
    return Filter(test, tuple(dict.fromkeys(parser.named)))


def check_order(found: Filter | None, order: Sequence[tuple[str, bool]]) -> None:
    """400 InefficientFilter unless the filter begins with the properties sorted by, in their order.

    Source: Graph v1.0, "List messages", "Using filter and orderby in the same query".
    """
    wanted = tuple(name for name, _ in order)
    if found is not None and wanted and found.properties[: len(wanted)] != wanted:
        message = "The restriction or sort order is too complex for this operation."
        raise GraphError(400, "InefficientFilter", message)


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, position = [], 0
    stripped = text.rstrip()
    while position < len(stripped):
        match = _TOKEN.match(stripped, position)
        if match is None or match.lastgroup is None:
            raise bad_request(f"Invalid filter clause: syntax error at position {position} in '{text}'.")
        tokens.append((match.lastgroup, match[match.lastgroup]))
        position = match.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], known: dict[str, Value]) -> None:
        self._tokens = tokens
        self._known = known
        self._at = 0
        self.named: list[str] = []

    def disjunction(self) -> Test:
        tests = [self._conjunction()]
        while self._accept("or"):
            tests.append(self._conjunction())
        return tests[0] if len(tests) == 1 else lambda m: any(t(m) for t in tests)

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise self._error()

    def _conjunction(self) -> Test:
        tests = [self._negation()]
        while self._accept("and"):
            tests.append(self._negation())
        return tests[0] if len(tests) == 1 else lambda m: all(t(m) for t in tests)

    def _negation(self) -> Test:
        if self._accept("not"):
            inner = self._negation()
            return lambda m: not inner(m)
        if self._accept("("):
            inner = self.disjunction()
            self._expect(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Test:
        kind, word = self._next()
        if kind != "word":
            raise self._error()
        if word.lower() in _FUNCTIONS and self._accept("("):
            return self._function(word.lower())
        if word == "categories/any":
            return self._category()
        if word.endswith(("/any", "/all")):
            raise not_simulated(f"$filter by {word}")
        value = self._property(word)
        compare = _OPERATORS.get(self._next()[1])
        if compare is None:
            raise self._error()
        wanted = self._literal(word)
        return lambda m: compare(_folded(value(m), word), wanted)

    def _function(self, name: str) -> Test:
        word = self._next()[1]
        value = self._property(word)
        self._expect(",")
        part = self._literal(word)
        self._expect(")")
        if not isinstance(part, str):
            raise bad_request(f"{name} needs a text.")
        test = _FUNCTIONS[name]
        return lambda m: test(str(_folded(value(m), word)), part)

    def _category(self) -> Test:
        self.named.append("categories")
        self._expect("(")
        variable = self._next()[1]
        self._expect(":")
        if self._next()[1] != variable or self._next()[1] != "eq":
            raise not_simulated("$filter by categories/any with anything but eq")
        kind, text = self._next()
        if kind != "text":
            raise self._error()
        self._expect(")")
        wanted = _unquoted(text).casefold()
        return lambda m: any(c.casefold() == wanted for c in m.categories)

    def _property(self, word: str) -> Value:
        if word not in self._known:
            raise not_simulated(f"$filter or $orderby by {word}")
        self.named.append(word)
        return self._known[word]

    def _literal(self, word: str) -> Any:
        kind, text = self._next()
        if word.endswith("DateTime"):
            if kind != "instant":
                raise bad_request(f"Invalid filter clause: {word} needs an instant, not {text}.")
            try:
                return parse_iso(text)
            except ValueError as error:
                raise bad_request(f"Invalid filter clause: {text} is no instant.") from error
        if kind == "word" and text in ("true", "false") and word.startswith(("is", "has")):
            return text == "true"
        if kind == "text" and not word.startswith(("is", "has")):
            return _folded(_unquoted(text), word)
        if kind == "word" and text == "null":
            return ""
        raise bad_request(f"Invalid filter clause: {text} does not fit {word}.")

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise self._error()
        self._at += 1
        return self._tokens[self._at - 1]

    def _accept(self, text: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at][1] == text:
            self._at += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise self._error()

    def _error(self) -> GraphError:
        where = self._tokens[self._at - 1][1] if 0 < self._at <= len(self._tokens) else "the end"
        return bad_request(f"Invalid filter clause: syntax error near '{where}'.")


def _folded(value: Any, word: str) -> Any:
    return value.casefold() if isinstance(value, str) and not word.endswith("Id") else value


def _unquoted(text: str) -> str:
    return text[1:-1].replace("''", "'")
