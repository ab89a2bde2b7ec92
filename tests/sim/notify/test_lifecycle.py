"""A subscription's own life: reminders, pauses, removal, restarts."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from tests.sim.identity.conftest import OFFICE
from tests.sim.notify.program import ANNA, CHEF, Program, signed_in
from tests.sim.notify.receiver import Receiver

from m365sim.clock import Clock
from m365sim.control.client import ControlClient, ControlError
from m365sim.kept import Keeper
from m365sim.server import DEMO_CLIENT_ID, Running, ServeOptions, running

TENANT = "lindner.example"


def _identity(sim: Running, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """One call of the control of identities; its answer."""
    url = f"{sim.pages_url}/control/identity{path}"
    request = urllib.request.Request(url, json.dumps(body or {}).encode(), method=method)
    with urllib.request.urlopen(request, timeout=60) as response:
        assert response.status == 200
        return json.load(response)


@pytest.fixture
def hourly(program: Program) -> Program:
    """The program with a token of exactly an hour."""
    _identity(program.sim, "PUT", "/access-token-lifetime", {"seconds": 3600})
    program.token = signed_in(program.sim)
    return program


def test_the_app_is_reminded_before_its_token_ends(hourly: Program) -> None:
    """Every fifteen minutes of the last hour, and when it is over."""
    hourly.subscribe()
    counts = []
    for seconds in (600, 310, 900, 900, 900, 900):
        hourly.control.advance(seconds)
        hourly.control.settle()
        counts.append(len(hourly.receiver.events()))

    assert counts == [0, 1, 2, 3, 4, 4]
    assert set(hourly.receiver.events()) == {"reauthorizationRequired"}


def test_one_reminder_stands_for_those_slept_through(hourly: Program) -> None:
    """A clock that jumps over several sends one."""
    hourly.subscribe()
    hourly.control.advance(3500)
    hourly.control.settle()

    assert hourly.receiver.events() == ["reauthorizationRequired"]


def test_delivery_pauses_when_the_token_has_run_out(hourly: Program) -> None:
    """What happens is held, and told when the subscription is reauthorised; its end stays the same."""
    made = hourly.subscribe()
    hourly.control.advance(3601)
    hourly.receive()
    waiting = hourly.control.settle()
    paused = (hourly.receiver.told(), hourly.row()["state"])
    hourly.token = signed_in(hourly.sim)
    done = hourly.call("POST", f"/subscriptions/{made['id']}/reauthorize")
    hourly.control.settle()

    assert (waiting, paused) == (1, ([], "paused"))
    assert (done.status, done.body) == (204, b"")
    assert hourly.receiver.kinds() == ["created"]
    assert hourly.row()["expirationDateTime"] == made["expirationDateTime"]


def test_a_renewal_reauthorises_too(hourly: Program) -> None:
    """PATCH with a fresh token lets notifications flow again."""
    made = hourly.subscribe()
    hourly.control.advance(3601)
    hourly.receive()
    hourly.token = signed_in(hourly.sim)
    body = {"expirationDateTime": hourly.ends(4000)}
    assert hourly.call("PATCH", f"/subscriptions/{made['id']}", body).status == 200
    hourly.control.settle()

    assert hourly.receiver.kinds() == ["created"]


def test_what_is_held_is_lost_after_four_hours(hourly: Program) -> None:
    """Then the app is told that it missed something."""
    hourly.subscribe()
    hourly.control.advance(3601)
    hourly.receive()
    hourly.control.settle()
    hourly.control.advance(4 * 3600)
    hourly.control.settle()

    assert hourly.receiver.told() == []
    assert hourly.receiver.events()[-1] == "missed"
    assert hourly.row()["dropped"] == 1


def test_tokens_need_not_count(hourly: Program) -> None:
    """With the switch off, notifications flow to the subscription's end."""
    hourly.control.set_behaviour(subscriptionNeedsToken=False)
    hourly.subscribe()
    hourly.control.advance(7200)
    hourly.receive()
    hourly.control.settle()

    assert hourly.receiver.kinds() == ["created"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/consents/withdraw", {"client_id": DEMO_CLIENT_ID, "user": ANNA}),
        ("PUT", f"/users/{ANNA}", {"is_enabled": False}),
        ("PUT", f"/users/{ANNA}", {"has_mailbox": False}),
        ("PUT", f"/apps/{DEMO_CLIENT_ID}", {"is_enabled": False}),
        ("POST", f"/users/{ANNA}/revoke", {}),
    ],
)
def test_a_subscription_ends_with_the_access(
    own_program: Program, method: str, path: str, body: dict[str, Any]
) -> None:
    """Consent or licence taken, user or app disabled, sign-ins revoked: removed, and the app is told."""
    own_program.subscribe()
    _identity(own_program.sim, method, path, body)
    own_program.control.settle()

    assert own_program.receiver.events() == ["subscriptionRemoved"]
    assert own_program.control.subscriptions() == []


def _itself(program: Program) -> Program:
    """The demo app by itself, subscribed to Anna's mailbox."""
    who = {"tenant": TENANT, "client_id": DEMO_CLIENT_ID}
    token = _identity(program.sim, "POST", "/app-tokens", who)["access_token"]
    itself = Program(program.sim, program.receiver, token)
    itself.subscribe(resource=f"users/{ANNA}/messages")
    return itself


def _ended(program: Program) -> bool:
    """Whether the only subscription is gone and its app was told; both or neither must be so."""
    program.control.settle()
    events, left = program.receiver.events(), program.control.subscriptions()
    assert (events, len(left)) in (([], 1), (["subscriptionRemoved"], 0))
    return not left


_APP = {"client_id": DEMO_CLIENT_ID, "tenant": TENANT}
_MAIL_READ = {**_APP, "app_permissions": ["Mail.Read"]}


def test_an_apps_own_subscription_ends_with_the_tenants_grant(own_program: Program) -> None:
    """What another tenant takes back does not matter; what its own takes back does."""
    sim = own_program.sim
    _identity(sim, "POST", "/consents/grant", _MAIL_READ)
    itself = _itself(own_program)
    _identity(sim, "POST", "/consents/withdraw", {**_APP, "tenant": "strict.example"})
    before = _ended(itself)

    _identity(sim, "POST", "/consents/withdraw", _APP)

    assert (before, _ended(itself)) == (False, True)


def test_an_apps_own_subscription_ends_with_its_role(own_program: Program) -> None:
    """A role of Exchange is enough for it, as long as it is there."""
    sim = own_program.sim
    roles = f"/apps/{DEMO_CLIENT_ID}/roles"
    scope = {"addresses": [ANNA]}
    role = _identity(sim, "POST", roles, {"tenant": TENANT, "role": "Application Mail.Read", "scope": scope})
    itself = _itself(own_program)
    before = _ended(itself)

    _identity(sim, "DELETE", f"{roles}/{role['id']}")

    assert (before, _ended(itself)) == (False, True)


@pytest.mark.parametrize(("member", "is_ended"), [(ANNA, True), (CHEF, False)])
def test_an_access_policy_ends_an_apps_own_subscription(
    own_program: Program, member: str, *, is_ended: bool
) -> None:
    """When it closes this mailbox; another's does not matter."""
    sim = own_program.sim
    _identity(sim, "POST", "/consents/grant", _MAIL_READ)
    itself = _itself(own_program)
    _identity(sim, "PUT", "/groups/closed@lindner.example", {"members": [member]})

    policy = {"tenant": TENANT, "right": "DenyAccess", "group": "closed@lindner.example"}
    _identity(sim, "POST", f"/apps/{DEMO_CLIENT_ID}/access-policies", policy)

    assert _ended(itself) == is_ended


@pytest.mark.parametrize("event", ["missed", "subscriptionRemoved", "reauthorizationRequired"])
def test_each_event_can_be_provoked(program: Program, event: str) -> None:
    """The control API sends it; a removal really removes."""
    made = program.subscribe()
    program.control.lifecycle(made["id"], event)
    program.control.settle()

    assert program.receiver.events() == [event]
    assert len(program.control.subscriptions()) == (event != "subscriptionRemoved")


def test_events_that_wait_outlive_their_subscription(program: Program) -> None:
    """What was not accepted comes again after the app has ended the subscription; a change does not."""
    made = program.subscribe()
    program.receiver.status = 500
    program.control.lifecycle(made["id"], "reauthorizationRequired")
    program.receive()
    program.control.settle()
    refused = (program.receiver.events(), program.receiver.kinds())
    program.receiver.posts.clear()
    program.receiver.status = 202

    assert program.call("DELETE", f"/subscriptions/{made['id']}").status == 204
    program.control.advance(10)
    program.control.settle()

    assert refused == (["reauthorizationRequired"], ["created"])
    assert (program.receiver.events(), program.receiver.kinds()) == (["reauthorizationRequired"], [])


def test_without_an_address_for_events_there_are_none(program: Program) -> None:
    """The control API says so, and a subscription that vanishes does it silently."""
    made = program.subscribe(lifecycleNotificationUrl=None)
    with pytest.raises(ControlError, match="409"):
        program.control.lifecycle(made["id"], "missed")
    program.control.forget_subscription(made["id"])
    program.receive()
    program.control.settle()

    assert program.receiver.posts == []
    assert program.call("GET", f"/subscriptions/{made['id']}").status == 404


def test_the_overview_of_subscriptions(program: Program) -> None:
    """A row says whose, what, where, until when, and how it fared."""
    made = program.subscribe()
    program.receive()
    program.control.settle()

    row = program.row()
    assert (row["id"], row["mailbox"], row["appId"]) == (made["id"], ANNA, DEMO_CLIENT_ID)
    assert (row["state"], row["delivered"], row["failed"], row["lastStatus"]) == ("active", 1, 0, 202)
    assert (row["resource"], row["notificationUrl"]) == ("me/messages", program.receiver.url)


def test_settling_says_when_it_takes_too_long(program: Program) -> None:
    """A receiver that holds its answer back keeps things from being quiet."""
    program.subscribe()
    program.receiver.delay_s = 0.5
    program.receive()

    with pytest.raises(ControlError, match="409"):
        program.control.settle(0.1)


def test_subscriptions_survive_a_restart(data_dir: Path, receiver: Receiver) -> None:
    """Taken up again they go on, filters included; what waited at the stop is told as missed."""
    options = ServeOptions(data_dir, lambda: OFFICE, keep_as="test")
    with running(options, Clock()) as sim:
        program = Program(sim, receiver, signed_in(sim))
        made = program.subscribe(resource="me/messages?$filter=isRead eq false")
        receiver.status = 500
        message = program.receive()
        program.control.settle()
    receiver.posts.clear()
    receiver.status = 202
    with running(options, Clock()) as sim:
        program = Program(sim, receiver, signed_in(sim))
        program.control.settle()
        program.control.update(ANNA, [message], isRead=True)
        program.control.settle()
        found = program.call("GET", f"/subscriptions/{made['id']}")

    assert found.status == 200
    assert receiver.events() == ["missed"]
    assert receiver.kinds() == ["deleted"]


def test_after_a_crash_the_app_is_told_that_it_missed_something(data_dir: Path, receiver: Receiver) -> None:
    """Nobody knows what was told since the world was last saved."""
    options = ServeOptions(data_dir, lambda: OFFICE, keep_as="test")
    with running(options, Clock()) as sim:
        Program(sim, receiver, signed_in(sim)).subscribe()
        Keeper(data_dir, "test").save_if_changed(sim.simulation)
        kept = (data_dir / "world.running").read_bytes()
    (data_dir / "world.stopped").unlink()
    (data_dir / "world.running").write_bytes(kept)
    with running(options, Clock()) as sim:
        ControlClient(sim.pages_url).settle()

    assert receiver.events() == ["missed"]
