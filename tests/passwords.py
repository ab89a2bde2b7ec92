"""Password hashing that costs nothing: how dear it is concerns no test but those of the hashing itself."""

import asyncio
import threading

from argon2 import PasswordHasher

from poststelle.auth.passwords import Passwords, Verified

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class HeldPasswords(Passwords):
    """Holds the answer to the next look at a password, between ``hold`` and ``let_go``."""

    def __init__(self) -> None:
        super().__init__(CHEAP)
        self._go, self._is_looked_at = threading.Event(), threading.Event()
        self._go.set()
        self._is_next_held = False

    def hold(self) -> None:
        self._go.clear()
        self._is_looked_at.clear()
        self._is_next_held = True

    def wait_until_looked_at(self) -> None:
        assert self._is_looked_at.wait(60)

    def let_go(self) -> None:
        self._go.set()

    async def verify(self, stored: str | None, password: str) -> Verified:
        found = await super().verify(stored, password)
        if self._is_next_held:
            self._is_next_held = False
            self._is_looked_at.set()
            await asyncio.to_thread(self._go.wait, 20)
        return found
