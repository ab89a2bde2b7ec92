"""All that is kept of a user, as a file: for themselves, or for an administrator whom they have asked."""

from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from poststelle.access import personal
from poststelle.http import authn, wire
from poststelle.http.body import user_id
from poststelle.http.services import Services
from poststelle.model.audit import AuditEntry
from poststelle.model.errors import TooMany
from poststelle.model.ids import UserId


def routes(services: Services) -> list[Route]:
    """``/api/me/data`` and ``/api/users/{user}/data``."""

    under_way: set[UserId] = set()

    async def data(by: UserId, user: UserId, begin: Callable[..., dict[str, Any]]) -> Response:
        now = services.clock.now()
        if by in under_way:
            raise TooMany("export_under_way", "Your last export is still under way; wait for it.", after_s=30)
        under_way.add(by)
        try:
            told = await services.store.write(begin, by, user, now)
        except BaseException:
            under_way.discard(by)
            raise
        name = f"poststelle-data-{now:%Y-%m-%d}.json"
        headers = {
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        chunks = _written(services, by, user, {"made_at": now} | told)
        return _Whole(chunks, partial(under_way.discard, by), headers)

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


class _Whole(StreamingResponse):
    """Says when it is through, or was broken off: also before its first octet."""

    def __init__(
        self, chunks: AsyncIterator[bytes], ended: Callable[[], None], headers: dict[str, str]
    ) -> None:
        super().__init__(chunks, media_type="application/json", headers=headers)
        self._ended = ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._ended()


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
