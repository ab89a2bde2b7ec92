"""Messages that count how often their content is asked for: what a page costs, without a clock."""

from __future__ import annotations

from dataclasses import dataclass

from m365sim.world import Mailbox
from m365sim.world.bulk import BulkItem, BulkSeries
from m365sim.world.content import Content
from m365sim.world.folders import Folder


class Counted:
    """A derived message that writes its index down each time it is made."""

    def __init__(self, item: BulkItem, loaded: list[int]) -> None:
        self._item = item
        self._loaded = loaded

    def load(self) -> Content:
        """The content, counted."""
        self._loaded.append(self._item.index)
        return self._item.load()


@dataclass(frozen=True)
class CountedSeries:
    """A run that writes down which messages were looked at (``made``) and which were read (``loaded``)."""

    series: BulkSeries
    loaded: list[int]
    made: list[int]

    @property
    def count(self) -> int:
        """How many there are."""
        return self.series.count

    @property
    def oldest_s(self) -> int:
        """When the first was received."""
        return self.series.oldest_s

    @property
    def step_s(self) -> int:
        """How many seconds after another each was received."""
        return self.series.step_s

    def unread_below(self, index: int) -> int:
        """How many of the first ``index`` are unread."""
        return self.series.unread_below(index)

    def is_read(self, index: int) -> bool:
        """Whether one of them is read."""
        return self.series.is_read(index)

    def source(self, index: int) -> Counted:
        """One of them, counted."""
        self.made.append(index)
        return Counted(self.series.source(index), self.loaded)


def fill(mailbox: Mailbox, folder: Folder, count: int, newest_s: int = 1_760_000_000) -> list[int]:
    """Put so many messages a minute apart into a folder; the list that grows with every content made."""
    return counted_run(mailbox, folder, count, newest_s).loaded


def counted_run(
    mailbox: Mailbox, folder: Folder, count: int, newest_s: int = 1_760_000_000, unread_every: int = 0
) -> CountedSeries:
    """Put a counted run of messages a minute apart into a folder."""
    series = BulkSeries(5, mailbox.address, count, newest_s - 60 * (count - 1), 60, unread_every)
    counted = CountedSeries(series, [], [])
    mailbox.add_run(folder, counted)
    return counted
