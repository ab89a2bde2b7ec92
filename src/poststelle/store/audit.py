"""The audit trail: only ever added to, and kept when users and accounts go."""

from datetime import datetime
from typing import Any

import msgspec

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.ids import AccountId, UserId
from poststelle.model.user import AuditEntry
from poststelle.store.sequences import next_id
from poststelle.store.tx import ReadTx, Row, Tx

NEWEST = 2**62


def record(
    tx: Tx,
    at: datetime,
    user: UserId | None,
    action: str,
    account: AccountId | None = None,
    *,
    subject: str = "",
    **detail: Any,
) -> None:
    """Note who did what, in the transaction that does it. ``detail`` must not hold secrets or mail.

    The user's name and login are kept as they are now: both may be somebody else's one day.
    """
    tx.run(
        "insert_audit",
        id=next_id(tx, "audit"),
        at=to_ms(at),
        user_id=user,
        action=action,
        account_id=account,
        subject=subject,
        detail=msgspec.json.encode(detail).decode(),
    )


def list_newest(
    tx: ReadTx, *, account: AccountId | None = None, before: int | None = None, limit: int = 100
) -> list[AuditEntry]:
    """Entries older than the entry ``before``, newest first; all accounts when ``account`` is None."""
    older_than = NEWEST if before is None else before
    if account is None:
        rows = tx.all("list_audit", before=older_than, limit=limit)
    else:
        rows = tx.all("list_audit_of_account", account_id=account, before=older_than, limit=limit)
    return [_entry(row) for row in rows]


def _entry(row: Row) -> AuditEntry:
    user, account = row["user_id"], row["account_id"]
    return AuditEntry(
        id=row["id"],
        at=from_ms(row["at"]),
        user_id=None if user is None else UserId(user),
        user_name=row["user_name"],
        user_login=row["user_login"],
        action=row["action"],
        account_id=None if account is None else AccountId(account),
        subject=row["subject"],
        detail=msgspec.json.decode(row["detail"]),
    )
