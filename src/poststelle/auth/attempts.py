"""Counting failed attempts by key (an address, an unknown login), in memory.

Known users' failures are kept in the database; here are those that belong to
no user. A restart forgets them, which costs an attacker more than it gives.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

MAX_KEYS = 10_000  # the oldest go first, so a flood of keys costs no memory
FORGET_AFTER = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class LockRule:
    """After ``free`` failures in a row wait ``first_s``, doubling with each further one up to ``limit_s``."""

    free: int
    first_s: int
    limit_s: int

    def wait_s(self, failures: int) -> int:
        """Seconds to wait after so many failures; 0 while none is needed."""
        over = failures - self.free
        return 0 if over < 0 else min(self.limit_s, self.first_s * 2 ** min(over, 20))


@dataclass(slots=True)
class _Count:
    failures: int
    last_at: datetime
    locked_until: datetime | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt, counted as a failure; ``locks_until`` is set where it was the one too many.

    ``earlier`` is when the one before it was, which counts again when this one doesn't.
    """

    key: str
    at: datetime
    earlier: datetime
    locks_until: datetime | None


class Attempts:
    """Failures in a row by key, under one rule. Used on one event loop."""

    def __init__(self, rule: LockRule) -> None:
        self._rule = rule
        self._counts: OrderedDict[str, _Count] = OrderedDict()

    def locked_until(self, key: str, now: datetime) -> datetime | None:
        """Until when nothing more is tried for this key; None when it may be."""
        count = self._counts.get(key)
        until = count.locked_until if count else None
        return until if until and until > now else None

    def count(self, key: str, now: datetime) -> Attempt:
        """Count an attempt before it is looked at: as failed, until it is taken back."""
        old = self._counts.pop(key, None)
        failures = 1 if old is None or now - old.last_at > FORGET_AFTER else old.failures + 1
        wait_s = self._rule.wait_s(failures)
        until = now + timedelta(seconds=wait_s) if wait_s else None
        self._counts[key] = _Count(failures, now, until)
        if len(self._counts) > MAX_KEYS:
            self._counts.popitem(last=False)
        return Attempt(key, now, old.last_at if old else now, until)

    def take_back(self, attempt: Attempt) -> None:
        """This attempt was no failure. What others failed at under the same key stays counted."""
        count = self._counts.get(attempt.key)
        if count is None:
            return
        count.failures -= 1
        if count.locked_until == attempt.locks_until:
            count.locked_until = None
        if count.last_at == attempt.at:
            count.last_at = attempt.earlier
        if count.failures <= 0:
            del self._counts[attempt.key]
