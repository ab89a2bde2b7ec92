"""Which path means which handler, which permission it needs, and which known routes are not simulated.

A pattern's ``{folder}``, ``{message}`` and ``{attachment}`` go to the handler, the first two as objects.
"""

from __future__ import annotations

from dataclasses import dataclass

from m365sim.graph import attachments, delta, delta_tree, folders, listing, messages, profile
from m365sim.graph.access import Need
from m365sim.graph.context import Context, Handler
from m365sim.graph.errors import not_found, not_simulated
from m365sim.graph.http import Answer
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
    table: list[tuple[str, str, Need, Handler]] = [
        ("GET", "mailFolders", "read", folders.list_folders),
        ("POST", "mailFolders", "write", folders.create_folder),
        ("GET", "mailFolders/$count", "read", folders.count_folders),
        ("GET", "mailFolders/delta", "read", delta_tree.folders_delta),
        ("GET", "mailFolders/{folder}", "read", folders.get_folder),
        ("PATCH", "mailFolders/{folder}", "write", folders.update_folder),
        ("DELETE", "mailFolders/{folder}", "write", folders.delete_folder),
        ("POST", "mailFolders/{folder}/move", "write", folders.move_folder),
        ("POST", "mailFolders/{folder}/copy", "write", folders.copy_folder),
        ("POST", "mailFolders/{folder}/permanentDelete", "write", folders.destroy_folder),
        ("GET", "mailFolders/{folder}/childFolders", "read", folders.list_folders),
        ("GET", "mailFolders/{folder}/childFolders/$count", "read", folders.count_folders),
        ("POST", "mailFolders/{folder}/childFolders", "write", folders.create_folder),
        ("GET", "mailFolders/{folder}/messages", "read", listing.list_messages),
        ("GET", "mailFolders/{folder}/messages/$count", "read", listing.count_messages),
        ("GET", "mailFolders/{folder}/messages/delta", "read", delta.messages_delta),
        ("GET", "messages", "read", listing.list_messages),
        ("GET", "messages/$count", "read", listing.count_messages),
        ("GET", "messages/delta", "read", delta.refuse_mailbox_delta),
        ("GET", "outlook/masterCategories", "settings", profile.list_categories),
    ]
    of_message: list[tuple[str, str, Need, Handler]] = [
        ("GET", "", "read", messages.get_message),
        ("PATCH", "", "write", messages.update_message),
        ("DELETE", "", "write", messages.delete_message),
        ("POST", "/move", "write", messages.move_message),
        ("POST", "/copy", "write", messages.copy_message),
        ("POST", "/permanentDelete", "write", messages.destroy_message),
        ("GET", "/$value", "read", messages.download_message),
        ("GET", "/attachments", "read", attachments.list_attachments),
        ("GET", "/attachments/$count", "read", attachments.count_attachments),
        ("GET", "/attachments/{attachment}", "read", attachments.get_attachment),
        ("GET", "/attachments/{attachment}/$value", "read", attachments.download_attachment),
    ]
    for base in ("messages/{message}", "mailFolders/{folder}/messages/{message}"):
        table += [(method, base + tail, need, handler) for method, tail, need, handler in of_message]
    return [GraphRoute(m, tuple(p.split("/")), need, handler) for m, p, need, handler in table]


_TABLE: dict[tuple[str, int], list[GraphRoute]] = {}
for _route in _routes():
    _TABLE.setdefault((_route.method, len(_route.pattern)), []).append(_route)


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
        elif wanted != segment:
            return None
    return values


def flatten(path: tuple[str, ...]) -> tuple[tuple[str, ...], list[tuple[str, str]]]:
    """Shorten ``mailFolders/a/childFolders/b`` to ``mailFolders/b``; with the (parent, child) pairs."""
    pairs = []
    while len(path) > 3 and path[0] == "mailFolders" and path[2] == "childFolders" and path[3] != "$count":
        pairs.append((path[1], path[3]))
        path = ("mailFolders", *path[3:])
    return path, pairs


def run(context: Context, match: Match, pairs: list[tuple[str, str]]) -> Answer:
    """Find the things the path names and call the handler; 404 when one is not where the path says."""
    mailbox, values = context.mailbox, match.values
    for parent, child in pairs:
        if mailbox.folder(child).parent is not mailbox.folder(parent):
            raise not_found()
    found: dict[str, Folder | Message | str] = {}
    folder = mailbox.folder(values["folder"]) if "folder" in values else None
    if "message" in values:
        message = mailbox.message(values["message"])
        if folder is not None and message.folder is not folder:
            raise not_found()
        found["message"] = message
    elif folder is not None:
        found["folder"] = folder
    if "attachment" in values:
        found["attachment"] = values["attachment"]
    return match.route.handler(context, **found)
