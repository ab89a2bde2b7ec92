"""Whatever is written and sent, nothing breaks: not the call, not the MIME made of it, not the delivery."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sim.graph.harness import by_name, mailbox_of, office

from m365sim.graph.http import Answer, GraphRequest, split_path
from m365sim.graph.service import GraphService
from m365sim.journal import CallRecord
from m365sim.world.mime import to_mime

SIM = office()
SIM.limits.latency_s = 0
SIM.limits.per_window = None
BOX = mailbox_of(SIM)
SERVICE = GraphService(SIM, by_name)
OWNER = {"authorization": "Bearer anna@example.org|Mail.ReadWrite,Mail.Send|a"}

TEXT = st.text(max_size=20) | st.sampled_from(
    ["a\r\nBcc: x@y.example", "\x00", "=?utf-8?q?=?=", "<a b>", "ä@ü.example"]
)
NAMES = st.sampled_from(["To", "Bcc", "From", "Subject", "X-Y", ""])
ADDRESS = TEXT | st.sampled_from(["desk@example.org", "nobody@example.org", "bea@example.net"])
RECIPIENT = st.fixed_dictionaries({"emailAddress": st.fixed_dictionaries({"address": ADDRESS, "name": TEXT})})
FILE = st.fixed_dictionaries(
    {
        "@odata.type": st.just("#microsoft.graph.fileAttachment"),
        "name": TEXT,
        "contentBytes": st.binary(max_size=20).map(lambda octets: b64encode(octets).decode()),
        "contentType": TEXT | st.just("image/png"),
        "contentId": TEXT,
        "isInline": st.booleans(),
    }
)
REFERENCE = st.fixed_dictionaries(
    {"@odata.type": st.just("#microsoft.graph.referenceAttachment"), "name": TEXT, "contentType": TEXT}
)
ITEM = st.fixed_dictionaries(
    {
        "@odata.type": st.just("#microsoft.graph.itemAttachment"),
        "name": TEXT,
        "item": st.fixed_dictionaries(
            {"@odata.type": st.just("#microsoft.graph.message"), "subject": TEXT, "internetMessageId": TEXT}
        ),
    }
)
EXTENDED = st.fixed_dictionaries(
    {
        "id": st.sampled_from(
            ["Integer 0x0E07", "SystemTime 0x0E06", "SystemTime 0x39", "String 0x007D", "String 0x1039"]
        ),
        "value": TEXT | st.sampled_from(["1", "9", "2020-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"]),
    }
)
MESSAGE = st.fixed_dictionaries(
    {},
    optional={
        "subject": TEXT,
        "internetMessageId": TEXT,
        "body": st.fixed_dictionaries({"contentType": st.sampled_from(["text", "html"]), "content": TEXT}),
        "toRecipients": st.lists(RECIPIENT, max_size=3),
        "bccRecipients": st.lists(RECIPIENT, max_size=2),
        "replyTo": st.lists(RECIPIENT, max_size=2),
        "from": RECIPIENT,
        "attachments": st.lists(FILE | REFERENCE | ITEM, max_size=2),
        "internetMessageHeaders": st.lists(
            st.fixed_dictionaries({"name": TEXT.map(lambda t: "x-" + t), "value": TEXT}), max_size=2
        ),
        "singleValueExtendedProperties": st.lists(EXTENDED, max_size=2),
    },
)


def call(method: str, path: str, body: bytes = b"", kind: str = "application/json") -> Answer:
    """One call as Anna; it may be refused, but not break."""

    async def perform() -> Answer:
        headers = {**OWNER, "content-type": kind}
        request = GraphRequest(method, path, split_path(path), {}, headers, body, "http://x/v1.0")
        return await SERVICE.perform(request, SERVICE.identify(request), CallRecord(method, path, "", 0, 0))

    answer = asyncio.run(perform())
    assert answer.status in {200, 201, 202, 400, 403, 404, 413, 415, 501}
    return answer


def read_all() -> None:
    """Everything that lies anywhere can be read in every form."""
    for mailbox in SIM.world:
        for message in list(mailbox.messages.values()):
            to_mime(message.source.load())
            mailbox.remove(message)
    for letter in SIM.world.outside:
        to_mime(letter.content)
    SIM.world.outside.clear()


@settings(max_examples=150, deadline=None, derandomize=True)
@given(message=MESSAGE, patch=MESSAGE)
def test_writing_and_sending_never_breaks(message: Any, patch: Any) -> None:
    """A draft is made, shown, changed, answered and sent, or refused on the way."""
    made = call("POST", "/me/messages", json.dumps(message).encode())
    if made.status == 201:
        path = f"/me/messages/{json.loads(made.body)['id']}"
        assert call("GET", path).status == 200
        assert call("GET", f"{path}/$value").status == 200
        call("PATCH", path, json.dumps(patch).encode())
        assert call("POST", f"{path}/createReplyAll", b"{}").status == 201
        call("POST", f"{path}/forward", json.dumps({"message": message}).encode())
        call("POST", f"{path}/send")
    read_all()


@settings(max_examples=100, deadline=None, derandomize=True)
@given(head=st.lists(st.tuples(NAMES, TEXT), max_size=4), body=st.binary(max_size=30))
def test_sending_mime_never_breaks(head: list[tuple[str, str]], body: bytes) -> None:
    """Damaged MIME is sent as far as it can be understood, or refused."""
    lines = b"".join(f"{name}: {value}\r\n".encode("utf-8", "replace") for name, value in head)
    octets = lines + b"To: desk@example.org\r\n\r\n" + body

    call("POST", "/me/messages", b64encode(octets), "text/plain")
    call("POST", "/me/sendMail", b64encode(octets), "text/plain")
    read_all()
