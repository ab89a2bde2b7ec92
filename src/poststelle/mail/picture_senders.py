"""Whose pictures from outside a user sees without being asked. They tell the sender that the mail is read."""

import re
from datetime import datetime

from poststelle.model.errors import Conflict, Invalid
from poststelle.model.ids import UserId
from poststelle.model.mail_page import PictureSender
from poststelle.store import picture_senders
from poststelle.store.accounts import key_of
from poststelle.store.tx import ReadTx, Tx

MOST = 500
_LONGEST = 320
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")
"""As mail has them, which is more than anybody could be written to."""


def list_all(tx: ReadTx, user: UserId) -> list[PictureSender]:
    """By address."""
    return picture_senders.list_all(tx, user)


def allow(tx: Tx, user: UserId, address: str, now: datetime) -> list[PictureSender]:
    """Doing it twice changes nothing.

    Raises Invalid ``invalid_address`` and Conflict ``too_many_picture_senders``.
    """
    wanted = address.strip()
    if len(wanted) > _LONGEST or not _ADDRESS.fullmatch(wanted) or not wanted.isprintable():
        raise Invalid("address", "invalid_address", "That is no address.")
    others = [one for one in picture_senders.list_all(tx, user) if key_of(one.address) != key_of(wanted)]
    if len(others) >= MOST:
        raise Conflict("too_many_picture_senders", f"There are {MOST} senders already; remove one first.")
    picture_senders.put(tx, user, wanted, now)
    return picture_senders.list_all(tx, user)


def ask_again(tx: Tx, user: UserId, address: str) -> list[PictureSender]:
    """Also for one that was never allowed."""
    picture_senders.destroy(tx, user, address)
    return picture_senders.list_all(tx, user)
