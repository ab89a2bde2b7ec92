"""Internal mailboxes in the store: several folders, every keyword, threads, and nothing that waits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from tests.store.conftest import NOW

from poststelle.mail import arrivals, folders, indexing, organise, reading_in, terms
from poststelle.mail.arrivals import Arrival
from poststelle.mime.html_text import unasked
from poststelle.model.account import AccountState, AccountType, SyncPhase
from poststelle.model.change import ChangeType
from poststelle.model.errors import Conflict, Invalid, NotAllowed, NotFound, UseCaseError
from poststelle.model.filter import Filter, InThread
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId, FolderId, MessageId, UserId
from poststelle.model.message import Message
from poststelle.model.rights import Grant, Level
from poststelle.model.user import Theme, User
from poststelle.settings import accounts as sheets
from poststelle.store import (
    accounts,
    attachments,
    bodies,
    changes,
    grants,
    invariants,
    lists,
    messages,
    sync_states,
    users,
)
from poststelle.store import folders as stored_folders
from poststelle.store.attachments import Kept
from poststelle.store.lists import Shape
from poststelle.store.tx import Store, Tx

pytestmark = [pytest.mark.anyio, pytest.mark.partitioned]


def octets(number: int, subject: str, *refs: int, more: str = "") -> bytes:
    """A message of this number that refers to others."""
    referring = f"References: {' '.join(f'<{n}@x.example>' for n in refs)}\r\n" if refs else ""
    return (
        f"Message-ID: <{number}@x.example>\r\n{referring}From: Anna <anna@x.example>\r\n"
        f"Subject: {subject}\r\n{more}\r\nText {number}\r\n"
    ).encode()


def arrival(raw: bytes, *places: FolderId, **said: Any) -> Arrival:
    read, prepared = reading_in.read_octets(unasked, raw)
    keywords = frozenset(said.pop("keywords", ()))
    return Arrival(Kept("0" * 64, len(raw)), read, prepared, places, keywords, **said)


def make(tx: Tx) -> tuple[AccountId, UserId, dict[Role, FolderId]]:
    user = UserId(1)
    users.insert(
        tx,
        User(user, "sabine", "Sabine", "", True, True, None, Theme.SYSTEM, NOW),
        password_hash=None,
    )
    account = sheets.add_internal(
        tx, user, "ablage@x.example", [(user, Level.WRITE)], language="en", is_confirmed=True, now=NOW
    )
    found = {f.role: f.id for f in stored_folders.list_all(tx, account.id) if f.role}
    return account.id, user, found


@dataclass(frozen=True)
class Box:
    store: Store
    account: AccountId
    user: UserId
    roles: dict[Role, FolderId]

    async def put(self, *some: Arrival) -> list[Message | UseCaseError]:
        return await self.store.write(arrivals.insert, self.user, self.account, some, NOW)

    async def one(self, raw: bytes, *places: FolderId, **said: Any) -> Message:
        [made] = await self.put(arrival(raw, *places, **said))
        assert isinstance(made, Message)
        return made

    async def do(self, fn: Any, *args: Any, **said: Any) -> Any:
        return await self.store.write(fn, self.user, self.account, *args, **said)

    async def ids(self, where: Filter) -> list[MessageId]:
        return await self.store.read(lists.ids, self.account, where, Shape(), position=0, limit=100)

    async def total(self, folder: FolderId) -> int:
        found = await self.store.read(stored_folders.get, self.account, folder)
        return found.total if found else -1


@pytest.fixture
async def box(store: Store) -> AsyncIterator[Box]:
    """An internal mailbox; every invariant is checked at the end."""
    yield Box(store, *await store.write(make))
    assert await store.read(invariants.check) == []


async def test_it_is_whole_from_the_beginning(box: Box) -> None:
    """Connected, steady, nothing pending; no pull ever claims it, whoever wakes it."""
    await box.store.write(sheets.wake, box.user, box.account, NOW)
    state = await box.store.read(sync_states.get, box.account)
    assert (state.phase, state.pending, state.problem) == (SyncPhase.STEADY, 0, None)
    assert await box.store.write(sync_states.claim, "x", NOW + timedelta(days=9), 60) is None


async def test_messages_come_in_one_transaction(box: Box) -> None:
    """In their order; what is refused is told in its place and keeps nothing out."""
    inbox = box.roles[Role.INBOX]
    before = await box.store.read(changes.state, box.account, ChangeType.EMAIL)
    made = await box.put(
        arrival(octets(1, "a"), inbox),
        arrival(octets(2, "b"), FolderId(999)),
        arrival(octets(3, "c"), inbox, keywords={"bad(keyword"}),
        arrival(octets(4, "d"), inbox, received_at=NOW - timedelta(days=1)),
    )
    assert [type(one) for one in made] == [Message, Invalid, Invalid, Message]
    told = await box.store.read(changes.since_state, box.account, ChangeType.EMAIL, before, 9)
    assert told and told.created == tuple(m.id for m in made if isinstance(m, Message))
    assert await box.ids(Filter(in_folder=inbox)) == list(told.created)


async def test_a_thread_is_found_by_what_its_messages_name(box: Box) -> None:
    """In any order of coming; when its last message goes, its names go with it."""
    inbox = box.roles[Role.INBOX]
    late, early = await box.one(octets(3, "Re: x", 1, 2), inbox), await box.one(octets(1, "x"), inbox)
    between, other = (
        await box.one(octets(2, "AW: [list] X", 1), inbox),
        await box.one(octets(4, "y", 1), inbox),
    )
    assert late.thread_id == early.thread_id == between.thread_id != other.thread_id
    for message in (late, early, between):
        await box.do(organise.destroy, message.id, NOW)
    again = await box.one(octets(2, "x", 1), inbox)
    assert again.thread_id not in {late.thread_id, other.thread_id}


async def test_the_parts_of_a_batch_find_one_another(box: Box) -> None:
    """Threads that are made in the same transaction too."""
    inbox, sent = box.roles[Role.INBOX], box.roles[Role.SENT]
    made = await box.put(
        arrival(octets(1, "x"), inbox, sent),
        arrival(octets(2, "Re: x", 1), inbox),
        arrival(octets(9, "z"), inbox),
    )
    threads = [m.thread_id for m in made if isinstance(m, Message)]
    assert threads[0] == threads[1] != threads[2]
    found = await box.store.read(stored_folders.get, box.account, inbox)
    assert found and (found.total, found.total_threads, found.unread_threads) == (3, 2, 2)


async def test_a_change_is_final(box: Box) -> None:
    """Folders and keywords change in one; at no time anything waits."""
    inbox, archive = box.roles[Role.INBOX], box.roles[Role.ARCHIVE]
    message = await box.one(octets(1, "x"), inbox, keywords={"$flagged", "blau"})
    wanted = organise.Change(frozenset({inbox, archive}), {"blau": False, "rot": True, "$draft": True})
    await box.do(organise.change, message.id, wanted, NOW)
    [after] = await box.store.read(messages.get_many, box.account, [message.id])
    assert set(after.folder_ids) == {inbox, archive}
    assert (after.mutable.keywords, after.mutable.is_draft, after.mutable.is_flagged) == (
        ("rot",),
        True,
        True,
    )
    await box.do(organise.move, message.id, archive, NOW)
    assert (await box.total(inbox), await box.total(archive)) == (0, 1)
    with pytest.raises(Invalid):
        await box.do(organise.change, message.id, organise.Change(frozenset()), NOW)


async def test_keywords_are_counted_when_they_are_changed(box: Box) -> None:
    """A hundred are kept: those that go make room for those that come."""
    message = await box.one(octets(1, "x"), box.roles[Role.INBOX], keywords={f"a{n}" for n in range(60)})
    others = {f"a{n}": False for n in range(60)} | {f"b{n}": True for n in range(100)}
    await box.do(organise.change, message.id, organise.Change(keywords=others), NOW)
    [after] = await box.store.read(messages.get_many, box.account, [message.id])
    assert set(after.mutable.keywords) == {f"b{n}" for n in range(100)}
    for refused in ({"c": True}, {"a b": True, "b1": False}):
        with pytest.raises(Invalid, match="too many"):
            await box.do(organise.change, message.id, organise.Change(keywords=refused), NOW)


async def test_a_total_is_that_of_the_list(box: Box) -> None:
    """Of what words find: while all lies in one folder, and when it does not any more."""
    inbox, archive = box.roles[Role.INBOX], box.roles[Role.ARCHIVE]
    some = [await box.one(octets(n, "Angebot" if n % 2 else "x"), inbox) for n in range(6)]
    anywhere = Filter(terms=terms.parse("angebot"))
    in_inbox = replace(anywhere, in_folder=inbox)

    async def totals() -> list[tuple[int, int]]:
        await indexing.catch_up(box.store, box.user, box.account)
        counted = [await box.store.read(lists.count, box.account, w) for w in (in_inbox, anywhere)]
        return list(zip(counted, [len(await box.ids(w)) for w in (in_inbox, anywhere)], strict=True))

    assert await totals() == [(3, 3), (3, 3)]
    await box.do(organise.move, some[1].id, archive, NOW)
    assert await totals() == [(2, 2), (3, 3)]
    await box.do(organise.change, some[3].id, organise.Change(frozenset({inbox, archive})), NOW)
    assert await totals() == [(2, 2), (3, 3)]
    await box.do(organise.destroy, some[5].id, NOW)
    assert await totals() == [(1, 1), (2, 2)]


async def test_a_place_far_down_is_found_from_either_end(box: Box) -> None:
    """Every window of a folder's list is a piece of the whole list."""
    inbox = box.roles[Role.INBOX]
    await box.put(*(arrival(octets(n, "x"), inbox, received_at=NOW + timedelta(n % 3)) for n in range(7)))
    for shape in (Shape(), Shape(is_ascending=True)):
        args = (box.account, Filter(in_folder=inbox), shape)
        whole = await box.store.read(lists.ids, *args, position=0, limit=9)
        for position in range(9):
            for limit in (0, 1, 3, 9):
                found = await box.store.read(lists.ids, *args, position=position, limit=limit)
                assert found == whole[position : position + limit]


async def test_many_changes_are_made_together(box: Box) -> None:
    """What is refused of one is told and leaves the others alone; each is logged once."""
    inbox, archive = box.roles[Role.INBOX], box.roles[Role.ARCHIVE]
    flagged, moved, refused = [await box.one(octets(n, "x"), inbox) for n in (1, 2, 3)]
    before = await box.store.read(changes.state, box.account, ChangeType.EMAIL)
    wanted = {
        flagged.id: organise.Change(keywords={"$flagged": True}),
        refused.id: organise.Change(frozenset({FolderId(999)}), {"$flagged": True}),
        MessageId(4711): organise.Change(keywords={"$flagged": True}),
        moved.id: organise.Change(frozenset({archive}), {"rot": True}),
    }
    said = await box.do(organise.change_many, wanted, NOW)
    assert {message: type(why) for message, why in said.items()} == {refused.id: Invalid, 4711: NotFound}
    told = await box.store.read(changes.since_state, box.account, ChangeType.EMAIL, before, 9)
    assert told and set(told.updated) == {flagged.id, moved.id}
    assert (await box.total(inbox), await box.total(archive)) == (2, 1)
    assert await box.ids(Filter(has_keywords=frozenset({"$flagged"}))) == [flagged.id]


async def test_lists_are_filtered_by_any_keyword(box: Box) -> None:
    """A keyword is a whole one: signs that mean something to a database mean nothing."""
    inbox = box.roles[Role.INBOX]
    one = await box.one(octets(1, "x"), inbox, keywords={"a_b", "a!c"})
    two = await box.one(octets(2, "y"), inbox, keywords={"axb"})

    async def having(**said: Any) -> set[MessageId]:
        return set(await box.ids(Filter(in_folder=inbox, **said)))

    assert await having(has_keywords=frozenset({"a_b"})) == {one.id}
    assert await having(has_keywords=frozenset({"a!c"})) == {one.id}
    assert await having(has_keywords=frozenset({"a"})) == set()
    assert await having(not_keywords=frozenset({"axb"})) == {one.id}
    assert await having(in_thread=frozenset({InThread("all", "axb")})) == {two.id}
    assert await having(in_thread=frozenset({InThread("some", "axb")})) == {two.id}
    assert await having(in_thread=frozenset({InThread("none", "axb")})) == {one.id}
    marks = organise.Change(marks=organise.Marks(categories=('x"a', "b", 'c"')))
    await box.do(organise.change, two.id, marks, NOW)
    for word, found in (("a", set()), ("b", {two.id}), ("x", set())):
        assert await having(has_keywords=frozenset({word})) == found


async def test_a_message_in_two_folders_lies_in_another_one_too(box: Box) -> None:
    """Asked for in one and in others than that one. Source: RFC 8621 §4.4.1."""
    inbox, archive = box.roles[Role.INBOX], box.roles[Role.ARCHIVE]
    both = await box.one(octets(1, "x"), inbox, archive)
    await box.one(octets(2, "x"), inbox)
    assert await box.ids(Filter(in_folder=inbox, not_in_folders=frozenset({inbox}))) == [both.id]


async def test_a_folder_goes_and_takes_only_what_lies_nowhere_else(box: Box) -> None:
    """Emptying likewise: what lies elsewhere stays there, all else goes to the trash first."""
    inbox, trash = box.roles[Role.INBOX], box.roles[Role.TRASH]
    own = await box.do(folders.create, "Objekte", None, NOW)
    both, only = await box.one(octets(1, "x"), inbox, own), await box.one(octets(2, "y"), own)
    with pytest.raises(Conflict):
        await box.do(folders.destroy, own, NOW, with_messages=False)
    await box.do(folders.change, own, NOW, name="Häuser", parent=inbox)
    await box.do(folders.destroy, own, NOW, with_messages=True)
    assert [m.id for m in await box.store.read(messages.get_many, box.account, [both.id, only.id])] == [
        both.id
    ]
    await box.do(folders.empty, inbox, NOW)
    assert (await box.total(inbox), await box.total(trash)) == (0, 1)
    await box.do(folders.empty, trash, NOW)
    assert await box.total(trash) == 0


async def test_a_copy_is_a_message_of_its_own(box: Box) -> None:
    """With the same text, octets and thread; destroying one leaves the other."""
    inbox, sent = box.roles[Role.INBOX], box.roles[Role.SENT]
    message = await box.one(octets(1, "x"), inbox)
    await box.do(organise.copy, message.id, sent, NOW)
    [copied] = await box.ids(Filter(in_folder=sent))
    await box.do(organise.destroy, message.id, NOW)
    assert await box.store.read(attachments.kept, box.account, copied, "mime") is not None
    body = await box.store.read(bodies.get, box.account, copied)
    assert body and body.content == "Text 1\n"


async def test_words_and_file_names_are_found(box: Box) -> None:
    """A search catches up with what has just come."""
    more = 'Content-Type: multipart/mixed; boundary="b"\r\n'
    raw = octets(1, "x", more=more).partition(b"\r\n\r\n")[0] + (
        b"\r\n\r\n--b\r\n\r\nHeizung\r\n--b\r\n"
        b"Content-Type: application/pdf; name=Grundriss.pdf\r\n\r\nx\r\n--b--\r\n"
    )
    message = await box.one(raw, box.roles[Role.INBOX])
    await indexing.catch_up(box.store, box.user, box.account)
    for word in ("heizung", "grundriss", "anna@x.example"):
        assert await box.ids(Filter(terms=terms.parse(word, None))) == [message.id], word


async def test_a_mailbox_at_microsoft_takes_nothing(store: Store) -> None:
    """Its messages come from there."""

    def make_graph(tx: Tx) -> AccountId:
        make(tx)
        found = accounts.insert(
            tx, type_=AccountType.GRAPH, address="m@x.example", state=AccountState.CONNECTED, at=NOW, by=None
        )
        assert found is not None
        grants.upsert(tx, Grant(found.id, UserId(1), Level.SEND), at=NOW, by=None)
        return found.id

    account = await store.write(make_graph)
    with pytest.raises(NotAllowed):
        await store.write(arrivals.insert, UserId(1), account, [], NOW)
