"""Routes of folders.

Source: Graph v1.0, "List mailFolders", "List childFolders", "Get mailFolder", "Create MailFolder",
"Update mailFolder", "Delete mailFolder", "mailFolder: move", "mailFolder: copy".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from m365sim.graph import odata
from m365sim.graph.context import Context
from m365sim.graph.errors import bad_request, not_simulated
from m365sim.graph.expanding import NOTHING, Expansion, expand_folder, parse_expansion
from m365sim.graph.extended import NAMES as EXTENDED
from m365sim.graph.extended import changes_of
from m365sim.graph.http import Answer, json_answer, no_content
from m365sim.graph.listing import next_link
from m365sim.graph.messages import destination
from m365sim.graph.routes import Rows
from m365sim.world import tree
from m365sim.world.extending import extend_folder
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
_BY_NAME = re.compile(r"^\s*displayName\s+eq\s+'((?:[^']|'')*)'\s*$")
_LIST_OPTIONS = ("$select", "$top", "$skip", "$count", "$filter", "$expand", "includeHiddenFolders")


def folder_json(folder: Folder, context: Context, select: Iterable[str] | None = None) -> dict[str, Any]:
    """The selected properties of a folder (None: all)."""
    shown: dict[str, Any] = {
        "id": context.folder_id(folder),
        "displayName": folder.name,
        "parentFolderId": context.folder_id(folder.parent or folder),
        "childFolderCount": len(folder.children),
        "unreadItemCount": folder.unread,
        "totalItemCount": folder.total,
        "isHidden": folder.is_hidden,
    }
    return shown if select is None else {name: shown[name] for name in select}


def list_folders(context: Context, folder: Folder | None = None) -> Answer:
    """GET mailFolders (children of the root) or childFolders, by name; hidden ones only when asked for."""
    query, parent = context.request.query, folder or context.mailbox.root
    odata.check_options(query, _LIST_OPTIONS)
    select = odata.select(query, PROPERTIES, KIND)
    top = odata.number(query, "$top", 1, odata.MAX_TOP) or context.prefer.page_size or odata.DEFAULT_PAGE
    skip = odata.number(query, "$skip", 0) or 0
    expansion = parse_expansion(query.get("$expand", ""), of_folder=True)
    children = _children(context, parent)
    place = "mailFolders" if folder is None else f"mailFolders('{context.folder_id(folder)}')/childFolders"
    data: dict[str, Any] = {"@odata.context": context.annotation(place)}
    if odata.flag(query, "$count"):
        data["@odata.count"] = len(children)
    page = children[skip : skip + top]
    data["value"] = [{**folder_json(f, context, select), **expand_folder(f, expansion)} for f in page]
    if len(children) > skip + top:
        data["@odata.nextLink"] = next_link(context, skip + top)
    return json_answer(data)


def count_folders(context: Context, folder: Folder | None = None) -> Answer:
    """GET mailFolders/$count."""
    odata.check_options(context.request.query, ("includeHiddenFolders", "$filter"))
    children = _children(context, folder or context.mailbox.root)
    return Answer(200, str(len(children)).encode(), "text/plain")


def _children(context: Context, parent: Folder) -> list[Folder]:
    query = context.request.query
    with_hidden = odata.flag(query, "includeHiddenFolders")
    found = [f for f in parent.children if with_hidden or not f.is_hidden]
    if "$filter" in query:
        match = _BY_NAME.match(query["$filter"])
        if match is None:
            raise not_simulated(f"$filter={query['$filter']} on folders")
        wanted = match[1].replace("''", "'").casefold()
        found = [f for f in found if f.name.casefold() == wanted]
    return sorted(found, key=lambda f: f.name.casefold())


def get_folder(context: Context, folder: Folder) -> Answer:
    """GET mailFolders/{id or well-known name}."""
    query = context.request.query
    odata.check_options(query, ("$select", "$expand", "includeHiddenFolders"))
    expansion = parse_expansion(query.get("$expand", ""), of_folder=True)
    return _shown(context, folder, 200, odata.select(query, PROPERTIES, KIND), expansion)


def create_folder(context: Context, folder: Folder | None = None) -> Answer:
    """POST mailFolders or childFolders."""
    odata.check_options(context.request.query, ())
    data = _known(context.request.json(), {"displayName", "isHidden", *EXTENDED})
    is_hidden = data.get("isHidden", False)
    if not isinstance(is_hidden, bool):
        raise bad_request("isHidden must be true or false.", "RequestBodyRead")
    parent, extended = folder or context.mailbox.root, changes_of(data)
    made = tree.create(context.mailbox, parent, _name(data), is_hidden=is_hidden)
    extend_folder(context.mailbox, made, extended)
    return _shown(context, made, 201)


def update_folder(context: Context, folder: Folder) -> Answer:
    """PATCH mailFolders/{id}: the display name, extended properties."""
    odata.check_options(context.request.query, ())
    data = _known(context.request.json(), {"displayName", *EXTENDED})
    extended = changes_of(data)
    if "displayName" in data or not extended:
        tree.rename(context.mailbox, folder, _name(data))
    extend_folder(context.mailbox, folder, extended)
    return _shown(context, folder, 200)


def move_folder(context: Context, folder: Folder) -> Answer:
    """POST mailFolders/{id}/move."""
    odata.check_options(context.request.query, ())
    return _shown(context, tree.move(context.mailbox, folder, destination(context)), 200)


def copy_folder(context: Context, folder: Folder) -> Answer:
    """POST mailFolders/{id}/copy."""
    odata.check_options(context.request.query, ())
    return _shown(context, tree.copy(context.mailbox, folder, destination(context)), 201)


def delete_folder(context: Context, folder: Folder) -> Answer:
    """DELETE mailFolders/{id}: to Deleted Items; from there, for good."""
    odata.check_options(context.request.query, ())
    tree.delete(context.mailbox, folder)
    return no_content()


def destroy_folder(context: Context, folder: Folder) -> Answer:
    """POST mailFolders/{id}/permanentDelete."""
    odata.check_options(context.request.query, ())
    tree.destroy(context.mailbox, folder)
    return no_content()


def _shown(
    context: Context,
    folder: Folder,
    status: int,
    select: Iterable[str] | None = None,
    expansion: Expansion = NOTHING,
) -> Answer:
    annotation = {"@odata.context": context.annotation("mailFolders/$entity")}
    shown = {**folder_json(folder, context, select), **expand_folder(folder, expansion)}
    return json_answer({**annotation, **shown}, status)


def _known(data: dict[str, Any], allowed: set[str]) -> dict[str, Any]:
    for name in data:
        if name not in allowed and not name.startswith("@odata."):
            message = f"The property '{name}' of a mailFolder cannot be set here."
            raise bad_request(message, "ErrorInvalidPropertySet")
    return data


def _name(data: dict[str, Any]) -> str:
    name = data.get("displayName")
    if not isinstance(name, str):
        raise bad_request("displayName is missing or not a text.", "ErrorInvalidParameter")
    return name


ROUTES: Rows = (
    ("GET", "mailFolders", "read", list_folders),
    ("POST", "mailFolders", "write", create_folder),
    ("GET", "mailFolders/$count", "read", count_folders),
    ("GET", "mailFolders/{folder}", "read", get_folder),
    ("PATCH", "mailFolders/{folder}", "write", update_folder),
    ("DELETE", "mailFolders/{folder}", "write", delete_folder),
    ("POST", "mailFolders/{folder}/move", "write", move_folder),
    ("POST", "mailFolders/{folder}/copy", "write", copy_folder),
    ("POST", "mailFolders/{folder}/permanentDelete", "write", destroy_folder),
    ("GET", "mailFolders/{folder}/childFolders", "read", list_folders),
    ("GET", "mailFolders/{folder}/childFolders/$count", "read", count_folders),
    ("POST", "mailFolders/{folder}/childFolders", "write", create_folder),
)
