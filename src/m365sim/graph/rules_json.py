"""A rule as Graph shows it.

Source: Graph v1.0, "messageRule resource type", "messageRuleActions", "messageRulePredicates".
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from typing import Any

from m365sim.world.content import Address
from m365sim.world.mailbox import Mailbox
from m365sim.world.rules import Actions, Predicates, Rule, SizeRange, Wanted, has_error

_HEAD = b"\x01\0\0\0"
KNOWN = (
    "id",
    "displayName",
    "sequence",
    "isEnabled",
    "hasError",
    "isReadOnly",
    "conditions",
    "actions",
    "exceptions",
)


def rule_id(rule: Rule) -> str:
    """The rule's id."""
    return urlsafe_b64encode(_HEAD + rule.number.to_bytes(4, "little")).decode()


def number_of(text: str) -> int | None:
    """The number behind a rule's id; None for a text that is none."""
    try:
        octets = urlsafe_b64decode(text)
    except (binascii.Error, ValueError):
        return None
    return int.from_bytes(octets[4:], "little") if octets[:4] == _HEAD and len(octets) == 8 else None


def rule_json(mailbox: Mailbox, rule: Rule) -> dict[str, Any]:
    """All of a rule; what another program keeps of one that is read-only is not shown.

    Source: microsoft-graph-docs issue 13225 (no conditions and actions in read-only rules).
    """
    shown: dict[str, Any] = {
        "id": rule_id(rule),
        "displayName": rule.name,
        "sequence": rule.sequence,
        "isEnabled": rule.is_enabled,
        "hasError": has_error(mailbox, rule),
        "isReadOnly": rule.is_read_only,
    }
    if rule.is_read_only:
        return shown
    if rule.conditions:
        shown["conditions"] = _predicates(rule.conditions)
    shown["actions"] = _actions(mailbox, rule.actions)
    if rule.exceptions:
        shown["exceptions"] = _predicates(rule.exceptions)
    return shown


def _predicates(predicates: Predicates) -> dict[str, Any]:
    return {name: _wanted(wanted) for name, wanted in predicates.items()}


def _wanted(wanted: Wanted) -> Any:
    if isinstance(wanted, SizeRange):
        bounds = {"minimumSize": wanted.least, "maximumSize": wanted.most}
        return {name: bound for name, bound in bounds.items() if bound is not None}
    if isinstance(wanted, tuple):
        return [_recipient(one) if isinstance(one, Address) else one for one in wanted]
    return wanted


def _recipient(address: Address) -> dict[str, Any]:
    return {"emailAddress": {"name": address.name, "address": address.address}}


def _recipients(addresses: Iterable[Address]) -> list[dict[str, Any]]:
    return [_recipient(a) for a in addresses]


def _actions(mailbox: Mailbox, actions: Actions) -> dict[str, Any]:
    ids = mailbox.ids
    everything: dict[str, Any] = {
        "moveToFolder": None if actions.move_to is None else ids.folder(actions.move_to),
        "copyToFolder": None if actions.copy_to is None else ids.folder(actions.copy_to),
        "delete": actions.deletes,
        "permanentDelete": actions.destroys,
        "markAsRead": actions.marks_read,
        "markImportance": actions.importance,
        "forwardTo": _recipients(actions.forward_to),
        "forwardAsAttachmentTo": _recipients(actions.attach_to),
        "redirectTo": _recipients(actions.redirect_to),
        "assignCategories": list(actions.categories),
        "stopProcessingRules": actions.stops,
    }
    return {name: value for name, value in everything.items() if value}
