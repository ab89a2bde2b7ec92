"""Work that is due so late that only a clock which ran ahead, and was set back since, can have meant it."""

from datetime import datetime, timedelta

from poststelle.lib.clock import to_ms
from poststelle.store import quiet_hours, sync_states
from poststelle.store.tx import Tx

# The longest that each may have to wait: five minutes between two attempts, an hour where a provider asks
# for it, a day for what is put off after refusals. What is to be sent later is not in it.
_LONGEST = {
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
_SLACK = timedelta(hours=2)  # beside the pace: the hour that a provider may ask for, and clocks that differ


def bring_forward(tx: Tx, now: datetime, *, wait: timedelta, look: timedelta) -> int:
    """Have it done now; how much that is.

    ``wait``: the longest that an account in which nothing happens may have to wait; ``look``: a folder.
    """
    longest = _LONGEST | {"sync_states": wait + _SLACK, "folders": look + _SLACK}
    asked = {"now": sync_states.place(now), "latest": sync_states.place(now + _SLACK)}
    brought = tx.run("bring_asked_forward", **asked)
    return (
        brought
        + quiet_hours.release_far_off(tx, now + _LONGEST_QUIET)
        + sum(
            tx.run(f"bring_{waiting}_forward", now=to_ms(now), latest=to_ms(now + most))
            for waiting, most in longest.items()
        )
    )
