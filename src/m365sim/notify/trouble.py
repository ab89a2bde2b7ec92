"""Notifications lost, doubled and shuffled on request, the same way every time for the same seed."""

from __future__ import annotations

from m365sim.behaviour import Behaviour
from m365sim.notify.notice import Notice
from m365sim.world.bulk import mix


class Trouble:
    """Decides by counting: the n-th notification under a seed always fares the same."""

    def __init__(self) -> None:
        self._seed = 0
        self._count = 0

    def copies(self, behaviour: Behaviour) -> int:
        """How often the next notification is sent: once, or not at all, or twice."""
        stirred = self._next(behaviour.notification_seed)
        if stirred % 100 < behaviour.notifications_lost_percent:
            return 0
        return 2 if stirred // 100 % 100 < behaviour.notifications_doubled_percent else 1

    def shuffle(self, notices: list[Notice], behaviour: Behaviour) -> list[Notice]:
        """The notices in another order."""
        keyed = [(self._next(behaviour.notification_seed), place, n) for place, n in enumerate(notices)]
        return [notice for _, _, notice in sorted(keyed, key=lambda k: k[:2])]

    def _next(self, seed: int) -> int:
        if seed != self._seed:
            self._seed, self._count = seed, 0
        self._count += 1
        return mix(seed, self._count)
