"""The folders that users want at hand; they go with their folder."""

from collections.abc import Sequence

from poststelle.model.ids import AccountId, FolderId, UserId
from poststelle.model.mail_page import Favourite
from poststelle.store.tx import ReadTx, Row, Tx


def list_all(tx: ReadTx, user: UserId) -> list[Favourite]:
    """In the user's order, those of accounts that are not theirs any more too."""
    return [_read(row) for row in tx.all("list_favourites", user_id=user)]


def list_readable(tx: ReadTx, user: UserId) -> list[Favourite]:
    """In the user's order, of the accounts they are assigned to."""
    return [_read(row) for row in tx.all("list_readable_favourites", user_id=user)]


def set_order(tx: Tx, user: UserId, ordered: Sequence[Favourite]) -> None:
    """Store them in this order; others stay where they are."""
    for place, one in enumerate(ordered):
        tx.run("put_favourite", user_id=user, account_id=one.account, folder_id=one.folder, place=place)


def destroy(tx: Tx, user: UserId, one: Favourite) -> None:
    tx.run("destroy_favourite", user_id=user, account_id=one.account, folder_id=one.folder)


def _read(row: Row) -> Favourite:
    return Favourite(AccountId(row["account_id"]), FolderId(row["folder_id"]))
