"""Which messages lie in a folder, and their flags: up to a thousand a request, around broken ones.

Places shift while a list is read: arrivals push known messages onto the next
page, removals pull unknown ones past its beginning. So a page repeats the last
places of the one before it.

Source: Graph v1.0, "List messages" ($top 1 to 1000), "$skip"; microsoft-graph-docs issue 2913
(broken item), 5853 (504 on large pages), read 2026-11.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from poststelle.model.ids import RemoteId
from poststelle.providers.base import IdPage
from poststelle.providers.errors import CursorExpired, RetryLater
from poststelle.providers.graph.client import GraphClient, query, segment
from poststelle.providers.graph.errors import TooHeavy
from poststelle.providers.graph.listed import Fields, since
from poststelle.providers.graph.wire import Page, WireMessage, decode_page, remote_message

_LARGEST = 1000
_REPEATED = 20
_SHRINK = 4
_BROKEN_IN_A_ROW = 10  # more of them, and it is an outage
_ORDER = "receivedDateTime desc"
_CURSOR = re.compile(r"ids:([0-9]{1,9}):([0-9]{1,4})")


@dataclass(frozen=True, slots=True)
class _Place:
    """The first place not read yet, and how many to ask for: few where a broken one is near."""

    number: int
    size: int

    @property
    def text(self) -> str:
        return f"ids:{self.number}:{self.size}"


class GraphIdLists:
    """Lists of one mailbox's folders. ``fields``: where a message lies, and its flags."""

    def __init__(self, client: GraphClient, mailbox: str, fields: Fields) -> None:
        self._client, self._mailbox, self._fields = client, mailbox, fields

    async def page(self, folder: RemoteId, cursor: str | None, begins: datetime | None = None) -> IdPage:
        """A page from the cursor on. Raises TooHeavy when nothing there can be read.

        A page that fails is asked for smaller; one message alone that fails is
        stepped over. Large pages come back by and by.
        """
        place = _place(cursor)
        first, size = max(0, place.number - _REPEATED), place.size
        if size <= _REPEATED:
            first = place.number  # a broken message is near: repeating would meet it again
        requests = broken = 0
        while True:
            requests += 1
            try:
                page = await self._read(folder, first, size, begins)
            except TooHeavy:
                if size > 1:
                    size = max(1, size // _SHRINK)
                    first = place.number + broken
                    continue
                broken += 1
                if broken > _BROKEN_IN_A_ROW:
                    raise
                first = place.number + broken
            else:
                break
        end = first + len(page.items) + page.unreadable
        is_still = page.next_link is not None and end <= place.number
        if is_still and size == _LARGEST:  # a small page may be empty, and more follow: asked for larger
            raise RetryLater("list_stands_still", is_local=True)
        grown = min(_LARGEST, size * _SHRINK)
        going_on = None if page.next_link is None else _Place(max(end, place.number), grown).text
        messages = tuple(remote_message(item) for item in page.items)
        repeated = max(0, place.number - first)
        return IdPage(messages, repeated, broken + page.unreadable, going_on, requests)

    async def _read(self, folder: RemoteId, first: int, size: int, begins: datetime | None) -> Page:
        parameters = self._fields.parameters() | since(begins)
        parameters |= {"$orderby": _ORDER, "$top": str(size), "$skip": str(first)}
        path = f"/{self._mailbox}/mailFolders/{segment(folder)}/messages?{query(parameters)}"
        return decode_page(await self._client.get(path), WireMessage)


def _place(cursor: str | None) -> _Place:
    if cursor is None:
        return _Place(0, _LARGEST)
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise CursorExpired("foreign_cursor")
    return _Place(int(found[1]), int(found[2]))
