"""Lists of messages: of one folder or of the whole mailbox.

Without filter and other order a page costs what it shows, however large the folder. Links carry ``$skip``.

Source: Graph v1.0, "List messages".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import islice
from typing import Any
from urllib.parse import quote

from m365sim.graph import odata
from m365sim.graph.context import Context
from m365sim.graph.errors import not_simulated
from m365sim.graph.expanding import expand, parse_expansion
from m365sim.graph.filters import Filter, check_order, parse_filter, properties
from m365sim.graph.http import Answer, json_answer
from m365sim.graph.render import KIND, PROPERTIES, message_json
from m365sim.graph.routes import Rows, of_messages
from m365sim.world.folders import Folder
from m365sim.world.mailbox import Mailbox
from m365sim.world.messages import Message, number_of

_OPTIONS = ("$select", "$top", "$skip", "$filter", "$orderby", "$count", "$expand")


def list_messages(context: Context, folder: Folder | None = None) -> Answer:
    """GET messages: a page of a folder, or (None) of the whole mailbox."""
    query = context.request.query
    odata.check_options(query, _OPTIONS)
    select = odata.select(query, PROPERTIES, KIND)
    expansion = parse_expansion(query.get("$expand", ""))
    top = odata.number(query, "$top", 1, odata.MAX_TOP) or context.prefer.page_size or odata.DEFAULT_PAGE
    skip = odata.number(query, "$skip", 0) or 0
    found = _found(context, folder)
    page = list(islice(found, skip, skip + top + 1))
    data: dict[str, object] = {"@odata.context": context.annotation(_place(context, folder))}
    if odata.flag(query, "$count"):
        data["@odata.count"] = _count(context, folder)
    data["value"] = [
        {**message_json(m, context, select), **expand(m, context, expansion)} for m in page[:top]
    ]
    if len(page) > top:
        data["@odata.nextLink"] = next_link(context, skip + top)
    return json_answer(data)


def count_messages(context: Context, folder: Folder | None = None) -> Answer:
    """GET messages/$count: a bare number, of those the filter lets through."""
    odata.check_options(context.request.query, ("$filter",))
    return Answer(200, str(_count(context, folder)).encode(), "text/plain")


def _count(context: Context, folder: Folder | None) -> int:
    if "$filter" not in context.request.query:
        return len(context.mailbox.messages) if folder is None else folder.total
    return sum(1 for _ in _found(context, folder))


def _found(context: Context, folder: Folder | None) -> Iterator[Message]:
    query, mailbox = context.request.query, context.mailbox
    order = odata.orderby(query)
    found = parse_filter(query["$filter"], mailbox) if "$filter" in query else None
    check_order(found, order)
    messages = _ordered(mailbox, folder, order)
    return iter(messages) if found is None else _filtered(messages, found)


def _filtered(messages: Iterable[Message], found: Filter) -> Iterator[Message]:
    return (m for m in messages if found.test(m))


def _ordered(mailbox: Mailbox, folder: Folder | None, order: list[tuple[str, bool]]) -> Iterable[Message]:
    if not order or order == [("receivedDateTime", True)]:
        return _newest(mailbox, folder)
    messages = list(_newest(mailbox, folder))
    known = properties(mailbox)
    for name, is_descending in reversed(order):
        if name not in known:
            raise not_simulated(f"$orderby={name}")
        value = known[name]
        messages.sort(key=lambda m: _sortable(value(m)), reverse=is_descending)
    return messages


def _sortable(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _newest(mailbox: Mailbox, folder: Folder | None) -> Iterable[Message]:
    if folder is not None:
        return mailbox.newest(folder)
    keys = merge(*(f.newest() for f in mailbox.folders.values()), reverse=True)
    return (mailbox.messages[number_of(key)] for key in keys)


def _place(context: Context, folder: Folder | None) -> str:
    return "messages" if folder is None else f"mailFolders('{context.folder_id(folder)}')/messages"


def next_link(context: Context, skip: int) -> str:
    """The address of the page after ``skip`` items, with every other option kept."""
    request = context.request
    query = {**request.query, "$skip": str(skip)}
    options = "&".join(f"{quote(n, safe='$')}={quote(v, safe='')}" for n, v in query.items())
    return f"{request.root}{request.target}?{options}"


ROUTES: Rows = of_messages(
    ("GET", "", "read", list_messages),
    ("GET", "/$count", "read", count_messages),
)
