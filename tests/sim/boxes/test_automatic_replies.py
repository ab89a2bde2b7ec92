"""Automatic replies: who gets which, when, and who gets none."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sim.boxes.helpers import change, contents, headers_of, subjects
from tests.sim.graph.harness import ANNA, DESK, GraphCaller
from tests.sim.graph.test_drafts import person
from tests.sim.graph.test_sending import send_mail

from m365sim.control.client import ControlClient
from m365sim.directory import Tenant, User
from m365sim.world import Mailbox
from m365sim.world.seeding import give_mailboxes
from m365sim.world.simulation import Simulation

TO_DESK = {"subject": "Question", "toRecipients": [person(DESK.upn)]}
OUTSIDER = "bea@example.net"


@pytest.fixture
def at_desk(base: str) -> GraphCaller:
    """A program that may set the desk's settings."""
    return GraphCaller(base, DESK.upn, "MailboxSettings.ReadWrite")


def away(graph: GraphCaller, **setting: Any) -> None:
    """Set automatic replies, always on unless they say otherwise."""
    words = {"internalReplyMessage": "<p>Inside</p>", "externalReplyMessage": "<p>Outside</p>"}
    reply = change(graph, automaticRepliesSetting={"status": "alwaysEnabled", **words, **setting})
    assert reply.status == 200, reply.body


def at(day: int, hour: int = 0) -> dict[str, str]:
    """An instant of May 2026."""
    return {"dateTime": f"2026-05-{day:02}T{hour:02}:00:00", "timeZone": "W. Europe Standard Time"}


def answers(control: ControlClient) -> list[str]:
    """What the outside world got, as text."""
    return [letter["text"].strip() for letter in control.outside()]


def test_a_colleague_is_answered(anna: GraphCaller, at_desk: GraphCaller, mailbox: Mailbox) -> None:
    """With the text for insiders, in the conversation, marked as a program's work."""
    away(at_desk)
    send_mail(anna, TO_DESK)
    (answer,) = contents(mailbox)
    (sent,) = contents(mailbox, "sentitems")
    named = headers_of(answer)

    assert answer.subject == "Automatic reply: Question"
    assert "Inside" in answer.body
    assert answer.from_ is not None and answer.from_.address == DESK.upn
    assert answer.conversation == sent.conversation
    assert named["in-reply-to"] == sent.message_id
    assert (named["auto-submitted"], named["x-auto-response-suppress"]) == ("auto-replied", "All")


def test_an_outsider_gets_the_other_text_in_the_mailboxs_language(
    at_desk: GraphCaller, control: ControlClient, desk: Mailbox
) -> None:
    """German mailboxes answer in German; the null reverse-path is on the envelope."""
    change(at_desk, language={"locale": "de-DE"})
    away(at_desk)
    control.post(DESK.upn, subject="Re: Frage", **{"from": OUTSIDER})
    (letter,) = control.outside()

    assert letter["subject"] == "Automatische Antwort: Frage"
    assert letter["envelope"] == {"sender": "", "recipients": [OUTSIDER]}
    assert letter["text"].strip() == "Outside"


def test_another_tenant_is_outside(
    sim: Simulation, base: str, at_desk: GraphCaller, control: ControlClient
) -> None:
    """People of another simulated organisation are no colleagues."""
    other = User("22222222-aaaa-4aaa-8aaa-000000000001", "tenant-2", "bob@other.example", "Bob")
    sim.directory.put_tenant(Tenant("tenant-2", "other.example", "Other"))
    sim.directory.put_user(other)
    give_mailboxes(sim.world, sim.directory)
    away(at_desk)

    control.post(DESK.upn, **{"from": other.upn})

    assert "Outside" in contents(sim.world.mailbox(other.upn))[0].body


@pytest.mark.parametrize(
    ("audience", "is_contact", "count"),
    [("none", True, 0), ("contactsOnly", False, 0), ("contactsOnly", True, 1), ("all", False, 1)],
)
def test_the_audience_decides_for_outsiders(
    at_desk: GraphCaller, control: ControlClient, audience: str, is_contact: bool, count: int
) -> None:
    """None, those among the contacts, or all."""
    control.set_mailbox(DESK.upn, contacts=["Bea@Example.net"] if is_contact else [])
    away(at_desk, externalAudience=audience)
    control.post(DESK.upn, **{"from": OUTSIDER})

    assert len(control.outside()) == count


def test_each_sender_is_answered_once_until_the_settings_change(
    at_desk: GraphCaller, control: ControlClient
) -> None:
    """Another text is no new absence; switching off and on is."""
    away(at_desk)
    for _ in range(2):
        control.post(DESK.upn, **{"from": OUTSIDER})
    away(at_desk, externalReplyMessage="<p>Other words</p>")
    control.post(DESK.upn, **{"from": "BEA@example.net"})
    assert answers(control) == ["Outside"]

    away(at_desk, status="disabled")
    away(at_desk)
    control.post(DESK.upn, **{"from": OUTSIDER})
    assert answers(control) == ["Outside", "Outside"]


def test_a_schedule_begins_and_ends_by_the_simulators_clock(
    at_desk: GraphCaller, control: ControlClient
) -> None:
    """From seven in the morning (UTC; nine in Berlin) on the fifth until the sixth."""
    away(at_desk, status="scheduled", scheduledStartDateTime=at(5, 9), scheduledEndDateTime=at(6, 9))
    control.post(DESK.upn, **{"from": "early@example.net"})
    control.advance(21.4 * 3600)
    control.post(DESK.upn, **{"from": "still-early@example.net"})
    control.advance(0.2 * 3600)
    control.post(DESK.upn, **{"from": "in-time@example.net"})
    control.advance(24 * 3600)
    control.post(DESK.upn, **{"from": "late@example.net"})

    assert [x["envelope"]["recipients"] for x in control.outside()] == [["in-time@example.net"]]


@pytest.mark.parametrize("given", [{}, {"scheduledStartDateTime": at(4, 11)}])
def test_a_schedule_without_an_end_ends_a_day_later(
    at_desk: GraphCaller, control: ControlClient, given: dict[str, Any]
) -> None:
    """It does not move along with the clock: what was shown when it was set is what holds."""
    away(at_desk, status="scheduled", **given)
    shown = at_desk.get("/me/mailboxSettings/automaticRepliesSetting")
    control.post(DESK.upn, **{"from": "soon@example.net"})
    control.advance(25 * 3600)
    control.post(DESK.upn, **{"from": "late@example.net"})

    assert shown["scheduledEndDateTime"]["dateTime"] == "2026-05-05T09:00:00.0000000"
    assert at_desk.get("/me/mailboxSettings/automaticRepliesSetting") == shown
    assert [x["envelope"]["recipients"] for x in control.outside()] == [["soon@example.net"]]


@pytest.mark.parametrize(
    "headers",
    [
        [["Auto-Submitted", "auto-generated"]],
        [["Precedence", "Bulk"]],
        [["Precedence", "list"]],
        [["List-Id", "<news.example.net>"]],
        [["X-Auto-Response-Suppress", "DR, OOF, AutoReply"]],
    ],
)
def test_programs_and_lists_are_not_answered(
    at_desk: GraphCaller, control: ControlClient, headers: list[list[str]]
) -> None:
    """Whatever says so in its headers."""
    away(at_desk)
    control.post(DESK.upn, headers=headers, **{"from": OUTSIDER})
    control.post(DESK.upn, headers=[["Auto-Submitted", "no"]], **{"from": "person@example.net"})

    assert [x["envelope"]["recipients"] for x in control.outside()] == [["person@example.net"]]


def test_notices_and_oneself_are_not_answered(anna: GraphCaller, mailbox: Mailbox) -> None:
    """A bounce comes from nobody; a note to oneself needs no answer."""
    away(anna)
    send_mail(anna, {"subject": "Note", "toRecipients": [person(ANNA.upn), person("x@example.org")]})

    assert subjects(mailbox) == ["Note", "Undeliverable: Note"]


def test_two_absent_people_do_not_answer_one_another_for_ever(
    anna: GraphCaller, at_desk: GraphCaller, mailbox: Mailbox, desk: Mailbox
) -> None:
    """One answer comes, and is not answered."""
    away(anna)
    away(at_desk)
    send_mail(anna, TO_DESK)

    assert subjects(mailbox) == ["Automatic reply: Question"]
    assert subjects(desk) == ["Question"]


def test_no_words_no_answer(at_desk: GraphCaller, control: ControlClient) -> None:
    """Replies that are on without a text for this sender say nothing."""
    away(at_desk, externalReplyMessage="")
    control.post(DESK.upn, **{"from": OUTSIDER})

    assert control.outside() == []
