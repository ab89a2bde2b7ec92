"""Whose mail always goes to the focused inbox, or always to the other one.

Source: Graph v1.0, "inferenceClassificationOverride resource type", "Create inferenceClassificationOverride".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import uuid4

from m365sim.world.content import Address
from m365sim.world.errors import NotAllowed
from m365sim.world.mailbox import Mailbox
from m365sim.world.seedtypes import Inference

MOST = 1000


@dataclass(frozen=True, slots=True)
class Override:
    """One sender, and where mail from this address goes."""

    id: str
    sender: Address
    classify_as: Inference


def put(mailbox: Mailbox, sender: Address, classify_as: Inference) -> Override:
    """Add an override; one that there is of this address already is changed instead."""
    for known in mailbox.overrides:
        if known.sender.address.casefold() == sender.address.casefold():
            return change(mailbox, known, replace(known, sender=sender, classify_as=classify_as))
    if len(mailbox.overrides) >= MOST:
        raise NotAllowed("ErrorQuotaExceeded", f"A mailbox has {MOST} overrides at most.")
    made = Override(str(uuid4()), sender, classify_as)
    mailbox.configure(overrides=(*mailbox.overrides, made))
    return made


def change(mailbox: Mailbox, override: Override, changed: Override) -> Override:
    """Put one in another's place."""
    mailbox.configure(overrides=tuple(changed if o is override else o for o in mailbox.overrides))
    return changed


def remove(mailbox: Mailbox, override: Override) -> None:
    """Take an override away; mail that has arrived stays where it is."""
    mailbox.configure(overrides=tuple(o for o in mailbox.overrides if o is not override))


def inference_of(mailbox: Mailbox, sender: Address | None) -> Inference:
    """Which inbox mail from this address goes to."""
    address = sender.address.casefold() if sender is not None else ""
    for override in mailbox.overrides:
        if override.sender.address.casefold() == address:
            return override.classify_as
    return "focused"
