"""What people are told when an option of a mailbox that the provider keeps cannot be seen or set."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from poststelle.access.rights import Gate
from poststelle.lib.clock import Clock
from poststelle.model.errors import Conflict
from poststelle.model.ids import AccountId
from poststelle.providers.base import RemoteMail
from poststelle.providers.errors import ProviderError, Refused, SignInNeeded
from poststelle.store.tx import Store

OpenRemote = Callable[[AccountId], Awaitable[RemoteMail]]


@dataclass(frozen=True, slots=True)
class ProviderDesk:
    """What asking and telling the provider needs; ``gate`` says who may."""

    store: Store
    open_remote: OpenRemote
    clock: Clock
    gate: Gate


def told(error: ProviderError, what: str) -> Conflict:
    """``not_offered`` with the provider's own code, ``not_connected``, or ``not_at_microsoft`` for now."""
    if isinstance(error, Refused):
        message = f"Microsoft does not let this sign-in see or set the {what}."
        return Conflict("not_offered", message, detail=error.code)
    if isinstance(error, SignInNeeded):
        return Conflict("not_connected", "Somebody must sign in at Microsoft for this mailbox first.")
    return Conflict("not_at_microsoft", "Microsoft cannot be asked just now; try again later.")
