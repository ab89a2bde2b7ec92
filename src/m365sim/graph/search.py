"""``$search`` on messages: the newest 250 by sent date, in pages.

The list is made once; its pages carry ``$skiptoken`` and answer 400 when the list is no longer remembered.

Source: Graph v1.0, "Use the $search query parameter"; facts on ErrorExecuteSearchStaleData.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from heapq import nlargest
from itertools import islice
from typing import Any
from urllib.parse import quote

from m365sim.graph import odata
from m365sim.graph.context import Context
from m365sim.graph.errors import GraphError, bad_request
from m365sim.graph.expanding import parse_expansion
from m365sim.graph.http import Answer, json_answer
from m365sim.graph.kql import Test, parse_kql
from m365sim.graph.kql_properties import Searched
from m365sim.graph.pages import items_json, page_size
from m365sim.graph.render import selection
from m365sim.graph.scan import CHUNK, walk
from m365sim.graph.search_folders import members
from m365sim.graph.searches import Result
from m365sim.world.folders import Folder
from m365sim.world.messages import Message, number_of

MAX_FOUND = 250

_SENT_AFTER_S = 86_400
"""Mail is sent before it is received, give or take a day of wrong clocks: older mail cannot be newer then."""

_OPTIONS = ("$search", "$select", "$top", "$count", "$expand", "$skiptoken", "includeHiddenMessages")
_NEVER_WITH = {"$filter": "Filter", "$orderby": "OrderBy", "$skip": "Skip"}
_PIECE = re.compile(r'\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<word>\w+)|(?P<punct>[()]))')
_TOKEN = re.compile(r"^([\w-]+)\.(\d{1,6})$")


async def search_messages(context: Context, folder: Folder | None) -> Answer:
    """GET messages with ``$search``: a page of what was found."""
    query = context.request.query
    _check_options(context)
    odata.flag(query, "includeHiddenMessages")
    select, expansion = selection(context), parse_expansion(query.get("$expand", ""))
    test = _test(context)
    top = page_size(context)
    name, start, result = await _result(context, folder, test)
    numbers = result.numbers[start : start + top]
    still_here = [number for number in numbers if number in context.mailbox.messages]
    place = "messages" if folder is None else f"mailFolders('{context.folder_id(folder)}')/messages"
    data: dict[str, Any] = {"@odata.context": context.annotation(place)}
    if odata.flag(query, "$count"):
        data["@odata.count"] = len(result.numbers)
    data["value"] = items_json(context, still_here, select, expansion)
    if start + top < len(result.numbers):
        data["@odata.nextLink"] = _next_link(context, f"{name}.{start + top}")
    return json_answer(data)


async def count_search(context: Context, folder: Folder | None) -> int:
    """How many messages a search finds, at most 250."""
    _check_options(context)
    return len(await _found(context, folder, _test(context)))


def _check_options(context: Context) -> None:
    query = context.request.query
    for name, word in _NEVER_WITH.items():
        if name in query:
            message = f"The query parameter '{name}' is not supported with '$search'."
            raise GraphError(400, f"SearchWith{word}", message)
    odata.check_options(query, _OPTIONS)


def _test(context: Context) -> Test:
    return parse_kql(_expression(context.request.query["$search"]), context.sim.clock.now_s())


def _expression(text: str) -> str:
    """The search inside OData's quotation marks, or words and quoted pieces joined by AND, OR, NOT."""
    pieces, position = [], 0
    while position < len(text.rstrip()):
        match = _PIECE.match(text, position)
        if match is None:
            at = position + len(text[position:]) - len(text[position:].lstrip())
            message = f"Syntax error: character '{text[at]}' is not valid at position {at} in '{text}'."
            raise bad_request(message)
        if match["quoted"] is not None:
            pieces.append(re.sub(r"\\(.)", r"\1", match["quoted"]))
        else:
            pieces.append(match["word"] or match["punct"])
        position = match.end()
    if not any(piece.strip() for piece in pieces):
        raise bad_request("The search is empty.")
    return pieces[0] if len(pieces) == 1 else " ".join(map(_bracketed, pieces))


def _bracketed(piece: str) -> str:
    return piece if piece in ("AND", "OR", "NOT", "(", ")") else f"({piece})"


async def _result(context: Context, folder: Folder | None, test: Test) -> tuple[str, int, Result]:
    """The name of the list, where its page starts, and the list: remembered, or made now."""
    searches, mailbox = context.sim.searches, context.mailbox
    token = context.request.query.get("$skiptoken")
    now_s = context.sim.clock.now().timestamp()
    if token is None:
        result = Result(mailbox.id, await _found(context, folder, test), now_s)
        return searches.keep_result(result), 0, result
    match = _TOKEN.match(token)
    if match is None:
        raise bad_request("Badly formed token.", "ErrorInvalidUrlQuery")
    known = searches.result(match[1])
    is_fresh = known is not None and now_s - known.made_s <= context.sim.behaviour.search_life_s
    if known is None or not is_fresh or known.mailbox_id != mailbox.id:
        message = (
            "Please reissue the query with rowOffset = 0. "
            f"The specified rowoffset is {int(match[2])}, but the results are stale."
        )
        raise GraphError(400, "ErrorExecuteSearchStaleData", message)
    return match[1], int(match[2]), known


async def _found(context: Context, folder: Folder | None, test: Test) -> list[int]:
    """The numbers of the messages found, newest sent first."""
    best: list[tuple[int, int]] = []
    messages = await _searched(context, folder)
    while chunk := list(islice(messages, CHUNK)):
        hits = [(s.content.sent_s, s.message.key) for s in map(Searched, chunk) if test(s)]
        if hits:
            best = nlargest(MAX_FOUND, [*best, *hits])
        if len(best) == MAX_FOUND and best[-1][0] > chunk[-1].received_s + _SENT_AFTER_S:
            break
        await asyncio.sleep(0)
    return [number_of(key) for _, key in best]


async def _searched(context: Context, folder: Folder | None) -> Iterator[Message]:
    mailbox = context.mailbox
    if folder is None:
        return walk(mailbox, [list(f.order) for f in mailbox.visible_folders()], _is_visible)
    if folder.search is not None:
        return walk(mailbox, [(await members(context, folder)).keys], _is_visible)
    return walk(mailbox, [list(folder.order)], lambda m: m.folder is folder)


def _is_visible(message: Message) -> bool:
    return not message.folder.is_beyond


def _next_link(context: Context, token: str) -> str:
    request = context.request
    query = {**request.query, "$skiptoken": token}
    options = "&".join(f"{quote(n, safe='$')}={quote(v, safe='')}" for n, v in query.items())
    return f"{request.root}{request.target}?{options}"
