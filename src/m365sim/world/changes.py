"""The journal of one folder: what arrived, changed and left, in order; and what of it a delta round shows.

Source: Graph v1.0, "Get incremental changes to messages in a folder".
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple


class Kind(Enum):
    """How a message's relation to a folder changed."""

    ADDED = "created"
    UPDATED = "updated"
    REMOVED = "deleted"


class Entry(NamedTuple):
    """One change. ``last`` above ``number`` means a whole run of new messages, counted one by one."""

    seq: int
    kind: Kind
    number: int
    placement: int
    received_s: int
    fields: frozenset[str] = frozenset()
    last: int = 0


@dataclass(slots=True)
class Change:
    """What a round says about one message: all of it (ADDED), some ``fields`` (UPDATED) or its leaving."""

    kind: Kind
    number: int
    placement: int
    received_s: int | None
    fields: frozenset[str] = frozenset()


class FolderJournal:
    """Entries in rising ``seq``. Reading a window costs what changed in it, never what the folder holds."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._seqs: list[int] = []
        self._cache: tuple[tuple[int, int, bool], list[Change]] | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_cache": None}

    def append(self, entry: Entry) -> None:
        """Add the newest entry."""
        self._entries.append(entry)
        self._seqs.append(entry.seq)

    def window(self, since: int, upto: int, *, is_immutable: bool) -> list[Change]:
        """Changes with ``since < seq <= upto``, one a message, in the order of their first entry.

        Under default ids a message that left and came back is another item (removed, and new). Under
        immutable ids it shows as removed alone: Graph's blind spot for A -> B -> A within one round.
        """
        key = (since, upto, is_immutable)
        if self._cache and self._cache[0] == key:
            return self._cache[1]
        first, last = bisect_right(self._seqs, since), bisect_right(self._seqs, upto)
        entries = _expand(self._entries[first:last])
        changes = _by_message(entries) if is_immutable else _by_placement(entries)
        self._cache = (key, changes)
        return changes


def _expand(entries: Iterable[Entry]) -> Iterator[Entry]:
    for entry in entries:
        if entry.last > entry.number:
            for number in range(entry.number, entry.last + 1):
                yield entry._replace(number=number, placement=number, last=0)
        else:
            yield entry


def _by_placement(entries: Iterable[Entry]) -> list[Change]:
    changes: dict[int, Change] = {}
    for entry in entries:
        known = changes.get(entry.placement)
        if known is None:
            changes[entry.placement] = _change(entry)
        else:
            _merge(known, entry)
    return list(changes.values())


def _by_message(entries: Iterable[Entry]) -> list[Change]:
    changes: dict[int, Change] = {}
    for entry in entries:
        known = changes.get(entry.number)
        if known is None:
            changes[entry.number] = _change(entry)
        elif entry.kind is not Kind.ADDED:  # an ADDED after REMOVED is what Graph does not see
            _merge(known, entry)
    return list(changes.values())


def _change(entry: Entry) -> Change:
    received_s = None if entry.last else entry.received_s
    return Change(entry.kind, entry.number, entry.placement, received_s, entry.fields)


def _merge(known: Change, entry: Entry) -> None:
    if entry.kind is Kind.REMOVED:
        known.kind, known.placement, known.fields = Kind.REMOVED, entry.placement, frozenset()
    elif known.kind is Kind.REMOVED:
        known.kind, known.placement, known.fields = entry.kind, entry.placement, entry.fields
    elif known.kind is Kind.UPDATED:
        known.fields |= entry.fields
