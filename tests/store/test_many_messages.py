"""Many messages are changed and destroyed together: as one by one, in as many statements as few."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from tests.store.conftest import NOW
from tests.store.counting import Counting
from tests.store.mailbox import create, item, page
from tests.store.test_arrivals import arrival, octets
from tests.store.test_arrivals import make as make_internal

from poststelle.mail import arrivals, folders, ingest, organise
from poststelle.mail.organise import Change, Marks
from poststelle.model.change import ChangeType
from poststelle.model.errors import Invalid, NotFound
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId, FolderId, MessageId, UserId
from poststelle.model.message import FLAGGED, SEEN, Message
from poststelle.model.writeback import WritebackOp
from poststelle.store import changes, invariants, messages, op_rows, writeback_ops
from poststelle.store import folders as stored
from poststelle.store.tx import Store, Tx

pytestmark = [pytest.mark.anyio, pytest.mark.partitioned]

COUNTERS = ("total", "unread", "total_threads", "unread_threads")
Wanted = Mapping[MessageId, Change | None]
"""What is to become of each message; None: it is destroyed."""


def at_microsoft(tx: Tx, address: str, count: int) -> tuple[AccountId, UserId, list[MessageId]]:
    """So many messages in the inbox, two of each thread."""
    account, user, places = create(tx, address)
    items = [item(f"{address}-{n}", thread_key=f"T{n // 2}", is_seen=n % 3 == 0) for n in range(count)]
    ingest.apply_page(tx, account, places["Inbox"], page(*items), is_sweep=False, now=NOW)
    found = messages.by_remote(tx, account, [one.remote_id for one in items])
    return account, user, [found[one.remote_id].id for one in items]


def one_by_one(tx: Tx, user: UserId, account: AccountId, wanted: Wanted) -> None:
    for message, change in wanted.items():
        if change is None:
            organise.destroy(tx, user, account, message, NOW)
        else:
            organise.change(tx, user, account, message, change, NOW)


def together(tx: Tx, user: UserId, account: AccountId, wanted: Wanted) -> None:
    changed = {message: change for message, change in wanted.items() if change is not None}
    assert organise.change_many(tx, user, account, changed, NOW) == {}
    going = [message for message, change in wanted.items() if change is None]
    assert organise.destroy_many(tx, user, account, going, NOW) == {}


def rounds(ids: Sequence[MessageId], places: Mapping[Role, FolderId]) -> list[Wanted]:
    """Marks and moves that join, that come to nothing, that follow others on their way; at last an end."""
    away, home = frozenset({places[Role.TRASH]}), frozenset({places[Role.INBOX]})
    red = Marks(categories=("Rot",))
    return [
        {m: Change(away if m % 2 else None, {FLAGGED: True} if m % 3 else {}) for m in ids},
        {m: Change(home, {FLAGGED: False}, red if m % 5 == 0 else Marks()) for m in ids},
        {},  # what waits is on its way after this one
        {m: Change(away, {SEEN: True}) for m in ids},
        {m: None if m % 3 == 0 else Change(home) for m in ids},
    ]


def held(tx: Tx, account: AccountId, ids: Sequence[MessageId]) -> list[Any]:
    """Messages, counters, what waits of each message, and what has changed since the beginning."""
    found = [messages.even_hidden(tx, account, id_) for id_ in ids]
    waiting: dict[MessageId, list[tuple[Any, ...]]] = {}
    for op in op_rows.list_open(tx, account, ids):
        waiting.setdefault(op.message_id, []).append((op.kind, op.payload, op.undo, op.is_in_flight))
    rows = [tx.one("get_folder", account=account, folder=one.id) for one in stored.list_all(tx, account)]
    told = [changes.since(tx, account, type_, 0, 1_000) for type_ in (ChangeType.EMAIL, ChangeType.THREAD)]
    said = [None if one is None else (set(one.created), set(one.updated), set(one.destroyed)) for one in told]
    facts = [None if one is None else (one.id, one.folder_ids, one.mutable, one.thread_id) for one in found]
    counted = [
        (row["total"], row["unread"], row["total_threads"], row["unread_threads"]) for row in rows if row
    ]
    return [facts, sorted(waiting.items()), counted, said]


async def test_many_at_microsoft_become_what_each_would(store: Store) -> None:
    """Two mailboxes with the same messages: in one each by itself, in the other all at once."""
    sides = [await store.write(at_microsoft, address, 18) for address in ("a@x.example", "b@x.example")]
    seen: list[list[Any]] = [[], []]
    for (account, user, ids), way, told in zip(sides, (one_by_one, together), seen, strict=True):
        for wanted in rounds(ids, await store.read(_roles, account)):
            await store.write(way, user, account, wanted)
            if not wanted:
                await store.write(writeback_ops.claim, account, "x", NOW, 100)
            told.append(await store.read(held, account, ids))
    assert seen[0] == seen[1]
    assert any(ops for _, ops, _, _ in seen[0]), "something waits"
    assert await store.read(invariants.check) == []


def _roles(tx: Any, account: AccountId) -> dict[Role, FolderId]:
    return {folder.role: folder.id for folder in stored.list_all(tx, account) if folder.role}


async def test_what_is_refused_of_many_leaves_the_others_alone(store: Store) -> None:
    """Nothing of it is written; an id that names nothing is told too."""

    def written(tx: Tx) -> tuple[Any, Any, list[WritebackOp], list[Message]]:
        account, user, [first, second, third] = at_microsoft(tx, "a@x.example", 3)
        nowhere = Change(frozenset({FolderId(999)}), {FLAGGED: True})
        asked = {first: Change(keywords={FLAGGED: True}), second: nowhere, MessageId(4711): nowhere}
        changed = organise.change_many(tx, user, account, asked, NOW)
        gone = organise.destroy_many(tx, user, account, [third, MessageId(4711), third], NOW)
        return (
            changed,
            gone,
            op_rows.list_open(tx, account, [first, second, third]),
            messages.get_many(tx, account, [first, second, third]),
        )

    changed, gone, ops, left = await store.write(written)
    assert [type(one) for one in changed.values()] == [Invalid, NotFound]
    assert {message: type(why) for message, why in gone.items()} == {MessageId(4711): NotFound}
    assert [op.kind.value for op in ops] == ["set", "destroy"]
    assert [one.mutable.is_flagged for one in left] == [True, False]


def internal(tx: Tx, count: int) -> tuple[AccountId, UserId, list[MessageId], list[FolderId]]:
    """So many messages, each in six folders."""
    account, user, _ = make_internal(tx)
    places = [folders.create(tx, user, account, f"f{n}", None, NOW) for n in range(6)]
    several = [arrival(octets(n, f"s{n}"), *places) for n in range(count)]
    made = arrivals.insert(tx, user, account, several, NOW)
    return account, user, [one.id for one in made if isinstance(one, Message)], places


def statements_here(tx: Tx, count: int) -> list[int]:
    """Of changing the folders of so many messages in an internal mailbox, and of destroying them."""
    account, user, ids, places = internal(tx, count)
    moving: Any = Counting(tx)
    change = Change(frozenset(places[1:]), {FLAGGED: True})
    assert organise.change_many(moving, user, account, dict.fromkeys(ids, change), NOW) == {}
    destroying: Any = Counting(tx)
    assert organise.destroy_many(destroying, user, account, ids, NOW) == {}
    return [moving.statements, destroying.statements]


def statements_there(tx: Tx, count: int) -> list[int]:
    """At Microsoft."""
    account, user, ids = at_microsoft(tx, "a@x.example", count)
    trash = stored.by_role(tx, account, Role.TRASH)
    assert trash is not None
    moving: Any = Counting(tx)
    change = Change(frozenset({trash.id}), {FLAGGED: True})
    assert organise.change_many(moving, user, account, dict.fromkeys(ids, change), NOW) == {}
    destroying: Any = Counting(tx)
    assert organise.destroy_many(destroying, user, account, ids, NOW) == {}
    return [moving.statements, destroying.statements]


class Undone(Exception):
    """Carries what was counted out of a transaction that leaves nothing behind."""


@pytest.mark.parametrize("statements", [statements_here, statements_there])
async def test_many_messages_take_as_many_statements_as_few(
    store: Store, statements: Callable[[Tx, int], list[int]]
) -> None:
    """However many messages and folders: one by one a thousand of them in a hundred folders took 320,000."""

    def counted(tx: Tx, count: int) -> None:
        raise Undone(statements(tx, count))

    seen = []
    for count in (2, 20):
        with pytest.raises(Undone) as caught:
            await store.write(counted, count)
        seen.append(caught.value.args[0])
    assert seen[0] == seen[1]
    assert max(seen[0]) < 50


async def test_messages_of_folders_with_different_threads_are_counted_right(store: Store) -> None:
    """Folders are counted together where they hold the same threads, and apart where they don't."""

    def scattered(tx: Tx) -> list[tuple[int, int]]:
        account, user, ids, places = internal(tx, 12)
        where = {m: Change(frozenset(places[n % 5 : n % 5 + 2])) for n, m in enumerate(ids)}
        organise.change_many(tx, user, account, where, NOW)
        organise.destroy_many(tx, user, account, ids[::4], NOW)
        found = [stored.get(tx, account, place) for place in places]
        return [(one.total, one.total_threads) for one in found if one is not None]

    assert await store.write(scattered) == [(n, n) for n in (2, 5, 5, 3, 2, 1)]
    assert await store.read(invariants.check) == []
