"""The ``resource`` of a subscription: whose messages, in which folder, which of them, and what of them.

Source: Graph v1.0, "Change notifications for Outlook resources" (supported paths, $filter, $select).
"""

from __future__ import annotations

from dataclasses import dataclass

from m365sim.graph import odata
from m365sim.graph.access import Target, check, mailbox_of, target_of
from m365sim.graph.errors import GraphError, access_denied, bad_request, not_simulated
from m365sim.graph.http import split_path, split_query
from m365sim.graph.render import KIND, PROPERTIES
from m365sim.identity.access import Caller
from m365sim.notify.match import compiled
from m365sim.notify.standing import DELEGATED
from m365sim.world.mailbox import Mailbox
from m365sim.world.simulation import Simulation

_NEVER = ("$top", "$skip", "$orderby")
_SEALED_OUT = frozenset({"body", "uniqueBody"})


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource understood. ``folder`` None means the whole mailbox."""

    mailbox: Mailbox
    address: str
    folder: int | None
    filter: str | None
    select: tuple[str, ...] | None


def understand(sim: Simulation, caller: Caller, text: str, *, is_rich: bool) -> Resource:
    """Understand a resource and check that the caller may be told of it; GraphError otherwise."""
    path, _, query_text = text.partition("?")
    query = split_query(query_text)
    target = target_of(sim.directory, caller, _spelled(text, split_path(path)))
    folder = _folder_reference(text, target.path)
    _authorize(caller, target, is_rich=is_rich)
    mailbox = mailbox_of(sim.world, target.user)
    _check_options(query, is_rich=is_rich)
    if "$filter" in query:
        compiled(query["$filter"], mailbox)
    return Resource(
        mailbox,
        target.user.upn,
        None if folder is None else mailbox.folder(folder).number,
        query.get("$filter"),
        _select(query) if is_rich else None,
    )


def _spelled(text: str, segments: tuple[str, ...]) -> tuple[str, ...]:
    """The segments with their names in lower case: letter case does not count here."""
    names = tuple(s.lower() for s in segments)
    if names[:1] == ("me",):
        return ("me", *_rest(segments[1:]))
    if names[:1] == ("users",) and len(segments) > 1:
        return ("users", segments[1], *_rest(segments[2:]))
    raise not_simulated(f"a subscription to {text}")


def _rest(segments: tuple[str, ...]) -> tuple[str, ...]:
    """Every other segment of a path below a mailbox is a name, the ones between are ids."""
    return tuple(s if index % 2 else s.lower() for index, s in enumerate(segments))


def _folder_reference(text: str, path: tuple[str, ...]) -> str | None:
    if path == ("messages",):
        return None
    if len(path) == 3 and (path[0], path[2]) == ("mailfolders", "messages"):
        return path[1]
    if path[:1] == ("mailfolders",) and len(path) <= 2:
        message = f"Resource '{text}' is not supported: subscriptions are to the messages of a mail folder."
        raise bad_request(message, "InvalidRequest")
    raise not_simulated(f"a subscription to {text}")


def _authorize(caller: Caller, target: Target, *, is_rich: bool) -> None:
    """Delegated: the own mailbox only, and no ``.Shared`` permission counts. App-only: as for reading."""
    if caller.is_app_only:
        check(caller, target, "read")
        return
    allowed = DELEGATED - {"Mail.ReadBasic"} if is_rich else DELEGATED
    if not target.is_own or not allowed & caller.scopes:
        raise access_denied()


def _check_options(query: dict[str, str], *, is_rich: bool) -> None:
    for name in query:
        if name in _NEVER:
            raise bad_request(f"The query option {name} cannot be used in a subscription.", "InvalidRequest")
        if name not in ("$filter", "$select"):
            raise not_simulated(f"the query option {name} in a subscription")
    if "$select" in query and not is_rich:
        raise not_simulated("$select in a subscription without includeResourceData")


def _select(query: dict[str, str]) -> tuple[str, ...]:
    """The properties to send, exactly those; they must be named."""
    if not query.get("$select", "").strip():
        raise bad_request(
            "A subscription with resource data must name the properties with $select.", "InvalidRequest"
        )
    selected = odata.select(query, PROPERTIES, KIND) or ()
    asked = {name.strip().lower() for name in query["$select"].split(",")}
    if refused := sorted(_SEALED_OUT.intersection(selected)):
        raise GraphError(
            400, "InvalidRequest", f"The property {refused[0]} cannot be selected in a subscription."
        )
    return tuple(name for name in selected if name != "id" or "id" in asked)
