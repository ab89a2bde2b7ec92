"""A walk over every operation of the official description: each answer must be as it says.

Ids in the paths are of things that are there, bodies are the least that makes sense. What a test of the
simulated Graph gets elsewhere is checked in the same way; here nothing is left out.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPSConnection
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from tests.contract.description import Description, Operation
from tests.contract.tenant import Place
from tests.contract.watch import Watch
from tests.sim.graph.harness import Reply

from m365sim.testing import M365

FAR = {"ToRecipients": [{"emailAddress": {"address": "ben@example.test"}}], "Comment": "See"}
FILE = {"@odata.type": "#microsoft.graph.fileAttachment", "name": "a.txt", "contentBytes": "YWJj"}
UPLOAD = {"AttachmentItem": {"attachmentType": "file", "name": "b.bin", "size": 4_000_000}}
MAIL = {
    "subject": "Walk",
    "toRecipients": FAR["ToRecipients"],
    "body": {"contentType": "text", "content": "Hi"},
}
RULE = {"displayName": "R", "sequence": 1, "isEnabled": True, "conditions": {"subjectContains": ["x"]}}
SENDER = {"classifyAs": "other", "senderEmailAddress": {"address": "news@example.net", "name": "News"}}
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "messages"): MAIL,
    ("PATCH", "{message-id}"): {"isRead": True},
    ("POST", "attachments"): FILE,
    ("POST", "createUploadSession"): UPLOAD,
    ("POST", "move"): {"DestinationId": "archive"},
    ("POST", "copy"): {"DestinationId": "archive"},
    ("POST", "createForward"): FAR,
    ("POST", "forward"): FAR,
    ("POST", "createReply"): {"Comment": "Yes"},
    ("POST", "createReplyAll"): {"Comment": "Yes"},
    ("POST", "reply"): {"Comment": "Yes", "Message": {"toRecipients": FAR["ToRecipients"]}},
    ("POST", "replyAll"): {"Comment": "Yes"},
    ("POST", "sendMail"): {"Message": MAIL, "SaveToSentItems": True},
    ("POST", "messageRules"): {**RULE, "actions": {"markAsRead": True}},
    ("PATCH", "{messageRule-id}"): {"displayName": "S"},
    ("PATCH", "mailboxSettings"): {"timeZone": "UTC"},
    ("POST", "overrides"): SENDER,
    ("PATCH", "{inferenceClassificationOverride-id}"): {"classifyAs": "focused"},
    ("PATCH", "{outlookCategory-id}"): {"color": "preset2"},
    ("POST", "getMailTips"): {"EmailAddresses": ["ben@example.test"], "MailTipsOptions": "automaticReplies"},
}


@dataclass
class Walker:
    """Makes what a path needs, calls it, and has the answer checked."""

    place: Place
    control: M365
    watch: Watch
    token: str
    made: int = 0
    statuses: dict[tuple[str, str], int] = field(default_factory=dict)

    def call(self, method: str, path: str, body: Any = None) -> Reply:
        """One call to Graph, checked."""
        url = urlsplit(self.place.graph_url + path)
        connection = HTTPSConnection(url.netloc, context=self._context, timeout=30)
        sent = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body)
        try:
            connection.request(method, f"{url.path}?{url.query}" if url.query else url.path, data, sent)
            response = connection.getresponse()
            headers = {k.lower(): v for k, v in response.getheaders()}
            reply = Reply(response.status, headers, response.read())
        finally:
            connection.close()
        self.watch.see(method, url.path, reply.status, reply.headers, (data or "").encode(), reply.body)
        return reply

    @property
    def _context(self) -> ssl.SSLContext:
        return self.control.ssl_context()

    def walk(self, operation: Operation) -> None:
        """Call an operation with things of its own."""
        self.made += 1
        body = None if operation.method == "GET" else self._body(operation)
        reply = self.call(operation.method, self._filled(operation), body)
        self.statuses[operation.method, operation.path] = reply.status

    def _body(self, operation: Operation) -> dict[str, Any]:
        """The least that makes sense; names differ each time."""
        match operation.method, operation.path.rpartition("/")[2]:
            case ("POST", "mailFolders" | "childFolders") | ("PATCH", "{mailFolder-id}" | "{mailFolder-id1}"):
                return {"displayName": f"Made {self.made}"}
            case "POST", "masterCategories":
                return {"displayName": f"Made {self.made}", "color": "preset1"}
            case "POST", "translateExchangeIds":
                ids = [self._message("me", "inbox")]
                return {"InputIds": ids, "SourceIdType": "restId", "TargetIdType": "restImmutableEntryId"}
            case "POST", "subscriptions":
                ends = (self.control.clock.now() + timedelta(hours=1)).isoformat()
                about = {"changeType": "created", "resource": "me/messages", "expirationDateTime": ends}
                return {**about, "notificationUrl": "https://localhost:9/"}
            case key:
                return BODIES.get(key, {})

    def _filled(self, operation: Operation) -> str:
        """The path with ids of fresh things in it."""
        parts, owner = [], "me" if operation.path.startswith("/me") else f"users/{self.place.person}"
        folder, message = "inbox", ""
        template = operation.path.replace("{TimeZoneStandard}", "Iana")
        for part in template.strip("/").split("/"):
            if part == "{user-id}":
                part = self.place.person
            elif part == "{mailFolder-id}":
                is_rule = "messageRules" in operation.path
                part = folder = "inbox" if is_rule else self._folder(owner, "/mailFolders")
            elif part == "{mailFolder-id1}":
                part = folder = self._folder(owner, f"/mailFolders/{folder}/childFolders")
            elif part == "{message-id}":
                part = message = self._message(owner, folder)
            elif part.startswith("{"):
                part = self._other(owner, part, message)
            parts.append(quote(part, safe="$()=',"))
        return "/" + "/".join(parts)

    def _folder(self, owner: str, where: str) -> str:
        self.made += 1
        return self._id(f"/{owner}{where}", {"displayName": f"Folder {self.made}"})

    def _message(self, owner: str, folder: str) -> str:
        return self._id(f"/{owner}/mailFolders/{folder}/messages", MAIL)

    def _other(self, owner: str, name: str, message: str) -> str:
        self.made += 1
        match name:
            case "{attachment-id}":
                return self._id(f"/{owner}/messages/{message}/attachments", FILE)
            case "{messageRule-id}":
                path = f"/{owner}/mailFolders/inbox/messageRules"
                return self._id(path, {**RULE, "actions": {"markAsRead": True}})
            case "{outlookCategory-id}":
                path = f"/{owner}/outlook/masterCategories"
                return self._id(path, {"displayName": f"Category {self.made}", "color": "preset3"})
            case "{inferenceClassificationOverride-id}":
                address = {"address": f"n{self.made}@example.net"}
                path = f"/{owner}/inferenceClassification/overrides"
                return self._id(path, {"classifyAs": "other", "senderEmailAddress": address})
            case "{subscription-id}":
                return "00000000-0000-4000-8000-000000000000"
        raise AssertionError(f"The walk knows nothing for {name}.")

    def _id(self, path: str, body: dict[str, Any]) -> str:
        reply = self.call("POST", path, body)
        assert reply.status == 201, (path, reply.status, reply.body)
        return str(reply.json["id"])


@pytest.fixture
def walker(place: Place, control: M365, description: Description) -> Iterator[Walker]:
    """Somebody who may do everything in a mailbox, not held back by limits."""
    control.control.set_limits(perSecond=None, latencyS=0)
    token = control.token(
        place.person, "User.ReadBasic.All Mail.ReadWrite Mail.Send MailboxSettings.ReadWrite"
    )
    yield Walker(place, control, Watch(_nobody, description), token)


async def _nobody(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("nobody asks")


def test_every_answer_of_every_operation_is_as_described(walker: Walker, description: Description) -> None:
    """With things that are there nearly every operation ends well; those that cannot are named here."""
    for operation in description.operations:
        walker.walk(operation)

    assert walker.watch.complaints == []
    refused = {k: s for k, s in walker.statuses.items() if 400 <= s != 501}
    assert {(m, p.replace("/users/{user-id}", "/me")): s for (m, p), s in refused.items()} == {
        ("GET", "/me/messages/delta()"): 400,  # the service refuses it
        ("POST", "/subscriptions"): 400,  # nobody answers the handshake there
        ("GET", "/subscriptions/{subscription-id}"): 404,
        ("PATCH", "/subscriptions/{subscription-id}"): 404,
        ("DELETE", "/subscriptions/{subscription-id}"): 404,
        ("POST", "/subscriptions/{subscription-id}/reauthorize"): 404,
    }


def test_a_message_has_every_property_of_its_type(walker: Walker, description: Description) -> None:
    """Without $select all plain properties come, but for those that are given on request only."""
    id_ = walker.control.account(walker.place.person).receive(subject="Offer", text="Hello")

    given = {n for n in walker.call("GET", f"/me/messages/{id_}").json if "@" not in n}

    on_request = {"internetMessageHeaders", "uniqueBody"}
    assert given == description.properties("microsoft.graph.message") - on_request


def test_a_folder_has_every_property_of_its_type(walker: Walker, description: Description) -> None:
    """All plain properties of mailFolder."""
    given = {n for n in walker.call("GET", "/me/mailFolders/inbox").json if "@" not in n}

    assert given == description.properties("microsoft.graph.mailFolder")
