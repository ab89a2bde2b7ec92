"""Octets become messages to be put in: found, read and packed before the transaction that stores them."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

from poststelle.blobs import BlobMissing, BlobStore
from poststelle.mail import arrivals, uploads
from poststelle.mime import reading
from poststelle.mime.reading import Read
from poststelle.model.draft import Octets
from poststelle.model.ids import AccountId, UploadId, UserId
from poststelle.store import bodies
from poststelle.store.bodies import Packed
from poststelle.store.tx import ReadTx

LARGEST = 150 * 1024 * 1024
"""Octets of one message."""


def brought(
    tx: ReadTx, user: UserId, account: AccountId, ids: Sequence[UploadId], now: datetime
) -> Mapping[UploadId, Octets]:
    """Those of the uploads that this user has brought, for an internal mailbox. Raises as ``require_internal``."""
    arrivals.require_internal(tx, user, account)
    found = {upload: uploads.get(tx, user, account, upload, now) for upload in dict.fromkeys(ids)}
    return {upload: one.octets for upload, one in found.items() if one is not None}


async def read_in(blobs: BlobStore, sha256: str) -> tuple[Read, Packed]:
    """Raises BlobMissing, or NotAMessage. The octets count as stored just now: somebody is about to keep them."""
    octets = await blobs.load(sha256)
    return await asyncio.to_thread(read_octets, octets)


def read_octets(octets: bytes) -> tuple[Read, Packed]:
    """Raises NotAMessage."""
    found = reading.read(octets)
    return found, bodies.pack(found.body)


__all__ = ["LARGEST", "BlobMissing", "brought", "read_in"]
