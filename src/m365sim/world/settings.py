"""The settings of one mailbox, as its owner and its administrator set them.

Source: Graph v1.0, "mailboxSettings resource type", "automaticRepliesSetting resource type",
"workingHours resource type".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

ReplyStatus = Literal["disabled", "alwaysEnabled", "scheduled"]
Audience = Literal["none", "contactsOnly", "all"]
Delegation = Literal[
    "sendToDelegateAndInformationToPrincipal", "sendToDelegateAndPrincipal", "sendToDelegateOnly"
]
Purpose = Literal["user", "linked", "shared", "room", "equipment", "others"]

DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_HOUR_S, _DAY_S = 3600, 86_400


@dataclass(frozen=True, slots=True)
class AutomaticReplies:
    """What the mailbox answers while its owner is away. Instants in seconds since 1970; texts are HTML."""

    status: ReplyStatus = "disabled"
    audience: Audience = "all"
    start_s: int | None = None
    end_s: int | None = None
    internal: str = ""
    external: str = ""

    def window(self, now_s: int) -> tuple[int, int]:
        """The schedule; where none was ever set, the day that begins with the present hour."""
        start_s = now_s - now_s % _HOUR_S if self.start_s is None else self.start_s
        return start_s, start_s + _DAY_S if self.end_s is None else self.end_s

    def is_active(self, now_s: int) -> bool:
        """Whether mail is answered at this instant."""
        if self.status != "scheduled":
            return self.status == "alwaysEnabled"
        start_s, end_s = self.window(now_s)
        return start_s <= now_s < end_s

    def text_for(self, *, is_internal: bool, is_contact: bool) -> str:
        """The words for such a sender; empty where he gets none."""
        if is_internal:
            return self.internal
        is_meant = self.audience == "all" or (self.audience == "contactsOnly" and is_contact)
        return self.external if is_meant else ""


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """When somebody works. Times are ``HH:MM:SS``; the zone has a Windows or an IANA name."""

    days: tuple[str, ...] = DAYS[1:6]
    start: str = "08:00:00"
    end: str = "17:00:00"
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class MailboxSettings:
    """All settings but the language, which the mailbox itself has.

    None for a format means the usual one of the language, for ``purpose`` what the user's account says.
    ``is_full``, ``mail_tip`` and ``contacts`` (addresses in lower case) are no program's to set.
    """

    automatic_replies: AutomaticReplies = field(default_factory=AutomaticReplies)
    date_format: str | None = None
    time_format: str | None = None
    delegation: Delegation = "sendToDelegateOnly"
    time_zone: str = "W. Europe Standard Time"
    working_hours: WorkingHours = field(default_factory=WorkingHours)
    purpose: Purpose | None = None
    is_full: bool = False
    mail_tip: str | None = None
    contacts: frozenset[str] = frozenset()
