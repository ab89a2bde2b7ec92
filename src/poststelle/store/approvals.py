"""Accounts whose organisation is to approve our app first: since when, and whether it has."""

from dataclasses import dataclass
from datetime import datetime

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.ids import AccountId
from poststelle.store.tx import ReadTx, Row, Tx


@dataclass(frozen=True, slots=True)
class Approval:
    """``code`` is the provider's. ``look_at`` None: looking tells nothing.

    ``was_unknown``: when we last looked, the organisation did not know our app at all.
    """

    account_id: AccountId
    code: str
    asked_at: datetime
    look_at: datetime | None
    was_unknown: bool
    given_at: datetime | None


def get(tx: ReadTx, account: AccountId) -> Approval | None:
    row = tx.one("get_approval", account=account)
    return None if row is None else _approval(row)


def list_all(tx: ReadTx) -> dict[AccountId, Approval]:
    found = [_approval(row) for row in tx.all("list_approvals")]
    return {approval.account_id: approval for approval in found}


def due(tx: ReadTx, now: datetime, limit: int) -> list[Approval]:
    """Those to be looked at by now, the longest waiting first."""
    return [_approval(row) for row in tx.all("list_approvals_due", now=to_ms(now), limit=limit)]


def ask(tx: Tx, account: AccountId, code: str, now: datetime) -> None:
    """It is waited for from now on; one that was given before is forgotten."""
    tx.run("put_approval", account=account, code=code, asked_at=to_ms(now))


def note_looked(tx: Tx, account: AccountId, look_at: datetime | None, *, was_unknown: bool) -> None:
    tx.run(
        "set_approval_looked",
        account=account,
        look_at=None if look_at is None else to_ms(look_at),
        was_unknown=int(was_unknown),
    )


def give(tx: Tx, account: AccountId, now: datetime) -> bool:
    """False when it was given before, or nobody waits for it."""
    return tx.run("set_approval_given", account=account, at=to_ms(now)) == 1


def destroy(tx: Tx, account: AccountId) -> None:
    tx.run("destroy_approval", account=account)


def _approval(row: Row) -> Approval:
    return Approval(
        account_id=AccountId(row["account_id"]),
        code=row["code"],
        asked_at=from_ms(row["asked_at"]),
        look_at=None if row["look_at"] is None else from_ms(row["look_at"]),
        was_unknown=bool(row["was_unknown"]),
        given_at=None if row["given_at"] is None else from_ms(row["given_at"]),
    )
