"""Passwords as argon2id hashes, worked out in threads a few at a time.

Source: RFC 9106 §4 (second recommended option: 64 MiB, three passes).
"""

import asyncio
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

AT_ONCE = 2  # each takes 64 MiB and a core
MAX_LENGTH = 256  # longer input would only cost time


@dataclass(frozen=True, slots=True)
class Verified:
    """``new_hash`` is set when the stored one was made with weaker parameters: store it instead."""

    is_right: bool
    new_hash: str | None = None


WRONG = Verified(is_right=False)


class Passwords:
    """Hashes and verifies. One object a process, so that the limit on work at once holds."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._dummy: str | None = None

    async def hash(self, password: str) -> str:
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, stored: str | None, password: str) -> Verified:
        """Whether ``password`` is the one behind ``stored``.

        ``stored`` None (no such user, or none by password) takes as long as a
        wrong password, so time doesn't tell who exists.
        """
        if self._dummy is None:
            self._dummy = await self.hash("a password nobody has")
        if len(password) > MAX_LENGTH:
            return WRONG
        async with self._turns:
            found = await asyncio.to_thread(self._verify, stored or self._dummy, password)
        return found if stored else WRONG

    def _verify(self, stored: str, password: str) -> Verified:
        try:
            self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return WRONG
        is_old = self._hasher.check_needs_rehash(stored)
        return Verified(is_right=True, new_hash=self._hasher.hash(password) if is_old else None)
