"""Email/set: marks, moves and destroying reach Microsoft; what is refused changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from tests.flow.jmap.client import Json, eventually
from tests.flow.jmap.conftest import Desk, letters, new_desk
from tests.flow.jmap.office import Office


@pytest.fixture(scope="module")
def own(office: Office) -> Desk:
    """A mailbox that these tests change."""
    return new_desk(office, *letters(30))


def letter(n: int) -> str:
    return f"letter.{n}@kunden.example"


def update(desk: Desk, message: str, patch: Any, **more: Any) -> Json:
    return desk.anna.call("Email/set", accountId=desk.account, update={message: patch}, **more)


def keywords(desk: Desk, message: str) -> set[str]:
    [email] = desk.anna.emails(desk.account, [message], "keywords")
    return set(email["keywords"])


def at_microsoft(desk: Desk, n: int) -> Json | None:
    return desk.office.truth(desk.address).get(letter(n))


def last_verb(desk: Desk, n: int) -> str | None:
    """What was done with the message last, as Microsoft keeps it."""
    _, messages = desk.office.simulator.control.snapshot(desk.address)
    (one,) = [m for m in messages.values() if m["internetMessageId"] == f"<{letter(n)}>"]
    verb: str | None = one["lastVerb"]
    return verb


@pytest.mark.parametrize(
    ("n", "patch", "after"),
    [
        (1, {"keywords/$seen": True}, {"$seen"}),
        (2, {"keywords/$Seen": None}, set()),
        (4, {"keywords": {}}, set()),
        (8, {"keywords": None}, set()),
        (7, {"keywords": {"$SEEN": True, "$flagged": True}}, {"$seen", "$flagged"}),
        (3, {"keywords/$flagged": True}, {"$flagged"}),
        (14, {"keywords/$flagged": None, "keywords/$seen": None}, set()),
        (5, {"keywords/$Seen": True, "keywords/$Flagged": True}, {"$seen", "$flagged"}),
    ],
)
def test_marks_show_at_once_and_reach_microsoft(own: Desk, n: int, patch: Json, after: set[str]) -> None:
    """Each form of patch sets what it says, here at once and there soon."""
    message = own.id_of(letter(n))
    before_state = own.anna.call("Email/get", accountId=own.account, ids=[])["state"]
    answer = update(own, message, patch)

    assert answer["updated"] == {message: None}
    assert answer["newState"] != before_state
    assert keywords(own, message) == after
    wanted = {"seen": "$seen" in after, "flagged": "$flagged" in after}
    eventually(lambda: {k: at_microsoft(own, n)[k] for k in wanted} == wanted)  # type: ignore[index]  # it is there
    own.settled()


def test_what_names_very_much_is_refused_alone(own: Desk) -> None:
    """Before each of it is looked at; the others of the call go on."""
    many = {f"k{n}": True for n in range(1_001)}
    good, *bad = (own.id_of(letter(n)) for n in (20, 21, 22, 23))
    patches = [{"keywords": many}, {"mailboxIds": many}, {f"keywords/{name}": True for name in many}]
    new = {"mailboxIds": many, "keywords": {"$draft": True}}
    update = {good: {"keywords": {}}, **dict(zip(bad, patches, strict=True))}
    answer = own.anna.call("Email/set", accountId=own.account, update=update, create={"new": new})

    named = {key: (why["type"], why["properties"]) for key, why in answer["notUpdated"].items()}
    wrong = ("keywords", "mailboxIds", "keywords/k1000")
    assert named == {i: ("invalidProperties", [name]) for i, name in zip(bad, wrong, strict=True)}
    assert answer["notCreated"]["new"]["properties"] == ["mailboxIds"]
    assert answer["updated"] == {good: None}


@pytest.mark.parametrize("is_whole", [True, False])
def test_a_move_shows_at_once_and_reaches_microsoft(own: Desk, is_whole: bool) -> None:
    """By ``mailboxIds`` whole or in parts; counters of both folders move with it."""
    n = 8 if is_whole else 9
    message = own.id_of(letter(n))
    inbox, archive = own.anna.folder(own.account, "inbox"), own.anna.folder(own.account, "archive")
    parts = {f"mailboxIds/{inbox['id']}": None, f"mailboxIds/{archive['id']}": True}
    update(own, message, {"mailboxIds": {archive["id"]: True}} if is_whole else parts)

    assert own.anna.emails(own.account, [message], "mailboxIds")[0]["mailboxIds"] == {archive["id"]: True}
    assert own.anna.folder(own.account, "archive")["totalEmails"] == archive["totalEmails"] + 1
    assert own.anna.folder(own.account, "inbox")["totalEmails"] == inbox["totalEmails"] - 1
    eventually(lambda: (at_microsoft(own, n) or {}).get("folder") == (archive["name"],))
    own.settled()


def test_a_move_and_a_mark_in_one_patch(own: Desk) -> None:
    """Both take effect; the order in the patch does not matter."""
    message = own.id_of(letter(11))
    trash = own.anna.folder(own.account, "trash")
    update(
        own, message, {"mailboxIds": {trash["id"]: True}, "keywords/$seen": True, "keywords/$flagged": True}
    )

    wanted = {"seen": True, "flagged": True, "folder": (trash["name"],)}
    eventually(lambda: wanted.items() <= (at_microsoft(own, 11) or {}).items())
    own.settled()


def test_destroyed_is_gone_for_good_on_both_sides(own: Desk) -> None:
    """Not in the trash either; its id is notFound from now on."""
    message = own.id_of(letter(12))
    answer = own.anna.call("Email/set", accountId=own.account, destroy=[message, message])

    assert answer["destroyed"] == [message]
    assert own.anna.call("Email/get", accountId=own.account, ids=[message])["notFound"] == [message]
    eventually(lambda: at_microsoft(own, 12) is None)
    own.settled()
    again = own.anna.call("Email/set", accountId=own.account, destroy=[message])
    assert again["notDestroyed"][message]["type"] == "notFound"


@pytest.mark.parametrize(
    ("patch", "type_"),
    [
        ({"subject": "Neu"}, "invalidProperties"),
        ({"keywords/$draft": True}, "invalidProperties"),
        ({"keywords/$junk": True}, "invalidProperties"),
        ({"keywords/$seen": "yes"}, "invalidProperties"),
        ({"keywords": ["$seen"]}, "invalidProperties"),
        ({"keywords": {"$seen": False}}, "invalidProperties"),
        ({"keywords": {}, "keywords/$seen": True}, "invalidPatch"),
        ({"keywords/a/b": True}, "invalidPatch"),
        ({"mailboxIds": {}}, "invalidProperties"),
        ({"mailboxIds": None}, "invalidProperties"),
        ({"mailboxIds": {"nonsense": True}}, "invalidProperties"),
        ({"mailboxIds": {"f9999999": True}}, None),
        ({"mailboxIds/x/y": True}, "invalidPatch"),
        ([], "invalidPatch"),
        ("seen", "invalidPatch"),
        (None, "invalidPatch"),
    ],
)
def test_a_patch_that_is_not_right_changes_nothing(own: Desk, patch: Any, type_: str | None) -> None:
    """The refusal has a type; the message and the state stay as they were."""
    message = own.id_of(letter(15))
    before = own.anna.emails(own.account, [message], "keywords", "mailboxIds")
    state = own.anna.call("Email/get", accountId=own.account, ids=[])["state"]
    answer = update(own, message, patch)

    refused = answer["notUpdated"][message]["type"]
    assert (
        refused == type_
        if type_
        else refused in {"invalidProperties", "notFound", "invalidPatch", "tooManyMailboxes"}
    )
    assert own.anna.emails(own.account, [message], "keywords", "mailboxIds") == before
    assert answer["newState"] == state


def test_a_whole_object_may_come_back_with_what_nobody_can_set(own: Desk) -> None:
    """Programs store what they read; only what differs is refused, and by name. Source: RFC 8620 §5.3."""
    message = own.id_of(letter(20))
    [whole] = own.anna.call("Email/get", accountId=own.account, ids=[message])["list"]
    assert len(whole) > 20
    for name, value in whole.items():
        assert update(own, message, {name: value})["notUpdated"] is None, name
    done = update(own, message, whole | {"keywords": {"$flagged": True}})
    assert done["updated"] == {message: None}
    assert keywords(own, message) == {"$flagged"}

    wrong = {"subject": "x", "size": 1, "threadId": "t0", "from": [], "textBody": [], "hasAttachment": 0}
    for name, value in wrong.items():
        refused = update(own, message, whole | {name: value, "keywords": {}})["notUpdated"][message]
        assert (refused["type"], refused["properties"]) == ("invalidProperties", [name])
    assert keywords(own, message) == {"$flagged"}


def test_fields_of_the_header_may_come_back_too(own: Desk) -> None:
    """In any form that can be asked for; another value, and a form the field does not have, are refused."""
    message = own.id_of(letter(21))
    names = ["headers", "header:Subject:asText", "header:From:asAddresses:all", "header:X-None"]
    [said] = own.anna.emails(own.account, [message], *names)
    assert said["header:Subject:asText"] and said["header:X-None"] is None
    done = update(own, message, {name: said[name] for name in names} | {"keywords": {"$flagged": True}})
    assert (done["updated"], keywords(own, message)) == ({message: None}, {"$flagged"})

    many = {f"header:X-{n}": None for n in range(101)}
    for wrong in ({"header:Subject:asText": "x"}, {"header:Subject:asDate": None}, {"headers": []}, many):
        refused = update(own, message, said | wrong | {"keywords": {}})["notUpdated"][message]
        assert refused["type"] == "invalidProperties"
        assert set(wrong) <= set(refused["properties"])
    assert keywords(own, message) == {"$flagged"}


def test_a_patch_is_taken_whole_or_not_at_all(own: Desk) -> None:
    """A mark that Microsoft does not keep keeps the message from being moved by the same patch."""
    message = own.id_of(letter(15))
    update(own, message, {"keywords/$answered": True})
    own.settled()
    before = own.anna.emails(own.account, [message], "keywords", "mailboxIds")
    trash = own.anna.folder(own.account, "trash")["id"]

    answer = update(own, message, {"mailboxIds": {trash: True}, "keywords/$junk": True})

    assert answer["notUpdated"][message]["type"] == "invalidProperties"
    assert answer["newState"] == answer["oldState"]
    assert own.anna.emails(own.account, [message], "keywords", "mailboxIds") == before


def test_a_message_is_not_answered_any_more(own: Desk) -> None:
    """What is taken away is taken away at Microsoft too; of two marks the other one stays there."""
    message = own.id_of(letter(14))

    def marked(patch: dict[str, Any], verb: str) -> set[str]:
        assert update(own, message, patch)["updated"] == {message: None}
        eventually(lambda: last_verb(own, 14) == verb)
        own.settled()
        (email,) = own.anna.emails(own.account, [message], "keywords")
        return set(email["keywords"]) & {"$answered", "$forwarded"}

    assert marked({"keywords/$answered": True}, "102") == {"$answered"}
    assert marked({"keywords/$forwarded": True}, "104") == {"$answered", "$forwarded"}
    assert marked({"keywords/$forwarded": None}, "102") == {"$answered"}
    assert marked({"keywords/$answered": None}, "0") == set()


def test_two_folders_are_too_many(own: Desk) -> None:
    """A message lies in exactly one folder at Microsoft."""
    message = own.id_of(letter(16))
    archive = own.anna.folder(own.account, "archive")["id"]
    answer = update(own, message, {f"mailboxIds/{archive}": True})

    assert answer["notUpdated"][message]["type"] == "tooManyMailboxes"


def test_the_refused_do_not_hold_up_the_others(own: Desk) -> None:
    """One call with good and bad parts: the good ones are done, each bad one is named."""
    good, other = own.id_of(letter(17)), own.id_of(letter(18))
    answer = own.anna.call(
        "Email/set",
        accountId=own.account,
        create={"k": {"subject": "Neu"}},
        update={good: {"keywords/$flagged": True}, other: {"subject": "x"}, "m9999999": {}, "?": {}},
        destroy=["m9999998"],
    )

    assert answer["updated"] == {good: None}
    assert set(answer["notUpdated"]) == {other, "m9999999", "?"}
    assert answer["notUpdated"]["m9999999"]["type"] == "notFound"
    assert answer["notCreated"]["k"]["type"] == "invalidProperties"
    assert answer["notDestroyed"]["m9999998"]["type"] == "notFound"
    own.settled()


def test_if_in_state_guards_the_call(own: Desk) -> None:
    """Another state than the client believes: stateMismatch, and nothing is changed."""
    message = own.id_of(letter(19))
    state = own.anna.call("Email/get", accountId=own.account, ids=[])["state"]
    args = {"accountId": own.account, "update": {message: {"keywords/$flagged": True}}}

    assert own.anna.refusal("Email/set", **args, ifInState="1.1") == "stateMismatch"
    assert "$flagged" not in keywords(own, message)
    answer = own.anna.call("Email/set", **args, ifInState=state)
    assert (answer["oldState"], answer["updated"]) == (state, {message: None})
    own.settled()


def test_too_many_objects_are_refused_whole(own: Desk) -> None:
    """More than promised in one call: requestTooLarge."""
    args = {"destroy": [f"m{n}" for n in range(1001)]}

    assert own.anna.refusal("Email/set", accountId=own.account, **args) == "requestTooLarge"


def test_a_reader_changes_nothing(own: Desk) -> None:
    """Below the level write the account is read-only: every change is refused, Microsoft is asked nothing."""
    rita = own.office.person("rita")
    own.office.assign(own.account, "rita", "read")
    message = own.id_of(letter(20))
    before = own.office.held(own.anna, own.account)
    folder = own.anna.folder(own.account, "archive")["id"]
    for change in (
        {"update": {message: {"keywords/$seen": True}}},
        {"update": {message: {"keywords/$seen": None}}},
        {"update": {message: {"mailboxIds": {folder: True}}}},
        {"destroy": [message]},
        {},
    ):
        assert rita.refusal("Email/set", accountId=own.account, **change) == "accountReadOnly"
    assert own.office.held(own.anna, own.account) == before
    assert own.anna.sync_state(own.account)["pending"] == 0


def test_what_microsoft_refuses_is_taken_back_with_a_reason(own: Desk) -> None:
    """The mark shows at first, returns, and a notice says why."""
    message = own.id_of(letter(22))
    own.anna.ok("GET", f"/api/mailboxes/{own.account}/notices")
    before = keywords(own, message)
    own.office.simulator.control.fail_next("PATCH", "*/messages/*", status=403, code="ErrorAccessDenied")
    update(own, message, {"keywords/$flagged": True if "$flagged" not in before else None})

    notices = eventually(lambda: own.anna.ok("GET", f"/api/mailboxes/{own.account}/notices")["notices"])
    own.office.simulator.control.clear_faults()
    assert notices[0]["message"] == message
    assert eventually(lambda: keywords(own, message) == before)
    assert own.anna.ok("DELETE", f"/api/mailboxes/{own.account}/notices/{notices[0]['id']}") == {}
    own.settled()


def test_five_hundred_moves_in_one_call_reach_microsoft(office: Office) -> None:
    """A burst is one call here and arrives there complete."""
    address = office.simulator.new_mailbox("burst")
    office.simulator.control.receive_count(address, 500)
    account = office.connect(address)
    anna = office.person("anna")
    eventually(lambda: len(anna.query_all(account)) == 500)
    ids, archive = anna.query_all(account), anna.folder(account, "archive")
    patch = {"mailboxIds": {archive["id"]: True}}
    answer = anna.call("Email/set", accountId=account, update=dict.fromkeys(ids, patch))

    assert len(answer["updated"]) == 500
    assert anna.folder(account, "archive")["totalEmails"] == 500
    office.settled(anna, account)
    assert {m["folder"] for m in office.truth(address).values()} == {(archive["name"],)}


def test_the_state_told_is_the_one_right_after(own: Desk) -> None:
    """Whoever goes on from ``newState`` misses nothing, and is not told of the own change again."""
    message, other = own.id_of(letter(22)), own.id_of(letter(23))
    answer = update(own, message, {"keywords/$flagged": True})
    update(own, other, {"keywords/$flagged": True})

    def changed_since(state: str) -> set[str]:
        return set(own.anna.call("Email/changes", accountId=own.account, sinceState=state)["updated"])

    assert message in changed_since(answer["oldState"])
    assert changed_since(answer["newState"]) == {other}
