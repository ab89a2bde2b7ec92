"""Refusals as Graph words them, and the world's refusals turned into these.

Source: Graph v1.0, "Microsoft Graph error responses and resource types".
"""

from __future__ import annotations

from m365sim.world.errors import (
    FolderExists,
    MalformedId,
    NoSuchFolder,
    NoSuchMessage,
    NotAllowed,
    WorldError,
)


class GraphError(Exception):
    """An answer with an error body. ``headers`` go out with it (``Retry-After`` ...)."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}


def not_simulated(what: str) -> GraphError:
    """501: Microsoft has it, this simulator does not. ``what`` names it."""
    return GraphError(501, "NotImplementedInSimulation", f"Not simulated: {what}.")


def bad_request(message: str, code: str = "BadRequest") -> GraphError:
    """400 with Graph's usual code."""
    return GraphError(400, code, message)


def no_segment(name: str) -> GraphError:
    """400 for a part of a path that this cloud does not have."""
    return bad_request(f"Resource not found for the segment '{name}'.")


def no_property(name: str, kind: str) -> GraphError:
    """400 for a property that the type does not have."""
    message = (
        f"Parsing OData Select and Expand failed: Could not find a property named '{name}' on type '{kind}'."
    )
    return GraphError(400, "RequestBroker--ParseUri", message)


def no_time_zone(name: str) -> GraphError:
    """400 for a time zone under a name that is neither Windows' nor IANA's."""
    message = (
        f"A valid TimeZone value must be specified. The following TimeZone value is not supported: '{name}'."
    )
    return GraphError(400, "TimeZoneNotSupportedException", message)


def access_denied() -> GraphError:
    """403: no permission, or no right on this mailbox."""
    return GraphError(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")


def odata_disabled() -> GraphError:
    """403: an application access policy closes this mailbox to the app."""
    return GraphError(403, "ErrorAccessDenied", "Access to OData is disabled.")


def not_found(message: str = "The specified object was not found in the store.") -> GraphError:
    """404 for items."""
    return GraphError(404, "ErrorItemNotFound", message)


def from_world(error: WorldError) -> GraphError:
    """What Graph answers when the world refuses.

    A folder missing under its well-known name is ErrorFolderNotFound, under an id ErrorItemNotFound.
    """
    message = str(error)
    if isinstance(error, MalformedId):
        return GraphError(400, "ErrorInvalidIdMalformed", message)
    if isinstance(error, NoSuchFolder):
        return GraphError(404, "ErrorFolderNotFound" if error.by_name else "ErrorItemNotFound", message)
    if isinstance(error, NoSuchMessage):
        return not_found(message)
    if isinstance(error, FolderExists):
        return GraphError(409, "ErrorFolderExists", message)
    if isinstance(error, NotAllowed):
        return GraphError(400, error.code, message)
    return bad_request(message)
