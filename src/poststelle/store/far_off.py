"""Work that is due so late that only a clock which ran ahead, and was set back since, can have meant it."""

from datetime import datetime, timedelta

from poststelle.lib.clock import to_ms
from poststelle.store import quiet_hours
from poststelle.store.tx import Tx

# The longest that each may have to wait: five minutes between two looks or attempts, an hour where a
# provider asks for it, a day for what is put off after refusals. What is to be sent later is not in it.
_LONGEST = {
    "sync_states": timedelta(hours=3),
    "folders": timedelta(hours=3),
    "writeback_ops": timedelta(days=2),
    "folder_ops": timedelta(hours=3),
    "bounces": timedelta(days=2),
    "archives": timedelta(days=2),
    "archive_due": timedelta(days=2),
    "checks": timedelta(hours=3),
    "sending": timedelta(days=2),
    "proofs": timedelta(days=2),
    "webhooks": timedelta(days=2),
    "webhook_deliveries": timedelta(days=2),
}
_LONGEST_QUIET = timedelta(days=9)


def bring_forward(tx: Tx, now: datetime) -> int:
    """Have it done now; how much that is."""
    return quiet_hours.release_far_off(tx, now + _LONGEST_QUIET) + sum(
        tx.run(f"bring_{waiting}_forward", now=to_ms(now), latest=to_ms(now + longest))
        for waiting, longest in _LONGEST.items()
    )
