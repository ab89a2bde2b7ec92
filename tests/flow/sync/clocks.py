"""A clock that stands still until a test sets it ahead."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from poststelle.lib.clock import SystemClock


@dataclass
class SetClock(SystemClock):
    """The instant it was made, plus what tests have added: nothing comes due by itself on a busy machine."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def now(self) -> datetime:
        return self.at

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
