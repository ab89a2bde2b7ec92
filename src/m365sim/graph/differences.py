"""Where the simulator knowingly answers otherwise than the official description says, and why.

Read by ``python -m tests.coverage`` for ``docs/m365sim/coverage.md``. ``path`` is the end of the operation's.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference from the description."""

    method: str
    path: str
    what: str
    why: str


DIFFERENCES = (
    Difference(
        "GET",
        "/messages/{message-id}/$value",
        "the type is text/plain, the description says application/octet-stream",
        "so it is at Microsoft: Graph v1.0, 'Get MIME content of a message'",
    ),
    Difference(
        "GET",
        "/me/messages/delta()",
        "400: delta is asked for folder by folder",
        "it is in the description, but the guides have it per folder only, and the service refuses it",
    ),
    Difference(
        "GET",
        "/childFolders/delta()",
        "tells of all depths below the folder",
        "not documented: 'mailFolder: delta' speaks of the whole mailbox only",
    ),
)
