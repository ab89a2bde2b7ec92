"""While a backup copies octets, none are removed; when the last one was made."""

from datetime import datetime, timedelta

from poststelle.lib.clock import from_ms, to_ms
from poststelle.store import settings
from poststelle.store.marks import MOVED
from poststelle.store.tx import ReadTx, Tx

_HELD, _LAST, _INSTALLATION = "backup.held_until.", "backup.last", "backup.installation"
_FORMER = "backup.restored_from"
_JUMP = 100_000_000
"""More than an account counts up between a backup and the loss of what came after it."""
_JUMP_OF_ACCOUNTS = 1_000
"""The same for accounts themselves: their numbers have few bits (``model.search.LAST_ACCOUNT``)."""


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


def known_installation(tx: ReadTx) -> str | None:
    """As ``installation``, where nothing may be written."""
    stored = settings.get(tx, _INSTALLATION)
    return None if stored is None else str(stored.value)


def be_another(tx: Tx, fresh: str, now: datetime) -> None:
    """What was restored is called otherwise than what it was restored from, which may be at work still."""
    settings.upsert(tx, _FORMER, value=known_installation(tx), at=now, by=None)
    settings.upsert(tx, _INSTALLATION, value=fresh, at=now, by=None)


def restored_from(tx: ReadTx) -> str | None:
    """Which installation's backup this one came of last; None: of none."""
    stored = settings.get(tx, _FORMER)
    return None if stored is None or stored.value is None else str(stored.value)


def is_moved(tx: ReadTx) -> bool:
    """Whether this database is being moved to another one, or was: nobody is to go on with it."""
    return MOVED in meta(tx)


def end_move(tx: Tx) -> None:
    """It is not being moved any more."""
    tx.run("delete_meta", key=MOVED)


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
    tx.run("jump_sequences", jump=_JUMP, of_accounts=_JUMP_OF_ACCOUNTS)
    for what in ("logins", "invitations", "ceremonies", "sign_in_flows", "backup_holds"):
        tx.run(f"end_all_{what}")


def blobs_needed(tx: ReadTx, after: str, limit: int) -> list[str]:
    """Hashes of octets that something names, in their order."""
    return [row["sha256"] for row in tx.all("list_needed_blobs", after=after, limit=limit)]
