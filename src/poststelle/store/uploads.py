"""Octets that clients brought for a draft to come: known to whoever brought them, for a day."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from poststelle.lib.clock import to_ms
from poststelle.model.draft import Octets
from poststelle.model.ids import AccountId, UploadId, UserId
from poststelle.model.rights import Level, Scope
from poststelle.store.sequences import take_ids
from poststelle.store.tx import ReadTx, Tx

_CHECKS = 2**24
"""An upload's id is its row's number times this, and the beginning of its hash.

What was brought is not waited for (``write_fleeting``), so after a power failure its number may be given
again; its id names other octets never.
"""


class Upload(NamedTuple):
    """What was brought, and the type its bringer says it has."""

    id: UploadId
    octets: Octets
    content_type: str


class Unused(NamedTuple):
    """What one user has brought and no message keeps."""

    uploads: int
    octets: int


def insert(
    tx: Tx, account: AccountId, user: UserId, octets: Octets, content_type: str, at: datetime
) -> UploadId:
    number = take_ids(tx, account, 1)
    tx.run(
        "insert_upload",
        account=account,
        upload=number,
        user=user,
        sha256=octets.sha256,
        size=octets.size,
        content_type=content_type,
        at=to_ms(at),
    )
    return _id(number, octets.sha256)


def get(tx: ReadTx, account: AccountId, user: UserId, upload: UploadId, since: datetime) -> Upload | None:
    """What this user brought after ``since``."""
    return get_many(tx, account, user, [upload], since).get(upload)


def get_many(
    tx: ReadTx, account: AccountId, user: UserId, ids: Collection[UploadId], since: datetime
) -> dict[UploadId, Upload]:
    """Those of them that this user brought after ``since``."""
    numbers = [upload // _CHECKS for upload in ids]
    rows = tx.all("get_uploads", account=account, user=user, uploads=numbers, since=to_ms(since))
    found = [
        Upload(_id(row["id"], row["sha256"]), Octets(row["sha256"], row["size"]), row["content_type"])
        for row in rows
    ]
    return {one.id: one for one in found if one.id in ids}


def unused(tx: ReadTx, user: UserId, within: Scope | None = None) -> Unused:
    """Of all mailboxes, or those ``within`` a scope."""
    known = tx.all("sum_unused_uploads", user=user)
    rows = [r for r in known if within is None or within.limit(AccountId(r["account_id"]), Level.READ)]
    return Unused(sum(row["total"] for row in rows), sum(row["octets"] for row in rows))


def at_most_unused(tx: ReadTx, user: UserId) -> Unused:
    """As ``unused``, or more, in half the time: those count too whose octets a message keeps by now."""
    row = tx.one("sum_unnamed_uploads", user=user) or {"total": 0, "octets": 0}
    return Unused(row["total"], row["octets"])


def _id(number: int, sha256: str) -> UploadId:
    return UploadId(number * _CHECKS + int(sha256[:6], 16))


def set_used(tx: Tx, account: AccountId, ids: Sequence[UploadId]) -> None:
    """Messages were made of these: they don't count as unused any more."""
    if ids:
        tx.run("set_uploads_used", account=account, ids=[upload // _CHECKS for upload in ids])


def destroy_before(tx: Tx, at: datetime) -> int:
    """Forget what was brought before ``at``; return how many. Octets that nothing keeps are loose now."""
    tx.run("note_old_uploads_loose", before=to_ms(at))
    return tx.run("delete_old_uploads", before=to_ms(at))
