"""One folder: its place in the tree, the order of its messages, its counters and its journal."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from m365sim.world.changes import FolderJournal


@dataclass(frozen=True, slots=True)
class SearchSpec:
    """What a search folder shows: messages of these folders (by number) that a filter lets through.

    ``is_deep`` takes the folders below them as well. ``filter_query`` is the text as it was given.
    Source: Graph v1.0, "mailSearchFolder resource type".
    """

    sources: tuple[int, ...]
    is_deep: bool
    filter_query: str


@dataclass(slots=True, eq=False)
class Folder:
    """A folder. ``order`` holds message sort keys, oldest first; only `Mailbox` changes the fields.

    ``is_beyond`` marks what lies outside the tree that people see: the search folders' parent and what can be
    recovered. ``search`` makes it a search folder, which holds nothing itself.
    """

    number: int
    name: str
    parent: Folder | None
    well_known: str | None = None
    is_hidden: bool = False
    order: list[int] = field(default_factory=list)
    unread: int = 0
    children: list[Folder] = field(default_factory=list)
    journal: FolderJournal = field(default_factory=FolderJournal)
    version: int = 1
    extended: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    is_beyond: bool = False
    search: SearchSpec | None = None

    def __getstate__(self) -> dict[str, Any]:
        """All but the neighbours in the tree: `Mailbox` keeps them, so a deep tree needs no deep stack."""
        names = (f.name for f in fields(self))
        return {name: getattr(self, name) for name in names if name not in ("parent", "children")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.parent, self.children = None, []
        for name, value in state.items():
            setattr(self, name, value)

    @property
    def total(self) -> int:
        """How many messages lie here."""
        return len(self.order)

    def path(self) -> tuple[str, ...]:
        """Display names from below the mailbox root down to this folder."""
        names: list[str] = []
        folder: Folder | None = self
        while folder is not None and folder.parent is not None:
            names.append(folder.name)
            folder = folder.parent
        return tuple(reversed(names))

    def is_within(self, ancestor: Folder) -> bool:
        """True for the ancestor itself and everything below it."""
        folder: Folder | None = self
        while folder is not None:
            if folder is ancestor:
                return True
            folder = folder.parent
        return False

    def child(self, name: str) -> Folder | None:
        """The child of this name; letter case does not count, as in Exchange."""
        wanted = name.casefold()
        return next((c for c in self.children if c.name.casefold() == wanted), None)

    def depth(self) -> int:
        """How many folders lie above this one."""
        return len(self.path())

    def height(self) -> int:
        """How many levels lie below this one."""
        return max(folder.depth() for folder in self.walk()) - self.depth()

    def walk(self) -> Iterator[Folder]:
        """This folder and everything below it, parents first."""
        waiting = [self]
        while waiting:
            folder = waiting.pop()
            yield folder
            waiting += reversed(folder.children)

    def insert(self, key: int) -> None:
        """Put a message key in its place."""
        insort(self.order, key)

    def insert_run(self, keys: range) -> None:
        """Put many keys, in rising order, in their places."""
        is_newer = not self.order or self.order[-1] < keys[0]
        self.order.extend(keys)
        if not is_newer:
            self.order.sort()

    def remove(self, key: int) -> None:
        """Take a message key out."""
        del self.order[bisect_left(self.order, key)]

    def newest(self, below: int | None = None, downto: int | None = None) -> Iterator[int]:
        """Keys from the newest to the oldest, those under ``below`` and not under ``downto``."""
        high = len(self.order) if below is None else bisect_left(self.order, below)
        low = 0 if downto is None else bisect_left(self.order, downto)
        for index in range(high - 1, low - 1, -1):
            yield self.order[index]
