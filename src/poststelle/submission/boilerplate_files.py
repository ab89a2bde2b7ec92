"""The files of templates: brought, given out, and put into letters."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from poststelle.access.rights import require
from poststelle.blobs import BlobMissing, BlobStore
from poststelle.mail import uploads
from poststelle.mime.file_name import safe_file_name
from poststelle.mime.text import clean
from poststelle.model.boilerplate import Boilerplate, BoilerplateKind, KeptFile
from poststelle.model.draft import Octets
from poststelle.model.errors import Conflict, Invalid, NotFound
from poststelle.model.ids import AccountId, BoilerplateId, KeptFileId, UploadId, UserId
from poststelle.model.rights import Level
from poststelle.store import boilerplate
from poststelle.store.tx import ReadTx, Store, Tx
from poststelle.submission.boilerplate import changeable, readable, record, siblings

MOST_FILES = 20
MOST_OCTETS = 20_000_000
"""Of one template: as base64 it fits into the 35 MB that a mailbox at Microsoft takes by default."""
MOST_OCTETS_OF_ONE_OWNER = 200_000_000


@dataclass(frozen=True, slots=True)
class Brought:
    """A file of a template as something brought for a letter."""

    upload: UploadId
    file: KeptFile


def room(tx: ReadTx, user: UserId, id_: BoilerplateId) -> int:
    """How many octets one more file of this template may have.

    Raises NotFound, NotAllowed, Invalid ``no_files_here`` for a signature, Conflict ``too_many_files`` or
    ``files_too_large``, whose ``most`` and ``held`` are octets.
    """
    return _room(tx, changeable(tx, user, id_))


def add(
    tx: Tx, user: UserId, id_: BoilerplateId, name: str, content_type: str, octets: Octets, now: datetime
) -> Boilerplate:
    """Keep stored octets as a file of the template. Raises as ``room``."""
    one = changeable(tx, user, id_)
    if octets.size > _room(tx, one):
        raise _too_large(MOST_OCTETS, _total([one]))
    made = boilerplate.add_file(tx, id_, safe_file_name(clean(name)), content_type, octets)
    record(tx, user, one, "changed", now)
    return _with_files(one, (*one.files, made))


def remove(tx: Tx, user: UserId, id_: BoilerplateId, file: KeptFileId, now: datetime) -> Boilerplate:
    """Forget one of the template's files. Raises NotFound, NotAllowed."""
    one = changeable(tx, user, id_)
    if not boilerplate.remove_file(tx, id_, file):
        raise _no_file()
    record(tx, user, one, "changed", now)
    return _with_files(one, tuple(kept for kept in one.files if kept.id != file))


async def opened(
    store: Store, blobs: BlobStore, user: UserId, id_: BoilerplateId, file: KeptFileId
) -> tuple[KeptFile, AsyncIterator[bytes]]:
    """A file's octets, for whoever may read the template. Raises NotFound."""
    one = await store.read(readable, user, id_)
    kept = next((kept for kept in one.files if kept.id == file), None)
    if kept is None:
        raise _no_file()
    try:
        return kept, await blobs.opened(kept.octets.sha256)
    except BlobMissing as gone:
        raise _no_file() from gone


async def bring(
    store: Store, blobs: BlobStore, user: UserId, account: AccountId, id_: BoilerplateId, now: datetime
) -> list[Brought]:
    """The template's files as uploads of this user in a mailbox, for a letter that takes them along.

    No octet is copied. Raises NotFound, NotAllowed, TooMany (the quota of uploads); files whose octets
    are gone are left out.
    """
    one = await store.read(_for_letter, user, account, id_)
    held = [kept for kept in one.files if await blobs.hold(kept.octets.sha256)]
    return await store.write(_bring, user, account, held, now)


def _for_letter(tx: ReadTx, user: UserId, account: AccountId, id_: BoilerplateId) -> Boilerplate:
    require(tx, user, account, Level.WRITE)
    one = readable(tx, user, id_)
    if one.owner.account not in {None, account}:
        raise NotFound("no_such_boilerplate", "This is not there any more.")
    return one


def _bring(
    tx: Tx, user: UserId, account: AccountId, files: Sequence[KeptFile], now: datetime
) -> list[Brought]:
    return [Brought(uploads.keep(tx, user, account, one.octets, one.content_type, now), one) for one in files]


def _room(tx: ReadTx, one: Boilerplate) -> int:
    if one.kind is not BoilerplateKind.TEMPLATE:
        raise Invalid("kind", "no_files_here", "Only templates have files.")
    if len(one.files) >= MOST_FILES:
        raise Conflict("too_many_files", f"A template has at most {MOST_FILES} files.", most=MOST_FILES)
    own, all_of_owner = _total([one]), _total(siblings(tx, one.owner))
    if own >= MOST_OCTETS:
        raise _too_large(MOST_OCTETS, own)
    if all_of_owner >= MOST_OCTETS_OF_ONE_OWNER:
        raise _too_large(MOST_OCTETS_OF_ONE_OWNER, all_of_owner)
    return min(MOST_OCTETS - own, MOST_OCTETS_OF_ONE_OWNER - all_of_owner)


def _total(some: Sequence[Boilerplate]) -> int:
    return sum(kept.octets.size for one in some for kept in one.files)


def _with_files(one: Boilerplate, files: tuple[KeptFile, ...]) -> Boilerplate:
    return replace(one, files=files)


def _too_large(most: int, held: int) -> Conflict:
    return Conflict("files_too_large", "These files are too large for templates.", most=most, held=held)


def _no_file() -> NotFound:
    return NotFound("no_such_file", "This file is not there any more.")
