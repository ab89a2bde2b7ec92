"""``$filter`` on messages, in depth: types, operators, functions, lambdas, and what the service refuses."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from tests.sim.graph.counted import fill
from tests.sim.graph.harness import GraphCaller

from m365sim.control.client import ControlClient
from m365sim.world import Mailbox

ANNA = "anna@example.org"
INBOX = "/me/mailFolders/inbox/messages"
LETTERS: list[dict[str, Any]] = [
    {"subject": "a", "importance": "low", "categories": ["Rot", "Blau"], "to": ["Bea <bea@example.net>"]},
    {"subject": "b", "isRead": True, "importance": "high", "cc": ["carl@example.net"], "text": "Grundriss"},
    {"subject": "c", "flag": "flagged", "replyTo": ["reply@example.net"], "from": "O'Neill <on@example.net>"},
    {"subject": "d", "isDraft": True, "attachments": [{"name": "x.txt", "text": "x"}], "categories": ["Rot"]},
]


@pytest.fixture
def control(base: str) -> ControlClient:
    return ControlClient(base)


@pytest.fixture(autouse=True)
def letters(control: ControlClient) -> list[str]:
    dated = [{**m, "receivedAt": f"2026-05-0{n}T12:00:00Z"} for n, m in enumerate(LETTERS, 1)]
    return control.receive_many(ANNA, dated)


def subjects(graph: GraphCaller, text: str, options: str = "") -> str:
    page = graph.get(f"{INBOX}?$filter={quote(text)}{options}")
    return "".join(m["subject"] for m in page["value"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("importance in ('high','low')", "ab"),
        ("importance ge 'normal'", "bcd"),
        ("isRead", "b"),
        ("not isRead and not isDraft", "ac"),
        ("not (isRead eq true or (isDraft eq true))", "ac"),
        ("isRead ne true and (importance eq 'low' or hasAttachments eq true)", "ad"),
        ("flag/flagStatus ne 'notFlagged'", "c"),
        ("flag/dueDateTime/dateTime eq null", "abcd"),
        ("receivedDateTime gt 2026-05-02T12:00:00Z and receivedDateTime le 2026-05-04", "c"),
        ("receivedDateTime ge 2026-05-02T14:00:00+02:00", "bcd"),
        ("receivedDateTime ge 2026-05-02T12:00:00.5Z", "cd"),
        ("receivedDateTime eq 2026-05-02T12:00:00Z", "b"),
        ("receivedDateTime lt 2026-05-02T12:00:00.5Z", "ab"),
        ("sentDateTime lt 2026-05-03", "ab"),
        ("subject eq 'A'", "a"),
        ("subject in ('a','C')", "ac"),
        ("subject gt 'b'", "cd"),
        ("startswith(from/emailAddress/name,'o''n')", "c"),
        ("startsWith(subject,'a') eq false", "bcd"),
        ("contains(from/emailAddress/address,'ON@')", "c"),
        ("contains(body/content,'grundriss')", "b"),
        ("categories/any(c:c eq 'rot')", "ad"),
        ("categories/any(c:startswith(c,'bl'))", "a"),
        ("categories/any(c:c eq 'rot' or c eq 'grün') and isDraft eq false", "a"),
        ("categories/all(c:c eq 'rot')", "bcd"),
        ("categories/any()", "ad"),
        ("not categories/any()", "bc"),
        ("singleValueExtendedProperties/Any(e: e/id eq 'Integer 0x0E08' and e/value ne '1')", "abcd"),
        ("singleValueExtendedProperties/any(e:e/id eq 'String 0x1234' and e/value eq 'x')", ""),
        ("singleValueExtendedProperties/any(e:e/id eq 'String 0x0037' and contains(e/value,'A'))", "a"),
        ("(from/emailAddress/address) eq 'on@example.net'", "c"),
        ("not ((isRead) eq (false)) or subject eq (('a'))", "ab"),
        ("((startswith((subject),('a'))))", "a"),
        ("((startswith(subject,'a'))) eq true or (contains(subject,'zz') or isRead eq true) eq false", "acd"),
        ("(importance) in (('high'),'low')", "ab"),
        ("subject in ('a')", "a"),
        ("categories/any(c:(c) eq 'rot') and (not (isDraft))", "a"),
        ("(receivedDateTime) ge (2026-05-03) and (isRead) eq false", "cd"),
    ],
)
def test_filters_let_through_what_they_say(graph: GraphCaller, text: str, expected: str) -> None:
    """Every operator, function and lambda the service has, nested and alone."""
    assert subjects(graph, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "endswith(subject,'a')",
        "toRecipients/any(t:t/emailAddress/address eq 'bea@example.net')",
        "ccRecipients/any(t:t/emailAddress/name eq 'Carl')",
        "categories/any(c:c/name eq 'x')",
        "categories/any(c:subject eq 'x')",
    ],
)
def test_what_odata_has_and_the_service_does_not(graph: GraphCaller, text: str) -> None:
    """Lambdas over recipients and endswith answer ErrorInvalidUrlQueryFilter, whatever the guide says."""
    reply = graph.call("GET", f"{INBOX}?$filter={quote(text)}")

    assert (reply.status, reply.code) == (400, "ErrorInvalidUrlQueryFilter")
    assert reply.json["error"]["message"] == "The query filter contains one or more invalid nodes."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("endswith(from/emailAddress/address,'on@example.net')", "c"),
        ("toRecipients/any(t:t/emailAddress/address eq 'BEA@example.net')", "a"),
        ("ccRecipients/any(t:contains(t/emailAddress/address,'carl'))", "b"),
        ("replyTo/all(t:t/emailAddress/address eq 'reply@example.net')", "abcd"),
        ("bccRecipients/any()", ""),
        ("toRecipients/any(t:t/emailAddress/name eq 'Bea')", "a"),
    ],
)
def test_a_switch_widens_filters(
    control: ControlClient, graph: GraphCaller, text: str, expected: str
) -> None:
    """With wideFilters what OData has is carried out."""
    control.set_behaviour(wideFilters=True)

    assert subjects(graph, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "receivedDateTime ge '2026-05-02T12:00:00Z'",
        "isRead eq 'true'",
        "isRead eq null",
        "subject eq 5",
        "importance eq 'urgent'",
        "startswith(isRead,'t')",
        "contains(subject,2026-05-02)",
    ],
)
def test_types_must_fit(graph: GraphCaller, text: str) -> None:
    """A quoted date, a quoted boolean, an unknown importance: incompatible types."""
    reply = graph.call("GET", f"{INBOX}?$filter={quote(text)}")

    assert (reply.status, reply.code) == (400, "ErrorInvalidUrlQueryFilter")
    assert "incompatible types" in reply.json["error"]["message"]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("size gt 1", 400),
        ("subject", 400),
        ("subject eq", 400),
        ("subject like 'a'", 400),
        ("frobnicate(subject,'a')", 400),
        ("(" * 60 + "isRead" + ")" * 60, 400),
        ("subject eq " + "(" * 2000 + "'a'" + ")" * 2000, 400),
        ("(" * 2000, 400),
        ("isRead)", 400),
        ("()", 400),
        ("(isRead eq) false", 400),
        ("isRead (eq) false", 400),
        ("subject eq 'a' (and) isRead", 400),
        ("subject eq ('a','b')", 400),
        ("subject in 'a'", 400),
        ("subject (in) ('a')", 400),
        ("categories/any((c):c eq 'rot')", 400),
        ("(startswith)(subject,'a')", 400),
        ("singleValueExtendedProperties/any(e:e/id eq 'colour' and e/value eq 'x')", 400),
        ("tolower(subject) eq 'a'", 501),
        ("internetMessageHeaders/any(h:h/name eq 'x')", 501),
        ("conversationIndex eq 'x'", 501),
    ],
)
def test_bad_filters_are_refused(graph: GraphCaller, text: str, status: int) -> None:
    """400 for what Graph would refuse, 501 with its name for what is not simulated."""
    assert graph.call("GET", f"{INBOX}?$filter={quote(text)}").status == status


def test_the_rule_on_filter_with_order_holds_for_several_properties(graph: GraphCaller) -> None:
    """The filter begins with the properties sorted by, in their order, before any other."""
    rest = "receivedDateTime ge 1900-01-01 and importance ge 'low' and isRead eq false"
    order = "&$orderby=receivedDateTime desc,importance".replace(" ", "%20")

    assert subjects(graph, rest, order) == "dca"
    swapped = f"{INBOX}?$filter={quote(rest)}&$orderby=importance,receivedDateTime"
    assert graph.call("GET", swapped).code == "InefficientFilter"


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("isRead,subject desc", "dcab"),
        ("importance desc,receivedDateTime desc", "bdca"),
        ("from/emailAddress/name,subject", "cabd"),
        ("receivedDateTime", "abcd"),
    ],
)
def test_lists_are_sorted_by_several_properties(graph: GraphCaller, order: str, expected: str) -> None:
    """Each in its direction; importance by rank, not by name."""
    page = graph.get(f"{INBOX}?$orderby={quote(order)}")

    assert "".join(m["subject"] for m in page["value"]) == expected


def test_a_filter_by_folder_narrows_the_whole_mailbox(
    mailbox: Mailbox, graph: GraphCaller, letters: list[str], control: ControlClient
) -> None:
    """parentFolderId picks one folder's messages out of all; counts follow the filter."""
    control.move(ANNA, letters[:1], to="archive")
    archive = mailbox.ids.folder(mailbox.named["archive"].number)
    text = quote(f"parentFolderId eq '{archive}'")

    page = graph.get(f"/me/messages?$filter={text}&$count=true&$top=1")

    assert [m["subject"] for m in page["value"]] == ["a"]
    assert page["@odata.count"] == 1
    assert graph.call("GET", f"/me/messages/$count?$filter={text}").body == b"1"


def test_the_smaller_page_size_counts(graph: GraphCaller) -> None:
    """``$top`` and the preferred size together: the smaller one; both are paged through."""
    sizes = [
        len(graph.get(f"{INBOX}{query}", prefer)["value"])
        for query, prefer in (
            ("?$top=3", "odata.maxpagesize=2"),
            ("?$top=1", "odata.maxpagesize=2"),
            ("", "odata.maxpagesize=2"),
        )
    ]

    assert sizes == [2, 1, 2]


def test_navigation_names_may_be_selected_and_headers_of_other_services_sent(graph: GraphCaller) -> None:
    """Attachments selected but not expanded are simply not there; ConsistencyLevel does no harm."""
    reply = graph.call("GET", f"{INBOX}?$select=subject,attachments", ConsistencyLevel="eventual")

    assert set(reply.json["value"][0]) == {"@odata.etag", "id", "subject"}


def test_time_is_looked_up_and_not_searched_for(mailbox: Mailbox, graph: GraphCaller) -> None:
    """Messages too old for the filter are not even read."""
    loaded = fill(mailbox, mailbox.named["archive"], 5_000, newest_s=1_900_000_000)
    text = quote("receivedDateTime ge 2030-03-17T17:30:00Z and startswith(subject,'nothing')")

    assert graph.get(f"/me/messages?$filter={text}")["value"] == []
    assert set(loaded) == set(range(4_983, 5_000))
