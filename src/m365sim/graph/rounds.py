"""Where delta rounds stand: from a request to a position, from a position to a page and its link.

A round keeps to the query of its first request; a position travels in the token. What a page holds is the
business of `delta` (messages) and `delta_tree` (folders).

Source: Graph v1.0, "Use delta query to track changes in Microsoft Graph data".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from urllib.parse import quote

import msgspec

from m365sim.graph import oddities, tokens
from m365sim.graph.context import Context
from m365sim.graph.errors import GraphError, bad_request
from m365sim.graph.http import Answer, json_answer
from m365sim.graph.pages import Item
from m365sim.graph.tokens import BadToken, DeltaQuery, Position
from m365sim.world.changes import Change
from m365sim.world.instants import iso
from m365sim.world.mailbox import Mailbox


def is_full(mailbox: Mailbox) -> bool:
    """Whether the mailbox has no room left, as its settings say."""
    return mailbox.settings.is_full


Page = tuple[Sequence[Item], Position]


def position_of(
    context: Context, folder: int, place: str, understand: Callable[[Context], DeltaQuery]
) -> Position:
    """Where to go on: at the token, or at the beginning with the query ``understand`` reads."""
    query = dict(context.request.query)
    if query.get("$deltatoken") == "latest":  # not supported for mail: everything comes back
        del query["$deltatoken"]
        context = _with_query(context, query)
    _check_room(context)
    given = [name for name in ("$deltatoken", "$skiptoken") if name in query]
    if not given:
        seq = oddities.visible_seq(context)
        return Position(0, folder, seq, None, None, 0, understand(context), before=seq)
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
    is_late = not is_delta and oddities.is_too_old(context, position)
    if is_late or not ledgers.counts(mailbox.id, position) or position.since < _floor(mailbox, folder):
        raise _lost(context, position, place)
    if is_delta:
        upto = max(position.since, oddities.visible_seq(context))
        return msgspec.structs.replace(position, at=0, upto=upto, given=0)
    return position


def _lost(context: Context, position: Position, place: str) -> GraphError:
    """The state a token stands for is forgotten: start anew."""
    behaviour, ledgers = context.sim.behaviour, context.sim.tokens
    text = f"generation={position.serial};[highest={ledgers.highest(context.mailbox.id)}]"
    message = f"The sync state generation is not found; {text}"
    fresh = f"{context.request.root}/{context.owner_path}/{place}/delta{_asked(position.query)}"
    headers = {"Location": fresh} if behaviour.resync_status == 410 else {}
    return GraphError(behaviour.resync_status, behaviour.resync_code, message, headers)


def _floor(mailbox: Mailbox, folder: int) -> int:
    """Of changes up to here nothing is remembered."""
    found = mailbox.folders.get(folder)
    return (mailbox.folder_journal if found is None else found.journal).floor


def _asked(query: DeltaQuery) -> str:
    """What the first request of a round asked for, as query options."""
    since = None if query.since_s is None else f"receivedDateTime ge {iso(query.since_s)}"
    options = {
        "$select": None if query.select is None else ",".join(query.select),
        "$expand": query.expand or None,
        "$top": query.top,
        "$filter": since,
        "changeType": query.change_type,
    }
    pairs = [f"{n}={quote(str(v), safe=',')}" for n, v in options.items() if v is not None]
    return f"?{'&'.join(pairs)}" if pairs else ""


def _check_room(context: Context) -> None:
    """Delta keeps its state in the mailbox, so it fails, and nothing else that reads does, when that is full.

    Source: microsoft-graph-docs issue 5730, alcionai/corso pull 3212.
    """
    if is_full(context.mailbox):
        message = "The message store has reached its maximum size."
        raise GraphError(403, "ErrorQuotaExceeded", message)


def slice_of(window: Sequence[Change], position: Position, size: int) -> tuple[Sequence[Change], Position]:
    """The next page of a window of changes, and the position after it."""
    start = position.at or 0
    if len(window) <= start + size:
        return window[start:], finished(position, position.upto)
    return window[start : start + size], msgspec.structs.replace(position, at=start + size)


def finished(position: Position, since: int | None = None) -> Position:
    """The position after a whole round, from which the next one starts (``since``)."""
    reached = position.since if since is None else since
    return msgspec.structs.replace(
        position, since=reached, at=None, upto=None, given=0, before=position.since
    )


def answer(context: Context, place: str, kind: str, value: Sequence[Item], after: Position) -> Answer:
    """A page with its one link: to the next page, or, after the last, to the next round."""
    mailbox_id = context.mailbox.id
    is_done = after.at is None
    ledgers = context.sim.tokens
    serial = ledgers.next_serial(mailbox_id)
    position = msgspec.structs.replace(
        after, serial=serial, generation=ledgers.generation, issued_s=context.sim.clock.now_s()
    )
    name, option = ("deltaLink", "$deltatoken") if is_done else ("nextLink", "$skiptoken")
    start = f"{context.request.root}/{context.owner_path}/{place}/delta"
    link = f"{start}?{option}={tokens.write(mailbox_id, position)}"
    annotation = f"{context.request.root}/$metadata#{kind}"
    return json_answer({"@odata.context": annotation, f"@odata.{name}": link, "value": value})
