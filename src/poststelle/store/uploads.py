"""Octets that clients brought for a draft to come: known to whoever brought them, for a day."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from poststelle.lib.clock import to_ms
from poststelle.model.draft import Octets
from poststelle.model.ids import AccountId, UploadId, UserId
from poststelle.model.rights import Level, Scope
from poststelle.store.sequences import take_ids
from poststelle.store.tx import ReadTx, Tx


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
    upload = UploadId(take_ids(tx, account, 1))
    tx.run(
        "insert_upload",
        account=account,
        upload=upload,
        user=user,
        sha256=octets.sha256,
        size=octets.size,
        content_type=content_type,
        at=to_ms(at),
    )
    return upload


def get(tx: ReadTx, account: AccountId, user: UserId, upload: UploadId, since: datetime) -> Upload | None:
    """What this user brought after ``since``."""
    row = tx.one("get_upload", account=account, user=user, upload=upload, since=to_ms(since))
    return Upload(upload, Octets(row["sha256"], row["size"]), row["content_type"]) if row else None


def unused(tx: ReadTx, user: UserId, within: Scope | None = None) -> Unused:
    """Of all mailboxes, or those ``within`` a scope."""
    known = tx.all("sum_unused_uploads", user=user)
    rows = [r for r in known if within is None or within.limit(AccountId(r["account_id"]), Level.READ)]
    return Unused(sum(row["total"] for row in rows), sum(row["octets"] for row in rows))


def set_used(tx: Tx, account: AccountId, ids: Sequence[UploadId]) -> None:
    """Messages were made of these: they don't count as unused any more."""
    if ids:
        tx.run("set_uploads_used", account=account, ids=ids)


def destroy_before(tx: Tx, at: datetime) -> int:
    """Forget what was brought before ``at``; return how many. Octets that nothing keeps are loose now."""
    tx.run("note_old_uploads_loose", before=to_ms(at))
    return tx.run("delete_old_uploads", before=to_ms(at))
