"""One piece of a file: which octets its headers announce, whether they fit, and the octets themselves.

Source: Graph v1.0, "Attach large files to Outlook messages or events" (step 2).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request

from m365sim.graph.errors import GraphError, bad_request
from m365sim.graph.request_headers import check_coding
from m365sim.uploads.sessions import UploadSession

_RANGE = re.compile(r"bytes (\d{1,12})-(\d{1,12})/(\d{1,12})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Piece:
    """The octets ``start`` to ``end`` of a file, both included."""

    start: int
    end: int

    @property
    def octets(self) -> int:
        """How many they are."""
        return self.end - self.start + 1


def piece_of(headers: Mapping[str, str], session: UploadSession, limit: int | None) -> Piece:
    """The piece that is announced, if it is the next one of the session.

    400 for headers that are missing or contradict one another, 413 above ``limit`` octets, 415 for packed
    ones, 416 for the wrong place.
    """
    check_coding(headers)
    match = _RANGE.fullmatch(headers.get("content-range", "").strip())
    if match is None:
        raise bad_request("Content-Range is missing or not of the form bytes a-b/n.", "ErrorInvalidRequest")
    piece, total = Piece(int(match[1]), int(match[2])), int(match[3])
    if total != session.size:
        message = f"Content-Range says {total} octets in all; the session is for {session.size}."
        raise bad_request(message, "ErrorInvalidRequest")
    if piece.end < piece.start or piece.end >= total or piece.start != len(session.received):
        message = f"The next octet expected is {len(session.received)} of {total}."
        raise GraphError(416, "invalidRange", message)
    length = headers.get("content-length")
    if length is None:
        raise GraphError(411, "ErrorInvalidRequest", "Content-Length is missing.")
    if length != str(piece.octets):
        message = f"Content-Length is {length}, yet Content-Range names {piece.octets} octets."
        raise bad_request(message, "ErrorInvalidRequest")
    if limit is not None and piece.octets > limit:
        raise GraphError(413, "RequestEntityTooLarge", f"A piece may hold {limit} octets at most.")
    return piece


async def read_piece(request: Request, piece: Piece) -> bytes:
    """The body, which must hold what was announced."""
    octets = await request.body()
    if len(octets) != piece.octets:
        raise bad_request("The body does not hold what Content-Length says.", "ErrorInvalidRequest")
    return octets
