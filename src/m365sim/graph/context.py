"""What a route handler is given: the world, the mailbox, the caller's wishes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from m365sim.directory import User
from m365sim.graph.errors import no_segment
from m365sim.graph.http import Answer, GraphRequest
from m365sim.graph.prefer import Prefer
from m365sim.identity.access import Caller
from m365sim.world.compose import Written
from m365sim.world.folders import Folder
from m365sim.world.mailbox import Mailbox
from m365sim.world.messages import Message
from m365sim.world.simulation import Simulation


@dataclass(frozen=True, slots=True)
class Context:
    """One authorised request to one mailbox. ``owner_path`` is ``me`` or ``users/...`` as it was asked.

    ``is_basic``: the caller may not see bodies, attachments and extended properties. ``mime`` is the message
    that the call brings as MIME.
    """

    sim: Simulation
    request: GraphRequest
    prefer: Prefer
    user: User
    mailbox: Mailbox
    owner_path: str
    caller: Caller
    is_basic: bool = False
    mime: Written | None = None

    def message_id(self, message: Message) -> str:
        """The message's id in the form the caller asked for."""
        ids = self.mailbox.ids
        if self.prefer.is_immutable:
            return ids.immutable(message.number)
        return ids.message(message.placement)

    def attachment_id(self, message: Message, part: int) -> str:
        """The id of a message's attachment in the form the caller asked for."""
        is_immutable = self.prefer.is_immutable
        counter = message.number if is_immutable else message.placement
        return self.mailbox.ids.attachment(counter, part, is_immutable=is_immutable)

    def folder_id(self, folder: Folder) -> str:
        """The folder's id; there is one form only."""
        return self.mailbox.ids.folder(folder.number)

    def check_global(self, segment: str) -> None:
        """Refuse a path that only the global cloud has.

        Source: Graph v1.0, "message: permanentDelete", national cloud deployments.
        """
        if not self.sim.cloud.is_global:
            raise no_segment(segment)

    def annotation(self, what: str) -> str:
        """The ``@odata.context`` of an answer about ``what``."""
        return f"{self.request.root}/$metadata#users('{self.user.id}')/{what}"


Handler = Callable[..., Answer | Awaitable[Answer]]
"""Plain, or ``async`` where the work is long: then it lets others run (``await asyncio.sleep(0)``)."""
