"""Time zones of flags: the wish in Prefer, and the zones that programs write."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sim.graph.harness import GraphCaller

from m365sim.world import Mailbox
from m365sim.world.simulation import Simulation


@pytest.fixture
def path(sim: Simulation, mailbox: Mailbox) -> str:
    [number] = sim.world.bulk(mailbox, mailbox.named["inbox"], 1, seed=4)
    return f"/me/messages/{mailbox.ids.immutable(number)}"


def flagged(zone: str) -> dict[str, Any]:
    noon = {"dateTime": "2026-07-01T12:00:00", "timeZone": zone}
    return {"flag": {"flagStatus": "flagged", "startDateTime": noon, "dueDateTime": noon}}


@pytest.mark.parametrize("zone", ["W. Europe Standard Time", "Europe/Berlin"])
def test_flags_are_written_and_read_in_any_zone(graph: GraphCaller, path: str, zone: str) -> None:
    """Noon in Berlin is ten in UTC; answers come in UTC unless a zone is preferred, Windows' or IANA's."""
    assert graph.call("PATCH", path, flagged(zone)).status == 200

    plain = graph.get(f"{path}?$select=flag")["flag"]["dueDateTime"]
    wished = graph.call("GET", f"{path}?$select=flag", prefer=f'outlook.timezone="{zone}"')

    assert plain == {"dateTime": "2026-07-01T10:00:00.0000000", "timeZone": "UTC"}
    assert wished.json["flag"]["dueDateTime"] == {"dateTime": "2026-07-01T12:00:00.0000000", "timeZone": zone}
    assert wished.headers["preference-applied"] == f'outlook.timezone="{zone}"'


def test_lists_and_delta_know_the_wish(graph: GraphCaller, path: str) -> None:
    """Every answer with flags comes in the zone preferred; instants of the message itself stay in UTC."""
    graph.call("PATCH", path, flagged("UTC"))
    wish = 'outlook.timezone="Tokyo Standard Time", IdType="ImmutableId"'

    [listed] = graph.get("/me/messages", wish)["value"]
    [first], _ = graph.round("/me/mailFolders/inbox/messages/delta", wish)

    for shown in (listed, first):
        assert shown["flag"]["dueDateTime"]["dateTime"] == "2026-07-01T21:00:00.0000000"
        assert shown["receivedDateTime"].endswith("Z")


def test_unknown_zones_are_refused(graph: GraphCaller, path: str) -> None:
    """400 with Exchange's word, in the header and in a flag."""
    header = graph.call("GET", path, prefer='outlook.timezone="Mars Standard Time"')
    body = graph.call("PATCH", path, flagged("Mars Standard Time"))

    assert (header.status, header.code) == (400, "TimeZoneNotSupportedException")
    assert (body.status, body.code) == (400, "TimeZoneNotSupportedException")


@pytest.mark.parametrize("instant", ["9999-12-31T23:59:59", "0001-01-01T00:00:00"])
@pytest.mark.parametrize("zone", ["Tokyo Standard Time", "Hawaiian Standard Time", "UTC"])
def test_the_ends_of_the_calendar_break_nothing(
    graph: GraphCaller, path: str, instant: str, zone: str
) -> None:
    """A day that is none in UTC is refused; one that is none in the zone preferred is shown nevertheless."""
    when = {"dateTime": instant, "timeZone": zone}
    reply = graph.call("PATCH", path, {"flag": {"flagStatus": "flagged", "startDateTime": when}})

    assert reply.status in (200, 400)
    for wish in ("Tokyo Standard Time", "Hawaiian Standard Time"):
        assert graph.call("GET", path, prefer=f'outlook.timezone="{wish}"').status == 200
