"""Lists of messages: pages, selection, filters, order."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from tests.sim.graph.counted import fill
from tests.sim.graph.harness import GraphCaller

from m365sim.world import Mailbox
from m365sim.world.bulk import BulkItem
from m365sim.world.compose import Written
from m365sim.world.content import Address
from m365sim.world.messages import Flag
from m365sim.world.simulation import Simulation

MESSAGES = "/me/mailFolders/inbox/messages"
FIRST = 1_750_000_000


@pytest.fixture(autouse=True)
def letters(sim: Simulation, mailbox: Mailbox) -> None:
    """Four messages, a minute apart: plain, read and red, flagged, important from Bea."""
    states: list[dict[str, Any]] = [
        {},
        {"is_read": True, "categories": ("Rot",)},
        {"flag": Flag("flagged")},
        {"importance": "high"},
    ]
    for index, state in enumerate(states):
        sender = Address(f"{'bea' if index == 3 else 'al'}@example.net", "O'Neill" if index == 3 else "Al")
        written = Written(f"<{index}@x>", f"Letter {index}", "Text", False, FIRST, sender, sender)
        sim.world.receive(mailbox, mailbox.named["inbox"], written, FIRST + 60 * index, **state)


def subjects(graph: GraphCaller, query: str) -> list[str]:
    return [m["subject"].removeprefix("Letter ") for m in graph.get(f"{MESSAGES}?{query}")["value"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["3", "2", "1", "0"]),
        ("$top=2", ["3", "2"]),
        ("$top=2&$skip=1", ["2", "1"]),
        ("$orderby=receivedDateTime", ["0", "1", "2", "3"]),
        ("$orderby=subject desc", ["3", "2", "1", "0"]),
        ("$filter=isRead eq false", ["0", "2", "3"]),
        ("$filter=not (isRead eq false)", ["1"]),
        ("$filter=categories/any(c:c eq 'rot')", ["1"]),
        ("$filter=flag/flagStatus eq 'flagged' or importance eq 'high'", ["2", "3"]),
        ("$filter=from/emailAddress/address eq 'BEA@example.net'", ["3"]),
        ("$filter=from/emailAddress/name eq 'O''Neill'", ["3"]),
        ("$filter=startswith(subject,'letter 2')", ["2"]),
        ("$filter=contains(subject,'3') and isRead eq false", ["3"]),
        ("$filter=internetMessageId eq '<2@x>'", ["2"]),
        ("$filter=receivedDateTime ge 2025-06-15T15:08:40Z", ["2", "3"]),
        ("$filter=isRead eq false&$top=1&$skip=1", ["2"]),
        (
            "$filter=receivedDateTime ge 1900-01-01T00:00:00Z and isRead eq false&$orderby=receivedDateTime",
            ["0", "2", "3"],
        ),
        ("$filter=isRead eq false&$orderby=receivedDateTime desc", ["3", "2", "0"]),
        (
            "$filter=isRead eq false and receivedDateTime ge 2025-06-15T15:07:40Z"
            " and receivedDateTime le 2025-06-15T15:08:40Z&$orderby=receivedDateTime desc",
            ["2"],
        ),
        ("$filter=importance ge 'normal'&$orderby=importance desc,receivedDateTime desc", list("3210")),
        ("$filter=importance eq 'high'&$orderby=importance,receivedDateTime desc", ["3"]),
    ],
)
def test_options_choose_and_sort(graph: GraphCaller, query: str, expected: list[str]) -> None:
    """Filters, orders and pages; without an order newest first, filtered oldest first."""
    assert subjects(graph, query.replace(" ", "%20")) == expected


@pytest.mark.parametrize(
    "query",
    [
        "$filter=isRead eq false&$orderby=receivedDateTime",
        "$filter=isRead eq false&$orderby=subject,receivedDateTime desc",
        "$filter=isRead eq false and importance eq 'high'&$orderby=receivedDateTime desc",
        "$filter=importance eq 'high'&$orderby=receivedDateTime desc",
        "$filter=flag/flagStatus eq 'flagged'&$orderby=receivedDateTime desc",
        "$filter=flag/flagStatus eq 'flagged'&$orderby=flag/flagStatus,receivedDateTime desc",
        "$filter=from/emailAddress/address eq 'bea@example.net'&$orderby=receivedDateTime desc",
        "$filter=hasAttachments eq true&$orderby=receivedDateTime desc",
        "$filter=isRead eq false and receivedDateTime ge 1900-01-01T00:00:00Z&$orderby=receivedDateTime",
        "$filter=receivedDateTime ge 1900-01-01T00:00:00Z&$orderby=receivedDateTime,subject",
    ],
)
def test_sorting_by_what_the_filter_does_not_begin_with_is_too_complex(
    graph: GraphCaller, query: str
) -> None:
    """InefficientFilter, unless the filter begins with all that is sorted by or the service has an index."""
    reply = graph.call("GET", f"{MESSAGES}?{query.replace(' ', '%20')}")

    assert (reply.status, reply.code) == (400, "InefficientFilter")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("$filter=isRead eq", 400),
        ("$filter=isRead eq 'x'", 400),
        ("$filter=receivedDateTime ge yesterday", 400),
        ("$filter=(isRead eq true", 400),
        ("$filter=isRead eq true)", 400),
        ("$filter=isRead §", 400),
        ("$top=1001", 400),
        ("$top=ten", 400),
        ("$select=colour", 400),
        ("$select=@removed", 400),
        ("$top=1&$top=2", 400),
        ("$filter=size gt 1", 400),
        ("$filter=webLink eq 'x'", 501),
        ("$expand=extensions", 501),
        ("$format=json", 501),
        ("top=1", 501),
    ],
)
def test_bad_options_are_refused_and_unknown_ones_named(graph: GraphCaller, query: str, status: int) -> None:
    """400 for what Graph would refuse, 501 naming what is not simulated; nothing is ignored."""
    name, _, value = query.partition("=")
    reply = graph.call("GET", f"{MESSAGES}?{name}={quote(value, safe='&=$')}")

    assert reply.status == status
    if status == 501:
        assert reply.code == "NotImplementedInSimulation"


def test_next_links_lead_to_the_end(sim: Simulation, mailbox: Mailbox, graph: GraphCaller) -> None:
    """Following @odata.nextLink with ``$skip`` gives every message once."""
    sim.world.bulk(mailbox, mailbox.named["inbox"], 31, seed=3)
    link, seen = f"{MESSAGES}?$select=id", []
    while link:
        page = graph.get(link)
        seen += [m["id"] for m in page["value"]]
        link = page.get("@odata.nextLink", "")

    assert len(seen) == len(set(seen)) == 35


def test_counts(graph: GraphCaller) -> None:
    """``$count=true`` counts all, whatever the page; ``/$count`` counts what a filter lets through."""
    page = graph.get(f"{MESSAGES}?$count=true&$top=1")
    count = graph.call("GET", f"{MESSAGES}/$count?$filter=isRead%20eq%20true")

    assert page["@odata.count"] == 4
    assert count.body == b"1"


def test_the_whole_mailbox_is_listed_newest_first(
    sim: Simulation, mailbox: Mailbox, graph: GraphCaller
) -> None:
    """``/me/messages`` spans folders in one order."""
    for at in (FIRST + 90, FIRST + 1000):
        mailbox.add(mailbox.named["archive"], BulkItem(1, at, mailbox.address, at), at)

    times = [m["receivedDateTime"] for m in graph.get("/me/messages?$select=receivedDateTime")["value"]]

    assert len(times) == 6
    assert times == sorted(times, reverse=True)


def test_a_page_costs_what_it_shows(mailbox: Mailbox, graph: GraphCaller) -> None:
    """The newest fifty of a large folder: only their content is made, each once."""
    loaded = fill(mailbox, mailbox.named["inbox"], 5_000)

    assert len(graph.get(f"{MESSAGES}?$top=50")["value"]) == 50
    assert sorted(loaded) == list(range(4_950, 5_000))


def test_a_list_of_state_makes_no_content(mailbox: Mailbox, graph: GraphCaller) -> None:
    """What the mailbox knows about a message is told without reading it."""
    loaded = fill(mailbox, mailbox.named["inbox"], 1_000)

    shown = graph.get(f"{MESSAGES}?$top=1000&$select=id,isRead,receivedDateTime,flag,categories")["value"]

    assert len(shown) == 1_000
    assert loaded == []
