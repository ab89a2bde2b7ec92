"""Threads: messages grouped by the provider's key; one exists while a client can see a message of it."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import NamedTuple

from poststelle.mime.text import clean
from poststelle.model.change import ChangeOp, ChangeType
from poststelle.model.ids import AccountId, MessageId, RemoteId, ThreadId
from poststelle.store.sequences import take_ids
from poststelle.store.tx import ReadTx, Tx

_LONGEST_KEY = 500  # both databases index the key; a longer one is replaced by its hash


_ALONE = "message:"


def key_of(conversation: str) -> str:
    """The key of the thread that the provider calls so."""
    return f"thread:{clean(conversation)}"


def key_alone(remote_id: RemoteId) -> str:
    """The key of a thread of one message, for the provider has not named its conversation."""
    return f"{_ALONE}{remote_id}"


def is_alone(key: str) -> bool:
    return key.startswith(_ALONE)


class Found(NamedTuple):
    """The thread of each key, and which of these threads have just been made."""

    by_key: dict[str, ThreadId]
    made: Set[ThreadId]


def ensure(tx: Tx, account: AccountId, keys: Iterable[str]) -> dict[str, ThreadId]:
    """The thread of each key, new ones inserted."""
    return find(tx, account, keys).by_key


def find(tx: Tx, account: AccountId, keys: Iterable[str]) -> Found:
    """The thread of each key, new ones inserted, and which these are."""
    short = {key: _short(key) for key in keys}
    rows = tx.all("get_threads_by_key", account=account, keys=list(set(short.values())))
    found: dict[str, int] = {row["key"]: row["id"] for row in rows}
    missing = [key for key in dict.fromkeys(short.values()) if key not in found]
    if missing:
        first = take_ids(tx, account, len(missing))
        found |= {key: number for number, key in enumerate(missing, first)}
        tx.many_in_order("insert_thread", [(account, found[key], key) for key in missing])
    made = frozenset(ThreadId(found[key]) for key in missing)
    return Found({key: ThreadId(found[key_used]) for key, key_used in short.items()}, made)


def keys(tx: ReadTx, account: AccountId, ids: Iterable[ThreadId]) -> dict[ThreadId, str]:
    """The key each thread was made with (a long one: its hash)."""
    rows = tx.all("get_thread_keys", account=account, ids=list(ids))
    return {ThreadId(row["id"]): row["key"] for row in rows}


def rekey(tx: Tx, account: AccountId, thread: ThreadId, key: str) -> bool:
    """Let a thread that the provider had not named be found by its name from now on.

    False when it has one by now, or when that is another thread's.
    """
    return tx.run("rekey_thread", account=account, thread=thread, key=_short(key)) == 1


def by_names(tx: ReadTx, account: AccountId, names: Iterable[str]) -> dict[str, ThreadId]:
    """The thread that each name stands for, if any. Internal mailboxes group by names."""
    rows = tx.all("get_thread_names", account=account, names=list(names))
    return {row["name"]: ThreadId(row["thread_id"]) for row in rows}


def name(tx: Tx, account: AccountId, names: Mapping[str, ThreadId]) -> None:
    """Let names stand for threads; one that stands for another thread already keeps to that."""
    tx.many_in_order("insert_thread_name", [(account, name, thread) for name, thread in names.items()])


def many(tx: ReadTx, account: AccountId, ids: Sequence[ThreadId]) -> dict[ThreadId, list[MessageId]]:
    """The visible messages of each thread that exists, oldest first."""
    found: dict[ThreadId, list[MessageId]] = {}
    for row in tx.all("list_thread_messages", account=account, ids=ids):
        found.setdefault(row["thread_id"], []).append(row["id"])
    return found


def others(tx: ReadTx, account: AccountId, thread: ThreadId, message: MessageId) -> list[MessageId]:
    """The visible messages that lie in it with this one."""
    return [one for one in many(tx, account, [thread]).get(thread, ()) if one != message]


def note_arrived(tx: Tx, account: AccountId, threads: Iterable[ThreadId], made: Set[ThreadId]) -> None:
    """Log the threads that messages came into. All but those ``made`` just now had some before."""
    grown = dict.fromkeys(threads)
    fresh = [thread for thread in grown if thread in made]
    tx.all_changed(account, ChangeType.THREAD, fresh, ChangeOp.CREATED)
    older = [thread for thread in grown if thread not in made]
    tx.all_changed(account, ChangeType.THREAD, older, ChangeOp.UPDATED)


def note(tx: Tx, account: AccountId, *, arrived: Sequence[ThreadId], departed: Sequence[ThreadId]) -> None:
    """Log the threads that messages came into or left (one entry a message); forget empty ones."""
    grown, shrunk = Counter(arrived), Counter(departed)
    touched = grown.keys() | shrunk.keys()
    if not touched:
        return
    visible: Mapping[ThreadId, int] = {
        row["thread_id"]: row["total"] for row in tx.all("count_threads", account=account, ids=list(touched))
    }
    empty = []
    for thread in sorted(touched):
        after = visible.get(thread, 0)
        before = after - grown[thread] + shrunk[thread]
        if after:
            op = ChangeOp.UPDATED if before else ChangeOp.CREATED
            tx.changed(account, ChangeType.THREAD, thread, op)
        else:
            empty.append(thread)
            if before:
                tx.changed(account, ChangeType.THREAD, thread, ChangeOp.DESTROYED)
    if empty:
        tx.run("delete_threads", account=account, ids=empty)
        tx.run("delete_thread_names", account=account, ids=empty)


def _short(key: str) -> str:
    if len(key) <= _LONGEST_KEY:
        return key
    return "sha256:" + hashlib.sha256(key.encode()).hexdigest()
