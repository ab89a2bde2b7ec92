"""Lists of things a mailbox has few of (categories, rules, overrides): whole, unless they are paged."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from m365sim.graph import odata, values
from m365sim.graph.context import Context
from m365sim.graph.http import Answer, json_answer
from m365sim.graph.listing import next_link

_OPTIONS = ("$select", "$top", "$skip", "$count")


def list_answer(
    context: Context, place: str, items: Sequence[Mapping[str, Any]], known: Collection[str], kind: str
) -> Answer:
    """A page of a list whose items have the properties ``known``; ``place`` is its path in the mailbox."""
    query = context.request.query
    odata.check_options(query, _OPTIONS)
    select = odata.select(query, known, kind)
    size = odata.page_size(query, context.prefer.page_size, odata.MAX_TOP)
    skip = odata.number(query, "$skip", 0) or 0
    data: dict[str, Any] = {"@odata.context": context.annotation(place)}
    if odata.flag(query, "$count"):
        data["@odata.count"] = len(items)
    data["value"] = [chosen(item, select) for item in items[skip : skip + size]]
    if len(items) > skip + size:
        data["@odata.nextLink"] = next_link(context, skip + size)
    return json_answer(data)


def chosen(item: Mapping[str, Any], select: Iterable[str] | None) -> dict[str, Any]:
    """The selected properties of an item that it has (None: all)."""
    return {name: item[name] for name in select if name in item} if select is not None else dict(item)


def item_answer(
    context: Context,
    place: str,
    item: Mapping[str, Any],
    known: Collection[str],
    kind: str,
    status: int = 200,
) -> Answer:
    """One item of the list at ``place``, as GET, POST and PATCH answer with it."""
    query = context.request.query
    odata.check_options(query, ("$select",) if context.request.method == "GET" else ())
    shown = chosen(item, odata.select(query, known, kind))
    return json_answer({"@odata.context": context.annotation(f"{place}/$entity"), **shown}, status)


def count_answer(context: Context, count: int) -> Answer:
    """The bare number of a list's items."""
    odata.check_options(context.request.query, ())
    return Answer(200, str(count).encode(), "text/plain")


def given_of(context: Context, known: Collection[str], kind: str) -> dict[str, Any]:
    """The properties that a body gives of an item of such a list; 400 for one that its type does not have."""
    given = values.plain(context.request.json(), kind)
    if unknown := sorted(set(given) - set(known)):
        raise values.no_such_property(unknown[0], kind)
    return given
