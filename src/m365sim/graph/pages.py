"""What every page of messages has in common: its size, and items that are all sound."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Raw

from m365sim.graph import odata
from m365sim.graph.context import Context
from m365sim.graph.derived import DerivedMail
from m365sim.graph.errors import GraphError
from m365sim.graph.expanding import NOTHING, Expansion, expand
from m365sim.graph.render import message_json

Item = dict[str, Any] | Raw
"""A message on a page: as it is shown, or as JSON already."""


def page_size(context: Context) -> int:
    """How many items a page of a list holds: ``$top``, or the preferred size where that is smaller."""
    return odata.page_size(context.request.query, context.prefer.page_size, odata.DEFAULT_PAGE)


def items_json(
    context: Context,
    numbers: Sequence[int],
    select: Sequence[str] | None,
    expansion: Expansion,
    *,
    is_typed: bool = False,
) -> list[Item]:
    """The messages of a page, by their numbers; 500 for all of it when one of them cannot be shown."""
    check_sound(context, numbers)
    items = Items(context, select, expansion, is_typed=is_typed)
    return [items.shown(number) for number in numbers]


class Items:
    """Shows the messages of one page."""

    def __init__(
        self, context: Context, select: Sequence[str] | None, expansion: Expansion, *, is_typed: bool = False
    ) -> None:
        self._context, self._select, self._expansion, self._is_typed = context, select, expansion, is_typed
        self._derived = DerivedMail(context, select, expansion, is_typed=is_typed)

    def shown(self, number: int) -> Item:
        """The message of this number, which must be there."""
        written = self._derived.item(number)
        if written is not None:
            return written
        message = self._context.mailbox.messages[number]
        item = message_json(message, self._context, self._select, is_typed=self._is_typed)
        return item if self._expansion is NOTHING else item | expand(message, self._context, self._expansion)


def check_sound(context: Context, numbers: Iterable[int]) -> None:
    """One broken item makes the page around it fail.

    Source: microsoft-graph-docs issue 2913.
    """
    poisoned = context.mailbox.poisoned
    if poisoned and not poisoned.isdisjoint(numbers):
        raise GraphError(500, "InternalServerError", "The server encountered an internal error.")
