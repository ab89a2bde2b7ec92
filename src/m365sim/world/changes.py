"""The journal of one folder: what arrived, changed and left, in order; and what of it a delta round shows.

Source: Graph v1.0, "Get incremental changes to messages in a folder".
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import accumulate, starmap
from typing import Any, NamedTuple, overload

KEPT_ENTRIES = 100_000
"""How many changes of a folder are remembered at least. Delta tokens from before are answered by 410."""


class Kind(Enum):
    """How a message's relation to a folder changed."""

    ADDED = "created"
    UPDATED = "updated"
    REMOVED = "deleted"


class Entry(NamedTuple):
    """One change. ``last`` above ``number`` means a run of messages; numbers and placements rise by one."""

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
        self._cache: tuple[tuple[int, int, bool, bool], Window] | None = None
        self.floor = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __getstate__(self) -> dict[str, Any]:
        """The entries as plain tuples: there may be hundreds of thousands, and the loop waits for them."""
        return {"rows": list(map(tuple, self._entries)), "floor": self.floor}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._entries = list(starmap(Entry, state["rows"]))
        self._seqs = [entry.seq for entry in self._entries]
        self._cache = None
        self.floor = state.get("floor", 0)

    def append(self, entry: Entry) -> None:
        """Add the newest entry. The oldest are forgotten now and then; ``floor`` is the last of these."""
        self._entries.append(entry)
        self._seqs.append(entry.seq)
        if len(self._entries) > KEPT_ENTRIES * 5 // 4:
            dropped = len(self._entries) - KEPT_ENTRIES
            self.floor = self._seqs[dropped - 1]
            del self._entries[:dropped], self._seqs[:dropped]

    def window(self, since: int, upto: int, *, is_immutable: bool, is_blind: bool = True) -> Window:
        """Changes with ``since < seq <= upto``, one a message, in the order of their first entry.

        Under default ids a message that left and came back is another item (removed, and new). Under
        immutable ids it shows as removed alone: Graph's blind spot for A -> B -> A within one round. Unless
        the journal ``is_blind`` it shows there as new, under the id it always had.

        ``since`` is not below ``floor``: what was before is forgotten.
        """
        is_blind = is_blind and is_immutable
        key = (since, upto, is_immutable, is_blind)
        if self._cache and self._cache[0] == key:
            return self._cache[1]
        first, last = bisect_right(self._seqs, since), bisect_right(self._seqs, upto)
        window = Window(self._entries[first:last], is_immutable=is_immutable, is_blind=is_blind)
        self._cache = (key, window)
        return window


class Window(Sequence[Change]):
    """The changes of a window. A run of messages stays one until somebody looks at its messages.

    A run that left is told by nobody: it leaves only when its folder goes, and with it the journal.
    """

    def __init__(self, entries: Iterable[Entry], *, is_immutable: bool, is_blind: bool) -> None:
        self._is_immutable, self._is_blind = is_immutable, is_blind
        self._single: dict[int, Change] = {}
        self._blocks: list[range] = []  # of numbers, or of placements
        self._runs: dict[int, Entry] = {}  # by the first of these
        self._run_starts: list[int] = []
        for entry in entries:
            self._add(entry)
        self._ends = list(accumulate(map(len, self._blocks)))

    def _add(self, entry: Entry) -> None:
        key = entry.number if self._is_immutable else entry.placement
        if entry.last > entry.number:
            if entry.kind is Kind.ADDED:
                self._blocks.append(range(key, key + entry.last - entry.number + 1))
                self._runs[key] = entry
                insort(self._run_starts, key)
            return
        known = self._single.get(key) or self._in_run(key)
        if known is None:
            self._single[key] = _change(entry)
            self._blocks.append(range(key, key + 1))
        elif entry.kind is not Kind.ADDED or not self._is_blind:  # one that came back is not seen
            _merge(known, entry)
            self._single[key] = known

    def _in_run(self, key: int) -> Change | None:
        """A message of a run, which came and has not changed since."""
        index = bisect_right(self._run_starts, key) - 1
        if index < 0:
            return None
        start = self._run_starts[index]
        entry = self._runs[start]
        number = entry.number + key - start
        return _new(number, entry.placement + key - start) if number <= entry.last else None

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, index: int) -> Change: ...
    @overload
    def __getitem__(self, index: slice) -> list[Change]: ...
    def __getitem__(self, index: int | slice) -> Change | list[Change]:
        indices = range(len(self))[index]
        return self._at(indices) if isinstance(indices, int) else [self._at(one) for one in indices]

    def _at(self, index: int) -> Change:
        block = bisect_right(self._ends, index)
        key = self._blocks[block][index - self._ends[block]]
        found = self._single.get(key) or self._in_run(key)
        if found is None:
            raise IndexError(index)
        return found


def _new(number: int, placement: int) -> Change:
    return Change(Kind.ADDED, number, placement, None)


def _change(entry: Entry) -> Change:
    received_s = None if entry.last else entry.received_s
    return Change(entry.kind, entry.number, entry.placement, received_s, entry.fields)


def _merge(known: Change, entry: Entry) -> None:
    if entry.kind is Kind.REMOVED:
        known.kind, known.placement, known.fields = Kind.REMOVED, entry.placement, frozenset()
        known.received_s = entry.received_s
    elif known.kind is Kind.REMOVED:
        known.kind, known.placement, known.fields = entry.kind, entry.placement, entry.fields
    elif known.kind is Kind.UPDATED:
        known.fields |= entry.fields
