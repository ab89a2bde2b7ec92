"""Who calls, and the first look at what they ask for, in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from poststelle.model.errors import UseCaseError
from poststelle.model.ids import UserId
from poststelle.store.tx import ReadTx

T = TypeVar("T")
Look = Callable[[ReadTx, UserId], T]
"""Reads what a request of this user needs first, within the rights they have at that moment."""


@dataclass(frozen=True, slots=True)
class Seen(Generic[T]):
    """What a look has found, or why it was refused: who calls is known all the same."""

    found: T | None
    refusal: UseCaseError | None = None

    def get(self) -> T:
        """What was found; raises the refusal."""
        if self.refusal is not None:
            raise self.refusal
        return self.found  # type: ignore[return-value]  # None only where it was refused, or is what was found


def look_for(tx: ReadTx, user: UserId, look: Look[T]) -> Seen[T]:
    """Look within ``tx``, whose scope is the caller's."""
    try:
        return Seen(look(tx, user))
    except UseCaseError as refusal:
        return Seen(None, refusal)


def nothing(_tx: ReadTx, _user: UserId) -> None:
    """The look of those who only want to know who calls."""
