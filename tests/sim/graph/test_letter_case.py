"""Properties named in any letter case, as Microsoft's own guides do; the rules hold all the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from tests.sim.graph.harness import GraphCaller, application, office, served

from m365sim.control.client import ControlClient

ANNA = "anna@example.org"
INBOX = "/me/mailFolders/inbox/messages"


@pytest.fixture(scope="module")
def graph() -> Iterator[GraphCaller]:
    """Three letters: "a" of March, read and with a file, "b" of April, "c" of May 2017."""
    with served(application(office())) as base:
        letter: dict[str, Any] = {"from": "Bea <bea@example.net>"}
        dated = [
            {**letter, "subject": subject, "receivedAt": f"2017-0{month}-15T12:00:00Z", "isRead": month == 3}
            for month, subject in enumerate("abc", 3)
        ]
        dated[0] |= {"attachments": [{"name": "x.txt", "text": "x"}], "categories": ["Rot"]}
        ControlClient(base).receive_many(ANNA, dated)
        yield GraphCaller(base, scopes="User.Read,User.Read.All,Mail.ReadWrite")


def asked(path: str, **options: str) -> str:
    return f"{path}?" + "&".join(f"${name}={quote(value)}" for name, value in options.items())


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"filter": "ReceivedDateTime ge 2017-04-01 and receivedDateTime lt 2017-05-01"}, "b"),
        ({"filter": "IsRead eq false"}, "bc"),
        ({"filter": "From/EmailAddress/Address eq 'bea@example.net' and not (isread)"}, "bc"),
        ({"filter": "startswith(Subject,'b')"}, "b"),
        ({"filter": "Categories/any(c:c eq 'rot')"}, "a"),
        ({"filter": "SingleValueExtendedProperties/any(e:e/Id eq 'String 0x37' and e/Value eq 'c')"}, "c"),
        ({"orderby": "ReceivedDateTime desc"}, "cba"),
        ({"orderby": "receiveddatetime"}, "abc"),
        ({"filter": "IsRead eq false", "orderby": "ReceivedDateTime desc"}, "cb"),
        ({"filter": "subject ge 'b'", "orderby": "Subject desc,ReceivedDateTime desc"}, "cb"),
    ],
)
def test_lists_of_messages_take_any(graph: GraphCaller, options: dict[str, str], expected: str) -> None:
    page = graph.get(asked(INBOX, **options))
    assert "".join(one["subject"] for one in page["value"]) == expected


def test_expanded_attachments_are_named_in_any(graph: GraphCaller) -> None:
    page = graph.get(asked(INBOX, filter="HasAttachments eq true", expand="Attachments"))
    [[file]] = [one["attachments"] for one in page["value"]]
    assert file["name"] == "x.txt"

    [message] = page["value"]
    named = asked(f"/me/messages/{message['id']}/attachments", filter="Name eq 'x.txt'", orderby="Size")
    assert [one["id"] for one in graph.get(named)["value"]] == [file["id"]]


def test_delta_takes_any(graph: GraphCaller) -> None:
    delta = asked(f"{INBOX}/delta", filter="ReceivedDateTime ge 2017-04-01", orderby="ReceivedDateTime desc")
    items, _ = graph.round(delta)
    assert [one["subject"] for one in items] == ["c", "b"]


@pytest.mark.parametrize(
    "options",
    [{"filter": "DisplayName eq 'Inbox'"}, {"filter": "displayname eq 'inbox'", "orderby": "DisplayName"}],
)
def test_lists_of_folders_take_any(graph: GraphCaller, options: dict[str, str]) -> None:
    found = graph.get(asked("/me/mailFolders", **options))["value"]
    assert [one["displayName"] for one in found] == ["Inbox"]


def test_folders_are_sorted_by_any(graph: GraphCaller) -> None:
    names = [
        one["displayName"] for one in graph.get(asked("/me/mailFolders", orderby="displayName desc"))["value"]
    ]
    shown = graph.get(asked("/me/mailFolders", orderby="DisplayName desc"))["value"]
    assert [one["displayName"] for one in shown] == names


def test_lists_of_users_take_any(graph: GraphCaller) -> None:
    page = graph.get(asked("/users", filter="UserPrincipalName eq 'anna@example.org'", orderby="DisplayName"))
    assert [one["userPrincipalName"] for one in page["value"]] == [ANNA]


@pytest.mark.parametrize(
    ("options", "status", "code"),
    [
        ({"filter": "Importance eq 'low'", "orderby": "ReceivedDateTime"}, 400, "InefficientFilter"),
        ({"orderby": "Subject,subject"}, 400, "BadRequest"),
        ({"filter": "ToRecipients/any(r:r/EmailAddress/Name eq 'x')"}, 400, "ErrorInvalidUrlQueryFilter"),
        ({"filter": "Colour eq 'red'"}, 400, "BadRequest"),
        ({"filter": "ChangeKey eq 'x'"}, 501, "NotImplementedInSimulation"),
        ({"filter": "Flag eq 'x'"}, 501, "NotImplementedInSimulation"),
        ({"orderby": "WebLink"}, 501, "NotImplementedInSimulation"),
    ],
)  # fmt: skip
def test_what_is_refused_is_refused_in_any(
    graph: GraphCaller, options: dict[str, str], status: int, code: str
) -> None:
    reply = graph.call("GET", asked(INBOX, **options))
    assert (reply.status, reply.code) == (status, code)


def test_who_sees_the_basics_only_learns_nothing_by_other_letters(graph: GraphCaller) -> None:
    """What may not be filtered by is refused in whatever spelling."""
    basic = GraphCaller(graph.base, scopes="User.Read,Mail.ReadBasic")
    for text in ("contains(BodyPreview,'x')", "contains(BODY/Content,'x')"):
        assert basic.call("GET", asked(INBOX, filter=text)).status == 403
