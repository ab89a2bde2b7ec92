"""Mailbox/set and the marks of Email/set: what is made here is made at Microsoft."""

from typing import Any

import pytest
from tests.flow.jmap.client import CORE, MAIL, eventually
from tests.flow.jmap.conftest import Desk, letters, new_desk
from tests.flow.jmap.office import Office, folder_paths


@pytest.fixture(scope="module")
def own(office: Office) -> Desk:
    """A mailbox that these tests change."""
    return new_desk(office, *letters(4))


def _paths(desk: Desk) -> set[tuple[str, ...]]:
    return {tuple(f["path"]) for f in desk.office.simulator.control.snapshot(desk.address)[0]}


def _set(desk: Desk, **args: Any) -> Any:
    return desk.anna.call("Mailbox/set", accountId=desk.account, **args)


def test_a_tree_is_made_in_one_call_and_a_message_put_into_it(own: Desk) -> None:
    """Creation ids may be used before their creation, and by later calls of the request."""
    message = own.anna.query_all(own.account)[0]
    answer = own.anna.request(
        ("Mailbox/set", {"accountId": own.account, "create": {
            "inner": {"name": "Haus 1", "parentId": "#outer"}, "outer": {"name": "Objekte"}}}, "a"),
        ("Email/set", {"accountId": own.account, "update": {message: {"mailboxIds": {"#inner": True}}}}, "b"),
    )  # fmt: skip
    made = answer["methodResponses"][0][1]["created"]
    own.settled()

    assert answer["methodResponses"][1][1]["updated"] == {message: None}
    assert made["inner"]["myRights"]["mayDelete"] and made["inner"]["totalEmails"] == 0
    assert eventually(lambda: ("Objekte", "Haus 1") in _paths(own))
    assert folder_paths(own.anna.folders(own.account))[made["inner"]["id"]] == ("Objekte", "Haus 1")
    [email] = own.anna.emails(own.account, [message], "mailboxIds")
    assert email["mailboxIds"] == {made["inner"]["id"]: True}


def test_defaults_that_a_client_names_are_told_as_they_are_here(own: Desk) -> None:
    """RFC 8621 §2 has it so; an order that is none is refused."""
    wanted = {"name": "Wie üblich", "sortOrder": 0}
    made = _set(own, create={"k": wanted})["created"]["k"]

    assert (made["sortOrder"], made["isSubscribed"]) == (100, True)
    refused = _set(own, create={"k": {**wanted, "name": "Anders", "sortOrder": -3}})["notCreated"]["k"]
    assert (refused["type"], refused["properties"]) == ("invalidProperties", ["sortOrder"])


def test_whether_one_wants_to_see_a_folder_is_ones_own_to_say(own: Desk) -> None:
    """Also who may only read says so, and nothing else; it counts as updated, and others see it as before."""
    made = _set(own, create={"k": {"name": "Ungesehen", "isSubscribed": False}})["created"]["k"]
    id_, inbox = made["id"], own.anna.folder(own.account, "inbox")["id"]
    own.office.assign(own.account, "rita", "read")
    rita = own.office.person("rita")
    one = {"accountId": own.account, "ids": [id_], "properties": ["isSubscribed"]}
    unseen = {"accountId": own.account, "filter": {"isSubscribed": False}}

    def seen() -> list[bool]:
        return [who.call("Mailbox/get", **one)["list"][0]["isSubscribed"] for who in (own.anna, rita)]

    assert ("isSubscribed" not in made, seen()) == (True, [False, True])
    state = rita.call("Mailbox/get", **one)["state"]
    wishes = {id_: {"isSubscribed": False}, inbox: {"isSubscribed": True}, "f99999": {"isSubscribed": False},
              "x": {"isSubscribed": 1}}  # fmt: skip
    done = rita.call("Mailbox/set", accountId=own.account, update=wishes)
    assert done["updated"] == {id_: None, inbox: None}
    assert {one["type"] for one in done["notUpdated"].values()} == {"notFound"}
    changes = rita.call("Mailbox/changes", accountId=own.account, sinceState=state)
    assert id_ in changes["updated"] and changes["newState"] != state
    assert (seen(), rita.call("Mailbox/query", **unseen)["ids"]) == ([False, False], [id_])
    _set(own, update={id_: {"isSubscribed": True, "name": "Gesehen"}})
    assert seen() == [True, False]
    wrong = _set(own, update={id_: {"isSubscribed": "ja"}})["notUpdated"][id_]
    assert (wrong["type"], wrong["properties"]) == ("invalidProperties", ["isSubscribed"])
    more = {id_: {"isSubscribed": True, "name": "Heimlich"}}
    assert rita.refusal("Mailbox/set", accountId=own.account, update=more) == "accountReadOnly"
    own.office.unassign(own.account, "rita")
    own.settled()


def test_what_is_counted_alone_is_told_as_that(own: Desk) -> None:
    """A client needs no folder whole because a message was read. Source: RFC 8621 §2.2."""
    own.settled()
    before = own.anna.call("Mailbox/get", accountId=own.account, ids=[])["state"]
    inbox = own.anna.folder(own.account, "inbox")["id"]
    message = own.anna.query_all(own.account, filter={"inMailbox": inbox})[0]
    [read] = own.anna.emails(own.account, [message], "keywords")
    seen = None if "$seen" in read["keywords"] else True
    own.anna.call("Email/set", accountId=own.account, update={message: {"keywords/$seen": seen}})

    def since() -> Any:
        return own.anna.call("Mailbox/changes", accountId=own.account, sinceState=before)

    counted = since()
    assert (counted["updated"], sorted(counted["updatedProperties"])) == (
        [inbox], ["totalEmails", "totalThreads", "unreadEmails", "unreadThreads"],
    )  # fmt: skip
    _set(own, update={inbox: {"sortOrder": 7}})
    assert (since()["updated"], since()["updatedProperties"]) == ([inbox], None)
    own.settled()


def test_the_state_at_the_end_of_a_call_counts(own: Desk) -> None:
    """Names are exchanged, go round in a ring, are passed on, and become free; who lay above lies below."""
    wanted = {"A": None, "B": None, "C": None, "Alt": None, "Oben": None}
    made = _set(own, create={name: {"name": f"Tausch {name}"} for name in wanted})["created"]
    ids = {name: made[name]["id"] for name in wanted}
    made = _set(own, create={"unten": {"name": "Unten", "parentId": ids["Oben"]}})["created"]
    ids["Unten"] = made["unten"]["id"]
    own.settled()

    ring = {ids[one]: {"name": f"Tausch {other}"} for one, other in ("AB", "BC", "CA")}
    assert not _set(own, update=ring)["notUpdated"]
    chain = {ids["C"]: {"name": "Tausch B"}, ids["A"]: {"name": "Tausch D"}}
    assert not _set(own, update=chain)["notUpdated"]
    turned = {ids["Oben"]: {"parentId": ids["Unten"]}, ids["Unten"]: {"parentId": None}}
    assert not _set(own, update=turned)["notUpdated"]
    anew = _set(own, create={"neu": {"name": "Tausch Alt"}}, destroy=[ids["Alt"]])
    assert (anew["destroyed"], list(anew["created"] or ())) == ([ids["Alt"]], ["neu"])
    own.settled()

    found = folder_paths(own.anna.folders(own.account))
    names = {name: found[ids[name]] for name in ("A", "B", "C", "Oben")}
    assert names == {
        "A": ("Tausch D",), "B": ("Tausch C",), "C": ("Tausch B",), "Oben": ("Unten", "Tausch Oben"),
    }  # fmt: skip
    assert eventually(lambda: {*names.values(), ("Tausch Alt",)} <= _paths(own))


def test_a_name_that_stays_taken_is_refused_and_nothing_is_called_otherwise(own: Desk) -> None:
    """Who would have stepped aside for nothing has its old name."""
    made = _set(own, create={name: {"name": f"Bleibt {name}"} for name in "EF"})["created"]
    own.settled()
    answer = _set(own, update={made["E"]["id"]: {"name": "Bleibt F"}})

    assert answer["notUpdated"][made["E"]["id"]]["properties"] == ["name"]
    found = folder_paths(own.anna.folders(own.account))
    assert [found[made[name]["id"]] for name in "EF"] == [("Bleibt E",), ("Bleibt F",)]

    wrong = {made["E"]["id"]: {"name": "Bleibt F", "sortOrder": -1}, made["F"]["id"]: {"name": "Bleibt E"}}
    assert set(_set(own, update=wrong)["notUpdated"]) == set(wrong)
    found = folder_paths(own.anna.folders(own.account))
    assert [found[made[name]["id"]] for name in "EF"] == [("Bleibt E",), ("Bleibt F",)]


def test_what_is_ours_to_set_may_be_given_as_it_is(own: Desk) -> None:
    """As clients do that hand a whole object back. Source: RFC 8620 §5.3."""
    made = _set(own, create={"k": {"name": "Ganz"}})["created"]["k"]["id"]
    using = [CORE, MAIL, "urn:ietf:params:jmap:principals"]
    get = ("Mailbox/get", {"accountId": own.account, "ids": [made]}, "0")
    for wanted in (using, using[:2]):
        [[_, got, _]] = own.anna.request(get, using=wanted)["methodResponses"]
        [whole] = got["list"]
        twin = {name: value for name, value in whole.items() if name != "id"}
        args = {
            "accountId": own.account,
            "create": {
                "t": twin | {"name": f"Ganz {len(wanted)}"},
                "w": twin | {"name": "W", "totalEmails": 7},
            },
            "update": {made: whole | {"name": f"Neu {len(wanted)}"}},
        }
        [[_, done, _]] = own.anna.request(("Mailbox/set", args, "0"), using=wanted)["methodResponses"]
        assert (done["created"].keys(), done["updated"]) == ({"t"}, {made: None}), done
        assert done["notCreated"]["w"]["properties"] == ["totalEmails"]


def test_a_folder_goes_right_after_it_was_made(own: Desk) -> None:
    """It waits until Microsoft has made it, then it goes there too."""
    made = _set(own, create={"k": {"name": "Vorbei"}})["created"]["k"]["id"]
    assert _set(own, destroy=[made])["destroyed"] == [made]
    own.settled()
    assert ("Vorbei",) not in _paths(own)


def test_renamed_moved_and_removed(own: Desk) -> None:
    """A folder with messages goes only if so wished, one with folders never."""
    made = _set(own, create={"a": {"name": "Eins"}, "b": {"name": "Zwei", "parentId": "#a"}})["created"]
    a, b = made["a"]["id"], made["b"]["id"]
    own.settled()
    first = _set(own, destroy=[a])
    second = _set(own, update={b: {"name": "Drei", "parentId": None}}, destroy=[a])
    message = own.anna.query_all(own.account)[1]
    own.anna.call("Email/set", accountId=own.account, update={message: {"mailboxIds": {b: True}}})
    own.settled()
    third = _set(own, destroy=[b])
    fourth = _set(own, destroy=[b], onDestroyRemoveEmails=True)
    own.settled()

    assert first["notDestroyed"][a]["type"] == "mailboxHasChild"
    assert (second["updated"], second["destroyed"]) == ({b: None}, [a])
    assert third["notDestroyed"][b]["type"] == "mailboxHasEmail"
    assert fourth["destroyed"] == [b]
    assert eventually(lambda: not {("Eins",), ("Drei",), ("Eins", "Zwei")} & _paths(own))
    assert message not in own.anna.query_all(own.account)


@pytest.mark.parametrize(
    ("wanted", "properties"),
    [
        ({"name": ""}, ["name"]),
        ({"name": "x" * 256}, ["name"]),
        ({}, ["name"]),
        ({"name": "Neu", "parentId": "f9999999"}, ["parentId"]),
        ({"name": "Neu", "parentId": "#nobody"}, ["parentId"]),
        ({"name": "Neu", "role": "junk"}, ["role"]),
        ({"name": "Neu", "colour": "red"}, ["colour"]),
    ],
)
def test_what_cannot_be_made_is_named(own: Desk, wanted: dict[str, Any], properties: list[str]) -> None:
    """Nothing else of the call suffers."""
    answer = _set(own, create={"bad": wanted})

    assert answer["notCreated"]["bad"]["type"] == "invalidProperties"
    assert answer["notCreated"]["bad"]["properties"] == properties


def test_system_folders_stay_and_names_are_taken_once(own: Desk) -> None:
    """Whatever the letter case; and a folder never lies below itself. Of a refused update nothing is done."""
    inbox = own.anna.folder(own.account, "inbox")
    made = _set(own, create={"a": {"name": "Straße"}, "b": {"name": "Unten", "parentId": "#a"}})["created"]
    a, b = made["a"]["id"], made["b"]["id"]
    answer = _set(
        own,
        create={"twin": {"name": "STRASSE"}},
        update={
            inbox["id"]: {"name": "Eingang", "sortOrder": 77},
            a: {"parentId": b, "sortOrder": 77},
            b: {"parentId": None, "name": "straße", "sortOrder": 77},
        },
        destroy=[own.anna.folder(own.account, "sent")["id"]],
    )
    own.settled()

    twin = answer["notCreated"]["twin"]
    assert (twin["type"], twin["existingId"], twin["properties"]) == ("alreadyExists", a, ["name"])
    assert answer["notUpdated"][inbox["id"]]["type"] == "forbidden"
    assert [answer["notUpdated"][f]["properties"] for f in (a, b)] == [["parentId"], ["name"]]
    assert 77 not in {f["sortOrder"] for f in own.anna.folders(own.account)}
    assert [refused["type"] for refused in answer["notDestroyed"].values()] == ["forbidden"]


def test_who_may_only_read_changes_no_folder(office: Office, own: Desk) -> None:
    """Refused as a whole, and nothing happens."""
    rita = office.person("rita")
    office.assign(own.account, "rita", "read")
    refused = rita.refusal("Mailbox/set", accountId=own.account, create={"a": {"name": "Heimlich"}})
    office.unassign(own.account, "rita")

    assert refused == "accountReadOnly"
    assert "Heimlich" not in {f["name"] for f in own.anna.folders(own.account)}
    nobody = office.person("nobody2")
    assert nobody.refusal("Mailbox/set", accountId=own.account, destroy=["f1"]) == "accountNotFound"


def test_importance_categories_and_due_date_reach_microsoft(own: Desk) -> None:
    """They are Outlook's marks; a due date flags, and goes with the flag."""
    message_id = own.receive(subject="Frist", categories=["Blau"])
    own.settled()
    message = own.id_of(message_id)

    def change(**patch: Any) -> dict[str, Any]:
        updated = own.anna.call("Email/set", accountId=own.account, update={message: patch})["updated"]
        once = {"poststelle:categories": ["Rot", "Gr\u00fcn"]} if "poststelle:categories" in patch else None
        assert updated == {message: once}
        own.settled()
        found = own.office.simulator.control.snapshot(own.address)[1].values()
        return next(m for m in found if m["internetMessageId"] == f"<{message_id}>")

    marked = change(
        **{
            "poststelle:importance": "high",
            "poststelle:categories": ["Rot", "rot", "Grün"],
            "poststelle:dueAt": "2026-12-24T12:00:00Z",
            "poststelle:isOther": True,
        }
    )
    others = own.anna.query_all(own.account, filter={"poststelle:isOther": True})
    focused = own.anna.query_all(own.account, filter={"poststelle:isOther": False})
    red = own.anna.query_all(own.account, filter={"poststelle:category": "ROT"})
    both = [{"poststelle:category": "Grün"}, {"poststelle:category": "rot"}]
    of_both = own.anna.query_all(own.account, filter={"operator": "AND", "conditions": both})
    not_quite = own.anna.query_all(own.account, filter={"poststelle:category": 'Rot","Grün'})
    [here] = own.anna.emails(own.account, [message], "keywords", "poststelle:categories", "poststelle:dueAt")
    unflagged = change(**{"keywords/$flagged": None})
    [after] = own.anna.emails(own.account, [message], "poststelle:dueAt", "poststelle:importance")

    assert (marked["importance"], marked["flag"], marked["categories"]) == (
        "high",
        "flagged",
        ["Rot", "Grün"],
    )
    assert marked["inferenceClassification"] == "other"
    assert message in others and message not in focused
    assert (red, of_both, not_quite) == ([message], [message], [])
    assert here["poststelle:dueAt"] == "2026-12-24T12:00:00Z" and "$flagged" in here["keywords"]
    assert (unflagged["flag"], unflagged["importance"]) == ("notFlagged", "high")
    assert after == {"id": message, "poststelle:dueAt": None, "poststelle:importance": "high"}


def test_folders_stand_where_people_put_them(own: Desk) -> None:
    """An order is kept, told as a change, and sorted by; null is the default, what is no order is refused."""
    answer = own.anna.call(
        "Mailbox/set", accountId=own.account, create={"a": {"name": "Ganz oben", "parentId": None}}
    )
    made = answer["created"]["a"]["id"]
    for order in (5, None):
        done = own.anna.call("Mailbox/set", accountId=own.account, update={made: {"sortOrder": order}})
    sort = [{"property": "sortOrder", "isAscending": True}]
    first = own.anna.call("Mailbox/query", accountId=own.account, sort=sort)["ids"][0]
    wrong = [
        own.anna.call("Mailbox/set", accountId=own.account, update={made: {"sortOrder": order}})[
            "notUpdated"
        ][made]
        for order in (-1, 2**31, "1", True)
    ]
    [told] = own.anna.call("Mailbox/get", accountId=own.account, ids=[made])["list"]
    own.anna.call("Mailbox/set", accountId=own.account, destroy=[made])

    assert done["updated"] == {made: None}
    assert (first, told["sortOrder"]) == (made, 0)
    assert [(e["type"], e["properties"]) for e in wrong] == [("invalidProperties", ["sortOrder"])] * 4


@pytest.mark.parametrize(
    "patch",
    [
        {"poststelle:importance": "urgent"},
        {"poststelle:categories": [7]},
        {"poststelle:categories": [" "]},
        {"poststelle:dueAt": "tomorrow"},
        {"poststelle:dueAt": 7},
        {"poststelle:isOther": "yes"},
        {"poststelle:event": "request"},
        {"poststelle:isComplete": False},
    ],
)
def test_marks_that_cannot_be_set_are_named(own: Desk, patch: dict[str, Any]) -> None:
    """invalidProperties with the property's name, and nothing else of the patch is done."""
    message = own.anna.query_all(own.account)[0]
    before = own.anna.emails(own.account, [message], "keywords")
    answer = own.anna.call(
        "Email/set", accountId=own.account, update={message: {"keywords/$flagged": True, **patch}}
    )
    after = own.anna.emails(own.account, [message], "keywords")

    assert answer["notUpdated"][message]["properties"] == list(patch)
    assert after == before
