"""Mail between mailboxes: a letter is handed in once, and lies in each recipient's inbox.

::

    handed in ──► (under way) ──► a mailbox here      one copy each, then `arrival.arrived`
                              ├─► nobody here         a notice to the sender, see `bounces`
                              └─► another domain      written down in `World.outside`

Source: RFC 5321 section 3.9 and 4.5.5 (envelope, null reverse-path).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from m365sim.world.arrival import arrived
from m365sim.world.bounces import Failure, Reason, notice
from m365sim.world.compose import Written, content_of
from m365sim.world.errors import NoSuchMailbox
from m365sim.world.mailbox import Mailbox
from m365sim.world.messages import Message
from m365sim.world.outside import OutsideLetter
from m365sim.world.overrides import inference_of
from m365sim.world.seedtypes import Importance
from m365sim.world.trace import hops, travelled
from m365sim.world.world import World

MAX_HOPS = 30
"""Headers `Received` after which a letter is taken to go in circles."""


@dataclass(frozen=True, slots=True)
class Letter:
    """Mail on its way. ``sender`` and ``recipients`` are the envelope: bare addresses.

    An empty ``sender`` is the null reverse-path of notices; nobody answers those.
    """

    written: Written
    sender: str
    recipients: tuple[str, ...]
    importance: Importance = "normal"
    read_receipt: bool = False
    delivery_receipt: bool = False


def post(world: World, letter: Letter, not_before_s: float = 0.0) -> list[Message]:
    """Take a letter to be delivered to each recipient once; what has been delivered on the spot.

    Mail takes as long as `Behaviour.delivery_delay_s` says, and arrives not before the given instant.
    """
    now_s = world.clock.now().timestamp()
    due_s = max(now_s + world.around.behaviour.delivery_delay_s, not_before_s)
    if due_s > now_s:
        world.agenda.add(due_s, Delivery(letter))
        return []
    return deliver(world, letter)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A letter under way."""

    letter: Letter

    def act(self, world: World) -> None:
        """It arrives."""
        deliver(world, self.letter)


def deliver(world: World, letter: Letter) -> list[Message]:
    """Put a letter into its recipients' inboxes now; the copies, in the order of the recipients."""
    written = _as_received(world, letter)
    size = content_of(written, {}).size
    mailboxes: dict[str, Mailbox] = {}
    outside: list[str] = []
    failures: list[Failure] = []
    for address in dict.fromkeys(a.strip().lower() for a in letter.recipients):
        place = _place(world, written, size, address)
        if isinstance(place, Mailbox):
            mailboxes[place.id] = place
        elif place is None:
            outside.append(address)
        else:
            failures.append(place)
    if outside:
        out = OutsideLetter(letter.sender, tuple(outside), content_of(written, {}), world.clock.now_s())
        world.outside.add(out)
    made = [_put(world, letter, written, mailbox) for mailbox in mailboxes.values()]
    if failures and letter.sender:
        _report(world, letter, failures)
    return made


def _place(world: World, written: Written, size: int, address: str) -> Mailbox | Failure | None:
    """Where an address leads: to a mailbox here, to nothing here, or (None) out of the simulated world."""
    mailbox = mailbox_at(world, address)
    if mailbox is None:
        is_ours = address.rpartition("@")[2] in _domains(world)
        return Failure(address, "unknown") if is_ours or "@" not in address else None
    if hops(written) > MAX_HOPS:
        return Failure(address, "loop")
    if mailbox.settings.is_full:
        return Failure(address, "full")
    return Failure(address, "size") if size > mailbox.max_message_size else mailbox


def mailbox_at(world: World, address: str) -> Mailbox | None:
    """The mailbox that mail to this address lies in; None without one, or when its owner has no licence."""
    user = world.around.directory.user_by_address(address)
    if user is not None:
        return world.mailbox_of(user.id) if user.has_mailbox else None
    try:
        return world.mailbox(address) if "@" in address else None
    except NoSuchMailbox:
        return None


def _domains(world: World) -> set[str]:
    """The simulated domains: those of the tenants, and those where somebody has a mailbox."""
    directory = world.around.directory
    domains = {tenant.domain.lower() for tenant in directory.tenants.values()}
    homes = (a for user in directory.users.values() if user.has_mailbox for a in user.addresses())
    return domains.union(a.rpartition("@")[2] for a in homes)


def _put(world: World, letter: Letter, written: Written, mailbox: Mailbox) -> Message:
    message = world.receive(
        mailbox,
        mailbox.named["inbox"],
        written,
        importance=letter.importance,
        read_receipt=letter.read_receipt,
        delivery_receipt=letter.delivery_receipt,
        inference=inference_of(mailbox, written.from_ or written.sender),
    )
    arrived(world, mailbox, message, letter)
    return message


def _as_received(world: World, letter: Letter) -> Written:
    """The message as every recipient gets it."""
    index = letter.written.conversation_index or content_of(letter.written, {}).conversation_index
    return travelled(letter.written, letter.sender, index, world.clock.now_s())


def report(world: World, letter: Letter, addresses: Sequence[str], reason: Reason) -> None:
    """Tell the sender of a letter that these recipients do not get it."""
    _report(world, letter, [Failure(address, reason) for address in addresses])


def _report(world: World, letter: Letter, failures: Sequence[Failure]) -> None:
    """Tell the sender, under the null reverse-path, so that nobody answers the notice."""
    home = mailbox_at(world, letter.sender)
    language = home.language if home is not None else "en-US"
    written = notice(letter.written, letter.sender, failures, language, world.clock.now_s())
    post(world, Letter(written, "", (letter.sender,)))
