"""What is small to send and heavy to understand takes seconds at most; others are answered meanwhile."""

from __future__ import annotations

import threading
import time
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, SupportsIndex

import pytest
from selectolax.lexbor import LexborHTMLParser
from tests.sim.graph.harness import GraphCaller, Reply

from m365sim.control.client import ControlClient
from m365sim.load.words import header_text
from m365sim.world import Mailbox
from m365sim.world.compose import Written, content_of
from m365sim.world.content import Content, FileAttachment
from m365sim.world.markup import MAX_DEPTH, MAX_STYLED, SHORT, bounded
from m365sim.world.remembered import OCTETS, remembered
from m365sim.world.simulation import Simulation
from m365sim.world.text import html_to_text

ANNA = "anna@example.org"
SECONDS = 25
"""For what takes less than one where nobody else computes, and took minutes or for ever."""

HTML = {
    "deep": "<div>" * 300_000,
    "deep, and closed where no parser closes": "<div><select></div>" * 30_000,
    "closed in a comment": "<div><!--</div>-->" * 30_000,
    "closed in an attribute": "<div><a title='</div>'>" * 30_000,
    "closed in a name that looks like a value": '<div><a =">"></div>' * 30_000,
    "closed in CDATA": "<div><svg><![CDATA[></div>]]></svg>" * 30_000,
    "closed in a title that is none": "<svg><title><div></title></svg>" * 30_000,
    "two that only close themselves": "<li><dd>" * 300_000,
    "many attributes": "<a " + "".join(f"b{n} " for n in range(200_000)) + ">",
    "many bodies": "".join(f"<body a{n}>" for n in range(100_000)),
    "styles opened anew in every paragraph": "<p><b a=1></p><p><b b=1></p>" * 60_000 + "<p>x" * 300_000,
    "ends that others hide": ("<x>" * 50 + "<div>" + "</x>" * 50) * 2_000,
    "tags that do not end": "<a " * 300_000,
    "comments that do not end": "<object>" + "<!--" * 300_000,
    "refreshes that do not end": "<meta " * 300_000,
}


@pytest.fixture
def control(base: str) -> ControlClient:
    return ControlClient(base)


@pytest.mark.parametrize("html", HTML.values(), ids=HTML)
def test_html_takes_as_long_as_it_is_long(control: ControlClient, graph: GraphCaller, html: str) -> None:
    """It is delivered, shown made harmless and shown as text."""
    began = time.monotonic()
    [id_] = control.receive(ANNA, subject="x", html=html + "<script>x</script>the end")

    shown = graph.get(f"/me/messages/{id_}?$select=body")
    graph.get(f"/me/messages/{id_}?$select=body", 'outlook.body-content-type="text"')

    assert "<script" not in shown["body"]["content"]
    assert time.monotonic() - began < SECONDS


@pytest.mark.parametrize("html", HTML.values(), ids=HTML)
def test_what_the_parser_gets_is_never_deep(html: str) -> None:
    """Whatever way it is written, no element lies deeper than the limits allow."""
    root = LexborHTMLParser(bounded(html)).root
    depth = deepest = 0
    node = root
    while node is not None:
        if node.first_child is not None:
            node, depth = node.first_child, depth + 1
            deepest = max(deepest, depth)
            continue
        while node is not None and node.next is None:
            node, depth = node.parent, depth - 1
        node = None if node is None else node.next

    assert deepest <= 2 * (MAX_DEPTH + MAX_STYLED) + 10


def test_what_people_write_stays_as_it_is() -> None:
    """A long table, paragraphs that nobody closes, a quotation in a quotation in a quotation."""
    table = "<table>" + "<tr><td>a<td>b" * 5_000 + "</table>"
    paragraphs = "<p>one<br>two" * 5_000
    thread = "<div><blockquote>" * 60 + "Hello" * SHORT + "</blockquote></div>" * 60

    for html in (table, paragraphs, thread):
        assert bounded(html) == html


def test_beyond_all_measure_the_words_stay() -> None:
    """Tags are left out, nothing else."""
    words = html_to_text("<p>word</p>" * 80_000)

    assert words.split() == ["word"] * 80_000


def test_what_is_remembered_is_bound_by_its_octets() -> None:
    """The latest stay, as many as fit; what is too large by itself never does."""
    made: list[str] = []

    @remembered
    def double(text: str) -> str:
        made.append(text)
        return text * 2

    texts = [f"{number:06}" * 2000 for number in range(500)]
    for text in (*texts, texts[-1], texts[0], "x" * OCTETS, "x" * OCTETS):
        assert double(text) == text * 2

    assert len(made) == 500 + 3  # the latest was there, the first was not, the large one is made each time


def test_a_private_character_is_a_character() -> None:
    """None of them stands for something else while HTML becomes text."""
    assert html_to_text("<p>a\ue000b</p>c") == "a\ue000b\nc"


@pytest.mark.parametrize("subject", ["=?utf-8?q?=41?= ", "=?utf-8?q?", "=?", "=?utf-8?q?a?b", "?=  "])
def test_encoded_words_take_as_long_as_they_are_long(subject: str) -> None:
    """Whole ones and halves."""
    began = time.monotonic()

    header_text(subject * 100_000)

    assert time.monotonic() - began < SECONDS


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("=?utf-8?Q?Gr=C3=BC=C3?= =?utf-8?q?=9Fe?= an alle", "Grüße an alle"),
        ("=?utf-8?b?w7w?=", "ü"),
        ("=?utf-8?q?Wann??=", "Wann?"),
        ("=?utf-8*de?q?a_b?=", "a b"),
        ("=?utf-8?q?a b?= c", "a b c"),
        ("=?iso-8859-1?q?=FC?= =?utf-8?q?=C3=BC?=", "üü"),
        ("=?utf-8?b?A?= x", "=?utf-8?b?A?= x"),
        ("=?nothing?q?=FC?=", "ü"),
    ],
)
def test_encoded_words_are_read_as_they_are_written(written: str, read: str) -> None:
    """Broken in a character, without padding, with a language, with what should have been encoded."""
    assert header_text(written) == read


def _answered_meanwhile(graph: GraphCaller, heavy: Callable[[], Reply]) -> tuple[Reply, int]:
    """The answer to a heavy call, and how many others were answered while it was on its way."""
    with ThreadPoolExecutor(1) as pool:
        future, others = pool.submit(heavy), 0
        while not future.done():
            graph.get("/me")
            others += 1
    return future.result(), others


HEADS = {
    "headers": b"A: b\r\n" * 50_000,
    "recipients": b"To: " + b"a@b.de," * 25_000 + b"\r\n",
    "parts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n\r\n" * 20_000,
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_others_are_answered_while_mime_is_read(graph: GraphCaller, head: bytes) -> None:
    """However long it takes: it is read beside the answers, not between them."""
    mime = b64encode(b"Subject: heavy\r\n" + head + b"\r\nText")
    assert len(mime) < 4 * 1024 * 1024

    reply, others = _answered_meanwhile(
        graph, lambda: graph.call("POST", "/me/messages", mime, Content_Type="text/plain")
    )

    assert (reply.status, reply.json["subject"]) == (201, "heavy")
    assert others > 4


def test_others_are_answered_while_a_large_folder_is_sorted(
    sim: Simulation, mailbox: Mailbox, graph: GraphCaller
) -> None:
    """Fifteen thousand by subject: looked at, sorted and merged in portions."""
    sim.world.bulk(mailbox, mailbox.named["inbox"], 15_000, seed=1)

    reply, others = _answered_meanwhile(
        graph,
        lambda: graph.call("GET", "/me/mailFolders/inbox/messages?$orderby=subject&$top=2&$select=subject"),
    )

    first, second = (m["subject"].casefold() for m in reply.json["value"])
    assert first <= second
    assert others > 4


class Octets(bytes):
    """Octets that write down in which threads they are read piece by piece."""

    readers: set[int]

    def __getitem__(self, key: SupportsIndex | slice) -> Any:
        self.readers.add(threading.get_ident())
        return super().__getitem__(key)


class Kept:
    """A message with a file in it, which writes down in which thread it is looked at."""

    def __init__(self, octets: bytes) -> None:
        file = FileAttachment("a.bin", "application/octet-stream", octets, None, is_inline=False)
        self._content = content_of(Written("<a@b>", "x", "x", False, 0, attachments=(file,)), {})
        self.lookers: set[int] = set()

    def load(self) -> Content:
        self.lookers.add(threading.get_ident())
        return self._content


def test_a_large_message_is_written_out_beside_the_answers(mailbox: Mailbox, graph: GraphCaller) -> None:
    """Its MIME form is made in a thread of its own."""
    octets = Octets(30 * 1024 * 1024)
    octets.readers = set()
    kept = Kept(octets)
    message = mailbox.add(mailbox.named["inbox"], kept, 1_760_000_000)

    reply = graph.call("GET", f"/me/messages/{mailbox.ids.immutable(message.number)}/$value")

    assert len(reply.body) > 40 * 1024 * 1024
    assert octets.readers
    assert not octets.readers & kept.lookers
