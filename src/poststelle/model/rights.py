"""Who may do what in an account: four levels, each including the ones before it."""

from dataclasses import dataclass
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
