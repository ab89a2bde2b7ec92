"""What users are told of changes of their own rights; destroyed ones stay as long as in the change log."""

from datetime import datetime

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.change import ChangeOp, ChangeType
from poststelle.model.ids import AccountId, FolderId, SharingId, UserId
from poststelle.model.rights import Level
from poststelle.model.sharing import ShareNotification
from poststelle.store.sequences import take_ids
from poststelle.store.tx import ReadTx, Row, Tx


def new_id(tx: Tx, account: AccountId) -> SharingId:
    return SharingId(take_ids(tx, account, 1))


def insert(tx: Tx, one: ShareNotification) -> None:
    tx.run(
        "insert_share_notification",
        account_id=one.account_id,
        id=one.id,
        user_id=one.user_id,
        created_at=to_ms(one.created_at),
        changed_by=one.changed_by,
        changed_by_name=one.changed_by_name,
        about_account=one.about,
        about_folder=one.folder,
        is_internal=int(one.is_internal),
        name=one.name,
        old_level=None if one.old is None else int(one.old),
        new_level=None if one.new is None else int(one.new),
    )
    tx.changed(one.account_id, ChangeType.SHARING, one.id, ChangeOp.CREATED)


def list_of(tx: ReadTx, user: UserId, account: AccountId) -> list[ShareNotification]:
    """The user's in this account, the oldest first."""
    return [_read(row) for row in tx.all("list_share_notifications", user_id=user, account=account)]


def ever_of(tx: ReadTx, user: UserId, account: AccountId) -> set[SharingId]:
    """All that the user had or has in this account, as far as is remembered."""
    rows = tx.all("list_share_notifications_ever", user_id=user, account=account)
    return {SharingId(row["id"]) for row in rows}


def destroy(tx: Tx, user: UserId, account: AccountId, id_: SharingId, at: datetime) -> bool:
    """False when the user has none of this id here."""
    facts = {"user_id": user, "account": account, "id": id_, "at": to_ms(at)}
    if not tx.run("destroy_share_notification", **facts):
        return False
    tx.changed(account, ChangeType.SHARING, id_, ChangeOp.DESTROYED)
    return True


def destroy_before(tx: Tx, before: datetime, limit: int, at: datetime) -> int:
    """Destroy up to ``limit`` of those that were made before then; return how many."""
    rows = tx.all("list_share_notifications_before", before=to_ms(before), limit=limit)
    for row in rows:
        destroy(tx, UserId(row["user_id"]), AccountId(row["account_id"]), SharingId(row["id"]), at)
    return len(rows)


def forget_before(tx: Tx, before: datetime) -> int:
    """Forget those that were destroyed before then."""
    return tx.run("forget_share_notifications", before=to_ms(before))


def forget_author(tx: Tx, user: UserId) -> int:
    """They no longer say by name who changed a right; of how many. Nobody is told of it anew."""
    return tx.run("forget_share_notification_author", user=user)


def _read(row: Row) -> ShareNotification:
    return ShareNotification(
        account_id=AccountId(row["account_id"]),
        id=SharingId(row["id"]),
        user_id=UserId(row["user_id"]),
        created_at=from_ms(row["created_at"]),
        changed_by=None if row["changed_by"] is None else UserId(row["changed_by"]),
        changed_by_name=row["changed_by_name"],
        about=AccountId(row["about_account"]),
        folder=None if row["about_folder"] is None else FolderId(row["about_folder"]),
        is_internal=bool(row["is_internal"]),
        name=row["name"],
        old=None if row["old_level"] is None else Level(row["old_level"]),
        new=None if row["new_level"] is None else Level(row["new_level"]),
    )
