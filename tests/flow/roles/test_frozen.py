"""A worker that stood still for longer than others wait goes on with nothing that it had in hand.

SIGSTOP, as when a machine sleeps, while a request waits for a token. Meanwhile somebody else has made the
change, and people have made others.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.flow.jmap.client import eventually
from tests.flow.jmap.conftest import Desk
from tests.flow.jmap.office import Office
from tests.flow.jmap.test_sending import create, submit
from tests.flow.roles.conftest import new_desk
from tests.flow.roles.fleet import Fleet, Process
from tests.flow.roles.test_workers import MISSED_S, flags, of, outside, subjects
from tests.flow.sim import Simulator

pytestmark = pytest.mark.long
_AGAIN = 2
"""So many beats after it has come back nothing of what it had in hand can be under way any more."""


def change(desk: Desk, **args: Any) -> Any:
    """Make, or name, a folder."""
    return desk.anna.call("Mailbox/set", accountId=desk.account, **args)


def letters(office: Office, desk: Desk) -> list[tuple[str, str]]:
    """Folder and subject of all that is at Microsoft."""
    return sorted(
        (str(one["folder"][-1]), str(one["subject"])) for one in office.truth(desk.address).values()
    )


def waiting(fleet: Fleet, desk: Desk, table: str) -> list[Process]:
    """The worker that has a change of this mailbox in hand."""
    number = int(desk.account[1:], 36)
    asked = f"select holder from {table} where is_in_flight = 1 and account_id = %s"
    names = [str(name) for (name,) in fleet.rows(asked, number)]
    return [one for one in fleet.workers if any(f":{one.port}/" in name for name in names)]


def beats(fleet: Fleet, process: Process) -> int:
    """How often its heart has beaten; 0 while it is not among those that live."""
    asked = "select beats from holders where name like %s"
    return sum(int(count) for (count,) in fleet.rows(asked, f"%:{process.port}/%"))


def without_token(m365: Simulator, method: str, path: str) -> None:
    """The next such request needs another token, and waits for longer than stopping a process takes."""
    m365.control.fail_next(method, path, status=401, code="InvalidAuthenticationToken", times=1)
    m365.control.fail_next("POST", "*/oauth2/v2.0/token", delayS=8)


@contextmanager
def frozen(fleet: Fleet, m365: Simulator, desk: Desk, table: str = "writeback_ops") -> Iterator[Process]:
    """The worker that waits with a change in hand, standing still; awake again, and past it, at the end."""
    victim = eventually(lambda: waiting(fleet, desk, table))[0]
    eventually(lambda: not m365.control.faults())
    victim.started.send_signal(signal.SIGSTOP)
    try:
        yield victim
        eventually(lambda: not beats(fleet, victim), timeout_s=MISSED_S)
    finally:
        victim.started.send_signal(signal.SIGCONT)
    came_back = eventually(lambda: beats(fleet, victim))
    eventually(lambda: beats(fleet, victim) >= came_back + _AGAIN, timeout_s=MISSED_S)


def test_a_change_that_others_have_made_is_not_made_again(
    fleet: Fleet, office: Office, m365: Simulator
) -> None:
    """The flag that somebody has taken off since stays off, here and there."""
    desk = new_desk(office)
    letter = desk.anna.query_all(desk.account)[0]
    args = {"accountId": desk.account}
    without_token(m365, "POST", "*/$batch")
    desk.anna.call("Email/set", **args, update={letter: {"keywords/$flagged": True}})
    with frozen(fleet, m365, desk) as victim:
        eventually(lambda: flags(office, desk) == [True], timeout_s=MISSED_S)
        desk.anna.call("Email/set", **args, update={letter: {"keywords/$flagged": None}})
        eventually(lambda: flags(office, desk) == [False])
    office.settled(desk.anna, desk.account)
    assert flags(office, desk) == [False]
    assert desk.anna.emails(desk.account, [letter], "keywords")[0]["keywords"] == {}
    assert "heart.buried" in victim.log.read_text()


def test_a_draft_that_others_have_made_and_sent_is_not_made_again(
    fleet: Fleet, office: Office, m365: Simulator
) -> None:
    """A second one in Drafts could be sent once more by hand."""
    desk = new_desk(office)
    m365.control.clear_outside()
    without_token(m365, "POST", "*/messages")
    made = create(desk, subject="Angebot")
    with frozen(fleet, m365, desk):
        eventually(lambda: len(letters(office, desk)) == 2, timeout_s=MISSED_S)
        submit(desk, emailId=made["id"])
        eventually(lambda: outside(m365) == ["Angebot"], timeout_s=MISSED_S)
    office.settled(desk.anna, desk.account)
    assert [subject for _, subject in letters(office, desk)].count("Angebot") == 1
    assert subjects(desk.anna, desk.account).count("Angebot") == 1


def test_a_folder_keeps_the_name_that_it_was_given_since(
    fleet: Fleet, office: Office, m365: Simulator
) -> None:
    """Its change goes alone, and not in a batch."""
    desk = new_desk(office)
    folder = change(desk, create={"f": {"name": "Alt"}})["created"]["f"]["id"]
    office.settled(desk.anna, desk.account)

    def names() -> list[str]:
        folders, _ = m365.control.snapshot(desk.address)
        return [one["path"][-1] for one in folders if one["path"][-1] in {"Alt", "Neu", "Neuer"}]

    without_token(m365, "PATCH", "*/mailFolders/*")
    change(desk, update={folder: {"name": "Neu"}})
    with frozen(fleet, m365, desk, "folder_ops"):
        eventually(lambda: names() == ["Neu"], timeout_s=MISSED_S)
        change(desk, update={folder: {"name": "Neuer"}})
        eventually(lambda: names() == ["Neuer"])
    office.settled(desk.anna, desk.account)
    assert names() == ["Neuer"]


IDLE = (
    "select pid, xact_start from pg_stat_activity"
    " where datname = current_database() and state = 'idle in transaction'"
)


def caught_writing(fleet: Fleet, victim: Process) -> bool:
    """Stop it; whether that was within a transaction, which the database keeps open. Else it goes on."""
    victim.started.send_signal(signal.SIGSTOP)
    open_ = set(fleet.rows(IDLE))
    for _ in range(10):  # those of others end meanwhile
        if not open_:
            break
        open_ &= set(fleet.rows(IDLE))
    if not open_:
        victim.started.send_signal(signal.SIGCONT)
    return bool(open_)


def test_who_stands_still_in_a_transaction_holds_nobody_up(
    fleet: Fleet, office: Office, m365: Simulator
) -> None:
    """The database ends it, and its locks with it: others miss the worker as any other, and mail arrives."""
    desk = new_desk(office)
    victim = of(fleet, desk)
    try:
        eventually(lambda: caught_writing(fleet, victim), timeout_s=MISSED_S, every_s=0.003)
        m365.control.receive(desk.address, subject="Währenddessen")
        eventually(lambda: not beats(fleet, victim), timeout_s=MISSED_S)
        eventually(lambda: "Währenddessen" in subjects(desk.anna, desk.account), timeout_s=MISSED_S)
    finally:
        victim.started.send_signal(signal.SIGCONT)
    eventually(lambda: beats(fleet, victim), timeout_s=MISSED_S)
    office.settled(desk.anna, desk.account)
