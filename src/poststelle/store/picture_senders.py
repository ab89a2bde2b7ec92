"""Senders whose pictures from outside users see without being asked."""

from datetime import datetime

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.ids import UserId
from poststelle.model.mail_page import PictureSender
from poststelle.store.accounts import key_of
from poststelle.store.tx import ReadTx, Tx


def list_all(tx: ReadTx, user: UserId) -> list[PictureSender]:
    """By address."""
    rows = tx.all("list_picture_senders", user=user)
    return [PictureSender(row["address"], from_ms(row["allowed_at"])) for row in rows]


def put(tx: Tx, user: UserId, address: str, at: datetime) -> None:
    """One that is there already stays as it was."""
    tx.run("put_picture_sender", user=user, key=key_of(address), address=address, at=to_ms(at))


def destroy(tx: Tx, user: UserId, address: str) -> None:
    tx.run("destroy_picture_sender", user=user, key=key_of(address))
