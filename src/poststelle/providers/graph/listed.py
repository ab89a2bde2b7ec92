"""A folder read by plain lists, where its delta round cannot be had.

One broken message fails every page of a delta round it is on, and a mailbox
that is full refuses delta altogether, for delta keeps its state in the
mailbox. Lists work on: a broken message can be stepped over by its place.
They tell what is there and not what has left, and to read a folder over and
over is dear. So a whole list is followed by some glances at the newest
messages, the more of them the longer the list was, before the next whole one.
A glance goes on as long as it meets messages that are news.

Delta is tried again once a whole list meets nothing broken, or the mailbox has
room again.

    at N ─────> the next place of a whole list
    rest N ───> N glances are left
    on P N ───> a glance goes on at place P; N are left after it

Source: microsoft-graph-docs issues 2913 (broken item) and 5730 (mailbox full); Graph v1.0,
"List messages", "$skip" (read 2026-09).
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from poststelle.model.ids import RemoteId
from poststelle.providers.base import DeltaPage, RemoteMessage
from poststelle.providers.errors import CursorExpired, Refused
from poststelle.providers.graph.client import GraphClient, query, segment
from poststelle.providers.graph.errors import TooHeavy
from poststelle.providers.graph.wire import Page, WireMessage, decode_page, remote_message

_ORDER = "receivedDateTime desc"
_SHRINK = 4
_BROKEN_IN_A_ROW = 10  # more of them, and it may be an outage
_BROKEN_AT_MOST = 50
_PAGE = 1000  # places are small
_GLANCE = 50
_GLANCES_AT_LEAST = 20
_PAGES_PER_GLANCE = 2
_CURSOR = re.compile(r"listed:(broken|full):(at|rest|on):(\d{1,9}):(\d{1,9}):(\d{1,9})", re.ASCII)


class Why(StrEnum):
    """What keeps a folder from being read by delta."""

    BROKEN = "broken"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Span:
    """Neighbours in a folder. ``end``: the place after them; ``broken``: how many were stepped over."""

    messages: tuple[RemoteMessage, ...]
    end: int
    is_last: bool
    broken: int


@dataclass(frozen=True, slots=True)
class Fields:
    """What to ask of each message: ``$select`` and ``$expand``."""

    select: str
    expand: str | None = None

    def parameters(self) -> dict[str, str]:
        return {"$select": self.select} | ({"$expand": self.expand} if self.expand else {})


@dataclass(frozen=True, slots=True)
class _Place:
    """A cursor's meaning. ``broken``: how many the list under way, or the last one, has met."""

    why: Why
    kind: str
    at: int = 0
    left: int = 0
    broken: int = 0

    @property
    def text(self) -> str:
        return f"listed:{self.why}:{self.kind}:{self.at}:{self.left}:{self.broken}"


def since(begins: datetime | None) -> dict[str, str]:
    """The query option for what was received from an instant on. Microsoft's instants are whole seconds.

    Source: Graph v1.0, "List messages" (a property of $orderby may be in $filter, first).
    """
    return {} if begins is None else {"$filter": f"receivedDateTime ge {instant(begins)}"}


def instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class GraphLists:
    """Lists of one mailbox's folders. ``places``: the fields that say where a message lies, and its flags.

    ``has_room`` tells whether a folder of a mailbox that was full can be read by delta again.
    """

    def __init__(
        self,
        client: GraphClient,
        mailbox: str,
        places: Fields,
        has_room: Callable[[RemoteId], Awaitable[None]],
    ) -> None:
        self._client, self._mailbox, self._places, self._has_room = client, mailbox, places, has_room

    @staticmethod
    def knows(cursor: str | None) -> bool:
        """Whether a cursor is one of ours."""
        return cursor is not None and _CURSOR.fullmatch(cursor) is not None

    async def begin(self, folder: RemoteId, why: Why, begins: datetime | None = None) -> DeltaPage:
        """The first page of a whole list. Raises RetryLater when lists fail too: then it is an outage.

        ``begins``: what was received before is left out.
        """
        return await self._list_on(folder, _Place(why, "at"), begins)

    async def page(self, folder: RemoteId, cursor: str, begins: datetime | None = None) -> DeltaPage:
        """The next page of a whole list, or a glance; places and flags only.

        Raises CursorExpired when delta may work again. ``begins`` as for the first page.
        """
        place = _place(cursor)
        if place.kind == "on":
            return await self._glance(folder, place, begins)
        if place.kind == "rest" and place.left > 0:
            return await self._glance(folder, replace(place, left=place.left - 1), begins)
        if place.kind == "rest":
            await self._raise_if_over(folder, place)
            place = _Place(place.why, "at")
        return await self._list_on(folder, place, begins)

    async def newest(self, folder: RemoteId, fields: Fields, limit: int) -> Sequence[RemoteMessage]:
        """The newest ``limit`` messages, broken ones left out."""
        found: list[RemoteMessage] = []
        end, is_last = 0, False
        while end < limit and not is_last:
            span = await self._span(folder, fields, end, limit - end)
            found += span.messages
            is_last = span.is_last or span.end == end  # whatever it says, nothing follows
            end = span.end
        return found

    async def _raise_if_over(self, folder: RemoteId, place: _Place) -> None:
        """Raises CursorExpired when what kept the folder from being read by delta has gone."""
        if place.why is Why.BROKEN:
            if place.broken == 0:
                raise CursorExpired("nothing_broken")
            return
        try:
            await self._has_room(folder)
        except Refused:
            return
        raise CursorExpired("has_room_again")

    async def _list_on(self, folder: RemoteId, place: _Place, begins: datetime | None) -> DeltaPage:
        span = await self._span(folder, self._places, place.at, _PAGE, begins)
        broken = place.broken + span.broken
        if not span.is_last:
            going_on = _Place(place.why, "at", span.end, broken=broken).text
            return DeltaPage(span.messages, frozenset(), going_on, None, is_listing=True)
        glances = max(_GLANCES_AT_LEAST, span.end // _PAGE // _PAGES_PER_GLANCE)
        done = _Place(place.why, "rest", 0, glances, broken).text
        return DeltaPage(span.messages, frozenset(), None, done, is_listing=True)

    async def _glance(self, folder: RemoteId, place: _Place, begins: datetime | None) -> DeltaPage:
        span = await self._span(folder, self._places, place.at, _GLANCE, begins)
        done = replace(place, kind="rest", at=0).text
        further = None if span.is_last else replace(place, kind="on", at=span.end).text
        return DeltaPage(span.messages, frozenset(), None, done, further=further)

    async def _span(
        self, folder: RemoteId, fields: Fields, first: int, size: int, begins: datetime | None = None
    ) -> Span:
        """At most ``size`` neighbours from a place on. Raises TooHeavy when nothing there can be read."""
        broken = 0
        while True:
            try:
                page = await self._read(folder, fields, first + broken, size, begins)
            except TooHeavy:
                if size > 1:
                    size = max(1, size // _SHRINK)
                    continue
                broken += 1
                if broken == _BROKEN_IN_A_ROW:
                    await self._client.get(self._path(folder))  # raises in an outage
                if broken >= _BROKEN_AT_MOST:
                    raise
            else:
                items = tuple(remote_message(item) for item in page.items)
                end = first + broken + len(page.items) + page.unreadable
                return Span(items, end, page.next_link is None, broken)

    async def _read(
        self, folder: RemoteId, fields: Fields, first: int, size: int, begins: datetime | None
    ) -> Page:
        parameters = fields.parameters() | since(begins)
        parameters |= {"$orderby": _ORDER, "$top": str(size), "$skip": str(first)}
        answer = await self._client.get(f"{self._path(folder)}/messages?{query(parameters)}")
        return decode_page(answer, WireMessage)

    def _path(self, folder: RemoteId) -> str:
        return f"/{self._mailbox}/mailFolders/{segment(folder)}"


def _place(cursor: str) -> _Place:
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise CursorExpired("foreign_link")
    why, kind, *numbers = found.groups()
    at, left, broken = map(int, numbers)
    return _Place(Why(why), kind, at, left, broken)
