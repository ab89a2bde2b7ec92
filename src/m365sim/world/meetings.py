"""What a message about a meeting says of it.

Source: Graph v1.0, "eventMessage resource type", "eventMessageRequest resource type",
"eventMessageResponse resource type"; MS-OXOCAL, section 2.2.5 (message classes).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# The spelling of the third is Microsoft's.
MeetingKind = Literal[
    "meetingRequest", "meetingCancelled", "meetingAccepted", "meetingTenativelyAccepted", "meetingDeclined"
]


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting that a message asks to, calls off or answers; instants in seconds since 1970."""

    kind: MeetingKind
    start_s: int
    end_s: int
    is_all_day: bool = False

    @property
    def type(self) -> str:
        """The name of the message's type in Graph."""
        forms = {"meetingRequest": "eventMessageRequest", "meetingCancelled": "eventMessage"}
        return f"microsoft.graph.{forms.get(self.kind, 'eventMessageResponse')}"

    @property
    def message_class(self) -> str:
        """PidTagMessageClass."""
        return _CLASSES[self.kind]


_CLASSES = {
    "meetingRequest": "IPM.Schedule.Meeting.Request",
    "meetingCancelled": "IPM.Schedule.Meeting.Canceled",
    "meetingAccepted": "IPM.Schedule.Meeting.Resp.Pos",
    "meetingTenativelyAccepted": "IPM.Schedule.Meeting.Resp.Tent",
    "meetingDeclined": "IPM.Schedule.Meeting.Resp.Neg",
}
