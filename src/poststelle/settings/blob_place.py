"""Where this installation's octets are: a mark lies there, and the database knows which one.

So a bucket is the same one by whatever address it is reached, two installations never share one by mistake,
and a server that is led to another place than the one with the octets does not start.
"""

import asyncio
from datetime import datetime

import msgspec

from poststelle.blobs import ObjectMissing, Objects
from poststelle.lib.ids import new_key
from poststelle.store import backups, settings
from poststelle.store.tx import ReadTx, Store, Tx

MARK = "poststelle.json"
LOCAL = "local"
"""The folder of the server itself, which has no mark."""
_KEY = "blobs.place"


class PlaceProblem(Exception):
    """Octets can't be kept there; the message says why and what to do."""


class Mark(msgspec.Struct, frozen=True):
    """Lies beside the octets. ``installation``: whose they are."""

    place: str
    installation: str


async def marked(objects: Objects, store: Store, where: str, now: datetime) -> str:
    """The name of this place; where it has none yet, it is marked as ours.

    ``where`` is for people. Raises PlaceProblem where another installation keeps its octets there, and
    BlobsUnavailable.
    """
    installation = await store.write(backups.installation, new_key(), now)
    found = await asyncio.to_thread(_read, objects, where)
    if found is None:
        mark = Mark(new_key(), installation)
        await asyncio.to_thread(objects.put, MARK, msgspec.json.encode(mark))
        found = await asyncio.to_thread(_read, objects, where)  # another server may have been faster
    if found is None or found.installation != installation:
        raise PlaceProblem(
            f"{where} holds the messages of another installation. Give this one a folder or a bucket"
            " of its own."
        )
    return found.place


async def require(store: Store, place: str, now: datetime) -> None:
    """Raises PlaceProblem where the octets of this installation are in another place; there are some."""
    if await store.read(current) != place:
        if await store.read(backups.blobs_needed, "", 1):
            raise PlaceProblem(
                "POSTSTELLE_BLOBS names another place than the one where this installation's messages and"
                " files are. Set it back, or move them: `poststelle move-blobs`."
            )
        await store.write(record, place, now)


def current(tx: ReadTx) -> str:
    """The place where the octets are."""
    stored = settings.get(tx, _KEY)
    return LOCAL if stored is None else str(stored.value)


def record(tx: Tx, place: str, now: datetime) -> None:
    """From now on they are there."""
    if current(tx) != place:
        settings.upsert(tx, _KEY, value=place, at=now, by=None)


def explained(why: str, where: str) -> str:
    """In words, with what to do, why a place can't be used (``BlobsUnavailable.why``)."""
    match why:
        case "denied":
            return (
                f"{where} refuses us. Check POSTSTELLE_BLOBS_ACCESS_KEY and POSTSTELLE_BLOBS_SECRET_KEY, or"
                " whose the folder is; reading, writing and deleting must be allowed."
            )
        case "no_bucket":
            return (
                f"{where} does not exist. Make the bucket, or mount the folder, or correct POSTSTELLE_BLOBS."
            )
        case _:
            return (
                f"{where} can't be reached. Check the address in POSTSTELLE_BLOBS, the network, and, where"
                " its certificate is your own, POSTSTELLE_BLOBS_CA_FILE."
            )


def _read(objects: Objects, where: str) -> Mark | None:
    try:
        return msgspec.json.decode(objects.get(MARK), type=Mark)
    except ObjectMissing:
        return None
    except msgspec.DecodeError as problem:
        raise PlaceProblem(f"{where} has a file {MARK} that is not ours. Use another folder.") from problem
