"""Messages that count how often their content is asked for: what a page costs, without a clock."""

from __future__ import annotations

from m365sim.world import Mailbox
from m365sim.world.bulk import BulkItem
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


def fill(mailbox: Mailbox, folder: Folder, count: int, newest_s: int = 1_760_000_000) -> list[int]:
    """Put so many messages a minute apart into a folder; the list that grows with every content made."""
    loaded: list[int] = []
    times = [newest_s - 60 * (count - 1 - index) for index in range(count)]
    items = [BulkItem(5, index, mailbox.address, at) for index, at in enumerate(times)]
    mailbox.add_run(folder, [(Counted(i, loaded), at, True) for i, at in zip(items, times, strict=True)])
    return loaded
