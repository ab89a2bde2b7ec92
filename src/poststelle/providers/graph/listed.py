"""A folder read by plain lists, where its delta round cannot be had.

One broken message fails every page of a delta round it is on, and a mailbox
that is full refuses delta altogether, for delta keeps its state in the
mailbox. Lists work on: a broken message can be stepped over by its place.
They tell what is there and not what has left, and to read a folder over and
over is dear. So a whole list is followed by many short looks at the newest
messages, the more of them the longer the list was, before the next whole one;
and after some whole lists delta is tried again.

Source: microsoft-graph-docs issues 2913 (broken item) and 5730 (mailbox full); Graph v1.0,
"List messages", "$skip" (read 2026-09).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from poststelle.model.ids import RemoteId
from poststelle.providers.base import DeltaPage, RemoteMessage
from poststelle.providers.errors import CursorExpired
from poststelle.providers.graph.client import GraphClient, query, segment
from poststelle.providers.graph.errors import TooHeavy
from poststelle.providers.graph.wire import Page, WireMessage, decode_page, remote_message

_ORDER = "receivedDateTime desc"
_SHRINK = 4
_BROKEN_IN_A_ROW = 10  # more of them, and it is an outage
_PAGE = 200
_GLANCE = 50
_GLANCES_AT_LEAST = 20
_ROUNDS = 24  # whole lists, before delta is tried again
_CURSOR = re.compile(r"listed:(at|rest):([0-9]{1,9}):([0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class Span:
    """Neighbours in a folder. ``end``: the place after them, broken ones that were stepped over counted."""

    messages: tuple[RemoteMessage, ...]
    end: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class Fields:
    """What to ask of each message: ``$select`` and ``$expand``."""

    select: str
    expand: str | None = None

    def parameters(self) -> dict[str, str]:
        return {"$select": self.select} | ({"$expand": self.expand} if self.expand else {})


@dataclass(frozen=True, slots=True)
class _Place:
    """A cursor's meaning: the next place of a list (``at``), or how many short looks are left (``rest``)."""

    kind: str
    number: int
    rounds: int

    @property
    def text(self) -> str:
        return f"listed:{self.kind}:{self.number}:{self.rounds}"


_START = _Place("at", 0, 0)


class GraphLists:
    """Lists of one mailbox's folders. ``places``: the fields that say where a message lies, and its flags."""

    def __init__(self, client: GraphClient, mailbox: str, places: Fields) -> None:
        self._client, self._mailbox, self._places = client, mailbox, places

    @staticmethod
    def knows(cursor: str | None) -> bool:
        """Whether a cursor is one of ours."""
        return cursor is not None and _CURSOR.fullmatch(cursor) is not None

    async def page(self, folder: RemoteId, cursor: str | None) -> DeltaPage:
        """The next page of a whole list, or a short look; places and flags only.

        Raises CursorExpired when it is time to try delta again.
        """
        place = _place(cursor) if cursor else _START
        if place.kind == "rest" and place.number > 0:
            return await self._glance(folder, place)
        if place.rounds >= _ROUNDS:
            raise CursorExpired("listed_for_long")
        first = place.number if place.kind == "at" else 0
        span = await self.span(folder, self._places, first, _PAGE)
        if not span.is_last:
            going_on = _Place("at", span.end, place.rounds).text
            return DeltaPage(span.messages, frozenset(), going_on, None, is_listing=True)
        glances = max(_GLANCES_AT_LEAST, span.end // _GLANCE)
        done = _Place("rest", glances, place.rounds + 1).text
        return DeltaPage(span.messages, frozenset(), None, done, is_listing=True)

    async def newest(self, folder: RemoteId, fields: Fields, limit: int) -> Sequence[RemoteMessage]:
        """The newest ``limit`` messages, broken ones left out."""
        found: list[RemoteMessage] = []
        end, is_last = 0, False
        while end < limit and not is_last:
            span = await self.span(folder, fields, end, limit - end)
            found += span.messages
            end, is_last = span.end, span.is_last
        return found

    async def span(self, folder: RemoteId, fields: Fields, first: int, size: int) -> Span:
        """At most ``size`` neighbours from a place on. Raises TooHeavy when nothing there can be read."""
        broken = 0
        while True:
            try:
                page = await self._read(folder, fields, first, size)
            except TooHeavy:
                if size > 1:
                    size = max(1, size // _SHRINK)
                    continue
                broken += 1
                if broken > _BROKEN_IN_A_ROW:
                    raise
                first += 1
            else:
                items = tuple(remote_message(item) for item in page.items)
                count = len(page.items) + page.unreadable
                return Span(items, first + count, is_last=page.next_link is None)

    async def _glance(self, folder: RemoteId, place: _Place) -> DeltaPage:
        found = await self.newest(folder, self._places, _GLANCE)
        left = _Place("rest", place.number - 1, place.rounds).text
        return DeltaPage(tuple(found), frozenset(), None, left)

    async def _read(self, folder: RemoteId, fields: Fields, first: int, size: int) -> Page:
        parameters = fields.parameters() | {"$orderby": _ORDER, "$top": str(size), "$skip": str(first)}
        path = f"/{self._mailbox}/mailFolders/{segment(folder)}/messages?{query(parameters)}"
        return decode_page(await self._client.get(path), WireMessage)


def _place(cursor: str) -> _Place:
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise CursorExpired("foreign_link")
    return _Place(found[1], int(found[2]), int(found[3]))
