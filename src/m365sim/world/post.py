"""Mail between mailboxes: a letter is handed in once, and lies in each recipient's inbox.

Source: RFC 5321 section 3.9 and 4.5.5 (envelope, null reverse-path).
"""

from __future__ import annotations

from dataclasses import dataclass

from m365sim.world.arrival import arrived
from m365sim.world.compose import Written
from m365sim.world.errors import NoSuchMailbox
from m365sim.world.world import World


@dataclass(frozen=True, slots=True)
class Letter:
    """Mail on its way. ``sender`` and ``recipients`` are the envelope: bare addresses.

    An empty ``sender`` is the null reverse-path of notices; nobody answers those.
    """

    written: Written
    sender: str
    recipients: tuple[str, ...]


def post(world: World, letter: Letter) -> None:
    """Deliver a letter to each recipient once."""
    for address in dict.fromkeys(a.lower() for a in letter.recipients):
        try:
            mailbox = world.mailbox(address)
        except NoSuchMailbox:
            continue
        message = world.receive(mailbox, mailbox.named["inbox"], letter.written)
        arrived(world, mailbox, message, letter)
