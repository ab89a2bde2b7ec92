"""``$expand`` on messages: attachments, and the size as an extended property.

Source: Graph v1.0, "Get singleValueLegacyExtendedProperty"; [MS-OXPROPS] PidTagMessageSize (0x0E08).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from m365sim.graph import odata
from m365sim.graph.attachments import AttachmentView, attachments_json, view_of
from m365sim.graph.context import Context
from m365sim.graph.errors import bad_request, not_simulated
from m365sim.world.messages import Message

_TERM = re.compile(r"^\s*id\s+eq\s+'([^']*)'\s*$")
_SIZE = re.compile(r"^(Integer|Long) 0x0*e08$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Expansion:
    """What is added to each message. ``properties`` are ids in the short form Graph answers with."""

    attachments: AttachmentView | None = None
    properties: tuple[str, ...] = ()


NOTHING = Expansion()


def parse_expansion(text: str) -> Expansion:
    """Understand ``$expand``; 501 for what is not simulated."""
    attachments: AttachmentView | None = None
    properties: tuple[str, ...] = ()
    for expand in odata.expands(text):
        match expand.name:
            case "attachments":
                attachments = view_of(expand.options)
            case "singleValueExtendedProperties":
                odata.check_options(expand.options, ("$filter",))
                properties = _properties(expand.options.get("$filter", ""))
            case name:
                raise not_simulated(f"$expand={name}")
    return Expansion(attachments, properties)


def _properties(text: str) -> tuple[str, ...]:
    if not text:
        raise bad_request("An $expand of singleValueExtendedProperties needs a $filter by id.")
    return tuple(_property(term) for term in re.split(r"\s+or\s+", text))


def _property(term: str) -> str:
    match = _TERM.match(term)
    if match is None:
        raise bad_request(f"The filter '{term}' must be of the form id eq '...'.")
    size = _SIZE.match(match[1])
    if size is None:
        raise not_simulated(f"the extended property {match[1]}")
    # Asked for as 0x0E08, answered as 0xe08: Graph writes tags in lower case without leading zeros.
    return f"{size[1].capitalize()} 0xe08"


def expand(message: Message, context: Context, expansion: Expansion) -> dict[str, Any]:
    """The expanded properties of one message."""
    added: dict[str, Any] = {}
    if expansion.properties:
        size = str(message.source.load().size)
        added["singleValueExtendedProperties"] = [{"id": p, "value": size} for p in expansion.properties]
    if expansion.attachments is not None:
        added["attachments"] = attachments_json(message, context, expansion.attachments)
    return added
