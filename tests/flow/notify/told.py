"""A mailbox whose changes are told, and what the simulator knows of its subscription."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from tests.flow.admin.running import MovableClock, running_server
from tests.flow.jmap.client import Client, Json, eventually
from tests.flow.jmap.office import ADMIN, SECRET, Office, Server
from tests.flow.sim import Simulator

HOURLY = 3600.0


def quiet(simulator: Simulator) -> None:
    """Notifications come at once, and all of them."""
    simulator.control.set_behaviour(
        subscriptionHttpLocalhost=True,
        notificationsLostPercent=0,
        notificationsDoubledPercent=0,
        notificationsShuffled=False,
        notificationDelayS=0,
        deltaLateS=0,
        subscriptionMinutes=4230,
    )


@dataclass(frozen=True)
class Told:
    """A connected mailbox: its address at Microsoft, its account id here, and Anna, who is assigned."""

    office: Office
    address: str
    account: str
    anna: Client

    def subscriptions(self) -> list[Json]:
        """Those the simulator holds for the mailbox."""
        found = self.office.simulator.control.subscriptions()
        return [row for row in found if row["mailbox"] == self.address]

    def subscription(self) -> str:
        """The id of the only one."""
        [row] = self.subscriptions()
        return str(row["id"])

    def is_told(self) -> bool:
        """Whether people are told that changes arrive by themselves, and one subscription is there."""
        state = self.anna.sync_state(self.account)
        return bool(state["notifiedUntil"]) and len(self.subscriptions()) == 1

    def receive(self, **message: Any) -> str:
        """A new message at Microsoft."""
        [remote] = self.office.simulator.control.receive(self.address, **message)
        return remote

    def agrees(self) -> bool:
        """Whether both sides hold the same."""
        return self.office.differences(self.anna, self.account) == []

    def settled(self) -> None:
        """Wait until nothing is under way and both sides hold the same."""
        self.office.simulator.control.settle()
        eventually(self.agrees)


def new_box(office: Office, *messages: dict[str, Any]) -> Told:
    """A fresh mailbox, just connected."""
    address = office.simulator.new_mailbox("told")
    if messages:
        office.simulator.control.receive_many(address, list(messages))
    account = office.connect(address)
    return Told(office, address, account, office.person("anna"))


def new_told(office: Office, *messages: dict[str, Any]) -> Told:
    """A fresh mailbox, connected, subscribed, and read to its end."""
    told = new_box(office, *messages)
    eventually(told.is_told)
    account = told.account
    office.settled(told.anna, account)
    return told


@dataclass(frozen=True)
class _At:
    """All that an office asks of its server."""

    url: str


@dataclass
class ClockedOffice(Office):
    """An office whose server runs in this process, with both programs' clocks in the test's hand."""

    clock: MovableClock = field(default_factory=MovableClock)

    def pass_time(self, seconds: float) -> None:
        """Later, for everybody."""
        self.clock.advance(seconds)
        self.simulator.control.advance(seconds)


@contextmanager
def clocked_office(
    simulator: Simulator, data: Path, *, poll_s: float = HOURLY, port: int = 0, **environ: str
) -> Iterator[ClockedOffice]:
    """A server with its engines beside a running simulator; ``environ`` as for ``running_server``."""
    facts = {
        **simulator.settings,
        "POLL_SECONDS": str(poll_s),
        "ADMIN_LOGIN": ADMIN,
        "ADMIN_PASSWORD": SECRET,
        "NOTIFICATION_URL": "http://localhost:0",
    }
    with running_server(data, with_engines=True, port=port, **(facts | environ)) as running:
        running.clock.advance(simulator.control.clock()["aheadS"])
        url = running.built.services.config.public_url
        admin = Client(url).log_in(ADMIN, SECRET)
        yield ClockedOffice(simulator, cast("Server", _At(url)), admin, clock=running.clock)
