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


DEFAULT_LEVEL = Level.SEND


@dataclass(frozen=True, slots=True)
class Grant:
    """One user's rights on one account."""

    account_id: AccountId
    user_id: UserId
    level: Level
