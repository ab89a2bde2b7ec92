"""Bodies of requests: a stranger's octets cost neither all memory nor the stack, packed ones included.

Source: RFC 9110, section 8.4 ("Content-Encoding"); RFC 1952 (gzip).
"""

from __future__ import annotations

import json
import zlib
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request

MEGABYTE = 1024 * 1024
FORM_LIMIT = MEGABYTE
CONTROL_LIMIT = 256 * MEGABYTE
"""Mail loaded through the control API comes as whole mbox files."""

GZIP = frozenset({"gzip", "x-gzip"})
"""Names of the one coding that is unpacked, in lower case."""
_GZIP_BITS = 16 + zlib.MAX_WBITS

Kind = TypeVar("Kind")


class TooLarge(Exception):
    """The body is longer than the door allows; what came of it has been dropped."""


class BadPacking(Exception):
    """The body is not the gzip that it is said to be, or breaks off."""


async def read_body(request: Request, most: int) -> bytes:
    """The whole body as it came; TooLarge as soon as it is known to be longer than ``most`` octets."""
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > most:
        raise TooLarge
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise TooLarge
    return bytes(body)


async def read_gzip(request: Request, most: int) -> bytes:
    """The whole body, unpacked as it comes: one member, as all writers make it; an empty body is empty.

    TooLarge as soon as it unpacks to more than ``most`` octets, or came as more than as many can be packed
    into; none beyond ``most`` are ever held. BadPacking for what is no gzip, breaks off or goes on.
    """
    member, body, came = zlib.decompressobj(_GZIP_BITS), bytearray(), 0
    async for chunk in request.stream():
        came += len(chunk)
        if came > most + most // 64:  # what cannot be made smaller grows a little
            raise TooLarge
        try:
            body += member.decompress(chunk, most - len(body) + 1)
        except zlib.error as error:
            raise BadPacking from error
        if len(body) > most:
            raise TooLarge
        if member.unused_data:
            raise BadPacking
    if came and not member.eof:
        raise BadPacking
    return bytes(body)


def decode(octets: bytes, kind: type[Kind]) -> Kind:
    """JSON as one of ``kind``; msgspec.DecodeError for what is none, or is nested deeper than the stack."""
    try:
        return msgspec.json.decode(octets, type=kind)
    except RecursionError as error:
        raise msgspec.DecodeError("JSON is nested too deep") from error
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError("JSON is not in UTF-8") from error


def decode_once(octets: bytes, kind: type[Kind]) -> Kind:
    """The same; msgspec.DecodeError also where an object has a name twice, as nobody can say which counts.

    Source: RFC 8259, section 4.
    """
    found = decode(octets, kind)
    try:
        json.loads(octets, object_pairs_hook=_once, parse_int=str, parse_float=str)
    except RecursionError as error:
        raise msgspec.DecodeError("JSON is nested too deep") from error
    return found


def _once(pairs: list[tuple[str, Any]]) -> None:
    names: set[str] = set()
    for name, _ in pairs:
        if name in names:
            raise msgspec.DecodeError(f"the name '{name}' occurs twice in one object")
        names.add(name)


def loads(text: str | bytes) -> Any:
    """JSON of whatever form; ValueError for what is none, or is nested deeper than the stack."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("JSON is nested too deep") from error
