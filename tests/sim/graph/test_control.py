"""The control API and its client."""

from __future__ import annotations

import http.client
import json
from typing import Any

import pytest
from tests.sim.graph.harness import IMMUTABLE, GraphCaller, exchange

from m365sim.control.client import ControlClient, ControlError
from m365sim.world import Mailbox
from m365sim.world.simulation import Simulation

ANNA = "anna@example.org"
BERT = "bert@example.org"
BOX = "/control/mailboxes/anna@example.org"


@pytest.fixture
def control(base: str) -> ControlClient:
    return ControlClient(base)


def test_mail_can_be_received_in_all_its_parts(control: ControlClient, graph: GraphCaller) -> None:
    """A message with everything arrives with everything."""
    [id_] = control.receive(
        ANNA,
        folder="archive",
        subject="Angebot",
        html="<p>Hallo</p>",
        to=["Anna <anna@example.org>"],
        receivedAt="2026-05-04T09:15:00Z",
        isRead=True,
        flag="flagged",
        categories=["Rot"],
        importance="high",
        attachments=[{"name": "a.txt", "text": "abc", "contentType": "text/plain"}],
        **{"from": "Bö Groß <boe@example.net>"},
    )

    shown = graph.get(f"/me/messages/{id_}", IMMUTABLE)

    assert shown["id"] == id_
    assert shown["from"]["emailAddress"] == {"name": "Bö Groß", "address": "boe@example.net"}
    assert shown["receivedDateTime"] == "2026-05-04T09:15:00Z"
    assert (shown["isRead"], shown["hasAttachments"], shown["importance"]) == (True, True, "high")
    assert (shown["flag"]["flagStatus"], shown["categories"]) == ("flagged", ["Rot"])


def test_answers_join_the_conversation(control: ControlClient, graph: GraphCaller) -> None:
    """A message that names another in In-Reply-To has the same conversationId."""
    control.receive(ANNA, subject="Frage", messageId="<q@x>")
    control.receive(ANNA, subject="AW: Frage", messageId="<a@x>", inReplyTo="<q@x>")
    control.receive(ANNA, subject="Anderes", messageId="<o@x>")

    found = graph.get("/me/messages?$select=conversationId,internetMessageId")["value"]

    ids = {m["internetMessageId"]: m["conversationId"] for m in found}
    assert ids["<q@x>"] == ids["<a@x>"] != ids["<o@x>"]


def test_raw_mime_can_be_received(control: ControlClient, graph: GraphCaller) -> None:
    """A MIME message keeps its octets for ``$value``."""
    octets = b"From: a@x\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nIn-Reply-To: <o@x>\r\n\r\nHallo\r\n"

    [id_] = control.receive_mime(ANNA, octets)

    assert control.snapshot(ANNA)[1][id_]["inReplyTo"] == ["<o@x>"]
    assert graph.get(f"/me/messages/{id_}")["subject"] == "Grüße"
    assert graph.call("GET", f"/me/messages/{id_}/$value").body == octets


def test_another_program_can_change_everything(control: ControlClient, mailbox: Mailbox) -> None:
    """Mark, move, copy, delete: the snapshot shows the outcome."""
    ids = control.receive_many(ANNA, [{"subject": s} for s in "abcd"])
    folder = control.create_folder(ANNA, "Angebote", parent="inbox")
    control.change(
        ANNA,
        [
            {"op": "update", "ids": ids[:2], "isRead": True, "flag": "complete"},
            {"op": "move", "ids": [ids[0]], "to": "Inbox/Angebote"},
            {"op": "copy", "ids": [ids[1]], "to": ["Inbox", "Angebote"]},
            {"op": "delete", "ids": [ids[2]]},
            {"op": "delete", "ids": [ids[3]], "permanently": True},
        ],
    )

    folders, messages = control.snapshot(ANNA)

    paths = {f["id"]: "/".join(f["path"]) for f in folders}
    placed = sorted((m["subject"], paths[m["folderId"]], m["isRead"], m["flag"]) for m in messages.values())
    assert folder["path"] == ["Inbox", "Angebote"]
    assert placed == [
        ("a", "Inbox/Angebote", True, "complete"),
        ("b", "Inbox", True, "complete"),
        ("b", "Inbox/Angebote", True, "complete"),
        ("c", "Deleted Items", False, "notFlagged"),
    ]


def test_another_program_can_write_and_send(control: ControlClient) -> None:
    """What a draft says and holds is changed, refused where it is none, and goes out as it is then."""
    control.create_mailbox(BERT)
    [received] = control.receive(ANNA, subject="Frage", **{"from": "kunde@x", "messageId": "<frage@x>"})
    [begun] = control.change(ANNA, [{"op": "answer", "ids": [received]}])["messages"]
    file = {"name": "a.txt", "text": "Plan"}
    control.change(
        ANNA,
        [
            {
                "op": "write",
                "ids": [begun["id"]],
                "subject": "AW: Frage 2",
                "to": [BERT],
                "html": "<p>Ja</p>",
            },
            {"op": "attach", "ids": [begun["id"]], "attachment": file},
            {"op": "attach", "ids": [begun["id"]], "attachment": file | {"name": "b.txt", "isInline": True}},
        ],
    )
    draft = control.snapshot(ANNA)[1][begun["id"]]
    control.change(
        ANNA, [{"op": "detach", "ids": [begun["id"]], "attachment": draft["attachments"][0]["id"]}]
    )
    shown = control.snapshot(ANNA)[1][begun["id"]]
    with pytest.raises(ControlError, match="Only a draft"):
        control.change(ANNA, [{"op": "delete", "ids": [begun["id"]]}, {"op": "send", "ids": [received]}])
    control.change(ANNA, [{"op": "send", "ids": [begun["id"]]}])

    assert (begun["subject"], draft["to"], draft["inReplyTo"]) == ("RE: Frage", [BERT], ["<frage@x>"])
    files = [(one["name"], one["size"], one["isInline"]) for one in draft["attachments"]]
    assert files == [("a.txt", 154, False), ("b.txt", 154, True)]
    assert (shown["hasAttachments"], shown["attachments"]) == (False, draft["attachments"][1:])
    [arrived], [left] = control.snapshot(BERT)[1].values(), control.sent(ANNA)
    assert (arrived["subject"], arrived["bodySha256"]) == ("AW: Frage 2", draft["bodySha256"])
    assert (left["draft"], left["recipients"], left["bodySha256"]) == (
        begun["id"],
        [BERT],
        draft["bodySha256"],
    )
    assert control.snapshot(ANNA)[1][left["copy"]]["internetMessageId"] == left["internetMessageId"]
    assert [one["isDraft"] for one in control.snapshot(ANNA)[1].values()] == [False, False]


def test_folders_are_renamed_moved_and_deleted(control: ControlClient) -> None:
    """Folders are named by path; the path changes with them."""
    control.create_folder(ANNA, "Alt")
    changed = control.change_folder(ANNA, "Alt", name="Neu", parent="archive")
    control.delete_folder(ANNA, "Archive/Neu", permanently=True)

    assert changed["path"] == ["Archive", "Neu"]
    assert all(f["displayName"] != "Neu" for f in control.snapshot(ANNA)[0])


BOTH = {"name": "x", "text": "x", "contentBase64": "eA=="}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", f"{BOX}/messages", {"message": {"subjekt": "x"}}, 400),
        ("POST", f"{BOX}/messages", {"message": {}, "count": 3}, 400),
        ("POST", f"{BOX}/messages", {"message": {"text": "x", "html": "<p>x"}}, 400),
        (
            "POST",
            f"{BOX}/messages",
            {"message": {"attachments": [{"name": "x", "contentBase64": "%%%"}]}},
            400,
        ),
        ("POST", f"{BOX}/messages", {"message": {"attachments": [BOTH]}}, 400),
        ("POST", f"{BOX}/messages", {"count": 0}, 400),
        ("POST", f"{BOX}/messages", {"folder": "nowhere", "message": {}}, 404),
        ("POST", f"{BOX}/messages", {"folder": "msgfolderroot", "message": {}}, 400),
        ("POST", "/control/mailboxes/x@example.org/messages", {"message": {}}, 404),
        ("POST", f"{BOX}/changes", {"changes": [{"op": "burn", "ids": []}]}, 400),
        ("POST", f"{BOX}/changes", {"changes": [{"op": "delete", "ids": ["x"]}]}, 400),
        ("POST", f"{BOX}/folders", {"name": "Inbox"}, 409),
        ("DELETE", f"{BOX}/folders/inbox", None, 400),
        ("POST", "/control/mailboxes", {"address": ANNA}, 400),
        ("POST", "/control/mailboxes", {"address": "x@nowhere.test"}, 400),
        ("POST", "/control/faults", {"path": "*"}, 400),
        ("POST", "/control/faults", {"status": 99}, 400),
        ("POST", "/control/clock", {"advanceS": -1}, 400),
        ("PATCH", "/control/limits", {"concurrent": -1}, 400),
        ("PATCH", "/control/limits", {"speed": 1}, 400),
    ],
)
def test_bad_requests_change_nothing(
    mailbox: Mailbox, base: str, method: str, path: str, body: Any, status: int
) -> None:
    """Every refusal says why, and the mailbox is as before."""
    before = mailbox.seq
    reply = exchange(base.removeprefix("http://"), method, path, json.dumps(body).encode(), {})

    assert reply.status == status
    assert reply.json["error"]
    assert mailbox.seq == before


def test_mailboxes_can_be_made(control: ControlClient, base: str) -> None:
    """A new address in a known tenant gets a user and a mailbox in its language."""
    control.create_mailbox("neu@example.org", displayName="Neu", language="de-DE")

    found = GraphCaller(base, address="neu@example.org").get("/me/mailFolders?$top=50")["value"]

    assert "Posteingang" in [f["displayName"] for f in found]
    with pytest.raises(ControlError):
        control.create_mailbox("neu@example.org")


def test_the_next_calls_fail_as_told(control: ControlClient, graph: GraphCaller) -> None:
    """One call passes, two fail with status, header and code, then all is well."""
    control.fail_next(
        "GET",
        "*/messages/delta",
        status=503,
        code="serviceNotAvailable",
        headers={"Retry-After": "7"},
        times=2,
        skip=1,
    )
    url = "/me/mailFolders/inbox/messages/delta"

    replies = [graph.call("GET", url) for _ in range(4)]

    assert [r.status for r in replies] == [200, 503, 503, 200]
    assert replies[1].headers["retry-after"] == "7"
    assert replies[1].code == "serviceNotAvailable"


@pytest.mark.parametrize("kind", ["reset", "lost", "truncate"])
def test_connections_break_off(
    control: ControlClient, graph: GraphCaller, mailbox: Mailbox, kind: str
) -> None:
    """reset: nothing was done; lost and truncate: done, but the caller cannot know."""
    [id_] = control.receive(ANNA, subject="x")
    control.fail_next("POST", "*/move", kind=kind)

    with pytest.raises((http.client.HTTPException, ConnectionError)):
        graph.call("POST", f"/me/messages/{id_}/move", {"destinationId": "archive"})

    assert mailbox.named["archive"].total == (0 if kind == "reset" else 1)


@pytest.mark.parametrize(("given", "status"), [({}, 502), ({"status": 524}, 524)])
def test_something_before_the_service_answers_in_its_place(
    control: ControlClient, graph: GraphCaller, mailbox: Mailbox, given: dict[str, int], status: int
) -> None:
    """It was done all the same."""
    [id_] = control.receive(ANNA, subject="x")
    control.fail_next("POST", "*/move", kind="gateway", **given)

    reply = graph.call("POST", f"/me/messages/{id_}/move", {"destinationId": "archive"})

    assert (reply.status, mailbox.named["archive"].total) == (status, 1)
    assert control.calls()[-1]["status"] == status


def test_calls_are_written_down(control: ControlClient, graph: GraphCaller) -> None:
    """Method, path, query, status, mailbox, app and preference of every Graph call, and none of our own."""
    graph.call("GET", "/me/messages?$top=1", prefer=IMMUTABLE)

    [call] = control.calls()

    wanted = {"method": "GET", "path": "/v1.0/me/messages", "query": "$top=1", "status": 200}
    assert {**call, **wanted, "mailbox": ANNA, "appId": "app-1", "prefer": IMMUTABLE} == call
    control.clear_calls()
    assert control.calls() == []


def test_the_clock_moves_forward(control: ControlClient, sim: Simulation) -> None:
    """An hour ahead for everybody at once."""
    before = sim.clock.now()
    control.advance(3600)

    assert 3600 <= (sim.clock.now() - before).total_seconds() < 3605


def test_tokens_can_be_forgotten_by_folder(control: ControlClient, graph: GraphCaller) -> None:
    """Forgetting the inbox's tokens leaves those of other folders and of the tree."""
    links = [
        graph.round(f"/me/mailFolders{p}/delta")[1] for p in ("/inbox/messages", "/archive/messages", "")
    ]
    control.forget_tokens(ANNA, "inbox")
    after_inbox = [graph.call("GET", link).status for link in links]
    control.forget_tokens(ANNA, "tree")

    assert after_inbox == [410, 200, 200]
    assert graph.call("GET", links[2]).status == 410


def test_limits_can_be_switched(control: ControlClient) -> None:
    """Null switches a limit off; what is left out stays."""
    limits = control.set_limits(concurrent=None, latencyS=0.5)

    assert (limits["concurrent"], limits["perWindow"], limits["latencyS"]) == (None, 10_000, 0.5)


def test_a_hundred_thousand_messages_in_seconds(control: ControlClient, graph: GraphCaller) -> None:
    """Bulk mail is there at once, and the same seed makes the same mail."""
    control.receive_count(ANNA, 100_000, seed=5)

    inbox = graph.get("/me/mailFolders/inbox")

    assert (inbox["totalItemCount"], inbox["unreadItemCount"]) == (100_000, 10_000)
