"""Those that work share the mailboxes, and go on with what one of them leaves behind."""

from __future__ import annotations

import signal
import threading
import time
from collections import defaultdict

import pytest
from tests.flow.jmap.client import eventually
from tests.flow.jmap.conftest import Desk
from tests.flow.jmap.office import Office
from tests.flow.jmap.test_sending import create, submit
from tests.flow.roles.conftest import new_desk
from tests.flow.roles.fleet import Fleet, Process
from tests.flow.roles.test_webs import subjects
from tests.flow.sim import Simulator

pytestmark = pytest.mark.long
PULLING = "select account_id, holder from sync_states where holder is not null"
MISSED_S = 90.0
"""Long enough for a heart that stands still to be missed, on a busy machine too."""
PACE_S = 2.5
"""A mailbox sends thirty letters a minute: the last of more wait the longer the slower the machine is."""
_BEATS_AT_MOST = 6
"""Of those that look, until what a killed worker had in hand is free: at five seconds each, thirty."""
_SOONER_S = 18.0
"""No heart is missed as soon as that."""


@pytest.fixture(scope="module")
def desks(office: Office) -> list[Desk]:
    """Two mailboxes: one for each worker."""
    return [new_desk(office), new_desk(office)]


def holders(fleet: Fleet, seconds: float) -> dict[int, set[str]]:
    """Who was seen pulling each account in a while."""
    seen: dict[int, set[str]] = defaultdict(set)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for account, holder in fleet.rows(PULLING):
            seen[account].add(holder)
    return seen


def of(fleet: Fleet, desk: Desk) -> Process:
    """The worker that has this mailbox in hand."""
    number = int(desk.account[1:], 36)

    def found() -> list[Process]:
        names = holders(fleet, 0.5)[number]
        return [one for one in fleet.workers if any(f":{one.port}/" in name for name in names)]

    return eventually(found)[0]


def busy_with(fleet: Fleet, m365: Simulator, desk: Desk) -> Process:
    """The worker whose change has reached Microsoft, where it gets no answer for a minute."""
    number = int(desk.account[1:], 36)
    # Of all in a batch this one alone: what is read would meet it first.
    m365.control.fail_next("PATCH", "*/messages/*", delayS=60)
    flag(desk)

    def holding() -> list[Process]:
        asked = "select holder from writeback_ops where is_in_flight = 1 and account_id = %s"
        names = [str(name) for (name,) in fleet.rows(asked, number)]
        return [one for one in fleet.workers if any(f":{one.port}/" in name for name in names)]

    found = eventually(holding)[0]
    # Else another request would meet it.
    eventually(lambda: not m365.control.faults())
    return found


def living(fleet: Fleet, victim: Process) -> dict[str, int]:
    """How often the hearts of the others have beaten."""
    told = {str(name): int(beats) for name, beats in fleet.rows("select name, beats from holders")}
    return {name: beats for name, beats in told.items() if f":{victim.port}/" not in name}


def beats_until_gone(fleet: Fleet, victim: Process, before: dict[str, int]) -> int:
    """How often the heart of that one of the others has beaten since which has looked least often, once the
    killed one is missed; 0 before."""
    if fleet.rows("select 1 from holders where name like %s", f"%:{victim.port}/%"):
        return 0
    return min(beats - before[name] for name, beats in living(fleet, victim).items())


def flag(desk: Desk) -> str:
    """Somebody flags the first letter; its id."""
    letter = desk.anna.query_all(desk.account)[0]
    desk.anna.call("Email/set", accountId=desk.account, update={letter: {"keywords/$flagged": True}})
    return letter


def flags(office: Office, desk: Desk) -> list[bool]:
    return [bool(one["flagged"]) for one in office.truth(desk.address).values()]


def outside(m365: Simulator) -> list[str]:
    """The subjects of the letters that have left."""
    return [str(one["subject"]) for one in m365.control.outside()]


def test_each_worker_has_its_mailboxes(fleet: Fleet, desks: list[Desk]) -> None:
    """None takes all; and what one has in hand, the other leaves alone.

    But for what has been due for long: on a machine with much else to do that may happen now and then.
    """
    numbers = [int(desk.account[1:], 36) for desk in desks]

    def each_has_its_own() -> bool:
        seen = holders(fleet, 5)
        one, other = (seen.get(number, set()) for number in numbers)
        return (len(one), len(other), len(one | other)) == (1, 1, 2)

    eventually(each_has_its_own, timeout_s=MISSED_S)


def test_what_a_killed_worker_had_in_hand_goes_on_elsewhere(
    fleet: Fleet, desks: list[Desk], m365: Simulator, office: Office
) -> None:
    """kill -9 with a change on its way: it is made, mail arrives, and a letter goes, by whom misses it."""
    desk = desks[0]
    victim = busy_with(fleet, m365, desk)
    m365.control.clear_outside()
    fleet.kill(victim)
    others = living(fleet, victim)
    try:
        beats = eventually(lambda: beats_until_gone(fleet, victim, others), timeout_s=MISSED_S)
        assert beats <= _BEATS_AT_MOST
        m365.control.receive(desk.address, subject="Danach")
        made = create(desk, subject="Trotzdem")
        submit(desk, emailId=made["id"])
        eventually(lambda: "Danach" in subjects(desk.anna, desk.account), timeout_s=MISSED_S)
        eventually(lambda: True in flags(office, desk), timeout_s=MISSED_S)
        eventually(lambda: outside(m365) == ["Trotzdem"], timeout_s=MISSED_S)
    finally:
        fleet.start("worker")  # others' tests need two
    eventually(lambda: len(fleet.rows("select 1 from holders")) == len(fleet.processes), timeout_s=MISSED_S)
    office.settled(desk.anna, desk.account)
    assert outside(m365) == ["Trotzdem"]


def test_one_that_is_started_where_one_was_killed_frees_at_once(
    fleet: Fleet, desks: list[Desk], m365: Simulator, office: Office
) -> None:
    """It knows the former one dead, since it listens where that one did: nobody waits for its heart."""
    desk = desks[1]
    victim = busy_with(fleet, m365, desk)
    fleet.kill(victim)
    fleet.start_at(victim)
    eventually(lambda: True in flags(office, desk), timeout_s=_SOONER_S)


def test_a_worker_that_is_stopped_gives_back_what_it_has(
    fleet: Fleet, desks: list[Desk], m365: Simulator, office: Office
) -> None:
    """SIGTERM: the other one has its mailboxes as soon as it is gone, without waiting for any lease."""
    desk = desks[0]
    old = of(fleet, desk)
    fleet.processes.remove(old)
    m365.control.fail_next("GET", "*/mailFolders/delta*", delayS=5)
    try:
        assert old.stop(signal.SIGTERM) == 0
        m365.control.clear_faults()
        m365.control.receive(desk.address, subject="Gleich danach")
        eventually(lambda: "Gleich danach" in subjects(desk.anna, desk.account), timeout_s=_SOONER_S)
    finally:
        fleet.start("worker")


def test_no_letter_is_lost_while_all_are_started_anew(
    fleet: Fleet, desks: list[Desk], m365: Simulator, office: Office
) -> None:
    """One after the other, while people write, send and mark: each letter leaves once, nobody is refused."""
    desk = desks[1]
    m365.control.clear_outside()
    is_over, failed, sent = threading.Event(), [], []

    def write_letters() -> None:
        while not is_over.is_set():
            subject = f"Brief {len(sent)}"
            try:
                made = create(desk, subject=subject)
                submit(desk, emailId=made["id"])
                desk.anna.call(
                    "Email/set", accountId=desk.account, update={made["id"]: {"keywords/$flagged": True}}
                )
            except Exception as problem:
                failed.append(repr(problem))
            sent.append(subject)
            is_over.wait(PACE_S)

    writing = threading.Thread(target=write_letters)
    writing.start()
    try:
        for old in [*fleet.workers, *fleet.webs]:
            fleet.again(old)
    finally:
        is_over.set()
        writing.join()

    assert failed == []
    eventually(lambda: not set(sent) - set(outside(m365)), timeout_s=MISSED_S)
    office.settled(desk.anna, desk.account)
    assert sorted(outside(m365)) == sorted(sent)


def test_a_mailbox_does_not_wait_for_as_long_as_the_clock_was_set_back(
    fleet: Fleet, office: Office, desks: list[Desk]
) -> None:
    """The database's was an hour ahead, and all is due by that: one worker brings it forward, at once."""
    desk, hour_ms = desks[0], 3_600_000
    told = len(set_back(fleet))
    ahead = "cast(extract(epoch from clock_timestamp()) * 1000 as bigint) + %s"
    noted = "insert into meta (key, value) values ('clock', json_build_object('at', {})::text)"
    fleet.run_sql("update sync_states set due_at = due_at + %s where lease_until is null", hour_ms)
    fleet.run_sql(f"{noted.format(ahead)} on conflict (key) do update set value = excluded.value", hour_ms)
    office.simulator.control.receive(desk.address, subject="Nach der Umstellung")
    assert eventually(lambda: "Nach der Umstellung" in subjects(desk.anna, desk.account))
    assert eventually(lambda: len(set_back(fleet)) == told + 1)


def set_back(fleet: Fleet) -> list[str]:
    """What workers have said of a clock that was set back."""
    told = [line for worker in fleet.workers for line in worker.log.read_text().splitlines()]
    return [line for line in told if "clock.set_back" in line]
