"""All that is kept of a user, as a file: for themselves, or for an administrator whom they have asked."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poststelle.access import personal
from poststelle.http import authn, wire
from poststelle.http.body import user_id
from poststelle.http.export_response import Export
from poststelle.http.services import Services
from poststelle.model.audit import AuditEntry
from poststelle.model.errors import TooMany
from poststelle.model.ids import UserId


def routes(services: Services) -> list[Route]:
    """``/api/me/data`` and ``/api/users/{user}/data``, one at a time of who asks."""

    under_way: set[UserId] = set()

    async def data(by: UserId, user: UserId, begin: Callable[..., dict[str, Any]]) -> Response:
        now = services.clock.now()
        if by in under_way:
            raise TooMany("too_many_exports", "Your last export is under way; wait for it to end.", after_s=5)
        under_way.add(by)
        try:
            told = await services.store.write(begin, by, user, now)
        except BaseException:
            under_way.discard(by)
            raise
        pieces = _written(services, by, user, {"made_at": now} | told)
        return Export(pieces, f"poststelle-data-{now:%Y-%m-%d}.json", "json", lambda: under_way.discard(by))

    async def mine(request: Request) -> Response:
        who = await authn.bearer(services, request)
        return await data(who.user.id, who.user.id, personal.begin_export)

    async def of_another(request: Request) -> Response:
        who = await authn.bearer(services, request)
        return await data(who.user.id, user_id(request), personal.begin_export_of)

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
    for name, entries in (("deeds", _deeds), ("about", _about)):
        yield f',\n  "{name}": ['.encode()
        comma = b"\n    "
        async for entry in entries(services, by, user):
            yield comma + msgspec.json.encode(wire.audit_row(entry))
            comma = b",\n    "
        yield b"\n  ]"
    yield b"\n}\n"


async def _deeds(services: Services, by: UserId, user: UserId) -> AsyncIterator[AuditEntry]:
    before = None
    while some := await services.store.read(personal.deeds, by, user, before):
        for entry in some:
            yield entry
        before = (some[-1].chain, some[-1].number)


async def _about(services: Services, by: UserId, user: UserId) -> AsyncIterator[AuditEntry]:
    before = None
    while True:
        found = await services.store.read(personal.about, by, user, before)
        for entry in found.entries:
            yield entry
        before = found.end
        if before is None:
            return
