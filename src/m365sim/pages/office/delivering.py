"""Mail that a person at the page lets arrive, by post, so that rules, replies and notifications act on it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from email.utils import parseaddr

from m365sim.pages.office.enquiries import Enquiry
from m365sim.pages.office.frame import Form, Wrong, whole
from m365sim.world import organise
from m365sim.world.compose import Written
from m365sim.world.content import Address
from m365sim.world.mailbox import Mailbox
from m365sim.world.messages import Message
from m365sim.world.organise import Marks
from m365sim.world.post import Letter, post
from m365sim.world.world import World

MOST = 500
_SUBJECT_MOST = 255


@dataclass(frozen=True, slots=True)
class Delivered:
    """How many letters were posted, and whether they are under way still."""

    count: int
    is_under_way: bool


def deliver(world: World, mailbox: Mailbox, form: Form) -> Delivered:
    """Post what the form says; Wrong when it makes no sense."""
    author = _author(form.get("sender", ""))
    count = whole({"count": form.get("count") or "1"}, "count", "#", 1, MOST)
    is_read = form.get("is_read") == "yes"
    if is_read and world.around.behaviour.delivery_delay_s:
        raise Wrong("o.read_later")
    subject = " ".join(form.get("subject", "").split())
    if len(subject) > _SUBJECT_MOST:
        raise Wrong("o.long_subject", most=str(_SUBJECT_MOST))
    is_html = form.get("format") == "html"
    body = form.get("body", "").replace("\r\n", "\n")
    for number in range(1, count + 1):
        numbered = subject if count == 1 else f"{subject} ({number})"
        _post(
            world, mailbox, _written(world, mailbox, author, numbered, body, is_html=is_html), is_read=is_read
        )
    return Delivered(count, bool(world.around.behaviour.delivery_delay_s))


def deliver_enquiry(world: World, mailbox: Mailbox, enquiry: Enquiry) -> Delivered:
    """Post an enquiry as anybody might write it."""
    author = Address(enquiry.address, enquiry.name)
    _post(world, mailbox, _written(world, mailbox, author, enquiry.subject, enquiry.text, is_html=False))
    return Delivered(1, bool(world.around.behaviour.delivery_delay_s))


def _author(given: str) -> Address:
    """Who writes: an address, or ``Name <address>``."""
    name, address = parseaddr(given.strip())
    local, at, domain = address.rpartition("@")
    if not (at and local and domain) or any(c.isspace() for c in address):
        raise Wrong("o.half_sender")
    return Address(address, name or local.replace(".", " ").title())


def _written(
    world: World, mailbox: Mailbox, author: Address, subject: str, body: str, *, is_html: bool
) -> Written:
    domain = author.address.rpartition("@")[2]
    return Written(
        message_id=f"<{uuid.uuid4()}@{domain}>",
        subject=subject,
        body=body,
        is_html=is_html,
        sent_s=world.clock.now_s(),
        sender=author,
        from_=author,
        to=(Address(mailbox.address),),
    )


def _post(world: World, mailbox: Mailbox, written: Written, *, is_read: bool = False) -> list[Message]:
    author = written.from_.address if written.from_ else ""
    made = post(world, Letter(written, author, (mailbox.address,)))
    for message in made:
        # A rule may have taken it away already.
        if is_read and mailbox.messages.get(message.number) is message:
            organise.mark(mailbox, message, Marks(is_read=True))
    return made
