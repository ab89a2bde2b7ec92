"""What delta does that it need not, each behind a switch: late, empty, shuffled and repeated.

Chance falls the same way for the same seed and the same place of a round, so a page read twice is the same
page. Nothing here makes a careful copy wrong: what is told again is told as it is now.

Source: Graph v1.0, "Use delta query to track changes in Microsoft Graph data" (replays, order, empty pages,
replication delays); microsoft-graph-docs issues 2162 (a nextLink expires), 3611 (the same message twice).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from random import Random
from typing import TypeVar

import msgspec

from m365sim.graph.context import Context
from m365sim.graph.tokens import Position
from m365sim.world.changes import Change, Kind
from m365sim.world.folders import Folder

T = TypeVar("T")

TOP = 2**63 - 1
"""Above every sort key: where a first round stands before its first message."""


def _dice(context: Context, position: Position, what: str) -> Random:
    place = (position.folder, position.since, position.at, position.upto, position.given)
    return Random(f"{context.sim.behaviour.seed}/{what}/{place}")  # noqa: S311 - chance, not secrecy


def visible_seq(context: Context) -> int:
    """The last change that shows by now."""
    late_s = context.sim.behaviour.delta_late_s
    if not late_s:
        return context.mailbox.seq
    return context.mailbox.seq_at(int(context.sim.clock.now().timestamp() - late_s))


def hidden(context: Context, folder: Folder, position: Position) -> frozenset[int]:
    """The messages that lie in a folder but do not show yet; a later round tells of them."""
    if not context.sim.behaviour.delta_late_s:
        return frozenset()
    late = folder.journal.window(position.since, context.mailbox.seq, is_immutable=False)
    return frozenset(change.number for change in late if change.kind is Kind.ADDED)


def is_too_old(context: Context, position: Position) -> bool:
    """Whether a round was left standing for longer than its middle is remembered."""
    life_s = context.sim.behaviour.next_link_life_s
    return life_s is not None and context.sim.clock.now_s() - position.issued_s > life_s


def blank_page(context: Context, position: Position, beginning: int) -> Position | None:
    """Where to go on after an empty page, if one is due here. ``beginning`` stands before the first item."""
    chance = context.sim.behaviour.delta_empty_pages
    if not chance or position.is_blank or _dice(context, position, "blank").random() >= chance:
        return None
    at = beginning if position.at is None else position.at
    return msgspec.structs.replace(position, at=at, is_blank=True)


def shuffled(context: Context, position: Position, items: Sequence[T]) -> Sequence[T]:
    """The items of a page, in any order if the switch says so."""
    if not context.sim.behaviour.delta_any_order:
        return items
    mixed = list(items)
    _dice(context, position, "order").shuffle(mixed)
    return mixed


def repeated(context: Context, position: Position, items: Iterable[T], what: str) -> list[T]:
    """Those of the items that are given once more."""
    chance = context.sim.behaviour.delta_repeats
    if not chance:
        return []
    dice = _dice(context, position, what)
    return [item for item in items if dice.random() < chance]


def repeated_keys(
    context: Context, folder: Folder, position: Position, page: list[int], size: int
) -> list[int]:
    """Keys to give again in a first round: of the page before this one, and of this one."""
    if not context.sim.behaviour.delta_repeats:
        return []
    start = bisect_left(folder.order, TOP if position.at is None else position.at)
    before = folder.order[start : start + size]
    return [
        *repeated(context, position, before, "earlier"),
        *repeated(context, position, page, "again"),
    ]


def repeated_changes(
    context: Context, folder: Folder, position: Position, window: Sequence[Change], size: int
) -> list[Change]:
    """Changes to give again in a later round: of the page or the round before, and of this page."""
    if not context.sim.behaviour.delta_repeats:
        return []
    start = position.at or 0
    if start:
        earlier = window[max(0, start - size) : start]
    else:
        told = {change.number for change in window}
        is_immutable = context.prefer.is_immutable
        is_blind = context.sim.behaviour.delta_blind_spot
        last_round = folder.journal.window(
            max(position.before, folder.journal.floor),
            position.since,
            is_immutable=is_immutable,
            is_blind=is_blind,
        )
        earlier = [change for change in last_round if change.number not in told]
    page = window[start : start + size]
    again = [*repeated(context, position, earlier, "earlier"), *repeated(context, position, page, "again")]
    return [change for change in again if not _is_undone(context, folder, change)]


def _is_undone(context: Context, folder: Folder, change: Change) -> bool:
    """A removal is not told again of what lies here after all."""
    if change.kind is not Kind.REMOVED:
        return False
    message = context.mailbox.messages.get(change.number)
    return message is not None and message.folder is folder
