"""How long to wait before trying again."""

import random
from collections.abc import Callable

_DOUBLINGS = 16  # beyond this the limit has long been reached


def backoff_s(
    attempt: int,
    *,
    first_s: float = 1.0,
    limit_s: float = 300.0,
    spread: Callable[[], float] = random.random,
) -> float:
    """Seconds to wait before attempt ``attempt`` + 1, where ``attempt`` counts failures from 1.

    Doubles from ``first_s`` to ``limit_s``; the upper half of the wait is
    random, so that many accounts failing together do not return together.
    """
    doublings = min(max(attempt, 1) - 1, _DOUBLINGS)
    longest = min(limit_s, first_s * 2.0**doublings)
    return longest * (0.5 + 0.5 * spread())
