"""The ``Prefer`` header: what a program wishes for, and ``Preference-Applied``, what it got.

Source: Graph v1.0, "Obtain immutable identifiers", "Create and send Outlook messages", "Use delta query",
"dateTimeTimeZone resource type".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from m365sim.graph.errors import bad_request, no_time_zone, not_simulated
from m365sim.world.time_zones import zone_of

_ITEM = re.compile(r"""\s*([^\s=,;"]+)\s*(?:=\s*(?:"([^"]*)"|([^\s,"]*)))?\s*(?:,|$)""")
MAX_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Prefer:
    """The wishes understood. ``applied`` is the header that confirms them, empty when there were none.

    ``time_zone`` is the name of a zone that exists, as the caller wrote it: answers use it as well.
    """

    is_immutable: bool = False
    page_size: int | None = None
    body_type: Literal["text", "html"] | None = None
    allows_unsafe_html: bool = False
    time_zone: str = "UTC"
    applied: str = ""


def parse_prefer(header: str | None) -> Prefer:
    """Understand the header; 501 for a preference that is not simulated, 400 for a bad value."""
    if not header:
        return NO_PREFER
    wishes, position = {}, 0
    while position < len(header):
        match = _ITEM.match(header, position)
        if match is None:
            raise bad_request(f"The Prefer header is malformed: {header}")
        wishes[match[1].lower()] = (match[2] if match[2] is not None else match[3]) or ""
        position = match.end()
    return _understood(wishes)


def _understood(wishes: dict[str, str]) -> Prefer:
    is_immutable, size, body_type, unsafe, time_zone = False, None, None, False, "UTC"
    applied = []
    for name, value in wishes.items():
        match name, value.lower():
            case "idtype", "immutableid":
                is_immutable = True
                applied.append('IdType="ImmutableId"')
            case "odata.maxpagesize" | "maxpagesize", _:
                size = _page_size(value)
                applied.append(f"odata.maxpagesize={size}")
            case "outlook.body-content-type", "text":
                body_type = "text"
                applied.append('outlook.body-content-type="text"')
            case "outlook.body-content-type", "html":
                body_type = "html"
                applied.append('outlook.body-content-type="html"')
            case "outlook.allow-unsafe-html", "":
                unsafe = True
                applied.append("outlook.allow-unsafe-html")
            case "outlook.timezone", _:
                time_zone = _time_zone(value)
                applied.append(f'outlook.timezone="{value}"')
            case "odata.track-changes", "":
                applied.append("odata.track-changes")
            case _:
                raise not_simulated(f"the preference {name}{f'={value}' if value else ''}")
    kind: Literal["text", "html"] | None = "text" if body_type == "text" else "html" if body_type else None
    return Prefer(is_immutable, size, kind, unsafe, time_zone, ", ".join(applied))


def _time_zone(name: str) -> str:
    if zone_of(name) is None:
        raise no_time_zone(name)
    return name


def _page_size(value: str) -> int:
    if not value.isdecimal() or int(value) < 1:
        raise bad_request(f"The preference odata.maxpagesize={value} is not a positive number.")
    return min(int(value), MAX_PAGE)


NO_PREFER = Prefer()
