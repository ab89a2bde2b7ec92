"""A mailbox's settings as Graph shows them.

Source: Graph v1.0, "mailboxSettings resource type", "Get user mailbox settings".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from m365sim.directory import User
from m365sim.graph.zoned import zoned_json
from m365sim.world.locales import spoken
from m365sim.world.mailbox import Mailbox
from m365sim.world.settings import MailboxSettings


@dataclass(frozen=True, slots=True)
class Shown:
    """Whose settings are shown, when, and in which zone instants are written."""

    mailbox: Mailbox
    user: User
    now_s: int
    time_zone: str

    @property
    def settings(self) -> MailboxSettings:
        """The settings themselves."""
        return self.mailbox.settings


def _archive_folder(shown: Shown) -> str | None:
    folder = shown.mailbox.named.get("archive")
    return None if folder is None else shown.mailbox.ids.folder(folder.number)


def _automatic_replies(shown: Shown) -> dict[str, Any]:
    replies = shown.settings.automatic_replies
    start_s, end_s = replies.window(shown.now_s)
    return {
        "status": replies.status,
        "externalAudience": replies.audience,
        "internalReplyMessage": replies.internal,
        "externalReplyMessage": replies.external,
        "scheduledStartDateTime": zoned_json(start_s, shown.time_zone),
        "scheduledEndDateTime": zoned_json(end_s, shown.time_zone),
    }


def _working_hours(shown: Shown) -> dict[str, Any]:
    hours = shown.settings.working_hours
    return {
        "daysOfWeek": list(hours.days),
        "startTime": f"{hours.start}.0000000",
        "endTime": f"{hours.end}.0000000",
        "timeZone": {"name": hours.time_zone or shown.settings.time_zone},
    }


def language_json(language: str) -> dict[str, str]:
    """A mailbox's language as localeInfo."""
    locale = spoken(language)
    return {"locale": locale.name, "displayName": locale.display_name}


_PROPERTIES: dict[str, Callable[[Shown], Any]] = {
    "archiveFolder": _archive_folder,
    "automaticRepliesSetting": _automatic_replies,
    "timeZone": lambda s: s.settings.time_zone,
    "delegateMeetingMessageDeliveryOptions": lambda s: s.settings.delegation,
    "dateFormat": lambda s: s.settings.date_format or spoken(s.mailbox.language).date_format,
    "timeFormat": lambda s: s.settings.time_format or spoken(s.mailbox.language).time_format,
    "userPurpose": lambda s: s.settings.purpose or ("user" if s.user.is_enabled else "shared"),
    "language": lambda s: language_json(s.mailbox.language),
    "workingHours": _working_hours,
}
NAMES = tuple(_PROPERTIES)


def setting(shown: Shown, name: str) -> Any:
    """One setting, by Graph's name of it."""
    return _PROPERTIES[name](shown)
