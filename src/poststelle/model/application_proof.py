"""The least-privilege proof: what our program opens by itself in an organisation, and what it does not.

Each chosen mailbox is opened, and a control mailbox, which is none of our business, must stay shut. One
control mailbox that opens shows that the application may open everything; one that stays shut shows that
something keeps it out of mailboxes it was not given.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from poststelle.model.ids import UserId


class Result(StrEnum):
    """Of trying to open one mailbox's inbox. ``unknown``: the provider gave no answer that tells."""

    OPEN = "open"
    SHUT = "shut"
    NO_MAILBOX = "no_mailbox"
    UNKNOWN = "unknown"


class Verdict(StrEnum):
    """``too_wide``: the control mailbox opened. ``not_open``: it stayed shut, and so did a chosen one.

    ``proven``: all chosen opened, the control mailbox did not. ``unproven``: something gave no answer that
    tells, or nothing was chosen.
    """

    PROVEN = "proven"
    TOO_WIDE = "too_wide"
    NOT_OPEN = "not_open"
    UNPROVEN = "unproven"


@dataclass(frozen=True, slots=True)
class Tried:
    address: str
    result: Result


@dataclass(frozen=True, slots=True)
class Proof:
    """``by`` None: it was repeated by itself."""

    at: datetime
    by: UserId | None
    opened: tuple[Tried, ...]
    control: Tried

    @property
    def verdict(self) -> Verdict:
        """The gravest comes first: a door that should be shut."""
        if self.control.result is Result.OPEN:
            return Verdict.TOO_WIDE
        if any(one.result in {Result.SHUT, Result.NO_MAILBOX} for one in self.opened):
            return Verdict.NOT_OPEN
        is_told = self.control.result is Result.SHUT and bool(self.opened)
        return Verdict.PROVEN if is_told and self._all_open else Verdict.UNPROVEN

    @property
    def _all_open(self) -> bool:
        return all(one.result is Result.OPEN for one in self.opened)
