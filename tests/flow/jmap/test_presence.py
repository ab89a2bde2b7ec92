"""Who else reads or answers a message, and who has answered it: two people over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from tests.flow.jmap.client import CORE, MAIL, OURS, Client, Json, eventually
from tests.flow.jmap.conftest import Desk, letters, new_desk
from tests.flow.jmap.office import SECRET, Office
from tests.flow.jmap.test_sending import create, submit

SENDING = [CORE, MAIL, "urn:ietf:params:jmap:submission", OURS]


@pytest.fixture(scope="module")
def own(office: Office) -> Desk:
    """A mailbox of Anna's and Thomas's."""
    desk = new_desk(office, *letters(2))
    office.assign(desk.account, "thomas")
    return desk


@pytest.fixture
def thomas(own: Desk) -> Client:
    return own.office.person("thomas")


def message(desk: Desk) -> str:
    return desk.anna.query_all(desk.account)[0]


def say(client: Client, account: str, client_id: str = "tab", **what: list[str]) -> Json:
    return client.call("Presence/announce", accountId=account, clientId=client_id, **what)


def seen(client: Client, account: str) -> list[tuple[str, str, str]]:
    """Who does what with which message."""
    found = client.call("Presence/get", accountId=account)["list"]
    return [(one["name"], one["activity"], one["emailId"]) for one in found]


def test_a_colleague_sees_at_once_who_reads_and_who_answers(own: Desk, thomas: Client) -> None:
    """The event stream tells that something changed, /get what: a name and since when, no address."""
    email = message(own)
    with own.anna.events("Presence") as events:
        told = say(thomas, own.account, reading=[email])
        state = events.until(own.account, "Presence")
        got = own.anna.call("Presence/get", accountId=own.account)
        say(thomas, own.account, answering=[email])
        events.until(own.account, "Presence")

        assert seen(own.anna, own.account) == [("Thomas", "answering", email)]
        say(thomas, own.account)
        events.until(own.account, "Presence")

    [one] = got["list"]
    assert set(one) == {"id", "emailId", "name", "activity", "since", "until"}
    assert (one["name"], one["activity"], one["emailId"]) == ("Thomas", "reading", email)
    assert told == {"accountId": own.account, "until": one["until"], "notShown": []}
    assert got["state"] == state
    assert seen(own.anna, own.account) == seen(thomas, own.account) == []


def test_changes_tell_that_all_is_to_be_read_again(own: Desk, thomas: Client) -> None:
    """Nothing changed since the state, or it cannot be told what."""
    state = own.anna.call("Presence/get", accountId=own.account)["state"]
    same = own.anna.call("Presence/changes", accountId=own.account, sinceState=state)
    say(thomas, own.account, reading=[message(own)])
    refused = own.anna.refusal("Presence/changes", accountId=own.account, sinceState=state)
    say(thomas, own.account)

    assert (same["newState"], same["created"], same["updated"], same["destroyed"]) == (state, [], [], [])
    assert refused == "cannotCalculateChanges"


def test_some_properties_and_ids(own: Desk, thomas: Client) -> None:
    """As every /get: what is asked for, and what is not there by name."""
    email = message(own)
    say(thomas, own.account, reading=[email])
    [one] = own.anna.call("Presence/get", accountId=own.account, properties=["name"])["list"]
    again = own.anna.call("Presence/get", accountId=own.account, ids=[one["id"], "nobody"])
    say(thomas, own.account)

    assert set(one) == {"id", "name"}
    assert ([each["id"] for each in again["list"]], again["notFound"]) == ([one["id"]], ["nobody"])


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"clientId": ""}, "invalidArguments"),
        ({"clientId": "x" * 65}, "invalidArguments"),
        ({}, "invalidArguments"),
        ({"clientId": "t", "reading": [1]}, "invalidArguments"),
        ({"clientId": "t", "writing": ["m1"]}, "invalidArguments"),
        ({"clientId": "t", "reading": [f"m{n}" for n in range(26)]}, "requestTooLarge"),
    ],
)
def test_what_cannot_be_said_is_refused_by_name(own: Desk, said: dict[str, Any], error: str) -> None:
    """Nothing is silently ignored."""
    assert own.anna.refusal("Presence/announce", accountId=own.account, **said) == error


def test_it_is_said_every_twenty_seconds_not_all_the_time(own: Desk, office: Office) -> None:
    """After sixty in a row a user is asked to wait; others are not."""
    office.assign(own.account, "eilig")
    hasty = office.person("eilig")
    args = {"accountId": own.account, "clientId": "t", "reading": ["m999999"]}
    calls = [("Presence/announce", args, str(n)) for n in range(30)]
    answers = [name for _ in range(3) for name, _, _ in hasty.request(*calls)["methodResponses"]]

    assert answers[:60] == ["Presence/announce"] * 60
    assert "error" in answers
    assert say(own.anna, own.account)["notShown"] == []


def test_who_is_not_assigned_any_more_is_gone_at_once(own: Desk, office: Office) -> None:
    """Neither seen nor seeing; colleagues are told at that moment."""
    office.assign(own.account, "gast")
    guest, email = office.person("gast"), message(own)
    say(guest, own.account, reading=[email])
    assert ("Gast", "reading", email) in seen(own.anna, own.account)
    with own.anna.events("Presence") as events:
        office.unassign(own.account, "gast")
        events.until(own.account, "Presence")

    assert seen(own.anna, own.account) == []
    for name, args in (("Presence/get", {}), ("Presence/announce", {"clientId": "t", "reading": [email]})):
        assert guest.refusal(name, accountId=own.account, **args) == "accountNotFound"


def test_who_is_deactivated_or_logs_out_is_gone_at_once(own: Desk, office: Office) -> None:
    """The login is what it was said by."""
    office.assign(own.account, "kurz")
    first, email = office.person("kurz"), message(own)
    second = office.log_in("kurz")
    say(first, own.account, reading=[email])
    with own.anna.events("Presence") as events:
        say(second, own.account, answering=[email])
        events.until(own.account, "Presence")
        second.ok("POST", "/api/logout")
        events.until(own.account, "Presence")
        assert seen(own.anna, own.account) == [("Kurz", "reading", email)]
        office.admin.ok("PATCH", f"/api/users/{office.user_id('kurz')}", {"is_active": False})
        events.until(own.account, "Presence")

    assert seen(own.anna, own.account) == []


def test_what_nobody_says_again_ends_and_that_is_told(own: Desk, thomas: Client) -> None:
    """A browser that crashed says no farewell: when its minute is over colleagues hear of it."""
    say(thomas, own.account, reading=[message(own)])
    with own.anna.events("Presence") as events:
        own.office.server.run_sql("update presences set ends_at = 0")  # a minute later
        assert seen(own.anna, own.account) == []
        events.until(own.account, "Presence")


def test_a_program_sees_and_says_as_far_as_its_token_goes(own: Desk, thomas: Client) -> None:
    """With a token for reading it sees and is seen, but answers nothing; it is gone with its token."""
    email = message(own)
    body = {"name": "Skript", "level": "read", "mailboxes": [own.account], "days": 1, "password": SECRET}
    made = thomas.ok("POST", "/api/me/tokens", body)
    program = Client(thomas.base, authorization=f"Bearer {made['secret']}")
    say(own.anna, own.account, reading=[email])
    assert seen(program, own.account) == [("Anna", "reading", email)]
    say(own.anna, own.account)
    answers = {"accountId": own.account, "clientId": "script", "answering": [email]}
    assert program.refusal("Presence/announce", **answers) == "forbidden"
    say(program, own.account, reading=[email])
    assert seen(own.anna, own.account) == [("Thomas", "reading", email)]

    thomas.ok("DELETE", f"/api/me/tokens/{made['token']['id']}")

    assert seen(own.anna, own.account) == []


def test_who_does_not_show_what_they_read(own: Desk, thomas: Client) -> None:
    """A choice of one's own, on the profile: readings are not shown, answers are."""
    email = message(own)
    assert thomas.ok("PATCH", "/api/me", {"shows_reading": False})["shows_reading"] is False
    hidden = say(thomas, own.account, reading=[email])
    assert (hidden["notShown"], seen(own.anna, own.account)) == ([email], [])
    say(thomas, own.account, answering=[email])

    assert seen(own.anna, own.account) == [("Thomas", "answering", email)]
    assert thomas.ok("PATCH", "/api/me", {"shows_reading": True})["shows_reading"] is True
    say(thomas, own.account)


# -- who has answered ---------------------------------------------------------------------------------


def answers(client: Client, account: str, email: str) -> list[Json]:
    [found] = client.call("Answer/get", accountId=account, ids=[email])["list"]
    assert found["id"] == email
    return list(found["answers"])


def test_an_answer_from_here_is_known_from_the_moment_it_is_submitted(own: Desk, thomas: Client) -> None:
    """By whom and when, while it is held, and after it was sent; a canceled one was none."""
    key = own.receive(subject="Frage", messageId="<frage.1@kunden.example>")
    eventually(lambda: key in own.office.held(own.anna, own.account))
    email = own.id_of(key)
    assert answers(thomas, own.account, email) == []
    made = create(own, inReplyTo=[key], **{"poststelle:answers": email})
    sent = submit(own, emailId=made["id"])
    [one] = answers(thomas, own.account, email)

    assert one | {"at": None} == {
        "emailId": made["id"], "name": "Anna", "at": None, "origin": "here", "isMine": False, "isSent": False,
    }  # fmt: skip
    assert one["at"] == sent["sendAt"]
    assert answers(own.anna, own.account, email)[0]["isMine"] is True
    cancel = {"accountId": own.account, "update": {sent["id"]: {"undoStatus": "canceled"}}}
    own.anna.request(("EmailSubmission/set", cancel, "0"), using=SENDING)
    assert answers(thomas, own.account, email) == []

    submit(own, emailId=made["id"], envelope=None, **{"poststelle:marks": {email: "$answered"}})
    own.office.server.run_sql("update submissions set send_at = 0, due_at = 0 where state = 'pending'")

    done = eventually(lambda: [a for a in answers(thomas, own.account, email) if a["isSent"]])
    assert [(a["name"], a["origin"], a["emailId"]) for a in done] == [("Anna", "here", made["id"])]
    own.settled()


def test_colleagues_are_told_what_was_done_with_a_message(own: Desk, thomas: Client) -> None:
    """Answered, taken back and flagged, with their names; that somebody reads, a little later."""
    key = own.receive(subject="Verlauf", messageId="<verlauf.1@kunden.example>")
    eventually(lambda: key in own.office.held(own.anna, own.account))
    email = own.id_of(key)
    path = f"/api/mailboxes/{own.account}/messages/{email}/history"
    assert thomas.ok("GET", path) == {"deeds": [], "next": None}
    made = create(own, inReplyTo=[key], **{"poststelle:answers": email})
    sent = submit(own, emailId=made["id"])
    cancel = {"accountId": own.account, "update": {sent["id"]: {"undoStatus": "canceled"}}}
    own.anna.request(("EmailSubmission/set", cancel, "0"), using=SENDING)
    patch = {email: {"keywords/$flagged": True}}
    thomas.call("Email/set", accountId=own.account, update=patch)
    thomas.call("Email/get", accountId=own.account, ids=[email], properties=["bodyValues"],
                fetchAllBodyValues=True)  # fmt: skip

    def deeds(client: Client) -> list[tuple[str, str, bool]]:
        found = client.ok("GET", path)["deeds"]
        return [(one["action"], one["name"], one["is_mine"]) for one in found]

    done = [
        ("mail.flagged", "Thomas", False),
        ("mail.canceled", "Anna", True),
        ("mail.answered", "Anna", True),
    ]
    eventually(lambda: deeds(own.anna) == [("mail.read", "Thomas", False), *done])
    thomas.ok("PATCH", "/api/me", {"shows_reading": False})
    assert deeds(own.anna) == done
    assert deeds(thomas)[0] == ("mail.read", "Thomas", True)
    thomas.ok("PATCH", "/api/me", {"shows_reading": True})
    assert own.office.admin.get(path).status == 404
    assert thomas.get(path.replace(email, "m999999")).status == 404
    own.settled()


def test_an_answer_by_outlook_is_known_when_it_is_here(own: Desk, thomas: Client) -> None:
    """A message of the mailbox's own address that names it; nobody of us, so without a name."""
    key = own.receive(subject="Anruf", messageId="<anruf.1@kunden.example>")
    eventually(lambda: key in own.office.held(own.anna, own.account))
    email = own.id_of(key)
    reply = {
        "folder": "sentitems", "subject": "Re: Anruf", "from": f"Büro <{own.address}>",
        "messageId": "<antwort.1@buero.example>", "inReplyTo": f"<{key}>", "references": [f"<{key}>"],
    }  # fmt: skip
    own.receive(**reply)
    [one] = eventually(lambda: answers(thomas, own.account, email))

    assert (one["name"], one["origin"], one["isMine"], one["isSent"]) == (None, "elsewhere", False, True)
    [told] = own.anna.emails(own.account, [one["emailId"]], "messageId")
    assert told["messageId"] == ["antwort.1@buero.example"]


def test_a_mark_alone_says_that_there_is_an_answer(own: Desk, thomas: Client) -> None:
    """Nobody knows which; a customer's own second message is none."""
    key = own.receive(subject="Marke", messageId="<marke.1@kunden.example>")
    own.receive(
        subject="Re: Marke",
        messageId="<marke.2@kunden.example>",
        inReplyTo=f"<{key}>",
        references=[f"<{key}>"],
    )
    eventually(lambda: "marke.2@kunden.example" in own.office.held(own.anna, own.account))
    email = own.id_of(key)
    assert answers(thomas, own.account, email) == []

    own.anna.call("Email/set", accountId=own.account, update={email: {"keywords/$answered": True}})

    [one] = answers(thomas, own.account, email)
    assert (one["emailId"], one["name"], one["at"], one["origin"]) == (None, None, None, None)
    own.settled()


def test_answers_are_asked_for_by_message(own: Desk, thomas: Client) -> None:
    """All of them at once would be every thread; other accounts' are not there."""
    assert thomas.refusal("Answer/get", accountId=own.account, ids=None) == "requestTooLarge"
    got = thomas.call("Answer/get", accountId=own.account, ids=["m999999", "x"])
    assert (got["list"], got["notFound"]) == ([], ["m999999", "x"])
