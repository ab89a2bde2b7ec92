"""What happens to a message that has just arrived in an inbox.

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
