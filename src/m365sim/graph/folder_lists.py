"""Lists of folders: filtered, sorted, in pages, with the folders below them where asked for.

Source: Graph v1.0, "List mailFolders", "List childFolders".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from m365sim.graph import odata
from m365sim.graph.context import Context
from m365sim.graph.errors import bad_request
from m365sim.graph.expanding import NOTHING, Expansion, expand_folder, parse_expansion
from m365sim.graph.filter_values import Field, Schema
from m365sim.graph.filters import parse_filter
from m365sim.graph.http import Answer, json_answer
from m365sim.graph.listing import next_link
from m365sim.graph.pages import page_size
from m365sim.graph.search_folders import KIND as SEARCH_KIND
from m365sim.graph.search_folders import PROPERTIES as SEARCH_PROPERTIES
from m365sim.graph.search_folders import counted, search_json
from m365sim.world.folders import Folder

KIND = "microsoft.graph.mailFolder"
PROPERTIES = (
    "id",
    "displayName",
    "parentFolderId",
    "childFolderCount",
    "unreadItemCount",
    "totalItemCount",
    "isHidden",
)
_OPTIONS = ("$select", "$top", "$skip", "$count", "$filter", "$orderby", "$expand", "includeHiddenFolders")
_NESTED = ("$select", "$filter", "$top", "$orderby", "$expand", "includeHiddenFolders")
_UNSERVED = frozenset(
    {
        "childFolders",
        "messageRules",
        "messages",
        "multiValueExtendedProperties",
        "singleValueExtendedProperties",
    }
)
ALL = frozenset((*PROPERTIES, *SEARCH_PROPERTIES)) | _UNSERVED
"""Every property of a folder, those that are not simulated among them."""
MAX_LEVELS = 5


@dataclass(frozen=True, slots=True)
class FolderView:
    """How folders are shown: which properties, and with which of the folders below them."""

    select: tuple[str, ...] | None = None
    children: ChildView | None = None
    expansion: Expansion = NOTHING


@dataclass(frozen=True, slots=True)
class ChildView:
    """The folders below one: chosen and sorted by these options, shown by the view."""

    options: Mapping[str, str]
    view: FolderView


def view_of(options: Mapping[str, str], level: int = 0) -> FolderView:
    """Understand ``$select`` and ``$expand``; 501 for what is not simulated."""
    select = odata.select(options, (*PROPERTIES, "childFolders"), KIND)
    if select is not None:
        select = tuple(name for name in select if name != "childFolders")
    children: ChildView | None = None
    others = []
    for term in odata.split_outside(options.get("$expand", ""), ","):
        [*expands] = odata.expands(term)
        if not expands or expands[0].name.lower() != "childfolders":
            others.append(term)
            continue
        if level >= MAX_LEVELS:
            raise bad_request("The $expand is nested too deeply.")
        odata.check_options(expands[0].options, _NESTED)
        children = ChildView(expands[0].options, view_of(expands[0].options, level + 1))
    return FolderView(select, children, parse_expansion(",".join(others), of_folder=True))


async def folder_json(context: Context, folder: Folder, view: FolderView) -> dict[str, Any]:
    """One folder as this view shows it."""
    return (await folders_json(context, [folder], view))[0]


async def folders_json(context: Context, folders: Sequence[Folder], view: FolderView) -> list[dict[str, Any]]:
    """Folders as this view shows them; those of search folders are counted now."""
    numbers = await counted(context, folders)
    shown = []
    for folder in folders:
        item = _properties(context, folder, view.select)
        if folder.number in numbers:
            item |= _chosen(
                {
                    "totalItemCount": len(numbers[folder.number].keys),
                    "unreadItemCount": numbers[folder.number].unread,
                },
                view.select,
            )
        item |= expand_folder(folder, view.expansion)
        if view.children is not None:
            item["childFolders"] = await _children_json(context, folder, view.children)
        shown.append(item)
    return shown


async def _children_json(context: Context, folder: Folder, children: ChildView) -> list[dict[str, Any]]:
    found = await chosen_children(context, folder, children.options)
    top = odata.number(children.options, "$top", 1, odata.MAX_TOP) or odata.MAX_TOP
    return await folders_json(context, found[:top], children.view)


def _properties(context: Context, folder: Folder, select: tuple[str, ...] | None) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": context.folder_id(folder),
        "displayName": folder.name,
        "parentFolderId": context.folder_id(folder.parent or folder),
        "childFolderCount": len(folder.children),
        "unreadItemCount": folder.unread,
        "totalItemCount": folder.total,
        "isHidden": folder.is_hidden,
    }
    if folder.search is None:
        return _chosen(shown, select)
    return {"@odata.type": SEARCH_KIND, **_chosen({**shown, **search_json(context, folder.search)}, select)}


def _chosen(shown: dict[str, Any], select: tuple[str, ...] | None) -> dict[str, Any]:
    return shown if select is None else {name: shown[name] for name in select if name in shown}


async def list_folders(context: Context, folder: Folder | None = None) -> Answer:
    """GET mailFolders (children of the root) or childFolders, by name; hidden ones only when asked for."""
    query, parent = context.request.query, folder or context.mailbox.root
    odata.check_options(query, _OPTIONS)
    view = view_of(query)
    top, skip = page_size(context), odata.number(query, "$skip", 0) or 0
    children = await chosen_children(context, parent, query)
    place = "mailFolders" if folder is None else f"mailFolders('{context.folder_id(folder)}')/childFolders"
    data: dict[str, Any] = {"@odata.context": context.annotation(place)}
    if odata.flag(query, "$count"):
        data["@odata.count"] = len(children)
    data["value"] = await folders_json(context, children[skip : skip + top], view)
    if len(children) > skip + top:
        data["@odata.nextLink"] = next_link(context, skip + top)
    return json_answer(data)


async def count_folders(context: Context, folder: Folder | None = None) -> Answer:
    """GET mailFolders/$count."""
    odata.check_options(context.request.query, ("includeHiddenFolders", "$filter"))
    children = await chosen_children(context, folder or context.mailbox.root, context.request.query)
    return Answer(200, str(len(children)).encode(), "text/plain")


async def chosen_children(context: Context, parent: Folder, options: Mapping[str, str]) -> list[Folder]:
    """The folders below one that the options let through, in the order they ask for."""
    with_hidden = odata.flag(options, "includeHiddenFolders")
    children = [f for f in parent.children if with_hidden or not f.is_hidden]
    is_asked = "$filter" in options or "$orderby" in options
    counts = await counted(context, children) if is_asked else {}
    schema = _schema(context, {n: (len(m.keys), m.unread) for n, m in counts.items()})
    if "$filter" in options:
        test = parse_filter(options["$filter"], schema, is_wide=True).test
        children = [f for f in children if test(f)]
    children.sort(key=lambda f: f.name.casefold())
    for name, is_descending in reversed(odata.orderby(options, schema.names)):
        field = schema.fields.get(name)
        if field is None:
            raise bad_request(f"Could not find a property named '{name}' on type '{KIND}'.")
        children.sort(key=field.read, reverse=is_descending)
    return children


def _schema(context: Context, counts: Mapping[int, tuple[int, int]]) -> Schema[Folder]:
    """What folders can be filtered and sorted by; ``counts`` are total and unread of search folders."""

    def count(folder: Folder, at: int) -> int:
        return counts[folder.number][at] if folder.number in counts else (folder.total, folder.unread)[at]

    fields: dict[str, Field[Folder]] = {
        "id": Field("id", context.folder_id),
        "displayName": Field("text", lambda f: f.name),
        "parentFolderId": Field("id", lambda f: context.folder_id(f.parent or f)),
        "childFolderCount": Field("number", lambda f: len(f.children)),
        "totalItemCount": Field("number", lambda f: count(f, 0)),
        "unreadItemCount": Field("number", lambda f: count(f, 1)),
        "isHidden": Field("boolean", lambda f: f.is_hidden),
    }
    return Schema(KIND, fields, {}, _UNSERVED | set(SEARCH_PROPERTIES))
