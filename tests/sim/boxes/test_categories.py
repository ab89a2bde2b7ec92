"""The master list of categories, and what Outlook offers to choose from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.sim.graph.harness import ANNA, GraphCaller, application, served
from tests.sim.identity.conftest import OFFICE

from m365sim.clock import Clock
from m365sim.kept import fresh
from m365sim.world.seedtypes import SeedCategory, SeedMailbox

PATH = "/me/outlook/masterCategories"


def made(graph: GraphCaller, name: str = "Red", color: str = "preset0") -> dict[str, Any]:
    """A new category."""
    reply = graph.call("POST", PATH, {"displayName": name, "color": color})
    assert reply.status == 201, reply.body
    answer: dict[str, Any] = reply.json
    return answer


def test_a_category_is_made_found_and_counted(anna: GraphCaller) -> None:
    """With an id; a colour that is not given is none."""
    red = made(anna)
    plain = anna.call("POST", PATH, {"DisplayName": "Plain"}).json
    listed = anna.get(PATH)["value"]

    assert (red["displayName"], red["color"], plain["color"]) == ("Red", "preset0", "none")
    assert anna.get(f"{PATH}/{red['id']}")["displayName"] == "Red"
    assert listed == [{k: c[k] for k in ("id", "displayName", "color")} for c in (red, plain)]
    assert anna.call("GET", f"{PATH}/$count").body == b"2"
    assert anna.get(f"{PATH}?$select=color&$top=1")["value"] == [{"id": red["id"], "color": "preset0"}]


def test_only_the_colour_changes(anna: GraphCaller) -> None:
    """A name is for ever; the same name beside a new colour is no change."""
    path = f"{PATH}/{made(anna)['id']}"

    assert anna.call("PATCH", path, {"color": "preset24", "displayName": "Red"}).json["color"] == "preset24"
    assert anna.call("PATCH", path, {"displayName": "Blue"}).code == "ErrorInvalidPropertySet"
    assert anna.call("PATCH", path, {"color": "preset25"}).status == 400
    assert anna.get(path)["color"] == "preset24"


def test_names_are_unique_whatever_their_case(anna: GraphCaller) -> None:
    """The second of a name is refused and nothing is added."""
    made(anna)
    reply = anna.call("POST", PATH, {"displayName": "RED", "color": "preset1"})

    assert (reply.status, reply.code) == (409, "ErrorCategoryExists")
    assert len(anna.get(PATH)["value"]) == 1


@pytest.mark.parametrize(
    "body", [{}, {"displayName": " "}, {"displayName": "x", "color": "red"}, {"displayName": "x", "mood": 1}]
)
def test_a_bad_category_is_refused(anna: GraphCaller, body: dict[str, Any]) -> None:
    """400 without a name, with another colour or property."""
    assert anna.call("POST", PATH, body).status == 400


def test_a_category_taken_away_is_gone(anna: GraphCaller) -> None:
    """204, then 404; the next of its name has another id."""
    first = made(anna)

    assert anna.call("DELETE", f"{PATH}/{first['id']}").status == 204
    assert anna.call("GET", f"{PATH}/{first['id']}").code == "ErrorItemNotFound"
    assert made(anna)["id"] != first["id"]


def test_categories_need_the_permission_for_settings(base: str) -> None:
    """To read and to write."""
    reader = GraphCaller(base, scopes="MailboxSettings.Read")

    assert reader.call("POST", PATH, {"displayName": "x"}).status == 403
    assert GraphCaller(base, scopes="Mail.ReadWrite").call("GET", f"{PATH}/$count").status == 403


def test_seeded_categories_have_the_same_ids_in_every_life() -> None:
    """A world made anew from its seed gives its categories the ids of before."""
    box = SeedMailbox("anna@lindner.example", [], (SeedCategory("Rot", "preset0"), SeedCategory("Gelb")))
    office, lives = replace(OFFICE, mailboxes=(box,)), []
    for _ in range(2):
        with served(application(fresh(Clock(), office))) as base:
            graph = GraphCaller(base, "anna@lindner.example", "MailboxSettings.Read")
            lives.append([c["id"] for c in graph.get(PATH)["value"]])

    assert lives[0] == lives[1] != []


def test_outlook_itself_has_an_id(anna: GraphCaller) -> None:
    """And nothing else of its own."""
    assert anna.get("/me/outlook")["id"] == ANNA.id


def test_a_change_on_condition_is_refused(anna: GraphCaller) -> None:
    """A category has no entity tag; the star is no condition."""
    path = f"{PATH}/{made(anna)['id']}"

    assert anna.call("PATCH", path, {"color": "preset1"}, If_Match='W/"x"').status == 412
    assert anna.call("DELETE", path, If_Match='W/"x"').status == 412
    assert anna.get(path)["color"] == "preset0"
    assert anna.call("DELETE", path, If_Match="*").status == 204


def test_pages_are_as_small_as_the_program_prefers(anna: GraphCaller) -> None:
    """The smaller of ``$top`` and ``odata.maxpagesize`` counts, in every list."""
    for name in "abc":
        made(anna, name)
    lists = [PATH, "/me/outlook/supportedLanguages()", "/me/outlook/supportedTimeZones()"]

    for path in lists:
        assert len(anna.get(path, "odata.maxpagesize=1")["value"]) == 1
        assert len(anna.get(f"{path}?$top=2", "odata.maxpagesize=1")["value"]) == 1
        assert len(anna.get(f"{path}?$top=2", "odata.maxpagesize=3")["value"]) == 2


def test_languages_to_choose_from(anna: GraphCaller) -> None:
    """Each with a name; whole, or in pages."""
    whole = anna.get("/me/outlook/supportedLanguages()")
    page = anna.get("/me/outlook/supportedLanguages?$top=2&$count=true")

    assert {"locale": "de-DE", "displayName": "German (Germany)"} in whole["value"]
    assert whole["@odata.context"].endswith("$metadata#Collection(microsoft.graph.localeInfo)")
    assert page["@odata.count"] == len(whole["value"])
    assert page["value"] + anna.get(page["@odata.nextLink"])["value"] == whole["value"][:4]


@pytest.mark.parametrize(
    ("call", "alias", "name"),
    [
        ("supportedTimeZones", "UTC-11", "(UTC-11:00) Coordinated Universal Time-11"),
        ("supportedTimeZones()", "UTC-11", "(UTC-11:00) Coordinated Universal Time-11"),
        ("supportedTimeZones(TimeZoneStandard='windows')", "Tokyo Standard Time", None),
        ("supportedTimeZones(TimeZoneStandard='iana')", "Europe/Berlin", "Europe/Berlin"),
        ("microsoft.graph.supportedTimeZones(TimeZoneStandard='Iana')", "Europe/Berlin", "Europe/Berlin"),
        (
            "supportedTimeZones(TimeZoneStandard=microsoft.graph.timeZoneStandard'Iana')",
            "Europe/Berlin",
            "Europe/Berlin",
        ),
        ("supportedTimeZones(TimeZoneStandard=%27iana%27)", "Europe/Berlin", "Europe/Berlin"),
    ],
)
def test_time_zones_to_choose_from(base: str, call: str, alias: str, name: str | None) -> None:
    """Windows' names or the IANA's, however the parameter is written; profile permissions are enough."""
    graph = GraphCaller(base, scopes="User.Read")
    zones = {z["alias"]: z["displayName"] for z in graph.get(f"/me/outlook/{call}")["value"]}

    assert zones[alias] == (name or zones[alias])


@pytest.mark.parametrize("parameter", ["TimeZoneStandard='julian'", "Standard='iana'"])
def test_a_standard_there_is_not(anna: GraphCaller, parameter: str) -> None:
    """400."""
    assert anna.call("GET", f"/me/outlook/supportedTimeZones({parameter})").status == 400
