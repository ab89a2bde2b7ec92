"""The world in the browser: mailboxes, messages, what another program might do to them, mail that left."""

from __future__ import annotations

import http.client
import re
import urllib.parse

import pytest
from tests.sim.identity.browser import Browser

from m365sim.clock import Clock
from m365sim.server import Running
from m365sim.world.compose import Written
from m365sim.world.content import Address, FileAttachment
from m365sim.world.mailbox import Mailbox
from m365sim.world.messages import Message
from m365sim.world.post import Letter, post

ANNA = "anna@lindner.example"
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;"
FORM = {"address": ANNA, "sender": "Otto Maier <otto@kunde.example>", "subject": "Schlüssel", "body": "Ja."}


def _mailbox(sim: Running) -> Mailbox:
    return sim.simulation.world.mailbox(ANNA)


def _message(sim: Running, subject: str = "Angebot", body: str = "Guten Tag", **more: object) -> Message:
    fields: dict[str, object] = {"is_html": False, "sent_s": 1_770_000_000, **more}
    author = Address("otto@kunde.example", "Otto Maier")
    written = Written("<1@kunde.example>", subject, body, sender=author, from_=author, **fields)  # type: ignore[arg-type]
    mailbox = _mailbox(sim)
    return sim.simulation.world.receive(mailbox, mailbox.named["inbox"], written)


def _url(sim: Running, message: Message) -> str:
    immutable = _mailbox(sim).ids.immutable(message.number)
    return f"{sim.pages_url}/office/mailboxes/{ANNA}/messages/{immutable}"


def test_many_messages_come_by_one_form(sim: Running, browser: Browser) -> None:
    """Number, read state, HTML and the sender's name are as the form says."""
    more = {"count": "3", "is_read": "yes", "format": "html", "body": "<p>Ja.</p>"}

    browser.open(f"{sim.pages_url}/").press("deliver", **{**FORM, **more})

    assert "3 messages have been delivered" in browser.text()
    made = list(_mailbox(sim).messages.values())
    contents = [m.source.load() for m in made]
    assert [c.subject for c in contents] == ["Schlüssel (1)", "Schlüssel (2)", "Schlüssel (3)"]
    assert {(c.is_html, c.body, c.from_) for c in contents} == {
        (True, "<p>Ja.</p>", Address("otto@kunde.example", "Otto Maier"))
    }
    assert all(m.is_read for m in made)
    assert len({c.message_id for c in contents}) == 3


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("count", "0", "from 1 to 500"),
        ("count", "501", "from 1 to 500"),
        ("count", "many", "from 1 to 500"),
        ("sender", "Otto <otto>", "full address"),
        ("subject", "x" * 256, "255 characters"),
        ("address", "nobody@lindner.example", "no mailbox of this name"),
    ],
)
def test_a_refused_form_keeps_what_was_typed(
    sim: Running, browser: Browser, field: str, value: str, words: str
) -> None:
    """The page says why, delivers nothing and shows the form as it was filled in."""
    browser.open(f"{sim.pages_url}/").press("deliver", **{**FORM, "body": "Nicht verlieren", field: value})

    assert browser.status == 400
    assert words in browser.node("[role=alert]").text()
    assert browser.node("#body").text() == "Nicht verlieren"
    assert not _mailbox(sim).messages


def test_mail_under_way_is_shown_and_arrives(sim: Running, browser: Browser, clock: Clock) -> None:
    """With a delay mail is on the agenda first, cannot be read on arrival, and comes when it is due."""
    sim.simulation.behaviour.delivery_delay_s = 600
    browser.open(f"{sim.pages_url}/").press("deliver", **{**FORM, "is_read": "yes"})
    assert (browser.status, "cannot arrive read" in browser.text()) == (400, True)

    browser.open(f"{sim.pages_url}/").press("deliver", **FORM)

    assert "is under way" in browser.text()
    assert "Schlüssel" in browser.open(f"{sim.pages_url}/office/letters").text()
    browser.open(f"{sim.pages_url}/office/trouble").press("advance", amount="10", unit="minutes")
    assert len(_mailbox(sim).messages) == 1
    assert "Nothing is under way" in browser.open(f"{sim.pages_url}/office/letters").text()


def test_enter_delivers_what_was_typed(sim: Running) -> None:
    """A browser presses a form's first button then: it must not be the one that makes something else."""
    pages = urllib.parse.urlsplit(sim.pages_url)
    connection = http.client.HTTPConnection(pages.netloc, timeout=60)
    connection.request("GET", "/")
    page = connection.getresponse().read().decode()
    connection.close()
    form = page[page.index('action="/office/receive"') :]
    assert re.findall(r'<button id="(\w+)"', form)[:2] == ["deliver", "enquiry"]


def test_a_typical_enquiry_takes_one_click(sim: Running, browser: Browser) -> None:
    """Two clicks deliver two different ones, from the first page and from the mailbox's own."""
    browser.open(f"{sim.pages_url}/").press("enquiry", address=ANNA)
    assert "has been delivered" in browser.text()

    browser.open(f"{sim.pages_url}/office/mailboxes/{ANNA}").press("enquiry")

    assert urllib.parse.urlsplit(browser.url).path == f"/office/mailboxes/{ANNA}"
    subjects = [m.source.load().subject for m in _mailbox(sim).messages.values()]
    assert len(set(subjects)) == 2
    assert all(subject in browser.text() for subject in subjects)


def test_a_mailbox_shows_its_folders_and_newest_messages(sim: Running, browser: Browser) -> None:
    """Fifty at a time, newest first; the older ones are a link away, other folders as well."""
    mailbox = _mailbox(sim)
    sim.simulation.world.bulk(mailbox, mailbox.named["archive"], 120, seed=7)
    archive = mailbox.ids.folder(mailbox.named["archive"].number)
    browser.open(f"{sim.pages_url}/office/mailboxes/{ANNA}")
    assert "12 unread / 120" in " ".join(browser.node("#tree").text().split())
    assert "This folder is empty" in browser.text()

    counts = []
    browser.open(f"{sim.pages_url}/office/mailboxes/{ANNA}?folder={urllib.parse.quote(archive)}")
    while True:
        counts.append(browser.html.count('<li id="message-'))
        older = [href for href in browser.links() if "below=" in href]
        if not older:
            break
        browser.open(urllib.parse.urljoin(browser.url, older[0]))

    assert counts == [50, 50, 20]


def test_a_message_shows_what_is_known_of_it(sim: Running, browser: Browser) -> None:
    """People, text, attachments, both ids, headers and properties that programs have set."""
    note = FileAttachment("Notiz.txt", "text/plain", b"x" * 2000)
    message = _message(sim, to=(Address(ANNA, "Anna Berger"),), attachments=(note,))
    message.extended = {"String {00020329-0000-0000-c000-000000000046} Name ticket": "4711"}

    text = browser.open(_url(sim, message)).text()

    ids = _mailbox(sim).ids
    expected = [
        "Angebot",
        "Otto Maier <otto@kunde.example>",
        "Anna Berger <anna@lindner.example>",
        "Guten Tag",
    ]
    expected += ["Notiz.txt", "ticket", "4711", "Message-ID:", "<1@kunde.example>"]
    expected += [ids.immutable(message.number), ids.message(message.placement)]
    assert [words for words in expected if words not in text] == []


@pytest.mark.parametrize("subject", [HOSTILE, ""])
def test_what_strangers_write_never_runs(sim: Running, browser: Browser, subject: str) -> None:
    """Subject, name, text and attachment are escaped wherever they are shown; none at all does no harm."""
    author = Address("otto@kunde.example", HOSTILE)
    note = FileAttachment(HOSTILE, HOSTILE, b"x")
    message = _message(sim, subject, HOSTILE, attachments=(note,), reply_to=(author,))
    outside = Written("<2@x.example>", subject, HOSTILE, False, 1_770_000_000, from_=author)
    post(sim.simulation.world, Letter(outside, ANNA, ("a@b.example",)))
    pages = [
        _url(sim, message),
        f"{sim.pages_url}/office/mailboxes/{ANNA}",
        f"{sim.pages_url}/office/letters",
    ]

    for page in pages:
        html = browser.open(page).html
        assert browser.status == 200
        assert "<script>alert" not in html
        assert "<img" not in html
        assert ESCAPED in html or not subject


def test_the_html_of_a_message_is_shut_in(sim: Running, browser: Browser) -> None:
    """It comes as it is, into a frame without rights, under rules that let nothing run or load."""
    message = _message(sim, body="<p onclick=x()>Hallo</p><script>x()</script>", is_html=True)
    browser.open(_url(sim, message))
    frame = browser.node("iframe")
    assert frame.attributes["sandbox"] in (None, "")
    assert "Hallo" in browser.node("pre").text()
    assert "<script>x()" not in browser.html

    browser.open(_url(sim, message) + "/html")

    policy = browser.headers["content-security-policy"]
    assert "<script>x()</script>" in browser.html
    assert policy.startswith("sandbox; default-src 'none'")
    assert "script-src" not in policy
    assert "frame-ancestors 'self'" in policy
    assert browser.open(_url(sim, _message(sim)) + "/html").status == 404


def test_a_message_is_marked_as_another_program_would(sim: Running, browser: Browser) -> None:
    """Read, unread, flagged, complete and unflagged: each is a change that programs are told of."""
    message, mailbox = _message(sim), _mailbox(sim)
    seen = []

    for deed in ("read", "unread", "flag", "complete", "unflag"):
        before = mailbox.seq
        browser.open(_url(sim, message)).press_first(f"button[value={deed}]")
        assert mailbox.seq > before
        seen.append((browser.status, message.is_read, message.flag.status))

    assert seen == [
        (200, True, "notFlagged"),
        (200, False, "notFlagged"),
        (200, False, "flagged"),
        (200, False, "complete"),
        (200, False, "notFlagged"),
    ]


def test_a_message_is_moved_and_deleted(sim: Running, browser: Browser) -> None:
    """To a folder chosen, to Deleted Items, for good; its page then sends people back to the mailbox."""
    message, mailbox = _message(sim), _mailbox(sim)
    archive = mailbox.ids.folder(mailbox.named["archive"].number)

    browser.open(_url(sim, message)).press_first("button[value=move]", to=archive)
    assert message.folder.well_known == "archive"
    browser.press_first("button[value=delete]")
    assert message.folder.well_known == "deleteditems"
    browser.press_first("button[value=destroy]")

    assert message.number not in mailbox.messages
    assert "deleted for good" in browser.text()
    assert browser.open(_url(sim, message)).status == 404
    assert "no such message" in browser.text()


@pytest.mark.parametrize(
    "form",
    [
        {"do": "explode"},
        {},
        {"do": "move", "to": "nowhere"},
        {"do": "move"},
        {"do": "move", "to": "searchfolders"},
        {"do": "move", "to": "msgfolderroot"},
    ],
)
def test_a_senseless_change_changes_nothing(sim: Running, browser: Browser, form: dict[str, str]) -> None:
    """It is refused in words, on the message's page."""
    message, mailbox = _message(sim), _mailbox(sim)
    before = mailbox.seq

    browser.send(_url(sim, message), **form)

    assert browser.status in (400, 404)
    assert browser.node("[role=alert]").text()
    assert mailbox.seq == before


@pytest.mark.parametrize("address", ["nobody@x.example", ANNA + "?folder=nowhere", ANNA + "?below=x"])
def test_what_is_not_there_is_said_to_be_missing(sim: Running, browser: Browser, address: str) -> None:
    """An unknown mailbox, folder or place in a folder is 404 in words."""
    browser.open(f"{sim.pages_url}/office/mailboxes/{address}")

    assert browser.status == 404
    assert "There is no" in browser.node("[role=alert]").text()


def test_mail_that_left_can_be_read_and_forgotten(sim: Running, browser: Browser) -> None:
    """A letter to somebody outside is shown with its text, until the list is cleared."""
    author = Address(ANNA, "Anna Berger")
    written = Written("<2@x.example>", "Angebot", "Anbei.", False, 1_770_000_000, from_=author)
    post(sim.simulation.world, Letter(written, ANNA, ("kunde@anderswo.example",)))

    text = browser.open(f"{sim.pages_url}/office/letters").text()
    assert all(words in text for words in ("Angebot", "Anbei.", "kunde@anderswo.example", "Anna Berger"))

    assert "Nobody has written outside" in browser.press("clear").text()
    assert len(sim.simulation.world.outside) == 0


def test_no_form_of_another_site_changes_anything(sim: Running) -> None:
    """Each form refuses what a page elsewhere sends through the visitor's browser."""
    message = _message(sim)
    paths = [urllib.parse.urlsplit(_url(sim, message)).path, "/office/enquiry", "/office/letters/clear"]
    paths += [
        "/office/calls/clear",
        "/office/trouble/faults",
        "/office/trouble/clock",
        "/office/trouble/forget",
    ]
    paths += ["/office/switches/behaviour", "/office/switches/limits", "/office/subscriptions/x/delete"]
    body = urllib.parse.urlencode({"do": "destroy", "address": ANNA, "amount": "10", "deltaRepeats": "1"})

    statuses = set()
    for path in paths:
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(sim.pages_url).netloc, timeout=60)
        kind = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "https://evil.example"}
        connection.request("POST", path, body, kind)
        statuses.add(connection.getresponse().status)
        connection.close()

    assert statuses == {403}
    assert list(_mailbox(sim).messages.values()) == [message]
    assert sim.simulation.behaviour.delta_repeats == 0
