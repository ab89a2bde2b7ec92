"""Large attachments: upload sessions, and the other host that takes the pieces."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.sim.graph.harness import ANNA, DESK, IMMUTABLE, GraphCaller, Reply, exchange, mailbox_of

from m365sim.world import Mailbox
from m365sim.world.simulation import Simulation

MB = 1024 * 1024
FILE = bytes(range(256)) * (5 * MB // 256)


@pytest.fixture
def path(sim: Simulation, mailbox: Mailbox) -> str:
    return message_in(sim, mailbox)


def message_in(sim: Simulation, mailbox: Mailbox) -> str:
    [number] = sim.world.bulk(mailbox, mailbox.named["inbox"], 1, seed=5)
    return f"/users/{mailbox.id}/messages/{mailbox.ids.immutable(number)}"


def item(**changes: Any) -> dict[str, Any]:
    return {"AttachmentItem": {"attachmentType": "file", "name": "Plan.pdf", "size": len(FILE), **changes}}


def opened(graph: GraphCaller, path: str, **changes: Any) -> dict[str, Any]:
    reply = graph.call("POST", f"{path}/attachments/createUploadSession", item(**changes))
    assert reply.status == 201, reply.body
    return dict(reply.json)


def put(url: str, start: int, octets: bytes, total: int = len(FILE), **headers: str) -> Reply:
    sent = {
        "Content-Range": f"bytes {start}-{start + len(octets) - 1}/{total}",
        "Content-Type": "application/octet-stream",
        **headers,
    }
    return send("PUT", url, octets, sent)


def send(method: str, url: str, octets: bytes | None = None, headers: dict[str, str] | None = None) -> Reply:
    parts = urlsplit(url)
    return exchange(parts.netloc, method, f"{parts.path}?{parts.query}", octets, headers or {})


def test_a_file_goes_up_in_pieces(graph: GraphCaller, path: str) -> None:
    """Middle answers are 200 in PascalCase with a bare start; the last is 201 and names the attachment."""
    session = opened(graph, path, contentType="application/pdf")
    assert session["nextExpectedRanges"] == ["0-"]

    first = put(session["uploadUrl"], 0, FILE[: 2 * MB])
    last = put(session["uploadUrl"], 2 * MB, FILE[2 * MB :])

    assert first.status == 200
    assert first.json["NextExpectedRanges"] == ["2097152"]
    assert first.json["ExpirationDateTime"] == session["expirationDateTime"]
    assert (last.status, last.body) == (201, b"")
    [found] = re.findall(r"/Attachments\('([^']+)'\)$", last.headers["location"])
    assert graph.call("GET", f"{path}/attachments/{found}/$value").body == FILE
    shown = graph.get(f"{path}/attachments/{found}?$select=name,contentType,isInline")
    assert (shown["name"], shown["contentType"], shown["isInline"]) == ("Plan.pdf", "application/pdf", False)
    assert graph.get(f"{path}?$select=hasAttachments")["hasAttachments"] is True


def test_middle_answers_can_be_spelled_as_once_seen(sim: Simulation, graph: GraphCaller, path: str) -> None:
    """With the switch the start of the next piece comes under a camelCase name, still bare."""
    sim.behaviour.upload_answers = "camel"

    answer = put(opened(graph, path)["uploadUrl"], 0, FILE[:MB]).json

    assert answer["nextExpectedRanges"] == ["1048576"]
    assert "NextExpectedRanges" not in answer


def test_the_id_in_location_has_the_form_asked_for(graph: GraphCaller, path: str) -> None:
    """Who opens a session with immutable ids is answered with one."""
    reply = graph.call("POST", f"{path}/attachments/createUploadSession", item(), prefer=IMMUTABLE)
    put(reply.json["uploadUrl"], 0, FILE[: 4 * MB])

    location = put(reply.json["uploadUrl"], 4 * MB, FILE[4 * MB :]).headers["location"]

    listed = [a["id"] for a in graph.get(f"{path}/attachments?$select=id", IMMUTABLE)["value"]]
    assert location.endswith(f"Attachments('{listed[-1]}')")


def test_a_login_at_the_other_host_is_refused(graph: GraphCaller, path: str) -> None:
    """A bearer sent along is 401 InvalidAudienceForResource: the address alone is what lets in."""
    url = opened(graph, path)["uploadUrl"]

    refused = put(url, 0, FILE[:MB], Authorization="Bearer anna@example.org|Mail.ReadWrite|app-1")
    stripped = put(url.partition("?")[0], 0, FILE[:MB])

    assert (refused.status, refused.code) == (401, "InvalidAudienceForResource")
    assert (stripped.status, stripped.code) == (401, "InvalidAuthenticationToken")
    assert put(url, 0, FILE[:MB]).status == 200


def test_the_token_of_the_address_may_come_as_a_bearer_too(graph: GraphCaller, path: str) -> None:
    """Some programs send it so; nobody gets in by it who had not got in anyway."""
    url = opened(graph, path)["uploadUrl"]
    token = url.partition("authtoken=")[2]

    assert put(url, 0, FILE[:MB], Authorization=f"Bearer {token}").status == 200
    assert put(url.partition("?")[0], MB, FILE[MB : 2 * MB], Authorization=f"Bearer {token}").status == 401


def test_a_switch_lets_the_other_host_overlook_a_login(
    sim: Simulation, graph: GraphCaller, path: str
) -> None:
    """For libraries that send their token everywhere."""
    sim.behaviour.uploads_take_bearer = True

    assert put(opened(graph, path)["uploadUrl"], 0, FILE[:MB], Authorization="Bearer x").status == 200


@pytest.mark.parametrize(
    ("start", "octets", "total", "status"),
    [
        (0, FILE[:MB], len(FILE), 416),  # again what came already
        (3 * MB, FILE[3 * MB :], len(FILE), 416),  # a gap
        (2 * MB, FILE[2 * MB :] + b"x", len(FILE), 416),  # beyond the end
        (2 * MB, FILE[2 * MB :], len(FILE) + 1, 400),  # another size than announced
    ],
)
def test_pieces_must_follow_one_another(
    graph: GraphCaller, path: str, start: int, octets: bytes, total: int, status: int
) -> None:
    """A piece out of place is refused, and what has come before stays."""
    url = opened(graph, path)["uploadUrl"]
    put(url, 0, FILE[: 2 * MB])

    assert put(url, start, octets, total).status == status
    assert put(url, 2 * MB, FILE[2 * MB :]).status == 201


def test_headers_of_a_piece_must_agree(graph: GraphCaller, path: str) -> None:
    """Content-Range is needed and says as much as Content-Length."""
    url = opened(graph, path)["uploadUrl"]

    assert send("PUT", url, FILE[:MB]).status == 400
    assert send("PUT", url, FILE[:MB], {"Content-Range": f"bytes 0-9/{len(FILE)}"}).status == 400
    assert send("PUT", url, FILE[:MB], {"Content-Range": "octets 0-9"}).status == 400


def test_a_piece_may_be_the_whole_file(graph: GraphCaller, path: str) -> None:
    """The guide's 4 MB are for the sake of speed."""
    assert put(opened(graph, path)["uploadUrl"], 0, FILE).status == 201


def test_pieces_can_be_limited(sim: Simulation, graph: GraphCaller, path: str) -> None:
    """With the switch on, a larger piece is 413 and the upload goes on."""
    sim.behaviour.upload_piece_limit = 4 * MB
    url = opened(graph, path)["uploadUrl"]

    assert put(url, 0, FILE[: 4 * MB + 1]).status == 413
    assert put(url, 0, FILE[: 4 * MB]).status == 200


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"size": 3 * MB - 1}, 400, "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize"),
        ({"size": 150 * MB + 1}, 400, "ErrorAttachmentSizeLimitExceeded"),
        ({"size": 36 * MB}, 413, "ErrorMessageSizeExceeded"),
        ({"size": "5 MB"}, 400, "RequestBodyRead"),
        ({"attachmentType": "item"}, 400, "ErrorInvalidParameter"),
        ({"attachmentType": "reference"}, 400, "ErrorInvalidParameter"),
        ({"name": None}, 400, "ErrorRequiredPropertyMissing"),
        ({"colour": "red"}, 400, "BadRequest"),
    ],
)
def test_only_large_files_that_fit_are_taken(
    graph: GraphCaller, path: str, changes: dict[str, Any], status: int, code: str
) -> None:
    """Small files go by POST, others than files not at all, and the mailbox's own limit holds."""
    reply = graph.call("POST", f"{path}/attachments/createUploadSession", item(**changes))

    assert (reply.status, reply.code) == (status, code)


def test_the_description_s_spelling_and_the_guide_s_are_both_taken(graph: GraphCaller, path: str) -> None:
    """``AttachmentItem`` and ``attachmentItem`` mean the same."""
    body = {"attachmentItem": item()["AttachmentItem"]}

    assert graph.call("POST", f"{path}/attachments/createUploadSession", body).status == 201


def test_a_session_can_be_cancelled(graph: GraphCaller, path: str) -> None:
    """DELETE of the address ends the session; nothing is attached."""
    url = opened(graph, path)["uploadUrl"]
    put(url, 0, FILE[: 4 * MB])

    assert send("DELETE", url).status == 204
    assert put(url, 4 * MB, FILE[4 * MB :]).status == 404
    assert graph.call("GET", f"{path}/attachments/$count").body == b"1"


def test_a_session_runs_out_by_the_simulators_clock(sim: Simulation, graph: GraphCaller, path: str) -> None:
    """After its hour the address is good no more; the hour does not begin anew with each piece."""
    url = opened(graph, path)["uploadUrl"]
    sim.clock.advance(3590)
    assert put(url, 0, FILE[: 4 * MB]).status == 200
    sim.clock.advance(20)

    assert put(url, 4 * MB, FILE[4 * MB :]).code == "InvalidAuthenticationToken"


def test_a_session_ends_with_its_message(
    sim: Simulation, mailbox: Mailbox, graph: GraphCaller, path: str
) -> None:
    """A message that was moved keeps its session, one that is gone does not."""
    url = opened(graph, path)["uploadUrl"]
    graph.call("POST", f"{path}/move", {"destinationId": "archive"})
    assert put(url, 0, FILE[: 4 * MB]).status == 200
    mailbox.remove(next(iter(mailbox.messages.values())))

    assert put(url, 4 * MB, FILE[4 * MB :]).code == "ErrorItemNotFound"


def test_what_is_not_known_of_the_other_host_is_refused_by_name(graph: GraphCaller, path: str) -> None:
    """GET is not described (501), POST not allowed (405), another address unknown (404)."""
    url = opened(graph, path)["uploadUrl"]

    assert send("GET", url).status == 501
    assert send("POST", url, b"x").status == 405
    assert send("PUT", f"{url}&more=1", b"x").status == 501
    assert send("PUT", url.replace("AttachmentSessions('", "AttachmentSessions('x"), b"x").status == 404


def test_large_inline_pictures_keep_what_the_html_needs(
    sim: Simulation, graph: GraphCaller, path: str
) -> None:
    """contentId and isInline stay, unless the switch for the older reports is on."""
    for is_lost in (False, True):
        sim.behaviour.uploads_lose_inline = is_lost
        url = opened(graph, path, contentId="p1", isInline=True, contentType="image/png")["uploadUrl"]
        put(url, 0, FILE[: 4 * MB])
        put(url, 4 * MB, FILE[4 * MB :])

    kept, lost = graph.get(f"{path}/attachments?$expand=")["value"][-2:]

    assert (kept["isInline"], kept["contentId"]) == (True, "p1")
    assert (lost["isInline"], lost["contentId"]) == (False, None)


def test_a_shared_mailbox_is_closed_to_delegated_uploads(sim: Simulation, base: str) -> None:
    """The known issue: 403 in another's mailbox with a delegated token; an application may."""
    path = message_in(sim, mailbox_of(sim, DESK))
    sim.directory.put_user(replace(ANNA, mailbox_grants=frozenset({DESK.upn})))
    anna = GraphCaller(base, scopes="Mail.ReadWrite.Shared")
    application = GraphCaller(base, address="app", scopes="Mail.ReadWrite")
    target = f"{path}/attachments/createUploadSession"

    assert anna.call("POST", target, item()).code == "ErrorAccessDenied"
    assert application.call("POST", target, item()).status == 201
    sim.behaviour.shared_uploads_refused = False
    assert anna.call("POST", target, item()).status == 201


def test_the_volume_of_uploads_is_limited(sim: Simulation, graph: GraphCaller, path: str) -> None:
    """Above so many octets in five minutes a program is told to wait; pieces and bodies count alike."""
    sim.limits.upload_octets = 5 * MB
    url = opened(graph, path)["uploadUrl"]
    assert put(url, 0, FILE[: 4 * MB]).status == 200

    refused = put(url, 4 * MB, FILE[4 * MB :])
    assert (refused.status, refused.code) == (429, "ApplicationThrottled")
    assert 299 < float(refused.headers["retry-after"]) <= 300.001
    body = {"AttachmentItem": {**item()["AttachmentItem"], "name": "x" * MB}}
    assert graph.call("POST", f"{path}/attachments/createUploadSession", body).status == 429

    sim.clock.advance(301)
    assert put(url, 4 * MB, FILE[4 * MB :]).status == 201


def test_uploads_are_written_down_without_their_tokens(
    sim: Simulation, graph: GraphCaller, path: str
) -> None:
    """The journal knows whose mailbox and which app, never what lets anybody in; faults strike here too."""
    url = opened(graph, path)["uploadUrl"]
    sim.faults.add(method="PUT", path="*/AttachmentSessions*", status=503)

    assert put(url, 0, FILE[:MB]).status == 503
    assert put(url, 0, FILE[:MB]).status == 200

    struck, taken = list(sim.journal)[-2:]
    assert (struck.fault, struck.query) == ("answer", "authtoken=")
    assert (taken.mailbox, taken.app_id, taken.query) == ("anna@example.org", "app-1", "authtoken=")


def test_a_packed_piece_is_refused(graph: GraphCaller, path: str) -> None:
    """Microsoft's SDKs never pack what has a Content-Range; what of it would count is told nowhere."""
    url = opened(graph, path)["uploadUrl"]
    assert put(url, 0, FILE[:MB], **{"Content-Encoding": "gzip"}).status == 415
    assert put(url, 0, FILE[:MB]).status == 200
