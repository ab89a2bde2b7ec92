"""One message: what it shows, what may be changed, where it goes."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sim.graph.harness import IMMUTABLE, GraphCaller

from m365sim.world import Mailbox
from m365sim.world.compose import Written
from m365sim.world.content import Address, FileAttachment
from m365sim.world.messages import Message
from m365sim.world.simulation import Simulation

HTML = '<p onclick="x()">Hi <b>you</b></p><script>alert(1)</script><a href="javascript:x()">go</a>'


@pytest.fixture
def message(sim: Simulation, mailbox: Mailbox) -> Message:
    written = Written(
        "<one@example.net>",
        "Grüße",
        HTML,
        True,
        1_700_000_000,
        sender=Address("a@example.net", "Ä"),
        from_=Address("a@example.net", "Ä"),
        to=(Address("anna@example.org"),),
        attachments=(FileAttachment("logo.png", "image/png", b"png", "logo@1", True),),
    )
    return sim.world.receive(mailbox, mailbox.named["inbox"], written, 1_700_000_100)


@pytest.fixture
def path(mailbox: Mailbox, message: Message) -> str:
    return f"/me/messages/{mailbox.ids.immutable(message.number)}"


def test_a_message_shows_what_the_guide_lists(graph: GraphCaller, path: str) -> None:
    """Times in UTC, recipients with names, an etag; inline pictures alone do not count as attachments."""
    shown = graph.get(path)

    assert shown["receivedDateTime"] == "2023-11-14T22:15:00Z"
    assert shown["from"] == {"emailAddress": {"name": "Ä", "address": "a@example.net"}}
    assert shown["hasAttachments"] is False
    assert shown["flag"] == {"flagStatus": "notFlagged"}
    assert shown["bodyPreview"] == "Hi you go"
    assert shown["@odata.etag"] == f'W/"{shown["changeKey"]}"'
    assert "internetMessageHeaders" not in shown
    assert "uniqueBody" not in shown


def test_html_is_made_harmless_unless_the_caller_wants_it(graph: GraphCaller, path: str) -> None:
    """Scripts and handlers go; with allow-unsafe-html the original comes, and is confirmed."""
    safe = graph.get(path)["body"]["content"]
    reply = graph.call("GET", path, prefer="outlook.allow-unsafe-html")

    assert safe == "<p>Hi <b>you</b></p><a>go</a>"
    assert reply.json["body"]["content"] == HTML
    assert reply.headers["preference-applied"] == "outlook.allow-unsafe-html"


def test_bodies_come_as_text_when_preferred(graph: GraphCaller, path: str) -> None:
    """outlook.body-content-type turns HTML into its words."""
    reply = graph.call("GET", path, prefer='outlook.body-content-type="text"')

    assert reply.json["body"] == {"contentType": "text", "content": "Hi you\ngo"}
    assert reply.headers["preference-applied"] == 'outlook.body-content-type="text"'


def test_headers_and_unique_body_come_by_select_only(graph: GraphCaller, path: str) -> None:
    """``$select`` brings the two properties that never come unasked, and always the id."""
    shown = graph.get(f"{path}?$select=internetMessageHeaders,uniqueBody")

    assert {"name": "Message-ID", "value": "<one@example.net>"} in shown["internetMessageHeaders"]
    assert shown["uniqueBody"]["contentType"] == "html"
    assert "id" in shown
    assert "subject" not in shown


@pytest.mark.parametrize(
    ("body", "is_html", "own"),
    [
        ("Gern.\n\nAm 4. Mai 2026 schrieb Bea <b@x>:\n> Geht das?", False, "Gern."),
        ("<p>Gern.</p><blockquote>Geht das?</blockquote>", True, "<p>Gern.</p>"),
        ("Nichts zitiert", False, "Nichts zitiert"),
    ],
)
def test_the_unique_body_leaves_out_what_is_quoted(
    sim: Simulation, mailbox: Mailbox, graph: GraphCaller, body: str, is_html: bool, own: str
) -> None:
    """uniqueBody ends where the quotation begins."""
    written = Written("<q@x>", "AW: Frage", body, is_html, 1_700_000_000)
    message = sim.world.receive(mailbox, mailbox.named["inbox"], written)

    shown = graph.get(f"/me/messages/{mailbox.ids.immutable(message.number)}?$select=uniqueBody")

    assert shown["uniqueBody"]["content"] == own


def test_ids_have_two_forms_and_both_are_understood(graph: GraphCaller, path: str) -> None:
    """The default and the immutable id differ, and either opens the message in either mode."""
    default, immutable = graph.get(path)["id"], graph.get(path, IMMUTABLE)["id"]

    assert default != immutable
    for given in (default, immutable):
        assert graph.get(f"/me/messages/{given}", IMMUTABLE)["id"] == immutable
        assert graph.get(f"/me/messages/{given.replace('=', '%3D')}")["id"] == default


def test_a_move_changes_the_default_id_only(graph: GraphCaller, path: str) -> None:
    """After a move the old default id is not found; the immutable one still is."""
    default, immutable = graph.get(path)["id"], graph.get(path, IMMUTABLE)["id"]
    moved = graph.call("POST", f"{path}/move", {"destinationId": "archive"})

    assert moved.status == 201
    assert moved.json["id"] not in (default, immutable)
    assert graph.call("GET", f"/me/messages/{default}").code == "ErrorItemNotFound"
    assert graph.get(f"/me/messages/{immutable}", IMMUTABLE)["id"] == immutable


def test_a_copy_is_another_message(mailbox: Mailbox, graph: GraphCaller, path: str) -> None:
    """Copying leaves the original and gives the copy ids of its own."""
    copied = graph.call("POST", f"{path}/copy", {"DestinationId": "archive"}, IMMUTABLE)

    assert copied.status == 201
    assert copied.json["id"] != graph.get(path, IMMUTABLE)["id"]
    assert (mailbox.named["inbox"].total, mailbox.named["archive"].total) == (1, 1)


def test_deleted_mail_goes_to_deleted_items_then_can_be_recovered_then_is_gone(
    mailbox: Mailbox, graph: GraphCaller, path: str
) -> None:
    """The first DELETE moves, the second puts away what can be recovered, the third ends the message."""
    parents, statuses = [], []
    for _ in range(3):
        statuses.append(graph.call("DELETE", path).status)
        parents.append(graph.call("GET", path).json.get("parentFolderId"))

    wanted = [mailbox.named[n].number for n in ("deleteditems", "recoverableitemsdeletions")]
    assert statuses == [204, 204, 204]
    assert parents == [*map(mailbox.ids.folder, wanted), None]
    assert graph.call("GET", path).code == "ErrorItemNotFound"


def test_permanent_delete_skips_deleted_items(mailbox: Mailbox, graph: GraphCaller, path: str) -> None:
    """permanentDelete ends a message at once."""
    assert graph.call("POST", f"{path}/permanentDelete").status == 204
    assert mailbox.messages == {}


def test_state_is_changed_by_patch(graph: GraphCaller, path: str) -> None:
    """Everything that may be changed at any time, in one call; the change key is new."""
    before = graph.get(path)["changeKey"]
    wanted: dict[str, Any] = {
        "isRead": True,
        "categories": ["Rot", "Blau"],
        "importance": "high",
        "inferenceClassification": "other",
        "isReadReceiptRequested": True,
        "flag": {
            "flagStatus": "flagged",
            "startDateTime": {"dateTime": "2026-05-01T00:00:00", "timeZone": "UTC"},
            "dueDateTime": {"dateTime": "2026-05-02T02:00:00", "timeZone": "Europe/Berlin"},
        },
    }

    shown = graph.call("PATCH", path, wanted)

    assert shown.status == 200
    assert {name: shown.json[name] for name in wanted if name != "flag"} == {
        name: value for name, value in wanted.items() if name != "flag"
    }
    due = shown.json["flag"]["dueDateTime"]
    assert due == {"dateTime": "2026-05-02T00:00:00.0000000", "timeZone": "UTC"}
    assert shown.json["changeKey"] != before


def test_a_completed_flag_says_when(graph: GraphCaller, path: str) -> None:
    """Completing sets completedDateTime by itself."""
    shown = graph.call("PATCH", path, {"flag": {"flagStatus": "complete"}}).json

    assert set(shown["flag"]) == {"flagStatus", "completedDateTime"}


def test_a_flag_may_be_in_pascal_case(graph: GraphCaller, path: str) -> None:
    """Names in PascalCase and the status in any letter case mean the same as those of the guide."""
    may = {"DateTime": "2026-05-01T00:00:00", "TimeZone": "Europe/Berlin"}
    flag = {"FlagStatus": "FLAGGED", "StartDateTime": may, "DueDateTime": may}

    shown = graph.call("PATCH", path, {"Flag": flag}).json["flag"]

    when = {"dateTime": "2026-04-30T22:00:00.0000000", "timeZone": "UTC"}
    assert shown == {"flagStatus": "flagged", "startDateTime": when, "dueDateTime": when}
    assert graph.call("PATCH", path, {"flag": {"flagStatus": "NotFlagged"}}).json["flag"] == {
        "flagStatus": "notFlagged"
    }


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"isRead": "yes"}, 400, "RequestBodyRead"),
        ({"importance": "urgent"}, 400, "RequestBodyRead"),
        ({"categories": "Rot"}, 400, "RequestBodyRead"),
        ({"isDraft": True}, 400, "ErrorInvalidPropertySet"),
        ({"colour": "red"}, 400, "BadRequest"),
        ({"isRead": True, "subject": "New", "colour": "red"}, 400, "BadRequest"),
        ({"extensions": []}, 501, "NotImplementedInSimulation"),
        ({"flag": {"dueDateTime": {"dateTime": "2026-05-01T00:00:00"}}}, 400, "ErrorInvalidRequest"),
        ({"flag": {"flagStatus": "blue"}}, 400, "RequestBodyRead"),
        ({"flag": {"flagStatus": 1}}, 400, "RequestBodyRead"),
        ({"flag": {"flagStatus": "flagged", "FlagStatus": "flagged"}}, 400, "RequestBodyRead"),
        ({"flag": {"colour": "red"}}, 400, "BadRequest"),
        ({"flag": "flagged"}, 400, "RequestBodyRead"),
        ({"flag": {"flagStatus": "flagged", "startDateTime": {"dateTime": "x"}}}, 400, "RequestBodyRead"),
        (b"[1]", 400, "UnableToDeserializePostBody"),
        (b"{", 400, "UnableToDeserializePostBody"),
    ],
)
def test_a_bad_patch_changes_nothing(
    mailbox: Mailbox, graph: GraphCaller, path: str, body: Any, status: int, code: str
) -> None:
    """Each refusal has its code, and no part of the body is carried out."""
    before = mailbox.seq

    reply = graph.call("PATCH", path, body)

    assert (reply.status, reply.code) == (status, code)
    assert mailbox.seq == before


def test_an_old_etag_does_not_match(graph: GraphCaller, path: str) -> None:
    """If-Match with yesterday's etag is 412; with today's it works."""
    etag = graph.get(path)["@odata.etag"]

    first = graph.call("PATCH", path, {"isRead": True}, If_Match=etag)
    second = graph.call("PATCH", path, {"isRead": False}, If_Match=etag)

    assert (first.status, second.status, second.code) == (200, 412, "ErrorIrresolvableConflict")


def test_unknown_and_malformed_ids(mailbox: Mailbox, graph: GraphCaller, path: str) -> None:
    """Garbage is 400, a well-formed id of nothing 404, and letter case counts."""
    gone = mailbox.ids.immutable(999_999)
    wrong_case = path[:-6] + path[-6:].swapcase()

    assert graph.call("GET", "/me/messages/abc").code == "ErrorInvalidIdMalformed"
    assert graph.call("GET", f"/me/messages/{gone}").code == "ErrorItemNotFound"
    assert graph.call("GET", wrong_case).status in (400, 404)


def test_mime_is_rebuilt(graph: GraphCaller, path: str) -> None:
    """``$value`` is a MIME message with the inline picture related to its HTML."""
    reply = graph.call("GET", f"{path}/$value")

    assert reply.headers["content-type"].startswith("text/plain")
    assert b"multipart/related" in reply.body
    assert b"Content-ID: <logo@1>" in reply.body


def test_a_message_is_found_only_in_its_folder(graph: GraphCaller, path: str) -> None:
    """The folder in the path must be the message's own."""
    message = path.removeprefix("/me/")

    assert graph.call("GET", f"/me/mailFolders/inbox/{message}").status == 200
    assert graph.call("GET", f"/me/mailFolders/archive/{message}").status == 404
