"""The event stream: changes arrive by themselves; who loses the right loses the stream at once."""

from __future__ import annotations

import time

import pytest
from tests.flow.jmap.client import Events, Json, eventually
from tests.flow.jmap.conftest import Desk, letters, new_desk
from tests.flow.jmap.office import Office

from poststelle.http.jmap.limits import MAX_STREAMS


@pytest.fixture(scope="module")
def own(office: Office) -> Desk:
    """A mailbox that these tests change."""
    return new_desk(office, *letters(3))


def past_states(events: Events) -> tuple[str, Json] | None:
    """The next event that tells of no change: some change may still be on its way whenever a test begins."""
    while (event := events.next()) and event[0] == "state":
        pass
    return event


def test_new_mail_arrives_by_itself(own: Desk) -> None:
    """A message at Microsoft becomes a StateChange whose state leads to it."""
    before = own.anna.call("Email/get", accountId=own.account, ids=[])["state"]
    with own.anna.events() as events:
        sent = own.receive(subject="Von selbst")
        state = events.until(own.account, "Email")
    changes = own.anna.call("Email/changes", accountId=own.account, sinceState=before)
    [email] = own.anna.emails(own.account, changes["created"], "messageId")

    assert email["messageId"] == [sent]
    assert state == changes["newState"]


def test_a_colleagues_mark_arrives_at_once(own: Desk) -> None:
    """What Anna marks, Bert's open page hears of in less than half a second."""
    own.office.assign(own.account, "bert")
    bert = own.office.person("bert")
    message = own.anna.query_all(own.account)[0]
    with bert.events("Email,Mailbox") as events:
        began = time.monotonic()
        own.anna.call("Email/set", accountId=own.account, update={message: {"keywords/$flagged": True}})
        events.until(own.account, "Email")
        took_s = time.monotonic() - began

    assert took_s < 0.5
    own.settled()


def test_changes_in_quick_succession_are_told_together(own: Desk) -> None:
    """Sixteen commits in a row are told four times a second, the last word is of the newest state."""
    message = own.anna.query_all(own.account)[0]
    marks = [
        {"accountId": own.account, "update": {message: {"keywords/$flagged": n % 2 == 0}}} for n in range(16)
    ]
    told: list[str] = []
    with own.anna.events("Email") as events:
        began = time.monotonic()
        own.anna.request(*(("Email/set", mark, str(n)) for n, mark in enumerate(marks)))
        newest = own.anna.call("Email/get", accountId=own.account, ids=[])["state"]
        while newest not in told:
            told.append(events.until(own.account, "Email"))
        took_s = time.monotonic() - began

    assert len(told) <= 2 + took_s * 4
    own.settled()


def test_only_the_wanted_types_are_told(own: Desk) -> None:
    """A client that asked for folders hears nothing else."""
    message = own.anna.query_all(own.account)[-1]
    with own.anna.events("Mailbox") as events:
        own.anna.call("Email/set", accountId=own.account, update={message: {"keywords/$seen": None}})
        own.anna.call("Email/set", accountId=own.account, update={message: {"keywords/$seen": True}})
        event = events.next()

    assert event is not None
    name, data = event
    assert (name, data["@type"]) == ("state", "StateChange")
    assert set(data["changed"][own.account]) == {"Mailbox"}
    own.settled()


def test_close_after_state_ends_the_stream(own: Desk) -> None:
    """``closeafter=state``: one event, then the end."""
    message = own.anna.query_all(own.account)[0]
    with own.anna.events(close_after="state") as events:
        own.anna.call("Email/set", accountId=own.account, update={message: {"keywords/$flagged": None}})
        first, then = events.next(), events.next()

    assert first is not None and first[0] == "state"
    assert then is None
    own.settled()


def test_what_was_missed_is_told_by_the_last_events_id(own: Desk) -> None:
    """At once, also since a stream that told nothing; nothing where nothing was missed, all where the id is
    none of ours. Source: RFC 8620 §7.3."""
    message = own.anna.query_all(own.account)[0]

    def mark(value: bool | None) -> str:
        own.anna.call("Email/set", accountId=own.account, update={message: {"keywords/$flagged": value}})
        return str(own.anna.call("Email/get", accountId=own.account, ids=[])["state"])

    with own.anna.events("Email") as events:
        greeted = events.last
    first = mark(True)
    with own.anna.events("Email", "state", last=greeted) as events:
        assert events.until(own.account, "Email") == first
        told = events.last
    second = mark(None)
    with own.anna.events("Email", last=told) as events:
        assert events.until(own.account, "Email") == second
        told = events.last
    own.settled()
    with own.anna.events("Thread", ping=5, last=told) as events:
        assert (event := events.next()) is not None and event[0] == "ping"
    for foreign in ("", "1", f"{own.account}.{10**17}"):
        with own.anna.events(last=foreign) as events:
            assert (event := events.next()) is not None and "Email" in event[1]["changed"][own.account]


def test_a_ping_shows_that_the_line_is_alive(own: Desk) -> None:
    """The interval is at least five seconds and is told."""
    with own.anna.events("Thread", ping=1) as events:
        assert events.next() == ("ping", {"interval": 5})


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?types=*&closeafter=&ping=",
        "?types=Nothing&closeafter=no&ping=0",
        "?closeafter=maybe&ping=x",
        "?ping=-1",
        "?ping=1e3",
    ],
)
def test_a_stream_begins_at_once(own: Desk, query: str) -> None:
    """With 200, whatever is left out or empty or makes no sense, and also where nothing can ever be told."""
    with own.anna.reading(f"/jmap/eventsource{query}") as response:
        assert (response.status, response.readline()) == (200, b": listening\n")


def test_unassigning_cuts_the_open_stream_within_a_second(own: Desk) -> None:
    """The stream says ``revoked`` and ends; what happens afterwards is never told."""
    own.office.assign(own.account, "carl")
    carl = own.office.person("carl")
    with carl.events() as events:
        began = time.monotonic()
        own.office.unassign(own.account, "carl")
        event, then = past_states(events), events.next()
        took_s = time.monotonic() - began

    assert event is not None and event[0] == "revoked"
    assert then is None
    assert took_s < 1
    assert own.account not in carl.ok("GET", "/jmap/session")["accounts"]


def test_a_new_assignment_reaches_the_open_window(own: Desk) -> None:
    """A stream ends too when a mailbox is added, so that the page reads its session again."""
    dora = own.office.person("dora")
    with dora.events() as events:
        own.office.assign(own.account, "dora")
        event = past_states(events)

    assert event is not None and event[0] == "revoked"
    assert own.account in dora.ok("GET", "/jmap/session")["accounts"]
    own.office.unassign(own.account, "dora")


def test_logout_cuts_the_streams_of_this_login_alone(own: Desk) -> None:
    """The other browser of the same person goes on."""
    first, second = own.office.log_in("anna"), own.office.log_in("anna")
    with first.events() as cut, second.events() as kept:
        began = time.monotonic()
        first.ok("POST", "/api/logout")
        assert past_states(cut) == ("revoked", {})
        assert cut.next() is None
        assert time.monotonic() - began < 5
        own.receive(subject="Für das zweite Fenster")
        kept.until(own.account, "Email")


def test_deleting_the_mailbox_cuts_its_streams(office: Office) -> None:
    """When the account goes, everybody's window leaves it."""
    gone = new_desk(office, *letters(1))
    with gone.anna.events() as events:
        path = f"/api/accounts/{gone.account}"
        office.admin.ok("DELETE", path, {"address": gone.address})
        event = past_states(events)

    assert event is not None
    assert gone.anna.refusal("Mailbox/get", accountId=gone.account) == "accountNotFound"


def test_a_login_that_has_ended_by_itself_ends_its_stream(own: Desk) -> None:
    """After its time is over, or was cut by hand in the database, nothing more is told."""
    browser = own.office.log_in("anna")
    own.settled()  # no state is on its way any more
    with browser.events() as events:
        own.office.server.run_sql(
            "update logins set expires_at = 1 where created_at = (select max(created_at) from logins)"
        )
        own.receive(subject="Nach dem Ende")
        told = []
        while event := events.next():
            told.append(event)

    assert told[-1] == ("revoked", {})
    changed = [state["changed"].get(own.account, {}) for _, state in told[:-1]]  # was on its way before
    assert not any("Email" in types for types in changed)


def test_clients_that_leave_at_once_take_no_place_away(own: Desk) -> None:
    """However many have come and gone before their stream began, a window finds room in the end."""
    for _ in range(2 * MAX_STREAMS):
        own.anna.hang_up_after("/jmap/eventsource?types=*&closeafter=no&ping=0")
    eventually(own.anna.finds_room_to_listen)
    with own.anna.events() as events:
        own.receive(subject="Noch Platz")
        assert events.until(own.account, "Email")
