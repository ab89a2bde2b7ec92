"""Email/query: windows, anchors, filters, collapsed threads, against Microsoft's own list."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.flow.jmap.client import USING, Json
from tests.flow.jmap.conftest import BEGAN, Desk

ALL = [*USING, *(f"urn:ietf:params:jmap:{name}" for name in ("submission", "principals", "quota"))]


@pytest.fixture(scope="module")
def inbox(desk: Desk) -> str:
    """The inbox's id."""
    return str(desk.anna.folder(desk.account, "inbox")["id"])


@pytest.fixture(scope="module")
def emails(desk: Desk) -> list[Json]:
    """All letters with what filters ask about, newest first."""
    ids = desk.anna.query_all(desk.account)
    found = desk.anna.emails(
        desk.account, ids, "receivedAt", "keywords", "hasAttachment", "threadId", "messageId"
    )
    assert [e["id"] for e in found] == ids
    return found


def query(desk: Desk, **args: Any) -> Json:
    return desk.anna.call("Email/query", accountId=desk.account, **args)


def test_the_list_is_microsofts_newest_first(desk: Desk, emails: list[Json]) -> None:
    """Order and content equal the simulator's snapshot."""
    truth = [f"letter.{n}@kunden.example" for n in reversed(range(60))]

    assert [e["messageId"][0] for e in emails] == truth


def test_ascending_is_the_same_list_backwards(desk: Desk, emails: list[Json], inbox: str) -> None:
    """``isAscending`` true, also the default of a named sort. What is named again decides nothing."""
    backwards = [e["id"] for e in reversed(emails)]
    for sort in ([{"property": "receivedAt", "isAscending": True}], [{"property": "receivedAt"}]):
        assert query(desk, sort=sort, filter={"inMailbox": inbox})["ids"] == backwards
    again = [*sort, {"property": "receivedAt", "isAscending": False}]
    found = query(desk, sort=again, filter={"inMailbox": inbox})
    assert (found["ids"], found["canCalculateChanges"]) == (backwards, True)


@pytest.mark.parametrize(
    ("position", "limit"), [(0, 10), (5, 7), (55, 50), (60, 5), (200, 5), (-5, 3), (-100, 4), (0, 0)]
)
def test_a_window_is_a_part_of_the_list(
    desk: Desk, emails: list[Json], inbox: str, position: int, limit: int
) -> None:
    """Positions from the front and from the end, over the end, and none at all."""
    ids = [e["id"] for e in emails]
    start = position if position >= 0 else max(0, len(ids) + position)
    for where in ({"inMailbox": inbox}, {}):
        got = query(desk, position=position, limit=limit, filter=where, calculateTotal=True)
        assert got["ids"] == ids[start : start + limit]
        assert got["total"] == 60
        if got["ids"]:
            assert got["position"] == start


@pytest.mark.parametrize("offset", [-70, -3, 0, 4, 70])
@pytest.mark.parametrize("index", [0, 17, 59])
def test_an_anchor_holds_the_window(
    desk: Desk, emails: list[Json], inbox: str, index: int, offset: int
) -> None:
    """The window begins at the anchor plus the offset, and says where that is."""
    ids = [e["id"] for e in emails]
    got = query(desk, anchor=ids[index], anchorOffset=offset, limit=6, filter={"inMailbox": inbox})
    start = max(0, index + offset)

    assert got["ids"] == ids[start : start + 6]
    if got["ids"]:
        assert got["position"] == start


@pytest.mark.parametrize(
    ("where", "holds"),
    [
        ({"hasKeyword": "$seen"}, lambda e: "$seen" in e["keywords"]),
        ({"notKeyword": "$seen"}, lambda e: "$seen" not in e["keywords"]),
        ({"hasKeyword": "$FLAGGED"}, lambda e: "$flagged" in e["keywords"]),
        ({"notKeyword": "$flagged"}, lambda e: "$flagged" not in e["keywords"]),
        ({"hasAttachment": True}, lambda e: e["hasAttachment"]),
        ({"hasAttachment": False}, lambda e: not e["hasAttachment"]),
        ({"hasKeyword": "$draft"}, lambda e: False),
        (
            {"hasKeyword": "$flagged", "notKeyword": "$seen", "hasAttachment": False},
            lambda e: "$flagged" in e["keywords"] and "$seen" not in e["keywords"] and not e["hasAttachment"],
        ),
    ],
)
@pytest.mark.parametrize("is_ascending", [False, True])
def test_filters_choose(
    desk: Desk, emails: list[Json], inbox: str, where: dict[str, Any], holds: Any, is_ascending: bool
) -> None:
    """Each documented filter, alone and together, in one folder and in all."""
    wanted = [e["id"] for e in emails if holds(e)]
    wanted = wanted[::-1] if is_ascending else wanted
    sort = [{"property": "receivedAt", "isAscending": is_ascending}]
    for place in ({}, {"inMailbox": inbox}):
        got = query(desk, filter=where | place, sort=sort, calculateTotal=True)
        assert (got["ids"], got["total"]) == (wanted, len(wanted))
        window = query(desk, filter=where | place, sort=sort, position=2, limit=3)
        assert window["ids"] == wanted[2:5]


def test_dates_choose_before_and_from(desk: Desk, emails: list[Json], inbox: str) -> None:
    """``before`` is exclusive, ``after`` inclusive (RFC 8621 §4.4.1)."""
    at = BEGAN + timedelta(hours=30)
    text = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    earlier = [e["id"] for e in emails if datetime.fromisoformat(e["receivedAt"]) < at]
    later = [e["id"] for e in emails if datetime.fromisoformat(e["receivedAt"]) >= at]

    assert query(desk, filter={"inMailbox": inbox, "before": text})["ids"] == earlier
    assert query(desk, filter={"inMailbox": inbox, "after": text})["ids"] == later
    assert (
        query(desk, filter={"operator": "AND", "conditions": [{"before": text}, {"inMailbox": inbox}]})["ids"]
        == earlier
    )


def test_other_folders_can_be_left_out(desk: Desk, emails: list[Json], inbox: str) -> None:
    """``inMailboxOtherThan`` the inbox leaves nothing, other than the trash leaves all."""
    trash = desk.anna.folder(desk.account, "trash")["id"]

    assert query(desk, filter={"inMailboxOtherThan": [inbox]})["ids"] == []
    assert query(desk, filter={"inMailboxOtherThan": [trash]})["ids"] == [e["id"] for e in emails]


def test_collapsed_threads_show_their_newest_letter(desk: Desk, emails: list[Json], inbox: str) -> None:
    """Each thread once, at the place of its first letter in the list."""
    seen: set[str] = set()
    wanted = [e["id"] for e in emails if not (e["threadId"] in seen or seen.add(e["threadId"]))]  # type: ignore[func-returns-value]  # add returns None
    got = query(desk, filter={"inMailbox": inbox}, collapseThreads=True, calculateTotal=True)

    assert (got["ids"], got["total"]) == (wanted, 20)
    assert (
        query(desk, filter={"inMailbox": inbox}, collapseThreads=True, position=4, limit=5)["ids"]
        == wanted[4:9]
    )


@pytest.mark.parametrize(
    ("args", "type_"),
    [
        ({"anchor": "m9999999"}, "anchorNotFound"),
        ({"anchor": "nonsense"}, "anchorNotFound"),
        ({"limit": -1}, "invalidArguments"),
        ({"limit": "ten"}, "invalidArguments"),
        ({"position": 1.5}, "invalidArguments"),
        ({"filter": {"text": 7}}, "invalidArguments"),
        ({"filter": {"header": ["Received"]}}, "unsupportedFilter"),
        ({"filter": {"header": []}}, "invalidArguments"),
        ({"filter": {"hasKeyword": "no keyword"}}, "invalidArguments"),
        ({"filter": {"inMailbox": 7}}, "invalidArguments"),
        ({"filter": {"poststelle:isOther": "yes"}}, "invalidArguments"),
        ({"filter": {"poststelle:category": "x" * 256}}, "unsupportedFilter"),
        ({"filter": {"before": "yesterday"}}, "invalidArguments"),
        ({"filter": {"before": "2026-03-01T00:00:00+01:00"}}, "invalidArguments"),
        ({"filter": {"operator": "XOR", "conditions": []}}, "invalidArguments"),
        ({"filter": {"operator": "OR"}}, "invalidArguments"),
        ({"filter": []}, "invalidArguments"),
        ({"sort": [{"property": "colour"}]}, "unsupportedSort"),
        ({"sort": [{"property": "subject", "collation": "i;octet"}]}, "unsupportedSort"),
        ({"sort": [{"property": "size", "keyword": "$seen"}]}, "unsupportedSort"),
        ({"sort": [{"property": "hasKeyword"}]}, "invalidArguments"),
        ({"sort": [{"property": "size"}] * 11}, "unsupportedSort"),
        ({"sort": "receivedAt"}, "invalidArguments"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(desk: Desk, args: dict[str, Any], type_: str) -> None:
    """Nothing is ignored in silence."""
    assert desk.anna.refusal("Email/query", accountId=desk.account, **args) == type_


def test_a_condition_that_is_null_is_as_if_left_out(desk: Desk, emails: list[Json], inbox: str) -> None:
    """In every /query; but a name that nobody knows is refused whatever it has."""
    everything = [e["id"] for e in emails]
    known = ("inMailboxOtherThan", "hasKeyword", "before", "minSize", "header", "text", "hasAttachment",
             "allInThreadHaveKeyword", "poststelle:category", "poststelle:isOther")  # fmt: skip
    assert query(desk, filter={"inMailbox": inbox, **dict.fromkeys(known)})["ids"] == everything
    for type_, names in {
        "Mailbox": ("name", "hasAnyRole", "isSubscribed"),
        "EmailSubmission": ("identityIds", "undoStatus", "before"),
        "Principal": ("accountIds", "name", "type"),
        "ShareNotification": ("after", "before", "objectType"),
        "Quota": ("name", "type", "scope"),
    }.items():
        ask = {"accountId": desk.account}
        calls = [(f"{type_}/query", ask | more, "0") for more in ({}, {"filter": dict.fromkeys(names)})]
        plain, of_null = desk.anna.request(*calls, using=ALL)["methodResponses"]
        assert (plain[0], plain[1]["ids"]) == (f"{type_}/query", of_null[1]["ids"])
    for type_ in ("Email", "Mailbox", "EmailSubmission", "Quota", "Principal"):
        args = {"accountId": desk.account, "filter": {"bogus": None}}
        [[_, refused, _]] = desk.anna.request((f"{type_}/query", args, "0"), using=ALL)["methodResponses"]
        assert refused["type"] == "unsupportedFilter"
    top = desk.anna.call("Mailbox/query", accountId=desk.account, filter={"parentId": None, "name": None})
    assert inbox in top["ids"]


def test_a_folder_that_is_not_there_holds_nothing(desk: Desk) -> None:
    """A well-formed id of no folder is an empty list or a plain refusal, never another folder's mail."""
    name, answer = desk.anna.run("Email/query", accountId=desk.account, filter={"inMailbox": "f9999999"})

    assert answer.get("ids") == [] or (name, answer["type"]) == ("error", "invalidArguments")
