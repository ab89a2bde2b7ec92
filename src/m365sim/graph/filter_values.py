"""The types that ``$filter`` compares, and what a literal means for each.

Source: OData 4.0 part 2, section 5.1.1 (primitive literals); Graph v1.0, "Use the $filter query parameter".
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from m365sim.graph.errors import GraphError, bad_request

T = TypeVar("T")
Kind = Literal["instant", "text_instant", "boolean", "text", "id", "choice", "number"]

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_WORDS = {
    "eq": "Equal",
    "ne": "NotEqual",
    "gt": "GreaterThan",
    "ge": "GreaterThanOrEqual",
    "lt": "LessThan",
    "le": "LessThanOrEqual",
    "in": "In",
}
_EDM: dict[str, str] = {
    "instant": "Edm.DateTimeOffset",
    "text_instant": "Edm.String",
    "boolean": "Edm.Boolean",
    "text": "Edm.String",
    "id": "Edm.String",
    "choice": "Edm.String",
    "number": "Edm.Int32",
}


class Token(NamedTuple):
    """One word of a filter: ``kind`` is text, instant, number, punct or word."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Field(Generic[T]):
    """A property of things of type T.

    Texts compare without letter case, ids with it, choices by their place among ``choices``.
    """

    kind: Kind
    value: Callable[[T], Any]
    choices: tuple[str, ...] = ()

    def read(self, item: T) -> Any:
        """The value as it compares; None where there is none."""
        value = self.value(item)
        if self.kind == "choice":
            return self.choices.index(value)
        return value.casefold() if self.kind == "text" and value is not None else value


@dataclass(frozen=True, slots=True)
class Collection(Generic[T]):
    """A property that holds several things, for ``any`` and ``all``.

    ``items`` is also given the texts that the lambda compares with ``id``; ``check_id`` raises for those that
    can be none. ``is_served`` False: the property is in the schema, but the service refuses lambdas over it.
    """

    items: Callable[[T, tuple[str, ...]], Iterable[Any]]
    fields: Mapping[str, Field[Any]]
    is_served: bool = True
    check_id: Callable[[str], object] = str


@dataclass(frozen=True, slots=True)
class Schema(Generic[T]):
    """What can be filtered by: ``kind`` is the type's name; ``unserved`` exists but is not simulated here.

    Neither are the operators and functions among ``unserved_words``, which are in lower case.
    """

    kind: str
    fields: Mapping[str, Field[T]]
    collections: Mapping[str, Collection[T]]
    unserved: frozenset[str] = frozenset()
    unserved_words: frozenset[str] = frozenset()

    @property
    def names(self) -> tuple[str, ...]:
        """Every property, in the spelling that rules and bounds know."""
        return (*self.fields, *self.collections, *self.unserved)


def compared(operator_name: str, value: Any, wanted: Any) -> bool:
    """Compare as OData does: null equals null alone, and is neither less nor greater than anything."""
    if value is None or wanted is None:
        same = value is None and wanted is None
        return same if operator_name == "eq" else not same if operator_name == "ne" else False
    return OPERATORS[operator_name](value, wanted)


def literal(token: Token, field: Field[Any], operator_name: str) -> Any:
    """The value a literal has when compared with a field; 400 when their types do not fit."""
    if token == Token("word", "null") and field.kind != "boolean":
        return None
    match field.kind, token.kind:
        case "instant", "instant":
            return instant(token.text)
        case "text_instant", "text":
            return instant(unquoted(token.text))
        case "boolean", "word" if token.text in ("true", "false"):
            return token.text == "true"
        case "number", "number":
            return float(token.text)
        case "text", "text":
            return unquoted(token.text).casefold()
        case "id", "text":
            return unquoted(token.text)
        case "choice", "text" if unquoted(token.text) in field.choices:
            return field.choices.index(unquoted(token.text))
    raise wrong_types(field, token, operator_name)


def wrong_types(field: Field[Any], token: Token, operator_name: str) -> GraphError:
    """400 for a comparison of things that cannot be compared."""
    kinds = {"text": "Edm.String", "instant": "Edm.DateTimeOffset", "number": "Edm.Int32"}
    found = kinds.get(token.kind, "Edm.Boolean" if token.text in ("true", "false") else "null")
    message = (
        "A binary operator with incompatible types was detected. Found operand types "
        f"'{_EDM[field.kind]}' and '{found}' for operator kind '{_WORDS[operator_name]}'."
    )
    return GraphError(400, "ErrorInvalidUrlQueryFilter", f"Invalid filter clause: {message}")


def invalid_nodes() -> GraphError:
    """400 for what OData has and the mail service does not.

    Source: microsoft-graph-docs issue 4331, microsoft-graph-explorer-v4 issue 3957, msgraph-sdk-dotnet issue
    2572 (``endswith`` and lambdas over recipients).
    """
    return GraphError(
        400, "ErrorInvalidUrlQueryFilter", "The query filter contains one or more invalid nodes."
    )


def instant(text: str) -> float:
    """Seconds since 1970 of a date or an instant; one without a zone is taken as UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise bad_request(f"Invalid filter clause: {text} is no instant.") from error
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def unquoted(text: str) -> str:
    """The text between OData's quotation marks."""
    return text[1:-1].replace("''", "'")
