"""Routes of single folders, search folders among them; `folder_lists` has the lists.

Source: Graph v1.0, "Get mailFolder", "Create MailFolder", "Create mailSearchFolder", "Update mailFolder",
"Update mailSearchFolder", "Delete mailFolder", "mailFolder: move", "mailFolder: copy".
"""

from __future__ import annotations

from typing import Any

from m365sim.graph import odata, values
from m365sim.graph.context import Context
from m365sim.graph.errors import bad_request
from m365sim.graph.extended import NAMES as EXTENDED
from m365sim.graph.extended import changes_of
from m365sim.graph.folder_lists import (
    ALL,
    KIND,
    FolderView,
    count_folders,
    folder_json,
    list_folders,
    view_of,
)
from m365sim.graph.http import Answer, json_answer, no_content
from m365sim.graph.messages import destination
from m365sim.graph.parameters import parameters
from m365sim.graph.routes import Rows
from m365sim.graph.search_folders import KIND as SEARCH_KIND
from m365sim.graph.search_folders import PROPERTIES as SEARCH_PROPERTIES
from m365sim.graph.search_folders import is_search, read_search
from m365sim.world import tree
from m365sim.world.extending import extend_folder
from m365sim.world.folders import Folder

_SEARCH_WRITABLE = frozenset(SEARCH_PROPERTIES) - {"isSupported"}


async def get_folder(context: Context, folder: Folder) -> Answer:
    """GET mailFolders/{id or well-known name}."""
    odata.check_options(context.request.query, ("$select", "$expand", "includeHiddenFolders"))
    return await _shown(context, folder, 200, view_of(context.request.query))


async def create_folder(context: Context, folder: Folder | None = None) -> Answer:
    """POST mailFolders or childFolders: a folder, or by its type a search folder."""
    odata.check_options(context.request.query, ())
    body = context.request.json()
    data = values.plain(body, KIND, SEARCH_KIND, known=ALL)
    is_hidden = data.get("isHidden", False)
    if not isinstance(is_hidden, bool):
        raise bad_request("isHidden must be true or false.", "RequestBodyRead")
    search = None
    if is_search(body):
        _check_known(data, {"displayName", "isHidden", *EXTENDED, *_SEARCH_WRITABLE})
        search = read_search(context, data)
    else:
        _check_known(data, {"displayName", "isHidden", *EXTENDED})
    parent, extended = folder or context.mailbox.root, changes_of(data)
    made = tree.create(context.mailbox, parent, _name(data), is_hidden=is_hidden, search=search)
    extend_folder(context.mailbox, made, extended)
    return await _shown(context, made, 201)


async def update_folder(context: Context, folder: Folder) -> Answer:
    """PATCH mailFolders/{id}: the display name, extended properties; of a search folder what it shows."""
    odata.check_options(context.request.query, ())
    body = context.request.json()
    data = values.plain(body, KIND, SEARCH_KIND, known=ALL)
    if is_search(body) and folder.search is None:
        raise bad_request("A mailFolder cannot become a mailSearchFolder.", "ErrorInvalidPropertySet")
    own = _SEARCH_WRITABLE if folder.search is not None else frozenset()
    _check_known(data, {"displayName", *EXTENDED, *own})
    extended = changes_of(data)
    search = None if folder.search is None else read_search(context, data, folder.search)
    if "displayName" in data or (not extended and search is None):
        tree.rename(context.mailbox, folder, _name(data))
    if search is not None:
        tree.search_for(context.mailbox, folder, search)
    extend_folder(context.mailbox, folder, extended)
    return await _shown(context, folder, 200)


async def move_folder(context: Context, folder: Folder) -> Answer:
    """POST mailFolders/{id}/move."""
    odata.check_options(context.request.query, ())
    moved = tree.move(context.mailbox, folder, destination(context))
    return await _shown(context, moved, context.sim.behaviour.folder_action_status)


async def copy_folder(context: Context, folder: Folder) -> Answer:
    """POST mailFolders/{id}/copy."""
    odata.check_options(context.request.query, ())
    made = tree.copy(context.mailbox, folder, destination(context))
    return await _shown(context, made, context.sim.behaviour.folder_action_status)


def delete_folder(context: Context, folder: Folder) -> Answer:
    """DELETE mailFolders/{id}: to Deleted Items; from there it goes, and its mail can be recovered."""
    odata.check_options(context.request.query, ())
    tree.delete(context.mailbox, folder, is_recoverable=context.sim.behaviour.recoverable_items)
    return no_content()


def destroy_folder(context: Context, folder: Folder) -> Answer:
    """POST mailFolders/{id}/permanentDelete."""
    context.check_global("permanentDelete")
    odata.check_options(context.request.query, ())
    parameters(context.request, ())
    tree.destroy(context.mailbox, folder)
    return no_content()


async def _shown(context: Context, folder: Folder, status: int, view: FolderView | None = None) -> Answer:
    annotation = {"@odata.context": context.annotation("mailFolders/$entity")}
    shown = await folder_json(context, folder, view or FolderView())
    return json_answer({**annotation, **shown}, status)


def _check_known(data: dict[str, Any], allowed: set[str]) -> None:
    for name in data:
        if name not in allowed:
            message = f"The property '{name}' of a mailFolder cannot be set here."
            raise bad_request(message, "ErrorInvalidPropertySet")


def _name(data: dict[str, Any]) -> str:
    name = data.get("displayName")
    if not isinstance(name, str):
        raise bad_request("displayName is missing or not a text.", "ErrorInvalidParameter")
    return name


ROUTES: Rows = (
    ("GET", "mailFolders", "basic", list_folders),
    ("POST", "mailFolders", "write", create_folder),
    ("GET", "mailFolders/$count", "basic", count_folders),
    ("GET", "mailFolders/{folder}", "basic", get_folder),
    ("PATCH", "mailFolders/{folder}", "write", update_folder),
    ("DELETE", "mailFolders/{folder}", "write", delete_folder),
    ("POST", "mailFolders/{folder}/move", "write", move_folder),
    ("POST", "mailFolders/{folder}/copy", "write", copy_folder),
    ("POST", "mailFolders/{folder}/permanentDelete", "write", destroy_folder),
    ("GET", "mailFolders/{folder}/childFolders", "basic", list_folders),
    ("GET", "mailFolders/{folder}/childFolders/$count", "basic", count_folders),
    ("POST", "mailFolders/{folder}/childFolders", "write", create_folder),
)
