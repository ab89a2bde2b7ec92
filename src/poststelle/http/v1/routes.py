"""``/api/v1/…``: the operations, each behind a token, and the document that describes them."""

from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from poststelle.access import tokens
from poststelle.http import authn
from poststelle.http.errors import json_response
from poststelle.http.services import Services
from poststelle.http.v1.document import document
from poststelle.http.v1.operation import OF_PAGE, PREFIX, Operation
from poststelle.http.v1.operations import OPERATIONS
from poststelle.lib.version import version
from poststelle.model.rights import Administration

Endpoint = Callable[[Request], Awaitable[Response]]

DOCUMENT = f"{PREFIX}/openapi.json"


def routes(services: Services, of_page: Sequence[BaseRoute]) -> list[Route]:
    """``of_page`` are the page's routes, whose handlers do the work. KeyError where an operation has none."""
    handlers = {
        (method, route.path): route.endpoint
        for route in of_page
        if isinstance(route, Route)
        for method in route.methods or ()
    }

    @cache
    def told() -> dict[str, Any]:
        """Made for who asks first: few do, and it takes as long as all other routes of a start together."""
        return document(OPERATIONS, version(), services.config.public_url)

    async def describe(request: Request) -> Response:
        return json_response(request, told())

    return [
        Route(DOCUMENT, describe, methods=["GET"]),
        *(
            Route(
                PREFIX + one.path,
                _behind_token(services, one, handlers[one.method, OF_PAGE + one.path]),
                methods=[one.method],
            )
            for one in OPERATIONS
        ),
    ]


def _behind_token(services: Services, operation: Operation, handler: Endpoint) -> Endpoint:
    """``handler`` for whoever has a token that may this."""
    store, clock = services.store, services.clock
    needed = Administration.READ if operation.is_reading else Administration.WRITE
    deed = f"{operation.method} {PREFIX}{operation.path}"

    async def answer(request: Request) -> Response:
        authorization = _bearer_of(request)
        token, user = await tokens.recognise_administering(store, clock, authorization, needed)
        if not operation.is_reading:
            await store.write(tokens.note_deed, token, deed, clock.now())
        authn.admit_program(request, user, token)
        return await handler(request)

    return answer


def _bearer_of(request: Request) -> str:
    """The header, where it is a bearer's: no browser asks people for this by itself."""
    text = request.headers.get("authorization", "")
    return text if text.partition(" ")[0].lower() == "bearer" else ""
