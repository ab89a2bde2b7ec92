"""One message where it lies: the state that people change, around what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from m365sim.world.content import ContentSource
from m365sim.world.meetings import Meeting
from m365sim.world.seedtypes import FlagStatus, Importance, Inference

if TYPE_CHECKING:
    from m365sim.world.folders import Folder

_NUMBER_BITS = 32
_NUMBER_MASK = (1 << _NUMBER_BITS) - 1


@dataclass(frozen=True, slots=True)
class Flag:
    """A follow-up flag; instants in seconds since 1970.

    Source: Graph v1.0, "followupFlag resource type".
    """

    status: FlagStatus = "notFlagged"
    start_s: int | None = None
    due_s: int | None = None
    completed_s: int | None = None


NO_FLAG = Flag()


@dataclass(slots=True, eq=False, weakref_slot=True)
class Message:
    """One message in one folder.

    ``number`` is its immutable counter, ``placement`` the counter behind its default id (renewed by
    every move). ``version`` rises with every change. ``extended`` holds MAPI properties that programs have
    set, by their id in Graph's spelling, with one value or several; ``meeting`` makes it a message about one.
    Only `Mailbox` changes these fields.
    """

    number: int
    placement: int
    folder: Folder
    source: ContentSource
    received_s: int
    is_read: bool = False
    flag: Flag = NO_FLAG
    categories: tuple[str, ...] = ()
    importance: Importance = "normal"
    inference: Inference = "focused"
    is_draft: bool = False
    read_receipt: bool = False
    delivery_receipt: bool = False
    created_s: int = 0
    modified_s: int = 0
    version: int = 1
    extended: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    meeting: Meeting | None = None

    @property
    def key(self) -> int:
        """Sorts a folder by time received, then by age in the mailbox."""
        return self.received_s << _NUMBER_BITS | self.number

    def __reduce__(self) -> tuple[type[Message], tuple[Any, ...]]:
        """Kept as its fields in order: there may be hundreds of thousands, and the loop waits for them."""
        return Message, _FIELDS(self)


_FIELDS = attrgetter(*(f.name for f in fields(Message)))


def number_of(key: int) -> int:
    """The message number inside a sort key."""
    return key & _NUMBER_MASK


def run_keys(first: int, count: int, oldest_s: int, step_s: int) -> range:
    """The sort keys of ``count`` messages, numbered from ``first`` on, that came at even distances."""
    start, step = oldest_s << _NUMBER_BITS | first, (step_s << _NUMBER_BITS) + 1
    return range(start, start + count * step, step)


def key_floor(received_s: int) -> int:
    """The lowest key of a message received at this second."""
    return received_s << _NUMBER_BITS
