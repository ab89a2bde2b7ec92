"""A subscription's life: made when connected, renewed in time, made anew when lost, given back in the end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from bench.capacity import LIMITS
from tests.databases import run_sql
from tests.flow.jmap.client import eventually
from tests.flow.notify.told import ClockedOffice, Told, clocked_office, new_box, new_told, quiet
from tests.flow.sim import Simulator, running_simulator
from tests.kept import database_of

from poststelle.lib.clock import from_ms


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """A simulator whose clock is put forward; a token lasts its hour, never by chance half an hour more."""
    with running_simulator(tmp_path_factory.mktemp("keeping")) as it:
        it.identity("PUT", "/access-token-lifetime", {"seconds": 3600})
        yield it


@pytest.fixture
def well(simulator: Simulator) -> Simulator:
    """The simulator without faults."""
    simulator.be_kind()
    quiet(simulator)
    return simulator


@pytest.fixture
def office(well: Simulator, tmp_path: Path) -> Iterator[ClockedOffice]:
    """A fresh server that polls once an hour."""
    with clocked_office(well, tmp_path / "data") as it:
        yield it


def end_of(told: Told) -> datetime:
    [row] = told.subscriptions()
    return datetime.fromisoformat(row["expirationDateTime"])


def posts(told: Told) -> int:
    """How many subscriptions were asked for."""
    return asked(told.office.simulator, "POST")


def asked(simulator: Simulator, method: str) -> int:
    """How many requests there were to all subscriptions."""
    calls = simulator.control.calls(path="/subscriptions", limit=1000)
    return sum(1 for call in calls if call["method"] == method)


def test_it_is_renewed_long_before_it_ends(office: ClockedOffice) -> None:
    """Within the hour that its token lasts, under the same id; days later mail still arrives."""
    told = new_told(office)
    first = told.subscription()
    for seconds in (3000, 86_400, 86_400):
        end = end_of(told)
        office.pass_time(seconds)
        eventually(lambda end=end: end_of(told) > end)  # type: ignore[misc]
    told.receive(subject="Nach zwei Tagen")

    told.settled()
    assert told.subscription() == first


def test_it_counts_as_alive_for_as_long_as_the_capacity_model_says(
    office: ClockedOffice, tmp_path: Path
) -> None:
    """The model's renewals come of that: of the token's hour here, not of the days that were granted."""
    new_told(office)
    now = office.clock.now()
    [(ends_ms,)] = run_sql(database_of(tmp_path / "data"), "select expires_at from subscriptions")
    reckoned = replace(LIMITS, token=timedelta(hours=1)).life

    assert (from_ms(int(str(ends_ms))) - now).total_seconds() == pytest.approx(
        reckoned.total_seconds(), abs=60
    )


def test_a_vanished_one_is_found_out_and_made_anew(office: ClockedOffice) -> None:
    """Gone without a word: the renewal meets 404, and what nobody told is read."""
    told = new_told(office)
    office.simulator.control.forget_subscription(told.subscription())
    told.receive(subject="Ungehört")
    office.pass_time(3000)

    eventually(told.is_told)
    told.settled()


def test_a_shorter_life_is_taken_where_no_longer_one_is_granted(office: ClockedOffice) -> None:
    """A tenant that grants two days gets asked for one."""
    office.simulator.control.set_behaviour(subscriptionMinutes=2880)
    told = new_told(office)

    left = end_of(told) - office.clock.now()
    assert timedelta(hours=23) < left < timedelta(hours=25)


def test_the_reminder_to_authorise_anew_is_obeyed_but_not_every_time(office: ClockedOffice) -> None:
    """``reauthorizationRequired`` just after a renewal changes nothing, later it renews."""
    told = new_told(office)
    control, end = office.simulator.control, end_of(told)
    control.lifecycle(told.subscription(), "reauthorizationRequired")
    control.settle()
    assert end_of(told) == end
    office.pass_time(1000)
    control.lifecycle(told.subscription(), "reauthorizationRequired")

    eventually(lambda: end_of(told) > end)


def test_while_told_the_mailbox_is_polled_less(well: Simulator, tmp_path: Path) -> None:
    """A look a minute at most; at the old pace again as soon as nothing is told any more.

    While somebody listens: an account that nobody looks at is asked ever more rarely, at either pace.
    """
    with clocked_office(well, tmp_path / "data", poll_s=0.2) as office:
        told = new_told(office)

        def poll_s() -> float:
            return float(told.anna.sync_state(told.account)["pollSeconds"])

        with told.anna.events("Email"):
            told.receive(subject="Anlass")
            told.settled()
            eventually(lambda: poll_s() >= 60)
            well.control.fail_next("POST", "*/subscriptions", status=403)
            well.control.lifecycle(told.subscription(), "subscriptionRemoved")

            eventually(lambda: poll_s() <= 0.4)
            eventually(lambda: told.anna.sync_state(told.account)["notifyProblem"])
            assert told.anna.sync_state(told.account)["notifiedUntil"] is None

        eventually(lambda: poll_s() > 0.4)
        with told.anna.events():
            eventually(lambda: poll_s() <= 0.4)


@pytest.mark.parametrize(("is_heard", "after_s"), [(True, 121), (False, 901)])
def test_lost_notifications_are_healed_by_the_slow_poll(
    well: Simulator, tmp_path: Path, is_heard: bool, after_s: float
) -> None:
    """Nothing is told and nobody says so: two minutes later it is here; fifteen, where nobody listens."""
    with clocked_office(well, tmp_path / "data", poll_s=0.2) as office, ExitStack() as listening:
        told = new_told(office)
        if is_heard:
            listening.enter_context(told.anna.events("Email"))
        told.receive(subject="Anlass")
        told.settled()
        eventually(lambda: told.anna.sync_state(told.account)["pollSeconds"] >= 60)
        well.control.set_behaviour(notificationsLostPercent=100)
        remote = told.receive(subject="Verschwiegen")
        well.control.update(told.address, [remote], flag="flagged")
        well.control.settle()
        assert not told.agrees()
        office.pass_time(after_s)

        eventually(told.agrees)


def test_what_a_delta_shows_late_comes_long_before_the_next_poll(office: ClockedOffice) -> None:
    """Told at once, in its folder's delta after ten seconds: the second look again finds it."""
    told, control = new_told(office), office.simulator.control

    def looks() -> int:
        return len(control.calls(path="messages/delta", mailbox=told.address, limit=1000))

    control.settle()
    control.clear_calls()
    control.set_behaviour(deltaLateS=10)
    told.receive(subject="Nachzügler")
    control.settle()
    eventually(looks)
    before = looks()
    office.pass_time(5)
    eventually(lambda: looks() > before)
    assert not told.agrees()
    office.pass_time(11)

    eventually(told.agrees)


@pytest.mark.parametrize("what", ["flag", "read", "move", "delete"])
def test_so_does_what_happened_to_a_message_that_is_known(office: ClockedOffice, what: str) -> None:
    """Told at once, shown after ten seconds, when the look that it was told for has found nothing."""
    told, control = new_told(office), office.simulator.control
    remote = told.receive(subject="Bekannt")
    told.settled()
    office.pass_time(60)
    told.settled()
    control.set_behaviour(deltaLateS=10)
    match what:
        case "flag":
            control.update(told.address, [remote], flag="flagged")
        case "read":
            control.update(told.address, [remote], isRead=True)
        case "move":
            control.move(told.address, [remote], to="archive")
        case _:
            control.delete(told.address, [remote], permanently=True)
    control.settle()
    before = len(_rounds(told))
    office.pass_time(5)
    eventually(lambda: len(_rounds(told)) > before)
    assert not told.agrees()
    office.pass_time(11)

    eventually(told.agrees)


def test_what_is_shown_at_once_costs_no_further_look(office: ClockedOffice) -> None:
    """Somebody flags a message there: it is told of, and here with that look."""
    told, control = new_told(office), office.simulator.control
    there = told.receive(subject="Dort")
    told.settled()
    office.pass_time(60)
    told.settled()
    control.update(told.address, [there], flag="flagged")
    told.settled()
    assert _rounds_of_a_minute(office, told) == []


def test_our_own_change_costs_one_further_look(office: ClockedOffice) -> None:
    """It is told of, too: perhaps somebody there did something just then."""
    told, control = new_told(office), office.simulator.control
    here = told.receive(subject="Hier")
    told.settled()
    office.pass_time(60)
    told.settled()
    control.clear_calls()
    [message] = told.anna.query_all(told.account)
    told.anna.call("Email/set", accountId=told.account, update={message: {"keywords/$flagged": True}})
    eventually(lambda: control.snapshot(told.address)[1][here]["flag"] == "flagged")
    eventually(lambda: _rounds(told))  # our own change was told of
    told.settled()
    assert len(_rounds_of_a_minute(office, told)) == 1


def _rounds_of_a_minute(office: ClockedOffice, told: Told) -> list[object]:
    office.simulator.control.clear_calls()
    for _ in range(4):
        office.pass_time(16)
        time.sleep(1.5)
    return _rounds(told)


def _rounds(told: Told) -> list[object]:
    """Of folders' deltas, since the calls were cleared."""
    return list(told.office.simulator.control.calls(path="messages/delta", mailbox=told.address, limit=1000))


def test_a_full_quota_leaves_the_mailbox_polled(well: Simulator, tmp_path: Path) -> None:
    """403: polled at the normal pace, asked for again after hours, not at once."""
    well.control.fail_next("POST", "*/subscriptions", status=403)
    with clocked_office(well, tmp_path / "data", poll_s=0.2) as office:
        told = new_box(office)
        eventually(lambda: told.anna.sync_state(told.account)["notifyProblem"])
        told.receive(subject="Trotzdem da")
        eventually(told.agrees)
        assert told.subscriptions() == []
        office.pass_time(3600)

        eventually(told.is_told)
        assert told.anna.sync_state(told.account)["notifyProblem"] is None


def test_an_address_that_microsoft_cannot_reach_leaves_the_mailbox_polled(
    well: Simulator, tmp_path: Path
) -> None:
    """The handshake fails: people are told the code, mail comes by polling."""
    with clocked_office(
        well, tmp_path / "data", poll_s=0.2, NOTIFICATION_URL="https://localhost:9"
    ) as office:
        told = new_box(office)
        told.receive(subject="Trotzdem da")

        eventually(told.agrees)
        problem = eventually(lambda: told.anna.sync_state(told.account)["notifyProblem"])
        assert problem == "ValidationError"


def test_a_restart_keeps_it(well: Simulator, tmp_path: Path) -> None:
    """The same one tells the next process; what happened meanwhile is brought by its first pull."""
    with clocked_office(well, tmp_path / "data") as office:
        told = new_told(office)
        first, port = told.subscription(), int(office.server.url.rpartition(":")[2])
    asked = posts(told)
    well.control.receive(told.address, subject="Während es aus war")
    with clocked_office(well, tmp_path / "data", port=port) as office:
        again = Told(office, told.address, told.account, office.log_in("anna"))
        eventually(again.agrees)
        with again.anna.events("Email") as events:
            again.receive(subject="Danach")
            events.until(again.account, "Email")

        assert again.subscription() == first
        assert posts(again) == asked


def test_one_that_a_crash_made_us_forget_is_given_back(well: Simulator, tmp_path: Path) -> None:
    """Made at Microsoft, then killed before it was noted: the next start removes it and makes another."""
    with clocked_office(well, tmp_path / "data") as office:
        told = new_told(office)
        first, port = told.subscription(), int(office.server.url.rpartition(":")[2])
    as_then = "update subscriptions set remote_id = null, expires_at = null, due_at = 0, is_asked = 1"
    run_sql(database_of(tmp_path / "data"), as_then)
    with clocked_office(well, tmp_path / "data", port=port) as office:
        again = Told(office, told.address, told.account, office.log_in("anna"))
        eventually(again.is_told)

        assert again.subscription() != first


def test_one_whose_answer_was_lost_is_given_back(office: ClockedOffice) -> None:
    """Microsoft has made it and we do not know its id: it goes before another one is made."""
    office.simulator.control.clear_calls()
    office.simulator.control.fail_next("POST", "*/subscriptions", kind="lost")
    told = new_box(office)
    eventually(lambda: len(told.subscriptions()) == 1)
    [lost] = told.subscriptions()
    eventually(told.is_told)

    assert told.subscription() != lost["id"]
    assert (posts(told), asked(office.simulator, "GET")) == (2, 1)


def test_nobody_looks_for_what_was_never_asked_for_or_refused(office: ClockedOffice) -> None:
    """An application by itself is shown those of all its mailboxes: to look each time would be ever more."""
    office.simulator.control.clear_calls()
    new_told(office)
    office.simulator.control.fail_next("POST", "*/subscriptions", status=403)
    told = new_box(office)
    eventually(lambda: posts(told) == 2)
    eventually(lambda: told.anna.sync_state(told.account)["notifyProblem"])  # it was noted, too
    office.pass_time(3 * 3600)
    eventually(told.is_told)

    assert asked(office.simulator, "GET") == 0


def test_another_address_gets_one_of_its_own(well: Simulator, tmp_path: Path) -> None:
    """After a move to another address the old one is told nothing more; ``off`` gives the last one back."""
    with clocked_office(well, tmp_path / "data") as office:
        told = new_told(office)
        first = told.subscription()
    with clocked_office(well, tmp_path / "data") as office:
        again = Told(office, told.address, told.account, office.log_in("anna"))
        eventually(lambda: again.is_told() and again.subscription() != first)
    with clocked_office(well, tmp_path / "data", NOTIFICATION_URL="off"):
        eventually(lambda: again.subscriptions() == [])


def test_a_mailbox_that_is_put_to_rest_is_not_told(office: ClockedOffice) -> None:
    """Inactive: given back. Active again: a new one."""
    told = new_told(office)
    path = f"/api/accounts/{told.account}"
    office.admin.ok("PATCH", path, {"is_active": False})
    eventually(lambda: told.subscriptions() == [])
    office.admin.ok("PATCH", path, {"is_active": True})

    eventually(told.is_told)


@pytest.mark.parametrize("method", ["disconnect", "delete"])
def test_who_leaves_gives_it_back(office: ClockedOffice, method: str) -> None:
    """Disconnected or deleted, Microsoft is asked to tell no more, and is not asked again."""
    told = new_told(office)
    path = f"/api/accounts/{told.account}"
    if method == "disconnect":
        office.admin.ok("POST", f"{path}/disconnect")
    else:
        office.admin.ok("DELETE", path, {"address": told.address})

    assert told.subscriptions() == []


def test_a_slip_at_deleting_ends_nothing(office: ClockedOffice) -> None:
    """The wrong address was typed: refused, and the subscription goes on."""
    told = new_told(office)
    first = told.subscription()
    answer = office.admin.send("DELETE", f"/api/accounts/{told.account}", {"address": "x@buero.example"})

    assert answer.status == 422
    assert told.subscription() == first


def test_leaving_does_not_wait_for_an_unwell_microsoft(office: ClockedOffice) -> None:
    """The request to tell no more fails: disconnected all the same, and later tellings are ignored."""
    told = new_told(office)
    office.simulator.control.fail_next("DELETE", "*/subscriptions/*", status=503, times=5)
    office.admin.ok("POST", f"/api/accounts/{told.account}/disconnect")
    told.receive(subject="Wird nicht geholt")
    office.simulator.control.settle()

    assert office.admin.ok("GET", f"/api/accounts/{told.account}")["state"] == "waiting_for_sign_in"
    [left] = told.subscriptions()
    assert left["lastStatus"] == 202
    assert told.anna.query_all(told.account) == []
