"""Work that is due so late that only a clock which ran ahead, and was set back since, can have meant it."""

from datetime import datetime, timedelta

from poststelle.lib.clock import to_ms
from poststelle.store.tx import Tx

# Nothing of this waits for more than some hours; what may (mail to be sent later) is not in it.
_WAITING = ("sync_states", "folders", "writeback_ops", "folder_ops", "bounces")
_LONGEST = timedelta(days=2)


def bring_forward(tx: Tx, now: datetime) -> int:
    """Have it done now; how much that is."""
    latest = to_ms(now + _LONGEST)
    return sum(tx.run(f"bring_{table}_forward", now=to_ms(now), latest=latest) for table in _WAITING)
