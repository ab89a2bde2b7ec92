"""Whether a mailbox's messages become activity records, as those who manage it choose."""

from datetime import datetime

from poststelle.access.rights import require_or_settings
from poststelle.model.ids import AccountId, UserId
from poststelle.model.rights import Level
from poststelle.store import accounts, activities, audit
from poststelle.store.activities import Recording
from poststelle.store.tx import ReadTx, Tx


def get(tx: ReadTx, by: UserId, account: AccountId) -> Recording | None:
    """None: it was never turned on. For all assigned to the mailbox."""
    require_or_settings(tx, by, account, Level.READ)
    return activities.recording(tx, account)


def turn(tx: Tx, by: UserId, account: AccountId, *, is_on: bool, now: datetime) -> None:
    """From now on messages become records, or no more; records that there are stay. Needs level manage."""
    require_or_settings(tx, by, account, Level.MANAGE)
    held, before = accounts.get(tx, account), activities.recording(tx, account)
    if held is None or (before is not None and before.is_on) == is_on:
        return
    activities.set_recording(tx, account, is_on=is_on, at=now)
    audit.record(
        tx, now, by, "recording.turned_on" if is_on else "recording.turned_off", account, subject=held.address
    )
