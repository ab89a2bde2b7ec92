"""Passwords as argon2id hashes, worked out in threads of their own, a few at a time: whatever else
keeps threads busy, people can log in.

Source: RFC 9106 §4 (second recommended option: 64 MiB, three passes).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from poststelle.lib.workers import Workers
from poststelle.model.errors import TooMany

AT_ONCE = 2  # each takes 64 MiB and a core
PLACES = AT_ONCE + 20  # who comes later would wait for seconds: better told so at once
BUSY_FOR_S = 2
MAX_LENGTH = 256  # longer input would only cost time


@dataclass(frozen=True, slots=True)
class Verified:
    """``new_hash`` is set when the stored one was made with weaker parameters: store it instead."""

    is_right: bool
    new_hash: str | None = None


WRONG = Verified(is_right=False)


class Passwords:
    """Hashes and verifies. One object a process, so that the limit on work at once holds.

    Who makes it ends its threads: ``close``.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._threads = Workers(AT_ONCE, "passwords")
        self._taken = 0
        self._dummy: str | None = None

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place in the queue, for those whom nobody knows yet; TooMany ``busy`` when all are taken."""
        if self._taken >= PLACES:
            raise TooMany("busy", "Too many people log in just now; try again soon.", after_s=BUSY_FOR_S)
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1

    async def hash(self, password: str) -> str:
        return await self._threads.run(partial(self._hasher.hash, password))

    def close(self) -> None:
        """End the threads; what is being worked out is finished. Blocks."""
        self._threads.close()

    async def verify(self, stored: str | None, password: str) -> Verified:
        """Whether ``password`` is the one behind ``stored``.

        ``stored`` None (no such user, or none by password) takes as long as a
        wrong password, so time doesn't tell who exists.
        """
        if self._dummy is None:
            self._dummy = await self.hash("a password nobody has")
        if len(password) > MAX_LENGTH:
            return WRONG
        found = await self._threads.run(partial(self._verify, stored or self._dummy, password))
        return found if stored else WRONG

    def _verify(self, stored: str, password: str) -> Verified:
        try:
            self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return WRONG
        is_old = self._hasher.check_needs_rehash(stored)
        return Verified(is_right=True, new_hash=self._hasher.hash(password) if is_old else None)
