"""Control of mail: receive it, change it as another program would, rearrange folders."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from m365sim.control import writing
from m365sim.control.reading import Refused
from m365sim.control.wire import (
    Change,
    ChangesBody,
    CopyChange,
    DeleteChange,
    FolderBody,
    FolderChangeBody,
    FolderReference,
    MessageBody,
    MoveChange,
    PoisonBody,
    ReceiveBody,
    UpdateChange,
    marks_of,
    meeting_of,
    seconds_of,
    written_of,
)
from m365sim.load import Read, read_mbox, read_mime, store
from m365sim.world import organise, tree
from m365sim.world.errors import MalformedId
from m365sim.world.folders import Folder
from m365sim.world.instants import from_seconds, is_on_calendar
from m365sim.world.mailbox import Mailbox
from m365sim.world.messages import Flag, Message
from m365sim.world.mime import to_mime
from m365sim.world.organise import check_holds_mail
from m365sim.world.outside import OutsideLetter
from m365sim.world.post import Letter, post
from m365sim.world.text import html_to_text
from m365sim.world.world import World

MAX_COUNT = 1_000_000


def folder_of(mailbox: Mailbox, reference: FolderReference) -> Folder:
    """A folder by well-known name, id, ``A/B`` path of names, or list of names. An empty one is the root."""
    if not reference:
        return mailbox.root
    if isinstance(reference, list):
        return mailbox.folder_at(reference)
    try:
        return mailbox.folder(reference)
    except MalformedId:
        return mailbox.folder_at(reference.split("/"))


def receive(world: World, mailbox: Mailbox, body: ReceiveBody) -> dict[str, Any]:
    """Put messages into a folder; say which, or (derived ones) how many."""
    given = [x for x in (body.message, body.messages, body.count) if x is not None]
    if len(given) != 1:
        raise Refused("Give exactly one of message, messages and count.")
    folder = folder_of(mailbox, body.folder)
    check_holds_mail(folder)
    if body.by_post:
        return _post(world, mailbox, folder, body)
    if body.count is not None:
        return _receive_run(world, mailbox, folder, body, body.count)
    bodies = [body.message] if body.message is not None else body.messages or []
    now_s = world.clock.now_s()
    written = [written_of(b, mailbox.address, now_s, f"<{uuid4()}@example.net>") for b in bodies]
    made = []
    for one, text in zip(bodies, written, strict=True):
        received_s = now_s if one.received_at is None else seconds_of(one.received_at)
        made.append(world.receive(mailbox, folder, text, received_s, **_state(one)))
    return {"messages": described(mailbox, made)}


def _post(world: World, mailbox: Mailbox, folder: Folder, body: ReceiveBody) -> dict[str, Any]:
    """Let messages arrive like any mail; those still in the mailbox are described."""
    if folder is not mailbox.named["inbox"] or body.count is not None:
        raise Refused("By post only single messages arrive, and in the inbox.")
    bodies = [body.message] if body.message is not None else body.messages or []
    letters = [_letter(world, mailbox, one) for one in bodies]
    made = [message for letter in letters for message in post(world, letter)]
    kept = [m for m in made if mailbox.messages.get(m.number) is m]
    return {"posted": len(letters), "messages": described(mailbox, kept)}


def _letter(world: World, mailbox: Mailbox, body: MessageBody) -> Letter:
    state = {n: v for n, v in _state(body).items() if n != "importance"}
    if state != {n: v for n, v in _state(MessageBody()).items() if n != "importance"} or body.received_at:
        raise Refused("What comes by post is new: it has no flag, no categories and no receivedAt.")
    written = written_of(body, mailbox.address, world.clock.now_s(), f"<{uuid4()}@example.net>")
    author = written.from_ or written.sender
    return Letter(written, author.address if author else "", (mailbox.address,), body.importance)


def outside_line(letter: OutsideLetter) -> dict[str, Any]:
    """One letter that left the simulated world."""
    content = letter.content
    return {
        "at": from_seconds(letter.at_s),
        "envelope": {"sender": letter.sender, "recipients": letter.recipients},
        "from": content.from_,
        "sender": content.sender,
        "to": content.to,
        "cc": content.cc,
        "replyTo": content.reply_to,
        "subject": content.subject,
        "text": html_to_text(content.body) if content.is_html else content.body,
        "html": content.body if content.is_html else None,
        "internetMessageId": content.message_id,
        "attachments": [a.name for a in content.attachments],
        "mime": to_mime(content).decode("utf-8", "replace"),
    }


def _receive_run(
    world: World, mailbox: Mailbox, folder: Folder, body: ReceiveBody, count: int
) -> dict[str, Any]:
    if not 1 <= count <= MAX_COUNT:
        raise Refused(f"count must be between 1 and {MAX_COUNT}.")
    if body.step_s < 0 or body.unread_every < 0:
        raise Refused("stepS and unreadEvery cannot be negative.")
    newest_s = seconds_of(body.newest_at) if body.newest_at else world.clock.now_s()
    if not is_on_calendar(newest_s - (count - 1) * body.step_s):
        raise Refused("The oldest of them would be at the edge of the calendar.")
    if body.step_s < 0 or body.unread_every < 0:
        raise Refused("stepS and unreadEvery cannot be negative.")
    made = world.bulk(
        mailbox,
        folder,
        count,
        seed=body.seed,
        newest_s=newest_s,
        step_s=body.step_s,
        unread_every=body.unread_every,
    )
    return {"count": len(made)}


def _state(body: MessageBody) -> dict[str, object]:
    return {
        "is_read": body.is_read,
        "flag": Flag(body.flag),
        "categories": tuple(body.categories),
        "importance": body.importance,
        "inference": body.inference_classification,
        "read_receipt": body.is_read_receipt_requested,
        "is_draft": body.is_draft,
        "meeting": meeting_of(body.meeting),
    }


def read_octets(octets: bytes, kind: str) -> list[Read]:
    """Read one raw MIME message, or (``application/mbox``) all of an mbox file."""
    return read_mbox(octets, "mbox") if kind == "application/mbox" else [read_mime(octets, "message")]


async def receive_read(
    world: World, mailbox: Mailbox, folder: Folder, reads: Sequence[Read]
) -> dict[str, Any]:
    """Receive what was read; others run between messages."""
    results = []
    for read in reads:
        results.append(store(world, mailbox, folder, read))
        await asyncio.sleep(0)
    made = [r.message for r in results if r.message is not None]
    refused = [str(r) for r in results if not r.is_loaded]
    if not made:
        raise Refused("; ".join(refused))
    return {"messages": described(mailbox, made), "refused": refused}


def described(mailbox: Mailbox, messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Both ids of messages, with what tells them apart."""
    return [
        {
            "id": mailbox.ids.immutable(m.number),
            "defaultId": mailbox.ids.message(m.placement),
            "internetMessageId": m.source.load().message_id,
            "subject": m.source.load().subject,
        }
        for m in messages
    ]


def change(
    world: World, mailbox: Mailbox, body: ChangesBody, *, is_recoverable: bool = True
) -> dict[str, Any]:
    """Carry out changes; WorldError or Refused for one that cannot be, and then nothing is changed."""
    steps = [(c, [mailbox.message(i) for i in c.ids], _target(mailbox, c)) for c in body.changes]
    for one, messages, _ in steps:
        writing.check(mailbox, one, messages)
    made: list[Message] = []
    for one, messages, target in steps:
        for message in messages:
            made += writing.carry_out(world, mailbox, one, message)
            made += _change(mailbox, one, message, target, is_recoverable=is_recoverable)
    return {"changed": sum(len(messages) for _, messages, _ in steps), "messages": described(mailbox, made)}


def _target(mailbox: Mailbox, one: Change) -> Folder | None:
    if not isinstance(one, MoveChange | CopyChange):
        return None
    target = folder_of(mailbox, one.to)
    check_holds_mail(target)
    return target


def _change(
    mailbox: Mailbox, one: Change, message: Message, target: Folder | None, *, is_recoverable: bool
) -> list[Message]:
    match one:
        case UpdateChange():
            organise.mark(mailbox, message, marks_of(one))
        case DeleteChange(permanently=True):
            mailbox.remove(message)
        case DeleteChange():
            organise.delete(mailbox, message, is_recoverable=is_recoverable)
        case MoveChange() if target is not None:
            organise.move(mailbox, message, target)
        case CopyChange() if target is not None:
            return [organise.copy(mailbox, message, target)]
    return []


def poison(mailbox: Mailbox, body: PoisonBody) -> dict[str, Any]:
    """Break or mend messages: one that is broken fails, and with it every page that holds it."""
    numbers = {mailbox.message(reference).number for reference in body.ids}
    if body.is_poisoned:
        mailbox.poisoned |= numbers
    else:
        mailbox.poisoned -= numbers
    return {"poisoned": [mailbox.ids.immutable(number) for number in sorted(mailbox.poisoned)]}


def create_folder(mailbox: Mailbox, body: FolderBody) -> dict[str, Any]:
    """Create a folder."""
    made = tree.create(mailbox, folder_of(mailbox, body.parent), body.name, is_hidden=body.is_hidden)
    return folder_line(mailbox, made)


def change_folder(mailbox: Mailbox, folder: Folder, body: FolderChangeBody) -> dict[str, Any]:
    """Rename or move a folder, or both; the move first."""
    if body.parent is not None:
        tree.move(mailbox, folder, folder_of(mailbox, body.parent))
    if body.name is not None:
        tree.rename(mailbox, folder, body.name)
    return folder_line(mailbox, folder)


def folder_line(mailbox: Mailbox, folder: Folder) -> dict[str, Any]:
    """One folder as the snapshot shows it."""
    return {
        "id": mailbox.ids.folder(folder.number),
        "path": list(folder.path()),
        "displayName": folder.name,
        "parentFolderId": mailbox.ids.folder((folder.parent or folder).number),
        "wellKnownName": folder.well_known,
        "isHidden": folder.is_hidden,
        "totalItemCount": folder.total,
        "unreadItemCount": folder.unread,
    }
