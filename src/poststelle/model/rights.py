"""Who may do what in an account: four levels, each including the ones before it."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from poststelle.model.ids import AccountId, UserId


class Level(IntEnum):
    """A grant's level. ``write`` organises and drafts; ``manage`` changes the account's options."""

    READ = 1
    WRITE = 2
    SEND = 3
    MANAGE = 4


class Administration(IntEnum):
    """What a token may in the administration API: nothing, see everything, or see and change it."""

    NONE = 0
    READ = 1
    WRITE = 2


DEFAULT_LEVEL = Level.SEND


@dataclass(frozen=True, slots=True)
class Scope:
    """What a caller's rights are limited to. ``accounts`` None: all that the user was assigned."""

    level: Level
    accounts: frozenset[AccountId] | None

    def limit(self, account: AccountId, held: Level) -> Level | None:
        """What is left of a grant's level; None: nothing, as if there were no grant."""
        if self.accounts is not None and account not in self.accounts:
            return None
        return min(held, self.level)


@dataclass(frozen=True, slots=True)
class Grant:
    """One user's rights on one account."""

    account_id: AccountId
    user_id: UserId
    level: Level


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time. ``since`` belongs to it; None: it has no beginning. ``until`` does not belong to it;
    None: it goes on.
    """

    since: datetime | None = None
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)

    def within(self, since: datetime | None, until: datetime | None) -> "Span | None":
        """What is left of it in a period; None: nothing."""
        begins = [one for one in (self.since, since) if one is not None]
        ends = [one for one in (self.until, until) if one is not None]
        left = Span(max(begins, default=None), min(ends, default=None))
        is_empty = left.since is not None and left.until is not None and left.until <= left.since
        return None if is_empty else left
