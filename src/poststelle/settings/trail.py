"""How long the audit trail is kept."""

from dataclasses import replace
from datetime import datetime

from poststelle.access.rights import Asker, require_proof, require_settings
from poststelle.auth.crypto import CannotOpen, KeyRing
from poststelle.model.ids import UserId
from poststelle.settings import change, seals
from poststelle.settings.schema import AUDIT_MONTHS
from poststelle.store.tx import ReadTx, Tx


def keep_months(tx: ReadTx, by: UserId, ring: KeyRing) -> int | None:
    """None: for ever. Raises NotAllowed without the right to the settings."""
    require_settings(tx, by)
    text = change.read(tx, ring, AUDIT_MONTHS)
    return None if text is None else int(text)


def kept_months(tx: ReadTx, ring: KeyRing) -> int | None:
    """As ``keep_months``, for our own program: what people have said here, not what stands in the database.

    None, too, while that can't be told.
    """
    try:
        known = seals.read(tx, ring)
    except CannotOpen:
        return None
    return None if known is None else known.audit_months


def set_keep_months(tx: Tx, by: Asker, months: int | None, *, ring: KeyRing, now: datetime) -> int | None:
    """Keep it; older entries go within the hour.

    Raises NotAllowed, Invalid, and ``proof_needed`` for a shorter time than people have said here: it takes
    away what would tell of a deed.
    """
    require_settings(tx, by.user)
    text = None if months is None else AUDIT_MONTHS.check(str(months))
    known = seals.current(tx, ring, now)
    if seals.is_shorter(months, None if known is None else known.audit_months):
        require_proof(by)
    change.write(tx, ring, AUDIT_MONTHS, text, by=by.user, now=now)
    if known is not None:
        seals.write(tx, ring, replace(known, audit_months=months), now)
    return months
