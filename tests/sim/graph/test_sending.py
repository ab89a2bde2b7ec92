"""Sending: what goes out, what lies in Sent Items, for whom one may send, and what is refused."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest
from tests.sim.graph.harness import ANNA, DESK, IMMUTABLE, GraphCaller, mailbox_of
from tests.sim.graph.test_drafts import draft, person

from m365sim.directory import User
from m365sim.world import Mailbox
from m365sim.world.messages import Message
from m365sim.world.simulation import Simulation

SCOPES = "Mail.ReadWrite,Mail.Send"
SHARED = "Mail.ReadWrite.Shared,Mail.Send.Shared"
TO_DESK = {"subject": "Angebot", "toRecipients": [person(DESK.upn)]}


@pytest.fixture
def graph(base: str) -> GraphCaller:
    return GraphCaller(base, scopes=SCOPES)


@pytest.fixture
def desk(sim: Simulation) -> Mailbox:
    return mailbox_of(sim, DESK)


def in_folder(mailbox: Mailbox, name: str) -> list[Message]:
    """The messages of a well-known folder, newest first."""
    return list(mailbox.newest(mailbox.named[name]))


def send_mail(graph: GraphCaller, message: dict[str, Any], path: str = "/me", **more: Any) -> Any:
    """POST sendMail."""
    return graph.call("POST", f"{path}/sendMail", {"message": message, **more})


def allow(sim: Simulation, user: User, **grants: Any) -> None:
    """Give a user grants on the desk's mailbox."""
    fields: dict[str, Any] = {name: frozenset(value) for name, value in grants.items()}
    sim.directory.put_user(replace(user, **fields))


def test_a_sent_draft_is_gone_and_has_a_copy_with_other_ids(
    graph: GraphCaller, mailbox: Mailbox, desk: Mailbox
) -> None:
    """202 without a body; neither id of the draft opens the copy in Sent Items, its Message-ID does."""
    made = draft(graph, **TO_DESK, categories=["Rot"])
    immutable = graph.get(f"/me/messages/{made['id']}", IMMUTABLE)["id"]

    reply = graph.call("POST", f"/me/messages/{made['id']}/send")
    (copy,) = graph.get("/me/mailFolders/sentitems/messages")["value"]
    (arrived,) = in_folder(desk, "inbox")

    assert (reply.status, reply.body, reply.headers["content-length"]) == (202, b"", "0")
    assert graph.call("GET", f"/me/messages/{made['id']}").code == "ErrorItemNotFound"
    assert graph.call("GET", f"/me/messages/{immutable}").code == "ErrorItemNotFound"
    assert copy["internetMessageId"] == made["internetMessageId"]
    assert (copy["isDraft"], copy["isRead"], copy["categories"]) == (False, True, ["Rot"])
    assert copy["from"] == copy["sender"] == person(ANNA.upn, "Anna Becker")
    assert arrived.source.load().message_id == made["internetMessageId"]
    assert (arrived.is_read, arrived.is_draft, arrived.categories) == (False, False, ())


def test_the_immutable_id_survives_where_the_guide_is_right(
    sim: Simulation, graph: GraphCaller, mailbox: Mailbox
) -> None:
    """With ``sentIds: kept`` the copy is the draft, moved: the immutable id opens it, the default one not."""
    sim.behaviour.sent_ids = "kept"
    made = draft(graph, **TO_DESK)
    immutable = graph.get(f"/me/messages/{made['id']}", IMMUTABLE)["id"]

    graph.call("POST", f"/me/messages/{made['id']}/send")
    kept = graph.get(f"/me/messages/{immutable}")

    assert (kept["isDraft"], kept["internetMessageId"]) == (False, made["internetMessageId"])
    assert kept["parentFolderId"] == mailbox.ids.folder(mailbox.named["sentitems"].number)
    assert graph.call("GET", f"/me/messages/{made['id']}").status == 404


@pytest.mark.parametrize(
    ("is_on", "told"),
    [
        (True, ["drafts-", "outbox+", "outbox-", "sentitems+"]),
        (False, ["drafts-", "sentitems+"]),
    ],
)
def test_what_is_sent_shows_in_the_outbox_for_a_moment(
    sim: Simulation, graph: GraphCaller, is_on: bool, told: list[str]
) -> None:
    """Watchers are told of a copy in the Outbox that is gone at once."""
    sim.behaviour.outbox_interlude = is_on
    made = draft(graph, **TO_DESK)
    seen: list[str] = []
    signs = {"created": "+", "deleted": "-"}

    def note(mailbox: Mailbox, folder: Any, entry: Any) -> None:
        if mailbox.address == ANNA.upn:
            seen.append(f"{folder.well_known}{signs[entry.kind.value]}")

    sim.world.watch(note)
    graph.call("POST", f"/me/messages/{made['id']}/send")

    assert seen == told


def test_send_mail_keeps_a_copy_unless_told_not_to(
    graph: GraphCaller, mailbox: Mailbox, desk: Mailbox
) -> None:
    """The default is a copy; the guide's own sample says "false" as a text."""
    replies = [
        send_mail(graph, TO_DESK),
        send_mail(graph, TO_DESK, saveToSentItems="false"),
        graph.call("POST", "/me/sendMail", {"Message": TO_DESK, "SaveToSentItems": False}),
    ]

    assert [(r.status, r.body) for r in replies] == [(202, b"")] * 3
    assert len(in_folder(mailbox, "sentitems")) == 1
    assert len(in_folder(desk, "inbox")) == 3


def test_bcc_is_for_the_sender_alone(graph: GraphCaller, mailbox: Mailbox, desk: Mailbox) -> None:
    """Who was copied blindly stands in the sent copy and nowhere else, in no form of the message."""
    send_mail(graph, {"subject": "x", "bccRecipients": [person(DESK.upn)]})
    (sent,), (arrived,) = in_folder(mailbox, "sentitems"), in_folder(desk, "inbox")
    path = f"/users/{DESK.id}/messages/{desk.ids.immutable(arrived.number)}/$value"
    raw = GraphCaller(graph.base, address=DESK.upn).call("GET", path)

    assert [a.address for a in sent.source.load().bcc] == [DESK.upn]
    assert arrived.source.load().bcc == ()
    assert raw.status == 200
    assert not [line for line in raw.body.lower().splitlines() if line.startswith(b"bcc:")]
    assert f"<{DESK.upn}>".encode() not in raw.body.partition(b"\r\n\r\n")[0]


MIME = (
    b"From: Else <else@example.net>\r\nTo: desk@example.org\r\nBcc: anna@example.org\r\n"
    b"Subject: MIME\r\n\r\nHallo\r\n"
)


def test_mime_is_sent_with_its_octets_but_from_the_mailbox(
    graph: GraphCaller, mailbox: Mailbox, desk: Mailbox
) -> None:
    """From is the owner's, Date and Message-ID are there, Bcc is gone; a copy is kept always."""
    reply = graph.call("POST", "/me/sendMail", b64encode(MIME), Content_Type="text/plain")
    (arrived,) = in_folder(desk, "inbox")
    raw = arrived.source.load().mime or b""
    sent = in_folder(mailbox, "sentitems")[0].source.load()

    assert reply.status == 202
    assert raw.startswith(b"Received: ")
    assert b"else@example.net" not in raw
    assert b"Bcc" not in raw
    assert raw.endswith(b"\r\n\r\nHallo\r\n")
    assert (b"Message-ID: <" in raw, b"Date: " in raw, b"<anna@example.org>" in raw) == (True, True, True)
    assert [a.address for a in sent.bcc] == ["anna@example.org"]
    assert len(in_folder(mailbox, "inbox")) == 1  # to herself, blindly


def test_mime_goes_through_a_batch(graph: GraphCaller, desk: Mailbox) -> None:
    """In a part the base64 text is the body, under text/plain."""
    part = {
        "id": "1",
        "method": "POST",
        "url": "/me/sendMail",
        "headers": {"Content-Type": "text/plain"},
        "body": b64encode(MIME).decode(),
    }

    (answer,) = graph.call("POST", "/$batch", {"requests": [part]}).json["responses"]

    assert answer["status"] == 202
    assert [m.source.load().subject for m in in_folder(desk, "inbox")] == ["MIME"]


@pytest.mark.parametrize(
    "mime",
    [
        b"To: undisclosed-recipients:;\r\nBcc: desk@example.org\r\nSubject: x\r\n\r\ny",
        b"Subject: x\r\n\r\ny",
    ],
)
def test_mime_to_nobody_is_refused(graph: GraphCaller, mailbox: Mailbox, mime: bytes) -> None:
    """An empty group in To is an error even if Bcc names somebody; without To it works."""
    refused = graph.call("POST", "/me/sendMail", b64encode(mime), Content_Type="text/plain")
    works = b"Bcc: desk@example.org\r\nSubject: x\r\n\r\ny"

    assert (refused.status, refused.code) == (400, "ErrorInvalidRecipients")
    assert mailbox.messages == {}
    assert graph.call("POST", "/me/sendMail", b64encode(works), Content_Type="text/plain").status == 202


@pytest.mark.parametrize(
    ("message", "status", "code"),
    [
        ({"subject": "x"}, 400, "ErrorInvalidRecipients"),
        ({"toRecipients": [person("nonsense")]}, 400, "ErrorInvalidRecipients"),
        ({"toRecipients": [{"emailAddress": {"name": "Bea"}}]}, 400, "ErrorInvalidRecipients"),
        (
            {"toRecipients": [person(f"p{n}@example.net") for n in range(501)]},
            400,
            "ErrorRecipientsLimitExceeded",
        ),
        ({**TO_DESK, "from": person("stranger@example.net")}, 403, "ErrorSendAsDenied"),
        ({**TO_DESK, "from": person(DESK.upn)}, 403, "ErrorSendAsDenied"),
    ],
)
def test_what_cannot_be_sent_stays(
    graph: GraphCaller, mailbox: Mailbox, message: dict[str, Any], status: int, code: str
) -> None:
    """Sending a draft is refused as sendMail is, and the draft stays as it was."""
    made = draft(graph, **message)
    before = mailbox.seq
    replies = [send_mail(graph, message), graph.call("POST", f"/me/messages/{made['id']}/send")]

    assert [(r.status, r.code) for r in replies] == [(status, code)] * 2
    assert mailbox.seq == before


@pytest.mark.parametrize(
    "body", [{}, {"message": TO_DESK, "colour": "red"}, {"message": TO_DESK, "saveToSentItems": "maybe"}]
)
def test_a_bad_call_sends_nothing(graph: GraphCaller, mailbox: Mailbox, body: Any) -> None:
    """A missing message, an unknown parameter, a value of another type: 400."""
    assert graph.call("POST", "/me/sendMail", body).status == 400
    assert mailbox.messages == {}


def test_sending_needs_its_permission_and_a_draft(base: str, graph: GraphCaller, desk: Mailbox) -> None:
    """Mail.ReadWrite does not include sending; what was received is no draft."""
    made = draft(graph, **TO_DESK)
    path = f"/me/messages/{made['id']}/send"
    denied = GraphCaller(base).call("POST", path)
    graph.call("POST", path)
    (sent,) = graph.get("/me/mailFolders/sentitems/messages")["value"]
    again = graph.call("POST", f"/me/messages/{sent['id']}/send")

    assert (denied.status, denied.code) == (403, "ErrorAccessDenied")
    assert (again.status, again.code) == (400, "ErrorInvalidOperation")


def test_an_alias_is_ones_own_address(sim: Simulation, graph: GraphCaller, desk: Mailbox) -> None:
    """Mail may be from any of the owner's addresses, under the directory's name."""
    sim.directory.put_user(replace(ANNA, proxy_addresses=("a.becker@example.org",)))

    assert send_mail(graph, {**TO_DESK, "from": person("a.becker@example.org", "?")}).status == 202
    content = in_folder(desk, "inbox")[0].source.load()
    assert content.from_ == content.sender
    assert content.from_ is not None
    assert (content.from_.address, content.from_.name) == ("a.becker@example.org", "Anna Becker")


@pytest.mark.parametrize(("grant", "sender"), [("send_as", DESK.upn), ("send_on_behalf", ANNA.upn)])
def test_who_may_send_as_another_does_not_show(
    sim: Simulation, base: str, mailbox: Mailbox, desk: Mailbox, grant: str, sender: str
) -> None:
    """Only from is given, sender is set: the same when sending as, the true one when on behalf.

    The copy lies in the mailbox of the address called, not in the one the message is from.
    """
    allow(sim, ANNA, **{grant: {DESK.upn}})
    caller = GraphCaller(base, scopes=f"{SCOPES},Mail.Send.Shared")

    reply = send_mail(caller, {"toRecipients": [person(ANNA.upn)], "from": person(DESK.upn)})
    content = in_folder(mailbox, "inbox")[0].source.load()

    assert reply.status == 202
    assert content.from_ is not None
    assert content.sender is not None
    assert (content.from_.address, content.sender.address) == (DESK.upn, sender)
    assert (len(in_folder(mailbox, "sentitems")), len(in_folder(desk, "sentitems"))) == (1, 0)


def test_who_sends_speaks_for_himself(sim: Simulation, base: str, mailbox: Mailbox, desk: Mailbox) -> None:
    """A sender without from is the author as well, in sendMail and in drafts, with the right to be it."""
    caller = GraphCaller(base, scopes=f"{SCOPES},Mail.Send.Shared")
    message = {"toRecipients": [person(ANNA.upn)], "sender": person(DESK.upn)}
    refused = send_mail(caller, message)
    draft_id = caller.call("POST", "/me/messages", message).json["id"]
    kept = caller.call("POST", f"/me/messages/{draft_id}/send")
    allow(sim, ANNA, send_as={DESK.upn})

    sent = [send_mail(caller, message), caller.call("POST", f"/me/messages/{draft_id}/send")]
    arrived = [m.source.load() for m in in_folder(mailbox, "inbox")]

    assert (refused.code, kept.code) == ("ErrorSendAsDenied", "ErrorSendAsDenied")
    assert [reply.status for reply in sent] == [202, 202]
    authors = [(c.from_.address, c.sender.address) for c in arrived if c.from_ and c.sender]
    assert authors == [(DESK.upn, DESK.upn)] * 2


def test_a_sender_given_later_is_the_author_of_a_draft_without_one(graph: GraphCaller) -> None:
    """A PATCH of sender says from too; a from that is there, or comes along, stays."""
    bare = graph.call("POST", "/me/messages", TO_DESK).json["id"]
    own = graph.call("POST", "/me/messages", {**TO_DESK, "from": person(ANNA.upn)}).json["id"]
    change = {"sender": person(DESK.upn)}

    made, stays = (graph.call("PATCH", f"/me/messages/{i}", change).json for i in (bare, own))

    assert made["from"]["emailAddress"]["address"] == DESK.upn
    assert stays["from"]["emailAddress"]["address"] == ANNA.upn


def test_another_mailbox_needs_the_shared_permission(sim: Simulation, graph: GraphCaller) -> None:
    """The grant alone is not enough: without Mail.Send.Shared it is refused."""
    allow(sim, ANNA, send_as={DESK.upn})

    assert send_mail(graph, {**TO_DESK, "from": person(DESK.upn)}).code == "ErrorSendAsDenied"


def test_sending_from_the_shared_mailbox_itself(
    sim: Simulation, base: str, mailbox: Mailbox, desk: Mailbox
) -> None:
    """Below /users/{shared} the message is from that mailbox, and the copy in it; it takes rights."""
    caller = GraphCaller(base, scopes=SHARED)
    message, path = {"toRecipients": [person(ANNA.upn)]}, f"/users/{DESK.upn}"
    stranger = send_mail(caller, message, path)
    allow(sim, ANNA, mailbox_grants={DESK.upn})
    reader = send_mail(caller, message, path)
    allow(sim, ANNA, send_as={DESK.upn})
    sender = send_mail(caller, message, path)
    content = in_folder(mailbox, "inbox")[0].source.load()

    assert (stranger.status, stranger.code) == (403, "ErrorAccessDenied")
    assert (reader.status, reader.code) == (403, "ErrorSendAsDenied")
    assert sender.status == 202
    assert content.from_ is not None
    assert content.from_.address == DESK.upn
    assert (len(in_folder(mailbox, "sentitems")), len(in_folder(desk, "sentitems"))) == (0, 1)


def test_a_program_by_itself_sends_for_the_mailbox_it_names(
    base: str, mailbox: Mailbox, desk: Mailbox
) -> None:
    """App-only: the mailbox in the address is the author, and may not be another."""
    app = GraphCaller(base, address="app", scopes="Mail.Send")
    path = f"/users/{DESK.upn}"

    assert send_mail(app, {"toRecipients": [person(ANNA.upn)]}, path).status == 202
    other = send_mail(app, {"toRecipients": [person(ANNA.upn)], "from": person(ANNA.upn)}, path)
    assert other.code == "ErrorSendAsDenied"
    assert len(in_folder(desk, "sentitems")) == len(in_folder(mailbox, "inbox")) == 1


def test_a_message_above_the_mailboxs_limit_is_refused(graph: GraphCaller, mailbox: Mailbox) -> None:
    """413 with Exchange's word; the draft stays."""
    mailbox.max_message_size = 5_000
    made = draft(graph, **TO_DESK, body={"contentType": "text", "content": "x" * 5_000})

    reply = graph.call("POST", f"/me/messages/{made['id']}/send")

    assert (reply.status, reply.code) == (413, "ErrorMessageSizeExceeded")
    assert len(in_folder(mailbox, "drafts")) == 1


def test_the_programs_mark_is_on_the_copy(graph: GraphCaller, mailbox: Mailbox, desk: Mailbox) -> None:
    """An extended property of the draft finds the sent copy; recipients do not get it, but the x- header."""
    key = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name Ours"
    message = {
        **TO_DESK,
        "importance": "high",
        "singleValueExtendedProperties": [{"id": key, "value": "42"}],
        "internetMessageHeaders": [{"name": "x-ours", "value": "42"}],
    }

    send_mail(graph, message)
    (copy,), (arrived,) = in_folder(mailbox, "sentitems"), in_folder(desk, "inbox")

    assert (copy.extended, arrived.extended) == ({key: "42"}, {})
    assert ("x-ours", "42") in arrived.source.load().headers
    assert (copy.importance, arrived.importance) == ("high", "high")


def test_a_draft_goes_out_with_what_was_attached_later(
    sim: Simulation, graph: GraphCaller, desk: Mailbox
) -> None:
    """A MIME draft gets a file, keeps it when its subject changes, and is sent with it; ids survive too."""
    sim.behaviour.sent_ids = "kept"
    made = graph.call("POST", "/me/messages", b64encode(MIME), IMMUTABLE, Content_Type="text/plain").json
    path = f"/me/messages/{made['id']}"
    file = {"@odata.type": "#microsoft.graph.fileAttachment", "name": "a.txt", "contentBytes": "SGFsbG8="}
    attached = graph.call("POST", f"{path}/attachments", file, IMMUTABLE).json
    graph.call("PATCH", path, {"subject": "Mit Anlage"})

    status = graph.call("POST", f"{path}/send").status
    content = in_folder(desk, "inbox")[0].source.load()

    assert status == 202
    assert (content.subject, [a.name for a in content.attachments]) == ("Mit Anlage", ["a.txt"])
    assert graph.get(f"{path}/attachments/{attached['id']}", IMMUTABLE)["name"] == "a.txt"
