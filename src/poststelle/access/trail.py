"""Reading the audit trail."""

from poststelle.access.rights import require_settings
from poststelle.model.ids import AccountId, UserId
from poststelle.model.user import AuditEntry
from poststelle.store import audit
from poststelle.store.tx import ReadTx

MAX_ENTRIES = 200


def entries(
    tx: ReadTx, by: UserId, *, account: AccountId | None, before: int | None, limit: int
) -> list[AuditEntry]:
    """Entries newest first, at most 200; ``before`` continues below an entry's id."""
    require_settings(tx, by)
    return audit.list_newest(tx, account=account, before=before, limit=max(1, min(limit, MAX_ENTRIES)))
