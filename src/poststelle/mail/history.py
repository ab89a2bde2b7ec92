"""Local copies of mail older than an account holds go; the provider's mail stays as it is."""

from datetime import datetime

from poststelle.mail.ingest import lock
from poststelle.model.change import ChangeOp, ChangeType
from poststelle.model.ids import AccountId
from poststelle.store import history, messages
from poststelle.store.tx import Tx


def forget_older(tx: Tx, account: AccountId, limit: int) -> int:
    """Remove up to ``limit`` copies received before the account's history; return how many went.

    Nothing is queued for the provider. What something waits for stays until that is done.
    Raises NotFound when the account is gone.
    """
    lock(tx, account)
    begins: datetime | None = history.since(tx, account)
    if begins is None:
        return 0
    ids = history.older(tx, account, begins, limit)
    if ids:
        messages.destroy_many(tx, account, ids)
        tx.changed(account, ChangeType.SYNC, 0, ChangeOp.UPDATED)
    return len(ids)
