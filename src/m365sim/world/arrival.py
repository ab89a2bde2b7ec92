"""What happens to a message that has just arrived in an inbox: rules act on it, and it may be answered.

Source: Graph v1.0, "messageRule resource type", "automaticRepliesSetting resource type".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from m365sim.world.mailbox import Mailbox
from m365sim.world.messages import Message

if TYPE_CHECKING:
    from m365sim.world.post import Letter
    from m365sim.world.world import World


def arrived(world: World, mailbox: Mailbox, message: Message, letter: Letter) -> None:
    """Called once for each message that was delivered by post, right after it lies in the inbox."""
    # Both send mail in turn, by the module that calls this one.
    from m365sim.world.automatic_replies import reply_to
    from m365sim.world.rule_actions import apply_rules

    reply_to(world, mailbox, message, letter)
    apply_rules(world, mailbox, message, letter)
