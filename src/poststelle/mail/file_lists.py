"""The list of a message's attachments, as the provider tells it, and which of them are those that we hold.

A file is known by its id there, which stays while it stays: who opens a file out of a draft, works on it and
saves makes another one of the same name. One of ours whose id is not known yet is known by name and size.
"""

from collections.abc import Sequence
from dataclasses import replace

from poststelle.mime.text import clean
from poststelle.model.ids import LOCAL, AccountId, MessageId, RemoteId, is_local
from poststelle.model.message import Attachment, Body, Message
from poststelle.providers.base import RemoteAttachment
from poststelle.store import attachments, bodies, drafts, messages, undoing
from poststelle.store.attachments import Kept
from poststelle.store.tx import Tx

_ROOM = 4096
"""By so many octets the listed size may differ from that of the octets: a file's properties count too.

Microsoft lists some 150 more; how many at most is not documented (Graph v1.0, "attachment resource type").
"""


def paired(held: Sequence[Attachment], listed: Sequence[RemoteAttachment]) -> dict[int, RemoteAttachment]:
    """Which of the provider's files is which of ours, by position; those it does not list are left out.

    Of several that one may be, it is the one whose size is nearest; who is named first chooses first.
    """
    left, found = list(listed), {}
    for file in sorted(held, key=lambda one: is_local(one.remote_id)):
        if fitting := [one for one in left if _may_be(file, one)]:
            chosen = min(fitting, key=lambda one: abs(one.size - file.size))
            left.remove(chosen)
            found[file.position] = chosen
    return found


def without_missing(tx: Tx, draft: Message) -> tuple[str, ...] | None:
    """Let a draft that is made again have those of its files whose octets are here; the names of the others.

    Empty: it has some, and nobody here knows which. None: it has no others.
    Under the same id: whoever was told that it is not sent goes on with it.
    """
    account, message = draft.account_id, draft.id
    listed = attachments.get(tx, account, message)
    held = listed or ()
    octets = {
        file.position: kept
        for file in held
        if (kept := attachments.kept(tx, account, message, attachments.part_name(file.position)))
    }
    fields = attachments.kept(tx, account, message, attachments.FIELDS)
    ours = [file for file in held if file.position in octets]
    fresh = [replace(file, remote_id=RemoteId(f"{LOCAL}{n}")) for n, file in enumerate(ours)]
    attachments.set_attachments(tx, account, message, fresh)
    _keep_octets(tx, account, message, [octets[file.position] for file in ours], fields)
    lacking = tuple(file.name for file in held if file.position not in octets)
    may_have_others = listed is None and (
        draft.has_attachment or names_files(bodies.get(tx, account, message))
    )
    return lacking if lacking or may_have_others else None


def _may_be(file: Attachment, one: RemoteAttachment) -> bool:
    if clean(one.name) != file.name or not (is_local(file.remote_id) or file.remote_id == one.remote_id):
        return False
    return one.kind != "file" or abs(one.size - file.size) <= _ROOM  # of a message the octets are its MIME


def names_files(body: Body | None) -> bool:
    """Whether a text shows files of its message. Providers do not count these among its attachments."""
    return body is not None and ("cid:" in body.content or "CID:" in body.content)


def are_ours(tx: Tx, account: AccountId, message: MessageId, listed: Sequence[RemoteAttachment]) -> bool:
    """Whether these are the files that we hold, and no others; then their ids are kept, in our order.

    Our octets of them, which may be here only, stay.
    """
    held = attachments.get(tx, account, message)
    if held is None:
        return False
    pairs = paired(held, listed)
    if not len(pairs) == len(held) == len(listed):
        return False
    attachments.set_remote_ids(tx, account, message, [pairs[file.position].remote_id for file in held])
    return True


def take_over(tx: Tx, account: AccountId, message: MessageId, listed: Sequence[RemoteAttachment]) -> None:
    """Keep the list. A draft that has other files than were shown is another message for clients."""
    held, before = attachments.get(tx, account, message), messages.get(tx, account, message)
    if held is None or before is None or not before.mutable.is_draft:
        attachments.set_attachments(tx, account, message, listed)
    elif are_ours(tx, account, message, listed):
        attachments.set_known(tx, account, {message: True})
    else:
        _exchange(tx, before, held, listed)


def _exchange(
    tx: Tx, before: Message, held: Sequence[Attachment], listed: Sequence[RemoteAttachment]
) -> None:
    """Others than were shown. Octets of ours that are among them stay: no other copy may be left one day."""
    pairs = paired(held, listed)
    account = before.account_id
    fresh = undoing.renew(tx, before, before, keeps_parts=True).id
    fields = attachments.kept(tx, account, fresh, attachments.FIELDS)
    ours: dict[RemoteId, tuple[Kept, int]] = {}
    for file in held:
        kept = attachments.kept(tx, account, fresh, attachments.part_name(file.position))
        if kept is not None and file.position in pairs:
            ours[pairs[file.position].remote_id] = kept, file.size
    shown = [replace(one, size=ours[one.remote_id][1]) if one.remote_id in ours else one for one in listed]
    attachments.set_attachments(tx, account, fresh, shown)
    octets = [ours[one.remote_id][0] if one.remote_id in ours else None for one in shown]
    _keep_octets(tx, account, fresh, octets, fields)
    drafts.renew_parts(tx, account, fresh, len(listed))


def _keep_octets(
    tx: Tx, account: AccountId, message: MessageId, octets: Sequence[Kept | None], fields: Kept | None
) -> None:
    """Of a draft's attachments in their order, as far as they are here, and of header fields of its own."""
    for position, kept in enumerate(octets):
        if kept is not None:
            attachments.keep(tx, account, message, attachments.part_name(position), kept)
    if fields is not None:
        attachments.keep(tx, account, message, attachments.FIELDS, fields)
