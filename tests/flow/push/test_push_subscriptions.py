"""Push subscriptions over real HTTP: a device far away hears of changes, and nobody else does."""

from __future__ import annotations

import json
import queue
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.flow.jmap.client import Client, Json, eventually
from tests.flow.push.conftest import SECRET, Place, change, running, set_up
from tests.flow.push.service import Device, PushService

from poststelle.lib.ids import decode_id
from poststelle.mail.push_subscriptions import LIVES_AT_MOST, MOST_OF_ONE_USER
from poststelle.model.change import ChangeType
from poststelle.model.ids import PUSH, PushId
from poststelle.store import push_subscriptions
from poststelle.store.tx import Tx

VAPID = "urn:ietf:params:jmap:webpush-vapid"
HOUR_S = 3_600.0


def mine(who: Client) -> list[Json]:
    found: list[Json] = who.call("PushSubscription/get", ids=None)["list"]
    return found


def number_of(subscription: Json) -> PushId:
    number = decode_id(PUSH, subscription["id"])
    assert number is not None
    return PushId(number)


def is_quiet(device: Device) -> bool:
    """Whether nothing lies there that was not read."""
    return device.service.box(device.path).empty()


def refused(who: Client, device: Device, **wish: Any) -> Json:
    """What is said of a subscription that is not made."""
    whole = {"deviceClientId": "d", "url": device.url, "keys": device.keys, **wish}
    answer = who.call("PushSubscription/set", create={"k": whole})
    assert answer["created"] is None, answer
    return dict(answer["notCreated"]["k"])


def test_a_device_proves_itself_and_is_told_of_changes(place: Place, anna: Client) -> None:
    """First its code alone, from the right code on each change: encrypted, and signed with our key."""
    account, device = place.account("anna"), place.device()
    made = device.subscribe(anna)
    first = device.next()
    code = device.open(first)
    place.change(account)
    wrong = anna.call("PushSubscription/set", update={made["id"]: {"verificationCode": "x"}})
    before = mine(anna)[-1]["verificationCode"]
    right = anna.call(
        "PushSubscription/set", update={made["id"]: {"verificationCode": code["verificationCode"]}}
    )
    place.change(account, ChangeType.MAILBOX)
    told = device.next()
    session = anna.ok("GET", "/jmap/session")

    assert code == {
        "@type": "PushVerification",
        "pushSubscriptionId": made["id"],
        "verificationCode": code["verificationCode"],
    }
    assert wrong["notUpdated"][made["id"]]["properties"] == ["verificationCode"]
    assert (before, right["updated"]) == (None, {made["id"]: None})
    state = anna.call("Mailbox/get", accountId=account, ids=[])["state"]
    assert device.open(told) == {"@type": "StateChange", "changed": {account: {"Mailbox": state}}}
    key = session["capabilities"][VAPID]["applicationServerKey"]
    assert all(one.headers["authorization"].endswith(f"k={key}") for one in (first, told))
    assert int(told.headers["ttl"]) > 0
    assert account.encode() not in told.body


def test_without_keys_it_is_told_in_plain_json(place: Place, anna: Client) -> None:
    account, device = place.account("anna"), place.device()
    made = device.subscribe(anna, keys=None)
    code = json.loads(device.next().body)["verificationCode"]
    anna.call("PushSubscription/set", update={made["id"]: {"verificationCode": code}})
    place.change(account)
    told = device.next()

    assert told.headers["content-type"] == "application/json"
    assert set(json.loads(told.body)["changed"]) == {account}


def test_only_the_wanted_types_are_told(place: Place, anna: Client) -> None:
    """Also after they were changed; without a list all but those that would wake a phone for ever."""
    account, some, every = place.account("anna"), place.device(), place.device()
    id_ = some.confirmed(anna, types=["Mailbox", "Calendar"])
    every.confirmed(anna)
    place.change(account, ChangeType.EMAIL, ChangeType.SYNC, ChangeType.PRESENCE)
    first = every.read()["changed"][account]
    place.advance(10)
    place.change(account, ChangeType.MAILBOX, ChangeType.SYNC)
    second = some.read()["changed"][account]
    anna.call("PushSubscription/set", update={id_: {"types": ["SyncState"]}})
    place.advance(10)
    place.change(account, ChangeType.EMAIL, ChangeType.SYNC)

    assert (set(first), set(second)) == ({"Email"}, {"Mailbox"})
    assert set(some.read()["changed"][account]) == {"SyncState"}


def test_changes_in_quick_succession_are_told_together(place: Place, anna: Client) -> None:
    """While the device rests they gather; the last word is of the newest state."""
    account, device = place.account("anna"), place.device()
    device.confirmed(anna)
    place.change(account)
    device.read()
    for _ in range(20):
        place.change(account)
    newest = anna.call("Email/get", accountId=account, ids=[])["state"]
    place.advance(10)

    assert device.until(account, "Email") == newest
    assert is_quiet(device)


def test_it_is_seen_by_the_login_that_made_it_alone(place: Place, anna: Client) -> None:
    """Not by another login of the same user, nor by a program of theirs; address and keys by nobody."""
    device = place.device()
    made = device.subscribe(anna, types=["Email"])
    other, (program, _) = place.log_in("anna"), place.program(anna)
    found = anna.call("PushSubscription/get", ids=[made["id"], "p999"])

    assert found["notFound"] == ["p999"]
    assert found["list"] == [{
        "id": made["id"], "deviceClientId": device.path, "verificationCode": None,
        "expires": made["expires"], "types": ["Email"], "poststelle:arrivals": None,
    }]  # fmt: skip
    again = anna.call("PushSubscription/set", update={made["id"]: found["list"][0]})
    assert again["updated"] == {made["id"]: None}
    assert (mine(other), mine(program)) == ([], [])
    for who in (other, program):
        answer = who.call("PushSubscription/set", update={made["id"]: {"types": None}}, destroy=[made["id"]])
        assert answer["notUpdated"][made["id"]]["type"] == "notFound"
        assert answer["notDestroyed"][made["id"]]["type"] == "notFound"
    for property_ in ("url", "keys"):
        assert anna.refusal("PushSubscription/get", ids=None, properties=[property_]) == "forbidden"
    assert device.url not in str(found)


def test_it_goes_with_the_token_that_made_it(place: Place, anna: Client) -> None:
    """At once: what changes afterwards is told to others only."""
    account, lost, kept = place.account("anna"), place.device(), place.device()
    program, token = place.program(anna)
    lost.confirmed(program)
    kept.confirmed(anna)
    anna.ok("DELETE", f"/api/me/tokens/{token}")
    place.change(account)
    kept.until(account, "Email")

    assert is_quiet(lost)


def test_it_goes_with_the_login_and_with_the_user(place: Place, anna: Client) -> None:
    """Logged out; deactivated."""
    place.person("bert"), place.person("carl")
    account = place.account("anna", "bert", "carl")
    kept, left, shut_out = place.device(), place.device(), place.device()
    kept.confirmed(anna)
    bert = place.log_in("bert")
    left.confirmed(bert)
    shut_out.confirmed(place.log_in("carl"))
    bert.ok("POST", "/api/logout")
    place.admin.ok("PATCH", f"/api/users/{place.user_id('carl')}", {"is_active": False})
    place.change(account)
    kept.until(account, "Email")

    assert is_quiet(left)
    assert is_quiet(shut_out)


def test_nobody_is_told_of_a_mailbox_that_was_taken_from_them(place: Place, anna: Client) -> None:
    """Nor of one that their token is not for; one that is given to them is told of at once."""
    dora = place.person("dora")
    taken, other, later = place.account("dora"), place.account("anna", "dora"), place.account()
    whole, narrow = place.device(), place.device()
    whole.confirmed(dora)
    narrow.confirmed(place.program(dora, [other])[0])
    place.unassign(taken, "dora")
    place.change(taken)
    place.change(other)
    told = [whole.read()["changed"], narrow.read()["changed"]]
    place.change(later)
    place.assign(later, "dora")
    place.advance(10)

    assert [set(one) for one in told] == [{other}, {other}]
    whole.until(later, "Email")
    place.advance(10)
    place.change(other)
    assert set(narrow.read()["changed"]) == {other}


@pytest.mark.parametrize("status", [404, 410])
def test_what_the_push_service_has_no_more_is_gone(place: Place, anna: Client, status: int) -> None:
    account, device = place.account("anna"), place.device()
    id_ = device.confirmed(anna)
    place.service.answers[device.path] = (status, {})
    place.change(account)

    device.read()
    eventually(lambda: id_ not in [one["id"] for one in mine(anna)])


@pytest.mark.parametrize("status", [302, 403, 500])
def test_what_could_not_be_told_is_told_later(place: Place, anna: Client, status: int) -> None:
    """By what is true by then; no redirect is followed."""
    account, device = place.account("anna"), place.device()
    device.confirmed(anna)
    place.service.answers[device.path] = (status, {"Location": f"{device.url}/other"})
    place.change(account)
    first = device.read()
    place.change(account)
    place.service.answers.clear()
    newest = anna.call("Email/get", accountId=account, ids=[])["state"]
    place.advance(60)

    assert device.until(account, "Email") == newest != first["changed"][account]["Email"]
    assert place.service.box(f"{device.path}/other").empty()


def test_a_push_service_that_asks_for_time_gets_it(place: Place, anna: Client) -> None:
    """Retry-After is longer than our own wait."""
    account, device = place.account("anna"), place.device()
    device.confirmed(anna)
    place.service.answers[device.path] = (429, {"Retry-After": "7200"})
    place.change(account)
    device.read()
    place.service.answers.clear()
    place.advance(HOUR_S)
    barrier(place, anna, account)
    is_left_alone = is_quiet(device)
    place.advance(2 * HOUR_S)

    assert is_left_alone
    device.until(account, "Email")


def barrier(place: Place, who: Client, account: str) -> None:
    """Wait until the server has told what it had to tell: another device is told of a later change."""
    device = place.device()
    id_ = device.confirmed(who)
    place.change(account)
    device.until(account, "Email")
    who.call("PushSubscription/set", destroy=[id_])


def test_an_address_that_never_takes_its_code_is_given_up(place: Place, anna: Client) -> None:
    """After eight tries."""
    device = place.device()
    place.service.answers[device.path] = (500, {})
    made = device.subscribe(anna)
    device.next()
    id_ = number_of(made)

    def fail_often(tx: Tx) -> bool:
        kept, now = push_subscriptions.get(tx, id_), place.server.clock.now()
        return (
            kept is not None
            and kept.failures == 1
            and push_subscriptions.settle(tx, id_, kept.next_at, next_at=now, failures=7, is_code_sent=False)
        )

    eventually(lambda: place.write(fail_often))
    device.next()
    eventually(lambda: place.read(push_subscriptions.get, id_) is None)


def test_it_ends_when_it_was_to_end_and_can_be_prolonged(place: Place, anna: Client) -> None:
    """At the latest after thirty days, which is told."""
    device, now = place.device(), place.server.clock.now()
    soon = (now + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    short = device.subscribe(anna, expires=soon)
    long = device.subscribe(anna, expires="9999-12-31T23:59:59Z")
    prolonged = anna.call("PushSubscription/set", update={long["id"]: {"expires": None}})["updated"]
    end = datetime.fromisoformat(long["expires"])
    place.advance(HOUR_S + 1)
    there = [one["id"] for one in mine(anna)]

    assert short["expires"] == soon
    assert end - now <= LIVES_AT_MOST + timedelta(seconds=1)  # it is told in whole seconds
    assert prolonged[long["id"]]["expires"] >= long["expires"]
    assert short["id"] not in there and long["id"] in there


def test_destroyed_is_destroyed(place: Place, anna: Client) -> None:
    """Creation ids of the same request count."""
    device = place.device()
    wish = {"deviceClientId": "d", "url": device.url, "keys": device.keys}
    answer = anna.request(
        ("PushSubscription/set", {"create": {"k": wish}}, "0"),
        ("PushSubscription/set", {"destroy": ["#k", "p999", "x"]}, "1"),
    )["methodResponses"]

    assert answer[1][1]["destroyed"] == ["#k"]
    assert set(answer[1][1]["notDestroyed"]) == {"p999", "x"}
    assert answer[0][1]["created"]["k"]["id"] not in [one["id"] for one in mine(anna)]


@pytest.mark.parametrize(
    ("wish", "property_"),
    [
        ({"url": "https://10.0.0.1/push"}, "url"),
        ({"url": "https://[::1]/push"}, "url"),
        ({"url": "http://127.0.0.1/push"}, "url"),
        ({"url": "https://no-such-name.invalid/"}, "url"),
        ({"url": 1}, "url"),
        ({"url": None}, "url"),
        ({"deviceClientId": ""}, "deviceClientId"),
        ({"deviceClientId": "x" * 256}, "deviceClientId"),
        ({"deviceClientId": "a\0b"}, "deviceClientId"),
        ({"keys": {}}, "keys"),
        ({"keys": {"p256dh": "AA", "auth": "AA"}}, "keys"),
        ({"keys": {"p256dh": "ü", "auth": "="}}, "keys"),
        ({"keys": []}, "keys"),
        ({"verificationCode": "x"}, "verificationCode"),
        ({"expires": "tomorrow"}, "expires"),
        ({"expires": "2027-01-01T00:00:00"}, "expires"),
        ({"expires": "0001-01-01T00:00:00Z", "types": "Email"}, "types"),
        ({"expires": "2001-01-01T00:00:00Z"}, "expires"),
        ({"types": [1]}, "types"),
        ({"types": ["x"] * 101}, "types"),
        ({"accountId": "a1"}, "accountId"),
    ],
)
def test_a_wrong_wish_makes_no_subscription(place: Place, anna: Client, wish: Json, property_: str) -> None:
    """The property is named; nothing is sent anywhere."""
    before, device = mine(anna), place.device()
    error = refused(anna, device, **wish)

    assert (error["type"], error["properties"]) == ("invalidProperties", [property_])
    assert mine(anna) == before
    assert is_quiet(device)


@pytest.mark.parametrize(
    "patch",
    [
        {"url": "https://a.example/"},
        {"keys": None},
        {"x": 1},
        {"types/0": "Email"},
        {"verificationCode": 1},
        1,
    ],
)
def test_a_wrong_change_changes_nothing(place: Place, anna: Client, patch: Any) -> None:
    device = place.device()
    made = device.subscribe(anna, types=["Email"])
    answer = anna.call("PushSubscription/set", update={made["id"]: patch}, destroy=[])

    assert answer["updated"] is None
    assert answer["notUpdated"][made["id"]]["type"] in {"invalidProperties", "invalidPatch"}
    anna.call("PushSubscription/set", destroy=[made["id"]])


def test_it_has_neither_account_nor_state(place: Place, anna: Client) -> None:
    """Source: RFC 8620 §7.2.1, §7.2.2."""
    got, set_ = anna.call("PushSubscription/get"), anna.call("PushSubscription/set")

    assert not {"accountId", "state", "oldState", "newState"} & (got.keys() | set_.keys())
    assert anna.refusal("PushSubscription/set", ifInState="1") == "invalidArguments"


def test_there_are_so_many_a_user_and_so_many_in_a_row(place: Place) -> None:
    """Each sends a message to an address that anybody may name."""
    eva, device = place.person("eva"), place.device()
    kinds = []
    for _ in range(21):
        answer = eva.call(
            "PushSubscription/set",
            create={"k": {"deviceClientId": "d", "url": device.url, "keys": device.keys}},
        )
        kinds.append((answer["notCreated"] or {}).get("k", {}).get("type"))
    [*_, last] = mine(eva)
    model = place.read(push_subscriptions.get, number_of(last))
    assert model is not None
    for number in range(MOST_OF_ONE_USER - 20):
        asleep = replace(model, id=PushId(10_000 + number), next_at=model.expires_at)
        place.write(push_subscriptions.insert, asleep)
    place.advance(HOUR_S)
    error = refused(eva, device)

    assert kinds == [None] * 20 + ["rateLimit"]
    assert error["type"] == "overQuota"


@pytest.mark.chooses_database
def test_a_restart_forgets_nothing(tmp_path: Path, service: PushService) -> None:
    """What changed while nobody could be told is told by the next start, under the same key of ours."""
    device = Device(service, "/restarted")
    with running(tmp_path, service) as server:
        admin = set_up(server)
        place = Place(server, service, admin)
        account = place.account("sabine")
        device.confirmed(admin)
        before = admin.ok("GET", "/jmap/session")["capabilities"][VAPID]
    with running(tmp_path, service, with_engines=False) as server:
        change(server, account)
    with running(tmp_path, service) as server:
        told = device.until(account, "Email")
        admin = Client(server.url).log_in("sabine", SECRET)
        now = admin.ok("GET", "/jmap/session")["capabilities"][VAPID]
        state = admin.call("Email/get", accountId=account, ids=[])["state"]

    assert (told, now) == (state, before)
    assert before["applicationServerKey"].encode() not in (tmp_path / "poststelle.db").read_bytes()
    assert service.url.encode() not in (tmp_path / "poststelle.db").read_bytes()
    with pytest.raises(queue.Empty):
        service.box("/restarted").get_nowait()
