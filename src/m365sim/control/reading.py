"""Calls to the control API, of the world and of identities: their bodies, refusals and answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, TypeVar

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from m365sim.bodies import CONTROL_LIMIT, TooLarge, decode, read_body

Body = TypeVar("Body")
Act = Callable[[Request], Awaitable[Any]]


class Refused(Exception):
    """A request the control API cannot carry out; nothing was changed."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


async def read(request: Request, kind: type[Body]) -> Body:
    """The body as one of ``kind``, an empty one without fields; Refused for one that is none."""
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


def endpoint(
    act: Act, statuses: Mapping[type[Exception], int], options: Collection[str] = ()
) -> Callable[[Request], Awaitable[Response]]:
    """What answers with the result of an act as JSON, or with why it was refused.

    ``statuses`` are those of other exceptions that say why, the more special before the more general;
    ``options`` the query options that there are.
    """

    async def answer(request: Request) -> Response:
        try:
            _check_options(request, options)
            result = await act(request)
        except ClientDisconnect:
            return Response(status_code=400)  # which nobody reads
        except Refused as refused:
            return answered({"error": str(refused)}, refused.status)
        except tuple(statuses) as error:
            status = next(status for kind, status in statuses.items() if isinstance(error, kind))
            return answered({"error": str(error)}, status)
        return result if isinstance(result, Response) else answered(result)

    return answer


def _check_options(request: Request, options: Collection[str]) -> None:
    """A misspelt option would choose, or destroy, something else than was meant."""
    names = [name for name, _ in request.query_params.multi_items()]
    for name in names:
        if name not in options:
            there = f"there are {', '.join(options)}" if options else "there are none here"
            raise Refused(f"There is no query option '{name}'; {there}.")
        if names.count(name) > 1:
            raise Refused(f"The query option '{name}' is given twice.")


def answered(data: object, status: int = 200) -> Response:
    """An answer with this as JSON."""
    return Response(msgspec.json.encode(data), status, media_type="application/json")
