"""Lists of messages: of one folder, of a search folder, or of the whole mailbox.

Without filter and other order a page costs what it shows, however large the folder. Links carry ``$skip``.
A list comes newest first, one with a filter and no order of its own oldest first.

Source: Graph v1.0, "List messages"; microsoft/work-iq, plugins/workiq/skills/mail/references/find.md at
10321ad (oldest first).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import quote

from m365sim.graph import odata
from m365sim.graph.context import Context
from m365sim.graph.errors import access_denied, bad_request, not_simulated
from m365sim.graph.expanding import parse_expansion
from m365sim.graph.filter_values import Field
from m365sim.graph.filters import Filter, check_order
from m365sim.graph.http import Answer, json_answer
from m365sim.graph.message_schema import KIND, NOT_BASIC, message_schema
from m365sim.graph.pages import items_json, page_size
from m365sim.graph.render import selection
from m365sim.graph.routes import Rows, of_messages
from m365sim.graph.scan import Bounds, bounds_of, folders_meant, in_order, number_passing, passing, walk
from m365sim.graph.search import count_search, search_messages
from m365sim.graph.search_folders import members, message_filter
from m365sim.world.folders import Folder
from m365sim.world.messages import Message, number_of

_OPTIONS = ("$select", "$top", "$skip", "$filter", "$orderby", "$count", "$expand", "includeHiddenMessages")
_FEW = 2000
_NEWEST_FIRST = [("receivedDateTime", True)]
_OLDEST_FIRST = [("receivedDateTime", False)]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a list is to show: ``orders`` are rising sort keys, one list a folder."""

    context: Context
    folder: Folder | None
    orders: Sequence[list[int]]
    found: Filter[Message] | None
    order: list[tuple[str, bool]]

    def walk(self) -> Iterator[Message]:
        is_down = self.order != _OLDEST_FIRST
        return walk(self.context.mailbox, self.orders, self._belongs, newest_first=is_down)

    def _belongs(self, message: Message) -> bool:
        folder = self.folder
        if folder is None or folder.search is not None:
            return not message.folder.is_beyond
        return message.folder is folder

    def test(self, message: Message) -> bool:
        return self.found is None or self.found.test(message)

    async def page(self, skip: int, count: int) -> list[Message]:
        if self.order not in ([], _NEWEST_FIRST, _OLDEST_FIRST):
            fields = [(_field(self.context, name), is_down) for name, is_down in self.order]
            return (await in_order(self.walk(), self.test, fields))[skip : skip + count]
        if self.found is None and len(self.orders) == 1:
            return self._cut(self.orders[0], skip, count)
        if self.found is None and skip < _FEW:
            return list(islice(self.walk(), skip, skip + count))
        return await passing(self.walk(), self.test, skip, count)

    def _cut(self, keys: list[int], skip: int, count: int) -> list[Message]:
        """A page out of one order, at the same cost wherever it lies."""
        if self.order == _OLDEST_FIRST:
            page = keys[skip : skip + count]
        else:
            end = max(0, len(keys) - skip)
            page = keys[max(0, end - count) : end][::-1]
        known = self.context.mailbox.messages
        return [message for key in page if (message := known.get(number_of(key))) is not None]

    async def count(self) -> int:
        if self.found is None:
            return sum(map(len, self.orders))
        return await number_passing(self.walk(), self.found.test)


async def list_messages(context: Context, folder: Folder | None = None) -> Answer:
    """GET messages: a page of a folder, or (None) of the whole mailbox."""
    query = context.request.query
    if "$search" in query:
        return await search_messages(context, folder)
    odata.check_options(query, _OPTIONS)
    odata.flag(query, "includeHiddenMessages")  # there are none
    select, expansion = selection(context), parse_expansion(query.get("$expand", ""))
    top, skip = page_size(context), odata.number(query, "$skip", 0) or 0
    plan = await _plan(context, folder)
    page = await plan.page(skip, top + 1)
    data: dict[str, Any] = {"@odata.context": context.annotation(_place(context, folder))}
    if odata.flag(query, "$count"):
        data["@odata.count"] = await plan.count()
    data["value"] = items_json(context, [m.number for m in page[:top]], select, expansion)
    if len(page) > top:
        data["@odata.nextLink"] = next_link(context, skip + top)
    return json_answer(data)


async def count_messages(context: Context, folder: Folder | None = None) -> Answer:
    """GET messages/$count: a bare number, of those the filter or the search lets through."""
    query = context.request.query
    odata.check_options(query, ("$filter", "$search"))
    if "$search" in query:
        number = await count_search(context, folder)
    else:
        number = await (await _plan(context, folder)).count()
    return Answer(200, str(number).encode(), "text/plain")


async def _plan(context: Context, folder: Folder | None) -> _Plan:
    query = context.request.query
    order = odata.orderby(query, message_schema(context.mailbox.ids).names)
    found = message_filter(context, query["$filter"]) if "$filter" in query else None
    check_order(found, order)
    named = {*(found.properties if found else ()), *(name for name, _ in order)}
    if context.is_basic and NOT_BASIC & named:
        raise access_denied()
    shown = order or ([] if found is None else _OLDEST_FIRST)
    return _Plan(context, folder, await _orders(context, folder, found), found, shown)


async def _orders(context: Context, folder: Folder | None, found: Filter[Message] | None) -> list[list[int]]:
    facts = () if found is None else found.facts
    if folder is not None and folder.search is not None:
        orders = [(await members(context, folder)).keys]
    elif folder is not None:
        orders = [folder.order]
    else:
        orders = [f.order for f in folders_meant(context.mailbox, facts)]
    is_walked = odata.number(context.request.query, "$skip", 0) or context.request.query.get("$orderby")
    if found is None and not is_walked:
        return orders  # a page is taken at once, so no copy is needed
    bounds = Bounds() if found is None else bounds_of(facts)
    return [bounds.slice_of(keys) for keys in orders]


def _field(context: Context, name: str) -> Field[Message]:
    schema = message_schema(context.mailbox.ids)
    if name in schema.fields:
        return schema.fields[name]
    if name in schema.unserved or name in schema.collections:
        raise not_simulated(f"$orderby={name}")
    raise bad_request(f"Could not find a property named '{name}' on type '{KIND}'.")


def _place(context: Context, folder: Folder | None) -> str:
    return "messages" if folder is None else f"mailFolders('{context.folder_id(folder)}')/messages"


def next_link(context: Context, skip: int) -> str:
    """The address of the page after ``skip`` items, with every other option kept."""
    request = context.request
    query = {**request.query, "$skip": str(skip)}
    options = "&".join(f"{quote(n, safe='$')}={quote(v, safe='')}" for n, v in query.items())
    return f"{request.root}{request.target}?{options}"


ROUTES: Rows = of_messages(
    ("GET", "", "basic", list_messages),
    ("GET", "/$count", "basic", count_messages),
)
