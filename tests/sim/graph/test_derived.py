"""Derived mail is written straight as octets: they are those that making and encoding each message gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import quote

import pytest
from tests.sim.graph.harness import IMMUTABLE, GraphCaller

from m365sim.graph.render import PROPERTIES
from m365sim.world import Mailbox, tree
from m365sim.world.bulk import BulkItem, BulkSeries
from m365sim.world.compose import Written, content_of
from m365sim.world.content import Address, Content, FileAttachment, ItemAttachment
from m365sim.world.folders import Folder
from m365sim.world.messages import Flag
from m365sim.world.organise import Marks, mark, move
from m365sim.world.text import PREVIEW_CHARS

COUNT = 40
SYNC = (
    "parentFolderId,receivedDateTime,sentDateTime,internetMessageId,conversationId,subject,from,sender,"
    "toRecipients,ccRecipients,bccRecipients,replyTo,hasAttachments,isRead,isDraft,importance,categories,flag,"
    "bodyPreview,body"
)
SINGLE = "singleValueExtendedProperties($filter={})"
TAGS = ("0x1a", "0x37", "0x70", "0x7d", "0xe1d", "0x1035", "0x1039", "0x1042")
OF_TEXT = quote(SINGLE.format(" or ".join(f"id eq 'String {tag}'" for tag in TAGS)))
OF_NUMBERS = quote(SINGLE.format("id eq 'Integer 0xe08' or id eq 'Integer 0x1081' or id eq 'Integer 0xe07'"))
QUERIES = {
    "everything": "",
    "what our server asks for": f"$select={SYNC}&$expand={OF_NUMBERS}",
    "each property": f"$select={','.join(PROPERTIES)}",
    "extended properties made of words": f"$select=subject&$expand={OF_TEXT}",
    "attachments": "$select=hasAttachments&$expand=attachments",
    "no words": "$select=isRead,changeKey,webLink",
}
PREFER = (
    "",
    IMMUTABLE,
    'outlook.body-content-type="text"',
    'outlook.timezone="Europe/Berlin", outlook.allow-unsafe-html',
)


ADDRESSES = {
    "plain": "anna@example.org",
    "odd": '100%b\u2028\\"ü\ue000@example.org',
    "marked": "\ue0001\ue000@example.org",
}


@pytest.fixture(params=ADDRESSES.values(), ids=ADDRESSES)
def folder(mailbox: Mailbox, request: pytest.FixtureRequest) -> Folder:
    """A run with a message of each kind in it, and among its messages some that came alone."""
    folder = mailbox.named["archive"]
    numbers = mailbox.add_run(folder, BulkSeries(7, request.param, COUNT, 1_759_999_000, 60, 3))
    marks = (
        Marks(is_read=False),
        Marks(flag=Flag("flagged", due_s=1_760_000_000)),
        Marks(categories=("Rot", "50 %")),
        Marks(importance="high"),
    )
    for number, change in zip(numbers[::5], marks, strict=False):
        mark(mailbox, mailbox.messages[number], change)
    move(mailbox, mailbox.messages[numbers[1]], mailbox.named["inbox"])
    _alone(mailbox, folder)
    return folder


def _alone(mailbox: Mailbox, folder: Folder) -> None:
    inner = content_of(Written("<in@x>", "inner\u2029", "<p>%b \ue000</p>", True, 1_759_990_000), {})
    said = Written(
        "<out@x>",
        'nested \U0001f600 "%s" \\ \x7f',
        "<p>\ue0001\ue000 &amp; \u202e</p>",
        True,
        1_759_999_000,
        from_=Address("a@x.example", "\ue0005\ue000"),
        attachments=(ItemAttachment("inner", inner), FileAttachment("ü.txt", "text/plain", b"%b")),
    )
    for is_draft in (False, True):
        mailbox.add(folder, content_of(said, {}), 1_759_999_100 + is_draft, is_draft=is_draft)


def _hold_all(mailbox: Mailbox) -> None:
    """From now on no message rests in a run; nothing about any has changed."""
    for message in list(mailbox.messages.values()):
        mailbox.messages.keep(message)


def _pages(graph: GraphCaller, query: str, prefer: str, place: str) -> Iterator[bytes]:
    """What a list and a delta round say of messages, as octets, without the links."""
    for path in (f"{place}/messages?$top=100&{query}", f"{place}/messages/delta?{query}"):
        reply = graph.call("GET", path, prefer=", ".join(filter(None, (prefer, "odata.maxpagesize=100"))))
        assert reply.status == 200, reply.body
        yield reply.body.partition(b'"value":')[2]


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_every_octet_is_the_usual_ways(
    mailbox: Mailbox, folder: Folder, graph: GraphCaller, query: str
) -> None:
    """Whatever is asked for, and however."""
    written = [list(_pages(graph, query, prefer, "/me/mailFolders/archive")) for prefer in PREFER]

    _hold_all(mailbox)

    assert written == [list(_pages(graph, query, prefer, "/me/mailFolders/archive")) for prefer in PREFER]
    assert all(page.count(b'"@odata.etag"') == COUNT + 1 for pages in written for page in pages)


@pytest.mark.parametrize("place", ["recoverableitemsdeletions", "copied"])
def test_a_run_that_lies_elsewhere_is_written_as_it_lies(
    mailbox: Mailbox, graph: GraphCaller, place: str
) -> None:
    """Under the ids of where it is now, and with the instant at which it came there."""
    folder = tree.create(mailbox, mailbox.root, "Projekt", is_hidden=False)
    numbers = mailbox.add_run(folder, BulkSeries(7, mailbox.address, COUNT, 1_759_999_000, 60, 3))
    mark(mailbox, mailbox.messages[numbers[5]], Marks(is_read=False))
    mailbox.clock.advance(60)
    if place == "copied":
        place = mailbox.ids.folder(tree.copy(mailbox, folder, mailbox.named["archive"]).number)
    else:
        tree.destroy(mailbox, folder, kept_in=mailbox.named[place])
    path = f"/me/mailFolders/{place}"
    written = [list(_pages(graph, "", prefer, path)) for prefer in PREFER[:2]]

    _hold_all(mailbox)

    assert written == [list(_pages(graph, "", prefer, path)) for prefer in PREFER[:2]]
    assert all(page.count(b'"@odata.etag"') == COUNT for pages in written for page in pages)


@pytest.mark.parametrize("prefer", PREFER[:2])
def test_what_arrives_after_a_round_is_written_too(
    mailbox: Mailbox, folder: Folder, graph: GraphCaller, prefer: str
) -> None:
    """A later round tells of a new run as of messages that came one by one."""
    _, link = graph.round("/me/mailFolders/archive/messages/delta?$select=subject,body,isRead", prefer)
    mailbox.add_run(folder, BulkSeries(8, mailbox.address, COUNT, 1_760_009_000, 60, 2))
    written = graph.call("GET", link, prefer=f"{prefer}, odata.maxpagesize=100".lstrip(", "))

    _hold_all(mailbox)

    usual = graph.call("GET", link, prefer=f"{prefer}, odata.maxpagesize=100".lstrip(", "))
    assert written.body.partition(b'"value":')[2] == usual.body.partition(b'"value":')[2]
    assert written.body.count(b'"@odata.etag"') == COUNT


@dataclass(frozen=True)
class _Watched:
    """A run of derived messages that writes down which of them are made."""

    series: BulkSeries
    made: list[int]
    count: int
    oldest_s: int
    step_s: int

    def unread_below(self, index: int) -> int:
        return self.series.unread_below(index)

    def is_read(self, index: int) -> bool:
        return self.series.is_read(index)

    def source(self, index: int) -> BulkItem:
        made = self.made

        class Item(BulkItem):
            def load(self) -> Content:
                made.append(self.index)
                return super().load()

        return Item(*self.series.source(index))


@pytest.mark.parametrize("query", ["", f"$select={SYNC}&$expand={OF_NUMBERS}"])
def test_a_page_of_derived_mail_makes_a_message_of_each_kind_only(
    mailbox: Mailbox, graph: GraphCaller, query: str
) -> None:
    """Read and unread, with something attached and without: what comes after is written without making it."""
    series = BulkSeries(9, "counted@example.org", 200, 1_759_999_000, 60, 3)
    watched = _Watched(series, [], 200, series.oldest_s, series.step_s)
    mailbox.add_run(mailbox.named["archive"], watched)

    written = list(_pages(graph, query, "", "/me/mailFolders/archive"))

    assert len(set(watched.made)) <= 8
    assert [page.count(b'"@odata.etag"') for page in written] == [100, 100]


def test_a_preview_is_never_too_long() -> None:
    """Not even of the last message that a mailbox has a number for, whatever its page."""
    items = [BulkItem(7, 2**32 - index, "a@b.example", 1_700_000_000) for index in range(1, 400)]

    assert max(len(item.load().preview) for item in items) <= PREVIEW_CHARS


def test_the_same_arguments_make_the_same_mail_for_ever() -> None:
    """A world that was kept is made anew by the next release: its programs have read it already."""
    items = [BulkItem(7, index, "a@b.example", 1_700_000_000 + index) for index in (*range(60), 999_999)]

    said = sha256("".join(repr(item.load()) for item in items).encode())

    assert said.hexdigest() == "8e1ab641a77a8a0a4445b7b1fb1310b7b5a76da0033c0dd921df118cc22d5a4c"
