"""While a backup copies octets, none are removed; when the last one was made."""

from datetime import datetime, timedelta

from poststelle.lib.clock import from_ms, to_ms
from poststelle.store import settings
from poststelle.store.tx import ReadTx, Tx

_HELD, _LAST, _INSTALLATION = "backup.held_until.", "backup.last", "backup.installation"
_JUMP = 100_000_000
"""More than an account counts up between a backup and the loss of what came after it."""


def hold(tx: Tx, token: str, until: datetime, now: datetime) -> None:
    """Have nobody remove octets before ``until``. Each backup has a ``token`` of its own."""
    settings.upsert(tx, f"{_HELD}{token}", value=to_ms(until), at=now, by=None)


def release(tx: Tx, token: str) -> None:
    """This backup copies no more: if it was the only one, housekeeping goes on."""
    settings.destroy(tx, f"{_HELD}{token}")


def note_made(tx: Tx, now: datetime) -> None:
    """A backup is whole."""
    settings.upsert(tx, _LAST, value=to_ms(now), at=now, by=None)


def is_held(tx: ReadTx, now: datetime) -> bool:
    """Whether octets are to stay. A time that is far off was said before the clock was set back."""
    held = [from_ms(int(row["value"])) for row in tx.all("list_backup_holds")]
    return any(now < until < now + timedelta(days=1) for until in held)


def installation(tx: Tx, fresh: str, now: datetime) -> str:
    """What tells this installation from others; ``fresh`` from now on if nothing does."""
    stored = settings.get(tx, _INSTALLATION)
    if stored is None:
        settings.upsert(tx, _INSTALLATION, value=fresh, at=now, by=None)
        return fresh
    return str(stored.value)


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
    is of another epoch (RFC 8620 §5.2, ``cannotCalculateChanges``); by the modseqs, which jump too, listeners
    that come back learn that there is news. Logins and invitations end: some
    had been ended or used since.
    """
    tx.run("begin_accounts_anew", jump=_JUMP, epoch=to_ms(now))
    tx.run("jump_sequences", jump=_JUMP)
    for what in ("logins", "invitations", "ceremonies", "sign_in_flows", "backup_holds"):
        tx.run(f"end_all_{what}")


def blobs_needed(tx: ReadTx, after: str, limit: int) -> list[str]:
    """Hashes of octets that something names, in their order."""
    return [row["sha256"] for row in tx.all("list_needed_blobs", after=after, limit=limit)]
