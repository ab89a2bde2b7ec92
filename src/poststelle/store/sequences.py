"""Numbers never handed out twice."""

from poststelle.model.ids import AccountId
from poststelle.store.tx import Tx


def next_id(tx: Tx, name: str) -> int:
    """The next number of the sequence ``name`` (users, accounts, sign_ins, audit); the first is 1."""
    row = tx.one("next_in_sequence", name=name)
    assert row is not None  # the statement always returns its row
    return int(row["id"])


def take_ids(tx: Tx, account: AccountId, count: int) -> int:
    """Reserve ``count`` ids in a row for things of one account; return the first."""
    row = tx.one("take_account_ids", account=account, count=count)
    if row is None:
        raise LookupError(f"account {account} is not there")
    return int(row["first"])
