"""Attachment lists, and the octets that were fetched for a message and kept.

A list is fetched once, when first needed; until then it is unknown (None),
which is not the same as empty.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import NamedTuple, Protocol

from poststelle.lib.clock import to_ms
from poststelle.mime.text import clean
from poststelle.model.change import ChangeOp, ChangeType
from poststelle.model.ids import AccountId, MessageId, RemoteId
from poststelle.model.message import Attachment
from poststelle.store import memberships, search
from poststelle.store.tx import ReadTx, Row, Tx

FIELDS = "fields"
"""The name under which a draft's own header fields are kept."""


def part_name(position: int) -> str:
    """The name under which the octets of the attachment at this position are kept."""
    return f"att:{position}"


class Listed(Protocol):
    """An attachment as the provider lists it."""

    @property
    def remote_id(self) -> RemoteId: ...
    @property
    def name(self) -> str: ...
    @property
    def content_type(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def content_id(self) -> str | None: ...
    @property
    def is_inline(self) -> bool: ...
    @property
    def kind(self) -> str: ...


class Unlisted(NamedTuple):
    """A message whose attachments are to be listed."""

    id: MessageId
    remote_id: RemoteId


class Kept(NamedTuple):
    """Octets in the blob directory."""

    sha256: str
    size: int


def get(tx: ReadTx, account: AccountId, message: MessageId) -> tuple[Attachment, ...] | None:
    """The message's attachments in their order; None while unknown (or the message is)."""
    return get_many(tx, account, [message]).get(message)


def get_many(
    tx: ReadTx, account: AccountId, ids: Sequence[MessageId]
) -> dict[MessageId, tuple[Attachment, ...] | None]:
    """The list of each message that exists; None where it is unknown."""
    known = tx.all("get_attachments_known", account=account, ids=ids)
    listed = tx.all("get_attachments", account=account, ids=ids)
    has_some = {row["message_id"] for row in listed}
    found: dict[MessageId, list[Attachment] | None] = {
        MessageId(row["id"]): [] if row["attachments_known"] or row["id"] in has_some else None
        for row in known
    }
    for row in listed:
        attachment = Attachment(
            position=row["position"],
            remote_id=RemoteId(row["remote_id"]),
            name=row["name"],
            content_type=row["content_type"],
            size=row["size"],
            content_id=row["content_id"],
            is_inline=bool(row["is_inline"]),
            kind=row["kind"],
        )
        several = found.get(MessageId(row["message_id"]))
        if several is not None:
            several.append(attachment)
    return {message: None if several is None else tuple(several) for message, several in found.items()}


def count_many(tx: ReadTx, account: AccountId, ids: Sequence[MessageId]) -> dict[MessageId, int]:
    """How many are listed, of each message that has some."""
    rows = tx.all("count_attachments", account=account, ids=ids)
    return {MessageId(row["message_id"]): int(row["listed"]) for row in rows}


def is_known(tx: ReadTx, account: AccountId, message: MessageId) -> bool:
    """Whether the list holds; False also where one is shown that is to be looked at again."""
    return any(
        row["attachments_known"] for row in tx.all("get_attachments_known", account=account, ids=[message])
    )


def set_attachments(tx: Tx, account: AccountId, message: MessageId, found: Sequence[Listed]) -> None:
    """Keep a message's list; the same list again changes nothing. Octets kept for another list go.

    Of one that is destroyed for clients they are not told: its end is the last they hear of it.
    A size that is known better by the octets (``set_size``) makes no other list.
    """
    if is_same(tx, account, message, found):
        set_known(tx, account, {message: True})
        return
    attachments = _listed(found)
    forget(tx, account, [message])
    if set_known(tx, account, {message: True}):
        tx.many("insert_attachment", [_row(account, message, a) for a in attachments])
        if attachments:
            search.note(tx, account, [message])
        if memberships.folders_of(tx, account, [message]):
            tx.changed(account, ChangeType.EMAIL, message, ChangeOp.UPDATED)


def is_same(tx: ReadTx, account: AccountId, message: MessageId, found: Sequence[Listed]) -> bool:
    """Whether this is the list that is held."""
    listed = _listed(found)
    return _without_counted(tx, account, message, get(tx, account, message), listed) == listed


def set_size(tx: Tx, account: AccountId, message: MessageId, position: int, size: int) -> None:
    """The true size of an attachment, whose octets were counted; the same again changes nothing."""
    facts = {"account": account, "message": message, "position": position, "size": size}
    if tx.run("set_attachment_size", **facts):
        tx.changed(account, ChangeType.EMAIL, message, ChangeOp.UPDATED)


def set_remote_ids(tx: Tx, account: AccountId, message: MessageId, ids: Sequence[RemoteId]) -> None:
    """The provider's ids of the attachments, in their order; clients see no difference."""
    rows = [
        {"account_id": account, "message_id": message, "position": position, "remote_id": remote_id}
        for position, remote_id in enumerate(ids)
    ]
    tx.many("set_attachment_remote_id", rows)


def forget(tx: Tx, account: AccountId, ids: Sequence[MessageId]) -> None:
    """The lists of these messages, and the octets kept for them, hold no more."""
    if ids:
        if tx.run("delete_attachments", account=account, ids=ids):
            search.note(tx, account, ids)
        tx.run("note_loose_blobs", account=account, ids=ids)
        tx.run("delete_message_blobs", account=account, ids=ids)


def set_known(tx: Tx, account: AccountId, known: Mapping[MessageId, bool]) -> int:
    """Note whether each message's list is known; return how many of the messages exist."""
    touched = 0
    for value in (True, False):
        ids = [message for message, is_known in known.items() if is_known is value]
        if ids:
            touched += tx.run("set_attachments_known", account=account, ids=ids, known=value)
    return touched


def look_again(tx: Tx, account: AccountId, ids: Sequence[MessageId]) -> None:
    """The provider may list others by now. What is held is shown until it has answered."""
    set_known(tx, account, dict.fromkeys(ids, False))


def put_off(tx: Tx, account: AccountId, ids: Sequence[MessageId], until: datetime) -> None:
    """The provider can't list the attachments of these: not to be asked again before ``until``."""
    if ids:
        tx.run("put_off_attachments", account=account, ids=ids, at=to_ms(until))


def without_attachments(tx: ReadTx, account: AccountId, now: datetime, limit: int) -> list[Unlisted]:
    """Messages whose attachments are to be listed now, newest first."""
    rows = tx.all("list_attachments_unknown", account=account, now=to_ms(now), limit=limit)
    return [Unlisted(MessageId(row["id"]), RemoteId(row["remote_id"])) for row in rows]


def kept(tx: ReadTx, account: AccountId, message: MessageId, name: str) -> Kept | None:
    """Octets kept under a name.

    ``mime``, ``head`` (its header alone), ``fields``, or as ``part_name`` says.
    """
    row = tx.one("get_message_blob", account=account, message=message, name=name)
    return Kept(row["sha256"], row["size"]) if row else None


def kept_of(tx: ReadTx, account: AccountId, message: MessageId) -> dict[str, Kept]:
    """All octets kept of one message, by their names."""
    rows = tx.all("list_message_blobs", account=account, message=message)
    return {str(row["name"]): Kept(row["sha256"], row["size"]) for row in rows}


def insert_many(
    tx: Tx, account: AccountId, lists: Mapping[MessageId, Sequence[Listed]], octets: Mapping[MessageId, Kept]
) -> None:
    """The attachment lists and the whole messages' octets of messages that have just been inserted."""
    listed = [
        _row(account, message, _numbered(position, one))
        for message, several in lists.items()
        for position, one in enumerate(several)
    ]
    tx.many("insert_attachment", listed)
    tx.many_in_order("insert_message_blob", [(account, i, "mime", *kept) for i, kept in octets.items()])


def kept_many(tx: ReadTx, account: AccountId, ids: Sequence[MessageId], name: str) -> dict[MessageId, Kept]:
    """Octets kept under a name, of those messages that have some."""
    rows = tx.all("get_message_blobs", account=account, ids=ids, name=name)
    return {MessageId(row["message_id"]): Kept(row["sha256"], row["size"]) for row in rows}


def keep(tx: Tx, account: AccountId, message: MessageId, name: str, blob: Kept) -> None:
    """Remember where octets are; nothing happens when the message is gone."""
    tx.run(
        "upsert_message_blob",
        account=account,
        message=message,
        name=name,
        sha256=blob.sha256,
        size=blob.size,
    )


def forget_mime(tx: Tx, account: AccountId, message: MessageId) -> None:
    """The whole message's octets, and its header's, were those of the draft it was."""
    tx.run("note_loose_mime", account=account, message=message)
    tx.run("delete_mime", account=account, message=message)


def loose_blobs(tx: ReadTx, limit: int) -> list[str]:
    """Hashes that have lost a message which kept them, another one may need them still."""
    return [row["sha256"] for row in tx.all("list_loose_blobs", limit=limit)]


def forget_loose(tx: Tx, hashes: Iterable[str]) -> None:
    """These have been dealt with."""
    tx.run("delete_loose_blobs", hashes=list(hashes))


def used_blobs(tx: ReadTx, hashes: Iterable[str]) -> set[str]:
    """Which of the blobs some message, upload, template or archive still needs."""
    return {row["sha256"] for row in tx.all("list_used_blobs", hashes=list(hashes))}


def _without_counted(
    tx: ReadTx,
    account: AccountId,
    message: MessageId,
    known: Sequence[Attachment] | None,
    listed: Sequence[Attachment],
) -> tuple[Attachment, ...] | None:
    """What is known, with the listed size where ours is that of the octets kept here."""
    if known is None or len(known) != len(listed):
        return None
    told = []
    for ours, theirs in zip(known, listed, strict=True):
        is_counted = ours.size != theirs.size and _counted(tx, account, message, ours) == ours.size
        told.append(replace(ours, size=theirs.size) if is_counted else ours)
    return tuple(told)


def _counted(tx: ReadTx, account: AccountId, message: MessageId, attachment: Attachment) -> int | None:
    blob = kept(tx, account, message, part_name(attachment.position))
    return None if blob is None else blob.size


def _listed(found: Sequence[Listed]) -> tuple[Attachment, ...]:
    return tuple(_numbered(position, listed) for position, listed in enumerate(found))


def _numbered(position: int, listed: Listed) -> Attachment:
    return Attachment(
        position=position,
        remote_id=listed.remote_id,
        name=clean(listed.name),
        content_type=clean(listed.content_type),
        size=listed.size,
        content_id=None if listed.content_id is None else clean(listed.content_id),
        is_inline=listed.is_inline,
        kind=listed.kind,
    )


def _row(account: AccountId, message: MessageId, attachment: Attachment) -> Row:
    return {"account_id": account, "message_id": message, **asdict(attachment)}
