"""A mailbox whose changes are told, and what the simulator knows of its subscription."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.flow.jmap.client import Client, Json, eventually
from tests.flow.jmap.office import Office
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


def new_told(office: Office, *messages: dict[str, Any]) -> Told:
    """A fresh mailbox, connected, subscribed, and read to its end."""
    address = office.simulator.new_mailbox("told")
    if messages:
        office.simulator.control.receive_many(address, list(messages))
    account = office.connect(address)
    told = Told(office, address, account, office.person("anna"))
    eventually(told.is_told)
    office.settled(told.anna, account)
    return told
