"""Octets become messages to be put in: found, read and packed before the transaction that stores them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from poststelle.access.rights import require
from poststelle.blobs import BlobMissing
from poststelle.mail import uploads
from poststelle.mail.contents import content_of, text_of
from poststelle.mail.mime_reader import Check
from poststelle.mail.prepare import Prepared
from poststelle.mime import reading
from poststelle.mime.reading import Read
from poststelle.model.draft import Octets
from poststelle.model.ids import AccountId, UploadId, UserId
from poststelle.model.message import Body
from poststelle.model.rights import Level
from poststelle.store import bodies
from poststelle.store.tx import ReadTx

LARGEST = 150 * 1024 * 1024
"""Octets of one message."""


def brought(
    tx: ReadTx, user: UserId, account: AccountId, ids: Sequence[UploadId], now: datetime
) -> Mapping[UploadId, Octets]:
    """What this user has brought for a mailbox. Raises NotFound, NotAllowed."""
    require(tx, user, account, Level.WRITE)
    found = uploads.get_many(tx, user, account, frozenset(ids), now)
    return {upload: one.octets for upload, one in found.items()}


def read_octets(check: Check, octets: bytes) -> tuple[Read, Prepared]:
    """What a message says, its body as it is stored, and its words. Raises NotAMessage, and what ``check``
    raises, which is asked again and again."""
    check()
    found = reading.read(octets, check)
    check()
    packed, text = bodies.packed_and_text(found.body)
    addresses = {
        key: [(one.name, one.email) for one in people]
        for key, people in (("from", found.from_), ("to", found.to), ("cc", found.cc), ("bcc", found.bcc))
        if people
    }
    files = "\n".join(one.name for one in found.attached)
    words = content_of(found.subject, addresses, text_of(Body(packed.content_type, text), check), files)
    return found, Prepared(packed, words)


__all__ = ["LARGEST", "BlobMissing", "brought", "read_octets"]
