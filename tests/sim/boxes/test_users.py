"""Users: the list of a tenant, and every property of one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from tests.sim.graph.harness import ANNA, DESK, GUEST, TENANT, GraphCaller

from m365sim.directory import CONSUMERS_TENANT_ID, User
from m365sim.graph.user_schema import NAMES
from m365sim.world.simulation import Simulation

EVENTUAL = {"ConsistencyLevel": "eventual"}


@pytest.fixture
def reader(base: str) -> GraphCaller:
    """A program that may read everybody's profile."""
    return GraphCaller(base, scopes="User.Read.All")


def names(page: dict[str, Any]) -> list[str]:
    """Who is on a page."""
    return [user["displayName"] for user in page["value"]]


def test_the_list_is_the_callers_tenant(sim: Simulation, reader: GraphCaller) -> None:
    """Everybody of it, by name, with the usual properties; nobody of another."""
    sim.directory.put_user(User("other", CONSUMERS_TENANT_ID, "x@outlook.example", "X", is_personal=True))
    page = reader.get("/users")

    assert names(page) == ["Anna Becker", "Desk", "Guest"]
    assert set(page["value"][0]) == {
        *("businessPhones", "displayName", "givenName", "id", "jobTitle", "mail", "mobilePhone"),
        *("officeLocation", "preferredLanguage", "surname", "userPrincipalName"),
    }
    assert page["value"][2]["mail"] is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("mail eq 'ANNA@example.org'", ["Anna Becker"]),
        ("userPrincipalName eq 'guest@example.org'", ["Guest"]),
        ("mail eq 'guest@example.org'", []),
        ("startswith(userPrincipalName,'d')", ["Desk"]),
        ("startsWith(displayName, 'an') or mail eq 'desk@example.org'", ["Anna Becker", "Desk"]),
        ("displayName eq 'D''Arc or so'", ["D'Arc or so"]),
        ("(mail) eq ('ANNA@example.org')", ["Anna Becker"]),
        ("(startswith(displayName,'an')) eq true or ((mail eq 'desk@example.org'))", ["Anna Becker", "Desk"]),
        ("startswith(displayName,'an') eq false and displayName ge 'e'", ["Guest"]),
        ("userPrincipalName in ('guest@example.org', 'Anna@example.org')", ["Anna Becker", "Guest"]),
        ("mail eq null", ["Guest"]),
    ],
)
def test_filters_of_users(sim: Simulation, reader: GraphCaller, query: str, found: list[str]) -> None:
    """Letter case aside; brackets as OData has them, round an operand or a call as well."""
    sim.directory.put_user(User("arc", TENANT, "arc@example.org", "D'Arc or so"))

    assert names(reader.get(f"/users?$filter={quote(query)}")) == found


@pytest.mark.parametrize(
    "query",
    [
        "$filter=city%20eq%20'Ulm'",
        "$filter=mail%20ne%20'x'",
        "$filter=not%20(mail%20eq%20'x')",
        "$filter=endswith(mail,'x')",
        "$search=x",
        "$expand=manager",
        "$orderby=city",
    ],
)
def test_other_questions_are_not_simulated(reader: GraphCaller, query: str) -> None:
    """501, by name."""
    assert reader.call("GET", f"/users?{query}").status == 501


def test_pages_of_users(reader: GraphCaller) -> None:
    """``$top``, and links that carry a token; a made-up token is refused."""
    first = reader.get("/users?$top=2&$select=displayName&$orderby=displayName%20desc")
    second = reader.get(first["@odata.nextLink"])

    assert "$skiptoken=" in first["@odata.nextLink"]
    assert names(first) + names(second) == ["Guest", "Desk", "Anna Becker"]
    assert "@odata.nextLink" not in second
    assert reader.call("GET", "/users?$skiptoken=x").code == "Directory_ExpiredPageToken"
    assert reader.call("GET", "/users?$top=1000").status == 400


def test_pages_are_as_small_as_the_program_prefers(reader: GraphCaller) -> None:
    """The smaller of ``$top`` and ``odata.maxpagesize`` counts."""
    page = reader.get("/users?$top=2", "odata.maxpagesize=1")

    assert names(page) == ["Anna Becker"]
    assert names(reader.get(page["@odata.nextLink"])) == ["Desk", "Guest"]


def test_counting_users_needs_a_header(reader: GraphCaller) -> None:
    """ConsistencyLevel: eventual, for both ways of counting."""
    counted = reader.call("GET", "/users?$count=true&$top=1", **EVENTUAL)

    assert counted.json["@odata.count"] == 3
    assert reader.call("GET", "/users/$count", **EVENTUAL).body == b"3"
    assert reader.call("GET", "/users?$count=true").code == "Request_UnsupportedQuery"
    assert reader.call("GET", "/users/$count").status == 400


@pytest.mark.parametrize(
    ("address", "scopes", "status"),
    [
        (ANNA.upn, "User.Read", 403),
        (ANNA.upn, "User.ReadBasic.All", 200),
        (ANNA.upn, "User.Read.All", 200),
        ("app", "User.Read.All", 200),
        ("app", "User.ReadBasic.All", 403),
        ("app", "Mail.Read", 403),
    ],
)
def test_who_may_list_users(base: str, address: str, scopes: str, status: int) -> None:
    """The own profile's permission is not enough, nor is the basic one without a user; of one as of all."""
    caller = GraphCaller(base, address, scopes)
    reply = caller.call("GET", "/users")

    assert reply.status == caller.call("GET", f"/users/{DESK.id}").status == status
    assert status == 200 or reply.code == "Authorization_RequestDenied"


def test_guests_may_not_list_users(sim: Simulation, base: str) -> None:
    """Whatever the program may; their own profile is open to them."""
    sim.directory.put_user(replace(GUEST, home_user_id="at-home"))
    guest = GraphCaller(base, GUEST.upn, "User.Read,User.Read.All")

    for path in ("/users", "/users/$count"):
        assert guest.call("GET", path, **EVENTUAL).code == "Authorization_RequestDenied"
    assert guest.get("/me")["id"] == GUEST.id


def test_a_user_that_there_is_not(reader: GraphCaller) -> None:
    """The directory has other words for it than the mail service."""
    reply = reader.call("GET", "/users/nobody@example.org")
    mail = reader.call("GET", "/users/nobody@example.org/messages")

    assert (reply.status, reply.code) == (404, "Request_ResourceNotFound")
    assert "Resource 'nobody@example.org' does not exist" in reply.json["error"]["message"]
    assert (mail.status, mail.code) == (404, "ErrorInvalidUser")


def test_settings_are_not_in_the_list(reader: GraphCaller) -> None:
    """501, by name: they are a property of a user, but asked for one by one."""
    reply = reader.call("GET", "/users?$select=mailboxSettings")

    assert reply.status == 501
    assert "mailboxSettings" in reply.json["error"]["message"]


def test_the_basic_permission_shows_who_somebody_is_and_no_more(base: str) -> None:
    """Of others; the own profile is whole."""
    basic = GraphCaller(base, scopes="User.Read,User.ReadBasic.All")
    asked = "?$select=displayName,mail,accountEnabled,proxyAddresses"
    other, own = basic.get(f"/users/{DESK.id}{asked}"), basic.get(f"/me{asked}")

    assert (other["displayName"], other["mail"]) == ("Desk", DESK.upn)
    assert (other["accountEnabled"], other["proxyAddresses"]) == (None, [])
    assert (own["accountEnabled"], own["proxyAddresses"]) == (True, [f"SMTP:{ANNA.upn}"])


def test_every_property_can_be_selected(reader: GraphCaller) -> None:
    """Those without data are null, lists empty; one that there is not is 400."""
    shown = reader.get(f"/users/{GUEST.id}?$select={','.join(NAMES)}")

    assert set(shown) == {*NAMES, "@odata.context"}
    assert (shown["city"], shown["skills"], shown["assignedLicenses"]) == (None, [], [])
    assert shown["identities"][0]["issuerAssignedId"] == GUEST.upn
    assert reader.call("GET", f"/users/{GUEST.id}?$select=shoeSize").status == 400


def test_users_are_only_read(reader: GraphCaller) -> None:
    """Making one is not simulated."""
    assert reader.call("POST", "/users", {}).status == 501
