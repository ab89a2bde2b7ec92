"""Settings from the JSON that programs send, all understood before any of them is set.

Source: Graph v1.0, "Update user mailbox settings" (properties, and the errors of working hours).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast, get_args

from m365sim.graph import values
from m365sim.graph.errors import GraphError, bad_request, not_simulated
from m365sim.graph.settings_json import NAMES
from m365sim.graph.zoned import zoned_instant
from m365sim.world.locales import Locale, locale_of
from m365sim.world.settings import DAYS, AutomaticReplies, Delegation, MailboxSettings, WorkingHours
from m365sim.world.time_zones import windows_zone, zone_of

_DATE = re.compile(r"(?=.*d)(?=.*M)(?=.*y)[dMy'./, -]{5,30}")
_TIME = re.compile(r"(?=.*[hH])(?=.*m)[hHmst'.: ]{3,30}")
_CLOCK = re.compile(r"((?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?)(?:\.\d{1,12})?")


def known_settings(data: dict[str, Any]) -> dict[str, Any]:
    """The settings given, by name; 400 for one that there is not, that is read-only, or that is null."""
    given = values.plain(data, "microsoft.graph.mailboxSettings")
    for name, value in given.items():
        if name not in NAMES:
            raise values.no_such_property(name, "microsoft.graph.mailboxSettings")
        if name not in _WRITABLE:
            text = f"The property '{name}' is read-only and cannot be set."
            raise bad_request(text, "ErrorInvalidPropertySet")
        if value is None:
            raise values.wrong(name, "a value")
    return given


def changed_settings(before: MailboxSettings, given: dict[str, Any], now_s: int) -> MailboxSettings:
    """The settings after a PATCH of these; the language is not among them."""
    settings = before
    for name, value in given.items():
        settings = _WRITABLE[name](settings, value, now_s)
    return settings


def language_of(value: Any) -> Locale:
    """The language that a localeInfo names by its locale; the name shown beside it has no effect."""
    fields = values.object_of("language", value, "microsoft.graph.localeInfo")
    _check_names(fields, ("locale", "displayName"), "localeInfo")
    name = values.text("locale", fields.get("locale"))
    values.text("displayName", fields.get("displayName"))
    found = locale_of(name)
    if found is None:
        raise bad_request(f"The language '{name}' is not supported.", "ErrorInvalidArgument")
    return found


def _check_names(fields: dict[str, Any], known: tuple[str, ...], kind: str) -> None:
    if unknown := sorted(set(fields) - set(known)):
        raise values.no_such_property(unknown[0], f"microsoft.graph.{kind}")


def _time_zone_name(value: Any) -> str:
    """A zone under a name that there is, Windows' as Windows spells it."""
    if not isinstance(value, str) or zone_of(value) is None:
        raise GraphError(400, "InvalidTimeZone", "Time Zone settings provided are invalid.")
    windows = windows_zone(value)
    return value if windows is None else windows.name


def _format(name: str, value: Any, pattern: re.Pattern[str]) -> str:
    text = values.text(name, value)
    if not pattern.fullmatch(text):
        raise bad_request(f"The value '{text}' of '{name}' is not a short format.", "ErrorInvalidArgument")
    return text


# -- automatic replies --------------------------------------------------------------------------------

_REPLIES: dict[str, tuple[str, Callable[[str, Any], Any]]] = {
    "status": ("status", lambda n, v: values.one_of(n, v, ("disabled", "alwaysEnabled", "scheduled"))),
    "externalAudience": ("audience", lambda n, v: values.one_of(n, v, ("none", "contactsOnly", "all"))),
    "internalReplyMessage": ("internal", values.text),
    "externalReplyMessage": ("external", values.text),
    "scheduledStartDateTime": ("start_s", zoned_instant),
    "scheduledEndDateTime": ("end_s", zoned_instant),
}


def _automatic_replies(before: AutomaticReplies, value: Any, now_s: int) -> AutomaticReplies:
    kind = "automaticRepliesSetting"
    fields = values.object_of(kind, value, f"microsoft.graph.{kind}")
    _check_names(fields, tuple(_REPLIES), kind)
    replies = before
    for name, one in fields.items():
        target, understand = _REPLIES[name]
        replies = replace(replies, **{target: understand(name, one)})
    if replies.status != "scheduled" and replies.start_s is None and replies.end_s is None:
        return replies
    start_s, end_s = replies.window(now_s)
    if replies.status == "scheduled":
        _check_window(start_s, end_s, now_s)
    return replace(replies, start_s=start_s, end_s=end_s)  # the usual schedule, too, stays where it is now


def _check_window(start_s: int, end_s: int, now_s: int) -> None:
    if start_s >= end_s or end_s <= now_s:
        text = "The scheduled time must end after it begins, and in the future."
        raise bad_request(text, "ErrorInvalidScheduledOofDuration")


# -- working hours ------------------------------------------------------------------------------------


def _working_hours(before: WorkingHours, value: Any) -> WorkingHours:
    fields = values.object_of("workingHours", value, "microsoft.graph.workingHours")
    _check_names(fields, ("daysOfWeek", "startTime", "endTime", "timeZone"), "workingHours")
    hours = before
    if "daysOfWeek" in fields:
        hours = replace(hours, days=_days(fields["daysOfWeek"]))
    if "startTime" in fields:
        hours = replace(hours, start=_time_of_day(fields["startTime"]))
    if "endTime" in fields:
        hours = replace(hours, end=_time_of_day(fields["endTime"]))
    if "timeZone" in fields:
        hours = replace(hours, time_zone=_zone_of_hours(fields["timeZone"]))
    if hours.start >= hours.end:
        raise bad_request("Start Time should occur before End Time.", "ErrorInvalidTimeSettings")
    return hours


def _days(value: Any) -> tuple[str, ...]:
    named = values.texts("daysOfWeek", value)
    for day in named:
        if day.lower() not in DAYS:
            raise bad_request(f"Requested value '{day}' was not found.", "InvalidArguments")
    return tuple(dict.fromkeys(day.lower() for day in named))


def _time_of_day(value: Any) -> str:
    match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        text = f"Cannot convert the literal '{value}' to the expected type 'Edm.TimeOfDay'."
        raise bad_request(text, "RequestBodyRead")
    return match[1] if match[1].count(":") == 2 else f"{match[1]}:00"


def _zone_of_hours(value: Any) -> str:
    zone = values.mapping("timeZone", value, "microsoft.graph.timeZoneBase")
    if str(zone.get("@odata.type", "")).lower().endswith("customtimezone"):
        raise not_simulated("custom time zones of working hours")
    fields = values.plain(zone, "microsoft.graph.timeZoneBase")
    _check_names(fields, ("name",), "timeZoneBase")
    return _time_zone_name(fields.get("name"))


def _language(settings: MailboxSettings, value: Any, now_s: int) -> MailboxSettings:
    """Another language has its own usual formats."""
    language_of(value)
    return replace(settings, date_format=None, time_format=None)


def _delegation(value: Any) -> Delegation:
    name = "delegateMeetingMessageDeliveryOptions"
    return cast(Delegation, values.one_of(name, value, get_args(Delegation)))


_WRITABLE: dict[str, Callable[[MailboxSettings, Any, int], MailboxSettings]] = {
    "language": _language,
    "automaticRepliesSetting": lambda s, v, now_s: replace(
        s, automatic_replies=_automatic_replies(s.automatic_replies, v, now_s)
    ),
    "dateFormat": lambda s, v, _: replace(s, date_format=_format("dateFormat", v, _DATE)),
    "timeFormat": lambda s, v, _: replace(s, time_format=_format("timeFormat", v, _TIME)),
    "timeZone": lambda s, v, _: replace(s, time_zone=_time_zone_name(v)),
    "delegateMeetingMessageDeliveryOptions": lambda s, v, _: replace(s, delegation=_delegation(v)),
    "workingHours": lambda s, v, _: replace(s, working_hours=_working_hours(s.working_hours, v)),
}
