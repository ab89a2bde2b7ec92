"""Changes that arrive because Microsoft tells of them: the next poll is an hour away."""

from __future__ import annotations

import http.client
import time
from urllib.parse import urlsplit

import pytest
from tests.flow.jmap.client import eventually
from tests.flow.jmap.office import Office
from tests.flow.notify.told import Told, new_told


@pytest.fixture(scope="module")
def told(told_office: Office) -> Told:
    """A mailbox that these tests change."""
    return new_told(told_office, {"subject": "Erste Anfrage"}, {"subject": "Zweite Anfrage"})


def test_new_mail_reaches_an_open_stream_without_a_poll(office: Office, told: Told) -> None:
    """From Microsoft to the browser long before the next poll would have come."""
    with told.anna.events("Email") as events:
        began = time.monotonic()
        told.receive(subject="Sofort da")
        events.until(told.account, "Email")
        took_s = time.monotonic() - began

    assert took_s < 10
    eventually(told.agrees)


def test_a_flag_that_moves_no_counter_is_seen_too(office: Office, told: Told) -> None:
    """The notification names the message, so its folder is read, though it is one nobody looks at."""
    control = office.simulator.control
    remote = told.receive(subject="Abgelegt")
    control.move(told.address, [remote], to="archive")
    told.settled()
    control.update(told.address, [remote], flag="flagged")

    eventually(told.agrees)
    _, messages = control.snapshot(told.address)
    assert messages[remote]["flag"] == "flagged"


def test_moves_and_deletions_elsewhere_are_followed(office: Office, told: Told) -> None:
    """A move is told as deleted and created; nothing is lost or doubled by that."""
    control = office.simulator.control
    moved, binned, gone = (told.receive(subject=f"Weg {n}") for n in range(3))
    told.settled()
    control.move(told.address, [moved], to="junkemail")
    control.delete(told.address, [binned])
    control.delete(told.address, [gone], permanently=True)

    told.settled()


def test_doubled_and_shuffled_notifications_change_nothing(office: Office, told: Told) -> None:
    """Hints may come twice and in any order."""
    office.simulator.control.set_behaviour(notificationsDoubledPercent=100, notificationsShuffled=True)
    for n in range(10):
        remote = told.receive(subject=f"Doppelt {n}")
        office.simulator.control.update(told.address, [remote], isRead=True)

    told.settled()


def test_a_burst_is_gathered(office: Office, told: Told) -> None:
    """Forty messages at once are a few pulls, not forty."""
    control = office.simulator.control
    control.clear_calls()
    control.receive_many(told.address, [{"subject": f"Schwall {n}"} for n in range(40)])
    told.settled()

    listed = control.calls(path="mailFolders/delta", mailbox=told.address)
    read = control.calls(path="messages/delta", mailbox=told.address)
    # A round that had listed the folders before may bring the burst without listing them again.
    assert read
    assert len(listed) <= 8


def test_what_nobody_told_is_brought_by_polling(office: Office, told: Told) -> None:
    """All notifications lost: the refresh button's pull, like every poll, finds what there is."""
    control = office.simulator.control
    control.set_behaviour(notificationsLostPercent=100)
    told.receive(subject="Verschwiegen")
    control.settle()
    told.anna.ok("POST", f"/api/mailboxes/{told.account}/refresh")

    eventually(told.agrees)


def test_missed_makes_every_folder_due(office: Office, told: Told) -> None:
    """After ``missed`` also changes that no counter and no notification told are found."""
    control = office.simulator.control
    remote = told.receive(subject="Gleich im Archiv")
    control.move(told.address, [remote], to="archive")
    told.settled()
    control.set_behaviour(notificationsLostPercent=100)
    control.update(told.address, [remote], flag="flagged")
    control.settle()
    assert not told.agrees()
    control.lifecycle(told.subscription(), "missed")

    eventually(told.agrees)


def test_a_removed_subscription_is_made_anew_and_nothing_is_missed(office: Office, told: Told) -> None:
    """After ``subscriptionRemoved`` there is another one, and what happened in between arrives."""
    control = office.simulator.control
    first = told.subscription()
    with told.anna.events("Email") as events:
        control.lifecycle(first, "subscriptionRemoved")
        told.receive(subject="Dazwischen")
        events.until(told.account, "Email")
    eventually(told.is_told)

    assert told.subscription() != first
    eventually(told.agrees)


def test_a_colleague_elsewhere_marks_what_we_marked(office: Office, told: Told) -> None:
    """Our own change comes back as a notification and disturbs nothing."""
    message = told.anna.query_all(told.account)[0]
    told.anna.call("Email/set", accountId=told.account, update={message: {"keywords/$flagged": True}})

    told.office.settled(told.anna, told.account)
    told.settled()


def test_a_wrong_secret_is_not_believed(office: Office, told: Told) -> None:
    """Who knows the subscription's id but not its secret makes us do nothing."""
    told.settled()
    control = office.simulator.control
    control.clear_calls()
    for path in ("notifications", "lifecycle"):
        item = {"subscriptionId": told.subscription(), "clientState": "guess", "lifecycleEvent": None}
        for event in (None, "missed", "subscriptionRemoved"):
            body = {"value": [item | {"lifecycleEvent": event}]}
            answer = told.anna.post(f"/webhooks/microsoft/{path}", body)
            assert (answer.status, answer.body) == (202, b"")
    told.receive(subject="Die nächste echte")
    told.settled()

    assert told.is_told()
    assert len(control.calls(path="mailFolders/delta", mailbox=told.address)) <= 3


def test_who_tells_without_end_is_put_off(office: Office, told: Told) -> None:
    """After some hundred in a moment: 429 with a time to come back; a real notification comes again later."""
    line = http.client.HTTPConnection(urlsplit(office.server.url).netloc)
    statuses = []
    for _ in range(1500):
        line.request("POST", "/webhooks/microsoft/notifications", b'{"value": []}')
        answer = line.getresponse()
        statuses.append(answer.status)
        answer.read()
        if answer.status == 429:
            break
    line.close()

    assert set(statuses) == {202, 429}
    assert len(statuses) > 600
    assert answer.getheader("retry-after") == "10"
