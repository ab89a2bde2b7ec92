"""``$filter``: parsed once, then a function from a thing (message, folder) to yes or no.

::

    filter      = conjunction *( "or" conjunction )
    conjunction = negation *( "and" negation )
    negation    = "not" negation / "(" filter ")" [ "eq" boolean ] / comparison
    comparison  = property operator literal / property "in" "(" literals ")" / boolean property
                / startswith|endswith|contains "(" property "," text ")" [ "eq" boolean ]
                / collection "/" any|all "(" variable ":" filter ")"

A property or a literal may stand in brackets of its own; they are taken off before anything else is read.
Names of properties are taken in any letter case and are in the schema's spelling from there on.

Source: Graph v1.0, "Use the $filter query parameter"; "List messages" (rule on $filter with $orderby).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from m365sim.graph.errors import GraphError, bad_request, not_simulated
from m365sim.graph.filter_values import (
    OPERATORS,
    Collection,
    Field,
    Schema,
    Token,
    compared,
    invalid_nodes,
    literal,
    unquoted,
    wrong_types,
)
from m365sim.graph.odata import spelled

T = TypeVar("T")

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<instant>\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?)"
    r"|(?P<number>-?\d+(?:\.\d+)?)|(?P<punct>[(),:])|(?P<word>[A-Za-z_][\w./]*))"
)
_TEXT_TESTS: dict[str, Callable[[str, str], bool]] = {
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": lambda text, part: part in text,
}
_UNSERVED_TESTS = frozenset({"endswith"})
_OTHER_FUNCTIONS = frozenset(
    "cast concat date day hour indexof isof length matchesPattern minute month now round second substring "
    "tolower toupper trim year".lower().split()
)
_BETWEEN = frozenset({*OPERATORS, "and", "or", "not"})
"""Words after which a bracket opens a group; after any other, ``in`` among them, it opens a list."""

_KEYWORDS = _BETWEEN | {"in"}
_LAMBDA = re.compile(r"^(\w+)/(any|all)$", re.IGNORECASE)
MAX_DEPTH = 40


class Fact(NamedTuple):
    """Something that is so of everything the filter lets through."""

    name: str
    operator: str
    value: Any


@dataclass(frozen=True, slots=True)
class Filter(Generic[T]):
    """A parsed filter. ``properties`` are named in order of first mention, ``facts`` follow from it."""

    test: Callable[[T], bool]
    properties: tuple[str, ...]
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class _Node:
    test: Callable[[Any], bool]
    facts: tuple[Fact, ...] = ()


def parse_filter(text: str, schema: Schema[T], *, is_wide: bool = False) -> Filter[T]:
    """Parse a filter; 400 for bad syntax or types, 501 for what is not simulated.

    ``is_wide`` accepts what the real service refuses though OData has it.
    """
    tokens = _tokens(text)
    for token in tokens:
        if token.kind == "word" and token.text.lower() in schema.unserved_words:
            raise not_simulated(f"{token.text} in $filter on {schema.kind}")
    parser = _Parser(_unwrapped(tokens), schema, is_wide=is_wide)
    node = parser.whole()
    return Filter(node.test, tuple(dict.fromkeys(parser.named)), node.facts)


def check_order(found: Filter[Any] | None, order: Sequence[tuple[str, bool]]) -> None:
    """400 InefficientFilter unless the filter begins with the properties sorted by, in their order.

    That is the guide's rule. The service was seen to take more, where it has an index.

    Source: Graph v1.0, "List messages", "Using filter and orderby in the same query".
    """
    wanted = tuple(name for name, _ in order)
    if found is None or found.properties[: len(wanted)] == wanted or _has_index(found, order):
        return
    message = "The restriction or sort order is too complex for this operation."
    raise GraphError(400, "InefficientFilter", message)


def _has_index(found: Filter[Any], order: Sequence[tuple[str, bool]]) -> bool:
    """Whether the service was seen to sort this, newest first, though the guide's rule forbids it.

    Read or unread mail, with or without bounds on the time; and one property that is no part of another,
    where the list is sorted by it before the time.

    Source: microsoft/work-iq, plugins/workiq/skills/mail/references/find.md at 10321ad ("verified live").
    """
    *leading, last = order
    if last != ("receivedDateTime", True):
        return False
    if not leading:
        return set(found.properties) <= {"isRead", "receivedDateTime"}
    [(first, _), *others] = leading
    return not others and found.properties == (first,) and "/" not in first


def _tokens(text: str) -> list[Token]:
    tokens, position = [], 0
    stripped = text.rstrip()
    while position < len(stripped):
        match = _TOKEN.match(stripped, position)
        if match is None or match.lastgroup is None:
            raise bad_request(f"Invalid filter clause: syntax error at position {position} in '{text}'.")
        tokens.append(Token(match.lastgroup, match[match.lastgroup]))
        position = match.end()
    return tokens


def _unwrapped(tokens: list[Token]) -> list[Token]:
    """The same without brackets round a single property or literal; 400 for too many within one another.

    Source: OData 4.0 ABNF, parenExpr.
    """
    found: list[Token] = []
    depth = 0
    for index, token in enumerate(tokens):
        depth += (token.text == "(") - (token.text == ")")
        if depth > MAX_DEPTH:
            raise bad_request("Invalid filter clause: it is nested too deeply.")
        is_of_a_name = any(following.text in ":(" for following in tokens[index + 1 : index + 2])
        if token.text == ")" and not is_of_a_name and _is_wrapped(found):
            found[-2:] = found[-1:]
        else:
            found.append(token)
    return found


def _is_wrapped(found: list[Token]) -> bool:
    """Whether these end with a bracket and one property or literal, and the bracket opens no list."""
    if len(found) < 2 or found[-2].text != "(":
        return False
    value, before = found[-1], found[-3:-2]
    if value.kind == "punct" or value.text in _KEYWORDS:
        return False
    return not before or before[0].kind != "word" or before[0].text in _BETWEEN


@dataclass(slots=True)
class _Lambda:
    """The lambda around the place being parsed. ``ids`` collects the texts compared with ``id``."""

    variable: str
    collection: Collection[Any]
    ids: list[str]


class _Parser:
    def __init__(self, tokens: list[Token], schema: Schema[Any], *, is_wide: bool) -> None:
        self._tokens, self._at = tokens, 0
        self._schema, self._is_wide = schema, is_wide
        self._inside: _Lambda | None = None
        self.named: list[str] = []

    def whole(self) -> _Node:
        node = self._disjunction()
        if self._at < len(self._tokens):
            raise self._error()
        return node

    # -- and, or, not -----------------------------------------------------------------------------

    def _disjunction(self) -> _Node:
        nodes = [self._conjunction()]
        while self._accept("or"):
            nodes.append(self._conjunction())
        if len(nodes) == 1:
            return nodes[0]
        tests = [n.test for n in nodes]
        return _Node(lambda item: any(test(item) for test in tests))

    def _conjunction(self) -> _Node:
        nodes = [self._negation()]
        while self._accept("and"):
            nodes.append(self._negation())
        if len(nodes) == 1:
            return nodes[0]
        tests = [n.test for n in nodes]
        return _Node(lambda item: all(test(item) for test in tests), tuple(f for n in nodes for f in n.facts))

    def _negation(self) -> _Node:
        is_negative = False
        while self._accept("not"):
            is_negative = not is_negative
        node = self._bracketed() if self._accept("(") else self._comparison()
        return _Node(lambda item: not node.test(item)) if is_negative else node

    def _bracketed(self) -> _Node:
        node = self._disjunction()
        self._expect(")")
        return node if self._truth() else _Node(lambda item: not node.test(item))

    # -- comparisons ------------------------------------------------------------------------------

    def _comparison(self) -> _Node:
        token = self._next()
        if token.kind != "word":
            raise self._error()
        if self._peek("("):
            return self._call(token.text)
        name, field = self._field(token.text)
        operator = self._operator()
        if operator is None:
            if field.kind != "boolean":
                raise self._error()
            return _Node(lambda item: bool(field.read(item)))
        if operator == "in":
            return self._among(field)
        wanted = literal(self._next(), field, operator)
        self._note_id(name, wanted)
        fact = () if self._inside else (Fact(name, operator, wanted),)
        return _Node(lambda item: compared(operator, field.read(item), wanted), fact)

    def _operator(self) -> str | None:
        if self._at < len(self._tokens):
            word = self._tokens[self._at].text
            if word in OPERATORS or word == "in":
                self._at += 1
                return word
        return None

    def _among(self, field: Field[Any]) -> _Node:
        self._expect("(")
        wanted = [literal(self._next(), field, "in")]
        while self._accept(","):
            wanted.append(literal(self._next(), field, "in"))
        self._expect(")")
        return _Node(lambda item: field.read(item) in wanted)

    def _note_id(self, name: str, wanted: Any) -> None:
        if self._inside is not None and name == "id":
            self._inside.collection.check_id(str(wanted))
            self._inside.ids.append(str(wanted))

    # -- functions and lambdas --------------------------------------------------------------------

    def _call(self, word: str) -> _Node:
        self._expect("(")
        if over := _LAMBDA.match(word):
            return self._quantified(over[1], is_all=over[2].lower() == "all")
        name = word.lower()
        if name in _TEXT_TESTS:
            return self._text_test(name)
        if name in _OTHER_FUNCTIONS:
            raise not_simulated(f"the function {name} in $filter")
        raise bad_request(f"Invalid filter clause: An unknown function with name '{word}' was found.")

    def _text_test(self, name: str) -> _Node:
        inner = self._next().text
        if inner.lower() in _OTHER_FUNCTIONS and self._peek("("):
            raise not_simulated(f"the function {inner} in $filter")
        _, field = self._field(inner)
        self._expect(",")
        token = self._next()
        self._expect(")")
        if field.kind not in ("text", "id") or token.kind != "text":
            raise wrong_types(field, token, "eq")
        if name in _UNSERVED_TESTS and not self._is_wide:
            raise invalid_nodes()
        is_wanted = self._truth()
        part = unquoted(token.text) if field.kind == "id" else unquoted(token.text).casefold()
        test = _TEXT_TESTS[name]
        return _Node(lambda item: test(field.read(item) or "", part) is is_wanted)

    def _truth(self) -> bool:
        """``eq true`` or ``eq false`` after a function or a bracket; nothing means true."""
        if not self._accept("eq"):
            return True
        token = self._next()
        if token.text not in ("true", "false"):
            raise self._error()
        return token.text == "true"

    def _quantified(self, name: str, *, is_all: bool) -> _Node:
        name, collection = self._collection(name)
        self.named.append(name)
        if not is_all and self._accept(")"):
            return _Node(lambda item: any(True for _ in collection.items(item, ())))
        if self._inside is not None:
            raise invalid_nodes()
        inside = _Lambda(self._next().text, collection, [])
        self._expect(":")
        self._inside = inside
        test = self._disjunction().test
        self._inside = None
        self._expect(")")
        ids = tuple(inside.ids)
        if is_all:
            return _Node(lambda item: all(test(one) for one in collection.items(item, ids)))
        return _Node(lambda item: any(test(one) for one in collection.items(item, ids)))

    def _collection(self, word: str) -> tuple[str, Collection[Any]]:
        name = spelled(word, self._schema.names)
        if name in self._schema.unserved:
            raise not_simulated(f"$filter by {name}")
        collection = self._schema.collections.get(name)
        if collection is None:
            raise self._unknown(word)
        if not collection.is_served and not self._is_wide:
            raise invalid_nodes()
        return name, collection

    def _field(self, word: str) -> tuple[str, Field[Any]]:
        """A property by its name in the schema; inside a lambda, by its name in the collection."""
        if self._inside is not None:
            return self._field_of_one(self._inside, word)
        name = spelled(word, self._schema.names)
        field = self._schema.fields.get(name)
        if field is None:
            if name in self._schema.unserved or self._is_more_than_a_value(name):
                raise not_simulated(f"$filter by {word}")
            raise self._unknown(word)
        self.named.append(name)
        return name, field

    def _field_of_one(self, inside: _Lambda, word: str) -> tuple[str, Field[Any]]:
        variable, _, path = word.partition("/")
        name = spelled(path, inside.collection.fields)
        if variable != inside.variable or name not in inside.collection.fields:
            raise invalid_nodes()
        return name, inside.collection.fields[name]

    def _is_more_than_a_value(self, name: str) -> bool:
        """Whether this is a property that has properties, or several values, and so no value of its own."""
        start = f"{name}/".lower()
        return name in self._schema.collections or any(
            f.lower().startswith(start) for f in self._schema.fields
        )

    def _unknown(self, name: str) -> GraphError:
        kind = self._schema.kind
        return bad_request(
            f"Invalid filter clause: Could not find a property named '{name}' on type '{kind}'."
        )

    # -- tokens -----------------------------------------------------------------------------------

    def _next(self) -> Token:
        if self._at >= len(self._tokens):
            raise self._error()
        self._at += 1
        return self._tokens[self._at - 1]

    def _peek(self, text: str) -> bool:
        return self._at < len(self._tokens) and self._tokens[self._at].text == text

    def _accept(self, text: str) -> bool:
        found = self._peek(text)
        self._at += found
        return found

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise self._error()

    def _error(self) -> GraphError:
        where = self._tokens[self._at - 1].text if 0 < self._at <= len(self._tokens) else "the end"
        return bad_request(f"Invalid filter clause: syntax error near '{where}'.")
