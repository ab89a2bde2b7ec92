"""A bell that is hung up before anybody is there to hear it."""

from collections.abc import Callable


class Bell:
    """``ring`` calls whoever was given to ``tell``; nobody at first."""

    def __init__(self) -> None:
        self._listener: Callable[[], None] | None = None

    def tell(self, listener: Callable[[], None]) -> None:
        self._listener = listener

    def ring(self) -> None:
        if self._listener is not None:
            self._listener()
