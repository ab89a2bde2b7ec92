"""All that is kept of one user, for themselves or an administrator whom they have asked; and taking it away.

Source: GDPR, articles 15 (access), 17 (erasure) and 20 (portability).
"""

from datetime import datetime
from typing import Any

import msgspec

from poststelle.access.rights import require_settings
from poststelle.access.trail import erase
from poststelle.lib.ids import encode_id
from poststelle.model.audit import AuditEntry
from poststelle.model.errors import NotFound
from poststelle.model.ids import USER, UserId
from poststelle.model.user import User
from poststelle.store import audit, personal, settings
from poststelle.store.audit import Filter
from poststelle.store.tx import ReadTx, Tx

_ERASING = "audit.erasing"
_AT_ONCE = 500


class _Gone(msgspec.Struct, frozen=True):
    """A removed user, and what they were called at the end."""

    id: int
    name: str
    label: str


def begin_export(tx: Tx, by: UserId, user: UserId, now: datetime) -> dict[str, Any]:
    """The user's data but for their deeds, by the names of the tables; noted in the audit trail.

    Raises NotAllowed for somebody else's without the right to the settings, NotFound ``no_such_user``.
    """
    _require(tx, by, user)
    profile = personal.profile(tx, user)
    if profile is None:
        raise NotFound("no_such_user", "There is no such user.")
    whom = encode_id(USER, user)
    audit.record(tx, now, by, "user.data_exported", subject=str(profile["name"]), whom=whom)
    return {"profile": profile} | {name: personal.part(tx, name, user) for name in personal.PARTS}


def begin_export_of(tx: Tx, by: UserId, user: UserId, now: datetime) -> dict[str, Any]:
    """As ``begin_export``, for administrators alone."""
    require_settings(tx, by)
    return begin_export(tx, by, user, now)


def deeds(tx: ReadTx, by: UserId, user: UserId, before: tuple[int, int] | None) -> list[AuditEntry]:
    """What the user did, the newest first, below the entry ``before``; a portion. Raises NotAllowed."""
    _require(tx, by, user)
    return audit.find(tx, Filter(user=user), before=before, limit=_AT_ONCE)


def want_erased(tx: Tx, user: User, now: datetime) -> None:
    """Have taken away, in portions, what the audit trail says of a user who is removed."""
    _set(tx, [*_wanted(tx), _Gone(user.id, user.name, user.label)], now)


def is_erasing(tx: ReadTx) -> bool:
    """Whether something is to be erased."""
    return bool(_wanted(tx))


def erase_portion(tx: Tx, now: datetime) -> bool:
    """Take some of it away; False when nothing is left to be erased."""
    waiting = _wanted(tx)
    if not waiting:
        return False
    gone = waiting[0]
    told = audit.saying(tx, UserId(gone.id), gone.name, gone.label, _AT_ONCE)
    if told:
        erase(tx, None, told, now)
    else:
        _set(tx, waiting[1:], now)
    return True


def _require(tx: ReadTx, by: UserId, user: UserId) -> None:
    if by != user:
        require_settings(tx, by)


def _wanted(tx: ReadTx) -> list[_Gone]:
    stored = settings.get(tx, _ERASING)
    return [] if stored is None else msgspec.convert(stored.value, list[_Gone])


def _set(tx: Tx, gone: list[_Gone], now: datetime) -> None:
    if gone:
        settings.upsert(tx, _ERASING, value=gone, at=now, by=None)
    else:
        settings.destroy(tx, _ERASING)
