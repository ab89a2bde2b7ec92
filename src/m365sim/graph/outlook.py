"""Routes of what Outlook offers a user: the languages and time zones to choose from.

Source: Graph v1.0, "outlookUser resource type", "outlookUser: supportedLanguages",
"outlookUser: supportedTimeZones".
"""

from __future__ import annotations

import re
from typing import Any

from m365sim.graph import odata, values
from m365sim.graph.context import Context
from m365sim.graph.errors import bad_request
from m365sim.graph.http import Answer, json_answer
from m365sim.graph.listing import next_link
from m365sim.graph.routes import Rows
from m365sim.world.locales import LOCALES
from m365sim.world.time_zones import iana_names, windows_names

_STANDARD = re.compile(r"timezonestandard=(?:microsoft\.graph\.timezonestandard)?'(\w*)'", re.IGNORECASE)


def get_outlook(context: Context) -> Answer:
    """GET outlook: it has an id and nothing else of its own."""
    odata.check_options(context.request.query, ("$select",))
    odata.select(context.request.query, ("id",), "microsoft.graph.outlookUser")
    return json_answer({"@odata.context": context.annotation("outlook/$entity"), "id": context.user.id})


def supported_languages(context: Context) -> Answer:
    """GET outlook/supportedLanguages()."""
    found = [{"locale": locale.name, "displayName": locale.display_name} for locale in LOCALES]
    return _collection(context, "localeInfo", found)


def supported_time_zones(context: Context, standard: str = "TimeZoneStandard='windows'") -> Answer:
    """GET outlook/supportedTimeZones(), or with the names of the IANA's zones."""
    match = _STANDARD.fullmatch(standard)
    if match is None:
        raise bad_request(f"The function supportedTimeZones has no parameter {standard}.")
    if values.one_of("TimeZoneStandard", match[1], ("windows", "iana")) == "windows":
        found = [{"alias": zone.name, "displayName": zone.display_name} for zone in windows_names()]
    else:
        found = [{"alias": name, "displayName": name} for name in iana_names()]
    return _collection(context, "timeZoneInformation", found)


def _collection(context: Context, kind: str, items: list[dict[str, str]]) -> Answer:
    query = context.request.query
    odata.check_options(query, ("$top", "$skip", "$count"))
    skip = odata.number(query, "$skip", 0) or 0
    size = odata.page_size(query, context.prefer.page_size, len(items))
    annotation = f"{context.request.root}/$metadata#Collection(microsoft.graph.{kind})"
    data: dict[str, Any] = {"@odata.context": annotation}
    if odata.flag(query, "$count"):
        data["@odata.count"] = len(items)
    data["value"] = items[skip : skip + size]
    if len(items) > skip + size:
        data["@odata.nextLink"] = next_link(context, skip + size)
    return json_answer(data)


ROUTES: Rows = (
    ("GET", "outlook", "profile", get_outlook),
    ("GET", "outlook/supportedLanguages", "profile", supported_languages),
    ("GET", "outlook/supportedTimeZones", "profile", supported_time_zones),
    ("GET", "outlook/supportedTimeZones/{standard}", "profile", supported_time_zones),
)
