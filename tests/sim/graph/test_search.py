"""``$search`` on messages: the language, the order, the pages."""

from __future__ import annotations

import threading
import time
from typing import Any
from urllib.parse import quote

import pytest
from tests.sim.graph.harness import GraphCaller

from m365sim.control.client import ControlClient
from m365sim.world import Mailbox
from m365sim.world.simulation import Simulation

ANNA = "anna@example.org"
INBOX = "/me/mailFolders/inbox/messages"
LETTERS: list[dict[str, Any]] = [
    {
        "subject": "a: Angebot für die Wohnung",
        "from": "Karl Becker <karl.becker@kunden.example>",
        "html": "<p>Guten <b>Tag</b>, die Straße &amp; der Grund&shy;riss</p><style>p{color:red}</style>",
        "to": ["Anna <anna@example.org>"],
        "cc": ["Zoë Hartmann <zoe@example.net>"],
        "importance": "high",
        "receivedAt": "2026-05-01T12:00:00Z",
    },
    {
        "subject": "b: Re: Angebot",
        "from": "Priya <priya@kunden.example>",
        "text": "quarterly report attached, das Angebot passt",
        "bcc": ["hidden@example.net"],
        "attachments": [{"name": "Exposé Nord.pdf", "text": "x" * 50_000}],
        "receivedAt": "2026-05-04T12:00:00Z",
    },
    {
        "subject": "c: meeting",
        "from": "Karl <karl@andere.example>",
        "text": "report quarterly",
        "importance": "low",
        "receivedAt": "2026-05-06T00:00:30Z",
    },
]


@pytest.fixture
def control(base: str) -> ControlClient:
    return ControlClient(base)


@pytest.fixture
def letters(control: ControlClient, sim: Simulation) -> list[str]:
    return control.receive_many(ANNA, LETTERS)


def search(text: str, options: str = "") -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f"{INBOX}?$search={quote(chr(34) + escaped + chr(34))}{options}"


def found(graph: GraphCaller, text: str) -> str:
    return "".join(m["subject"][0] for m in graph.get(search(text))["value"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("angebot", "ba"),
        ("angeb", ""),
        ("angeb*", "ba"),
        ("karl", "ca"),
        ("strasse", "a"),
        ("grund*", "a"),
        ("color", ""),
        ("angebot report", "b"),
        ('"quarterly report"', "b"),
        ("quarterly report", "cb"),
        ("angebot OR meeting", "cba"),
        ("angebot NOT report", "a"),
        ("angebot -report", "a"),
        ("(meeting OR wohnung) AND karl", "ca"),
        ("NOT (from:karl)", "b"),
        ("subject:angebot", "ba"),
        ('subject:"angebot für"', "a"),
        ("subject:(meeting OR wohnung)", "ca"),
        ("from:becker", "a"),
        ("from:karl.becker@kunden.example", "a"),
        ("from:karl from:priya", "cba"),
        ("from:karl subject:meeting", "c"),
        ("to:anna", "cba"),
        ("cc:zoë", "a"),
        ("bcc:hidden", "b"),
        ("recipients:zoe", "a"),
        ("participants:priya participants:hartmann", "ba"),
        ("body:report", "cb"),
        ("attachment:exposé", "b"),
        ("attachment:nord.pdf", "b"),
        ("hasAttachment:true", "b"),
        ("hasattachments:false importance:low", "c"),
        ("importance:medium", "b"),
        ("kind:email", "cba"),
        ("kind:meetings", ""),
        ("size>40KB", "b"),
        ("size:1..40000", "ca"),
        ("received:2026-05-04", "b"),
        ("received>=2026-05-04", "cb"),
        ("received>05/04/2026", "c"),
        ("received<=2026-05-04", "ba"),
        ("received<2026-05-04T12:00:00Z", "a"),
        ("received:2026-05-01..2026-05-04", "ba"),
        ("sent:2026-05-06", "c"),
        ("received<>2026-05-06", "ba"),
        ("subject<>angebot", "c"),
    ],
)
def test_the_language(graph: GraphCaller, letters: list[str], text: str, expected: str) -> None:
    """Words, phrases, beginnings, operators, brackets, properties and ranges; newest first."""
    assert found(graph, text) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("today", "t"),
        ("yesterday", "y"),
        ('"this week"', "ty"),
        ("this week", "ty"),
        ("last week", "w"),
        ("this month", "tyw"),
        ("this year", "tyw"),
        ("last year", "l"),
    ],
)
def test_days_have_names(sim: Simulation, base: str, word: str, expected: str) -> None:
    """Today is the simulated clock's; weeks begin on Monday."""
    control = ControlClient(base)
    now = sim.clock.now()
    ahead = (24 - now.hour + 12) * 3600
    sim.clock.advance(ahead)
    while sim.clock.now().weekday() != 4 or sim.clock.now().day < 12:
        sim.clock.advance(86400)
    today = sim.clock.now()
    days = {"t": 0, "y": 1, "w": 7, "l": 366}
    for subject, before in days.items():
        at = today.timestamp() - before * 86400
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
        control.receive(ANNA, subject=subject, receivedAt=stamp)

    assert found(GraphCaller(base), f"received:{word}") == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [("meeting", "c"), ("angebot%20AND%20report", "b"), ('"angebot"%20OR%20"meeting"', "cba")],
)
def test_quotation_marks_may_be_left_out_around_plain_words(
    graph: GraphCaller, letters: list[str], query: str, expected: str
) -> None:
    """Words and quoted pieces joined by operators are OData's own search."""
    page = graph.get(f"{INBOX}?$search={query}".replace('"', "%22"))

    assert "".join(m["subject"][0] for m in page["value"]) == expected


def test_a_search_without_its_quotation_marks_is_a_syntax_error(graph: GraphCaller) -> None:
    """The mistake everybody makes once, in the service's words."""
    reply = graph.call("GET", f"{INBOX}?$search=from:karl")

    assert reply.status == 400
    assert reply.json["error"]["message"] == (
        "Syntax error: character ':' is not valid at position 4 in 'from:karl'."
    )


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", 400),
        ("(angebot", 400),
        ("angebot)", 400),
        ("angebot OR", 400),
        ("AND", 400),
        ("received:soon", 400),
        ("size>big", 400),
        ("importance:urgent", 400),
        ("subject>a", 400),
        ("a NEAR b", 501),
        ("an*bot", 501),
        ("colour:red", 501),
    ],
)
def test_bad_searches_are_refused(graph: GraphCaller, text: str, status: int) -> None:
    """400 for bad syntax and values, 501 with its name for what is not simulated."""
    assert graph.call("GET", search(text)).status == status


@pytest.mark.parametrize(
    ("option", "code"),
    [
        ("$filter=isRead%20eq%20true", "SearchWithFilter"),
        ("$orderby=subject", "SearchWithOrderBy"),
        ("$skip=10", "SearchWithSkip"),
    ],
)
def test_search_stands_alone(graph: GraphCaller, option: str, code: str) -> None:
    """No filter, order or skip beside it."""
    reply = graph.call("GET", search("a", f"&{option}"))

    assert (reply.status, reply.code) == (400, code)


def test_at_most_250_are_found_newest_sent_first_in_pages(
    sim: Simulation, mailbox: Mailbox, graph: GraphCaller
) -> None:
    """Links lead through all of them once, with the options of the first page, over every folder."""
    for name in ("inbox", "archive"):
        sim.world.bulk(mailbox, mailbox.named[name], 200, seed=1)
    link, pages = search("hallo", "&$top=100&$select=sentDateTime&$count=true"), []
    link = link.replace(INBOX, "/me/messages")
    while link:
        pages.append(graph.get(link))
        link = pages[-1].get("@odata.nextLink", "")

    items = [m for page in pages for m in page["value"]]
    sent = [m["sentDateTime"] for m in items]
    assert [len(p["value"]) for p in pages] == [100, 100, 50]
    assert len({m["id"] for m in items}) == 250 == pages[0]["@odata.count"]
    assert sent == sorted(sent, reverse=True)
    assert set(items[-1]) == {"@odata.etag", "id", "sentDateTime"}
    assert graph.call("GET", "/me/messages/$count?$search=%22hallo%22").body == b"250"


def test_old_pages_of_a_search_are_stale(sim: Simulation, mailbox: Mailbox, graph: GraphCaller) -> None:
    """After five minutes of the simulated clock a search must be made anew."""
    sim.world.bulk(mailbox, mailbox.named["inbox"], 30, seed=1)
    link = graph.get(search("hallo"))["@odata.nextLink"]
    fresh = graph.call("GET", link).status
    sim.clock.advance(301)

    stale = graph.call("GET", link)

    assert (fresh, stale.status, stale.code) == (200, 400, "ErrorExecuteSearchStaleData")
    assert "rowoffset is 10" in stale.json["error"]["message"]
    assert graph.call("GET", search("hallo", "&$skiptoken=x")).status == 400


def test_mail_that_goes_between_two_pages_is_left_out(
    sim: Simulation, mailbox: Mailbox, graph: GraphCaller
) -> None:
    """A page of a list made earlier shows only what still exists."""
    sim.world.bulk(mailbox, mailbox.named["inbox"], 20, seed=1)
    page = graph.get(search("hallo"))
    oldest = mailbox.messages[min(mailbox.messages)]
    mailbox.remove(oldest)

    assert len(graph.get(page["@odata.nextLink"])["value"]) == 9


def test_a_long_search_lets_others_run(sim: Simulation, mailbox: Mailbox, graph: GraphCaller) -> None:
    """While twenty thousand bodies are read another call is answered in a fraction of that time."""
    sim.world.bulk(mailbox, mailbox.named["archive"], 20_000, seed=1)
    done: list[float] = []

    def run() -> None:
        assert graph.get("/me/messages?$search=%22nothing%22")["value"] == []
        done.append(time.perf_counter())

    began = time.perf_counter()
    searching = threading.Thread(target=run)
    searching.start()
    graph.get("/me")
    answered = time.perf_counter()
    searching.join()

    assert answered < done[0]
    assert answered - began < (done[0] - began) / 2
