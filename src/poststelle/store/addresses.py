"""The addresses an account may send from, as the provider told them last."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.ids import AccountId, IdentityId
from poststelle.store.accounts import key_of
from poststelle.store.sequences import take_ids
from poststelle.store.tx import ReadTx, Tx


class Known(NamedTuple):
    """One address; its id stays while the account has it."""

    id: IdentityId
    email: str
    told_at: datetime


def list_all(tx: ReadTx, account: AccountId) -> list[Known]:
    """The account's own first."""
    return [
        Known(IdentityId(row["id"]), row["email"], from_ms(row["told_at"]))
        for row in tx.all("list_addresses", account=account)
    ]


def set_all(tx: Tx, account: AccountId, emails: Sequence[str], at: datetime) -> None:
    """These are the addresses now, each once, in this order; others go."""
    by_key = {key_of(email): email for email in reversed(emails)}
    keys = sorted(by_key, key=[key_of(email) for email in emails].index)
    first = take_ids(tx, account, len(keys)) if keys else 0
    rows = [
        {
            "account_id": account,
            "id": first + position,
            "email": by_key[key],
            "email_key": key,
            "position": position,
            "told_at": to_ms(at),
        }
        for position, key in enumerate(keys)
    ]
    tx.many("upsert_address", rows)
    tx.run("delete_addresses_told_before", account=account, at=to_ms(at))
