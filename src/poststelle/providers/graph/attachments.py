"""Attachments: lists in batches, octets as streams.

Source: Graph v1.0, "List attachments", "Get attachment", "fileAttachment resource type" (read 2026-09).
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

from poststelle.model.ids import RemoteId
from poststelle.providers.base import RemoteAttachment
from poststelle.providers.errors import ProviderError, RemoteConflict, RetryLater, SignInNeeded
from poststelle.providers.graph.batch import Part, send_batch
from poststelle.providers.graph.client import UNREACHABLE, GraphClient, query, segment
from poststelle.providers.graph.errors import NO_MAILBOX, GraphAnswer, part_error
from poststelle.providers.graph.wire import WireAttachment, decode_page, remote_attachment
from poststelle.providers.links import LinksMet

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
        one broken item must not hold up the others. When it fails over all of
        them it is not the messages: RetryLater.
        """
        answers = await send_batch(self._client, [Part("GET", self._list_path(m)) for m in messages])
        lists = await asyncio.gather(*map(self._whole_list, answers))
        failed = [found for found in lists if isinstance(found, RetryLater)]
        if failed and len(failed) == len(messages) > 1:
            raise failed[0]
        both = zip(messages, lists, strict=True)
        return {m: found for m, found in both if not isinstance(found, ProviderError)}

    async def content(self, message: RemoteId, attachment: RemoteId) -> AsyncIterator[bytes]:
        """An attachment's octets; an item's as MIME."""
        path = f"/{self._mailbox}/messages/{segment(message)}/attachments/{segment(attachment)}/$value"
        async for chunk in self._client.stream(path):
            yield chunk

    def _list_path(self, message: RemoteId) -> str:
        return f"/{self._mailbox}/messages/{segment(message)}/attachments?{query({'$select': _FIELDS})}"

    async def _whole_list(
        self, answer: GraphAnswer | RetryLater
    ) -> list[RemoteAttachment] | ProviderError | None:
        """The attachments; None when there is no such message; the error that is this message's alone.

        Raises what concerns the account: throttled, unreachable, no sign-in, no mailbox.
        """
        error = part_error(answer)
        if isinstance(error, RemoteConflict) and error.is_gone:
            return None
        if error or isinstance(answer, RetryLater):
            return _of_message(error or RetryLater("missing_part"))
        page = decode_page(answer.body, WireAttachment)
        found, met = [remote_attachment(item) for item in page.items], LinksMet()
        try:
            while page.next_link:
                met.note(page.next_link)
                page = decode_page(await self._client.get(page.next_link), WireAttachment)
                found += [remote_attachment(item) for item in page.items]
        except ProviderError as failure:
            return _of_message(failure)
        return found


def _of_message(error: ProviderError) -> ProviderError:
    """The error, if it may be about one message; else it is raised."""
    is_ours = isinstance(error, RetryLater) and (error.is_throttled or error.code == UNREACHABLE)
    if is_ours or isinstance(error, SignInNeeded) or error.code == NO_MAILBOX:
        raise error
    return error
