"""Pages from a provider become folders of messages, whatever order and shape they come in."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from tests.store.mailbox import NOW, Mailbox, item, page, partial

from poststelle.mail import ingest
from poststelle.model.change import ChangeType
from poststelle.model.ids import RemoteId
from poststelle.model.message import Body
from poststelle.store import bodies, changes, cursors, departures, messages, threads

pytestmark = [pytest.mark.anyio, pytest.mark.partitioned]

UNREAD = (False, False)
READ = (True, False)


async def test_a_page_fills_a_folder_and_its_counters(mailbox: Mailbox) -> None:
    """Three messages in two threads, one read: total 3, unread 2, threads 2."""
    changed = await mailbox.pull(
        "Inbox",
        page(item("a", thread_key="t"), item("b", thread_key="t", is_seen=True), item("c", minutes=1)),
    )
    folder = await mailbox.folder("Inbox")
    assert changed == 3
    assert (folder.total, folder.unread, folder.total_threads, folder.unread_threads) == (3, 2, 2, 2)


async def test_what_joins_a_thread_met_before_counts_once(mailbox: Mailbox) -> None:
    """A page with messages for an old thread and for a new one: counters and the change log tell both."""
    await mailbox.pull("Inbox", page(item("a", thread_key="old", is_seen=True)))
    await mailbox.pull("Sent", page(item("s", "Sent", thread_key="old")))
    before = await mailbox.store.read(changes.latest, mailbox.account, ChangeType.THREAD)

    joining = item("b", thread_key="old"), item("d", thread_key="old", is_draft=True)
    await mailbox.pull("Inbox", page(*joining, item("c", thread_key="new"), item("e", thread_key="new")))

    folder = await mailbox.folder("Inbox")
    assert (folder.total, folder.unread, folder.total_threads, folder.unread_threads) == (5, 3, 2, 2)
    told = await mailbox.store.read(changes.since, mailbox.account, ChangeType.THREAD, before, 9)
    assert told is not None
    assert (len(told.created), len(told.updated)) == (1, 1)
    await mailbox.check()


async def test_a_replayed_page_logs_nothing(mailbox: Mailbox) -> None:
    """Applying the same delta page twice leaves the change log as it was."""
    delta = page(item("a"), item("b", is_draft=True), item("c", has_attachment=True), left=("x",))
    await mailbox.pull("Inbox", delta)
    before = await mailbox.store.read(changes.state, mailbox.account, ChangeType.EMAIL)

    assert await mailbox.pull("Inbox", delta) == 0

    assert await mailbox.store.read(changes.state, mailbox.account, ChangeType.EMAIL) == before


async def test_a_page_and_its_cursor_commit_together(mailbox: Mailbox) -> None:
    """After a page the link that follows it is stored; a delta link is complete, a next link is not."""
    await mailbox.pull("Inbox", page(item("a"), link="n1", more=True))
    first = await mailbox.store.read(cursors.get, mailbox.account, mailbox.folder_ids["Inbox"])
    await mailbox.pull("Inbox", page(link="d1"))
    last = await mailbox.store.read(cursors.get, mailbox.account, mailbox.folder_ids["Inbox"])
    assert first == cursors.Cursor("n1", False, False)
    assert last == cursors.Cursor("d1", True, False)


async def test_a_partial_item_is_merged(mailbox: Mailbox) -> None:
    """Only what is said changes: subject and body survive an item that says read."""
    await mailbox.pull("Inbox", page(item("a")))
    assert await mailbox.pull("Inbox", page(partial("a", is_seen=True))) == 1
    message = await mailbox.store.read(messages.get, mailbox.account, await mailbox.id_of("a"))
    assert message is not None
    assert (message.subject, message.mutable.is_seen) == ("Subject a", True)
    body = await mailbox.store.read(bodies.get, mailbox.account, message.id)
    assert body == Body("text/plain", "Good morning, this is a.")
    assert (await mailbox.folder("Inbox")).unread == 0


async def test_the_same_message_twice_in_a_page_is_one(mailbox: Mailbox) -> None:
    """The later report wins where it says something."""
    await mailbox.pull("Inbox", page(item("a"), partial("a", is_flagged=True)))
    assert await mailbox.contents() == {"Inbox": {"a": (False, True)}, "Sent": {}, "Trash": {}, "Objects": {}}


async def test_a_message_in_two_folders_pages_lies_in_one(mailbox: Mailbox) -> None:
    """The provider's last word decides, and the counters follow."""
    await mailbox.pull("Inbox", page(item("a")))
    await mailbox.pull("Objects", page(item("a", "Objects")))
    assert (await mailbox.contents())["Objects"] == {"a": UNREAD}
    assert (await mailbox.folder("Inbox")).total == 0


async def test_a_removal_is_no_deletion(mailbox: Mailbox) -> None:
    """A message that left stays until it is located; found elsewhere, it keeps its id."""
    await mailbox.pull("Inbox", page(item("a"), item("b")))
    before = await mailbox.id_of("a")
    await mailbox.pull("Inbox", page(left=("a", "b")))
    waiting = await mailbox.store.read(departures.list_all, mailbox.account, 10)
    assert {d.remote_id for d in waiting} == {"a", "b"}
    assert (await mailbox.folder("Inbox")).total == 2

    found = {RemoteId("a"): partial("a", folder_id=RemoteId("F-Objects"), is_seen=True), RemoteId("b"): None}
    assert await mailbox.store.write(ingest.settle, mailbox.account, found, now=waiting_at()) == 2

    assert await mailbox.id_of("a") == before
    contents = await mailbox.contents()
    assert (contents["Inbox"], contents["Objects"]) == ({}, {"a": READ})
    assert await mailbox.store.read(departures.list_all, mailbox.account, 10) == []


async def test_a_message_in_a_folder_nobody_sees_is_gone(mailbox: Mailbox) -> None:
    """Exchange keeps purged messages in a hidden folder: located there means gone."""
    await mailbox.pull("Trash", page(item("a", "Trash")))
    found = {RemoteId("a"): partial("a", folder_id=RemoteId("recoverable"))}
    await mailbox.store.write(ingest.settle, mailbox.account, found, now=waiting_at())
    assert (await mailbox.contents())["Trash"] == {}


async def test_a_message_met_again_has_not_departed(mailbox: Mailbox) -> None:
    """Moved away and back between two rounds: the page that shows it settles the departure."""
    await mailbox.pull("Inbox", page(item("a")))
    await mailbox.pull("Inbox", page(left=("a",)))
    await mailbox.pull("Inbox", page(item("a")))
    assert await mailbox.store.read(departures.list_all, mailbox.account, 10) == []


async def test_a_message_moved_by_us_and_back_by_others_is_asked_for(mailbox: Mailbox) -> None:
    """Graph then reports it as gone from where it was, and as nothing else."""
    await mailbox.pull("Inbox", page(item("a")))
    await mailbox.pull("Sent", page(item("a", "Sent")))
    await mailbox.pull("Inbox", page(left=("a",)))
    waiting = await mailbox.store.read(departures.list_all, mailbox.account, 10)
    assert [d.remote_id for d in waiting] == ["a"]
    back = {RemoteId("a"): partial("a", folder_id=RemoteId("F-Inbox"))}
    await mailbox.store.write(ingest.settle, mailbox.account, back, now=waiting_at())
    assert (await mailbox.contents())["Inbox"] == {"a": UNREAD}


async def test_a_sweep_makes_only_unmet_messages_depart(mailbox: Mailbox) -> None:
    """A read from nothing over two pages: what neither showed has left, after the last page only."""
    await mailbox.pull("Inbox", page(item("a"), item("b"), item("c")))
    await mailbox.store.write(cursors.destroy, mailbox.account, mailbox.folder_ids["Inbox"])

    assert await mailbox.pull("Inbox", page(item("a"), more=True), is_sweep=True) == 0
    assert await mailbox.pull("Inbox", page(item("c")), is_sweep=True) == 1

    waiting = await mailbox.store.read(departures.list_all, mailbox.account, 10)
    assert [d.remote_id for d in waiting] == ["b"]
    inbox = mailbox.folder_ids["Inbox"]
    assert await mailbox.store.write(ingest.finish_sweep, mailbox.account, inbox, now=waiting_at()) == 0


async def test_a_draft_with_other_content_is_another_message(mailbox: Mailbox) -> None:
    """Edited elsewhere: destroyed and created, because a client never reads content twice."""
    await mailbox.pull("Inbox", page(item("a", is_draft=True)))
    old = await mailbox.id_of("a")
    state = await mailbox.store.read(changes.latest, mailbox.account, ChangeType.EMAIL)

    await mailbox.pull("Inbox", page(item("a", is_draft=True, body=Body("text/plain", "Rewritten"))))

    new = await mailbox.id_of("a")
    logged = await mailbox.store.read(changes.since, mailbox.account, ChangeType.EMAIL, state, 10)
    assert logged is not None
    assert (logged.created, logged.updated, logged.destroyed) == ((new,), (), (old,))
    assert await mailbox.store.read(bodies.get, mailbox.account, new) == Body("text/plain", "Rewritten")
    assert await mailbox.store.read(bodies.get, mailbox.account, old) is None


async def test_a_draft_that_is_only_read_stays_the_same(mailbox: Mailbox) -> None:
    """Keywords change without making another message."""
    await mailbox.pull("Inbox", page(item("a", is_draft=True)))
    old = await mailbox.id_of("a")
    await mailbox.pull("Inbox", page(item("a", is_draft=True, is_seen=True)))
    assert await mailbox.id_of("a") == old


async def test_a_thread_in_another_order_has_changed(mailbox: Mailbox) -> None:
    """What arrived otherwise than was thought (a draft, when it is sent) has another place in it."""
    await mailbox.pull("Inbox", page(item("a"), item("b", minutes=1, thread_key="T-a")))
    [old] = await mailbox.store.read(messages.get_many, mailbox.account, [await mailbox.id_of("a")])
    state = await mailbox.store.read(changes.latest, mailbox.account, ChangeType.THREAD)
    new = replace(old, received_at=NOW + timedelta(minutes=2))
    await mailbox.store.write(messages.replace, mailbox.account, [(old, new)])
    logged = await mailbox.store.read(changes.since, mailbox.account, ChangeType.THREAD, state, 10)
    assert logged and logged.updated == (old.thread_id,)


async def test_hostile_text_is_stored_harmless(mailbox: Mailbox) -> None:
    """NUL, lone surrogates, absurd dates, empty addresses and endless subjects break nothing."""
    await mailbox.pull(
        "Inbox",
        page(
            item(
                "a",
                subject="a\0b\ud800" + "x" * 100_000,
                preview="\udfff",
                body=Body("text/html", "<p>\0\ud83d</p>"),
                received_at=datetime(1, 1, 1, tzinfo=UTC),
                sent_at=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
                from_=(),
                thread_key="k" * 5000,
                categories=("r\0t",),
                internet_message_id="<\0>",
            )
        ),
    )
    message = await mailbox.store.read(messages.get, mailbox.account, await mailbox.id_of("a"))
    assert message is not None and message.sent_at is not None
    assert message.subject.startswith("a\ufffdb\ufffdx") and len(message.subject) <= 8000
    assert (message.received_at.year, message.sent_at.year) == (1970, 2100)
    assert message.mutable.categories == ("r\ufffdt",)


async def test_a_thread_lives_as_long_as_its_messages(mailbox: Mailbox) -> None:
    """Created with the first, updated by the next, destroyed with the last."""
    log = []
    for delta in (page(item("a", thread_key="t")), page(item("b", thread_key="t", minutes=1))):
        before = await mailbox.store.read(changes.latest, mailbox.account, ChangeType.THREAD)
        await mailbox.pull("Inbox", delta)
        log.append(await mailbox.store.read(changes.since, mailbox.account, ChangeType.THREAD, before, 9))
    a, b = await mailbox.id_of("a"), await mailbox.id_of("b")
    message = await mailbox.store.read(messages.get, mailbox.account, a)
    assert message is not None
    assert await mailbox.store.read(threads.many, mailbox.account, [message.thread_id]) == {
        message.thread_id: [a, b]
    }

    before = await mailbox.store.read(changes.latest, mailbox.account, ChangeType.THREAD)
    gone = {RemoteId("a"): None, RemoteId("b"): None}
    await mailbox.store.write(ingest.settle, mailbox.account, gone, now=waiting_at())
    log.append(await mailbox.store.read(changes.since, mailbox.account, ChangeType.THREAD, before, 9))

    thread = (message.thread_id,)
    assert [(c.created, c.updated, c.destroyed) for c in log if c] == [
        (thread, (), ()),
        ((), thread, ()),
        ((), (), thread),
    ]


async def test_a_fragment_of_an_unknown_message_is_asked_for(mailbox: Mailbox) -> None:
    """It is shown as far as known, located, and completed in the right thread."""
    await mailbox.pull("Inbox", page(partial("a", is_seen=True), item("b", thread_key="t")))
    waiting = await mailbox.store.read(departures.list_all, mailbox.account, 10)
    assert [d.remote_id for d in waiting] == ["a"]
    whole = replace(item("a"), thread_key="t")
    await mailbox.store.write(ingest.settle, mailbox.account, {RemoteId("a"): whole}, now=waiting_at())
    found = await mailbox.store.read(messages.by_remote, mailbox.account, [RemoteId("a"), RemoteId("b")])
    assert found[RemoteId("a")].subject == "Subject a"
    assert found[RemoteId("a")].thread_id == found[RemoteId("b")].thread_id


@pytest.mark.parametrize(
    "told",
    [
        ({"is_draft": False}, {"subject": "Another", "thread_key": "there"}),
        ({"subject": "Another"}, {"thread_key": "there"}),
        ({"thread_key": "there"}, {"subject": "Another"}),
    ],
)
async def test_a_draft_leaves_its_thread_however_it_is_told(
    mailbox: Mailbox, told: tuple[dict[str, Any]]
) -> None:
    """It gets another subject at the provider, and may be sent; that comes in pieces, in any order."""
    await mailbox.pull("Inbox", page(item("a", thread_key="t"), item("b", thread_key="t", is_draft=True)))
    for said in told:
        await mailbox.pull("Inbox", page(partial("b", folder_id=RemoteId("F-Inbox"), **said)))
    found = await mailbox.store.read(messages.by_remote, mailbox.account, [RemoteId("a"), RemoteId("b")])
    assert found[RemoteId("b")].subject == "Another"
    assert found[RemoteId("a")].thread_id != found[RemoteId("b")].thread_id
    await mailbox.check()


async def test_what_was_read_keeps_its_thread(mailbox: Mailbox) -> None:
    """A received message is in the thread it came into, whatever else is told of it."""
    await mailbox.pull("Inbox", page(item("a", thread_key="t"), item("b", thread_key="t")))
    await mailbox.pull("Inbox", page(item("b", thread_key="t", subject="Another")))
    found = await mailbox.store.read(messages.by_remote, mailbox.account, [RemoteId("a"), RemoteId("b")])
    assert found[RemoteId("a")].thread_id == found[RemoteId("b")].thread_id


def waiting_at() -> datetime:
    return datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
