"""Whether this program still has what it has claimed, asked before each request that changes something.

Others free what a program holds whose heart has stood still for twenty seconds. One that was stopped, on a
machine that slept, or that reaches the provider and not the database, is taken for dead and does not know:
somebody else has done since what it has in hand, and people may have changed that again. So it asks how long
ago its heart was seen to beat, and where that is too long, beats and looks again first.

What is on the wire when a program is stopped can't be called back: docs/decisions/0032.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

from poststelle.lib.clock import since_boot_s
from poststelle.providers.errors import RetryLater
from poststelle.store import holders
from poststelle.store.tx import Store, Tx

BEAT_S = 5.0
LOOKS = 4
"""Looks of another's, a beat apart, between which a heart must have beaten; else its program is buried."""

CLAIM_LOST = "claim_lost"
_SPARE_S = 2.0
_NEEDED_S = 6.0  # to leave in, a connection included: so a beat counts for twelve seconds
_TRIES = 3
_AGAIN_S = 1.0

Renew = Callable[[Tx], bool]
"""Holds on to what was claimed; False where some of it may be another's."""


class _Lost(Exception):
    """What was to be held on to is another's, or is about to be: nothing of it is renewed."""


class Mark(NamedTuple):
    """Just before something is claimed: in which of the program's lives, and when."""

    span: int
    at_s: float


class Life:
    """One program's, which holds its claims as ``name``; None: it has no heart, so that nobody misses it.

    ``now_s`` is a clock that only goes on, also while the machine sleeps.
    """

    def __init__(
        self, store: Store, name: str | None = None, *, now_s: Callable[[], float] = since_boot_s
    ) -> None:
        self._store, self._name, self.now_s = store, name, now_s
        self.span = 0
        self._beaten_at_s: float | None = None

    def mark(self) -> Mark:
        return Mark(self.span, self.now_s())

    def beaten(self, began_s: float) -> None:
        """Its heart has beaten: at ``began_s``, or later."""
        if self._beaten_at_s is None or began_s > self._beaten_at_s:  # a look may end after a later beat
            self._beaten_at_s = began_s

    def end(self) -> None:
        """It was buried: all that it has claimed so far is others'."""
        self.span += 1
        self._beaten_at_s = -math.inf

    def left_s(self) -> float:
        """For so many seconds nobody takes over what it holds; below zero: somebody may have.

        Before its heart beats for the first time nobody misses it.
        """
        beaten_at_s = self.now_s() if self._beaten_at_s is None else self._beaten_at_s
        return beaten_at_s + LOOKS * BEAT_S - _SPARE_S - self.now_s()

    async def look(self, renew: Renew) -> bool:
        """Beat, and hold on to what was claimed, together; False when it was buried, or that is lost."""
        began_s = self.now_s()
        try:
            await self._store.write(_look, self._name, renew)
        except _Lost:
            return False
        self.beaten(began_s)
        return True


class Hold:
    """What one piece of work has claimed (``providers.base.MayWrite``).

    A claim is sure for ``sure_s`` from its ``mark`` on; then ``renew`` renews it before anything leaves.
    """

    def __init__(self, life: Life, mark: Mark, sure_s: float, renew: Renew) -> None:
        self._life, self._sure_s, self._renew = life, sure_s, renew
        self._span, self._until_s = mark.span, mark.at_s + sure_s

    async def __call__(self) -> float:
        """Within how many seconds the request has to leave. Raises RetryLater where it must not any more."""
        for _ in range(_TRIES):
            if self._span != self._life.span:
                break
            left_s = min(self._life.left_s(), self._until_s - self._life.now_s())
            if left_s >= _NEEDED_S:
                return left_s
            began_s = self._life.now_s()
            if not await self._life.look(self._renew):
                break
            self._until_s = began_s + self._sure_s
        raise RetryLater(CLAIM_LOST, after_s=_AGAIN_S, is_throttled=True)


def _look(tx: Tx, name: str | None, renew: Renew) -> None:
    """Raises _Lost, which takes back what was renewed: who was buried keeps nothing from others."""
    # The claim first: who waits for it does not keep the heart's own row from the heart.
    if not renew(tx) or not (name is None or holders.beat_on(tx, name)):
        raise _Lost
