"""Email/import into the drafts of a mailbox at Microsoft: the octets say what somebody wrote.

Microsoft takes finished MIME as a draft only, and what it makes of that has other
octets: so does every draft that is written here, and this is one of them.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from poststelle.blobs import BlobMissing
from poststelle.http.jmap import header_create
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.blob_octets import pieces
from poststelle.http.jmap.email_create import PartRef, Ready, find_octets, keep_fields, made_ready
from poststelle.http.jmap.errors import MethodError, SetError
from poststelle.http.jmap.ids import AnyBlob, BlobRef
from poststelle.http.jmap.limits import MAX_SIZE_WAITING
from poststelle.http.jmap.values import invalid
from poststelle.mime import parts, reading
from poststelle.mime.fields import as_text
from poststelle.mime.file_name import safe_file_name
from poststelle.mime.parts import Part
from poststelle.mime.reading import NotAMessage, Read
from poststelle.model.draft import Octets, WrittenMessage, WrittenPart
from poststelle.model.ids import AccountId, FolderId, UploadId
from poststelle.model.message import DRAFT, FLAGGED, SEEN

_KEYWORDS = frozenset({DRAFT, SEEN, FLAGGED})
_WHOLE = frozenset({"multipart/signed", "multipart/encrypted", "application/pkcs7-mime"})
_MOST_IDS = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """One message to be put in, before its octets are looked at."""

    source: AnyBlob
    blob_id: str
    folders: tuple[FolderId, ...]
    keywords: frozenset[str]
    received_at: datetime | None

    @property
    def upload(self) -> UploadId | None:
        """What it was brought as, if it is an upload as a whole."""
        base = self.source.base
        return None if isinstance(base, BlobRef) or self.source.path else base


async def drafts_of(
    call: Call, account: AccountId, wanted: Mapping[str, Wanted], refused: dict[str, dict[str, object]]
) -> dict[str, Ready]:
    """The drafts that can be made; what is refused is noted in ``refused``."""
    ready: dict[str, Ready] = {}
    for key, one in wanted.items():
        try:
            ready[key] = await _draft(call, account, one)
        except SetError as error:
            refused[key] = error.body
    return ready


def no_blob(name: str) -> SetError:
    return SetError("blobNotFound", "these octets are not there (any more)", notFound=[name])


async def _draft(call: Call, account: AccountId, one: Wanted) -> Ready:
    _check(one)
    kept = await find_octets(call, account, PartRef(one.blob_id, one.source, "", "", None, is_inline=False))
    if kept is None:
        raise no_blob(one.blob_id)
    call.bring(kept.size)
    try:
        octets = await call.context.blobs.read(kept.sha256)
        root, read = await asyncio.to_thread(_read, octets)
    except BlobMissing as error:
        raise no_blob(one.blob_id) from error
    except NotAMessage as error:
        raise SetError(
            "invalidEmail", "these octets are no message: they do not begin with a header"
        ) from error
    if root.type in _WHOLE:
        raise SetError("invalidEmail", "what is signed or encrypted would not be that any more at Microsoft")
    call.waiting_octets += len(read.body.content)
    if call.waiting_octets > MAX_SIZE_WAITING:
        raise MethodError("requestTooLarge", "the texts of these messages are too much at once; bring fewer")
    attached = [await _part(call, octets, root, part) for part in read.attached]
    fields = await keep_fields(call, _own_fields(root))
    written = _written(read, tuple(attached), fields, one.keywords)
    return await made_ready(one.folders[0], written)


def _check(one: Wanted) -> None:
    """Raise SetError for what Microsoft does not take."""
    if DRAFT not in one.keywords:
        raise SetError(
            "forbidden",
            "Microsoft takes no finished messages: what is brought to it as MIME becomes a draft."
            " Only drafts are imported there, and anything into internal mailboxes.",
        )
    if not one.keywords <= _KEYWORDS:
        raise invalid("keywords", f"a draft has {DRAFT}, and perhaps {SEEN} and {FLAGGED}")
    if len(one.folders) != 1:
        raise invalid("mailboxIds", "a draft lies in exactly one folder, the drafts")
    if one.received_at is not None:
        raise invalid("receivedAt", "Microsoft dates a draft by itself")


def _read(octets: bytes) -> tuple[Part, Read]:
    return parts.parse(octets), reading.read(octets)


async def _part(call: Call, octets: bytes, root: Part, part: reading.Attached) -> WrittenPart:
    found = parts.find(root, part.number)
    assert found is not None  # it was listed of the same octets
    content = await asyncio.to_thread(lambda: parts.content(octets, found)[0])
    stored = await call.context.blobs.put(pieces(content))
    name = safe_file_name(part.name, "attachment")
    kept = Octets(stored.sha256, stored.size)
    return WrittenPart(kept, name, part.content_type, part.content_id, part.is_inline)


def _own_fields(root: Part) -> list[tuple[str, str]]:
    """Fields whose names begin with X-, as many as Microsoft keeps."""
    own = [
        (field.name, " ".join(as_text(field).split()))
        for field in root.fields
        if field.name.lower().startswith("x-") and field.name.lower() != "x-priority"
    ]
    fit = [(name, text) for name, text in own if text.isprintable() and len(text) <= header_create.LONGEST]
    return fit[: header_create.MOST_FIELDS]


def _written(
    read: Read, attached: tuple[WrittenPart, ...], fields: Octets | None, keywords: frozenset[str]
) -> WrittenMessage:
    return WrittenMessage(
        from_=read.from_[:1],
        to=read.to,
        cc=read.cc,
        bcc=read.bcc,
        reply_to=read.reply_to,
        subject=read.subject,
        body=read.body,
        parts=attached,
        message_id=read.message_id,
        in_reply_to=read.in_reply_to[:_MOST_IDS],
        references=read.references[-_MOST_IDS:],
        sent_at=read.sent_at,
        importance=read.importance,
        is_seen=SEEN in keywords,
        is_flagged=FLAGGED in keywords,
        answers=None,
        fields=fields,
    )
