"""The search language of mail: a subset of KQL, parsed once, then a function from a message to yes or no.

::

    search      = conjunction *( "OR" conjunction )
    conjunction = item *( [ "AND" ] item )      side by side means AND; the same property twice means OR
    item        = [ "NOT" / "-" / "+" ] ( "(" search ")" / property operator value / word / '"' phrase '"' )

Operators are written in capitals. What KQL has beyond that is refused with 501.

Source: [MS-KQL] section 2; Graph v1.0, "Use the $search query parameter" (properties of messages).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from m365sim.graph.errors import GraphError, bad_request, not_simulated
from m365sim.graph.kql_properties import PROPERTIES, Searched, property_test, words_test

Test = Callable[[Searched], bool]

_TOKEN = re.compile(
    r'\s*(?:(?P<property>[A-Za-z]\w*)(?P<operator>:|=|<>|>=|<=|>|<)(?=\S)|(?P<phrase>"[^"]*"\*?)'
    r'|(?P<punct>[()])|(?P<sign>[-+](?=\S))|(?P<word>[^\s()"]+))'
)
_BEYOND = frozenset({"NEAR", "ONEAR", "XRANK", "WORDS", "ALL", "ANY", "NONE"})
_SPANS = ("this week", "last week", "this month", "last month", "this year", "last year")
MAX_DEPTH = 40


def parse_kql(text: str, now_s: int) -> Test:
    """Parse a search; 400 for bad syntax, 501 for what is not simulated. ``now_s`` is what today means."""
    parser = _Parser(_tokens(text), now_s)
    test = parser.disjunction()
    parser.end()
    return test


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class _Item:
    """One item of a conjunction; ``group`` names the property of a plain restriction."""

    test: Test
    group: str | None = None


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    position = 0
    while position < len(text.rstrip()):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _error(text[position:].strip()[:20])
        if match["property"] is not None:
            found += [_Token("property", match["property"]), _Token("operator", match["operator"])]
        else:
            kind = match.lastgroup or ""
            found.append(_Token(kind, match[kind]))
        position = match.end()
    return found


def _error(near: str) -> GraphError:
    return bad_request(f"Syntax error in the search expression near '{near}'.")


class _Parser:
    def __init__(self, tokens: list[_Token], now_s: int) -> None:
        self._tokens, self._at, self._now_s = tokens, 0, now_s
        self._depth = 0

    def disjunction(self) -> Test:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise bad_request("The search expression is nested too deeply.")
        tests = [self._conjunction()]
        while self._accept("word", "OR"):
            tests.append(self._conjunction())
        self._depth -= 1
        return tests[0] if len(tests) == 1 else lambda m: any(t(m) for t in tests)

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise _error(self._tokens[self._at].text)

    def _conjunction(self) -> Test:
        groups = [[self._item()]]
        while not self._is_at_end():
            is_explicit = self._accept("word", "AND")
            item = self._item()
            before = groups[-1][-1]
            if not is_explicit and item.group is not None and item.group == before.group:
                groups[-1].append(item)
            else:
                groups.append([item])
        tests = [_any([item.test for item in group]) for group in groups]
        return tests[0] if len(tests) == 1 else lambda m: all(t(m) for t in tests)

    def _is_at_end(self) -> bool:
        return self._at >= len(self._tokens) or self._tokens[self._at] in (
            _Token("punct", ")"),
            _Token("word", "OR"),
        )

    def _item(self) -> _Item:
        nots = 0
        while self._accept("word", "NOT") or self._accept("sign", "-"):
            nots += 1
        item = self._plain_item()
        test = item.test
        if not nots:
            return item
        return _Item((lambda m: not test(m)) if nots % 2 else test)

    def _plain_item(self) -> _Item:
        self._accept("sign", "+")
        token = self._next()
        match token.kind:
            case "property":
                return self._restriction(token.text)
            case "punct" if token.text == "(":
                return _Item(self._rest_of_bracket())
            case "word" if token.text in _BEYOND or re.match(r"O?NEAR\(", token.text):
                raise not_simulated(f"the search operator {token.text}")
            case "word" if token.text not in ("AND", "OR"):
                return _Item(words_test(None, token.text))
            case "phrase":
                return _Item(words_test(None, token.text))
        raise _error(token.text)

    def _rest_of_bracket(self) -> Test:
        test = self.disjunction()
        if not self._accept("punct", ")"):
            raise _error("(")
        return test

    def _restriction(self, name: str) -> _Item:
        known = PROPERTIES.get(name.lower())
        operator = self._next().text
        if known is None:
            raise not_simulated(f"the search property {name}")
        if self._accept("punct", "("):
            return _Item(self._values(known, operator), known)
        token = self._next()
        if token.kind == "operator":
            raise _error(token.text)
        value = self._span(token.text) if known in ("received", "sent") else None
        return _Item(property_test(known, operator, value or self._whole(token), self._now_s), known)

    def _whole(self, token: _Token) -> str:
        """A value that the tokens took for something else: ``-5`` or ``a:b``."""
        if token.kind == "sign":
            return token.text + self._next().text
        if token.kind == "property":
            return token.text + self._next().text + self._next().text
        return token.text

    def _span(self, word: str) -> str | None:
        """``this week`` and its like, which are two words even where nobody quoted them."""
        if self._at < len(self._tokens):
            both = f"{word} {self._tokens[self._at].text}".lower()
            if both in _SPANS:
                self._at += 1
                return both
        return None

    def _values(self, known: str, operator: str) -> Test:
        """``subject:(a OR b)``: the values of one property, joined like items."""
        tests: list[Test] = []
        is_any = False
        while not self._accept("punct", ")"):
            if tests and (self._accept("word", "OR") or self._accept("word", "AND")):
                is_any = is_any or self._tokens[self._at - 1].text == "OR"
            token = self._next()
            if token.kind not in ("word", "phrase"):
                raise _error(token.text)
            tests.append(property_test(known, operator, token.text, self._now_s))
        if not tests:
            raise _error("()")
        return _any(tests) if is_any else lambda m: all(t(m) for t in tests)

    def _next(self) -> _Token:
        if self._at >= len(self._tokens):
            raise _error("the end")
        self._at += 1
        return self._tokens[self._at - 1]

    def _accept(self, kind: str, text: str) -> bool:
        is_there = self._at < len(self._tokens) and self._tokens[self._at] == _Token(kind, text)
        self._at += is_there
        return is_there


def _any(tests: list[Test]) -> Test:
    return tests[0] if len(tests) == 1 else lambda m: any(t(m) for t in tests)
