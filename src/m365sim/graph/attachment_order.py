"""``$filter`` and ``$orderby`` on the attachments of one message.

Comparisons of base properties joined by ``and``; what Graph has beyond that is refused with 501.

Source: OData 4.01 URL conventions, 5.1.1 and 5.1.3; the guide does not say which properties Graph takes.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from m365sim.graph import odata
from m365sim.graph.attachments import came_s
from m365sim.graph.errors import bad_request, not_simulated
from m365sim.world.compose import attachment_size
from m365sim.world.content import Attachment, Content, ItemAttachment
from m365sim.world.instants import parse_iso
from m365sim.world.messages import Message

_TERM = re.compile(r"\s*(\w+)\s+(eq|ne|gt|ge|lt|le)\s+('(?:[^']|'')*'|[\w:.+-]+)\s*(?:and\s|$)")
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    name: getattr(operator, name) for name in ("eq", "ne", "gt", "ge", "lt", "le")
}


@dataclass(frozen=True, slots=True)
class _Part:
    number: int
    attachment: Attachment
    came_s: int


def _text(literal: str) -> str:
    if not literal.startswith("'"):
        raise ValueError(literal)
    return literal[1:-1].replace("''", "'").casefold()


def _truth(literal: str) -> bool:
    return {"true": True, "false": False}[literal]


def _content_type(part: _Part) -> str:
    return "" if isinstance(part.attachment, ItemAttachment) else part.attachment.content_type or ""


def _is_inline(part: _Part) -> bool:
    return not isinstance(part.attachment, ItemAttachment) and part.attachment.is_inline


# Property -> its value, and how a literal of its type is read.
_PROPERTIES: dict[str, tuple[Callable[[_Part], Any], Callable[[str], Any]]] = {
    "name": (lambda p: p.attachment.name.casefold(), _text),
    "contentType": (lambda p: _content_type(p).casefold(), _text),
    "size": (lambda p: attachment_size(p.attachment), int),
    "isInline": (_is_inline, _truth),
    "lastModifiedDateTime": (lambda p: p.came_s, parse_iso),
}


def chosen(message: Message, content: Content, query: Mapping[str, str]) -> list[int]:
    """The numbers of the attachments that ``$filter`` leaves, in the order ``$orderby`` asks for."""
    parts = [_Part(n, a, came_s(message, content, n)) for n, a in content.parts().items()]
    for test in _tests(query.get("$filter", "")):
        parts = [part for part in parts if test(part)]
    for name, is_descending in reversed(odata.orderby(query, _PROPERTIES)):
        parts.sort(key=_known(name)[0], reverse=is_descending)
    return [part.number for part in parts]


def _known(name: str) -> tuple[Callable[[_Part], Any], Callable[[str], Any]]:
    known = odata.spelled(name, _PROPERTIES)
    if known not in _PROPERTIES:
        raise not_simulated(f"$filter or $orderby of attachments by {name}")
    return _PROPERTIES[known]


def _tests(text: str) -> list[Callable[[_Part], bool]]:
    tests, position, whole = [], 0, text.strip()
    while position < len(whole):
        term = _TERM.match(whole, position)
        if term is None:
            raise not_simulated(f"$filter={text} on attachments")
        tests.append(_test(term[1], term[2], term[3]))
        position = term.end()
    return tests


def _test(name: str, compare: str, literal: str) -> Callable[[_Part], bool]:
    value, read = _known(name)
    try:
        wanted = read(literal)
    except (KeyError, ValueError) as error:
        raise bad_request(f"Invalid filter clause: {literal} does not fit {name}.") from error
    return lambda part: _OPERATORS[compare](value(part), wanted)
