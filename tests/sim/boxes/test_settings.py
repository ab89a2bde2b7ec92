"""Mailbox settings: what they say, what may be set, for whom, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.sim.boxes.conftest import SETTINGS
from tests.sim.boxes.helpers import change
from tests.sim.graph.harness import ANNA, DESK, GraphCaller

from m365sim.control.client import ControlClient, ControlError
from m365sim.world import Mailbox
from m365sim.world.simulation import Simulation

PATH = "/me/mailboxSettings"


def test_every_setting_has_a_value_from_the_start(anna: GraphCaller, mailbox: Mailbox) -> None:
    """Formats follow the language; the schedule that nobody set is the day that begins with this hour."""
    shown = anna.get(PATH)
    context = shown.pop("@odata.context")

    assert context.endswith(f"/$metadata#users('{ANNA.id}')/mailboxSettings")
    assert shown == {
        "archiveFolder": mailbox.ids.folder(mailbox.named["archive"].number),
        "automaticRepliesSetting": {
            "status": "disabled",
            "externalAudience": "all",
            "internalReplyMessage": "",
            "externalReplyMessage": "",
            "scheduledStartDateTime": {"dateTime": "2026-05-04T09:00:00.0000000", "timeZone": "UTC"},
            "scheduledEndDateTime": {"dateTime": "2026-05-05T09:00:00.0000000", "timeZone": "UTC"},
        },
        "timeZone": "W. Europe Standard Time",
        "delegateMeetingMessageDeliveryOptions": "sendToDelegateOnly",
        "dateFormat": "M/d/yyyy",
        "timeFormat": "h:mm tt",
        "userPurpose": "user",
        "language": {"locale": "en-US", "displayName": "English (United States)"},
        "workingHours": {
            "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
            "startTime": "08:00:00.0000000",
            "endTime": "17:00:00.0000000",
            "timeZone": {"name": "W. Europe Standard Time"},
        },
    }


def test_one_setting_has_an_address_of_its_own(anna: GraphCaller) -> None:
    """A plain one comes under ``value``, an object as it is; one that there is not is 400."""
    zone = anna.get(f"{PATH}/timeZone")
    hours = anna.get(f"{PATH}/workingHours")

    assert zone["value"] == "W. Europe Standard Time"
    assert zone["@odata.context"].endswith("/mailboxSettings/timeZone")
    assert hours["startTime"] == "08:00:00.0000000"
    assert anna.call("GET", f"{PATH}/colour").status == 400
    assert set(anna.get(f"{PATH}?$select=timeZone,language")) == {"@odata.context", "timeZone", "language"}


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("timeZone", "Europe/Berlin", "Europe/Berlin"),
        ("timeZone", "tokyo standard time", "Tokyo Standard Time"),
        ("dateFormat", "yyyy-MM-dd", "yyyy-MM-dd"),
        ("timeFormat", "HH:mm", "HH:mm"),
        ("language", {"locale": "de-de"}, {"locale": "de-DE", "displayName": "German (Germany)"}),
        (
            "delegateMeetingMessageDeliveryOptions",
            "SendToDelegateAndPrincipal",
            "sendToDelegateAndPrincipal",
        ),
        (
            "workingHours",
            {"daysOfWeek": ["Monday"], "startTime": "07:30:00.0000000", "timeZone": {"name": "UTC"}},
            {
                "daysOfWeek": ["monday"],
                "startTime": "07:30:00.0000000",
                "endTime": "17:00:00.0000000",
                "timeZone": {"name": "UTC"},
            },
        ),
    ],
)
def test_a_setting_that_was_set_is_shown(anna: GraphCaller, name: str, value: Any, shown: Any) -> None:
    """PATCH answers with what it set and nothing else, and it stays."""
    reply = change(anna, **{name: value})

    assert reply.status == 200
    assert reply.json == {"@odata.context": reply.json["@odata.context"], name: shown}
    assert anna.get(PATH)[name] == shown


def test_another_language_has_other_formats_and_other_words(anna: GraphCaller, mailbox: Mailbox) -> None:
    """The formats of before are forgotten, those given beside the language are kept."""
    change(anna, dateFormat="yyyy-MM-dd")
    change(anna, timeFormat="H:mm", language={"locale": "de-DE"})
    shown = anna.get(PATH)

    assert (shown["dateFormat"], shown["timeFormat"]) == ("dd.MM.yyyy", "H:mm")
    assert mailbox.language == "de-DE"


def test_a_schedule_is_understood_and_shown_in_any_zone(anna: GraphCaller) -> None:
    """The instants are taken in the zone that is named, and shown in UTC or the preferred one."""
    start = {"dateTime": "2026-05-05T08:00:00", "timeZone": "W. Europe Standard Time"}
    end = {"dateTime": "2026-05-09T08:00:00", "timeZone": "Europe/Berlin"}
    setting = {"status": "Scheduled", "scheduledStartDateTime": start, "scheduledEndDateTime": end}
    reply = change(anna, automaticRepliesSetting=setting)
    local = anna.get(f"{PATH}/automaticRepliesSetting", 'outlook.timezone="Tokyo Standard Time"')

    assert reply.json["automaticRepliesSetting"]["status"] == "scheduled"
    assert reply.json["automaticRepliesSetting"]["scheduledStartDateTime"] == {
        "dateTime": "2026-05-05T06:00:00.0000000",
        "timeZone": "UTC",
    }
    assert local["scheduledEndDateTime"] == {
        "dateTime": "2026-05-09T15:00:00.0000000",
        "timeZone": "Tokyo Standard Time",
    }


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("timeZone", "Middle Earth", "InvalidTimeZone"),
        ("timeZone", None, "RequestBodyRead"),
        ("dateFormat", "tomorrow", "ErrorInvalidArgument"),
        ("timeFormat", "dd", "ErrorInvalidArgument"),
        ("language", {"locale": "tlh"}, "ErrorInvalidArgument"),
        ("language", "de-DE", "RequestBodyRead"),
        ("userPurpose", "shared", "ErrorInvalidPropertySet"),
        ("archiveFolder", "x", "ErrorInvalidPropertySet"),
        ("mood", "good", "BadRequest"),
        ("delegateMeetingMessageDeliveryOptions", "nobody", "RequestBodyRead"),
        ("workingHours", {"startTime": "08"}, "RequestBodyRead"),
        ("workingHours", {"startTime": "19:00:00"}, "ErrorInvalidTimeSettings"),
        ("workingHours", {"daysOfWeek": ["RandomDay"]}, "InvalidArguments"),
        ("workingHours", {"timeZone": {"name": "Nowhere"}}, "InvalidTimeZone"),
        ("automaticRepliesSetting", {"status": "sometimes"}, "RequestBodyRead"),
        ("automaticRepliesSetting", {"audience": "all"}, "BadRequest"),
        (
            "automaticRepliesSetting",
            {"status": "scheduled", "scheduledEndDateTime": {"dateTime": "2026-05-04T09:10:00"}},
            "ErrorInvalidScheduledOofDuration",
        ),
        (
            "automaticRepliesSetting",
            {"scheduledEndDateTime": {"dateTime": "2026-05-09T08:00:00", "timeZone": "Nowhere"}},
            "TimeZoneNotSupportedException",
        ),
    ],
)
def test_a_bad_setting_leaves_all_as_it_was(
    anna: GraphCaller, mailbox: Mailbox, name: str, value: Any, code: str
) -> None:
    """400 in Graph's words; the good one given beside it is not set either."""
    good = "timeFormat" if name != "timeFormat" else "dateFormat"
    before = mailbox.settings, mailbox.language
    reply = change(anna, **{good: "d-M-yy" if good == "dateFormat" else "HH:mm", name: value})

    assert (reply.status, reply.code) == (400, code)
    assert (mailbox.settings, mailbox.language) == before


def test_a_zone_of_ones_own_is_not_simulated(anna: GraphCaller) -> None:
    """501, by name."""
    zone = {"@odata.type": "#microsoft.graph.customTimeZone", "bias": -300, "name": "Customized Time Zone"}

    assert change(anna, workingHours={"timeZone": zone}).status == 501


def test_the_settings_of_another_are_closed_to_delegated_programs(sim: Simulation, base: str) -> None:
    """403 even with full access to the mailbox; a program without a user may read and write them."""
    sim.directory.put_user(replace(ANNA, mailbox_grants=frozenset({DESK.upn})))
    path = f"/users/{DESK.upn}/mailboxSettings"
    delegated = GraphCaller(base, scopes=f"{SETTINGS},Mail.ReadWrite.Shared").call("GET", path)
    app = GraphCaller(base, "app", SETTINGS)

    assert (delegated.status, delegated.code) == (403, "ErrorAccessDenied")
    assert app.call("PATCH", path, {"timeZone": "UTC"}).status == 200
    assert app.get(path)["timeZone"] == "UTC"


def test_reading_is_not_writing(base: str) -> None:
    """MailboxSettings.Read reads; mail permissions do neither."""
    reader = GraphCaller(base, scopes="MailboxSettings.Read")

    assert reader.call("GET", PATH).status == 200
    assert reader.call("PATCH", PATH, {"timeZone": "UTC"}).status == 403
    assert GraphCaller(base, scopes="Mail.ReadWrite").call("GET", PATH).status == 403


def test_a_mailbox_nobody_signs_in_to_is_shared(sim: Simulation, base: str, control: ControlClient) -> None:
    """By its account, or because a test says what it is."""
    app = GraphCaller(base, "app", SETTINGS)
    sim.directory.put_user(replace(DESK, is_enabled=False))
    path = f"/users/{DESK.upn}/mailboxSettings/userPurpose"
    assert app.get(path)["value"] == "shared"

    control.set_mailbox(DESK.upn, userPurpose="room")
    assert app.get(path)["value"] == "room"
    with pytest.raises(ControlError):
        control.set_mailbox(DESK.upn, userPurpose="castle")


def test_settings_can_be_selected_with_the_user(base: str) -> None:
    """On request only, and with the permission for settings."""
    both = GraphCaller(base, scopes="User.Read,MailboxSettings.Read")

    shown = both.get("/me?$select=displayName,mailboxSettings")

    assert shown["mailboxSettings"]["userPurpose"] == "user"
    assert GraphCaller(base, scopes="User.Read").call("GET", "/me?$select=mailboxSettings").status == 403
