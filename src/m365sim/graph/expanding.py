"""``$expand`` on messages and folders: attachments, extended properties.

Source: Graph v1.0, "List attachments", "Get singleValueLegacyExtendedProperty",
"Get multiValueLegacyExtendedProperty".
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from m365sim.graph import odata
from m365sim.graph.attachments import AttachmentView, attachments_json, view_of
from m365sim.graph.context import Context
from m365sim.graph.errors import not_simulated
from m365sim.graph.extended import MULTI, SINGLE, folder_value_of, ids_of, listed, value_of
from m365sim.world.folders import Folder
from m365sim.world.messages import Message


@dataclass(frozen=True, slots=True)
class Expansion:
    """What is added to each item. ``single`` and ``multi`` are ids of properties in Graph's spelling."""

    attachments: AttachmentView | None = None
    single: tuple[str, ...] = ()
    multi: tuple[str, ...] = ()


NOTHING = Expansion()
_MARKS = frozenset(
    {
        *("isRead", "flag", "categories", "importance", "inferenceClassification"),
        *("isReadReceiptRequested", "isDeliveryReceiptRequested"),
    }
)


def parse_expansion(text: str, *, of_folder: bool = False) -> Expansion:
    """Understand ``$expand``; 501 for what is not simulated."""
    found = NOTHING
    for expand in odata.expands(text):
        name = odata.spelled(expand.name, ("attachments", SINGLE, MULTI))
        if name == "attachments" and not of_folder:
            found = replace(found, attachments=view_of(expand.options))
        elif name == SINGLE:
            found = replace(found, single=_ids(expand))
        elif name == MULTI:
            found = replace(found, multi=_ids(expand))
        else:
            raise not_simulated(f"$expand={expand.name}{' on folders' if of_folder else ''}")
    return found


def _ids(expand: odata.Expand) -> tuple[str, ...]:
    odata.check_options(expand.options, ("$filter",))
    return ids_of(expand.options.get("$filter", ""), expand.name)


def expand(message: Message, context: Context, expansion: Expansion) -> dict[str, Any]:
    """The expanded properties of one message."""
    if expansion == NOTHING:
        return {}
    added = listed(expansion.single, expansion.multi, lambda key: value_of(message, key))
    if expansion.attachments is not None:
        added["attachments"] = attachments_json(message, context, expansion.attachments)
    return added


def expand_changed(
    message: Message, context: Context, expansion: Expansion, fields: Collection[str]
) -> dict[str, Any]:
    """What of the expanded properties a partial item shows when these properties changed."""
    if "hasAttachments" not in fields:
        expansion = replace(expansion, attachments=None)
    if _MARKS.issuperset(fields):
        expansion = replace(expansion, single=(), multi=())
    return expand(message, context, expansion)


def expand_folder(folder: Folder, expansion: Expansion) -> dict[str, Any]:
    """The expanded properties of one folder."""
    return listed(expansion.single, expansion.multi, lambda key: folder_value_of(folder, key))
