"""Mailbox/get, /query and /changes against what Microsoft holds."""

import pytest
from tests.flow.jmap.client import Client, Json, eventually
from tests.flow.jmap.conftest import Desk, letters, new_desk
from tests.flow.jmap.office import Office, folder_paths
from tests.flow.jmap.test_internal import add_internal


def test_folders_are_those_of_microsoft_with_true_counters(desk: Desk) -> None:
    """Names, tree, roles and both counters equal the other side's."""
    remote, _ = desk.office.simulator.control.snapshot(desk.address)
    ours = desk.anna.folders(desk.account)
    paths = folder_paths(ours)
    told = {paths[f["id"]]: (f["totalEmails"], f["unreadEmails"], not f["isSubscribed"]) for f in ours}
    truth = {
        tuple(f["path"]): (f["totalItemCount"], f["unreadItemCount"], f["isHidden"])
        for f in remote
        if tuple(f["path"]) in told
    }

    assert told == truth
    assert {f["role"] for f in ours} >= {"inbox", "sent", "drafts", "trash", "junk", "archive"}
    assert {tuple(f["path"]) for f in remote if not f["isHidden"]} <= told.keys()


def test_thread_counters_count_threads(desk: Desk) -> None:
    """Sixty letters in threads of three: twenty threads, each unread with any letter of it."""
    inbox = desk.anna.folder(desk.account, "inbox")
    ids = desk.anna.query_all(desk.account, filter={"inMailbox": inbox["id"]})
    emails = desk.anna.emails(desk.account, ids, "threadId", "keywords")

    assert inbox["totalThreads"] == len({e["threadId"] for e in emails}) == 20
    assert inbox["unreadThreads"] == len({e["threadId"] for e in emails if "$seen" not in e["keywords"]})


def test_only_the_asked_for_folders_and_properties_come(desk: Desk) -> None:
    """``ids`` and ``properties`` are obeyed; unknown ids stand in notFound."""
    inbox = desk.anna.folder(desk.account, "inbox")["id"]
    got = desk.anna.call(
        "Mailbox/get", accountId=desk.account, ids=[inbox, "f9999", "nonsense"], properties=["name"]
    )

    assert [set(f) for f in got["list"]] == [{"id", "name"}]
    assert got["notFound"] == ["f9999", "nonsense"]
    assert (
        desk.anna.refusal("Mailbox/get", accountId=desk.account, properties=["colour"]) == "invalidArguments"
    )


def test_rights_follow_the_level(office: Office, desk: Desk) -> None:
    """A reader is told that nothing may be changed."""
    rita = office.person("rita")
    office.assign(desk.account, "rita", "read")
    rights = rita.folder(desk.account, "inbox")["myRights"]
    office.unassign(desk.account, "rita")

    assert rights["mayReadItems"] is True
    assert not any(rights[r] for r in ("maySetSeen", "maySetKeywords", "mayAddItems", "mayRemoveItems"))


def test_folders_can_be_found_by_role_name_and_parent(desk: Desk) -> None:
    """Every documented filter chooses; sorting is by name or order."""
    a = {"accountId": desk.account}
    by_id = {f["id"]: f for f in desk.anna.folders(desk.account)}
    inbox = next(i for i, f in by_id.items() if f["role"] == "inbox")

    def found(**args: object) -> list[str]:
        ids: list[str] = desk.anna.call("Mailbox/query", **a, **args)["ids"]
        return ids

    assert found(filter={"role": "inbox"}) == [inbox]
    assert set(found(filter={"hasAnyRole": True})) == {i for i, f in by_id.items() if f["role"]}
    assert inbox in found(filter={"parentId": None})
    assert found(filter={"name": by_id[inbox]["name"][:4].upper(), "role": "inbox"}) == [inbox]
    names = [by_id[i]["name"].casefold() for i in found(sort=[{"property": "name", "isAscending": False}])]
    assert names == sorted(names, reverse=True)
    assert found(position=1, limit=2) == found()[1:3]
    assert desk.anna.call("Mailbox/query", **a, calculateTotal=True)["total"] == len(by_id)


@pytest.mark.parametrize(
    ("args", "type_"),
    [
        ({"filter": {"colour": "red"}}, "unsupportedFilter"),
        ({"filter": {"name": 7}}, "invalidArguments"),
        ({"sort": [{"property": "size"}]}, "unsupportedSort"),
        ({"anchor": "f9999"}, "anchorNotFound"),
        ({"limit": -1}, "invalidArguments"),
    ],
)
def test_what_cannot_be_asked_of_folders_is_refused(desk: Desk, args: dict[str, object], type_: str) -> None:
    """By the RFC's own names."""
    assert desk.anna.refusal("Mailbox/query", accountId=desk.account, **args) == type_


def test_folder_changes_tell_new_renamed_and_deleted_folders(office: Office) -> None:
    """What another program does to folders at Microsoft comes as Mailbox/changes.

    Nobody tells us of folders: they are looked at with the next message that arrives.
    """
    own = new_desk(office, *letters(2))
    control, anna, account = office.simulator.control, own.anna, own.account
    begun = anna.call("Mailbox/get", accountId=account)["state"]
    control.create_folder(own.address, "Objekte")
    own.receive(subject="Anlass")
    made = eventually(lambda: [f for f in anna.folders(account) if f["name"] == "Objekte"])[0]["id"]
    first = anna.call("Mailbox/changes", accountId=account, sinceState=begun)

    assert made in first["created"]

    control.change_folder(own.address, "Objekte", name="Häuser")
    own.receive(subject="Anlass")
    eventually(lambda: [f for f in anna.folders(account) if f["name"] == "Häuser"])
    second = anna.call("Mailbox/changes", accountId=account, sinceState=first["newState"])

    assert made in second["updated"]

    control.delete_folder(own.address, "Häuser", permanently=True)
    own.receive(subject="Anlass")
    eventually(lambda: all(f["id"] != made for f in anna.folders(account)))
    third = anna.call("Mailbox/changes", accountId=account, sinceState=second["newState"])

    assert made in third["destroyed"]
    whole = anna.call("Mailbox/changes", accountId=account, sinceState=begun)
    assert made not in whole["created"] + whole["updated"]


def test_a_folder_state_nobody_gave_cannot_be_told_from(desk: Desk) -> None:
    """cannotCalculateChanges for states of another epoch, from the future, and for nonsense."""
    state = desk.anna.call("Mailbox/get", accountId=desk.account)["state"]
    epoch, modseq = state.split(".")

    for bad in (
        "",
        "x",
        f"{epoch}0.{modseq}",
        f"{epoch}.{int(modseq) + 10_000}",
        f"{epoch}.-1",
        f"{epoch}.{'9' * 40}",
    ):
        type_ = desk.anna.refusal("Mailbox/changes", accountId=desk.account, sinceState=bad)
        assert type_ in {"cannotCalculateChanges", "invalidArguments"}, bad


@pytest.fixture(scope="module")
def tree(office: Office) -> tuple[Client, str, dict[str, str]]:
    """Folders of an internal mailbox, within one another: their ids by name."""
    account = add_internal(office, "anna")
    anna, ids = office.person("anna"), {}
    for name, above in (("B", None), ("A", None), ("B2", "B"), ("B1", "B"), ("A1", "A"), ("Bx", "A1")):
        one = {"name": name, "parentId": None if above is None else ids[above]}
        made = anna.call("Mailbox/set", accountId=account, create={"k": one})["created"]
        ids[name] = made["k"]["id"]
    return anna, account, ids


OWN = {"hasAnyRole": False}


@pytest.mark.parametrize(
    ("args", "names"),
    [
        ({"filter": OWN}, ["A", "A1", "B", "B1", "B2", "Bx"]),
        ({"filter": OWN, "sortAsTree": True}, ["A", "A1", "Bx", "B", "B1", "B2"]),
        (
            {"filter": OWN, "sortAsTree": True, "sort": [{"property": "name", "isAscending": False}]},
            ["B", "B2", "B1", "A", "A1", "Bx"],
        ),
        ({"filter": {"name": "b"} | OWN}, ["B", "B1", "B2", "Bx"]),
        ({"filter": {"name": "b"} | OWN, "filterAsTree": True}, ["B", "B1", "B2"]),
        ({"filter": {"name": "b"} | OWN, "sortAsTree": True}, ["Bx", "B", "B1", "B2"]),
        ({"filter": {"name": "1"}, "filterAsTree": True}, []),
        (
            {
                "filter": {
                    "operator": "AND",
                    "conditions": [OWN, {"operator": "NOT", "conditions": [{"name": "1"}]}],
                }
            },
            ["A", "B", "B2", "Bx"],
        ),
    ],
)
def test_folders_are_found_as_a_tree(
    tree: tuple[Client, str, dict[str, str]], args: Json, names: list[str]
) -> None:
    """Each followed by those within it; and those alone whose every folder above fits too."""
    anna, account, ids = tree
    found = anna.call("Mailbox/query", accountId=account, calculateTotal=True, **args)
    known = {id_: name for name, id_ in ids.items()}
    assert [known[id_] for id_ in found["ids"]] == names
    assert found["total"] == len(names)


def test_what_no_list_of_folders_is_asked_for(tree: tuple[Client, str, dict[str, str]]) -> None:
    """A state that nobody gave, and a condition that is none."""
    anna, account, _ = tree
    args = {"accountId": account, "sinceQueryState": "x", "sortAsTree": True}
    assert anna.refusal("Mailbox/queryChanges", **args) == "cannotCalculateChanges"
    assert anna.refusal("Mailbox/query", accountId=account, filter={"name": 1}) == "invalidArguments"


def test_a_list_of_folders_is_told_how_it_has_changed(office: Office) -> None:
    """What the changes make of the old list is the new one."""
    desk = new_desk(office)
    wanted = {"accountId": desk.account, "sort": [{"property": "name"}], "filter": {"hasAnyRole": False}}

    def make(name: str) -> str:
        made = desk.anna.call("Mailbox/set", accountId=desk.account, create={"k": {"name": name}})
        return str(made["created"]["k"]["id"])

    gone, kept = make("Alt"), make("Neu")
    desk.settled()
    before = desk.anna.call("Mailbox/query", **wanted)
    assert before["canCalculateChanges"] and {gone, kept} <= set(before["ids"])
    since = {**wanted, "sinceQueryState": before["queryState"]}
    nothing = desk.anna.call("Mailbox/queryChanges", **since)
    assert (nothing["removed"], nothing["added"]) == ([], [])
    assert nothing["newQueryState"] == before["queryState"]

    fresh = make("Mitte")
    done = desk.anna.call(
        "Mailbox/set", accountId=desk.account, destroy=[gone], update={kept: {"name": "Zuletzt"}}
    )
    assert done["destroyed"] == [gone]
    changes = desk.anna.call("Mailbox/queryChanges", **since, calculateTotal=True)
    ids = applied(before["ids"], changes)
    after = desk.anna.call("Mailbox/query", **wanted, calculateTotal=True)
    assert (ids, changes["total"]) == (after["ids"], after["total"])
    assert fresh in ids and gone not in ids
    refused = {"maxChanges": 1, **since}
    assert desk.anna.refusal("Mailbox/queryChanges", **refused) == "tooManyChanges"
    old = {**wanted, "sinceQueryState": "1.1"}
    assert desk.anna.refusal("Mailbox/queryChanges", **old) == "cannotCalculateChanges"


def applied(ids: list[str], changes: Json) -> list[str]:
    """The list that the changes make of it."""
    left = [id_ for id_ in ids if id_ not in changes["removed"]]
    for one in changes["added"]:
        left.insert(one["index"], one["id"])
    return left


def test_what_lies_within_a_folder_goes_where_it_goes(office: Office) -> None:
    """In a tree a name, a place and a condition of a folder above count for all below, and are told."""
    account, anna = add_internal(office, "anna"), office.person("anna")

    def make(name: str, parent: str | None = None) -> str:
        made = anna.call("Mailbox/set", accountId=account, create={"k": {"name": name, "parentId": parent}})
        return str(made["created"]["k"]["id"])

    top, other = make("Baum"), make("Moos")
    within = make("Baum Ast", top)
    make("Baum Blatt", within)
    queries = [
        {"sort": [{"property": "name"}], "sortAsTree": is_sorted, "filterAsTree": is_filtered, **filter_}
        for is_sorted, is_filtered in ((True, False), (False, True), (True, True))
        for filter_ in ({}, {"filter": {"name": "Baum"}})
    ]
    for change in (
        {top: {"name": "Zweig"}},
        {top: {"parentId": other}},
        {other: {"name": "Baum Moos"}},
        {top: {"name": "Ein Baum"}},
        {within: {"parentId": None}},
    ):
        old = [anna.call("Mailbox/query", accountId=account, **query) for query in queries]
        assert not anna.call("Mailbox/set", accountId=account, update=change)["notUpdated"]
        for query, before in zip(queries, old, strict=True):
            since = {"accountId": account, "sinceQueryState": before["queryState"], **query}
            changes = anna.call("Mailbox/queryChanges", **since)
            now = anna.call("Mailbox/query", accountId=account, **query)["ids"]
            assert applied(before["ids"], changes) == now, (change, query)


def test_a_list_is_sorted_by_ten_properties_at_most(desk: Desk) -> None:
    """Each one costs a pass: sixty thousand of them, which fit into a request, would hold up everybody."""
    for type_, name in (("Mailbox", "name"), ("Email", "size")):
        sort = [{"property": name}] * 10
        assert desk.anna.call(f"{type_}/query", accountId=desk.account, sort=sort)["ids"] is not None
        sort *= 6_000
        assert desk.anna.refusal(f"{type_}/query", accountId=desk.account, sort=sort) == "unsupportedSort"
