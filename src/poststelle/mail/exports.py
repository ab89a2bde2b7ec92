"""Exports under way in this process, and how the last ones ended: few at a time.

Nothing of this is kept: when the process ends, so do they.
"""

from dataclasses import dataclass
from datetime import datetime
from itertools import count

from poststelle.model.errors import TooMany
from poststelle.model.ids import AccountId, FolderId, UserId

AT_ONCE = 2
"""Of one user."""
ALL_AT_ONCE = 8
_TOLD = 5  # of one user
_AGAIN_S = 5


@dataclass(slots=True)
class Progress:
    """One export: ``done`` of about ``total`` messages, of which ``left_out`` could not be read.

    ``is_complete``: all of it was written. ``ended_at`` without that: it broke off.
    """

    id: int
    user: UserId
    account: AccountId
    folder: FolderId | None
    kind: str
    begun_at: datetime
    total: int = 0
    done: int = 0
    left_out: int = 0
    is_complete: bool = False
    ended_at: datetime | None = None


class Exports:
    """Whoever begins one ends it, whatever happens."""

    def __init__(self) -> None:
        self._ids = count(1)
        self._open: dict[int, Progress] = {}
        self._ended: dict[UserId, list[Progress]] = {}

    def begin(
        self, user: UserId, account: AccountId, folder: FolderId | None, kind: str, now: datetime
    ) -> Progress:
        """Raises TooMany."""
        if not self.may_begin(user):
            raise TooMany(
                "too_many_exports", "Exports are under way already; wait for one to end.", after_s=_AGAIN_S
            )
        made = Progress(next(self._ids), user, account, folder, kind, now)
        self._open[made.id] = made
        return made

    def may_begin(self, user: UserId) -> bool:
        own = sum(one.user == user for one in self._open.values())
        return own < AT_ONCE and len(self._open) < ALL_AT_ONCE

    def end(self, progress: Progress, now: datetime) -> None:
        if self._open.pop(progress.id, None) is not None:
            progress.ended_at = now
            self._ended[progress.user] = [progress, *self._ended.get(progress.user, [])][:_TOLD]

    def forget(self, progress: Progress) -> None:
        """It was refused before it began."""
        self._open.pop(progress.id, None)

    def of(self, user: UserId, account: AccountId) -> list[Progress]:
        """This user's of this mailbox, the newest first."""
        known = [*self._open.values(), *self._ended.get(user, [])]
        mine = [one for one in known if one.user == user and one.account == account]
        return sorted(mine, key=lambda one: -one.id)
