"""Messages: what changed in a folder, where they are, and their octets.

Source: Graph v1.0, "message: delta", "Use delta query to track changes", "Get message",
"Get MIME content of a message" (read 2026-09).
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from msgspec import structs

from poststelle.model.ids import RemoteId
from poststelle.providers.base import Counted, DeltaPage, IdPage, RemoteMessage, Window
from poststelle.providers.errors import CursorExpired, Refused, RetryLater
from poststelle.providers.graph.batch import Part, send_batch
from poststelle.providers.graph.client import GraphClient, query, segment
from poststelle.providers.graph.errors import (
    MAILBOX_FULL,
    GraphAnswer,
    TooHeavy,
    body_or_gone,
    is_unreadable,
    part_error,
    raise_for_graph,
    refused_link,
)
from poststelle.providers.graph.id_list import GraphIdLists
from poststelle.providers.graph.listed import Fields, GraphLists, Why, instant, since
from poststelle.providers.graph.page_size import PageSize
from poststelle.providers.graph.wire import (
    FLAGS,
    IN_REPLY_TO,
    KEY_PROPERTY,
    LAST_VERB,
    REFERENCES,
    SIZE_PROPERTY,
    Page,
    WireMessage,
    decode_count,
    decode_item,
    decode_page,
    remote_message,
)

_HEADER_FIELDS = (
    "parentFolderId,receivedDateTime,sentDateTime,internetMessageId,conversationId,subject,from,sender,"
    "toRecipients,ccRecipients,bccRecipients,replyTo,hasAttachments,isRead,isDraft,importance,categories,flag,"
    "inferenceClassification,isReadReceiptRequested"
)
_CONTENT_FIELDS = "bodyPreview,body"
_PLACE_FIELDS = "parentFolderId,isRead,isDraft,importance,categories,flag,inferenceClassification"
_PROPERTIES = (SIZE_PROPERTY, LAST_VERB, KEY_PROPERTY, IN_REPLY_TO, REFERENCES, FLAGS)
_EXPAND = "singleValueExtendedProperties($filter=" + " or ".join(f"id eq '{p}'" for p in _PROPERTIES) + ")"
_ORDER = "receivedDateTime desc"
_WHOLE = Fields(f"{_HEADER_FIELDS},{_CONTENT_FIELDS}", _EXPAND)
_HEADERS = Fields(_HEADER_FIELDS, _EXPAND)
_PLACES = Fields(_PLACE_FIELDS)
_MATCHING_AT_ONCE, _MATCHING_PAGES, _MATCHING_WHOLE = 50, 40, 20
_FAILED_ROUNDS = 5  # a minute or two: it may be an outage, and lists are dear
# Marks the cursor of a round that reads headers by delta and contents one by one.
_APART = "apart:"
# Marks the cursor of a round that is told of a part of its folder only. The service gives at most
# 5,000 messages then and does not say that it left some out ("message: delta", read 2026-11), so
# larger parts are read without a filter. The simulator does the same (tests/sim/graph/test_delta.py).
_PART = "part:"
_PART_BEGINS_AT_MOST, _PART_GROWS_TO = 4_000, 4_800


class GraphMessages:
    """Message reads of one mailbox.

    The service answers 500 or 504 when a page is too heavy, and also when one
    broken message is on it. So a failing page is asked for again smaller and
    smaller; if one message alone still fails while its headers can be read, the
    folder is read anew with contents apart, and only that message lacks its text.
    When its headers fail as well, again and again, or a full mailbox refuses
    delta, the folder is read by lists, around what is broken.
    """

    def __init__(self, client: GraphClient, mailbox: str) -> None:
        self._client = client
        self._mailbox = mailbox
        self._size = PageSize()
        self._lists = GraphLists(client, mailbox, _PLACES, self._try_delta)
        self._id_lists = GraphIdLists(client, mailbox, _PLACES)
        self._apart: set[RemoteId] = set()
        self._listed: dict[RemoteId, Why] = {}
        self._failed_rounds: dict[RemoteId, int] = {}

    async def delta(
        self, folder: RemoteId, cursor: str | None, *, page_size: int, window: Window | None = None
    ) -> DeltaPage:
        """One page of a folder's changes, newest first; ``page_size`` until pages have shown what fits."""
        with refused_link(cursor):
            return await self._page(folder, cursor, page_size, window)

    async def _page(
        self, folder: RemoteId, cursor: str | None, page_size: int, window: Window | None
    ) -> DeltaPage:
        begins = None if window is None else window.begins
        if cursor is not None and GraphLists.knows(cursor):
            return await self._lists.page(folder, cursor, begins)
        if cursor is None and (why := self._listed.pop(folder, None)):
            return await self._lists.begin(folder, why, begins)  # the cursor tells from now on
        why = Why.BROKEN
        try:
            page = await self._by_delta(folder, cursor, page_size, window)
        except TooHeavy:
            self._failed_rounds[folder] = failed = self._failed_rounds.get(folder, 0) + 1
            if failed <= _FAILED_ROUNDS:
                raise
        except Refused as error:
            if error.code != MAILBOX_FULL:
                raise
            why = Why.FULL
        else:
            self._failed_rounds.pop(folder, None)
            return page
        return await self._read_listed_from_now(folder, cursor, why, begins)

    async def _by_delta(
        self, folder: RemoteId, cursor: str | None, page_size: int, window: Window | None
    ) -> DeltaPage:
        if (cursor or "").startswith(_APART) or (cursor is None and folder in self._apart):
            return await self._page_apart(folder, cursor, page_size, window)
        is_part = _is_part(cursor, window)
        target = (cursor or self._first(folder, _WHOLE.select, window)).removeprefix(_PART)
        size = self._size.first(page_size) if cursor is None else self._size.next(page_size)
        while True:
            began = time.monotonic()
            try:
                body = await self._get(target, size)
            except TooHeavy:
                smaller = self._size.failed(size)
                if smaller is None:
                    return await self._read_apart_from_now(folder, cursor, page_size, window)
                size = smaller
            else:
                seconds = time.monotonic() - began
                page = decode_page(body, WireMessage)
                self._size.came(size, len(page.items), len(body), seconds)
                whole = _delta_page(page)
                return _marked(whole, _PART) if is_part else whole

    async def newest(self, folder: RemoteId, limit: int) -> Sequence[RemoteMessage]:
        """The newest messages of a folder by plain listing, which costs no delta token."""
        return await self._lists.newest(folder, _WHOLE, limit)

    async def list_ids(self, folder: RemoteId, cursor: str | None, begins: datetime | None) -> IdPage:
        """One page of ids, places and flags by plain listing."""
        return await self._id_lists.page(folder, cursor, begins)

    async def count_since(
        self, folders: Sequence[RemoteId], begins: datetime
    ) -> Mapping[RemoteId, Counted | None]:
        """What is counted in the folders from an instant on; None for one that is gone."""
        received = f"receivedDateTime ge {instant(begins)}"
        filters = (received, f"{received} and isRead eq false and isDraft eq false")
        parts = [self._counting(folder, one) for folder in folders for one in filters]
        bodies = [body_or_gone(answer) for answer in await send_batch(self._client, parts)]
        pairs = zip(folders, bodies[::2], bodies[1::2], strict=True)
        return {folder: _counted(total, unread) for folder, total, unread in pairs}

    def _counting(self, folder: RemoteId, text: str) -> Part:
        asked = query({"$filter": text, "$count": "true", "$top": "1", "$select": "id"})
        return Part("GET", f"/{self._mailbox}/mailFolders/{segment(folder)}/messages?{asked}")

    async def locate(self, messages: Sequence[RemoteId]) -> Mapping[RemoteId, RemoteMessage | None]:
        """Where each message lies and its flags; None when the mailbox holds it no more.

        One that cannot be read while others can is left out.
        """
        return await self._get_all(messages, _PLACES)

    async def fetch(self, messages: Sequence[RemoteId]) -> Mapping[RemoteId, RemoteMessage | None]:
        """The whole messages; None when the mailbox holds it no more. Left out as in ``locate``."""
        return await self._get_all(messages, _WHOLE)

    async def _get_all(
        self, messages: Sequence[RemoteId], fields: Fields
    ) -> Mapping[RemoteId, RemoteMessage | None]:
        parts = [self._part(message, fields) for message in messages]
        answers = await send_batch(self._client, parts)
        both = zip(messages, answers, strict=True)
        return {m: _message_or_gone(answer) for m, answer in both if not is_unreadable(answer)}

    async def matching(self, filters: Sequence[str]) -> Sequence[RemoteMessage]:
        """Messages of the mailbox that match any of the filters, each once; the newest twenty with texts.

        People make any number of copies, of any length, so no more texts than these are held at once. Without
        $top the service shows ten, in any order. Raises Refused for more than can be looked through, and
        RetryLater where one that was just listed is denied by its id: it is hidden for a moment, or has just
        gone. What nobody knows of would be made, or sent, a second time.
        """
        fields = _HEADERS.parameters() | {"$top": str(_MATCHING_AT_ONCE)}
        targets = [f"/{self._mailbox}/messages?{query({'$filter': one, **fields})}" for one in filters]
        found: dict[RemoteId, RemoteMessage] = {}
        for answer in await send_batch(self._client, [Part("GET", target) for target in targets]):
            page = _matching_page(answer)
            found |= _by_id(page)
            for _ in range(_MATCHING_PAGES):
                if not page.next_link:
                    break
                page = decode_page(await self._client.get(page.next_link), WireMessage)
                found |= _by_id(page)
            else:
                raise Refused("too_many_copies", 400)
        newest = sorted(found.values(), key=_age, reverse=True)[:_MATCHING_WHOLE]
        whole = await self.fetch([item.remote_id for item in newest]) if newest else {}
        if None in whole.values():
            raise RetryLater("listed_and_denied", is_local=True)
        return [whole.get(key) or item for key, item in found.items()]

    def path(self, message: RemoteId) -> str:
        return f"/{self._mailbox}/messages/{segment(message)}"

    async def _read(self, target: str, size: int) -> Page:
        return decode_page(await self._get(target, size), WireMessage)

    async def _get(self, target: str, size: int) -> bytes:
        return await self._client.get(target, prefer=(f"odata.maxpagesize={size}",))

    def _first(self, folder: RemoteId, fields: str, window: Window | None = None) -> str:
        begins = window.begins if window is not None and _fits(window) else None
        parameters = {"$select": fields, "$expand": _EXPAND, **since(begins), "$orderby": _ORDER}
        return f"/{self._mailbox}/mailFolders/{segment(folder)}/messages/delta?{query(parameters)}"

    async def _read_apart_from_now(
        self, folder: RemoteId, cursor: str | None, page_size: int, window: Window | None
    ) -> DeltaPage:
        """Switch to contents apart. Raises RetryLater when headers fail too: then it is an outage."""
        page = await self._page_apart(folder, None, page_size, window)
        self._apart.add(folder)
        if cursor is not None:  # what was read under the old cursor must be read again
            raise CursorExpired("content_unreadable")
        return page

    async def _try_delta(self, folder: RemoteId) -> None:
        """Raises ProviderError when the folder cannot be read by delta."""
        await self._read(self._first(folder, _PLACES.select), 1)

    async def _read_listed_from_now(
        self, folder: RemoteId, cursor: str | None, why: Why, begins: datetime | None
    ) -> DeltaPage:
        """Switch to lists. Raises RetryLater when these fail too: then it is an outage."""
        page = await self._lists.begin(folder, why, begins)
        self._failed_rounds.pop(folder, None)
        if cursor is None:
            return page
        self._listed[folder] = why
        raise CursorExpired("read_by_lists")

    async def _page_apart(
        self, folder: RemoteId, cursor: str | None, page_size: int, window: Window | None
    ) -> DeltaPage:
        """Not a part of the folder, ever: what was received before the window only comes without its text."""
        target = cursor.removeprefix(_APART) if cursor else self._first(folder, _HEADER_FIELDS)
        page = _delta_page(await self._read(target, page_size))
        contents = await self._contents([m.remote_id for m in page.messages if _is_within(m, window)])
        whole = tuple(_with_content(message, contents.get(message.remote_id)) for message in page.messages)
        return _marked(replace(page, messages=whole), _APART)

    async def _contents(self, messages: Sequence[RemoteId]) -> Mapping[RemoteId, RemoteMessage]:
        """The texts that can be read."""
        parts = [self._part(m, Fields(_CONTENT_FIELDS)) for m in messages]
        answers = await send_batch(self._client, parts)
        found = {}
        for message, answer in zip(messages, answers, strict=True):
            error = part_error(answer)
            if isinstance(error, RetryLater) and not isinstance(error, TooHeavy):
                raise error
            if error is None and not isinstance(answer, RetryLater):
                wire = decode_item(answer.body, WireMessage)
                if wire:
                    found[message] = remote_message(wire)
        return found

    def _part(self, message: RemoteId, fields: Fields) -> Part:
        return Part("GET", f"{self.path(message)}?{query(fields.parameters())}")


def _delta_page(page: Page) -> DeltaPage:
    if (page.next_link is None) == (page.delta_link is None):
        raise RetryLater("page_without_link")
    left = frozenset(RemoteId(item.id) for item in page.items if item.is_removed)
    messages = tuple(remote_message(item) for item in page.items if not item.is_removed)
    return DeltaPage(messages, left, page.next_link, page.delta_link)


def _matching_page(answer: GraphAnswer | RetryLater) -> Page:
    if isinstance(answer, RetryLater):
        raise answer
    raise_for_graph(answer)
    return decode_page(answer.body, WireMessage)


def _by_id(page: Page) -> dict[RemoteId, RemoteMessage]:
    return {RemoteId(item.id): remote_message(item) for item in page.items}


def _age(item: RemoteMessage) -> float:
    """When it was sent or came, in seconds; nothing said is long ago."""
    at = item.sent_at or item.received_at
    return 0.0 if at is None else at.timestamp()


def _message_or_gone(answer: GraphAnswer | RetryLater) -> RemoteMessage | None:
    body = body_or_gone(answer)
    if body is None:
        return None
    wire = decode_item(body, WireMessage)
    if wire is None:
        raise RetryLater("unreadable_answer")
    return remote_message(wire)


def _with_content(message: RemoteMessage, content: RemoteMessage | None) -> RemoteMessage:
    if content is None:
        return message
    return structs.replace(message, body=content.body, preview=content.preview)


def _marked(page: DeltaPage, mark: str) -> DeltaPage:
    """The page with links that say how it was read."""
    next_link, delta_link = (link and mark + link for link in (page.next_link, page.delta_link))
    return replace(page, next_link=next_link, delta_link=delta_link)


def _fits(window: Window) -> bool:
    """Whether a round may be told of this part alone."""
    return window.expected <= _PART_BEGINS_AT_MOST


def _is_part(cursor: str | None, window: Window | None) -> bool:
    """Whether a round is told of a part alone. Raises CursorExpired when that part has grown too large."""
    if cursor is None:
        return window is not None and _fits(window)
    if not cursor.startswith(_PART):
        return False
    if window is None or window.expected > _PART_GROWS_TO:
        raise CursorExpired("part_too_large")
    return True


def _is_within(message: RemoteMessage, window: Window | None) -> bool:
    return window is None or message.received_at is None or message.received_at >= window.begins


def _counted(total: bytes | None, unread: bytes | None) -> Counted | None:
    if total is None or unread is None:
        return None
    return Counted(decode_count(total), decode_count(unread))
