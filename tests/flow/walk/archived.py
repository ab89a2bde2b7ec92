"""The archive of a walk: everything that is no draft is in it, once, and it holds."""

from __future__ import annotations

from datetime import datetime

from tests.flow.walk.station import Station

from poststelle.auth.crypto import KeyRing
from poststelle.mail import archive_proof, archiving
from poststelle.model.ids import AccountId, RemoteId
from poststelle.store import archive, messages
from poststelle.store.tx import ReadTx, Tx


def begin(tx: Tx, account: AccountId, address: str, ring: KeyRing, now: datetime) -> None:
    archive.turn_on(tx, account, address, now)
    archiving.begin(tx, ring, account, now)


async def unarchived(station: Station) -> list[str]:
    """What of the mailbox is not in its archive, and what is wrong with that."""
    store, account = station.store, station.account
    found = await store.read(_lacking, account)
    if waiting := await store.read(archive.waiting, account):
        found.append(f"{waiting} messages wait for the archive")
    after = 0
    while portion := await archive_proof.verify(store, station.blobs, station.ring, account, after):
        found += [f"the archive does not hold: {one}" for one in portion.broken]
        if portion.is_end:
            return found
        after = portion.at
    return [*found, "there is no archive"]


def _lacking(tx: ReadTx, account: AccountId) -> list[str]:
    ids = [RemoteId(row["remote_id"]) for row in tx.all("list_remote_ids", account=account)]
    held = messages.by_remote(tx, account, ids).values()
    final = [one for one in held if not one.mutable.is_draft]
    return [f"not archived: {one}" for one in final if not archive.holds(tx, account, one.remote_id)]
