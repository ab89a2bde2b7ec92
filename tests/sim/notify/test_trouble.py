"""Receivers that fail, dawdle or are away; notifications lost, doubled, late and out of order."""

from __future__ import annotations

from tests.sim.notify.program import ANNA, Program

from m365sim.notify.health import DROP_FOR_S
from m365sim.world.ids import parse_id

FOUR_HOURS = 4 * 3600
LATE_S = 0.4


def test_a_refused_notification_comes_again_with_growing_pauses(program: Program) -> None:
    """After ten seconds, then twenty, then forty, by the simulator's clock; the same notification."""
    program.subscribe()
    program.receiver.status = 500
    program.receive()
    counts = [len(program.receiver.posts)]
    for seconds in (0, 10, 10, 10, 10, 30):
        program.control.advance(seconds)
        program.control.settle()
        counts.append(len(program.receiver.posts))

    assert counts[1:] == [1, 2, 2, 3, 3, 4]
    assert len({n["resourceData"]["id"] for n in program.receiver.told()}) == 1
    assert (program.row()["failed"], program.row()["lastStatus"], program.row()["waiting"]) == (4, 500, 1)


def test_a_receiver_that_comes_back_is_told(program: Program) -> None:
    """What waited is delivered, and nothing is missed."""
    program.subscribe()
    program.receiver.status = 503
    program.receive()
    program.control.settle()
    program.receiver.status = 200
    program.control.advance(10)
    waiting = program.control.settle()

    assert (waiting, program.row()["delivered"], program.receiver.events()) == (0, 1, [])


def test_after_four_hours_a_notification_is_given_up(program: Program) -> None:
    """The app is told by a lifecycle event that it missed something."""
    made = program.subscribe()
    program.control.set_behaviour(subscriptionNeedsToken=False)
    program.receiver.status = 500
    program.receive()
    program.control.settle()
    early = program.receiver.events()
    program.control.advance(FOUR_HOURS)
    program.control.settle()
    program.receiver.status = 202
    program.control.advance(60)
    program.control.settle()

    assert early == []
    assert (program.row()["dropped"], program.row()["waiting"]) == (1, 0)
    life = program.receiver.lives()[-1]
    assert life == {
        "subscriptionId": made["id"],
        "subscriptionExpirationDateTime": made["expirationDateTime"],
        "tenantId": program.sim.simulation.directory.users[made["creatorId"]].tenant_id,
        "clientState": "secret",
        "lifecycleEvent": "missed",
    }


def test_a_receiver_too_slow_is_asked_again(program: Program) -> None:
    """No answer within the time counts as none: the notification comes twice."""
    program.control.set_behaviour(notificationRealS=LATE_S)
    program.subscribe()
    program.receiver.delay_s = 2 * LATE_S
    program.receive()
    program.control.settle()
    program.receiver.delay_s = 0
    program.control.advance(10)
    program.control.settle()

    assert program.receiver.kinds() == ["created", "created"]
    assert (program.row()["failed"], program.row()["delivered"]) == (1, 1)


def _answers(program: Program, quick: int, late: int) -> None:
    """Let an endpoint give so many answers in time and so many too late."""
    for number, delay in ((quick, 0.0), (late, 2 * LATE_S)):
        program.receiver.delay_s = delay
        for _ in range(number):
            program.receive()
            program.control.settle()
    program.receiver.delay_s = 0


def test_a_slow_endpoint_waits_ten_seconds(program: Program) -> None:
    """One late answer of nine: everything new is delayed, until the answer is ten minutes old."""
    program.control.set_behaviour(notificationSample=9, notificationRealS=LATE_S)
    program.subscribe()
    _answers(program, 8, 1)
    before = len(program.receiver.posts)
    state = program.row()["state"]
    program.receive()
    program.control.settle()
    at_once = len(program.receiver.posts) - before
    program.control.advance(10)
    program.control.settle()
    program.control.advance(600)

    assert (state, at_once) == ("slow", 0)
    assert len(program.receiver.posts) - before == 2  # the late one again, and the new one
    assert program.row()["state"] == "active"


def test_a_very_slow_endpoint_loses_what_is_new(program: Program) -> None:
    """Two late answers of eight: new notifications are lost for ten minutes, then the app is told."""
    program.control.set_behaviour(notificationSample=8, notificationRealS=LATE_S)
    program.subscribe(changeType="created")
    _answers(program, 6, 2)
    assert program.row()["state"] == "dropping"
    program.receive("Lost")
    program.control.advance(DROP_FOR_S - 60)
    program.control.settle()
    early = list(program.receiver.events())
    program.control.advance(60)
    program.control.settle()
    message = program.receive("Told")
    program.control.settle()

    assert (early, program.row()["dropped"]) == ([], 1)
    assert program.receiver.events() == ["missed"]
    assert program.row()["state"] == "active"
    assert program.receiver.told()[-1]["resource"].startswith("Users/") and message


def test_lost_by_request(program: Program) -> None:
    """All of them: nothing comes, and nobody says so."""
    program.control.set_behaviour(notificationsLostPercent=100)
    program.subscribe()
    program.receive()
    program.control.settle()

    assert (program.receiver.told(), program.receiver.events()) == ([], [])


def test_doubled_by_request(program: Program) -> None:
    """All of them come twice, in posts of their own."""
    program.control.set_behaviour(notificationsDoubledPercent=100)
    program.subscribe()
    program.receive()
    program.control.settle()

    assert program.receiver.kinds() == ["created", "created"]
    assert len(program.receiver.posts) == 2


def test_some_lost_and_some_doubled_are_the_same_under_one_seed(program: Program) -> None:
    """A seed decides; set anew it decides the same."""
    program.receive()
    program.subscribe()
    outcomes = []
    for seed in (1, 2, 1):
        program.control.set_behaviour(
            notificationsLostPercent=30, notificationsDoubledPercent=30, notificationSeed=seed
        )
        program.receiver.posts.clear()
        before = max(program.sim.simulation.world.mailbox(ANNA).messages)
        program.control.receive_count(ANNA, 20)
        program.control.settle()
        ids = [n["resourceData"]["id"] for n in program.receiver.told()]
        outcomes.append([parse_id(i).counter - before for i in ids])

    assert outcomes[0] == outcomes[2] != outcomes[1]


def test_shuffled_by_request(program: Program) -> None:
    """All come once, in another order."""
    program.control.set_behaviour(notificationsShuffled=True, notificationSeed=3)
    program.subscribe('IdType="ImmutableId"')
    program.control.receive_count(ANNA, 20)
    program.control.settle()

    ids = [n["resourceData"]["id"] for n in program.receiver.told()]
    assert len(set(ids)) == 20
    assert ids != sorted(ids)


def test_late_by_request(program: Program) -> None:
    """Five minutes pass on the simulator's clock before the first is told."""
    program.control.set_behaviour(notificationDelayS=300)
    program.subscribe()
    program.receive()
    waiting = program.control.settle()
    early = len(program.receiver.posts)
    program.control.advance(300)
    program.control.settle()

    assert (waiting, early, program.receiver.kinds()) == (1, 0, ["created"])


def test_what_is_told_may_be_gone(program: Program) -> None:
    """A message destroyed before the program looks answers 404: that is normal."""
    program.control.set_behaviour(notificationDelayS=1)
    program.subscribe('IdType="ImmutableId"')
    message = program.receive()
    program.control.delete(ANNA, [message], permanently=True)
    program.control.advance(1)
    program.control.settle()

    created, deleted = program.receiver.told()
    assert (created["changeType"], deleted["changeType"]) == ("created", "deleted")
    assert program.call("GET", f"/{created['resource']}").status == 404
