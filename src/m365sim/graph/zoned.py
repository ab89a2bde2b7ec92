"""Instants in a named time zone, as Graph takes and shows them.

Source: Graph v1.0, "dateTimeTimeZone resource type".
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from m365sim.graph import values
from m365sim.graph.errors import no_time_zone
from m365sim.world.instants import from_seconds, local_of, to_seconds
from m365sim.world.time_zones import zone_of

_KIND = "microsoft.graph.dateTimeTimeZone"


def zoned_instant(name: str, value: Any) -> int:
    """Seconds since 1970 of a dateTimeTimeZone; 400 for one that names no instant or no zone there is."""
    fields = values.object_of(name, value, _KIND)
    if unknown := sorted(set(fields) - {"dateTime", "timeZone"}):
        raise values.no_such_property(unknown[0], _KIND)
    written = fields.get("dateTime")
    if not isinstance(written, str):
        raise values.wrong(name, _KIND)
    zone = zone_of(str(fields.get("timeZone") or "UTC"))
    if zone is None:
        raise no_time_zone(str(fields["timeZone"]))
    try:
        local = datetime.fromisoformat(written[:26])
        seconds = to_seconds(local if local.tzinfo else local.replace(tzinfo=zone))
        from_seconds(seconds)  # the year must be one in UTC as well
        return seconds
    except (ValueError, OverflowError) as error:
        raise values.wrong(name, _KIND) from error


def zoned_json(seconds: int, time_zone: str) -> dict[str, str]:
    """A dateTimeTimeZone in the zone of this name."""
    local = local_of(seconds, zone_of(time_zone))
    return {"dateTime": f"{local.isoformat()[:19]}.0000000", "timeZone": time_zone}
