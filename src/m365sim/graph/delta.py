"""Delta rounds over the messages of a folder.

The first round walks the folder from the newest message down and costs what a page shows; later rounds
read the folder's journal and cost what changed.

Source: Graph v1.0, "Get incremental changes to messages in a folder".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import msgspec

from m365sim.graph import odata, oddities
from m365sim.graph.context import Context
from m365sim.graph.errors import access_denied, bad_request
from m365sim.graph.expanding import Expansion, expand_changed, parse_expansion
from m365sim.graph.extended import NAMES as EXTENDED
from m365sim.graph.http import Answer
from m365sim.graph.pages import Item, Items, check_sound, items_json
from m365sim.graph.render import etag, message_json, selection
from m365sim.graph.rounds import Page, answer, finished, position_of, slice_of
from m365sim.graph.routes import Rows
from m365sim.graph.search_folders import refuse_search_folder
from m365sim.graph.tokens import DeltaQuery, Position
from m365sim.world.changes import Change, Kind
from m365sim.world.folders import Folder
from m365sim.world.instants import parse_iso
from m365sim.world.messages import Message, key_floor, number_of

FILTERED_LIMIT = 5000
MOST_GONE = 500
"""So many of them are remembered; a token must still fit into an address."""
_TIME = "receivedDateTime"
_SINCE = re.compile(r"^\s*(\w+)\s+(ge|gt)\s+(\S+)\s*$")
_OPTIONS = ("$select", "$top", "$expand", "$filter", "$orderby", "changeType")


def messages_delta(context: Context, folder: Folder) -> Answer:
    """GET mailFolders/{id}/messages/delta."""
    refuse_search_folder(folder)
    place = f"mailFolders('{context.folder_id(folder)}')/messages"
    position = position_of(context, folder.number, place, _message_query)
    if (after := oddities.blank_page(context, position, oddities.TOP)) is not None:
        return answer(context, place, "Collection(message)", [], after)
    position = msgspec.structs.replace(position, is_blank=False)
    if context.is_basic and position.query.expand:
        raise access_denied()
    expansion = parse_expansion(position.query.expand)
    size = context.prefer.page_size or position.query.top or odata.DEFAULT_PAGE
    if position.upto is None:
        value, after = _first_round(context, folder, position, size, expansion)
    else:
        value, after = _change_round(context, folder, position, size, expansion)
    value = oddities.shuffled(context, position, value)
    return answer(context, place, "Collection(message)", value, after)


def refuse_mailbox_delta(context: Context) -> Answer:
    """GET messages/delta: in the SDKs, yet refused by the service."""
    message = "Unsupported request: Change tracking is not supported against 'microsoft.graph.message'."
    raise bad_request(message, "ErrorInvalidRequest")


def _message_query(context: Context) -> DeltaQuery:
    query = context.request.query
    odata.check_options(query, _OPTIONS)
    parse_expansion(query.get("$expand", ""))
    if odata.orderby(query, (_TIME,)) not in ([], [(_TIME, True)]):
        raise bad_request("Delta supports only $orderby=receivedDateTime desc.", "ErrorInvalidUrlQuery")
    return DeltaQuery(
        selection(context),
        query.get("$expand", ""),
        odata.number(query, "$top", 1, odata.MAX_TOP),
        _since(query.get("$filter")),
        _change_type(query.get("changeType")),
    )


def _since(text: str | None) -> int | None:
    if text is None:
        return None
    match = _SINCE.match(text)
    if match is None or odata.spelled(match[1], (_TIME,)) != _TIME:
        raise bad_request(
            "Delta supports only $filter=receivedDateTime ge or gt an instant.", "ErrorInvalidUrlQuery"
        )
    try:
        instant = parse_iso(match[3])
    except ValueError:
        raise bad_request(f"Invalid filter clause: {match[3]} is no instant.") from None
    return instant if match[2] == "ge" else instant + 1


def _change_type(text: str | None) -> Any:
    if text not in (None, "created", "updated", "deleted"):
        raise bad_request(f"Invalid changeType '{text}'.", "ErrorInvalidUrlQuery")
    return text


def _first_round(
    context: Context, folder: Folder, position: Position, size: int, expansion: Expansion
) -> Page:
    query = position.query
    if query.change_type in ("updated", "deleted"):
        return [], finished(position)
    downto = None if query.since_s is None else key_floor(query.since_s)
    if downto is not None:
        size = min(size, FILTERED_LIMIT - position.given)
    keys = list(islice(folder.newest(position.at, downto), size + 1))
    page = keys[:size]
    unseen = oddities.hidden(context, folder, position)
    again = oddities.repeated_keys(context, folder, position, page, size)
    numbers = [n for n in map(number_of, (*page, *again)) if n not in unseen]
    value = items_json(context, numbers, query.select, expansion, is_typed=True)
    given = position.given + len(page)
    if len(keys) <= size or (downto is not None and given >= FILTERED_LIMIT):
        return value, finished(position)
    return value, msgspec.structs.replace(position, at=page[-1], given=given)


def _change_round(
    context: Context, folder: Folder, position: Position, size: int, expansion: Expansion
) -> Page:
    upto = position.upto or 0
    is_immutable, is_blind = context.prefer.is_immutable, context.sim.behaviour.delta_blind_spot
    window = folder.journal.window(position.since, upto, is_immutable=is_immutable, is_blind=is_blind)
    page, after = slice_of(window, position, size)
    if is_immutable:
        after = msgspec.structs.replace(after, gone=_gone(context, folder, page, position.gone))
    # What is told again comes first, so that the news has the last word.
    page = [*oddities.repeated_changes(context, folder, position, window, size), *page]
    check_sound(context, (c.number for c in page if _is_in(context, folder, c.number)))
    page = [_whole(change) if is_immutable and change.number in position.gone else change for change in page]
    items = Items(context, position.query.select, expansion, is_typed=True)
    shown = (_changed(context, folder, change, position.query, expansion, items) for change in page)
    return [item for item in shown if item is not None], after


def _is_in(context: Context, folder: Folder, number: int) -> bool:
    message = context.mailbox.messages.get(number)
    return message is not None and message.folder is folder


def _gone(context: Context, folder: Folder, page: Sequence[Change], before: Iterable[int]) -> tuple[int, ...]:
    """The messages that are here though the program was told that they have gone, after one more page."""
    gone = dict.fromkeys(before)
    for change in page:
        if change.kind is Kind.REMOVED and _is_in(context, folder, change.number):
            gone[change.number] = None
        else:
            gone.pop(change.number, None)
    return tuple(gone)[-MOST_GONE:]


def _whole(change: Change) -> Change:
    """News of a message that the program takes for gone: it is told as new, with all it has."""
    return change if change.kind is Kind.REMOVED else replace(change, kind=Kind.ADDED)


def _changed(
    context: Context, folder: Folder, change: Change, query: DeltaQuery, expansion: Expansion, items: Items
) -> Item | None:
    """One change as shown; None for what the query leaves out or a later round will tell."""
    if query.change_type is not None and change.kind.value != query.change_type:
        return None
    if change.kind is Kind.REMOVED:
        if query.since_s is not None and (change.received_s or 0) < query.since_s:
            return None
        ids = context.mailbox.ids
        is_immutable = context.prefer.is_immutable
        gone = ids.immutable(change.number) if is_immutable else ids.message(change.placement)
        reason = _reason(context, change)
        return {"@odata.type": "#microsoft.graph.message", "id": gone, "@removed": {"reason": reason}}
    message = context.mailbox.messages.get(change.number)
    if message is None or message.folder is not folder:
        return None
    if query.since_s is not None and message.received_s < query.since_s:
        return None
    if change.kind is Kind.ADDED:
        return items.shown(change.number)
    return _partial(context, message, change, query, expansion)


def _reason(context: Context, change: Change) -> str:
    message = context.mailbox.messages.get(change.number)
    is_recoverable = message is not None and message.folder.is_beyond
    return context.sim.behaviour.removed_reason if is_recoverable else "deleted"


def _partial(
    context: Context, message: Message, change: Change, query: DeltaQuery, expansion: Expansion
) -> dict[str, Any]:
    wanted = {*change.fields, "parentFolderId"} - EXTENDED
    if query.select is not None:
        wanted &= set(query.select)
    shown = message_json(message, context, ("id", *sorted(wanted - {"id"})))
    shown |= expand_changed(message, context, expansion, change.fields)
    return {"@odata.type": "#microsoft.graph.message", **shown, "@odata.etag": etag(message, context)}


ROUTES: Rows = (
    ("GET", "mailFolders/{folder}/messages/delta", "basic", messages_delta),
    ("GET", "messages/delta", "basic", refuse_mailbox_delta),
)
