"""A clock that runs, and can be set ahead."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from poststelle.lib.clock import SystemClock


@dataclass
class ShiftedClock(SystemClock):
    """The machine's clock plus what tests have added."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return super().now() + self.ahead

    def advance(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)
