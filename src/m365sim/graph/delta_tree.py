"""Delta rounds over the folder tree, or the part of it below one folder: first all of it, then each folder
that changed, counters included.

Source: Graph v1.0, "mailFolder: delta".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from m365sim.graph import odata, oddities
from m365sim.graph.context import Context
from m365sim.graph.folder_lists import KIND, PROPERTIES, FolderView, folders_json
from m365sim.graph.http import Answer
from m365sim.graph.rounds import Page, answer, finished, position_of, slice_of
from m365sim.graph.routes import Rows
from m365sim.graph.search_folders import refuse_search_folder
from m365sim.graph.tokens import DeltaQuery, Position
from m365sim.world.changes import Change, Kind
from m365sim.world.folders import Folder

TREE = 0
"""Stands for the whole tree where a position has a folder's number; the tree below a folder is negative."""


async def folders_delta(context: Context) -> Answer:
    """GET mailFolders/delta: the whole tree, later each folder that changed, counters included."""
    return await _delta(context, context.mailbox.root, TREE, "mailFolders")


async def child_folders_delta(context: Context, folder: Folder) -> Answer:
    """GET mailFolders/{id}/childFolders/delta: the same for what lies below a folder, at any depth."""
    refuse_search_folder(folder)
    place = f"mailFolders('{context.folder_id(folder)}')/childFolders"
    return await _delta(context, folder, -folder.number, place)


async def _delta(context: Context, base: Folder, number: int, place: str) -> Answer:
    position = position_of(context, number, place, _folder_query)
    if (after := oddities.blank_page(context, position, 0)) is not None:
        return answer(context, place, "Collection(mailFolder)", [], after)
    position = msgspec.structs.replace(position, is_blank=False)
    size = context.prefer.page_size or position.query.top or odata.DEFAULT_PAGE
    page = await (_first_round if position.upto is None else _change_round)(context, base, position, size)
    value = oddities.shuffled(context, position, page[0])
    return answer(context, place, "Collection(mailFolder)", value, page[1])


def _folder_query(context: Context) -> DeltaQuery:
    query = context.request.query
    odata.check_options(query, ("$select", "$top"))
    select = odata.select(query, PROPERTIES, KIND)
    return DeltaQuery(select, top=odata.number(query, "$top", 1, odata.MAX_TOP))


async def _first_round(context: Context, base: Folder, position: Position, size: int) -> Page:
    done = position.at or 0
    numbers = sorted(f.number for f in base.walk() if f is not base and f.number > done)
    page = numbers[:size]
    before = sorted(f.number for f in base.walk() if f is not base and f.number <= done)[-size:]
    again = [
        *oddities.repeated(context, position, before, "earlier"),
        *oddities.repeated(context, position, page, "again"),
    ]
    folders = [context.mailbox.folders[n] for n in (*page, *again)]
    value = await folders_json(context, folders, FolderView(position.query.select))
    if len(numbers) <= size:
        return value, finished(position)
    return value, msgspec.structs.replace(position, at=page[-1])


async def _change_round(context: Context, base: Folder, position: Position, size: int) -> Page:
    upto = position.upto or 0
    window = context.mailbox.folder_journal.window(position.since, upto, is_immutable=False)
    page, after = slice_of(window, position, size)
    again = oddities.repeated(context, position, page, "again")
    gone = {c.number: c.received_s or 0 for c in window if c.number not in context.mailbox.folders}
    value: list[dict[str, Any]] = []
    for change in (*page, *again):
        value += await _changed(context, base, change, position, gone)
    return value, after


async def _changed(
    context: Context, base: Folder, change: Change, position: Position, gone: Mapping[int, int]
) -> Sequence[dict[str, Any]]:
    """One change as shown; nothing for what lies elsewhere."""
    folder = context.mailbox.folders.get(change.number)
    if folder is not None and folder is not base and folder.is_within(base):
        return await folders_json(context, [folder], FolderView(position.query.select))
    if folder is None:
        is_left = change.kind is Kind.REMOVED and _was_below(context, base, change.number, gone)
    else:
        is_left = folder is not base and "parentFolderId" in change.fields
    if not is_left:
        return ()
    return ({"id": context.mailbox.ids.folder(change.number), "@removed": {"reason": "deleted"}},)


def _was_below(context: Context, base: Folder, number: int, gone: Mapping[int, int]) -> bool:
    """Whether a folder that is gone lay below the base: its parent is known, and so is its parent's."""
    while number in gone:
        number = gone[number]
    parent = context.mailbox.folders.get(number)
    return parent is not None and parent.is_within(base)


ROUTES: Rows = (
    ("GET", "mailFolders/delta", "basic", folders_delta),
    ("GET", "mailFolders/{folder}/childFolders/delta", "basic", child_folders_delta),
)
