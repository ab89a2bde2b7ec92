"""Who shares a mailbox, as far as those in it may know of one another; and which limits there are."""

from __future__ import annotations

from typing import Any

import pytest
from tests.flow.jmap.client import USING, Client, Json
from tests.flow.push.conftest import Place

from poststelle.lib.ids import decode_id
from poststelle.mail.uploads import MOST_UNUSED, MOST_UNUSED_OCTETS
from poststelle.model.ids import ACCOUNT, AccountId, RemoteId
from poststelle.store import folders
from poststelle.store.tx import Tx

PRINCIPALS = "urn:ietf:params:jmap:principals"
QUOTA = "urn:ietf:params:jmap:quota"
ALL = [*USING, PRINCIPALS, QUOTA]


def call(who: Client, name: str, **args: Any) -> Json:
    """One call that must succeed, with both capabilities."""
    [[answered, answer, _]] = who.request((name, args, "0"), using=ALL)["methodResponses"]
    assert answered == name, answer
    return dict(answer)


def refusal(who: Client, name: str, **args: Any) -> str:
    [[answered, answer, _]] = who.request((name, args, "0"), using=ALL)["methodResponses"]
    assert answered == "error", answer
    return str(answer["type"])


@pytest.fixture(scope="module")
def emil(place: Place) -> Client:
    return place.person("emil")


@pytest.fixture(scope="module")
def shared(place: Place, anna: Client, emil: Client) -> str:
    """A mailbox of Anna, who may send, and Emil, who reads; it has an inbox."""
    account = place.account("anna")
    path = f"/api/accounts/{account}/users/{place.user_id('emil')}"
    place.admin.ok("PUT", path, {"level": "read", "confirm": True})
    number = decode_id(ACCOUNT, account)
    assert number is not None

    def add_inbox(tx: Tx) -> None:
        folders.upsert(
            tx, AccountId(number), remote_id=RemoteId("F-Inbox"), parent_remote_id=None, name="Inbox",
            role=None, is_hidden=False, remote_total=0, remote_unread=0,
        )  # fmt: skip

    place.write(add_inbox)
    return account


def test_they_know_one_another_by_name_alone(place: Place, anna: Client, emil: Client, shared: str) -> None:
    """No addresses, no logins; oneself is among them, and the session says who that is."""
    found = call(emil, "Principal/get", accountId=shared, ids=None)
    session = emil.ok("GET", "/jmap/session")
    me = session["accounts"][shared]["accountCapabilities"][PRINCIPALS]["currentUserPrincipalId"]

    assert [one["name"] for one in found["list"]] == ["Anna", "Emil"]
    assert me == place.user_id("emil") == found["list"][1]["id"]
    assert {one["email"] for one in found["list"]} == {None}
    assert (session["capabilities"][PRINCIPALS], session["capabilities"][QUOTA]) == ({}, {})
    assert call(anna, "Principal/get", accountId=shared, ids=["u9", me], properties=["name"]) == {
        "accountId": shared, "state": found["state"], "notFound": ["u9"],
        "list": [{"id": me, "name": "Emil"}],
    }  # fmt: skip


def test_nobody_else_learns_who_they_are(place: Place, shared: str) -> None:
    fritz = place.person("fritz")
    for name in ("Principal/get", "Principal/query", "Quota/get", "Quota/query"):
        assert refusal(fritz, name, accountId=shared) == "accountNotFound"
    for name in ("Principal/changes", "Quota/changes"):
        assert refusal(fritz, name, accountId=shared, sinceState="0") == "accountNotFound"


def test_who_comes_and_goes_changes_the_state(place: Place, anna: Client) -> None:
    account = place.account("anna")
    before = call(anna, "Principal/get", accountId=account, ids=[])["state"]
    same = call(anna, "Principal/changes", accountId=account, sinceState=before)
    place.assign(account, "emil")
    after = call(anna, "Principal/get", accountId=account, ids=None)
    news = call(anna, "Principal/changes", accountId=account, sinceState=before)

    assert (same["newState"], same["updated"], same["hasMoreChanges"]) == (before, [], False)
    [emil] = [one["id"] for one in after["list"] if one["name"] == "Emil"]
    assert (news["newState"], news["created"]) == (after["state"], [emil])
    assert refusal(anna, "Principal/changes", accountId=account, sinceState="x") == "cannotCalculateChanges"


@pytest.mark.parametrize(
    ("filter_", "names"),
    [
        (None, ["Anna", "Emil"]),
        ({"name": "MIL"}, ["Emil"]),
        ({"text": "a", "type": "individual"}, ["Anna"]),
        ({"type": "group"}, []),
        ({"email": "@"}, []),
        ({"accountIds": ["a1"]}, []),
        ({"operator": "NOT", "conditions": [{"name": "Anna"}]}, ["Emil"]),
        ({"operator": "OR", "conditions": [{"name": "x"}, {"name": "Anna"}]}, ["Anna"]),
        ({"operator": "AND", "conditions": [{"name": "n"}, {"name": "Emil"}]}, []),
    ],
)
def test_they_are_found(anna: Client, shared: str, filter_: Json | None, names: list[str]) -> None:
    answer = call(anna, "Principal/query", accountId=shared, filter=filter_, calculateTotal=True)
    found = call(anna, "Principal/get", accountId=shared, ids=answer["ids"])["list"]

    assert [one["name"] for one in found] == names
    assert answer["total"] == len(names)


@pytest.mark.parametrize("wrong", ["a1", 7, ["a1", 7]])
def test_accounts_are_named_in_a_list(anna: Client, shared: str, wrong: Any) -> None:
    """Nobody has one of their own, and what is none is refused all the same."""
    assert (
        refusal(anna, "Principal/query", accountId=shared, filter={"accountIds": wrong}) == "invalidArguments"
    )


def test_they_are_sorted_and_cut(place: Place, anna: Client, shared: str) -> None:
    args = {"accountId": shared, "sort": [{"property": "name", "isAscending": False}]}
    ids = call(anna, "Principal/query", **args)["ids"]
    emil = place.user_id("emil")

    assert ids == [emil, place.user_id("anna")]
    assert call(anna, "Principal/query", **args, limit=1)["ids"] == ids[:1]
    assert call(anna, "Principal/query", **args, position=-1)["ids"] == ids[1:]
    assert call(anna, "Principal/query", **args, anchor=emil, anchorOffset=1)["ids"] == ids[1:]
    assert refusal(anna, "Principal/query", **args, anchor="u9") == "anchorNotFound"
    assert (
        refusal(anna, "Principal/queryChanges", accountId=shared, sinceQueryState="x")
        == "cannotCalculateChanges"
    )


@pytest.mark.parametrize(
    ("filter_", "type_"),
    [
        ({"x": 1}, "unsupportedFilter"),
        ({"name": 1}, "invalidArguments"),
        ({"operator": "XOR", "conditions": []}, "invalidArguments"),
        ({"operator": "AND", "conditions": [1]}, "unsupportedFilter"),
    ],
)
def test_what_is_no_filter_is_refused(anna: Client, shared: str, filter_: Json, type_: str) -> None:
    assert refusal(anna, "Principal/query", accountId=shared, filter=filter_) == type_


def test_people_are_not_changed_from_here(place: Place, anna: Client, shared: str) -> None:
    emil = place.user_id("emil")
    answer = call(
        anna, "Principal/set", accountId=shared,
        create={"k": {"name": "X"}}, update={emil: {"name": "X"}}, destroy=[emil],
    )  # fmt: skip
    kinds = {
        e["type"] for part in ("notCreated", "notUpdated", "notDestroyed") for e in answer[part].values()
    }

    assert kinds == {"forbidden"}
    assert answer["oldState"] == answer["newState"]


def test_folders_say_with_whom_they_are_shared(place: Place, anna: Client, emil: Client, shared: str) -> None:
    """To those who know what sharing is; nobody changes it from here."""
    [plain] = anna.call("Mailbox/get", accountId=shared, ids=None)["list"]
    [folder] = call(emil, "Mailbox/get", accountId=shared, ids=None)["list"]
    rights = {place.user_id("anna"): True, place.user_id("emil"): False}
    refused = call(anna, "Mailbox/set", accountId=shared, update={folder["id"]: {"shareWith": None}})

    assert "shareWith" not in plain and "mayShare" not in plain["myRights"]
    assert {who: may["mayAddItems"] for who, may in folder["shareWith"].items()} == rights
    assert not any(may["mayShare"] for may in [folder["myRights"], *folder["shareWith"].values()])
    assert refused["notUpdated"][folder["id"]]["type"] == "invalidProperties"
    assert (
        anna.refusal("Mailbox/get", accountId=shared, ids=None, properties=["shareWith"])
        == "invalidArguments"
    )


def test_unused_uploads_are_limited_and_counted(anna: Client, shared: str) -> None:
    before = call(anna, "Quota/get", accountId=shared, ids=None)
    brought = anna.send("POST", f"/jmap/upload/{shared}/", b"12345")
    after = call(anna, "Quota/get", accountId=shared, ids=None)
    changes = call(anna, "Quota/changes", accountId=shared, sinceState=before["state"])
    was, now = ({q["id"]: q for q in told["list"]} for told in (before, after))

    assert brought.status in {200, 201}
    assert {id_: q["hardLimit"] for id_, q in now.items()} == {
        "uploads-octets": MOST_UNUSED_OCTETS, "uploads-count": MOST_UNUSED,
    }  # fmt: skip
    grown = {id_: now[id_]["used"] - was[id_]["used"] for id_ in now}
    assert grown == {"uploads-octets": 5, "uploads-count": 1}
    assert (changes["updated"], changes["updatedProperties"]) == (
        ["uploads-count", "uploads-octets"],
        ["used"],
    )
    assert (changes["newState"], changes["created"], changes["destroyed"]) == (after["state"], [], [])
    assert refusal(anna, "Quota/changes", accountId=shared, sinceState="x") == "cannotCalculateChanges"


def test_quotas_are_found(anna: Client, emil: Client, shared: str) -> None:
    """Who may bring nothing has none."""
    octets = call(anna, "Quota/query", accountId=shared, filter={"resourceType": "octets", "type": "Blob"})
    by_name = call(anna, "Quota/query", accountId=shared, sort=[{"property": "name", "isAscending": False}])

    assert octets["ids"] == ["uploads-octets"]
    assert by_name["ids"] == ["uploads-octets", "uploads-count"]
    assert call(emil, "Quota/get", accountId=shared, ids=None)["list"] == []
    assert call(emil, "Quota/query", accountId=shared)["ids"] == []


def test_a_program_is_told_of_uploads_in_its_mailboxes_alone(place: Place, anna: Client) -> None:
    """What its user has brought elsewhere is none of its business."""
    mine, other = place.account("anna"), place.account("anna")
    program, _ = place.program(anna, [mine])
    before = {one["id"]: one["used"] for one in call(program, "Quota/get", accountId=mine, ids=None)["list"]}

    anna.post(f"/jmap/upload/{other}/", b"anderswo, ungenutzt")
    anna.post(f"/jmap/upload/{mine}/", b"hier")

    after = {one["id"]: one["used"] for one in call(program, "Quota/get", accountId=mine, ids=None)["list"]}
    whole = {one["id"]: one["used"] for one in call(anna, "Quota/get", accountId=mine, ids=None)["list"]}
    assert {id_: after[id_] - before[id_] for id_ in after} == {"uploads-count": 1, "uploads-octets": 4}
    assert whole["uploads-octets"] >= after["uploads-octets"] + len(b"anderswo, ungenutzt")


def told(who: Client, account: str) -> list[Json]:
    """What a user is told of their rights there, the oldest first."""
    sort = [{"property": "created"}]
    ids = call(who, "ShareNotification/query", accountId=account, sort=sort)["ids"]
    return list(call(who, "ShareNotification/get", accountId=account, ids=ids)["list"])


def test_a_user_hears_of_their_rights(place: Place, emil: Client, anna: Client) -> None:
    """Given, changed, taken: by whom, what it was and is; nobody else hears of it."""
    account = [place.account("emil"), place.account("anna")][1]
    path = f"/api/accounts/{account}/users/{place.user_id('emil')}"
    place.admin.ok("PUT", path, {"level": "read", "confirm": True})
    state = call(emil, "ShareNotification/get", accountId=account, ids=[])["state"]
    place.admin.ok("PUT", path, {"level": "write", "confirm": True})

    given, changed = told(emil, account)

    assert (given["objectType"], given["objectAccountId"]) == ("Mailbox", account)
    assert given["changedBy"] == {"name": "Sabine", "email": None, "principalId": None}
    assert (given["oldRights"], given["newRights"]["mayReadItems"]) == (None, True)
    rights = (changed["oldRights"]["maySetSeen"], changed["newRights"]["maySetSeen"])
    assert rights == (False, True)
    news = call(emil, "ShareNotification/changes", accountId=account, sinceState=state)
    assert (news["created"], news["destroyed"]) == ([changed["id"]], [])
    [about_anna] = told(anna, account)
    assert about_anna["id"] not in {given["id"], changed["id"]}
    place.unassign(account, "emil")
    first = emil.ok("GET", "/jmap/session")["primaryAccounts"][PRINCIPALS]
    taken = [one for one in told(emil, first) if one["objectAccountId"] == account]
    assert [(one["oldRights"]["maySetSeen"], one["newRights"]) for one in taken] == [(True, None)]
    assert refusal(emil, "ShareNotification/get", accountId=account, ids=None) == "accountNotFound"


def test_a_mailbox_that_is_deleted_is_taken_from_its_users(place: Place, emil: Client) -> None:
    """They hear of it in the first one that is left to them."""
    account = place.account("emil")
    [row] = [
        one
        for one in place.admin.ok("GET", "/api/accounts?type=external")["accounts"]
        if one["id"] == account
    ]
    assert place.admin.send("DELETE", f"/api/accounts/{account}", {"address": row["address"]}).status == 200

    first = emil.ok("GET", "/jmap/session")["primaryAccounts"][PRINCIPALS]
    [taken] = [one for one in told(emil, first) if one["objectAccountId"] == account]
    assert (taken["name"], taken["objectId"], taken["newRights"]) == (row["address"], account, None)


def test_what_a_user_has_heard_can_be_removed(place: Place, emil: Client, anna: Client) -> None:
    """By themselves and nobody else, and nothing else can be done with it."""
    account = place.account("anna", "emil")
    [one] = told(emil, account)
    state = call(emil, "ShareNotification/get", accountId=account, ids=[])["state"]
    args = {"accountId": account, "create": {"k": {}}, "update": {one["id"]: {"name": "x"}}}
    answer = call(emil, "ShareNotification/set", **args)
    refused = {**answer["notCreated"], **answer["notUpdated"]}
    assert {error["type"] for error in refused.values()} == {"forbidden"}
    foreign = call(anna, "ShareNotification/set", accountId=account, destroy=[one["id"]])
    assert foreign["notDestroyed"][one["id"]]["type"] == "notFound"

    done = call(emil, "ShareNotification/set", accountId=account, destroy=[one["id"]], ifInState=state)

    assert (done["destroyed"], done["oldState"] != done["newState"]) == ([one["id"]], True)
    assert told(emil, account) == []
    news = call(emil, "ShareNotification/changes", accountId=account, sinceState=state)
    assert (news["created"], news["destroyed"]) == ([], [one["id"]])
    others = call(anna, "ShareNotification/changes", accountId=account, sinceState=state)
    assert (others["created"], others["destroyed"], others["newState"]) == ([], [], news["newState"])


@pytest.mark.parametrize(
    ("filter_", "is_found"),
    [
        ({"objectType": "Mailbox"}, True),
        ({"objectType": "Calendar"}, False),
        ({"objectAccountId": "a0"}, False),
        ({"after": "2000-01-01T00:00:00Z"}, True),
        ({"before": "2000-01-01T00:00:00Z"}, False),
    ],
)
def test_what_a_user_has_heard_is_found(emil: Client, shared: str, filter_: Json, is_found: bool) -> None:
    answer = call(emil, "ShareNotification/query", accountId=shared, filter=filter_, calculateTotal=True)
    assert (answer["total"] > 0) == is_found


def test_a_change_of_rights_is_pushed(place: Place, emil: Client) -> None:
    """As any other change, under the type's name."""
    account, device = place.account("emil"), place.device()
    device.confirmed(emil, types=["ShareNotification"])
    path = f"/api/accounts/{account}/users/{place.user_id('emil')}"

    place.admin.ok("PUT", path, {"level": "read", "confirm": True})

    state = call(emil, "ShareNotification/get", accountId=account, ids=[])["state"]
    assert device.read()["changed"] == {account: {"ShareNotification": state}}
