"""Bodies of calls to the control API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request

from m365sim.bodies import CONTROL_LIMIT, TooLarge, decode, read_body
from m365sim.control.wire import Refused

Body = TypeVar("Body")
Act = Callable[[Request], Awaitable[Any]]


async def read(request: Request, kind: type[Body]) -> Body:
    """The body as one of ``kind``; Refused for one that is none."""
    try:
        return decode(await whole(request) or b"{}", kind)
    except msgspec.DecodeError as error:
        raise Refused(str(error)) from error


def with_body(kind: type[Body], act: Callable[[Request, Body], Awaitable[Any]]) -> Act:
    """An act that is given its body, which may be left out where every field has a default."""

    async def acting(request: Request) -> Any:
        return await act(request, await read(request, kind))

    return acting


async def whole(request: Request) -> bytes:
    """The body as it is; Refused when it is too large."""
    try:
        return await read_body(request, CONTROL_LIMIT)
    except TooLarge as error:
        raise Refused("The body is too large.", 413) from error
