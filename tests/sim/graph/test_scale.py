"""Mail by the million: what nobody asks for is never made. Counted, not timed."""

from __future__ import annotations

import gc
import pickle
from itertools import islice
from urllib.parse import quote

import pytest
from tests.sim.graph.counted import counted_run
from tests.sim.graph.harness import ANNA, IMMUTABLE, GraphCaller

from m365sim.notify.memory import Memory
from m365sim.world import Mailbox, tree
from m365sim.world.changes import Entry, Kind
from m365sim.world.folders import Folder
from m365sim.world.messages import Flag
from m365sim.world.organise import Marks, delete, mark, move
from m365sim.world.simulation import Simulation

MILLION = 1_000_000
INBOX = "/me/mailFolders/inbox/messages"


def test_a_million_messages_are_made_without_making_one(mailbox: Mailbox, graph: GraphCaller) -> None:
    """Folder and counters are right at once, though no message was looked at."""
    run = counted_run(mailbox, mailbox.named["inbox"], MILLION, unread_every=3)

    inbox = graph.get("/me/mailFolders/inbox")

    assert (inbox["totalItemCount"], inbox["unreadItemCount"]) == (MILLION, 333_334)
    assert graph.call("GET", f"{INBOX}/$count").body == b"1000000"
    assert len(mailbox.messages) == MILLION
    assert run.made == []


@pytest.mark.parametrize(
    "path",
    [
        f"{INBOX}/delta",
        f"{INBOX}?$top=10",
        f"{INBOX}?$top=10&$skip=900000",
        f"{INBOX}?$top=10&$orderby=receivedDateTime",
        "/me/messages?$top=10",
        f"{INBOX}?$top=10&$filter=receivedDateTime%20lt%202025-01-01T00:00:00Z",
    ],
)
def test_a_page_makes_the_messages_it_shows(mailbox: Mailbox, graph: GraphCaller, path: str) -> None:
    """And of lists one more or few, to know whether there is a next page; each is read once."""
    run = counted_run(mailbox, mailbox.named["inbox"], MILLION)

    page = graph.get(path, "odata.maxpagesize=10")

    assert len(page["value"]) == 10
    assert len(set(run.made)) <= 100
    assert len(run.loaded) == 10


def test_a_page_without_texts_reads_none(mailbox: Mailbox, graph: GraphCaller) -> None:
    """Whether messages are read, and when they came, is known without what they say."""
    run = counted_run(mailbox, mailbox.named["inbox"], MILLION)

    graph.get(f"{INBOX}/delta?$select=isRead,receivedDateTime,parentFolderId,flag")

    assert run.loaded == []


def test_a_filter_on_the_state_reads_no_text(mailbox: Mailbox, graph: GraphCaller) -> None:
    """Lambdas over categories and over extended properties that follow from the state as well."""
    run = counted_run(mailbox, mailbox.named["inbox"], 500)
    of_importance = "singleValueExtendedProperties/any(p:p/id eq 'Integer 0x17' and p/value eq '2')"

    for text in ("isRead eq false", "categories/any(c:c eq 'Red')", of_importance):
        assert graph.call("GET", f"{INBOX}/$count?$filter={quote(text)}").body == b"0"

    assert run.loaded == []


def test_a_search_reads_every_text_once(mailbox: Mailbox, graph: GraphCaller) -> None:
    """However many words and properties it asks for."""
    run = counted_run(mailbox, mailbox.named["inbox"], 500)

    words = '"subject:quasten OR flosser OR to:nobody"'
    found = graph.get(f"/me/messages?$search={quote(words)}")

    assert found["value"] == []
    assert sorted(run.loaded) == list(range(500))


def test_the_round_after_a_million_costs_what_a_page_shows(mailbox: Mailbox, graph: GraphCaller) -> None:
    """A client that was level is told of a million new messages page by page."""
    _, link = graph.round(f"{INBOX}/delta")
    run = counted_run(mailbox, mailbox.named["inbox"], MILLION)

    first = graph.get(link, "odata.maxpagesize=10")
    second = graph.get(first["@odata.nextLink"], "odata.maxpagesize=10")

    told = [*first["value"], *second["value"]]
    assert [m["internetMessageId"] for m in told] == [f"<bulk.5.{n}@kunden.example>" for n in range(20)]
    assert sorted(set(run.made)) == list(range(20))


@pytest.mark.parametrize("prefer", [IMMUTABLE, "outlook.body-content-type=html"])
def test_changes_within_a_run_are_told_once(mailbox: Mailbox, graph: GraphCaller, prefer: str) -> None:
    """Of a run that came in the same round: what left is gone, what changed is told as it is now."""
    _, link = graph.round(f"{INBOX}/delta", prefer)
    counted_run(mailbox, mailbox.named["inbox"], 6)
    first, second, third = list(mailbox.newest(mailbox.named["inbox"]))[:3]
    name = mailbox.ids.immutable if prefer == IMMUTABLE else mailbox.ids.message
    left = {name(first.number), name(third.number)}  # where nothing has moved yet both counters are one
    move(mailbox, first, mailbox.named["archive"])
    mark(mailbox, second, Marks(categories=("Red",)))
    mailbox.remove(third)

    items, _ = graph.round(link, prefer)

    there = {item["internetMessageId"]: item["categories"] for item in items if "@removed" not in item}
    assert len(items) == 6
    assert {item["id"] for item in items if "@removed" in item} == left
    assert there == {f"<bulk.5.{n}@kunden.example>": ["Red"] if n == 4 else [] for n in (0, 1, 2, 4)}


def test_what_has_changed_is_held_and_the_rest_is_not(mailbox: Mailbox, graph: GraphCaller) -> None:
    """A message of a run is one and the same while anybody has it, and its change outlives that."""
    counted_run(mailbox, mailbox.named["inbox"], 1000)
    number = next(iter(mailbox.newest(mailbox.named["inbox"]))).number
    message = mailbox.messages[number]
    assert mailbox.messages[number] is message

    mark(mailbox, message, Marks(flag=Flag("flagged")))
    del message
    gc.collect()

    assert graph.get(f"{INBOX}?$top=1&$select=flag")["value"][0]["flag"]["flagStatus"] == "flagged"
    assert [m.number for m in mailbox.messages.held()] == [number]


def test_a_message_is_read_and_forgotten(mailbox: Mailbox, graph: GraphCaller) -> None:
    """Who reads a whole mailbox page by page leaves nothing behind."""
    counted_run(mailbox, mailbox.named["inbox"], 10_000)

    graph.round(f"{INBOX}/delta?$select=isRead", "odata.maxpagesize=1000")

    assert list(mailbox.messages.held()) == []


def test_the_world_is_kept_without_making_its_runs(sim: Simulation, mailbox: Mailbox) -> None:
    """A kept world holds a run as one thing, with what was changed, moved and removed."""
    inbox = mailbox.named["inbox"]
    sim.world.bulk(mailbox, inbox, 100_000, seed=1)
    newest = list(islice(mailbox.newest(inbox), 3))
    mark(mailbox, newest[0], Marks(categories=("Red",)))
    move(mailbox, newest[1], mailbox.named["archive"])
    mailbox.remove(newest[2])

    octets = pickle.dumps(sim.world, pickle.HIGHEST_PROTOCOL)
    again = pickle.loads(octets).mailbox(ANNA.upn)

    assert len(octets) < 3_000_000
    assert len(again.messages) == 99_999
    assert [m.categories for m in islice(again.newest(again.named["inbox"]), 2)] == [("Red",), ()]
    assert [m.number for m in again.newest(again.named["archive"])] == [newest[1].number]
    assert newest[2].number not in again.messages
    assert len(list(again.messages.held())) == 2


def test_a_memory_of_what_was_looks_at_no_run(mailbox: Mailbox) -> None:
    """A filtered subscription to a mailbox with a million messages, and a million more, cost nothing."""
    inbox = mailbox.named["inbox"]
    run = counted_run(mailbox, inbox, MILLION, unread_every=2)
    memory = Memory(mailbox)
    more = counted_run(mailbox, inbox, MILLION, unread_every=2)
    memory.learn(Entry(mailbox.seq, Kind.ADDED, 1, 1, 0, last=MILLION))

    assert (run.made, more.made) == ([], [])
    message = next(iter(mailbox.oldest(inbox)))
    assert not message.is_read
    mark(mailbox, message, Marks(is_read=True))
    assert not memory.before(message).is_read


def test_a_folder_is_copied_and_deleted_with_the_run_in_it(mailbox: Mailbox, graph: GraphCaller) -> None:
    """Copies are messages of their own; what is deleted twice can be recovered, in order."""
    folder = mailbox.add_folder("Objekte", mailbox.root)
    counted_run(mailbox, folder, 50, unread_every=5)
    made = tree.copy(mailbox, folder, mailbox.named["archive"])
    delete(mailbox, next(iter(mailbox.newest(folder))))
    tree.delete(mailbox, folder)
    tree.delete(mailbox, folder)

    beyond = mailbox.named["recoverableitemsdeletions"]
    assert (made.total, made.unread, beyond.total, beyond.unread) == (50, 10, 49, 10)
    assert beyond.order == sorted(beyond.order)
    assert [m.folder for m in mailbox.newest(beyond)] == [beyond] * 49
    listed = graph.get(f"/me/mailFolders/{mailbox.ids.folder(made.number)}/messages?$top=60")["value"]
    assert [m["internetMessageId"] for m in listed] == [
        f"<bulk.5.{n}@kunden.example>" for n in reversed(range(50))
    ]


def _objects(mailbox: Mailbox) -> Folder:
    return mailbox.add_folder("Objekte", mailbox.root)


def test_a_million_messages_are_copied_without_making_one(mailbox: Mailbox, graph: GraphCaller) -> None:
    """What was changed, moved away or removed is not in the run; what was changed is copied all the same."""
    folder = _objects(mailbox)
    run = counted_run(mailbox, folder, MILLION, unread_every=2)
    newest = list(islice(mailbox.newest(folder), 4))
    mark(mailbox, newest[0], Marks(categories=("Red",)))
    move(mailbox, newest[1], mailbox.named["archive"])
    mailbox.remove(newest[2])
    looked_at, held = len(run.made), len(list(mailbox.messages.held()))

    made = tree.copy(mailbox, folder, mailbox.named["archive"])
    again = tree.copy(mailbox, made, mailbox.named["drafts"])

    assert len(run.made) == looked_at
    assert len(list(mailbox.messages.held())) == held + 2  # the marked one, twice
    assert (made.total, made.unread) == (again.total, again.unread) == (folder.total, folder.unread)
    path = f"/me/mailFolders/{mailbox.ids.folder(again.number)}"
    shown = graph.get(f"{path}/messages?$top=2&$select=categories,internetMessageId,parentFolderId")["value"]
    assert [m["categories"] for m in shown] == [["Red"], []]
    assert [m["internetMessageId"] for m in shown] == [
        f"<bulk.5.{n}@kunden.example>" for n in (999_999, 999_996)
    ]
    assert {m["parentFolderId"] for m in shown} == {mailbox.ids.folder(again.number)}


def test_a_million_messages_are_deleted_without_making_one(mailbox: Mailbox, graph: GraphCaller) -> None:
    """To what can be recovered they go as one run: new default ids, the same immutable ones."""
    folder = _objects(mailbox)
    run = counted_run(mailbox, folder, MILLION, unread_every=2)
    newest = list(islice(mailbox.newest(folder), 3))
    mark(mailbox, newest[1], Marks(categories=("Red",)))
    kept, number = newest[2], newest[0].number
    old_id, looked_at = mailbox.ids.message(number), len(run.made)
    tree.delete(mailbox, folder)
    tree.delete(mailbox, folder)

    beyond = mailbox.named["recoverableitemsdeletions"]
    assert len(run.made) == looked_at
    assert (beyond.total, beyond.unread, len(mailbox.messages)) == (MILLION, MILLION // 2, MILLION)
    assert beyond.order == sorted(beyond.order)
    assert (kept.folder, kept.version) == (beyond, 2)  # somebody still has it
    assert graph.call("GET", f"/me/messages/{old_id}").status == 404
    shown = graph.get("/me/mailFolders/recoverableitemsdeletions/messages?$top=2&$select=categories")["value"]
    assert [m["categories"] for m in shown] == [[], ["Red"]]
    assert graph.get(f"/me/messages/{quote(shown[0]['id'])}")["id"] == shown[0]["id"]
    assert graph.get(f"/me/messages/{mailbox.ids.immutable(number)}", IMMUTABLE)["id"]


def test_a_million_messages_go_for_good_without_making_one(mailbox: Mailbox, graph: GraphCaller) -> None:
    """With permanentDelete nothing is left of them, under neither id, and later mail is as ever."""
    folder = _objects(mailbox)
    run = counted_run(mailbox, folder, MILLION)
    message = next(iter(mailbox.newest(folder)))
    looked_at = len(run.made)

    reply = graph.call("POST", f"/me/mailFolders/{mailbox.ids.folder(folder.number)}/permanentDelete")
    mark(mailbox, message, Marks(categories=("Red",)))  # by somebody who still has it

    assert (reply.status, len(run.made), len(mailbox.messages)) == (204, looked_at, 0)
    assert list(mailbox.messages) == []
    assert graph.call("GET", f"/me/messages/{mailbox.ids.message(message.number)}").status == 404
    counted_run(mailbox, mailbox.named["inbox"], 3)
    assert len(graph.get(INBOX)["value"]) == 3


@pytest.mark.parametrize("prefer", [IMMUTABLE, "outlook.body-content-type=html"])
def test_a_run_that_was_moved_is_told_as_new_where_it_lies(
    mailbox: Mailbox, graph: GraphCaller, prefer: str
) -> None:
    """Delta of what can be recovered: each once, by the id it has now, the removed of it as removed."""
    beyond = "/me/mailFolders/recoverableitemsdeletions/messages"
    _, link = graph.round(f"{beyond}/delta", prefer)
    folder = _objects(mailbox)
    counted_run(mailbox, folder, 6)
    tree.delete(mailbox, folder)
    tree.delete(mailbox, folder)
    gone = next(iter(mailbox.newest(mailbox.named["recoverableitemsdeletions"])))
    mailbox.remove(gone)

    items, _ = graph.round(link, prefer)

    listed = [m["id"] for m in graph.get(f"{beyond}?$select=id", prefer)["value"]]
    assert sorted(i["id"] for i in items if "@removed" not in i) == sorted(listed)
    assert [i["id"] for i in items if "@removed" in i] == [
        mailbox.ids.immutable(gone.number) if prefer == IMMUTABLE else mailbox.ids.message(gone.placement)
    ]


def test_a_moved_run_is_kept(sim: Simulation, mailbox: Mailbox) -> None:
    """After a restart its messages have the ids they had."""
    folder = _objects(mailbox)
    counted_run(mailbox, folder, 100_000)
    tree.delete(mailbox, folder)
    tree.delete(mailbox, folder)
    before = [m.placement for m in islice(mailbox.newest(mailbox.named["recoverableitemsdeletions"]), 3)]

    octets = pickle.dumps(sim.world, pickle.HIGHEST_PROTOCOL)
    again = pickle.loads(octets).mailbox(ANNA.upn)

    assert len(octets) < 3_000_000
    there = islice(again.newest(again.named["recoverableitemsdeletions"]), 3)
    assert [m.placement for m in there] == before
