"""Messages reported as gone from their folder, until the provider is asked where they are."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from poststelle.lib.clock import to_ms
from poststelle.model.ids import AccountId, FolderId, MessageId, RemoteId
from poststelle.store.tx import ReadTx, Tx


class Departure(NamedTuple):
    message_id: MessageId
    remote_id: RemoteId
    folder_id: FolderId


def add(tx: Tx, account: AccountId, folder: FolderId, ids: Iterable[MessageId], at: datetime) -> None:
    """Note that the messages have left ``folder``; the first report stays."""
    rows = [{"account_id": account, "message_id": i, "folder_id": folder, "at": to_ms(at)} for i in ids]
    tx.many("insert_departure", rows)


def add_all_of(tx: Tx, account: AccountId, folder: FolderId, at: datetime) -> None:
    """All messages of a folder depart, because the folder has left."""
    tx.run("insert_departures_of_folder", account=account, folder=folder, at=to_ms(at))


def list_all(tx: ReadTx, account: AccountId, limit: int) -> list[Departure]:
    """Departures to be located, the oldest first."""
    return [
        Departure(MessageId(row["message_id"]), RemoteId(row["remote_id"]), FolderId(row["folder_id"]))
        for row in tx.all("list_departures", account=account, limit=limit)
    ]


def still(tx: ReadTx, account: AccountId, ids: Iterable[MessageId]) -> list[MessageId]:
    """Those of the messages that are departures."""
    rows = tx.all("list_still_departed", account=account, ids=list(ids))
    return [MessageId(row["message_id"]) for row in rows]


def repoint(tx: Tx, account: AccountId, old: MessageId, new: MessageId) -> None:
    """A message got another id: it is still to be asked for."""
    tx.run("move_departure", account=account, old=old, new=new)


def settle(tx: Tx, account: AccountId, ids: Iterable[MessageId]) -> None:
    """These messages have been located (or met again)."""
    settled = list(ids)
    if settled:
        tx.run("delete_departures", account=account, ids=settled)
