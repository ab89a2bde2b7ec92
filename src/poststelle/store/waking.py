"""That all accounts whose pull was refused are to be tried again: noted with what was put right, done later.

They may be thousands, and what was put right must not wait for them. Whoever dies over it leaves the note to
the next one; to wake twice is the same as once.
"""

from datetime import datetime

from poststelle.lib.clock import to_ms
from poststelle.store import settings
from poststelle.store.tx import ReadTx, Tx

_KEY = "waking.noted"


def note(tx: Tx, now: datetime) -> None:
    """To be done from now on; what was under way for an earlier note does not count for this one."""
    number = (noted(tx) or 0) + 1
    settings.upsert(tx, _KEY, value=max(number, to_ms(now)), at=now, by=None)


def noted(tx: ReadTx) -> int | None:
    """The note's number; None where nothing is to be done."""
    found = settings.get(tx, _KEY)
    return None if found is None else int(found.value)


def done(tx: Tx, number: int) -> None:
    """All were woken after this note; a later one stays."""
    if noted(tx) == number:
        settings.destroy(tx, _KEY)
