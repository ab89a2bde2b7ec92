"""The messages of a mailbox by number: those held one by one, and runs of which nothing is held.

A run makes a message when it is asked for it. Whoever still has that message gets the same one again; it is
held from its first change on, and forgotten when nobody has it and nothing about it has changed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from weakref import ref

from m365sim.world.content import ContentSource
from m365sim.world.messages import Message, run_keys

if TYPE_CHECKING:
    from m365sim.world.folders import Folder

_LENT = 4096
"""So many messages may be lent before it is looked which have come back."""


class Series(Protocol):
    """What a run is made from: messages by their index, oldest first. It pickles, and is small."""

    @property
    def count(self) -> int:
        """How many there are."""
        ...

    @property
    def oldest_s(self) -> int:
        """When the first was received."""
        ...

    @property
    def step_s(self) -> int:
        """How many seconds after another each was received; not below 0."""
        ...

    def unread_below(self, index: int) -> int:
        """How many of the first ``index`` are unread."""
        ...

    def is_read(self, index: int) -> bool:
        """Whether one of them is read."""
        ...

    def source(self, index: int) -> ContentSource:
        """What one of them says."""
        ...


@dataclass(frozen=True, slots=True)
class Part:
    """Some of a series, one after the other: a series itself. `part` makes one."""

    whole: Series
    start: int
    stop: int

    @property
    def count(self) -> int:
        """How many there are."""
        return self.stop - self.start

    @property
    def oldest_s(self) -> int:
        """When the first was received."""
        return self.whole.oldest_s + self.start * self.whole.step_s

    @property
    def step_s(self) -> int:
        """How many seconds after another each was received."""
        return self.whole.step_s

    def unread_below(self, index: int) -> int:
        """How many of the first ``index`` are unread."""
        return self.whole.unread_below(self.start + index) - self.whole.unread_below(self.start)

    def is_read(self, index: int) -> bool:
        """Whether one of them is read."""
        return self.whole.is_read(self.start + index)

    def source(self, index: int) -> ContentSource:
        """What one of them says."""
        return self.whole.source(self.start + index)


def part(series: Series, start: int, stop: int) -> Series:
    """The messages of a series from one index up to another; a part of a part is one of the whole."""
    if isinstance(series, Part):
        return part(series.whole, series.start + start, series.start + stop)
    return series if (start, stop) == (0, series.count) else Part(series, start, stop)


@dataclass(slots=True, eq=False)
class Run:
    """Messages with the numbers from ``first`` on, as they were when they came.

    ``gone`` are removed ones; a range once all of them are. ``placed`` is the first one's placement, which
    moves away from its number when they all go to another folder together, at ``moved_s``.
    """

    first: int
    folder: Folder
    series: Series
    made_s: int
    version: int = 1
    gone: set[int] | range = field(default_factory=set)
    placed: int = 0
    moved_s: int = 0

    def numbers(self) -> range:
        """Their numbers, those of removed ones too."""
        return range(self.first, self.first + self.series.count)

    def keys(self) -> range:
        """The sort keys, oldest first."""
        return run_keys(self.first, self.series.count, self.series.oldest_s, self.series.step_s)

    def placement(self, number: int) -> int:
        """The placement of one of them."""
        return number - self.first + (self.placed or self.first)

    def message(self, number: int) -> Message:
        """One of them, as it came, where they lie now."""
        index, series = number - self.first, self.series
        return Message(
            number,
            self.placement(number),
            self.folder,
            series.source(index),
            series.oldest_s + index * series.step_s,
            series.is_read(index),
            created_s=self.made_s,
            modified_s=self.moved_s or self.made_s,
            version=self.version,
        )


@dataclass(frozen=True, slots=True)
class Stretch:
    """Messages of a run that rest in its folder, without a gap between their numbers."""

    run: Run
    numbers: range

    def series(self) -> Series:
        """What they are made from."""
        start = self.numbers.start - self.run.first
        return part(self.run.series, start, start + len(self.numbers))

    def keys(self) -> range:
        """Their sort keys, oldest first."""
        start = self.numbers.start - self.run.first
        return self.run.keys()[start : start + len(self.numbers)]

    def placement(self) -> int:
        """The first one's placement."""
        return self.run.placement(self.numbers.start)


class Messages(Mapping[int, Message]):
    """Every message of one mailbox by its number. Only `Mailbox` changes it."""

    def __init__(self) -> None:
        self._held: dict[int, Message] = {}
        self._runs: list[Run] = []
        self._firsts: list[int] = []
        self._resting = 0  # messages of runs that are not held
        self._lent: dict[int, ref[Message]] = {}
        self._lent_most = _LENT

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_lent": {}}

    def find(self, number: int) -> Message | None:
        """The message of this number; None when there is none (any more)."""
        found = self._held.get(number)
        if found is not None or not self._runs:
            return found
        found = self._on_loan(number)
        if found is None and (run := self._run_of(number)) is not None:
            found = run.message(number)
            self._lend(found)
        return found

    def _on_loan(self, number: int) -> Message | None:
        lent = self._lent.get(number)
        return None if lent is None else lent()

    def _lend(self, message: Message) -> None:
        self._lent[message.number] = ref(message)
        if len(self._lent) > self._lent_most:
            self._lent = {number: lent for number, lent in self._lent.items() if lent() is not None}
            self._lent_most = max(_LENT, 2 * len(self._lent))

    def resting(self, number: int) -> Run | None:
        """The run in which the message of this number rests as it came; None when there is no such."""
        return None if number in self._held else self._run_of(number)

    def __getitem__(self, number: int) -> Message:
        found = self.find(number)
        if found is None:
            raise KeyError(number)
        return found

    def __contains__(self, number: object) -> bool:
        return number in self._held or (isinstance(number, int) and self._run_of(number) is not None)

    def __len__(self) -> int:
        return len(self._held) + self._resting

    def __iter__(self) -> Iterator[int]:
        """The numbers, those held first."""
        yield from list(self._held)
        for run in self._runs:
            if not isinstance(run.gone, range):
                yield from (n for n in run.numbers() if n not in self._held and n not in run.gone)

    def as_made(self, number: int) -> Message | None:
        """A message of a run as it came, whatever has become of it; None for one that came alone."""
        run = self._run_around(number)
        return None if run is None else run.message(number)

    def held(self) -> Iterable[Message]:
        """Those that came alone or have changed since they came."""
        return self._held.values()

    def placed(self, placement: int) -> int:
        """The number of the message of this placement, if it rests in a run that was moved; else the same."""
        for run in self._runs:
            if run.placed and 0 <= placement - run.placed < run.series.count:
                return placement - run.placed + run.first
        return placement

    def resting_in(self, folder: Folder) -> list[Stretch]:
        """What of runs rests in a folder, oldest run first. Nothing is made."""
        runs = [run for run in self._runs if run.folder is folder and not isinstance(run.gone, range)]
        held = sorted(self._held) if runs else []
        found: list[Stretch] = []
        for run in runs:
            numbers = run.numbers()
            among = held[bisect_left(held, numbers.start) : bisect_left(held, numbers.stop)]
            found += [Stretch(run, gap) for gap in _gaps(numbers, sorted({*among, *run.gone}))]
        return found

    def move_resting(self, run: Run, folder: Folder, placed: int, now_s: int) -> None:
        """Let what rests in a run lie in another folder, under placements from ``placed`` on."""
        run.folder, run.placed, run.moved_s = folder, placed, now_s
        run.version += 1
        for number in [n for n in self._lent if n in run.numbers() and n not in self._held]:
            message = self._on_loan(number)
            if message is not None:
                message.folder, message.placement = folder, run.placement(number)
                message.version, message.modified_s = run.version, now_s

    def drop_resting(self, run: Run, count: int) -> None:
        """Forget for good what rests in a run, ``count`` messages."""
        run.gone = run.numbers()
        self._resting -= count
        self._lent = {number: lent for number, lent in self._lent.items() if number not in run.numbers()}

    def add(self, message: Message) -> None:
        """Hold a message, a new one or one that comes back."""
        self._held[message.number] = message

    def add_run(self, run: Run) -> None:
        """Take in a run, whose numbers are above all others."""
        self._runs.append(run)
        self._firsts.append(run.first)
        self._resting += run.series.count

    def keep(self, message: Message) -> None:
        """Hold a message that has changed, unless it was removed."""
        if message.number not in self._held and self._run_of(message.number) is not None:
            self._held[message.number] = message
            self._resting -= 1

    def remove(self, number: int) -> None:
        """Forget a message for good."""
        run = self._run_of(number)
        if run is not None and not isinstance(run.gone, range):
            run.gone.add(number)
            self._lent.pop(number, None)
        if self._held.pop(number, None) is None and run is not None:
            self._resting -= 1

    def raise_versions(self, gap: int, floor: int) -> None:
        """Let all versions rise by ``gap``, and to ``floor`` at least."""
        for message in self._held.values():
            message.version = max(message.version + gap, floor)
        for run in self._runs:
            run.version = max(run.version + gap, floor)

    def _run_of(self, number: int) -> Run | None:
        run = self._run_around(number)
        return None if run is None or number in run.gone else run

    def _run_around(self, number: int) -> Run | None:
        index = bisect_right(self._firsts, number) - 1
        if index < 0:
            return None
        run = self._runs[index]
        return run if number < run.first + run.series.count else None


def _gaps(numbers: range, taken: list[int]) -> Iterator[range]:
    """The ranges of numbers that are left between those taken, which are in order."""
    start = numbers.start
    for number in (*taken, numbers.stop):
        if start < number:
            yield range(start, number)
        start = number + 1
