"""Search folders: what they show is looked up when asked for and kept until the mailbox changes.

Source: Graph v1.0, "mailSearchFolder resource type", "Create mailSearchFolder", "Update mailSearchFolder".
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from m365sim.graph.context import Context
from m365sim.graph.errors import GraphError, bad_request
from m365sim.graph.filters import Filter, parse_filter
from m365sim.graph.message_schema import message_schema
from m365sim.graph.scan import bounds_of, passing, walk
from m365sim.graph.searches import Members
from m365sim.world.errors import MalformedId, NoSuchFolder
from m365sim.world.folders import Folder, SearchSpec
from m365sim.world.mailbox import Mailbox
from m365sim.world.messages import Message

KIND = "#microsoft.graph.mailSearchFolder"
PROPERTIES = ("isSupported", "includeNestedFolders", "sourceFolderIds", "filterQuery")
_WRITABLE = ("includeNestedFolders", "sourceFolderIds", "filterQuery")


def message_filter(context: Context, text: str) -> Filter[Message]:
    """A ``$filter`` on this mailbox's messages, as strict as the switch says."""
    is_wide = context.sim.behaviour.wide_filters
    return parse_filter(text, message_schema(context.mailbox.ids), is_wide=is_wide)


async def members(context: Context, folder: Folder) -> Members:
    """What a search folder shows now."""
    mailbox, search = context.mailbox, folder.search
    if search is None:
        raise ValueError("only search folders have members")
    known = context.sim.searches.members(mailbox.id, folder.number)
    if known is not None and known.seq == mailbox.seq and known.search == search:
        return known
    seq = mailbox.seq
    found = message_filter(context, search.filter_query)
    bounds = bounds_of(found.facts)
    orders = [bounds.slice_of(source.order) for source in _sources(mailbox, search)]
    messages = walk(mailbox, orders, lambda m: True, newest_first=False)
    shown = await passing(messages, found.test, 0, sys.maxsize)
    unread = sum(not message.is_read for message in shown)
    made = Members(seq, search, [message.key for message in shown], unread)
    context.sim.searches.keep_members(mailbox.id, folder.number, made)
    return made


def _sources(mailbox: Mailbox, search: SearchSpec) -> list[Folder]:
    """The folders searched, none twice; those that are gone by now are left out."""
    named = [mailbox.folders[n] for n in search.sources if n in mailbox.folders]
    found = [f for source in named for f in (source.walk() if search.is_deep else (source,))]
    return list(dict.fromkeys(found))


async def counted(context: Context, folders: Iterable[Folder]) -> dict[int, Members]:
    """What the search folders among these show, by folder number."""
    return {f.number: await members(context, f) for f in folders if f.search is not None}


def search_json(context: Context, search: SearchSpec) -> dict[str, Any]:
    """The properties that search folders have beside those of all folders."""
    return {
        "isSupported": True,
        "includeNestedFolders": search.is_deep,
        "sourceFolderIds": [context.mailbox.ids.folder(number) for number in search.sources],
        "filterQuery": search.filter_query,
    }


def is_search(data: dict[str, Any]) -> bool:
    """Whether a body is about a search folder. 400 for a type that is neither kind of folder.

    Capitals make no difference: programs write ``microsoft.graph.MailFolder``.
    """
    kind = str(data.get("@odata.type", "")).lstrip("#")
    if kind.lower() not in ("", "microsoft.graph.mailfolder", "microsoft.graph.mailsearchfolder"):
        raise bad_request(f"'{kind}' is not a type of mailFolder.", "RequestBodyRead")
    return kind.lower() == "microsoft.graph.mailsearchfolder"


def read_search(context: Context, data: dict[str, Any], known: SearchSpec | None = None) -> SearchSpec:
    """The search a body describes, over ``known`` if there is one; 400 for what is missing or wrong."""
    before = {} if known is None else search_json(context, known)
    whole = {**before, **{name: data[name] for name in _WRITABLE if name in data}}
    for name in _WRITABLE:
        if name not in whole:
            raise bad_request(f"A mailSearchFolder needs {name}.", "ErrorInvalidParameter")
    is_deep, query = whole["includeNestedFolders"], whole["filterQuery"]
    if not isinstance(is_deep, bool):
        raise bad_request("includeNestedFolders must be true or false.", "RequestBodyRead")
    if not isinstance(query, str) or not query.strip():
        raise bad_request("filterQuery must be a filter.", "ErrorInvalidParameter")
    message_filter(context, query)
    return SearchSpec(_source_numbers(context.mailbox, whole["sourceFolderIds"]), is_deep, query)


def _source_numbers(mailbox: Mailbox, ids: Any) -> tuple[int, ...]:
    if not isinstance(ids, list) or not ids or not all(isinstance(i, str) for i in ids):
        raise bad_request("sourceFolderIds must name at least one folder.", "ErrorInvalidParameter")
    try:
        folders = [mailbox.folder(reference) for reference in ids]
    except (NoSuchFolder, MalformedId) as error:
        raise bad_request(f"sourceFolderIds: {error}", "ErrorInvalidParameter") from error
    if any(f.search is not None for f in folders):
        raise bad_request("A search folder cannot be searched itself.", "ErrorInvalidParameter")
    return tuple(dict.fromkeys(f.number for f in folders))


def refuse_search_folder(folder: Folder) -> None:
    """400 for what search folders cannot do: their changes are not tracked."""
    if folder.search is not None:
        message = "Change tracking is not supported against search folders."
        raise GraphError(400, "ErrorInvalidRequest", f"Unsupported request: {message}")
