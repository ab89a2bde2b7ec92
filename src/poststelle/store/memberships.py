"""Which message lies in which folder, and the counters that follow from it.

Counters equal rows: a folder's ``total`` and ``unread`` count its messages,
``total_threads`` and ``unread_threads`` the threads with at least one (unread)
message in this folder. Unread is neither seen nor a draft (RFC 8621 §2), while
a row's ``is_unread`` says not seen alone, because that is what lists filter by.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from typing import NamedTuple

from poststelle.lib.clock import to_ms
from poststelle.model.change import ChangeOp, ChangeType
from poststelle.model.ids import AccountId, FolderId, MessageId, ThreadId
from poststelle.model.message import Message
from poststelle.store import folders
from poststelle.store.tx import ReadTx, Row, Tx


class Membership(NamedTuple):
    """One message in one folder, with what lists and counters need of it.

    The fields but the last one stand as ``insert_membership`` names them.
    """

    folder_id: FolderId
    received_at: int
    message_id: MessageId
    thread_id: ThreadId
    is_unread: bool
    is_flagged: bool
    is_counted: bool

    @property
    def key(self) -> tuple[int, int, int]:
        return self.folder_id, self.received_at, self.message_id


# Of one thread in one folder: all messages, and unread ones.
_Count = tuple[int, int]
_NONE: _Count = (0, 0)


def of(message: Message) -> list[Membership]:
    """The memberships that a message has."""
    seen, draft = message.mutable.is_seen, message.mutable.is_draft
    received_at = to_ms(message.received_at)
    return [
        Membership(
            folder,
            received_at,
            message.id,
            message.thread_id,
            not seen,
            message.mutable.is_flagged,
            not seen and not draft,
        )
        for folder in message.folder_ids
    ]


def folders_of(
    tx: ReadTx, account: AccountId, ids: Sequence[MessageId]
) -> dict[MessageId, tuple[FolderId, ...]]:
    """The folders of each message, ascending; a message without one is left out."""
    found: dict[MessageId, tuple[FolderId, ...]] = {}
    for row in tx.all("get_memberships", account=account, ids=ids):
        found[row["message_id"]] = (*found.get(row["message_id"], ()), row["folder_id"])
    return found


def replace(tx: Tx, account: AccountId, *, gone: Iterable[Membership], come: Iterable[Membership]) -> None:
    """Take ``gone`` away and put ``come`` there; what is in both stays untouched.

    ``gone`` has all places of each of its messages.
    """
    before, staying = set(gone), set(come)
    old, new = before - staying, staying - before
    kept = {m.key for m in old} & {m.key for m in new}
    emptied = {m.message_id for m in old} - {m.message_id for m in staying}
    if emptied:
        tx.run("delete_memberships_of", account=account, ids=emptied)
    left = [m for m in old if m.key not in kept and m.message_id not in emptied]
    tx.many("delete_membership", [_key(account, m) for m in left])
    tx.many("insert_membership", [_row(account, m) for m in new if m.key not in kept])
    tx.many("update_membership", [_row(account, m) for m in new if m.key in kept])
    _count(tx, account, old, new)


def insert(tx: Tx, account: AccountId, arrived: Sequence[Message], made: Set[ThreadId]) -> None:
    """Put messages there that were in no folder before. ``made``: their threads that nothing else is in."""
    come = [one for message in arrived for one in of(message)]
    tx.many_in_order("insert_membership", [(account, *m[:-1]) for m in come])
    _count(tx, account, (), come, made)


def _count(
    tx: Tx,
    account: AccountId,
    old: Collection[Membership],
    new: Collection[Membership],
    made: Set[ThreadId] = frozenset(),
) -> None:
    """Move the counters by the difference. Runs after the rows were written."""
    change: dict[FolderId, dict[ThreadId, _Count]] = defaultdict(dict)
    for sign, side in ((-1, old), (1, new)):
        for m in side:
            by_thread = change[m.folder_id]
            total, unread = by_thread.get(m.thread_id, _NONE)
            by_thread[m.thread_id] = (total + sign, unread + sign * m.is_counted)
    moved = {
        folder: {thread: count for thread, count in by_thread.items() if count != _NONE}
        for folder, by_thread in change.items()
    }
    now = _counted(tx, account, moved, made)
    differences = {
        folder: _difference(by_thread, now[folder]) for folder, by_thread in moved.items() if by_thread
    }
    folders.count_many(tx, account, differences)


def _counted(
    tx: ReadTx,
    account: AccountId,
    moved: Mapping[FolderId, Mapping[ThreadId, _Count]],
    made: Set[ThreadId],
) -> dict[FolderId, dict[ThreadId, _Count]]:
    """What each thread has in each folder by now. Folders with the same threads are asked together:
    messages that lie in a hundred folders lie in the same ones, as a rule."""
    now: dict[FolderId, dict[ThreadId, _Count]] = {
        folder: {thread: by_thread[thread] for thread in by_thread.keys() & made}
        for folder, by_thread in moved.items()
    }
    alike: dict[frozenset[ThreadId], list[FolderId]] = defaultdict(list)
    for folder, by_thread in moved.items():
        alike[frozenset(by_thread.keys() - made)].append(folder)
    alike.pop(frozenset(), None)
    for threads, several in alike.items():
        asked = {"folders": several, "threads": threads}
        for row in tx.all("count_threads_in_folders", account=account, **asked):
            now[row["folder_id"]][row["thread_id"]] = (row["total"], row["unread"])
    return now


def _difference(moved: Mapping[ThreadId, _Count], now: Mapping[ThreadId, _Count]) -> dict[str, int]:
    """How far each counter of a folder moves."""
    threads = unread_threads = 0
    for thread, (total, unread) in moved.items():
        all_now, unread_now = now.get(thread, _NONE)
        threads += (all_now > 0) - (all_now - total > 0)
        unread_threads += (unread_now > 0) - (unread_now - unread > 0)
    return {
        "total": sum(total for total, _ in moved.values()),
        "unread": sum(unread for _, unread in moved.values()),
        "total_threads": threads,
        "unread_threads": unread_threads,
    }


def differing(tx: ReadTx, account: AccountId) -> list[Row]:
    """Memberships whose copies are not their messages'. Reads all of the account's memberships."""
    return tx.all("list_differing_memberships", account=account)


def mend(tx: Tx, account: AccountId) -> list[MessageId]:
    """Set the copies to what the messages say, and tell of these; whose they were. Counters stay."""
    rows = differing(tx, account)
    for row in rows:
        tx.run("update_membership", account_id=account, **row)
        tx.changed(account, ChangeType.EMAIL, row["message_id"], ChangeOp.UPDATED)
    return [MessageId(row["message_id"]) for row in rows]


def _key(account: AccountId, m: Membership) -> Row:
    return {
        "account_id": account,
        "folder_id": m.folder_id,
        "received_at": m.received_at,
        "message_id": m.message_id,
    }


def _row(account: AccountId, m: Membership) -> Row:
    return {
        **_key(account, m),
        "thread_id": m.thread_id,
        "is_unread": m.is_unread,
        "is_flagged": m.is_flagged,
    }
