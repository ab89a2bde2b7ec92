"""Delta rounds over the folder tree: the whole tree first, then each folder that changed, counters included.

Source: Graph v1.0, "mailFolder: delta".
"""

from __future__ import annotations

from typing import Any

import msgspec

from m365sim.graph import odata
from m365sim.graph.context import Context
from m365sim.graph.folders import KIND, PROPERTIES, folder_json
from m365sim.graph.http import Answer
from m365sim.graph.rounds import Page, answer, finished, position_of, slice_of
from m365sim.graph.routes import Rows
from m365sim.graph.tokens import DeltaQuery, Position
from m365sim.world.changes import Kind
from m365sim.world.folders import Folder

TREE = 0
"""Stands for the tree where a position has a folder's number."""


def folders_delta(context: Context) -> Answer:
    """GET mailFolders/delta: the whole tree, later each folder that changed, counters included."""
    position = position_of(context, TREE, "mailFolders", _folder_query)
    size = context.prefer.page_size or position.query.top or odata.DEFAULT_PAGE
    if position.upto is None:
        value, after = _first_tree_round(context, position, size)
    else:
        value, after = _tree_change_round(context, position, size)
    return answer(context, "mailFolders", "Collection(mailFolder)", value, after)


def _folder_query(context: Context) -> DeltaQuery:
    query = context.request.query
    odata.check_options(query, ("$select", "$top"))
    select = odata.select(query, PROPERTIES, KIND)
    return DeltaQuery(select, top=odata.number(query, "$top", 1, odata.MAX_TOP))


def _first_tree_round(context: Context, position: Position, size: int) -> Page:
    root, done = context.mailbox.root.number, position.at or 0
    numbers = sorted(n for n in context.mailbox.folders if n > done and n != root)
    value = [_tree_item(context, context.mailbox.folders[n], position.query) for n in numbers[:size]]
    if len(numbers) <= size:
        return value, finished(position)
    return value, msgspec.structs.replace(position, at=numbers[size - 1])


def _tree_change_round(context: Context, position: Position, size: int) -> Page:
    upto = position.upto or 0
    window = context.mailbox.folder_journal.window(position.since, upto, is_immutable=False)
    page, after = slice_of(window, position, size)
    value = []
    for change in page:
        folder = context.mailbox.folders.get(change.number)
        if folder is not None and folder.parent is not None:
            value.append(_tree_item(context, folder, position.query))
        elif change.kind is Kind.REMOVED:
            gone = context.mailbox.ids.folder(change.number)
            value.append({"id": gone, "@removed": {"reason": "deleted"}})
    return value, after


def _tree_item(context: Context, folder: Folder, query: DeltaQuery) -> dict[str, Any]:
    return folder_json(folder, context, query.select)


ROUTES: Rows = (("GET", "mailFolders/delta", "read", folders_delta),)
