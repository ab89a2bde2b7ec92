"""While a backup copies octets, none are removed; when the last one was made."""

from datetime import datetime, timedelta

from poststelle.lib.clock import from_ms, to_ms
from poststelle.store import settings
from poststelle.store.tx import ReadTx, Tx

_HELD, _LAST = "backup.held_until", "backup.last"
_JUMP = 100_000_000
"""More than an account counts up between a backup and the loss of what came after it."""


def hold(tx: Tx, until: datetime, now: datetime) -> None:
    """Have nobody remove octets before ``until``."""
    settings.upsert(tx, _HELD, value=to_ms(until), at=now, by=None)


def release(tx: Tx, now: datetime) -> None:
    """The copies are made: housekeeping goes on."""
    settings.destroy(tx, _HELD)
    settings.upsert(tx, _LAST, value=to_ms(now), at=now, by=None)


def abandon(tx: Tx) -> None:
    """No copies were made after all."""
    settings.destroy(tx, _HELD)


def is_held(tx: ReadTx, now: datetime) -> bool:
    """Whether octets are to stay. A time that is far off was said before the clock was set back."""
    stored = settings.get(tx, _HELD)
    return stored is not None and now < from_ms(stored.value) < now + timedelta(days=1)


def last(tx: ReadTx) -> datetime | None:
    """When the newest backup was whole; None: never."""
    stored = settings.get(tx, _LAST)
    return None if stored is None else from_ms(stored.value)


def meta(tx: ReadTx) -> dict[str, str]:
    """What the database says of its schema."""
    return {row["key"]: row["value"] for row in tx.all("list_meta")}


def begin_anew(tx: Tx, now: datetime) -> None:
    """Make an earlier state the present one.

    Clients and browsers have seen numbers given after it: none is given again, and every state they remember
    is of another epoch (RFC 8620 §5.2, ``cannotCalculateChanges``). Logins end: some had been ended since.
    """
    tx.run("begin_accounts_anew", jump=_JUMP, epoch=to_ms(now))
    tx.run("jump_sequences", jump=_JUMP)
    for statement in ("end_all_logins", "end_all_ceremonies", "end_all_sign_in_flows"):
        tx.run(statement)
    settings.destroy(tx, _HELD)


def blobs_needed(tx: ReadTx, after: str, limit: int) -> list[str]:
    """Hashes of octets that something names, in their order."""
    return [row["sha256"] for row in tx.all("list_needed_blobs", after=after, limit=limit)]
