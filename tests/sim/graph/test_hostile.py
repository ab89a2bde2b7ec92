"""What a hostile or careless program sends: refused in words, and the world stays whole."""

from __future__ import annotations

import asyncio
import http.client
import logging
from base64 import b64encode
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from tests.sim.graph.harness import GraphCaller, application, exchange, mailbox_of, office

from m365sim.clock import Clock
from m365sim.control.client import ControlClient, ControlError
from m365sim.kept import Keeper
from m365sim.world import Mailbox, tree
from m365sim.world.compose import Written, content_of
from m365sim.world.content import Content
from m365sim.world.errors import NotAllowed
from m365sim.world.seedtypes import SeedOffice
from m365sim.world.simulation import Simulation

ANNA = "anna@example.org"
DEEP = b"[" * 50_000
DEEP_OBJECT = b'{"a":' * 3_000 + b"1" + b"}" * 3_000
EDGES = ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"]


@pytest.fixture
def control(base: str) -> ControlClient:
    return ControlClient(base)


def test_the_deepest_tree_of_folders_survives_a_restart(tmp_path: Path) -> None:
    """Three hundred levels, as Exchange allows, are kept with their order; one more is refused."""
    sim = office()
    box = mailbox_of(sim)
    folder = box.named["inbox"]
    while folder.depth() < tree.MAX_DEPTH:
        tree.create(box, folder, "Neben")
        folder = tree.create(box, folder, "Tief")
    with pytest.raises(NotAllowed):
        tree.create(box, folder, "Zu tief")
    keeper = Keeper(tmp_path, "x")
    keeper.open(Clock(), lambda: SeedOffice((), ()))

    keeper.close(sim)
    again = mailbox_of(Keeper(tmp_path, "x").open(Clock(), lambda: SeedOffice((), ())))

    assert [f.path() for f in again.root.walk()] == [f.path() for f in box.root.walk()]
    assert again.folders[folder.number].depth() == tree.MAX_DEPTH


def test_a_branch_is_not_moved_below_the_limit(sim: Simulation, mailbox: Mailbox) -> None:
    """What counts is the lowest folder of what is moved or copied."""
    low = mailbox.named["inbox"]
    for _ in range(tree.MAX_DEPTH - 2):
        low = tree.create(mailbox, low, "a")
    branch = tree.create(mailbox, mailbox.root, "Ast")
    tree.create(mailbox, branch, "Blatt")

    for act in (tree.move, tree.copy):
        with pytest.raises(NotAllowed):
            act(mailbox, branch, low)
    assert branch.path() == ("Ast",)


@pytest.mark.parametrize("seconds", [3e11, 1e18, float("inf"), -1])
def test_the_clock_refuses_what_it_cannot_show(
    sim: Simulation, control: ControlClient, seconds: float
) -> None:
    """And goes on from where it was."""
    before = sim.clock.offset

    with pytest.raises(ControlError):
        control.advance(seconds)

    assert sim.clock.offset == before
    assert control.clock()["aheadS"] == 0


@pytest.mark.parametrize("instant", EDGES)
def test_an_instant_at_the_edge_of_the_calendar_is_refused(
    control: ControlClient, graph: GraphCaller, instant: str
) -> None:
    """By Graph and by the control API, before anything is stored: in another zone it has no date."""
    properties = [{"id": "Integer 0x0E07", "value": "1"}, {"id": "SystemTime 0x0E06", "value": instant}]

    reply = graph.call("POST", "/me/messages", {"subject": "x", "singleValueExtendedProperties": properties})
    for field in ("receivedAt", "sentAt"):
        with pytest.raises(ControlError):
            control.receive(ANNA, subject="x", **{field: instant})
    with pytest.raises(ControlError):
        control.receive_count(ANNA, 10, newestAt="0001-01-03T00:10:00Z")

    assert reply.status == 400
    assert graph.get("/me/messages")["value"] == []


@pytest.mark.parametrize("body", [DEEP, DEEP_OBJECT], ids=["lists", "objects"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/me/messages"),
        ("POST", "/me/sendMail"),
        ("PATCH", "/me/mailboxSettings"),
        ("POST", "/$batch"),
    ],
)
def test_json_deeper_than_the_stack_is_no_json(
    graph: GraphCaller, method: str, path: str, body: bytes
) -> None:
    """400 in Graph's words."""
    graph.scopes += ",Mail.Send,MailboxSettings.ReadWrite"

    reply = graph.call(method, path, body)

    assert reply.status == 400
    assert reply.code


def test_the_control_api_knows_deep_json_too(base: str) -> None:
    """Its own refusal, not a breakdown."""
    netloc = urlsplit(base).netloc

    assert exchange(netloc, "POST", "/control/faults", b'{"body":' + DEEP, {}).status == 400


class Broken:
    """A message whose content cannot be made."""

    def load(self) -> Content:
        raise RuntimeError("broken")


def test_one_broken_part_leaves_the_others_of_a_batch(
    mailbox: Mailbox, graph: GraphCaller, caplog: pytest.LogCaptureFixture
) -> None:
    """It is 500 with Graph's error body, alone and in a batch; the log names the failure."""
    caplog.set_level(logging.CRITICAL, "m365sim")
    message = mailbox.add(mailbox.named["inbox"], Broken(), 1_760_000_000)
    path = f"/me/messages/{mailbox.ids.immutable(message.number)}"
    requests = [{"id": "1", "method": "GET", "url": "/me"}, {"id": "2", "method": "GET", "url": path}]

    batch = graph.call("POST", "/$batch", {"requests": requests})
    alone = graph.call("GET", path)

    assert {r["id"]: r["status"] for r in batch.json["responses"]} == {"1": 200, "2": 500}
    assert (alone.status, alone.code) == (500, "InternalServerError")


def test_a_batch_takes_no_query(graph: GraphCaller) -> None:
    """An unknown parameter is refused by its name here as well."""
    body: dict[str, Any] = {"requests": [{"id": "1", "method": "GET", "url": "/me"}]}

    reply = graph.call("POST", "/$batch?foo=1", body)

    assert reply.status == 501
    assert "foo" in reply.json["error"]["message"]


@pytest.mark.parametrize("method", ["DELETE", "PATCH"])
def test_a_folder_is_not_changed_on_condition(mailbox: Mailbox, graph: GraphCaller, method: str) -> None:
    """It has no entity tag, so nothing can match: 412, and the folder is as it was."""
    folder = tree.create(mailbox, mailbox.root, "Ordner")
    path = f"/me/mailFolders/{mailbox.ids.folder(folder.number)}"

    body = {"displayName": "Anders"} if method == "PATCH" else None
    reply = graph.call(method, path, body, **{"If-Match": 'W/"x"'})

    assert reply.status == 412
    assert folder.path() == ("Ordner",)


def test_an_attachment_is_not_deleted_on_condition(control: ControlClient, graph: GraphCaller) -> None:
    """Nor has an attachment an entity tag."""
    [id_] = control.receive(ANNA, subject="x", attachments=[{"name": "a.txt", "text": "a"}])
    path = f"/me/messages/{id_}/attachments"
    [attachment] = graph.get(path)["value"]

    assert graph.call("DELETE", f"{path}/{attachment['id']}", **{"If-Match": 'W/"x"'}).status == 412
    assert len(graph.get(path)["value"]) == 1


@pytest.mark.parametrize("path", ["/v1.0/me/messages", "/control/clock"])
def test_a_body_that_is_too_long_is_not_read(base: str, path: str) -> None:
    """The answer comes at once, though hardly an octet has been sent."""
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=60)
    connection.putrequest("POST", path)
    connection.putheader("Content-Length", str(600 * 1024 * 1024))
    connection.putheader("Content-Type", "application/json")
    connection.endheaders()
    connection.send(b"{")

    assert connection.getresponse().status == 413
    connection.close()


@pytest.mark.parametrize("headers", [{"X": "€"}, {"X": "a\r\nY: b"}, {"X\r\nY": "b"}, {"X Y": "b"}])
def test_a_fault_has_headers_that_can_be_sent(control: ControlClient, headers: dict[str, str]) -> None:
    """Others are refused when the fault is set, not when it strikes."""
    with pytest.raises(ControlError):
        control.fail_next("GET", "*", status=429, headers=headers)


@pytest.mark.parametrize(
    "address", ["a\r\nb@example.org", "a b@example.org", "example.org", "@", "a@b@example.org"]
)
def test_a_mailbox_has_an_address(control: ControlClient, address: str) -> None:
    """Anything else is refused."""
    with pytest.raises(ControlError):
        control.create_mailbox(address)


BREAKS = ["\r\nBcc: spy@example.net", "\nX-Evil: 1", "\rX-Evil: 1", "\r\n\r\nevil body", "\x85X-Evil: 1"]


@pytest.mark.parametrize("evil", BREAKS)
def test_a_line_break_never_begins_another_header(graph: GraphCaller, evil: str) -> None:
    """In subject, names, addresses and Message-ID it is a blank: in JSON, in the list of headers, in MIME."""
    person = {"emailAddress": {"name": f"Ben{evil}", "address": f"ben@example.org{evil}"}}
    draft = {
        "subject": f"Offer{evil}",
        "internetMessageId": f"<a@example.org>{evil}",
        "toRecipients": [person],
        "from": person,
        "singleValueExtendedProperties": [{"id": "String 0x1042", "value": f"<b@example.org>{evil}"}],
    }
    made = graph.call("POST", "/me/messages", draft).json
    patched = graph.call("PATCH", f"/me/messages/{made['id']}", {"subject": f"Order{evil}"}).json

    mime = graph.call("GET", f"/me/messages/{made['id']}/$value").body
    headers = graph.get(f"/me/messages/{made['id']}?$select=internetMessageHeaders")["internetMessageHeaders"]

    parsed = message_from_bytes(mime)
    assert not {"bcc", "x-evil"} & {name.lower() for name in parsed}
    assert b"evil body" not in mime.partition(b"\r\n\r\n")[2]
    said = [made["subject"], patched["subject"], patched["internetMessageId"]]
    said += [text for address in _addresses_of(patched) for text in address.values()]
    said += [header["value"] for header in headers]
    assert not [text for text in said if len(text.splitlines()) > 1]


def _addresses_of(message: dict[str, Any]) -> list[dict[str, str]]:
    return [person["emailAddress"] for person in [message["from"], *message["toRecipients"]]]


def test_a_header_of_ones_own_has_one_line(graph: GraphCaller) -> None:
    """internetMessageHeaders with a line break in name or value are refused, and no draft is made."""
    before = graph.call("GET", "/me/messages/$count").body
    for name, value in (("x-a\r\nBcc", "b"), ("x-a", "b\r\nBcc: spy@example.net"), ("x-a", "b\nc")):
        body = {"subject": "x", "internetMessageHeaders": [{"name": name, "value": value}]}
        assert graph.call("POST", "/me/messages", body).code == "InvalidInternetMessageHeader"
    assert graph.call("GET", "/me/messages/$count").body == before


def test_an_encoded_word_hides_no_line_break(graph: GraphCaller) -> None:
    """A subject of MIME is one line in the JSON, and in the MIME form of a draft that was changed since."""
    mime = b"To: ben@example.org\r\nSubject: =?utf-8?q?a=0D=0ABcc=3A_spy=40example=2Enet?=\r\n\r\nHi"
    made = graph.call("POST", "/me/messages", b64encode(mime), Content_Type="text/plain").json
    graph.call("PATCH", f"/me/messages/{made['id']}", {"body": {"contentType": "text", "content": "Ho"}})

    again = message_from_bytes(graph.call("GET", f"/me/messages/{made['id']}/$value").body)

    assert made["subject"] == "a Bcc: spy@example.net"
    assert (again["Subject"], again["Bcc"]) == ("a Bcc: spy@example.net", None)


@pytest.mark.parametrize(
    "kind", ["text/plain\r\nX-Evil: 1", "a\x00b/c", "\n", "ümlaut/ß", "text", "a/b;\x7f"]
)
def test_a_type_that_no_header_can_say_is_octets(
    control: ControlClient, graph: GraphCaller, kind: str
) -> None:
    """The file can be fetched, whatever its sender called it."""
    [id_] = control.receive(
        ANNA, subject="x", attachments=[{"name": "a", "text": "abc", "contentType": kind}]
    )
    [attachment] = graph.get(f"/me/messages/{id_}/attachments?$select=id")["value"]

    reply = graph.call("GET", f"/me/messages/{id_}/attachments/{attachment['id']}/$value")

    assert (reply.status, reply.body) == (200, b"abc")
    assert reply.headers["content-type"] == "application/octet-stream"
    assert "x-evil" not in reply.headers


def test_json_that_is_not_in_utf8_is_no_json(graph: GraphCaller, base: str) -> None:
    """400 in the words of each door."""
    body = '{"subject": "für"}'.encode("latin-1")

    reply = graph.call("POST", "/me/messages", body)
    control = exchange(urlsplit(base).netloc, "POST", "/control/faults", b'{"path": "\xff"}', {})

    assert (reply.status, reply.code) == (400, "UnableToDeserializePostBody")
    assert (control.status, control.json) == (400, {"error": "JSON is not in UTF-8"})


def test_a_search_may_deny_as_often_as_it_likes(control: ControlClient, graph: GraphCaller) -> None:
    """An even number of denials is none."""
    control.receive(ANNA, subject="apple")
    control.receive(ANNA, subject="pear")

    for times, found in ((3000, "apple"), (3001, "pear")):
        text = quote(f'"{"NOT " * times}apple"')
        [message] = graph.get(f"/me/messages?$search={text}&$select=subject")["value"]
        assert message["subject"] == found


def test_an_order_names_a_property_once(graph: GraphCaller) -> None:
    """More would cost a sort each and change nothing."""
    order = ",".join(["subject"] * 1000)

    assert graph.call("GET", f"/me/messages?$orderby={order}").status == 400
    assert graph.call("GET", "/me/messages?$orderby=subject,SUBJECT desc".replace(" ", "+")).status == 400


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("$select=*", "$select=*"),
        ("$filter=contains(tolower(subject),'x')", "tolower"),
        ("$filter=from+eq+null", "$filter by from"),
        ("$filter=toRecipients+eq+null", "$filter by toRecipients"),
    ],
)
def test_what_is_not_simulated_is_refused_by_its_name(graph: GraphCaller, query: str, name: str) -> None:
    """And not called something else."""
    reply = graph.call("GET", f"/me/messages?{query}")

    assert (reply.status, reply.code) == (501, "NotImplementedInSimulation")
    assert name in reply.json["error"]["message"]


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json", 200),
        ("text/html, application/xhtml+xml, */*;q=0.8", 200),
        ("application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false", 200),
        ("application/xml", 501),
        ("application/json;odata.metadata=none", 501),
        ("application/json; odata.metadata=full, */*", 501),
        ("application/json;IEEE754Compatible=true", 501),
    ],
)
def test_another_form_of_answer_is_refused(graph: GraphCaller, accept: str, status: int) -> None:
    """JSON with the usual annotations is what there is."""
    assert graph.call("GET", "/me/messages", Accept=accept).status == status


def test_a_form_is_not_asked_of_what_has_its_own(control: ControlClient, graph: GraphCaller) -> None:
    """A message's MIME is what it is."""
    [id_] = control.receive(ANNA, subject="x")

    assert graph.call("GET", f"/me/messages/{id_}/$value", Accept="message/rfc822").status == 200


def test_a_user_is_called_by_his_whole_name(graph: GraphCaller) -> None:
    """A blank behind it makes it another one."""
    assert graph.call("GET", f"/users/{ANNA}/messages").status == 200
    assert graph.call("GET", f"/users/{ANNA}%20/messages").status == 404


def test_links_lead_here_whatever_name_was_called(
    sim: Simulation, control: ControlClient, graph: GraphCaller
) -> None:
    """A name that is none of ours is not repeated; one that is, is."""
    sim.base_url, sim.names = "https://own.example:8443", frozenset({"own.example", "127.0.0.1"})
    control.receive_count(ANNA, 3)

    foreign = graph.call("GET", "/me/messages?$top=1", Host="evil.example").json["@odata.nextLink"]
    own = graph.call("GET", "/me/messages?$top=1", Host="own.example:99").json["@odata.nextLink"]

    assert urlsplit(foreign).netloc == "own.example:8443"
    assert urlsplit(own).netloc == "own.example:99"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/control/calls?mailbxo=a"),
        ("DELETE", f"/control/mailboxes/{ANNA}/folders/Ordner?permanetly=true"),
        ("DELETE", f"/control/mailboxes/{ANNA}/folders/Ordner?permanently=yes"),
        ("DELETE", "/control/calls?limit=5"),
        ("GET", "/control/calls?limit=5&limit=6"),
    ],
)
def test_the_control_api_knows_every_option(mailbox: Mailbox, base: str, method: str, path: str) -> None:
    """A misspelt one is refused and nothing is done."""
    folder = tree.create(mailbox, mailbox.root, "Ordner")

    reply = exchange(urlsplit(base).netloc, method, path, None, {})

    assert reply.status == 400
    assert folder.path() == ("Ordner",)


def test_a_rebuilt_message_begins_with_its_trace(mailbox: Mailbox, graph: GraphCaller) -> None:
    """Received stands above what the message says of itself."""
    trace = (("Received", "from a.example by b.example; Mon, 4 May 2026 09:15:00 +0000"),)
    content = content_of(Written("<a@b>", "x", "x", False, 0, headers=trace), {})
    message = mailbox.add(mailbox.named["inbox"], Made(content), 1_760_000_000)

    octets = graph.call("GET", f"/me/messages/{mailbox.ids.immutable(message.number)}/$value").body

    assert octets.startswith(b"Received: ")
    assert b"\r\nContent-Type: text/plain" in octets


@pytest.mark.parametrize("path", ["/v1.0/me/messages", "/control/faults"])
def test_a_caller_who_goes_away_is_no_failure(sim: Simulation, path: str) -> None:
    """In the middle of its body, and nothing is made of what came."""
    told: list[Any] = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
    scope = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"authorization", b"Bearer anna@example.org|Mail.ReadWrite|app-1")],
    }

    async def receive() -> Any:
        return told.pop(0)

    async def send(message: Any) -> None:
        pass

    async def call() -> None:
        await application(sim)(scope, receive, send)

    asyncio.run(call())

    assert mailbox_of(sim).message_count() == 0
    assert list(sim.faults) == []


@dataclass(frozen=True)
class Made:
    """A message with this content."""

    content: Content

    def load(self) -> Content:
        return self.content
