"""Delta rounds: what changed in a folder, or in the folder tree, since a token.

The first round walks the folder from the newest message down and costs what a page shows; later rounds
read the folder's journal and cost what changed. A round keeps to the query of its first request.

Source: Graph v1.0, "Get incremental changes to messages in a folder", "mailFolder: delta".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import msgspec

from m365sim.graph import odata, tokens
from m365sim.graph.context import Context
from m365sim.graph.errors import GraphError, bad_request
from m365sim.graph.expanding import Expansion, expand, parse_expansion
from m365sim.graph.folders import KIND as FOLDER_KIND
from m365sim.graph.folders import PROPERTIES as FOLDER_PROPERTIES
from m365sim.graph.folders import folder_json
from m365sim.graph.http import Answer, json_answer
from m365sim.graph.render import KIND, PROPERTIES, etag, message_json
from m365sim.graph.tokens import BadToken, DeltaQuery, Position
from m365sim.world.changes import Change, Kind
from m365sim.world.folders import Folder
from m365sim.world.instants import parse_iso
from m365sim.world.messages import Message, key_floor, number_of

FILTERED_LIMIT = 5000
_TREE = 0
_SINCE = re.compile(r"^\s*receivedDateTime\s+(ge|gt)\s+(\S+)\s*$")
_MESSAGE_OPTIONS = ("$select", "$top", "$expand", "$filter", "$orderby", "changeType")
Page = tuple[list[dict[str, Any]], Position]


def messages_delta(context: Context, folder: Folder) -> Answer:
    """GET mailFolders/{id}/messages/delta."""
    place = f"mailFolders('{context.folder_id(folder)}')/messages"
    position = _position(context, folder.number, place, _message_query)
    expansion = parse_expansion(position.query.expand)
    size = context.prefer.page_size or position.query.top or odata.DEFAULT_PAGE
    if position.upto is None:
        value, after = _first_round(context, folder, position, size, expansion)
    else:
        value, after = _change_round(context, folder, position, size, expansion)
    return _answer(context, place, "Collection(message)", value, after)


def folders_delta(context: Context) -> Answer:
    """GET mailFolders/delta: the whole tree, later each folder that changed, counters included."""
    position = _position(context, _TREE, "mailFolders", _folder_query)
    size = context.prefer.page_size or position.query.top or odata.DEFAULT_PAGE
    if position.upto is None:
        value, after = _first_tree_round(context, position, size)
    else:
        value, after = _tree_change_round(context, position, size)
    return _answer(context, "mailFolders", "Collection(mailFolder)", value, after)


def refuse_mailbox_delta(context: Context) -> Answer:
    """GET messages/delta: in the SDKs, yet refused by the service."""
    message = "Unsupported request: Change tracking is not supported against 'microsoft.graph.message'."
    raise bad_request(message, "ErrorInvalidRequest")


# -- where a round stands ------------------------------------------------------------------------------


def _position(
    context: Context, folder: int, place: str, understand: Callable[[Context], DeltaQuery]
) -> Position:
    query = dict(context.request.query)
    if query.get("$deltatoken") == "latest":  # not supported for mail: everything comes back
        del query["$deltatoken"]
        context = _with_query(context, query)
    given = [name for name in ("$deltatoken", "$skiptoken") if name in query]
    if not given:
        return Position(0, folder, context.mailbox.seq, None, None, 0, understand(context))
    if len(query) > 1:
        raise bad_request(
            "A delta token already holds the query: no other query parameter may be given with it."
        )
    return _resumed(context, folder, place, query[given[0]], is_delta=given[0] == "$deltatoken")


def _with_query(context: Context, query: dict[str, str]) -> Context:
    return replace(context, request=replace(context.request, query=query))


def _resumed(context: Context, folder: int, place: str, token: str, *, is_delta: bool) -> Position:
    mailbox, ledgers = context.mailbox, context.sim.tokens
    try:
        position = tokens.read(mailbox.id, token)
    except BadToken:
        raise bad_request("Badly formed token.", "ErrorInvalidUrlQuery") from None
    if position.folder != folder or (position.at is None and position.upto is None) is not is_delta:
        raise bad_request("Badly formed token.", "ErrorInvalidUrlQuery")
    if not ledgers.counts(mailbox.id, position):
        fresh = f"{context.request.root}/{context.owner_path}/{place}/delta"
        text = f"generation={position.serial};[highest={ledgers.highest(mailbox.id)}]"
        message = f"The sync state generation is not found; {text}"
        raise GraphError(410, "SyncStateNotFound", message, {"Location": fresh})
    if is_delta:
        return msgspec.structs.replace(position, at=0, upto=mailbox.seq, given=0)
    return position


def _message_query(context: Context) -> DeltaQuery:
    query = context.request.query
    odata.check_options(query, _MESSAGE_OPTIONS)
    parse_expansion(query.get("$expand", ""))
    if odata.orderby(query) not in ([], [("receivedDateTime", True)]):
        raise bad_request("Delta supports only $orderby=receivedDateTime desc.", "ErrorInvalidUrlQuery")
    return DeltaQuery(
        odata.select(query, PROPERTIES, KIND),
        query.get("$expand", ""),
        odata.number(query, "$top", 1, odata.MAX_TOP),
        _since(query.get("$filter")),
        _change_type(query.get("changeType")),
    )


def _folder_query(context: Context) -> DeltaQuery:
    query = context.request.query
    odata.check_options(query, ("$select", "$top"))
    select = odata.select(query, FOLDER_PROPERTIES, FOLDER_KIND)
    return DeltaQuery(select, top=odata.number(query, "$top", 1, odata.MAX_TOP))


def _since(text: str | None) -> int | None:
    if text is None:
        return None
    match = _SINCE.match(text)
    if match is None:
        raise bad_request(
            "Delta supports only $filter=receivedDateTime ge or gt an instant.", "ErrorInvalidUrlQuery"
        )
    try:
        instant = parse_iso(match[2])
    except ValueError:
        raise bad_request(f"Invalid filter clause: {match[2]} is no instant.") from None
    return instant if match[1] == "ge" else instant + 1


def _change_type(text: str | None) -> Any:
    if text not in (None, "created", "updated", "deleted"):
        raise bad_request(f"Invalid changeType '{text}'.", "ErrorInvalidUrlQuery")
    return text


# -- messages ------------------------------------------------------------------------------------------


def _first_round(
    context: Context, folder: Folder, position: Position, size: int, expansion: Expansion
) -> Page:
    query = position.query
    if query.change_type in ("updated", "deleted"):
        return [], _finished(position)
    downto = None if query.since_s is None else key_floor(query.since_s)
    if downto is not None:
        size = min(size, FILTERED_LIMIT - position.given)
    keys = list(islice(folder.newest(position.at, downto), size + 1))
    page = keys[:size]
    found = (context.mailbox.messages[number_of(key)] for key in page)
    value = [
        {
            "@odata.type": "#microsoft.graph.message",
            **message_json(m, context, query.select),
            **expand(m, context, expansion),
        }
        for m in found
    ]
    given = position.given + len(page)
    if len(keys) <= size or (downto is not None and given >= FILTERED_LIMIT):
        return value, _finished(position)
    return value, msgspec.structs.replace(position, at=page[-1], given=given)


def _change_round(
    context: Context, folder: Folder, position: Position, size: int, expansion: Expansion
) -> Page:
    upto = position.upto or 0
    window = folder.journal.window(position.since, upto, is_immutable=context.prefer.is_immutable)
    page, after = _slice(window, position, size)
    shown = (_changed(context, folder, change, position.query, expansion) for change in page)
    return [item for item in shown if item is not None], after


def _changed(
    context: Context, folder: Folder, change: Change, query: DeltaQuery, expansion: Expansion
) -> dict[str, Any] | None:
    """One change as shown; None for what the query leaves out or a later round will tell."""
    if query.change_type is not None and change.kind.value != query.change_type:
        return None
    if change.kind is Kind.REMOVED:
        if query.since_s is not None and (change.received_s or 0) < query.since_s:
            return None
        ids = context.mailbox.ids
        is_immutable = context.prefer.is_immutable
        gone = ids.immutable(change.number) if is_immutable else ids.message(change.placement)
        return {"@odata.type": "#microsoft.graph.message", "id": gone, "@removed": {"reason": "deleted"}}
    message = context.mailbox.messages.get(change.number)
    if message is None or message.folder is not folder:
        return None
    if query.since_s is not None and message.received_s < query.since_s:
        return None
    if change.kind is Kind.ADDED:
        shown = message_json(message, context, query.select)
        return {"@odata.type": "#microsoft.graph.message", **shown, **expand(message, context, expansion)}
    return _partial(context, message, change, query)


def _partial(context: Context, message: Message, change: Change, query: DeltaQuery) -> dict[str, Any]:
    wanted = {*change.fields, "parentFolderId"}
    if query.select is not None:
        wanted &= set(query.select)
    shown = message_json(message, context, ("id", *sorted(wanted - {"id"})))
    return {"@odata.type": "#microsoft.graph.message", **shown, "@odata.etag": etag(message, context)}


# -- the folder tree -----------------------------------------------------------------------------------


def _first_tree_round(context: Context, position: Position, size: int) -> Page:
    root, done = context.mailbox.root.number, position.at or 0
    numbers = sorted(n for n in context.mailbox.folders if n > done and n != root)
    value = [_tree_item(context, context.mailbox.folders[n], position.query) for n in numbers[:size]]
    if len(numbers) <= size:
        return value, _finished(position)
    return value, msgspec.structs.replace(position, at=numbers[size - 1])


def _tree_change_round(context: Context, position: Position, size: int) -> Page:
    upto = position.upto or 0
    window = context.mailbox.folder_journal.window(position.since, upto, is_immutable=False)
    page, after = _slice(window, position, size)
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


# -- pages ---------------------------------------------------------------------------------------------


def _slice(window: Sequence[Change], position: Position, size: int) -> tuple[Sequence[Change], Position]:
    start = position.at or 0
    if len(window) <= start + size:
        return window[start:], _finished(position, position.upto)
    return window[start : start + size], msgspec.structs.replace(position, at=start + size)


def _finished(position: Position, since: int | None = None) -> Position:
    reached = position.since if since is None else since
    return msgspec.structs.replace(position, since=reached, at=None, upto=None, given=0)


def _answer(context: Context, place: str, kind: str, value: list[dict[str, Any]], after: Position) -> Answer:
    mailbox_id = context.mailbox.id
    is_done = after.at is None
    position = msgspec.structs.replace(after, serial=context.sim.tokens.next_serial(mailbox_id))
    name, option = ("deltaLink", "$deltatoken") if is_done else ("nextLink", "$skiptoken")
    start = f"{context.request.root}/{context.owner_path}/{place}/delta"
    link = f"{start}?{option}={tokens.write(mailbox_id, position)}"
    annotation = f"{context.request.root}/$metadata#{kind}"
    return json_answer({"@odata.context": annotation, f"@odata.{name}": link, "value": value})
