"""Rules of an inbox: what they wait for and what they do. `rule_actions` carries them out.

Source: Graph v1.0, "messageRule resource type", "messageRulePredicates", "messageRuleActions".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from m365sim.world.content import Address
from m365sim.world.mailbox import Mailbox
from m365sim.world.seedtypes import Importance


@dataclass(frozen=True, slots=True)
class SizeRange:
    """From how large to how large a message is, in kilobytes; None leaves an end open."""

    least: int | None = None
    most: int | None = None


Wanted = bool | str | tuple[str, ...] | tuple[Address, ...] | SizeRange
Predicates = Mapping[str, Wanted]
"""What is wanted of a message, by Graph's name of the predicate. All of it must hold."""


@dataclass(frozen=True, slots=True)
class Actions:
    """What a rule does. Folders are given by their numbers, and may be gone by now."""

    move_to: int | None = None
    copy_to: int | None = None
    deletes: bool = False
    destroys: bool = False
    marks_read: bool = False
    importance: Importance | None = None
    forward_to: tuple[Address, ...] = ()
    attach_to: tuple[Address, ...] = ()
    redirect_to: tuple[Address, ...] = ()
    categories: tuple[str, ...] = ()
    stops: bool = False

    def folders(self) -> tuple[int, ...]:
        """The folders that must be there."""
        return tuple(n for n in (self.move_to, self.copy_to) if n is not None)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``is_read_only``: only the program it was made with understands it, and carries it out."""

    number: int
    name: str
    sequence: int
    is_enabled: bool = True
    is_read_only: bool = False
    is_broken: bool = False
    conditions: Predicates = field(default_factory=dict)
    exceptions: Predicates = field(default_factory=dict)
    actions: Actions = field(default_factory=Actions)


def in_order(mailbox: Mailbox) -> list[Rule]:
    """The rules as they are carried out; the older first where two have the same place."""
    return sorted(mailbox.rules, key=lambda rule: (rule.sequence, rule.number))


def has_error(mailbox: Mailbox, rule: Rule) -> bool:
    """Whether the rule cannot be carried out: a folder is gone, or it was broken from the start."""
    return rule.is_broken or any(number not in mailbox.folders for number in rule.actions.folders())


def add(mailbox: Mailbox, **fields: Any) -> Rule:
    """Add a rule of these fields."""
    made = Rule(_FIRST + mailbox.configured, **fields)
    mailbox.configure(rules=(*mailbox.rules, made))
    return made


_FIRST = 0x9D5D66A0
"""Above zero by far, so that ids look like Exchange's. No number is given again: `configured` only rises."""


def change(mailbox: Mailbox, rule: Rule, fields: Mapping[str, Any]) -> Rule:
    """Let a rule be another one under the same number."""
    changed = replace(rule, **fields)
    mailbox.configure(rules=tuple(changed if r is rule else r for r in mailbox.rules))
    return changed


def remove(mailbox: Mailbox, rule: Rule) -> None:
    """Take a rule away."""
    mailbox.configure(rules=tuple(r for r in mailbox.rules if r is not rule))
