"""Walks over many messages that let others run: what passes a test, in an order, page by page.

A walk goes over a copy of the folders' order, taken when it begins; messages that leave meanwhile are passed
over. Bounds on the time received are looked up in that order, never scanned for.

Source: the simulator's own; see ``docs/m365sim/world.md``, "Mail in numbers".
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from math import ceil, floor
from typing import Any

from m365sim.graph.filter_values import Field
from m365sim.graph.filters import Fact
from m365sim.world.folders import Folder
from m365sim.world.mailbox import Mailbox
from m365sim.world.messages import Message, key_floor, number_of

CHUNK = 100
"""So many messages are looked at before others run: a few milliseconds even where bodies are read."""

RUN, FAN, MERGED = 5000, 64, 1000
"""So many rows are sorted at once, so many such runs become one, and after so many rows of it others run."""

Test = Callable[[Message], bool]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Times received, in seconds: from ``since`` on, and before ``until``. None: no bound."""

    since: int | None = None
    until: int | None = None

    def slice_of(self, keys: Sequence[int]) -> list[int]:
        """The keys within the bounds, of keys in rising order."""
        low = 0 if self.since is None else bisect_left(keys, key_floor(self.since))
        high = len(keys) if self.until is None else bisect_left(keys, key_floor(self.until))
        return list(keys[low:high])


def bounds_of(facts: Iterable[Fact]) -> Bounds:
    """The bounds that a filter's facts set for the time received, which the world keeps in whole seconds."""
    since, until = [], []
    for name, operator, value in facts:
        if name != "receivedDateTime" or value is None:
            continue
        if operator in ("ge", "eq"):
            since.append(ceil(value))
        if operator == "gt":
            since.append(floor(value) + 1)
        if operator in ("le", "eq"):
            until.append(floor(value) + 1)
        if operator == "lt":
            until.append(ceil(value))
    return Bounds(_within(max(since, default=None)), _within(min(until, default=None)))


def _within(seconds: int | None) -> int | None:
    """Years that no key can hold are as good as the first and the last."""
    return None if seconds is None else min(max(seconds, 0), 2**31 - 1 << 1)


def folders_meant(mailbox: Mailbox, facts: Iterable[Fact]) -> list[Folder]:
    """The folders in which messages of the whole mailbox can lie, given a filter's facts."""
    wanted = {f.value for f in facts if f.name == "parentFolderId" and f.operator == "eq"}
    folders = mailbox.visible_folders()
    return [f for f in folders if wanted <= {mailbox.ids.folder(f.number)}]


def walk(
    mailbox: Mailbox, orders: Sequence[list[int]], belongs: Test, *, newest_first: bool = True
) -> Iterator[Message]:
    """The messages of several rising orders that still belong there, in one order by time received."""
    if newest_first:
        streams: list[Iterable[int]] = [reversed(keys) for keys in orders]
    else:
        streams = [iter(keys) for keys in orders]
    keys = streams[0] if len(streams) == 1 else merge(*streams, reverse=newest_first)
    for key in keys:
        message = mailbox.messages.find(number_of(key))
        if message is not None and belongs(message):
            yield message


async def passing(messages: Iterator[Message], test: Test, skip: int, count: int) -> list[Message]:
    """Those that pass the test, without the first ``skip``, at most ``count``."""
    found: list[Message] = []
    passed = 0
    while chunk := list(islice(messages, CHUNK)):
        for message in chunk:
            if test(message):
                passed += 1
                if passed > skip:
                    found.append(message)
                if len(found) == count:
                    return found
        await asyncio.sleep(0)
    return found


async def number_passing(messages: Iterator[Message], test: Test) -> int:
    """How many pass the test."""
    count = 0
    while chunk := list(islice(messages, CHUNK)):
        count += sum(1 for message in chunk if test(message))
        await asyncio.sleep(0)
    return count


async def in_order(
    messages: Iterator[Message], test: Test, order: Sequence[tuple[Field[Message], bool]]
) -> list[Message]:
    """Those that pass the test, sorted by ``(field, is_descending)`` in turn; null comes first."""
    runs: list[list[_Row]] = []
    rows: list[_Row] = []
    while chunk := list(islice(messages, CHUNK)):
        rows += [_row(m, order) for m in chunk if test(m)]
        if len(rows) > RUN:
            runs.append(sorted(rows, key=_key))
            rows = []
        await asyncio.sleep(0)
    runs.append(sorted(rows, key=_key))
    while len(runs) > 1:
        runs = [await _merged(runs[at : at + FAN]) for at in range(0, len(runs), FAN)]
    return [message for _, message in runs[0]]


async def _merged(runs: list[list[_Row]]) -> list[_Row]:
    """Sorted runs as one. Of equals, those of the earlier run come first."""
    rows, merged = merge(*runs, key=_key), []
    while part := list(islice(rows, MERGED)):
        merged += part
        await asyncio.sleep(0)
    return merged


_Row = tuple[tuple[Any, ...], Message]


def _row(message: Message, order: Sequence[tuple[Field[Message], bool]]) -> _Row:
    values = ((field.read(message), is_down) for field, is_down in order)
    return tuple(_Down(_sortable(v)) if is_down else _sortable(v) for v, is_down in values), message


def _key(row: _Row) -> tuple[Any, ...]:
    return row[0]


class _Down:
    """A value that sorts the other way round."""

    __slots__ = ("value",)

    def __init__(self, value: tuple[bool, Any]) -> None:
        self.value = value

    def __lt__(self, other: _Down) -> bool:
        return other.value < self.value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Down) and self.value == other.value

    def __hash__(self) -> int:
        return hash(self.value)


def _sortable(value: Any) -> tuple[bool, Any]:
    return (value is not None, value)
