"""Carry out the rules of an inbox on a message that has just arrived.

Forwarded and redirected mail names the mailbox whose rule sent it on. Rules send mail on once: what carries
such a name already stays where it is, and nobody is told. Mail under the null reverse-path is never sent on.

Source: Graph v1.0, "messageRuleActions resource type"; Exchange Online, "Control automatic external email
forwarding in Microsoft 365"; Exchange team blog, "Loop Prevention in Exchange Online Demystified".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from m365sim.world import answers, organise
from m365sim.world.compose import Written, written_of
from m365sim.world.content import Address, ItemAttachment
from m365sim.world.drafts import with_message_id
from m365sim.world.mailbox import Mailbox
from m365sim.world.messages import Message
from m365sim.world.organisation import may_send_on, own_addresses, owner_of
from m365sim.world.organise import Marks
from m365sim.world.post import Letter, post, report
from m365sim.world.rule_predicates import Arrived, fits
from m365sim.world.rules import Actions, Rule, has_error, in_order
from m365sim.world.trace import RULES_AGENT, with_headers
from m365sim.world.world import World

LOOP = "X-MS-Exchange-Inbox-Rules-Loop"


@dataclass(frozen=True, slots=True)
class _Case:
    """One message in the hands of a mailbox's rules."""

    world: World
    mailbox: Mailbox
    arrived: Arrived
    letter: Letter

    @property
    def message(self) -> Message:
        return self.arrived.message


def apply_rules(world: World, mailbox: Mailbox, message: Message, letter: Letter) -> None:
    """Let every rule that fits act, in order, until one says that it is the last or the message is gone."""
    if not mailbox.rules:
        return
    arrived = Arrived(message, message.source.load(), own_addresses(world, mailbox))
    case = _Case(world, mailbox, arrived, letter)
    for rule in in_order(mailbox):
        if not _is_due(case, rule):
            continue
        _act(case, rule.actions)
        if rule.actions.stops or message.number not in mailbox.messages:
            return


def _is_due(case: _Case, rule: Rule) -> bool:
    if not rule.is_enabled or rule.is_read_only or has_error(case.mailbox, rule):
        return False
    excepted = bool(rule.exceptions) and _any_fits(case.arrived, rule)
    return fits(case.arrived, rule.conditions) and not excepted


def _any_fits(arrived: Arrived, rule: Rule) -> bool:
    """One exception is enough, where all conditions are needed; one that is false excepts nothing."""
    return any(
        fits(arrived, {name: wanted}) for name, wanted in rule.exceptions.items() if wanted is not False
    )


def _act(case: _Case, actions: Actions) -> None:
    _mark(case, actions)
    _send_on(case, actions)
    _file(case, actions)


def _mark(case: _Case, actions: Actions) -> None:
    categories = tuple(dict.fromkeys((*case.message.categories, *actions.categories)))
    marks = Marks(
        is_read=True if actions.marks_read else None, categories=categories, importance=actions.importance
    )
    organise.mark(case.mailbox, case.message, marks)


def _file(case: _Case, actions: Actions) -> None:
    mailbox, message = case.mailbox, case.message
    if actions.copy_to is not None:
        organise.copy(mailbox, message, mailbox.folders[actions.copy_to])
    if actions.move_to is not None:
        organise.move(mailbox, message, mailbox.folders[actions.move_to])
    if actions.destroys:
        mailbox.remove(message)
    elif actions.deletes and not message.folder.is_within(mailbox.named["deleteditems"]):
        organise.delete(mailbox, message)


# -- mail that is sent on -----------------------------------------------------------------------------


def _send_on(case: _Case, actions: Actions) -> None:
    if not case.letter.sender or case.arrived.header(LOOP.lower()) is not None:
        return
    if actions.forward_to:
        _post(case, _forwarded(case, actions.forward_to), actions.forward_to, case.mailbox.address)
    if actions.attach_to:
        _post(case, _attached(case, actions.attach_to), actions.attach_to, case.mailbox.address)
    if actions.redirect_to:
        written = with_headers(written_of(case.arrived.content), _marks_of(case))
        _post(case, written, actions.redirect_to, case.letter.sender)


def _marks_of(case: _Case) -> list[tuple[str, str]]:
    return [(LOOP, case.mailbox.address)]


def _forwarded(case: _Case, to: tuple[Address, ...]) -> Written:
    """A new message of the mailbox, with the original quoted."""
    content, mailbox, now_s = case.arrived.content, case.mailbox, case.world.clock.now_s()
    written = answers.answer("forward", content, case.arrived.own, mailbox.language, "", now_s)
    return _signed(case, replace(written, to=to))


def _attached(case: _Case, to: tuple[Address, ...]) -> Written:
    """A new message of the mailbox, with the original attached and no words."""
    forwarded, content = _forwarded(case, to), case.arrived.content
    original = ItemAttachment(content.subject or "message", content)
    return replace(forwarded, body="", attachments=(original,))


def _signed(case: _Case, written: Written) -> Written:
    """Signed by the mailbox, with the marks of a program's work and of who sent it on."""
    owner = owner_of(case.world, case.mailbox)
    headers = (*_marks_of(case), RULES_AGENT, ("Auto-Submitted", "auto-generated"), *written.headers)
    return with_message_id(case.mailbox, replace(written, from_=owner, sender=owner, headers=headers))


def _post(case: _Case, written: Written, targets: Iterable[Address], sender: str) -> None:
    """Send mail on. What the organisation does not let out comes back to the mailbox itself."""
    world, mailbox = case.world, case.mailbox
    addresses = [person.address for person in targets]
    blocked = [a for a in addresses if not may_send_on(world, mailbox, a)]
    allowed = tuple(a for a in addresses if a not in blocked)
    if allowed:
        post(world, Letter(written, sender, allowed, importance=case.message.importance))
    if blocked:
        report(world, Letter(written, mailbox.address, tuple(blocked)), blocked, "forwarding")
