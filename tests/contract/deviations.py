"""Where answers may differ from the official description, each with its reason.

Whatever is not listed here is a failure.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tolerated:
    """One deviation. ``where`` is the end of the path, ``content_type`` what is allowed there."""

    where: str
    what: str
    why: str
    content_type: str | None = None


TOLERATED = (
    Tolerated(
        "everywhere",
        "a property that is a bare $ref may be null",
        "OpenAPI 3.0 has no way to say so; the service does answer null (README of the description)",
    ),
    Tolerated(
        "everywhere",
        "any property whose name holds an @ is allowed",
        "annotations (@odata.context, @odata.etag, @removed ...) are OData's and not in the description",
    ),
    Tolerated(
        "workingHours",
        "format: time is not checked as RFC 3339 has it",
        "an OData TimeOfDay has no zone; the pattern that stands beside the format is checked",
    ),
    Tolerated(
        "/messages/{message-id}/$value",
        "text/plain instead of application/octet-stream",
        "a message's MIME comes as text/plain: Graph v1.0, 'Get MIME content of a message'",
        "text/plain",
    ),
)
