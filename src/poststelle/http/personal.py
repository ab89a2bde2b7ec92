"""All that is kept of a user, as a file: for themselves, or for an administrator whom they have asked."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from poststelle.access import personal
from poststelle.http import authn, wire
from poststelle.http.body import user_id
from poststelle.http.services import Services
from poststelle.model.ids import UserId


def routes(services: Services) -> list[Route]:
    """``/api/me/data`` and ``/api/users/{user}/data``."""

    async def data(by: UserId, user: UserId, told: dict[str, Any], now: datetime) -> Response:
        name = f"poststelle-data-{now:%Y-%m-%d}.json"
        headers = {
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        chunks = _written(services, by, user, {"made_at": now} | told)
        return StreamingResponse(chunks, media_type="application/json", headers=headers)

    async def mine(request: Request) -> Response:
        who, now = await authn.bearer(services, request), services.clock.now()
        own = (who.user.id, who.user.id)
        return await data(*own, await services.store.write(personal.begin_export, *own, now), now)

    async def of_another(request: Request) -> Response:
        who, now = await authn.bearer(services, request), services.clock.now()
        theirs = (who.user.id, user_id(request))
        return await data(*theirs, await services.store.write(personal.begin_export_of, *theirs, now), now)

    return [
        Route("/api/me/data", mine, methods=["GET"]),
        Route("/api/users/{user}/data", of_another, methods=["GET"]),
    ]


async def _written(
    services: Services, by: UserId, user: UserId, told: dict[str, Any]
) -> AsyncIterator[bytes]:
    """One JSON object; what the audit trail tells, at its end, comes from the database in portions."""
    whole = msgspec.json.format(msgspec.json.encode(told), indent=2)
    yield whole[: whole.rindex(b"}")].rstrip()
    for name, read in (("deeds", personal.deeds), ("about", personal.about)):
        yield f',\n  "{name}": ['.encode()
        before, comma = None, b"\n    "
        while some := await services.store.read(read, by, user, before):
            for entry in some:
                yield comma + msgspec.json.encode(wire.audit_row(entry))
                comma = b",\n    "
            before = (some[-1].chain, some[-1].number)
        yield b"\n  ]"
    yield b"\n}\n"
