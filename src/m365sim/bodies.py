"""Bodies of requests: a stranger's octets cost neither all memory nor the stack."""

from __future__ import annotations

import json
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request

MEGABYTE = 1024 * 1024
FORM_LIMIT = MEGABYTE
CONTROL_LIMIT = 256 * MEGABYTE
"""Mail loaded through the control API comes as whole mbox files."""

Kind = TypeVar("Kind")


class TooLarge(Exception):
    """The body is longer than the door allows; what came of it has been dropped."""


async def read_body(request: Request, most: int) -> bytes:
    """The whole body; TooLarge as soon as it is known to be longer than ``most`` octets."""
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > most:
        raise TooLarge
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise TooLarge
    return bytes(body)


def decode(octets: bytes, kind: type[Kind]) -> Kind:
    """JSON as one of ``kind``; msgspec.DecodeError for what is none, or is nested deeper than the stack."""
    try:
        return msgspec.json.decode(octets, type=kind)
    except RecursionError as error:
        raise msgspec.DecodeError("JSON is nested too deep") from error
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError("JSON is not in UTF-8") from error


def loads(text: str | bytes) -> Any:
    """JSON of whatever form; ValueError for what is none, or is nested deeper than the stack."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("JSON is nested too deep") from error
