"""What is due happens by itself in the running simulator, and survives its end."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from tests.sim.identity.conftest import OFFICE

from m365sim.clock import Clock
from m365sim.control.client import ControlClient
from m365sim.server import ServeOptions, running

ANNA = "anna@lindner.example"


def _wait_for(is_so: Callable[[], bool]) -> bool:
    """Whether something comes true, in real time."""
    ends = time.monotonic() + 60
    while not is_so():
        if time.monotonic() > ends:
            return False
        time.sleep(0.01)
    return True


def test_mail_arrives_without_anybody_calling(tmp_path: Path) -> None:
    """A letter under way is delivered when its time has come, though no request is made."""
    with running(ServeOptions(tmp_path, lambda: OFFICE)) as sim:
        control = ControlClient(sim.pages_url)
        control.set_behaviour(deliveryDelayS=0.2)
        control.post(ANNA, subject="Später")
        mailbox = sim.simulation.world.mailbox(ANNA)
        before = len(mailbox.messages)

        assert before == 0
        assert _wait_for(lambda: len(mailbox.messages) == 1)


def test_what_is_due_survives_a_restart(tmp_path: Path) -> None:
    """A letter that was under way at the end arrives in the next life."""
    options = ServeOptions(tmp_path, lambda: OFFICE, keep_as="office")
    with running(options) as sim:
        control = ControlClient(sim.pages_url)
        control.set_behaviour(deliveryDelayS=3_600)
        control.post(ANNA, subject="Später")

    with running(options, Clock()) as sim:
        mailbox = sim.simulation.world.mailbox(ANNA)
        before = len(mailbox.messages)
        ControlClient(sim.pages_url).advance(3_600)

        assert (before, [m.source.load().subject for m in mailbox.messages.values()]) == (0, ["Später"])
