"""Delivery: copies, bounces, mail to the outside, delays and limits, and the control API's part in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from typing import Any

import pytest
from tests.sim.graph.harness import ANNA, DESK, GUEST, GraphCaller, mailbox_of
from tests.sim.graph.test_drafts import draft, person
from tests.sim.graph.test_sending import SCOPES, TO_DESK, in_folder, send_mail

from m365sim.clock import Clock
from m365sim.control.client import ControlClient, ControlError
from m365sim.world import Mailbox
from m365sim.world.compose import Written
from m365sim.world.post import Letter, post
from m365sim.world.simulation import Simulation


@pytest.fixture
def graph(base: str) -> GraphCaller:
    return GraphCaller(base, scopes=SCOPES)


@pytest.fixture
def control(base: str) -> ControlClient:
    return ControlClient(base)


@pytest.fixture
def desk(sim: Simulation) -> Mailbox:
    return mailbox_of(sim, DESK)


@pytest.fixture
def still(sim: Simulation) -> Iterator[Clock]:
    """A clock that moves only when it is told to."""
    at = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
    sim.clock = Clock(lambda: at)
    sim.world.use_clock(sim.clock)
    yield sim.clock


def test_one_copy_a_mailbox_however_often_it_is_named(
    sim: Simulation, graph: GraphCaller, control: ControlClient, desk: Mailbox
) -> None:
    """To, Cc and an alias of the same mailbox make one copy."""
    control.create_mailbox("two@example.org")
    both = [person("TWO@example.org"), person(DESK.upn)]

    send_mail(graph, {"toRecipients": both, "ccRecipients": [person("desk@EXAMPLE.org")]})

    assert len(in_folder(desk, "inbox")) == 1
    assert len(in_folder(sim.world.mailbox("two@example.org"), "inbox")) == 1


def test_a_copy_carries_the_marks_of_its_way(graph: GraphCaller, still: Clock, desk: Mailbox) -> None:
    """Received headers on top, the time of arrival by the clock, unread, in the focused inbox."""
    send_mail(graph, TO_DESK)
    caller = GraphCaller(graph.base, address=DESK.upn)
    (shown,) = caller.get("/me/messages?$select=receivedDateTime,isRead,internetMessageHeaders")["value"]
    names = [h["name"] for h in shown["internetMessageHeaders"]]

    assert names[:2] == ["Received", "Received"]
    assert names.count("Message-ID") == names.count("From") == 1
    assert (shown["receivedDateTime"], shown["isRead"]) == ("2026-05-04T09:00:00Z", False)


@pytest.mark.parametrize(("language", "word"), [("en-US", "Undeliverable"), ("de-DE", "Unzustellbar")])
def test_an_unknown_address_here_bounces(
    graph: GraphCaller, mailbox: Mailbox, desk: Mailbox, language: str, word: str
) -> None:
    """The others get the message; the sender gets a report, in the conversation, the original attached."""
    mailbox.language = language
    send_mail(graph, {**TO_DESK, "ccRecipients": [person("nobody@example.org")]})
    (notice,) = in_folder(mailbox, "inbox")
    (sent,) = in_folder(mailbox, "sentitems")
    content = notice.source.load()
    raw = graph.call("GET", f"/me/messages/{mailbox.ids.immutable(notice.number)}/$value").body
    report = message_from_bytes(raw)
    kinds = [part.get_content_type() for part in report.walk()]

    assert len(in_folder(desk, "inbox")) == 1
    assert content.subject == f"{word}: Angebot"
    assert "nobody@example.org" in content.body
    assert content.conversation == sent.source.load().conversation
    assert [a.name for a in content.attachments] == ["Angebot"]
    assert report.get_content_type() == "multipart/report"
    assert report["Auto-Submitted"] == "auto-replied"
    assert {"message/delivery-status", "message/rfc822"} <= set(kinds)
    assert b"Final-Recipient: rfc822; nobody@example.org" in raw
    assert b"Status: 5.1.10" in raw


def test_who_has_no_licence_gets_no_mail(
    graph: GraphCaller, control: ControlClient, mailbox: Mailbox, desk: Mailbox
) -> None:
    """Neither a guest without a mailbox nor one whose licence was taken: both addresses are in the notice."""
    control.set_user(DESK.upn, hasMailbox=False)
    send_mail(graph, {"toRecipients": [person(GUEST.upn), person(DESK.upn)]})
    (notice,) = in_folder(mailbox, "inbox")

    assert GUEST.upn in notice.source.load().body
    assert DESK.upn in notice.source.load().body
    assert desk.messages == {}


def test_a_message_too_large_for_its_recipient_bounces(
    graph: GraphCaller, control: ControlClient, mailbox: Mailbox
) -> None:
    """The recipient's own limit counts."""
    control.set_user(DESK.upn, maxMessageSize=1_000)
    send_mail(graph, {**TO_DESK, "body": {"contentType": "text", "content": "x" * 2_000}})

    assert "5.2.3" in in_folder(mailbox, "inbox")[0].source.load().body


def test_nobody_is_told_of_a_lost_notice(sim: Simulation, mailbox: Mailbox) -> None:
    """Mail from an unknown sender here to an unknown one here ends there; the notice makes no other."""
    written = Written("<x@example.org>", "x", "y", False, 1_700_000_000)

    made = post(sim.world, Letter(written, "ghost@example.org", ("nobody@example.org",)))

    assert (made, len(mailbox.messages), list(sim.world.outside)) == ([], 0, [])


def test_a_letter_that_goes_in_circles_bounces(sim: Simulation, mailbox: Mailbox, desk: Mailbox) -> None:
    """After thirty servers it is sent back, and not delivered once more."""
    hops = tuple(("Received", f"from a by b; {n}") for n in range(31))
    written = Written("<x@example.org>", "x", "y", False, 1_700_000_000, headers=hops)

    post(sim.world, Letter(written, ANNA.upn, (DESK.upn,)))

    assert desk.messages == {}
    assert "5.4.14" in in_folder(mailbox, "inbox")[0].source.load().body


def test_mail_to_other_domains_is_written_down(graph: GraphCaller, control: ControlClient) -> None:
    """Envelope, words and MIME can be read by a test, without the blind copies, and forgotten."""
    message = {
        "subject": "Grüße",
        "body": {"contentType": "html", "content": "<p>Guten Tag</p>"},
        "toRecipients": [person("Bea@Example.net", "Bea")],
        "bccRecipients": [person("dora@example.net")],
    }
    made = draft(graph, **message)
    graph.call("POST", f"/me/messages/{made['id']}/send")

    (letter,) = control.outside()
    control.clear_outside()

    assert letter["envelope"] == {"sender": ANNA.upn, "recipients": ["bea@example.net", "dora@example.net"]}
    assert letter["to"] == [{"address": "Bea@Example.net", "name": "Bea"}]
    assert (letter["subject"], letter["text"]) == ("Grüße", "Guten Tag")
    assert letter["internetMessageId"] == made["internetMessageId"]
    assert f"Message-ID: {made['internetMessageId']}" in letter["mime"]
    assert "dora" not in letter["mime"]
    assert control.outside() == []


def test_mail_takes_its_time(
    graph: GraphCaller, control: ControlClient, still: Clock, mailbox: Mailbox, desk: Mailbox
) -> None:
    """Before its copy is filed the draft is nowhere; the clock brings copy and delivery, each in time."""
    control.set_behaviour(sentCopyDelayS=5, deliveryDelayS=20)
    made = draft(graph, **TO_DESK)
    graph.call("POST", f"/me/messages/{made['id']}/send")
    seen = []
    for seconds in (0, 4, 1, 14, 1):
        control.advance(seconds)
        seen.append((len(in_folder(mailbox, "sentitems")), len(in_folder(desk, "inbox"))))

    assert graph.call("GET", f"/me/messages/{made['id']}").code == "ErrorItemNotFound"
    assert seen == [(0, 0), (0, 0), (1, 0), (1, 0), (1, 1)]
    assert in_folder(desk, "inbox")[0].received_s == int(still.now().timestamp())


def test_a_kept_id_comes_back_with_the_copy(
    graph: GraphCaller, control: ControlClient, still: Clock, mailbox: Mailbox
) -> None:
    """With ids kept the immutable id is not found for a while, and then again."""
    control.set_behaviour(sentIds="kept", sentCopyDelayS=5)
    made = graph.call("POST", "/me/messages", TO_DESK, 'IdType="ImmutableId"').json
    path = f"/me/messages/{made['id']}"
    graph.call("POST", f"{path}/send")
    meanwhile = graph.call("GET", path).status
    control.advance(5)

    assert (meanwhile, graph.get(path)["isDraft"]) == (404, False)


def test_a_deferred_message_waits(
    graph: GraphCaller, control: ControlClient, still: Clock, mailbox: Mailbox, desk: Mailbox
) -> None:
    """The MAPI property for deferred sending holds a message back until its time."""
    later = {"id": "SystemTime 0x3FEF", "value": "2026-05-04T10:00:00Z"}
    send_mail(graph, {**TO_DESK, "singleValueExtendedProperties": [later]})
    before = len(in_folder(desk, "inbox")) + len(in_folder(mailbox, "sentitems"))
    control.advance(3_600)

    assert (before, len(in_folder(desk, "inbox")), len(in_folder(mailbox, "sentitems"))) == (0, 1, 1)


def test_too_many_messages_a_minute_are_slowed_not_refused(
    graph: GraphCaller, control: ControlClient, still: Clock, desk: Mailbox
) -> None:
    """Two a minute: five messages arrive over two minutes, and every call is accepted."""
    control.set_limits(messagesPerMinute=2)
    statuses = [send_mail(graph, TO_DESK).status for _ in range(5)]
    seen = []
    for seconds in (0, 59, 1, 60):
        control.advance(seconds)
        seen.append(len(in_folder(desk, "inbox")))

    assert statuses == [202] * 5
    assert seen == [2, 2, 4, 5]


def test_too_many_recipients_a_day_wait_for_the_next(
    graph: GraphCaller, control: ControlClient, still: Clock, desk: Mailbox
) -> None:
    """Three a day: the second message to two has to wait until the first is a day old."""
    control.set_limits(recipientsPerDay=3)
    pair = {"toRecipients": [person(DESK.upn), person("bea@example.net")]}
    for _ in range(2):
        send_mail(graph, pair)
    first = len(in_folder(desk, "inbox"))
    control.advance(86_399)
    second = len(in_folder(desk, "inbox"))
    control.advance(1)

    assert (first, second, len(in_folder(desk, "inbox"))) == (1, 1, 2)


def test_mail_for_tests_comes_by_post_if_wished(control: ControlClient, mailbox: Mailbox) -> None:
    """byPost delivers like any mail: with Received headers; what only a folder can have is refused."""
    (made,) = control.post(ANNA.upn, subject="Post", importance="high")
    (message,) = in_folder(mailbox, "inbox")

    assert mailbox.ids.immutable(message.number) == made
    assert message.importance == "high"
    assert message.source.load().headers[0][0] == "Received"


@pytest.mark.parametrize(
    "body",
    [
        {"byPost": True, "count": 3},
        {"byPost": True, "folder": "archive", "message": {}},
        {"byPost": True, "message": {"isRead": True}},
        {"byPost": True, "message": {"receivedAt": "2020-01-01T00:00:00Z"}},
    ],
)
def test_what_cannot_come_by_post_is_refused(
    graph: GraphCaller, mailbox: Mailbox, body: dict[str, Any]
) -> None:
    """400, and nothing arrives."""
    reply = graph.call("POST", f"{graph.base}/control/mailboxes/{ANNA.upn}/messages", body)

    assert (reply.status, len(mailbox.messages)) == (400, 0)


def test_switches_are_checked(control: ControlClient) -> None:
    """A negative delay or an unknown mode is refused by name."""
    for wrong in ({"sentCopyDelayS": -1}, {"sentIds": "maybe"}, {"colour": "red"}):
        with pytest.raises(ControlError):
            control.set_behaviour(**wrong)
