"""Messages: rows to data and back, and the one way in which they change.

``replace`` is that way: it takes what was and what shall be, and sees to rows,
memberships, counters, threads and the change log. ``insert`` is its short form
for what arrives. A message whose ``folder_ids`` are empty waits for the provider
to destroy it: clients no longer see it, and it never becomes visible again under
the same id.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace as changed_copy

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.change import ChangeOp, ChangeType
from poststelle.model.ids import AccountId, FolderId, MessageId, RemoteId, ThreadId
from poststelle.model.message import Address, EventKind, Importance, Message, Mutable, Receipt
from poststelle.store import activities, archive, drafts, memberships, search, submissions, threads
from poststelle.store.tx import ReadTx, Row, Tx

Step = tuple[Message | None, Message | None]

_PARTS = (
    "note_unfilled_for_archive", "keep_for_archive",
    "delete_bodies", "delete_attachments", "note_loose_blobs", "delete_message_blobs", "delete_departures",
    "delete_missing_texts", "delete_seen", "delete_ops", "delete_drafts",
    "delete_draft_parts", "delete_bounces",
)  # fmt: skip
_SEARCHED = ("subject", "from_", "to", "cc", "bcc", "received_at")
_CHUNK = 1000
COLUMNS = (
    "account_id", "id", "remote_id", "thread_id", "received_at", "sent_at", "internet_message_id", "subject",
    "preview", "addresses", "has_attachment", "size", "is_seen", "is_flagged", "is_draft", "is_answered",
    "is_forwarded", "importance", "categories", "due_at", "attachments_known", "keywords",
    "in_reply_to", "refs", "is_other", "event",
    "receipt", "header_told",
)  # fmt: skip
"""The parameters of ``insert_message``, in its order."""


class _People(msgspec.Struct, rename={"from_": "from", "reply_to": "replyTo"}, omit_defaults=True, gc=False):
    """The column ``addresses``: who is in no part of it is left out."""

    from_: tuple[Address, ...] = ()
    sender: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()


_PEOPLE = msgspec.json.Decoder(_People)


def get(tx: ReadTx, account: AccountId, message: MessageId) -> Message | None:
    """The message; None when it is unknown or no client may see it any more."""
    return next(iter(get_many(tx, account, [message])), None)


def get_many(tx: ReadTx, account: AccountId, ids: Sequence[MessageId]) -> list[Message]:
    """The visible ones among ``ids``, in the order asked for."""
    return list(each(tx, account, ids))


def each(tx: ReadTx, account: AccountId, ids: Sequence[MessageId]) -> Iterator[Message]:
    """As ``get_many``, made one after the other: each may name very many people."""
    rows = {row["id"]: row for row in tx.all("get_messages", account=account, ids=ids)}
    folders = memberships.folders_of(tx, account, list(rows)) if rows else {}
    return (_message(account, rows[i], folders[i]) for i in ids if i in rows and folders.get(i))


def by_remote(tx: ReadTx, account: AccountId, remote_ids: Iterable[RemoteId]) -> dict[RemoteId, Message]:
    """Stored messages by the provider's id; those waiting to be destroyed too."""
    wanted = list(remote_ids)
    found: dict[RemoteId, Message] = {}
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        found |= {m.remote_id: m for m in _load(tx, account, "get_messages_by_remote", remote_ids=chunk)}
    return found


def ids_by_remote(
    tx: ReadTx, account: AccountId, remote_ids: Iterable[RemoteId]
) -> dict[RemoteId, MessageId]:
    """Those of these that ``by_remote`` would find, without reading them."""
    wanted, found = sorted(remote_ids), dict[RemoteId, MessageId]()
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        rows = tx.all("list_ids_by_remote", account=account, remote_ids=chunk)
        found |= {RemoteId(row["remote_id"]): MessageId(row["id"]) for row in rows}
    return found


def later_in_thread(tx: ReadTx, message: Message, since: datetime, limit: int) -> list[Message]:
    """The visible others of its thread that arrived then or later, in the order of their arrival; at most the
    newest ``limit``."""
    rows = tx.all(
        "list_later_in_thread",
        account=message.account_id,
        thread=message.thread_id,
        message=message.id,
        since=to_ms(since),
        limit=limit,
    )
    return get_many(tx, message.account_id, [MessageId(row["id"]) for row in reversed(rows)])


def hidden(tx: ReadTx, account: AccountId, message: MessageId) -> Message | None:
    """A message waiting to be destroyed; None when there is none such."""
    found = next(iter(_load(tx, account, "get_messages", ids=[message])), None)
    return None if found is None or found.folder_ids else found


def even_hidden(tx: ReadTx, account: AccountId, message: MessageId) -> Message | None:
    """The message, also one that waits to be destroyed."""
    return next(iter(_load(tx, account, "get_messages", ids=[message])), None)


def set_mutable(tx: Tx, account: AccountId, message: MessageId, **fields: Any) -> Message | None:
    """Change fields of Mutable (``is_seen=True``, …); return the new message, None when there is none."""
    before = get(tx, account, message)
    if before is None:
        return None
    after = changed_copy(before, mutable=changed_copy(before.mutable, **fields))
    replace(tx, account, [(before, after)])
    return after


def set_folder(tx: Tx, account: AccountId, message: MessageId, folder: FolderId) -> Message | None:
    """Put the message into exactly this folder; return the new message, None when there is none."""
    return set_folders(tx, account, message, [folder])


def set_folders(
    tx: Tx, account: AccountId, message: MessageId, folder_ids: Sequence[FolderId]
) -> Message | None:
    """Put the message into exactly these folders; return the new message, None when there is none."""
    before = get(tx, account, message)
    if before is None:
        return None
    after = changed_copy(before, folder_ids=tuple(sorted(folder_ids)))
    replace(tx, account, [(before, after)])
    return after


def hide(tx: Tx, message: Message) -> None:
    """For clients the message is destroyed; its row waits until the provider has done it."""
    replace(tx, message.account_id, [(message, changed_copy(message, folder_ids=()))])


def destroy(tx: Tx, account: AccountId, message: MessageId) -> None:
    """Remove the message and all that belongs to it; nothing happens when it is gone already."""
    destroy_many(tx, account, [message])


def destroy_many(tx: Tx, account: AccountId, ids: Sequence[MessageId]) -> None:
    """As ``destroy``, for several messages."""
    replace(tx, account, [(found, None) for found in _load(tx, account, "get_messages", ids=ids)])


def twin(tx: ReadTx, account: AccountId, message: MessageId, remote_id: RemoteId) -> Message | None:
    """What is stored under this id, if that is another message."""
    found = by_remote(tx, account, [remote_id]).get(remote_id)
    return None if found is None or found.id == message else found


def set_remote_id(tx: Tx, account: AccountId, message: MessageId, remote_id: RemoteId) -> None:
    """The provider gave the message another id. One stored under that id by now is the same: it goes."""
    other = twin(tx, account, message, remote_id)
    replace(tx, account, [] if other is None else [(other, None)])
    tx.run("set_message_remote_id", account=account, message=message, remote_id=remote_id)


def insert(
    tx: Tx,
    account: AccountId,
    arrived: Sequence[Message],
    *,
    made_threads: Set[ThreadId],
    listed: Set[MessageId],
) -> None:
    """Messages met for the first time, each in a folder: ``replace`` with None before, in fewer statements.

    ``made_threads`` were made for them in this transaction; all their other threads have visible messages.
    ``listed``: their lists of attachments are known: empty, or inserted in this transaction.
    """
    rows = [_values(message, attachments_known=message.id in listed) for message in arrived]
    tx.many_in_order("insert_message", rows)
    memberships.insert(tx, account, arrived, made_threads)
    tx.all_changed(account, ChangeType.EMAIL, [message.id for message in arrived], ChangeOp.CREATED)
    threads.note_arrived(tx, account, [message.thread_id for message in arrived], made_threads)
    whole = [message.id for message in arrived if not message.mutable.is_draft]
    archive.note(tx, account, whole)
    activities.note(tx, account, whole)


def replace(tx: Tx, account: AccountId, steps: Sequence[Step]) -> None:
    """Turn each (before, after) into rows: None before inserts, None after destroys.

    Each message occurs once. An unchanged pair does nothing.
    """
    steps = [step for step in steps if step[0] != step[1]]
    if not steps:
        return
    _delete(tx, account, [old.id for old, new in steps if old and not new])
    search.note(tx, account, [new.id for old, new in steps if old and new and _reads_otherwise(old, new)])
    tx.many("insert_message", [_row(new) for old, new in steps if new and not old])
    tx.many("update_message", [_row(new) for old, new in steps if old and new and _differ(old, new)])
    memberships.replace(
        tx,
        account,
        gone=[m for old, _ in steps if old for m in memberships.of(old)],
        come=[m for _, new in steps if new for m in memberships.of(new)],
    )
    final = [new.id for old, new in steps if new and _is_final(old, new)]
    archive.note(tx, account, final)
    activities.note(tx, account, final)
    archive.hurry(
        tx, account, [new.id for old, new in steps if old and new and old.folder_ids and not new.folder_ids]
    )
    _note(tx, account, steps)
    moved = [new for old, new in steps if old and new and old.thread_id != new.thread_id]
    for thread in {message.thread_id: None for message in moved}:
        submissions.follow(tx, account, [one.id for one in moved if one.thread_id == thread], thread)


def name_conversation(
    tx: Tx, account: AccountId, message: MessageId, conversation: str, *, is_answer: bool
) -> None:
    """Let a message be in this conversation, under its id, if the provider had named none so far.

    What answers it here lies with it. ``is_answer``: it is one itself, and has a conversation of its own at
    the provider: what it answers names their thread, as long as that can.
    """
    found = even_hidden(tx, account, message)
    if found is None:
        return
    key = threads.key_of(conversation)
    known = threads.keys(tx, account, [found.thread_id]).get(found.thread_id, "")
    if not threads.is_alone(known):
        return
    if is_answer and is_named_by_others(tx, account, found.thread_id, message):
        return
    if threads.rekey(tx, account, found.thread_id, key):
        return
    thread = threads.ensure(tx, account, [key])[key]
    replace(tx, account, [(found, changed_copy(found, thread_id=thread))])
    take_along(tx, account, found.thread_id, thread)


def is_named_by_others(tx: ReadTx, account: AccountId, thread: ThreadId, message: MessageId) -> bool:
    """Whether another message of a thread that has no name is to name it: one that is no answer.

    It may have gone before it had one. Then whichever has one first names the thread: of those that are left
    none waits for another, which may never be made.
    """
    others = threads.others(tx, account, thread, message)
    written = drafts.get_many(tx, account, others)
    if any(not draft.is_our_answer for draft in written.values()):
        return True
    key = threads.keys(tx, account, [thread]).get(thread)
    sent = get_many(tx, account, [one for one in others if one not in written])
    return any(key == threads.key_alone(one.remote_id) for one in sent)


def take_along(tx: Tx, account: AccountId, old: ThreadId, new: ThreadId) -> None:
    """What lies in the one thread lies in the other from now on, under its ids."""
    left = get_many(tx, account, threads.many(tx, account, [old]).get(old, ()))
    replace(tx, account, [(one, changed_copy(one, thread_id=new)) for one in left])


def join_conversation(tx: Tx, account: AccountId, message: MessageId, conversation: str) -> None:
    """Let a message be in this conversation, under its id, whichever it was in so far."""
    found, key = even_hidden(tx, account, message), threads.key_of(conversation)
    if found is None:
        return
    thread = threads.ensure(tx, account, [key])[key]
    if thread != found.thread_id:
        replace(tx, account, [(found, changed_copy(found, thread_id=thread))])


def note_headers(tx: Tx, account: AccountId, told: Mapping[MessageId, str]) -> None:
    """Note what the headers of these say beyond what is stored, where that was not known so far."""
    rows = [{"account": account, "message": message, "told": text} for message, text in told.items()]
    tx.many("note_header", rows)


def drafts_at_provider(tx: ReadTx, account: AccountId) -> list[RemoteId]:
    """All drafts that the provider has, hidden ones too. Reads all of the account's messages."""
    return [RemoteId(row["remote_id"]) for row in tx.all("list_drafts_at_provider", account=account)]


def _delete(tx: Tx, account: AccountId, ids: list[MessageId]) -> None:
    if not ids:
        return
    for query in (*_PARTS, "delete_messages"):
        tx.run(query, account=account, ids=ids)
    search.note(tx, account, ids)


def _reads_otherwise(old: Message, new: Message) -> bool:
    """Whether a search may find it by other words, or at another place."""
    return any(getattr(old, name) != getattr(new, name) for name in _SEARCHED)


def _is_final(old: Message | None, new: Message) -> bool:
    """Whether it is a message that has come, or been sent, just now."""
    return not new.mutable.is_draft and (old is None or old.mutable.is_draft)


def _differ(old: Message, new: Message) -> bool:
    return changed_copy(old, folder_ids=new.folder_ids) != new


def _note(tx: Tx, account: AccountId, steps: Sequence[Step]) -> None:
    """Log the messages and the threads they came into, left, or took another place in."""
    arrived: list[ThreadId] = []
    departed: list[ThreadId] = []
    for old, new in steps:
        was, stays = old if old and old.folder_ids else None, new if new and new.folder_ids else None
        if was and stays:
            tx.changed(account, ChangeType.EMAIL, stays.id, ChangeOp.UPDATED)
            if (was.thread_id, was.received_at) != (stays.thread_id, stays.received_at):
                arrived.append(stays.thread_id)
                departed.append(was.thread_id)
        elif stays:
            tx.changed(account, ChangeType.EMAIL, stays.id, ChangeOp.CREATED)
            arrived.append(stays.thread_id)
        elif was:
            tx.changed(account, ChangeType.EMAIL, was.id, ChangeOp.DESTROYED)
            departed.append(was.thread_id)
    threads.note(tx, account, arrived=arrived, departed=departed)


def _load(tx: ReadTx, account: AccountId, query: str, **params: Any) -> list[Message]:
    rows = tx.all(query, account=account, **params)
    if not rows:
        return []
    folders = memberships.folders_of(tx, account, [row["id"] for row in rows])
    return [_message(account, row, folders.get(row["id"], ())) for row in rows]


def _message(account: AccountId, row: Row, folder_ids: tuple[FolderId, ...]) -> Message:
    people = _PEOPLE.decode(row["addresses"])
    return Message(
        account_id=account,
        id=MessageId(row["id"]),
        remote_id=RemoteId(row["remote_id"]),
        thread_id=ThreadId(row["thread_id"]),
        folder_ids=folder_ids,
        received_at=from_ms(row["received_at"]),
        sent_at=_instant(row["sent_at"]),
        internet_message_id=row["internet_message_id"],
        subject=row["subject"],
        preview=row["preview"],
        has_attachment=bool(row["has_attachment"]),
        size=row["size"],
        mutable=Mutable(
            is_seen=bool(row["is_seen"]),
            is_flagged=bool(row["is_flagged"]),
            is_draft=bool(row["is_draft"]),
            is_answered=bool(row["is_answered"]),
            is_forwarded=bool(row["is_forwarded"]),
            importance=Importance(row["importance"]),
            categories=() if row["categories"] == "[]" else tuple(msgspec.json.decode(row["categories"])),
            due_at=_instant(row["due_at"]),
            is_other=bool(row["is_other"]),
            keywords=() if row["keywords"] == "[]" else tuple(msgspec.json.decode(row["keywords"])),
        ),
        in_reply_to=_names(row["in_reply_to"]),
        references=_names(row["refs"]),
        event=None if row["event"] is None else EventKind(row["event"]),
        receipt=None if row["receipt"] is None else Receipt(row["receipt"]),
        header_told=row["header_told"],
        from_=people.from_,
        sender=people.sender,
        to=people.to,
        cc=people.cc,
        bcc=people.bcc,
        reply_to=people.reply_to,
    )


def _row(message: Message) -> Row:
    return dict(zip(COLUMNS, _values(message, attachments_known=False), strict=True))


def _values(message: Message, *, attachments_known: bool) -> tuple[Any, ...]:
    """What goes into each of ``COLUMNS``."""
    mutable = message.mutable
    return (
        message.account_id,
        message.id,
        message.remote_id,
        message.thread_id,
        to_ms(message.received_at),
        _ms(message.sent_at),
        message.internet_message_id,
        message.subject,
        message.preview,
        _addresses(message),
        message.has_attachment,
        message.size,
        mutable.is_seen,
        mutable.is_flagged,
        mutable.is_draft,
        mutable.is_answered,
        mutable.is_forwarded,
        int(mutable.importance),
        _list(mutable.categories) if mutable.categories else "[]",
        _ms(mutable.due_at),
        attachments_known,
        _list(mutable.keywords) if mutable.keywords else "[]",
        None if message.in_reply_to is None else _list(message.in_reply_to),
        None if message.references is None else _list(message.references),
        mutable.is_other,
        message.event,
        message.receipt,
        message.header_told,
    )


@dataclass(frozen=True, slots=True)
class People:
    """Who is in a message, and when it was received or sent."""

    at: datetime
    authors: tuple[Address, ...]
    recipients: tuple[Address, ...]


def people_in(tx: ReadTx, account: AccountId, folder: FolderId, limit: int) -> list[People]:
    """Those of the newest messages of a folder."""
    return [_people(row) for row in tx.all("people_in_folder", account=account, folder=folder, limit=limit)]


def people_of_all(tx: ReadTx, account: AccountId, limit: int) -> list[People]:
    """Those of the account's newest messages."""
    return [_people(row) for row in tx.all("people_of_account", account=account, limit=limit)]


def categories_of_all(tx: ReadTx, account: AccountId, limit: int) -> list[tuple[str, ...]]:
    """Those of each of the account's newest messages that has some, the newest first."""
    rows = tx.all("categories_of_account", account=account, limit=limit)
    return [tuple(msgspec.json.decode(row["categories"])) for row in rows]


def _people(row: Row) -> People:
    said = _PEOPLE.decode(row["addresses"])
    return People(from_ms(row["received_at"]), said.from_, (*said.to, *said.cc, *said.bcc))


def _addresses(message: Message) -> str:
    """As the column ``addresses`` holds them."""
    said = _People(message.from_, message.sender, message.to, message.cc, message.bcc, message.reply_to)
    return msgspec.json.encode(said).decode()


def _list(texts: Sequence[str]) -> str:
    return msgspec.json.encode(texts).decode()


def _names(column: str | None) -> tuple[str, ...] | None:
    return None if column is None else tuple(msgspec.json.decode(column))


def _instant(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)


def _ms(at: datetime | None) -> int | None:
    return None if at is None else to_ms(at)
