"""Mailboxes whose forwarded mail came back, because their organisation lets none be sent on to others."""

from datetime import datetime

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.ids import AccountId
from poststelle.store.tx import ReadTx, Tx


def get(tx: ReadTx, account: AccountId) -> datetime | None:
    """When it last did."""
    row = tx.one("get_forwarding_refusal", account=account)
    return None if row is None else from_ms(row["at"])


def list_all(tx: ReadTx) -> dict[AccountId, datetime]:
    return {AccountId(row["account_id"]): from_ms(row["at"]) for row in tx.all("list_forwarding_refusals")}


def put(tx: Tx, account: AccountId, at: datetime) -> None:
    """Of two, the later counts."""
    tx.run("put_forwarding_refusal", account=account, at=to_ms(at))


def destroy(tx: Tx, account: AccountId) -> None:
    tx.run("destroy_forwarding_refusal", account=account)
