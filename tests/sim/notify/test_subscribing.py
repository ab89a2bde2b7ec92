"""Making, showing, renewing and ending subscriptions; what is refused, and in which words."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from tests.sim.identity.conftest import OFFICE
from tests.sim.notify.program import ANNA, CHEF, INFO, Program, by_itself, signed_in
from tests.sim.notify.receiver import Receiver, receiving

from m365sim.notify import rate
from m365sim.server import Running, ServeOptions, running
from m365sim.tls import TlsFiles

OTHER_APP = "11112222-3333-4444-5555-666677778888"


def test_a_subscription_is_answered_in_full(program: Program) -> None:
    """201 with every property of the description; both URLs were asked, the receiver's own query kept."""
    reply = program.ask()

    made = reply.json
    assert reply.status == 201
    assert made.pop("@odata.context").endswith("/v1.0/$metadata#subscriptions/$entity")
    assert made.pop("expirationDateTime").endswith("Z")
    assert len(made.pop("id")) == 36
    assert made == {
        "resource": "me/messages",
        "applicationId": "5a1e0b7c-4f7d-4c1e-9d6a-7f0c3b2e1d55",
        "changeType": "created,updated,deleted",
        "clientState": "secret",
        "notificationUrl": program.receiver.url,
        "notificationQueryOptions": None,
        "lifecycleNotificationUrl": program.receiver.lifecycle_url,
        "creatorId": program.call("GET", "/me").json["id"],
        "includeResourceData": None,
        "latestSupportedTlsVersion": "v1_2",
        "encryptionCertificate": None,
        "encryptionCertificateId": None,
        "notificationUrlAppId": None,
    }
    first, second = program.receiver.tokens
    assert first.startswith("/notifications?validationToken=Validation%3A+Testing+client")
    assert second.startswith("/lifecycle?of=app&validationToken=")


def test_the_receiver_may_call_graph_while_it_is_asked(program: Program) -> None:
    """A handshake holds up nobody: a call made in the middle of it is answered."""
    seen: list[int] = []

    def answer(token: str) -> str:
        seen.append(program.call("GET", "/subscriptions").status)
        return token

    program.receiver.answer = answer
    program.subscribe()

    assert seen == [200, 200]


@pytest.mark.parametrize(
    ("trouble", "message"),
    [
        (
            {"validation_status": 403},
            "Subscription validation request failed. HTTP status code is 'Forbidden'. "
            "Notification endpoint must respond with 200 OK to validation request.",
        ),
        (
            {"validation_status": 202},
            "Subscription validation request failed. HTTP status code is 'Accepted'. "
            "Notification endpoint must respond with 200 OK to validation request.",
        ),
        (
            {"answer": lambda token: token.replace(" ", "+")},
            "Subscription validation request failed. Response must exactly match validationToken query "
            "parameter.",
        ),
        (
            {"validation_type": "text/html"},
            "Subscription validation request failed. Response must exactly match validationToken query "
            "parameter.",
        ),
        ({"validation_delay_s": 0.8}, "Subscription validation request timed out."),
    ],
)
def test_a_bad_handshake_makes_no_subscription(
    program: Program, trouble: dict[str, Any], message: str
) -> None:
    """400 in Microsoft's words for a wrong status, an undecoded token, another type, and for being late."""
    program.control.set_behaviour(validationRealS=0.5)
    for name, value in trouble.items():
        setattr(program.receiver, name, value)

    refused = program.ask()

    assert (refused.status, refused.code) == (400, "ValidationError")
    assert refused.json["error"]["message"] == message
    assert program.control.subscriptions() == []


def test_nobody_listening_is_a_failed_handshake(program: Program) -> None:
    """A closed port is told like any other failure."""
    refused = program.ask(notificationUrl="https://localhost:9/notifications")

    assert (refused.status, refused.code) == (400, "ValidationError")
    assert "must respond with 200 OK" in refused.json["error"]["message"]


@pytest.mark.parametrize(
    ("properties", "part"),
    [
        ({"changeType": None}, "changeType is a required property"),
        ({"notificationUrl": None}, "notificationUrl is a required property"),
        ({"resource": None}, "resource is a required property"),
        ({"expirationDateTime": None}, "expirationDateTime is a required property"),
        ({"expirationDateTime": "tomorrow"}, "expirationDateTime cannot be read"),
        ({"changeType": "created,moved"}, "'moved'"),
        ({"notificationUrl": "http://localhost:9/x"}, "must begin with 'https'"),
        ({"lifecycleNotificationUrl": "http://localhost:9/x"}, "must begin with 'https'"),
        ({"notificationUrl": "https:///x"}, "not a valid URL"),
        ({"clientState": "x" * 129}, "128"),
        ({"latestSupportedTlsVersion": "v2_0"}, "latestSupportedTlsVersion"),
        ({"clientstate": "x"}, "'clientstate'"),
        ({"id": "mine"}, "read-only"),
        ({"resource": "me/mailFolders"}, "'me/mailFolders' is not supported"),
        ({"resource": "me/mailFolders('inbox')"}, "is not supported"),
        ({"resource": "me/messages?$top=5"}, "$top"),
        ({"includeResourceData": True}, "encryptionCertificate is required"),
        ({"encryptionCertificateId": "x"}, "belong together"),
    ],
)
def test_what_is_wrong_is_refused_by_name(program: Program, properties: dict[str, Any], part: str) -> None:
    """400 InvalidRequest that says what; the receiver is not even asked."""
    refused = program.ask(**properties)

    assert (refused.status, refused.code) == (400, "InvalidRequest")
    assert part in refused.json["error"]["message"]
    assert program.receiver.tokens == []


@pytest.mark.parametrize(
    ("properties", "part"),
    [
        ({"resource": "me/events"}, "me/events"),
        ({"resource": "chats/getAllMessages"}, "chats/getAllMessages"),
        ({"resource": "me/messages/AAMkAD"}, "me/messages/AAMkAD"),
        ({"resource": "me/messages?$expand=attachments"}, "$expand"),
        ({"resource": "me/messages?$select=subject"}, "$select"),
        ({"notificationQueryOptions": "x"}, "notificationQueryOptions"),
        ({"notificationUrlAppId": "x"}, "notificationUrlAppId"),
        ({"latestSupportedTlsVersion": "v1_0"}, "v1_0"),
        ({"notificationUrl": "EventHub:https://vault.example/secrets/x"}, "EventHub"),
    ],
)
def test_what_is_not_simulated_says_so(program: Program, properties: dict[str, Any], part: str) -> None:
    """501 with the name."""
    refused = program.ask(**properties)

    assert (refused.status, refused.code) == (501, "NotImplementedInSimulation")
    assert part in refused.json["error"]["message"]


def test_the_lifetime_has_a_ceiling_that_can_be_switched(program: Program) -> None:
    """4,230 minutes as most reports have it, 10,080 as the newest guide says."""
    refused = program.ask(expirationDateTime=program.ends(4231))
    program.control.set_behaviour(subscriptionMinutes=10_080)

    assert (refused.status, refused.code) == (400, "ErrorInvalidParameter")
    text = "Subscription expiration can only be 4230 minutes in the future."
    assert refused.json["error"]["message"] == text
    assert program.ask(expirationDateTime=program.ends(10_079)).status == 201


def test_a_short_lifetime_is_raised_to_45_minutes(program: Program) -> None:
    """One minute becomes 45; an instant that has passed is refused."""
    made = program.subscribe(expirationDateTime=program.ends(1))
    past = program.ask(expirationDateTime=program.ends(-1))

    assert made["expirationDateTime"][:16] in (program.ends(45)[:16], program.ends(44.9)[:16])
    assert (past.status, past.code) == (400, "ErrorInvalidParameter")


def test_plain_http_to_this_machine_can_be_switched_on(program: Program, certificate: TlsFiles) -> None:
    """For receivers without a certificate; another host still needs https."""
    program.control.set_behaviour(subscriptionHttpLocalhost=True)
    with receiving(certificate.certificate, None) as plain:
        program.receiver = plain
        program.subscribe()
        program.receive()
        program.control.settle()

    assert plain.kinds() == ["created"]
    assert program.ask(notificationUrl="http://app.example/x").code == "InvalidRequest"


def test_an_unknown_certificate_is_not_trusted(
    program: Program, tmp_path: Path, certificate: TlsFiles
) -> None:
    """A certificate of a foreign CA fails the handshake, until its CA is given at the start."""
    with running(ServeOptions(tmp_path / "other", lambda: OFFICE)) as stranger:
        foreign = Program(stranger, program.receiver, signed_in(stranger))
        refused = foreign.ask()
    with running(ServeOptions(tmp_path / "other", lambda: OFFICE, notify_ca=certificate.ca)) as stranger:
        foreign = Program(stranger, program.receiver, signed_in(stranger))
        accepted = foreign.ask()

    assert (refused.status, refused.code, accepted.status) == (400, "ValidationError", 201)


# -- who may ---------------------------------------------------------------------------------------


def test_a_signed_in_user_hears_of_the_own_mailbox_only(program: Program) -> None:
    """403 for another's, whatever .Shared permissions there are; and .Shared alone is not enough."""
    program.control.set_user(ANNA, mayOpen=[INFO])
    shared = "User.Read Mail.Read.Shared Mail.ReadWrite.Shared"
    both = Program(program.sim, program.receiver, signed_in(program.sim, scopes=f"{shared} Mail.ReadWrite"))
    only = Program(program.sim, program.receiver, signed_in(program.sim, CHEF, shared))

    others = both.ask(resource=f"users/{INFO}/messages")
    own = only.ask(resource="me/messages")

    assert (others.status, others.code) == (403, "ErrorAccessDenied")
    assert (own.status, own.code) == (403, "ErrorAccessDenied")
    assert both.ask(resource=f"users/{ANNA}/messages").status == 201


def test_reading_basics_is_enough_but_not_for_resource_data(sim: Running, receiver: Receiver) -> None:
    """Mail.ReadBasic allows the plain kind; User.Read alone none."""
    basic = Program(sim, receiver, signed_in(sim, scopes="User.Read Mail.ReadBasic"))
    nothing = Program(sim, receiver, signed_in(sim, CHEF, "User.Read"))

    assert basic.ask().status == 201
    assert nothing.ask().status == 403


def test_an_app_by_itself_has_no_me_and_needs_a_permission(sim: Running, receiver: Receiver) -> None:
    """/me is 400 without a user; without Mail.Read any mailbox is 403; another tenant's user is 404."""
    app = Program(sim, receiver, by_itself(sim))
    poor = Program(sim, receiver, by_itself(sim, OTHER_APP, "User.Read.All"))

    assert app.ask(resource="me/messages").status == 400
    assert poor.ask(resource=f"users/{CHEF}/messages").status == 403
    assert app.ask(resource="users/max@strict.example/messages").status == 404


def test_each_app_sees_its_own(program: Program) -> None:
    """Another user or app gets an empty list and 404; the app by itself sees what it did for users."""
    made = program.subscribe()
    chef = Program(program.sim, program.receiver, signed_in(program.sim, CHEF))
    stranger = Program(program.sim, program.receiver, by_itself(program.sim, OTHER_APP))
    itself = Program(program.sim, program.receiver, by_itself(program.sim))

    for other in (chef, stranger):
        assert other.call("GET", "/subscriptions").json["value"] == []
        assert other.call("GET", f"/subscriptions/{made['id']}").code == "ResourceNotFound"
        assert other.call("DELETE", f"/subscriptions/{made['id']}").status == 404
    assert [s["id"] for s in itself.call("GET", "/subscriptions").json["value"]] == [made["id"]]


def test_lists_come_in_pages_and_keep_the_secret(program: Program) -> None:
    """Links lead from page to page; clientState is not shown again."""
    ids = [program.subscribe()["id"] for _ in range(3)]
    first = program.call("GET", "/subscriptions?$top=2").json
    second = program.call("GET", first["@odata.nextLink"]).json

    assert [s["id"] for s in first["value"] + second["value"]] == ids
    assert "@odata.nextLink" not in second
    assert {s["clientState"] for s in first["value"]} == {None}
    assert program.call("GET", "/subscriptions?$filter=x").status == 501


def test_a_mailbox_has_room_for_a_thousand(own_program: Program) -> None:
    """The next one is 403, whichever app asks."""
    book, made = own_program.sim.simulation.subscriptions, own_program.subscribe()
    kept = book.get(made["id"])
    assert kept is not None
    for _ in range(999):
        book.add(kept)

    refused = own_program.ask()

    assert (refused.status, refused.code) == (403, "ExtensionError")
    assert "Maximum number of subscriptions" in refused.json["error"]["message"]


def test_too_many_calls_are_throttled(program: Program) -> None:
    """The five thousand and first call within twenty seconds is 429 with a time to wait."""
    sim, app = program.sim.simulation, "5a1e0b7c-4f7d-4c1e-9d6a-7f0c3b2e1d55"
    [user] = [u for u in sim.directory.users.values() if u.upn == ANNA]
    for _ in range(rate.CALLS):
        sim.notifier.rate.wait_s(app, user.tenant_id, sim.clock.now().timestamp())
    throttled = program.call("GET", "/subscriptions")
    program.control.advance(rate.WINDOW_S)

    assert (throttled.status, throttled.code) == (429, "TooManyRequests")
    assert 0 < float(throttled.headers["retry-after"]) <= rate.WINDOW_S
    assert program.call("GET", "/subscriptions").status == 200


# -- changing --------------------------------------------------------------------------------------


def test_a_renewal_moves_the_end(program: Program) -> None:
    """PATCH answers 200 with the new end, which notifications then carry."""
    made = program.subscribe()
    renewed = program.call(
        "PATCH", f"/subscriptions/{made['id']}", {"expirationDateTime": program.ends(4000)}
    )
    program.receive()
    program.control.settle()

    assert renewed.status == 200
    assert renewed.json["expirationDateTime"] > made["expirationDateTime"]
    [told] = program.receiver.told()
    assert told["subscriptionExpirationDateTime"] == renewed.json["expirationDateTime"]


def test_a_new_address_is_asked_first(program: Program) -> None:
    """PATCH of notificationUrl shakes hands again; a refusal leaves everything as it was."""
    made = program.subscribe()
    path = f"/subscriptions/{made['id']}"
    moved = program.call("PATCH", path, {"notificationUrl": f"{program.receiver.base}/notifications/new"})
    program.receiver.validation_status = 500
    refused = program.call("PATCH", path, {"notificationUrl": f"{program.receiver.base}/other"})
    program.receive()
    program.control.settle()

    assert (moved.status, refused.status, refused.code) == (200, 400, "ValidationError")
    assert [path for path, _ in program.receiver.posts] == ["/notifications/new"]


@pytest.mark.parametrize(
    "body",
    [
        {"lifecycleNotificationUrl": "https://app.example/x"},
        {"resource": "me/mailFolders('inbox')/messages"},
        {"clientState": "other"},
        {"changeType": "created"},
        {"unknown": 1},
        {},
    ],
)
def test_all_else_cannot_be_changed(program: Program, body: dict[str, Any]) -> None:
    """400: a lifecycle URL, say, takes a new subscription."""
    made = program.subscribe()

    refused = program.call("PATCH", f"/subscriptions/{made['id']}", body)

    assert (refused.status, refused.code) == (400, "InvalidRequest")


def test_a_renewal_needs_access(program: Program) -> None:
    """A token that may not read mail cannot renew or reauthorise."""
    made = program.subscribe()
    program.token = by_itself(program.sim, "5a1e0b7c-4f7d-4c1e-9d6a-7f0c3b2e1d55", "User.Read.All")

    assert (
        program.call("PATCH", f"/subscriptions/{made['id']}", {"expirationDateTime": program.ends(60)}).status
        == 403
    )
    assert program.call("POST", f"/subscriptions/{made['id']}/reauthorize").status == 403


def test_inside_a_batch(program: Program) -> None:
    """A subscription can be made by a part of $batch."""
    body = {
        "changeType": "created",
        "notificationUrl": program.receiver.url,
        "resource": "me/messages",
        "expirationDateTime": program.ends(60),
    }
    part = {"id": "1", "method": "POST", "url": "/subscriptions", "body": body}
    part["headers"] = {"Content-Type": "application/json"}

    answer = program.call("POST", "/$batch", {"requests": [part]}).json["responses"][0]

    assert (answer["status"], answer["body"]["changeType"]) == (201, "created")


def test_a_certificate_that_is_none(program: Program) -> None:
    """Base64 of anything else is refused."""
    refused = program.ask(
        includeResourceData=True,
        encryptionCertificate=b64encode(b"nonsense").decode(),
        encryptionCertificateId="1",
        resource="me/messages?$select=subject",
        expirationDateTime=program.ends(60),
    )

    assert (refused.status, refused.code) == (400, "InvalidRequest")
    assert "X.509" in refused.json["error"]["message"]
