"""When users are not notified: what they chose, and pauses."""

from datetime import datetime

import msgspec

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.ids import UserId
from poststelle.model.quiet import QuietHours, Rest
from poststelle.store.tx import ReadTx, Tx


def get(tx: ReadTx, user: UserId) -> Rest:
    """Nothing for a user who never chose anything, or is not there."""
    row = tx.one("get_quiet_hours", user=user)
    if row is None:
        return Rest(None, None)
    text, until = row["quiet_hours"], row["paused_until"]
    hours = None if text is None else msgspec.json.decode(text, type=QuietHours)
    return Rest(hours, None if until is None else from_ms(until))


def put(tx: Tx, user: UserId, rest: Rest) -> None:
    """Keep it. What was held back for the user is looked at anew."""
    tx.run(
        "set_quiet_hours",
        user=user,
        hours=None if rest.hours is None else msgspec.json.encode(rest.hours).decode(),
        until=None if rest.paused_until is None else to_ms(rest.paused_until),
    )
    tx.run("release_push_subscriptions", user=user)


def release_far_off(tx: Tx, latest: datetime) -> int:
    """Look anew at what is held for longer than any quiet lasts: the clock was ahead when it was."""
    return tx.run("release_far_off_push_subscriptions", latest=to_ms(latest))
