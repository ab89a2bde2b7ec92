"""All that is kept of one user, for themselves or an administrator whom they have asked.

Source: GDPR, articles 15 (access) and 20 (portability).
"""

from datetime import datetime
from typing import Any

from poststelle.access.rights import require_settings
from poststelle.lib.ids import encode_id
from poststelle.model.audit import AuditEntry
from poststelle.model.errors import NotFound
from poststelle.model.ids import USER, UserId
from poststelle.model.user import labelled
from poststelle.store import audit, personal
from poststelle.store.audit import About, Filter
from poststelle.store.tx import ReadTx, Tx

_AT_ONCE = 500
_LOOKED_AT = 3_000


def begin_export(tx: Tx, by: UserId, user: UserId, now: datetime) -> dict[str, Any]:
    """The user's data but for their deeds, by the names of the tables; noted in the audit trail.

    Raises NotAllowed for somebody else's without the right to the settings, NotFound ``no_such_user``.
    """
    _require(tx, by, user)
    profile = personal.profile(tx, user)
    if profile is None:
        raise NotFound("no_such_user", "There is no such user.")
    whom = encode_id(USER, user)
    called = labelled(str(profile["name"]), str(profile["login"]))
    audit.record(tx, now, by, "user.data_exported", subject=called, whom=whom)
    return {"profile": profile} | {name: personal.part(tx, name, user) for name in personal.PARTS}


def begin_export_of(tx: Tx, by: UserId, user: UserId, now: datetime) -> dict[str, Any]:
    """As ``begin_export``, for administrators alone."""
    require_settings(tx, by)
    return begin_export(tx, by, user, now)


def deeds(tx: ReadTx, by: UserId, user: UserId, before: tuple[int, int] | None) -> list[AuditEntry]:
    """What the user did, the newest first, below the entry ``before``; a portion. Raises NotAllowed."""
    _require(tx, by, user)
    return audit.find(tx, Filter(user=user), before=before, limit=_AT_ONCE)


def about(tx: ReadTx, by: UserId, user: UserId, before: tuple[int, int, int] | None) -> About:
    """What others did about the user, in a part of the trail below ``before``. Raises NotAllowed."""
    _require(tx, by, user)
    return audit.find_about(tx, user, before, _LOOKED_AT)


def _require(tx: ReadTx, by: UserId, user: UserId) -> None:
    if by != user:
        require_settings(tx, by)
