"""Which path means which handler, which permission it needs, and which known routes are not simulated.

The rows themselves stand beside their handlers, see `routes`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from m365sim.graph import (
    answering,
    attachment_routes,
    categories,
    delta,
    delta_tree,
    drafts,
    focused,
    folders,
    listing,
    mail_tips,
    mailbox_settings,
    message_rules,
    messages,
    outlook,
    sending,
    translate,
    upload_session,
)
from m365sim.graph.access import Need
from m365sim.graph.context import Context, Handler
from m365sim.graph.errors import GraphError, not_found, not_simulated
from m365sim.graph.http import Answer, check_match
from m365sim.graph.render import etag
from m365sim.graph.search_folders import members
from m365sim.world.folders import Folder
from m365sim.world.messages import Message


@dataclass(frozen=True, slots=True)
class GraphRoute:
    """One method and path below the mailbox."""

    method: str
    pattern: tuple[str, ...]
    need: Need
    handler: Handler


@dataclass(frozen=True, slots=True)
class Match:
    """A route and the texts that stood in its placeholders."""

    route: GraphRoute
    values: dict[str, str]


def _routes() -> list[GraphRoute]:
    areas = (
        answering,
        attachment_routes,
        categories,
        delta,
        delta_tree,
        drafts,
        focused,
        folders,
        listing,
        mail_tips,
        mailbox_settings,
        message_rules,
        messages,
        outlook,
        sending,
        translate,
        upload_session,
    )
    rows = (row for area in areas for row in area.ROUTES)
    return [GraphRoute(m, tuple(p.split("/")), need, handler) for m, p, need, handler in rows]


ROUTES = _routes()


def _table() -> dict[tuple[str, int], list[GraphRoute]]:
    """Routes by method and length; a path that is spelled out comes before one with placeholders."""
    table: dict[tuple[str, int], list[GraphRoute]] = {}
    for route in sorted(ROUTES, key=lambda r: [s[0] == "{" for s in r.pattern]):
        table.setdefault((route.method, len(route.pattern)), []).append(route)
    return table


_TABLE = _table()


def find(method: str, path: tuple[str, ...]) -> Match:
    """The route of a path below the mailbox; 501 naming method and path when it is not simulated."""
    for route in _TABLE.get((method, len(path)), ()):
        values = _values(route.pattern, path)
        if values is not None:
            return Match(route, values)
    shown = "/".join(s if len(s) < 40 else "{id}" for s in path)
    raise not_simulated(f"{method} /{shown}")


def _values(pattern: tuple[str, ...], path: tuple[str, ...]) -> dict[str, str] | None:
    values = {}
    for wanted, segment in zip(pattern, path, strict=True):
        if wanted[0] == "{":
            values[wanted[1:-1]] = segment
        elif wanted != segment and wanted.lower() != segment.lower():  # notifications say "Messages"
            return None
    return values


_ENDS = ("$count", "delta")


def flatten(path: tuple[str, ...]) -> tuple[tuple[str, ...], list[tuple[str, str]]]:
    """Shorten ``mailFolders/a/childFolders/b`` to ``mailFolders/b``; with the (parent, child) pairs."""
    pairs = []
    while len(path) > 3 and _names(path) == ("mailfolders", "childfolders") and path[3] not in _ENDS:
        pairs.append((path[1], path[3]))
        path = ("mailFolders", *path[3:])
    return path, pairs


def _names(path: tuple[str, ...]) -> tuple[str, str]:
    return path[0].lower(), path[2].lower()


async def run(context: Context, match: Match, pairs: list[tuple[str, str]]) -> Answer:
    """Find the things the path names and call the handler; 404 when one is not where the path says.

    412 unless the thing is in the state on condition of which it is to be changed.
    """
    mailbox, values = context.mailbox, match.values
    for parent, child in pairs:
        if mailbox.folder(child).parent is not mailbox.folder(parent):
            raise not_found()
    found: dict[str, Folder | Message | str] = {
        name: value for name, value in values.items() if name not in ("folder", "message")
    }
    folder = mailbox.folder(values["folder"]) if "folder" in values else None
    if "message" in values:
        message = mailbox.message(values["message"])
        if folder is not None and not await _lies_in(context, message, folder):
            raise not_found()
        if context.request.method == "GET" and message.number in mailbox.poisoned:
            text = "The message content could not be converted."
            raise GraphError(500, "ErrorContentConversionFailed", text)
        found["message"] = message
    elif folder is not None:
        found["folder"] = folder
    if "if-match" in context.request.headers:
        check_match(context.request, _tag(context, match, found))
    answer = match.route.handler(context, **found)
    return answer if isinstance(answer, Answer) else await answer


def _tag(context: Context, match: Match, found: Mapping[str, Any]) -> str | None:
    """The entity tag of what a path ends with, or acts on; only messages have one."""
    places = [segment for segment in match.route.pattern if segment[0] == "{"]
    message = found["message"] if places[-1:] == ["{message}"] else None
    return None if message is None else etag(message, context)


async def _lies_in(context: Context, message: Message, folder: Folder) -> bool:
    if folder.search is not None:
        keys = (await members(context, folder)).keys
        at = bisect_left(keys, message.key)
        return at < len(keys) and keys[at] == message.key
    return message.folder is folder
