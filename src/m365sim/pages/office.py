"""What the overview page shows of the simulated office, and the one thing it does: deliver a message."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from m365sim.world.compose import Written
from m365sim.world.content import Address
from m365sim.world.post import Letter, post
from m365sim.world.simulation import Simulation
from m365sim.world.world import World


@dataclass(frozen=True, slots=True)
class MailboxRow:
    """One mailbox in figures."""

    address: str
    folders: int
    messages: int
    unread: int


@dataclass(frozen=True, slots=True)
class CallRow:
    """One call made, as text."""

    at: str
    method: str
    path: str
    status: int
    took_ms: str


def mailbox_rows(world: World) -> list[MailboxRow]:
    """Every mailbox in figures, by address."""
    rows = []
    for mailbox in world:
        folders = list(mailbox.visible_folders())
        unread = sum(folder.unread for folder in folders)
        rows.append(MailboxRow(mailbox.address, len(folders), mailbox.message_count(), unread))
    return sorted(rows, key=lambda row: row.address)


def likely_recipient(rows: list[MailboxRow]) -> str:
    """The mailbox with the most mail, where a new message is most likely to be wanted; "" without any."""
    return max(rows, key=lambda row: row.messages).address if rows else ""


def recent_calls(simulation: Simulation, limit: int = 40) -> list[CallRow]:
    """The newest calls, newest first."""
    calls = list(simulation.journal)[-limit:]
    return [
        CallRow(
            at=datetime.fromtimestamp(call.at_s, UTC).strftime("%H:%M:%S"),
            method=call.method,
            path=call.path,
            status=call.status,
            took_ms=f"{call.took_ms:.1f}",
        )
        for call in reversed(calls)
    ]


def deliver(world: World, address: str, sender: str, subject: str, body: str) -> None:
    """Post a message to a mailbox, so that rules and automatic replies act as on any other mail.

    Raises WorldError when there is no such mailbox.
    """
    mailbox = world.mailbox(address)
    domain = sender.rpartition("@")[2] or "example.test"
    person = Address(sender, sender.partition("@")[0].replace(".", " ").title())
    written = Written(
        message_id=f"<{uuid.uuid4()}@{domain}>",
        subject=subject,
        body=body,
        is_html=False,
        sent_s=world.clock.now_s(),
        sender=person,
        from_=person,
        to=(Address(mailbox.address),),
    )
    post(world, Letter(written, sender, (mailbox.address,)))
