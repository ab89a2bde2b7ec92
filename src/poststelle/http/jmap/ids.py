"""Ids on the wire: a letter for the noun and a number; blob ids name a message and a part of it.

bm1z      the whole message           bm1z-t    its text as stored
bm1z-0    its attachment number 0
bu1z      what a client has brought
bm1z-p3   part number 3 of the whole message; also bu1z-p3, bm1z-0-p3, and so on within: bm1z-p3-p2
"""

import re
from dataclasses import dataclass

from poststelle.lib.ids import decode_id, encode_id
from poststelle.model.ids import (
    ACCOUNT,
    FOLDER,
    IDENTITY,
    MESSAGE,
    SUBMISSION,
    THREAD,
    AccountId,
    FolderId,
    IdentityId,
    MessageId,
    SubmissionId,
    ThreadId,
    UploadId,
)

_UPLOAD = "u"
_LONGEST = 120
_WITHIN = re.compile(r"(.+?)((?:-p[1-9][0-9]{0,3}){1,8})")


def account_text(account_id: AccountId) -> str:
    return encode_id(ACCOUNT, account_id)


def folder_text(folder_id: FolderId) -> str:
    return encode_id(FOLDER, folder_id)


def message_text(message_id: MessageId) -> str:
    return encode_id(MESSAGE, message_id)


def thread_text(thread_id: ThreadId) -> str:
    return encode_id(THREAD, thread_id)


def folder_number(text: str) -> FolderId | None:
    number = decode_id(FOLDER, text)
    return None if number is None else FolderId(number)


def message_number(text: str) -> MessageId | None:
    number = decode_id(MESSAGE, text)
    return None if number is None else MessageId(number)


def thread_number(text: str) -> ThreadId | None:
    number = decode_id(THREAD, text)
    return None if number is None else ThreadId(number)


@dataclass(frozen=True, slots=True)
class BlobRef:
    """What a blob id names: ``part`` None is the whole message, ``t`` its text, a number an attachment."""

    message_id: MessageId
    part: str | int | None


@dataclass(frozen=True, slots=True)
class AnyBlob:
    """What any blob id names: what is kept, or a part of it as MIME, and a part of that."""

    base: BlobRef | UploadId
    path: tuple[int, ...] = ()


def parse_any_blob(text: str) -> AnyBlob | None:
    """None when it can't be one of ours: so long is none, and the pattern would try it for long."""
    if len(text) > _LONGEST:
        return None
    found = _WITHIN.fullmatch(text)
    outer, within = (found[1], found[2]) if found else (text, "")
    upload = parse_upload(outer)
    base = parse_blob(outer) if upload is None else upload
    if base is None:
        return None
    return AnyBlob(base, tuple(int(number) for number in within.split("-p")[1:]))


def part_text(outer: str, number: int) -> str:
    """The blob id of a part within what ``outer`` names."""
    return f"{outer}-p{number}"


def blob_text(ref: BlobRef) -> str:
    suffix = "" if ref.part is None else f"-{ref.part}"
    return f"b{message_text(ref.message_id)}{suffix}"


def upload_text(upload: UploadId) -> str:
    """The blob id of what a client has brought: ``bu1z``."""
    return "b" + encode_id(_UPLOAD, upload)


def parse_upload(text: str) -> UploadId | None:
    number = decode_id(_UPLOAD, text[1:]) if text[:1] == "b" else None
    return None if number is None else UploadId(number)


def submission_text(submission: int) -> str:
    return encode_id(SUBMISSION, submission)


def submission_number(text: str) -> SubmissionId | None:
    number = decode_id(SUBMISSION, text)
    return None if number is None else SubmissionId(number)


def identity_text(identity: IdentityId) -> str:
    return encode_id(IDENTITY, identity)


def identity_number(text: str) -> IdentityId | None:
    number = decode_id(IDENTITY, text)
    return None if number is None else IdentityId(number)


def parse_blob(text: str) -> BlobRef | None:
    """The reference behind a blob id; None when it can't be one of ours."""
    head, dash, part = text.partition("-")
    message_id = message_number(head[1:]) if head[:1] == "b" else None
    if message_id is None or (dash and not part):
        return None
    if not dash:
        return BlobRef(message_id, None)
    if part == "t":
        return BlobRef(message_id, "t")
    if part.isascii() and part.isdigit() and len(part) < 6 and (part == "0" or part[0] != "0"):
        return BlobRef(message_id, int(part))
    return None
