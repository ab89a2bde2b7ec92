"""Drafts: made by one request, their larger files added after, then sent.

In-Reply-To and References can't be set as headers; their MAPI properties can.
Our key is a named property of a set of our own, so that no other program's is
touched, and it goes along to the copy in Sent Items. Finished mail is made of properties too, for MIME makes
drafts only: message flags without "unsent" make it no draft, and only so made it keeps its dates.

Source: Graph v1.0, "Create message", "Update message", "Add attachment", "attachment: createUploadSession",
"message: send", "Create single-value extended property"; MS-OXPROPS PidTagInReplyToId (0x1042),
PidTagInternetReferences (0x1039), PidTagMessageFlags (0x0E07), PidTagMessageDeliveryTime (0x0E06),
PidTagClientSubmitTime (0x0039), PidTagTransportMessageHeaders (0x007D) (read 2026-09).
"""

import base64
import re
from collections.abc import Sequence
from typing import Any

import msgspec

from poststelle.model.ids import RemoteId
from poststelle.model.message import Address
from poststelle.providers.base import RemoteMessage
from poststelle.providers.errors import Refused, RemoteConflict, RetryLater
from poststelle.providers.graph.client import GraphClient, segment
from poststelle.providers.graph.errors import GraphAnswer, graph_error, raise_for_graph
from poststelle.providers.graph.listed import instant as written_instant
from poststelle.providers.graph.wire import (
    ANSWERED,
    FORWARDED,
    KEY_PROPERTY,
    LAST_VERB,
    WireMessage,
    decode_item,
    instant,
    remote_message,
)
from poststelle.providers.post import (
    LARGE_FILE_DENIED,
    FileFacts,
    FileLimits,
    Finished,
    RemoteDraft,
    RemoteFile,
    SecretLetter,
    UploadLost,
    UploadSession,
)

_IN_REPLY_TO, _REFERENCES = "String 0x1042", "String 0x1039"
_FLAGS, _RECEIVED, _SENT, _HEADER = (
    "Integer 0x0E07",
    "SystemTime 0x0E06",
    "SystemTime 0x0039",
    "String 0x007D",
)
_READ, _UNREAD = "1", "0"  # [MS-OXCMSG] 2.2.1.6: mfRead, and no mfUnsent
_FILE = "#microsoft.graph.fileAttachment"
# A request may hold about 4 MB, and base64 adds a third; from 3 MB on a file needs an upload session, whose
# pieces are multiples of 320 KB below 4 MB. Source: facts of Graph v1.0 as named above.
LIMITS = FileLimits(together=2_000_000, alone=3 * 1024 * 1024, piece=12 * 320 * 1024)
_DENIED = "ErrorAccessDenied"
_SESSION_GONE = frozenset({401, 404, 410, 416})


class _Session(msgspec.Struct, rename="camel"):
    upload_url: str
    expiration_date_time: str | None = None


class GraphDrafts:
    """Writes and sends the drafts of one mailbox."""

    def __init__(self, client: GraphClient, mailbox: str) -> None:
        self._client = client
        self._mailbox = mailbox

    async def create(self, draft: RemoteDraft) -> RemoteMessage:
        """Make a draft, or finished mail; as it is answered."""
        place = "" if draft.folder is None else f"/mailFolders/{segment(draft.folder)}"
        path = f"/{self._mailbox}{place}/messages"
        answer = await self._client.send("POST", path, body=draft_body(draft))
        raise_for_graph(answer)
        made = decode_item(answer.body, WireMessage)
        if made is None:
            raise RetryLater("unreadable_answer")
        return remote_message(made)

    async def seal(
        self, message: RemoteId, key: str, internet_message_id: str | None
    ) -> RemoteMessage | None:
        """Give it our key and, where one is named, another Message-ID, which Graph allows of drafts.

        The answer tells where it lies, and whether it was sent, which takes a key too.
        """
        body: dict[str, Any] = {"singleValueExtendedProperties": [{"id": KEY_PROPERTY, "value": key}]}
        if internet_message_id is not None:
            body["internetMessageId"] = internet_message_id
        answer = await self._client.send("PATCH", self._path(message), body=body)
        raise_for_graph(answer)
        told = decode_item(answer.body, WireMessage) if answer.body else None
        is_whole = told is not None and told.is_draft is not None and told.parent_folder_id is not None
        return remote_message(told) if told is not None and is_whole else None

    async def attach(self, message: RemoteId, file: RemoteFile) -> None:
        """Add one small file."""
        path = f"{self._path(message)}/attachments"
        raise_for_graph(await self._client.send("POST", path, body=_file_body(file)))

    async def open_upload(self, message: RemoteId, facts: FileFacts) -> UploadSession:
        """Ask for an address that takes a large file.

        Raises Refused ``large_file_denied`` where only this is denied: to somebody else than the mailbox's
        own user, as a rule. Source: Graph v1.0, "Known issues" (attachments of 3 MB to 150 MB in shared and
        delegated mailboxes); simulator: tests/sim/graph/test_uploads.py.
        """
        item: dict[str, Any] = {
            "attachmentType": "file",
            "name": facts.name,
            "size": facts.size,
            "contentType": facts.content_type,
            "isInline": facts.is_inline,
        }
        if facts.content_id:
            item["contentId"] = facts.content_id
        path = f"{self._path(message)}/attachments/createUploadSession"
        answer = await self._client.send("POST", path, body={"AttachmentItem": item})
        error = graph_error(answer)
        if isinstance(error, Refused) and error.code == _DENIED:
            raise Refused(LARGE_FILE_DENIED, status=error.status) from error
        if error:
            raise error
        try:
            session = msgspec.json.decode(answer.body, type=_Session)
        except msgspec.DecodeError as error:
            raise RetryLater("unreadable_answer") from error
        if not session.upload_url.startswith("https://"):
            raise Refused("unsafe_upload_address", status=answer.status)
        return UploadSession(session.upload_url, instant(session.expiration_date_time))

    async def upload_piece(self, url: str, start: int, total: int, octets: bytes) -> int | None:
        """Bring one piece. The last one is answered by 201 and nothing, others by 200 and what comes next."""
        headers = {"Content-Range": f"bytes {start}-{start + len(octets) - 1}/{total}"}
        answer = await self._client.put_piece(url, octets, headers)
        if answer.status in _SESSION_GONE:
            raise UploadLost
        raise_for_graph(answer)
        if answer.status == 201:
            return None
        return _next_start(answer)

    async def send(self, message: RemoteId) -> None:
        """202: accepted. A second time finds no such draft."""
        answer = await self._client.send("POST", f"{self._path(message)}/send")
        error = graph_error(answer)
        if isinstance(error, Refused) and error.code == "ErrorInvalidOperation":
            raise RemoteConflict(error.code) from error  # it is no draft any more
        if error:
            raise error

    async def send_mime(self, octets: bytes) -> None:
        """202: accepted. The author it names does not count: it is from the mailbox.

        Source: Graph v1.0, "Send Outlook messages in MIME format" (base64 as plain text).
        """
        path = f"/{self._mailbox}/sendMail"
        raise_for_graph(await self._client.send_text(path, base64.b64encode(octets)))

    async def send_secret(self, letter: SecretLetter) -> None:
        """202: accepted. What is sent as MIME always leaves a copy, so this is not.

        Source: Graph v1.0, "user: sendMail" (saveToSentItems); [MS-OXCMAIL] X-Auto-Response-Suppress.
        """
        message = {
            "subject": letter.subject,
            "body": {"contentType": "text", "content": letter.text},
            "toRecipients": _people([letter.to]),
            "internetMessageHeaders": [{"name": "X-Auto-Response-Suppress", "value": "All"}],
        }
        body = {"message": message, "saveToSentItems": False}
        raise_for_graph(await self._client.send("POST", f"/{self._mailbox}/sendMail", body=body))

    def _path(self, message: RemoteId) -> str:
        return f"/{self._mailbox}/messages/{segment(message)}"


def filters_of(keys: Sequence[str], internet_message_id: str) -> Sequence[str]:
    """What finds a draft of ours, and the copy that is made of it when it is sent. Empty: not known."""
    filters = []
    for key in keys:
        by_key = f"(ep:ep/id eq {_quoted(KEY_PROPERTY)} and ep/value eq {_quoted(key)})"
        filters.append(f"singleValueExtendedProperties/any{by_key}")
    if internet_message_id:
        filters.append(f"internetMessageId eq {_quoted(internet_message_id)}")
    return filters


def draft_body(draft: RemoteDraft) -> dict[str, Any]:
    """A draft as Graph's properties."""
    properties = [{"id": KEY_PROPERTY, "value": draft.key}]
    if draft.in_reply_to:
        properties.append({"id": _IN_REPLY_TO, "value": " ".join(draft.in_reply_to)})
    if draft.references:
        properties.append({"id": _REFERENCES, "value": " ".join(draft.references)})
    if draft.finished is not None:
        properties += _finished(draft.finished)
    body: dict[str, Any] = {
        "subject": draft.subject,
        "body": {
            "contentType": "html" if draft.body.content_type == "text/html" else "text",
            "content": draft.body.content,
        },
        "toRecipients": _people(draft.to),
        "ccRecipients": _people(draft.cc),
        "bccRecipients": _people(draft.bcc),
        "replyTo": _people(draft.reply_to),
        "importance": draft.importance.name.lower(),
        "singleValueExtendedProperties": properties,
    }
    if draft.asks_receipt:
        body["isReadReceiptRequested"] = True
    if draft.fields:
        body["internetMessageHeaders"] = [{"name": name, "value": value} for name, value in draft.fields]
    if draft.internet_message_id is not None:
        body["internetMessageId"] = draft.internet_message_id
    if draft.from_ is not None:
        body["from"] = _person(draft.from_)
    if draft.finished is not None and (sender := draft.finished.sender or draft.from_) is not None:
        body["sender"] = _person(sender)
    if draft.categories:
        body["categories"] = list(draft.categories)
    if draft.is_flagged:
        body["flag"] = {"flagStatus": "flagged"}
    if draft.files:
        body["attachments"] = [_file_body(file) for file in draft.files]
    return body


def _finished(finished: Finished) -> list[dict[str, str]]:
    """The properties that make it no draft."""
    said = [
        (_FLAGS, _READ if finished.is_seen else _UNREAD),
        (_RECEIVED, written_instant(finished.received_at)),
    ]
    if finished.sent_at is not None:
        said.append((_SENT, written_instant(finished.sent_at)))
    if finished.header:
        said.append((_HEADER, finished.header))
    if finished.is_answered or finished.is_forwarded:
        said.append((LAST_VERB, FORWARDED if finished.is_forwarded else ANSWERED))
    return [{"id": id_, "value": value} for id_, value in said]


def _file_body(file: RemoteFile) -> dict[str, Any]:
    body: dict[str, Any] = {
        "@odata.type": _FILE,
        "name": file.facts.name,
        "contentType": file.facts.content_type,
        "isInline": file.facts.is_inline,
        "contentBytes": base64.b64encode(file.octets).decode(),
    }
    if file.facts.content_id:
        body["contentId"] = file.facts.content_id
    return body


def _people(addresses: Sequence[Address]) -> list[dict[str, Any]]:
    return [_person(address) for address in addresses]


def _person(address: Address) -> dict[str, Any]:
    named = {"name": address.name} if address.name else {}
    return {"emailAddress": {"address": address.email, **named}}


def _next_start(answer: GraphAnswer) -> int:
    """Where the next piece begins: ``NextExpectedRanges: ["2097152"]``, in either spelling, dash or not."""
    found = re.search(rb'"nextexpectedranges"\s*:\s*\[\s*"(\d+)', answer.body, re.IGNORECASE)
    if found is None:
        raise UploadLost
    return int(found[1])


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
