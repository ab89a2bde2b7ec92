"""Answers and forwarded mail: recipients, subject, quotation, thread, attachments, and what is refused."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
from tests.sim.graph.harness import ANNA, DESK, GraphCaller, mailbox_of
from tests.sim.graph.test_drafts import person
from tests.sim.graph.test_sending import SCOPES, in_folder

from m365sim.world import Mailbox
from m365sim.world.compose import Written
from m365sim.world.content import Address, FileAttachment
from m365sim.world.simulation import Simulation

BEA, CARL = Address("bea@example.net", "Bea"), Address("carl@example.net", "Carl")
SELF, HOME = Address(ANNA.upn, "Anna"), Address(DESK.upn, "Desk")
TWICE = {"toRecipients": [person(BEA.address)], "message": {"toRecipients": [person(CARL.address)]}}
LOGO = FileAttachment("logo.png", "image/png", b"png", "logo@1", True)
PLAN = FileAttachment("plan.pdf", "application/pdf", b"%PDF")


@pytest.fixture
def graph(base: str) -> GraphCaller:
    return GraphCaller(base, scopes=SCOPES)


def receive(sim: Simulation, mailbox: Mailbox, **more: Any) -> str:
    """A message to Anna and the desk, with Carl in copy; its path."""
    fields: dict[str, Any] = {
        "from_": BEA,
        "sender": BEA,
        "to": (SELF, HOME),
        "cc": (CARL, SELF),
        "references": ("<root@example.net>",),
        "headers": (("References", "<root@example.net>"),),
        "attachments": (LOGO, PLAN),
        **more,
    }
    body = "<html><body><p>Geht das? <img src='cid:logo@1'></p></body></html>"
    written = Written("<one@example.net>", "Re: Frage", body, True, 1_700_000_000, **fields)
    message = sim.world.receive(mailbox, mailbox.named["inbox"], written)
    return f"/me/messages/{mailbox.ids.immutable(message.number)}"


def people(recipients: list[Any]) -> list[str]:
    """The addresses of recipients."""
    return [r["emailAddress"]["address"] for r in recipients]


def test_a_reply_is_drafted_as_outlook_does(sim: Simulation, mailbox: Mailbox, graph: GraphCaller) -> None:
    """201: to the author, one subject prefix, the comment above the quotation, pictures but not papers."""
    path = receive(sim, mailbox)
    original = graph.get(path)

    reply = graph.call("POST", f"{path}/createReply", {"comment": "Gern <um drei>\nGruß"})
    made = reply.json
    shown = graph.get(f"/me/messages/{made['id']}?$select=internetMessageHeaders,uniqueBody")
    headers = {h["name"]: h["value"] for h in shown["internetMessageHeaders"]}
    attached = graph.get(f"/me/messages/{made['id']}/attachments")["value"]

    assert reply.status == 201
    assert (made["isDraft"], made["subject"]) == (True, "RE: Frage")
    assert (people(made["toRecipients"]), made["ccRecipients"]) == ([BEA.address], [])
    assert made["from"] == made["sender"] == person(ANNA.upn, "Anna Becker")
    assert "Geht das?" in made["body"]["content"]
    assert "bea@example.net" in made["body"]["content"]
    assert "Geht das?" not in shown["uniqueBody"]["content"]
    assert made["conversationId"] == original["conversationId"]
    assert headers["In-Reply-To"] == "<one@example.net>"
    assert headers["References"] == "<root@example.net> <one@example.net>"
    assert [a["name"] for a in attached] == ["logo.png"]


def test_the_index_of_an_answer_goes_on_from_the_original(
    sim: Simulation, mailbox: Mailbox, graph: GraphCaller
) -> None:
    """conversationIndex is the original's and five octets more."""
    path = receive(sim, mailbox)
    made = graph.call("POST", f"{path}/createReply").json
    (draft,) = in_folder(mailbox, "drafts")
    (original,) = in_folder(mailbox, "inbox")
    before, after = original.source.load().conversation_index, draft.source.load().conversation_index

    assert made["isDraft"] is True
    assert (after[:-5], len(after)) == (before, len(before) + 5)


def test_everybody_is_answered_but_oneself(sim: Simulation, mailbox: Mailbox, graph: GraphCaller) -> None:
    """replyAll: the author and who it was to, those in copy in copy, the own addresses left out."""
    made = graph.call("POST", f"{receive(sim, mailbox)}/createReplyAll", {}).json

    assert people(made["toRecipients"]) == [BEA.address, DESK.upn]
    assert people(made["ccRecipients"]) == [CARL.address]


def test_reply_to_wins_over_from(sim: Simulation, mailbox: Mailbox, graph: GraphCaller) -> None:
    """As RFC 5322 wants it."""
    path = receive(sim, mailbox, reply_to=(CARL,))

    assert people(graph.call("POST", f"{path}/createReply").json["toRecipients"]) == [CARL.address]


def test_ones_own_mail_is_answered_to_its_recipients(
    sim: Simulation, mailbox: Mailbox, graph: GraphCaller
) -> None:
    """Who answers what she sent herself writes to the others again."""
    path = receive(sim, mailbox, from_=SELF, sender=SELF, to=(BEA,))

    assert people(graph.call("POST", f"{path}/createReply").json["toRecipients"]) == [BEA.address]


def test_the_language_of_the_mailbox_names_the_answer(
    sim: Simulation, mailbox: Mailbox, graph: GraphCaller
) -> None:
    """AW and WG in a German mailbox."""
    mailbox.language = "de-DE"
    path = receive(sim, mailbox)

    answer = graph.call("POST", f"{path}/createReply").json
    forward = graph.call("POST", f"{path}/createForward").json

    assert (answer["subject"], forward["subject"]) == ("AW: Frage", "WG: Frage")
    assert "<b>Gesendet:</b>" in answer["body"]["content"]


def test_what_the_program_says_wins(sim: Simulation, mailbox: Mailbox, graph: GraphCaller) -> None:
    """Properties of ``message`` take the place of the proposed ones; its body replaces the quotation."""
    body = {
        "Message": {
            "body": {"contentType": "text", "content": "Nur das"},
            "toRecipients": [person("dora@example.net")],
            "importance": "high",
            "attachments": [
                {
                    "@odata.type": "#microsoft.graph.fileAttachment",
                    "name": "a.txt",
                    "contentBytes": "SGFsbG8=",
                }
            ],
        }
    }

    made = graph.call("POST", f"{receive(sim, mailbox)}/createReply", body).json

    assert made["body"] == {"contentType": "text", "content": "Nur das"}
    assert people(made["toRecipients"]) == ["dora@example.net"]
    assert (made["importance"], made["hasAttachments"]) == ("high", True)


def test_a_forward_takes_everything_along(sim: Simulation, mailbox: Mailbox, graph: GraphCaller) -> None:
    """All attachments, nobody addressed until somebody is named."""
    path = receive(sim, mailbox)

    bare = graph.call("POST", f"{path}/createForward", {"comment": "Zur Kenntnis"}).json
    named = graph.call("POST", f"{path}/createForward", {"ToRecipients": [person(CARL.address)]}).json
    attached = graph.get(f"/me/messages/{bare['id']}/attachments")["value"]

    assert (bare["subject"], bare["toRecipients"]) == ("FW: Frage", [])
    assert [a["name"] for a in attached] == ["logo.png", "plan.pdf"]
    assert people(named["toRecipients"]) == [CARL.address]


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("createReply", {"comment": "a", "message": {"body": {"contentType": "text", "content": "b"}}}),
        ("reply", {"comment": "a", "message": {"body": {"contentType": "text", "content": "b"}}}),
        ("reply", {"toRecipients": [person(CARL.address)]}),
        ("forward", {"comment": "a"}),
        ("forward", TWICE),
        ("createForward", TWICE),
        ("replyAll", {"message": {"colour": "red"}}),
    ],
)  # fmt: skip
def test_contradictions_are_refused(
    sim: Simulation, mailbox: Mailbox, graph: GraphCaller, action: str, body: Any
) -> None:
    """400, and nothing is created or sent."""
    path = receive(sim, mailbox)
    before = mailbox.seq

    assert graph.call("POST", f"{path}/{action}", body).status == 400
    assert mailbox.seq == before


def test_a_thread_goes_to_and_fro(sim: Simulation, base: str, mailbox: Mailbox, graph: GraphCaller) -> None:
    """Letter, answer to all, answer: one conversation in each mailbox, References growing."""
    desk, other = mailbox_of(sim, DESK), GraphCaller(base, address=DESK.upn, scopes=SCOPES)
    letter = {"subject": "Termin", "toRecipients": [person(DESK.upn)]}
    graph.call("POST", "/me/sendMail", {"message": letter})
    (first,) = in_folder(desk, "inbox")

    replied = other.call("POST", f"/me/messages/{desk.ids.immutable(first.number)}/reply", {"comment": "Ja"})
    (second,) = in_folder(mailbox, "inbox")
    back = graph.call(
        "POST", f"/me/messages/{mailbox.ids.immutable(second.number)}/replyAll", {"comment": "Gut"}
    )
    last = in_folder(desk, "inbox")[0].source.load()

    assert (replied.status, back.status, last.subject) == (202, 202, "RE: Termin")
    for box in (mailbox, desk):
        keys = {m.source.load().conversation for m in box.messages.values()}
        assert len(keys) == 1
    assert dict(last.headers)["References"].split() == [
        first.source.load().message_id,
        second.source.load().message_id,
    ]
    sent = in_folder(mailbox, "sentitems")[0].source.load()
    assert sent.message_id == last.message_id
    assert last.conversation_index == sent.conversation_index


def test_a_forward_is_sent_at_once(sim: Simulation, mailbox: Mailbox, graph: GraphCaller) -> None:
    """202 to whoever is named, in either place."""
    path, desk = receive(sim, mailbox), mailbox_of(sim, DESK)

    reply = graph.call("POST", f"{path}/forward", {"message": {"toRecipients": [person(DESK.upn)]}})
    again = graph.call("POST", f"{path}/forward", {"ToRecipients": [person(DESK.upn)], "Comment": "x"})
    content = in_folder(desk, "inbox")[0].source.load()

    assert (reply.status, again.status, reply.body) == (202, 202, b"")
    assert [a.name for a in content.attachments] == ["logo.png", "plan.pdf"]
    assert len(in_folder(mailbox, "sentitems")) == 2


def test_answers_come_as_mime_too(sim: Simulation, mailbox: Mailbox, graph: GraphCaller) -> None:
    """The MIME is the answer; recipients, subject and thread are filled in where it has none."""
    path = receive(sim, mailbox, from_=HOME, sender=HOME)
    body = b64encode(b"Content-Type: text/plain\r\n\r\nGern.\r\n")

    drafted = graph.call("POST", f"{path}/createReply", body, Content_Type="text/plain")
    sent = graph.call("POST", f"{path}/reply", body, Content_Type="text/plain")
    arrived = in_folder(mailbox_of(sim, DESK), "inbox")[0].source.load()

    assert (drafted.status, sent.status) == (201, 202)
    assert drafted.json["body"]["content"].strip() == "Gern."
    assert people(drafted.json["toRecipients"]) == [DESK.upn]
    assert (arrived.subject, arrived.body.strip()) == ("RE: Frage", "Gern.")
    assert dict(arrived.headers)["In-Reply-To"] == "<one@example.net>"


def test_bulk_mail_is_answered_in_its_conversation(
    sim: Simulation, mailbox: Mailbox, graph: GraphCaller
) -> None:
    """Derived mail is not in the index of conversations, yet its answer joins it."""
    sim.world.bulk(mailbox, mailbox.named["inbox"], 1)
    (message,) = mailbox.messages.values()
    path = f"/me/messages/{mailbox.ids.immutable(message.number)}"

    made = graph.call("POST", f"{path}/createReply").json

    assert made["conversationId"] == graph.get(path)["conversationId"]


def test_null_stands_for_no_parameters(sim: Simulation, mailbox: Mailbox, graph: GraphCaller) -> None:
    """As microsoft-graph-client writes ``.post(null)``."""
    assert graph.call("POST", f"{receive(sim, mailbox)}/createReply", b"null").status == 201


@pytest.mark.parametrize("action", ["createReply", "reply", "send"])
@pytest.mark.parametrize("body", [b"[]", b'"x"'])
def test_the_parameters_of_an_action_are_an_object_or_nothing(
    sim: Simulation, mailbox: Mailbox, graph: GraphCaller, action: str, body: bytes
) -> None:
    """The official description wants an object. Nothing is drafted or sent."""
    path = receive(sim, mailbox)

    reply = graph.call("POST", f"{path}/{action}", body)

    assert (reply.status, reply.code) == (400, "UnableToDeserializePostBody")
    assert len(mailbox.messages) == 1
    assert graph.call("POST", f"{path}/createReply").status == 201
