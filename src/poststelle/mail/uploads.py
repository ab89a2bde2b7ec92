"""Octets that a client brings for a draft to come. Source: RFC 8620 §6.1."""

from collections.abc import Collection
from datetime import datetime, timedelta

from poststelle.access.rights import require
from poststelle.model.draft import Octets
from poststelle.model.errors import TooMany
from poststelle.model.ids import AccountId, UploadId, UserId
from poststelle.model.rights import Level
from poststelle.store import grants, uploads
from poststelle.store.tx import ReadTx, Tx
from poststelle.store.uploads import Unused, Upload

LARGEST = 150 * 1024 * 1024
"""What Microsoft takes as one attachment at most."""
LIVES = timedelta(hours=24)
MOST_UNUSED_OCTETS = 500 * 1024 * 1024
MOST_UNUSED = 1_000


def may_bring(tx: ReadTx, user: UserId, account: AccountId, size: int) -> None:
    """Whether ``size`` octets more may be brought. Raises NotFound, NotAllowed, or TooMany over the quota."""
    require(tx, user, account, Level.WRITE)
    if _is_too_much(uploads.at_most_unused(tx, user), size) and _is_too_much(uploads.unused(tx, user), size):
        raise TooMany(
            "too_many_uploads",
            "You have brought too many files that no message uses yet; they are forgotten after a day.",
            after_s=int(LIVES.total_seconds()),
        )


def _is_too_much(held: Unused, size: int) -> bool:
    return held.octets + size > MOST_UNUSED_OCTETS or held.uploads >= MOST_UNUSED


def used(tx: ReadTx, user: UserId, account: AccountId) -> Unused | None:
    """How much of the quota is used, in the mailboxes of the caller's scope.

    None for who may read here and bring nothing. Raises NotFound.
    """
    require(tx, user, account, Level.READ)
    may_bring_any = (grants.level(tx, user, account) or Level.READ) >= Level.WRITE
    return uploads.unused(tx, user, within=tx.scope) if may_bring_any else None


def keep(
    tx: Tx, user: UserId, account: AccountId, octets: Octets, content_type: str, now: datetime
) -> UploadId:
    """Note stored octets as brought by this user; raises as ``may_bring``."""
    may_bring(tx, user, account, octets.size)
    return uploads.insert(tx, account, user, octets, content_type, now)


def get(tx: ReadTx, user: UserId, account: AccountId, upload: UploadId, now: datetime) -> Upload | None:
    """What this user brought during the last day; others can't name it."""
    require(tx, user, account, Level.READ)
    return uploads.get(tx, account, user, upload, now - LIVES)


def get_many(
    tx: ReadTx, user: UserId, account: AccountId, ids: Collection[UploadId], now: datetime
) -> dict[UploadId, Upload]:
    """As ``get``, for several."""
    require(tx, user, account, Level.READ)
    return uploads.get_many(tx, account, user, ids, now - LIVES)


def forget_old(tx: Tx, now: datetime) -> int:
    """Forget what was brought more than a day ago; return how many."""
    return uploads.destroy_before(tx, now - LIVES)
