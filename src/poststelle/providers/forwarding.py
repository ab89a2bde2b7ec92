"""The part of the port about mail that is sent on as it comes."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Manner(StrEnum):
    """How it arrives: as its author sent it, or as a message of the mailbox that encloses it."""

    UNCHANGED = "unchanged"
    FORWARDED = "forwarded"


@dataclass(frozen=True, slots=True)
class Forwarding:
    """Where everything that comes is sent on to. Without ``keeps_copy`` it is deleted here (recoverably).

    ``is_partial``: somebody has given it conditions at the provider, so not everything goes on.
    ``is_broken``: the provider says that it cannot carry it out.
    """

    is_enabled: bool
    to: tuple[str, ...]
    keeps_copy: bool
    manner: Manner
    is_partial: bool = False
    is_broken: bool = False


@dataclass(frozen=True, slots=True)
class ForeignForwarding:
    """A rule that was made elsewhere and sends mail on, by its name. ``is_partial``: under conditions."""

    name: str
    to: tuple[str, ...]
    is_partial: bool


@dataclass(frozen=True, slots=True)
class Forwards:
    """What is sent on: by us (None: nothing was ever set), and by enabled rules of others."""

    ours: Forwarding | None
    others: Sequence[ForeignForwarding]


class RemoteForwarding(Protocol):
    """Methods raise ProviderError; Refused where the provider does not offer it for this mailbox."""

    async def forwards(self) -> Forwards: ...

    async def set_forwarding(self, wanted: Forwarding) -> None:
        """Replace it whole; without addresses it is taken away. Twice is the same as once."""
        ...
