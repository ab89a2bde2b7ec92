"""A bell that is hung up before anybody is there to hear it."""

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Bell(Generic[T]):
    """``ring`` calls whoever was given to ``tell``, with what it is about; nobody at first."""

    def __init__(self) -> None:
        self._listener: Callable[[T], None] | None = None

    def tell(self, listener: Callable[[T], None]) -> None:
        self._listener = listener

    def ring(self, what: T) -> None:
        if self._listener is not None:
            self._listener(what)
