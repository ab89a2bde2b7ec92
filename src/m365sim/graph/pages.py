"""What every page of messages has in common: its size, and items that are all sound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from m365sim.graph import odata
from m365sim.graph.context import Context
from m365sim.graph.errors import GraphError
from m365sim.graph.expanding import NOTHING, Expansion, expand
from m365sim.graph.render import message_json
from m365sim.world.messages import Message


def page_size(context: Context) -> int:
    """How many items a page of a list holds: ``$top``, or the preferred size where that is smaller."""
    return odata.page_size(context.request.query, context.prefer.page_size, odata.DEFAULT_PAGE)


def items_json(
    context: Context,
    messages: Sequence[Message],
    select: Sequence[str] | None,
    expansion: Expansion,
    *,
    is_typed: bool = False,
) -> list[dict[str, Any]]:
    """The messages of a page; 500 for all of it when one of them cannot be shown."""
    check_sound(context, messages)
    items = []
    for message in messages:
        item = message_json(message, context, select, is_typed=is_typed)
        if expansion is not NOTHING:
            item |= expand(message, context, expansion)
        items.append(item)
    return items


def check_sound(context: Context, messages: Sequence[Message]) -> None:
    """One broken item makes the page around it fail.

    Source: microsoft-graph-docs issue 2913.
    """
    poisoned = context.mailbox.poisoned
    if poisoned and any(m.number in poisoned for m in messages):
        raise GraphError(500, "InternalServerError", "The server encountered an internal error.")
