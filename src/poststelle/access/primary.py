"""Which of their accounts a user's programs begin with."""

from typing import Any

from poststelle.model.account import Account
from poststelle.model.rights import Level


def primary_order(account: Account, level: Level) -> Any:
    """Sorts accounts: what can be sent from comes first, then the higher level, by address.

    The first one is the primary account for whatever it can do, so that mail is read where it is sent.
    """
    may_send = level >= Level.SEND and not account.is_internal
    return not may_send, -level, account.is_internal, account.address.casefold(), account.id
