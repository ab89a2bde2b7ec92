"""What nobody can do while its account waits for a sign-in, or nothing is fetched for it, is set aside.

It would be due all that time, and whoever asks what is due passes over it several times a second. Who
connects the account, or has its mail fetched again, makes it due in the same transaction.
"""

from collections.abc import Sequence
from datetime import datetime

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.ids import AccountId
from poststelle.store.queries import SET_ASIDE_MS
from poststelle.store.tx import ReadTx, Tx

_SET_ASIDE = from_ms(SET_ASIDE_MS)
_CHANGES = ("writeback_ops", "folder_ops")
_ALL = ("syncs", *_CHANGES, "subscriptions")


def idle(tx: ReadTx, now: datetime, limit: int) -> list[AccountId]:
    """Accounts of which something is due that nobody can do: up to so many by each reason."""
    found = [row for what in _ALL for row in tx.all(f"list_idle_{what}", now=to_ms(now), limit=limit)]
    return sorted({AccountId(row["account_id"]) for row in found})


def set_aside(tx: Tx, accounts: Sequence[AccountId], now: datetime) -> int:
    """What is due of them and can't be done, as they are now; how much that was.

    Not by rows: who connects one of them at the same time would find it due, and then it would not be.
    """
    given = {"accounts": list(accounts), "now": to_ms(now)}
    return sum(tx.run(f"set_{what}_aside", **given) for what in _ALL)


def bring_back_changes(tx: Tx, account: AccountId, now: datetime) -> None:
    """It has a sign-in again: what was to be written back is due."""
    for what in _CHANGES:
        tx.run(f"bring_{what}_back_of", account=account, now=to_ms(now))


def bring_back(tx: Tx, now: datetime) -> int:
    """What can be done by now, though it was left aside: a program of before, which knows nothing of that,
    has connected the account."""
    return sum(tx.run(f"bring_{what}_back", now=to_ms(now)) for what in _ALL)


def is_set_aside(due_at: datetime) -> bool:
    """Whether it waits for its account, and for no time."""
    return due_at == _SET_ASIDE
