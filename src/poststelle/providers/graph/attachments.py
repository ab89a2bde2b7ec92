"""Attachments: lists in batches, octets as streams.

Source: Graph v1.0, "List attachments", "Get attachment", "fileAttachment resource type" (read 2026-09).
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

from poststelle.model.ids import RemoteId
from poststelle.providers.base import RemoteAttachment
from poststelle.providers.errors import RemoteConflict, RetryLater
from poststelle.providers.graph.batch import Part, send_batch
from poststelle.providers.graph.client import GraphClient, query, segment
from poststelle.providers.graph.errors import GraphAnswer, graph_error, is_unreadable
from poststelle.providers.graph.wire import WireAttachment, decode_page, remote_attachment

# Without $select each one would bring its bytes. contentId is a property of one derived type only.
_FIELDS = "id,name,contentType,size,isInline,microsoft.graph.fileAttachment/contentId"


class GraphAttachments:
    """Attachment reads of one mailbox."""

    def __init__(self, client: GraphClient, mailbox: str) -> None:
        self._client = client
        self._mailbox = mailbox

    async def many(
        self, messages: Sequence[RemoteId]
    ) -> Mapping[RemoteId, Sequence[RemoteAttachment] | None]:
        """Each message's attachments without bytes; None when the message is gone.

        A message whose list the service cannot make or keeps back is left out:
        one broken item must not hold up the others.
        """
        answers = await send_batch(self._client, [Part("GET", self._list_path(m)) for m in messages])
        readable = {m: a for m, a in zip(messages, answers, strict=True) if not is_unreadable(a)}
        lists = await asyncio.gather(*map(self._whole_list, readable.values()))
        return dict(zip(readable, lists, strict=True))

    async def content(self, message: RemoteId, attachment: RemoteId) -> AsyncIterator[bytes]:
        """An attachment's octets; an item's as MIME."""
        path = f"/{self._mailbox}/messages/{segment(message)}/attachments/{segment(attachment)}/$value"
        async for chunk in self._client.stream(path):
            yield chunk

    def _list_path(self, message: RemoteId) -> str:
        return f"/{self._mailbox}/messages/{segment(message)}/attachments?{query({'$select': _FIELDS})}"

    async def _whole_list(self, answer: GraphAnswer | RetryLater) -> list[RemoteAttachment] | None:
        error = answer if isinstance(answer, RetryLater) else graph_error(answer)
        if isinstance(error, RemoteConflict):
            return None
        if error or isinstance(answer, RetryLater):
            raise error or RetryLater("missing_part")
        page = decode_page(answer.body, WireAttachment)
        found = [remote_attachment(item) for item in page.items]
        while page.next_link:
            page = decode_page(await self._client.get(page.next_link), WireAttachment)
            found += [remote_attachment(item) for item in page.items]
        return found
