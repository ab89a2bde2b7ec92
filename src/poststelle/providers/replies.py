"""The part of the port about automatic replies."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Audience(StrEnum):
    """Who gets the reply of those outside the organisation."""

    NONE = "none"
    CONTACTS = "contacts"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class AutomaticReply:
    """What the provider answers by itself. ``from_`` and ``to`` None: whenever it is enabled.

    ``internal`` and ``external`` are HTML, for people inside and outside the organisation.
    """

    is_enabled: bool
    from_: datetime | None
    to: datetime | None
    internal: str
    external: str
    audience: Audience


class RemoteReplies(Protocol):
    """Methods raise ProviderError; Refused where the provider does not offer it for this mailbox."""

    async def automatic_reply(self) -> AutomaticReply: ...

    async def set_automatic_reply(self, reply: AutomaticReply) -> None:
        """Replace it whole. Twice is the same as once."""
        ...
