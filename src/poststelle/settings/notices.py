"""Changes that Microsoft refused and that were taken back: shown until somebody dismisses them."""

from poststelle.access.rights import require
from poststelle.model.ids import AccountId, UserId
from poststelle.model.rights import Level
from poststelle.model.writeback import Notice
from poststelle.store import notices
from poststelle.store.tx import ReadTx, Tx


def list_all(tx: ReadTx, user: UserId, account: AccountId) -> list[Notice]:
    require(tx, user, account, Level.READ)
    return notices.list_all(tx, account)


def dismiss(tx: Tx, user: UserId, account: AccountId, notice: int) -> None:
    """Put a notice away for everybody. Dismissing it twice is the same as once."""
    require(tx, user, account, Level.WRITE)
    notices.dismiss(tx, account, notice)
