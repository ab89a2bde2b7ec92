"""What searches have found, remembered for a while: lists being paged through, search folders' content.

It lives as long as the process; a program whose result list is gone is told to search again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from secrets import token_urlsafe

from m365sim.world.folders import SearchSpec

KEPT_RESULTS = 200
KEPT_FOLDERS = 200


@dataclass(frozen=True, slots=True)
class Result:
    """The numbers of the messages a search found, in order, and when it was made."""

    mailbox_id: str
    numbers: Sequence[int]
    made_s: float


@dataclass(frozen=True, slots=True)
class Members:
    """The sort keys of a search folder's messages, oldest first, as of a mailbox's ``seq``."""

    seq: int
    search: SearchSpec
    keys: list[int]
    unread: int


class Searches:
    """Results by a random name, members by mailbox and folder; the least recently used fall out."""

    def __init__(self) -> None:
        self._results: OrderedDict[str, Result] = OrderedDict()
        self._members: OrderedDict[tuple[str, int], Members] = OrderedDict()

    def keep_result(self, result: Result) -> str:
        """Remember a result; the name to ask for it by."""
        name = token_urlsafe(12)
        self._results[name] = result
        if len(self._results) > KEPT_RESULTS:
            self._results.popitem(last=False)
        return name

    def result(self, name: str) -> Result | None:
        """The result of this name, if it is still remembered."""
        return self._results.get(name)

    def keep_members(self, mailbox_id: str, folder: int, members: Members) -> None:
        """Remember what a search folder shows."""
        self._members[mailbox_id, folder] = members
        self._members.move_to_end((mailbox_id, folder))
        if len(self._members) > KEPT_FOLDERS:
            self._members.popitem(last=False)

    def members(self, mailbox_id: str, folder: int) -> Members | None:
        """What a search folder showed when last looked at."""
        return self._members.get((mailbox_id, folder))
