"""What waits to be told: changes to messages, and events in a subscription's own life."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

LifecycleEvent = Literal["missed", "subscriptionRemoved", "reauthorizationRequired"]


@dataclass(frozen=True, slots=True)
class Change:
    """One change to one message, for one subscription.

    ``last`` above ``number`` means a whole run of messages, told one by one; nothing is made for each
    before its turn. ``is_untested``: the subscription's filter has not been asked yet.
    """

    subscription_id: str
    kind: str
    number: int
    placement: int
    version: int
    last: int = 0
    is_untested: bool = False

    def __len__(self) -> int:
        return max(self.last - self.number + 1, 1)

    def first(self) -> Change:
        """The change to the first message."""
        return replace(self, last=0) if self.last else self

    def rest(self) -> Change | None:
        """The run without its first message; None when that was all."""
        following = self.number + 1
        if following > self.last:
            return None
        return replace(self, number=following, placement=self.placement + 1)


@dataclass(frozen=True, slots=True)
class Life:
    """One lifecycle event. ``shown`` is complete: the subscription may be gone when it is told."""

    subscription_id: str
    shown: dict[str, Any]

    def __len__(self) -> int:
        return 1

    def first(self) -> Life:
        """Itself."""
        return self

    def rest(self) -> None:
        """Nothing: events come one by one."""


Notice = Change | Life


@dataclass(order=True, slots=True)
class Parcel:
    """Notices that go in one POST, not before ``due_s``; ``first_s`` is when they were first to go."""

    due_s: float
    serial: int
    notices: list[Notice] = field(compare=False)
    first_s: float = field(compare=False)
    tries: int = field(default=0, compare=False)
