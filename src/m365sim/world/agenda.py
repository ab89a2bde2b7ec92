"""What is to happen later, by the simulator's clock: letters under way, copies not yet filed.

The agenda is kept with the world, so what is due survives a restart. Nothing in it sleeps: whoever serves the
world calls `run_due` from time to time, and at once when the clock was moved.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from operator import itemgetter
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from m365sim.world.world import World


class Action(Protocol):
    """Something to do when its time has come. It is kept on disk, so it must pickle."""

    def act(self, world: World) -> None:
        """Do it. What it is about may be gone by now; then it does nothing."""
        ...


class Agenda:
    """Actions by the instant they are due, in seconds since 1970; those of one instant in the order given.

    ``version`` rises with every change.
    """

    def __init__(self) -> None:
        self._entries: list[tuple[float, int, Action]] = []
        self.version = 0

    def add(self, at_s: float, action: Action) -> None:
        """Put something on the agenda."""
        self.version += 1
        heappush(self._entries, (at_s, self.version, action))

    def take(self, now_s: float) -> Action | None:
        """The next action that is due by now, taken off; None when there is none."""
        if not self._entries or self._entries[0][0] > now_s:
            return None
        self.version += 1
        return heappop(self._entries)[2]

    def ahead(self) -> Iterator[tuple[float, Action]]:
        """What is still to be done, with the instants, in the order in which it comes."""
        return ((at_s, action) for at_s, _, action in sorted(self._entries, key=itemgetter(0, 1)))

    def __len__(self) -> int:
        return len(self._entries)


def run_due(world: World) -> None:
    """Do everything that is due by the world's clock, what comes due meanwhile included."""
    now_s = world.clock.now().timestamp()
    while (action := world.agenda.take(now_s)) is not None:
        action.act(world)
