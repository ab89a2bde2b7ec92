"""A person's favourite folders, in all accounts they are assigned to."""

from poststelle.access.rights import require
from poststelle.model.errors import Conflict, NotFound
from poststelle.model.ids import UserId
from poststelle.model.mail_page import Favourite
from poststelle.model.rights import Level
from poststelle.store import favourites, folders
from poststelle.store.tx import ReadTx, Tx

MOST = 100


def list_all(tx: ReadTx, user: UserId) -> list[Favourite]:
    """In the person's order. Of accounts they are not assigned to any more, none."""
    return favourites.list_readable(tx, user)


def put(tx: Tx, user: UserId, wanted: Favourite, before: Favourite | None) -> list[Favourite]:
    """Make a folder a favourite, or move it: in front of ``before``; to the end where that is none or gone.

    Doing it twice changes nothing. Raises NotFound, and Conflict ``too_many_favourites``.
    """
    require(tx, user, wanted.account, Level.READ)
    if folders.get(tx, wanted.account, wanted.folder) is None:
        raise NotFound("no_such_folder", "There is no such folder.")
    others = [one for one in favourites.list_all(tx, user) if one != wanted]
    if len(others) >= MOST:
        raise Conflict("too_many_favourites", f"There are {MOST} favourites already; remove one first.")
    at = others.index(before) if before in others else len(others)
    favourites.set_order(tx, user, [*others[:at], wanted, *others[at:]])
    return favourites.list_readable(tx, user)


def remove(tx: Tx, user: UserId, unwanted: Favourite) -> list[Favourite]:
    """Also one that is out of sight, or no favourite at all."""
    favourites.destroy(tx, user, unwanted)
    return favourites.list_readable(tx, user)
