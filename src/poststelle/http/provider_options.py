"""Options of a mailbox that the provider keeps: the automatic reply, and forwarding.

Each answer is as the provider has it then. A change names all of it: half of an option is none.
"""

from datetime import datetime
from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poststelle.access.rights import require_or_settings
from poststelle.http import authn
from poststelle.http.body import Body, account_id, read_body
from poststelle.http.errors import json_response
from poststelle.http.services import Services
from poststelle.http.shapes import AskedInstant, Instant
from poststelle.model.errors import Invalid
from poststelle.providers.forwarding import Forwarding, Manner
from poststelle.providers.replies import Audience, AutomaticReply
from poststelle.settings import automatic_reply, forwarding
from poststelle.settings.at_provider import ProviderDesk
from poststelle.settings.forwarding import ForwardsView

_RENAMED = {"from_": "from"}


class ReplyBody(Body, rename=_RENAMED):
    """``from`` and ``to`` null: whenever it is on. The texts are HTML."""

    is_enabled: bool
    from_: AskedInstant | None
    to: AskedInstant | None
    internal: str
    external: str
    audience: Literal["none", "contacts", "all"]


class ReplyRow(msgspec.Struct, rename=_RENAMED):
    is_enabled: bool
    from_: Instant | None
    to: Instant | None
    internal: str
    external: str
    audience: str


class ForwardingBody(Body):
    is_enabled: bool
    to: list[str]
    keeps_copy: bool
    manner: Literal["unchanged", "forwarded"]


class OtherRow(msgspec.Struct):
    name: str
    to: list[str]
    is_partial: bool


class ForwardingRow(msgspec.Struct):
    """``outside``: those of ``to`` outside the mailbox's domain. ``others``: rules made elsewhere."""

    is_enabled: bool
    to: list[str]
    keeps_copy: bool
    manner: str
    is_partial: bool
    is_broken: bool
    outside: list[str]
    refused_at: Instant | None
    others: list[OtherRow]
    may_change: bool


def routes(services: Services) -> list[Route]:
    desk = ProviderDesk(services.store, services.open_remote, services.clock, require_or_settings)

    async def get_reply(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        return json_response(request, _reply_row(await automatic_reply.get(desk, who.user.id, account)))

    async def put_reply(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        wanted = _reply(await read_body(request, ReplyBody))
        after = await automatic_reply.replace_whole(desk, who.user.id, account, wanted)
        return json_response(request, _reply_row(after))

    async def get_forwarding(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        return json_response(request, _forwarding_row(await forwarding.get(desk, who.user.id, account)))

    async def put_forwarding(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        body = await read_body(request, ForwardingBody)
        wanted = Forwarding(body.is_enabled, tuple(body.to), body.keeps_copy, Manner(body.manner))
        after = await forwarding.change(desk, who.user.id, account, wanted)
        return json_response(request, _forwarding_row(after))

    return [
        Route("/api/mailboxes/{account}/automatic-reply", get_reply, methods=["GET"]),
        Route("/api/mailboxes/{account}/automatic-reply", put_reply, methods=["PUT"]),
        Route("/api/mailboxes/{account}/forwarding", get_forwarding, methods=["GET"]),
        Route("/api/mailboxes/{account}/forwarding", put_forwarding, methods=["PUT"]),
    ]


def _reply(body: ReplyBody) -> AutomaticReply:
    from_, to = _instant(body.from_, "from"), _instant(body.to, "to")
    for field in ("internal", "external"):
        if "\0" in getattr(body, field):
            raise Invalid(field, "invalid_text", "No text has a NUL in it.")
    return AutomaticReply(body.is_enabled, from_, to, body.internal, body.external, Audience(body.audience))


def _instant(at: datetime | None, field: str) -> datetime | None:
    if at is not None and at.tzinfo is None:
        raise Invalid(field, "invalid_time", "Name the zone: 2026-09-01T08:00:00Z.")
    return at


def _reply_row(reply: AutomaticReply) -> ReplyRow:
    return ReplyRow(
        reply.is_enabled, reply.from_, reply.to, reply.internal, reply.external, reply.audience.value
    )


def _forwarding_row(view: ForwardsView) -> ForwardingRow:
    ours = view.forwards.ours or Forwarding(False, (), keeps_copy=True, manner=Manner.UNCHANGED)
    return ForwardingRow(
        is_enabled=ours.is_enabled,
        to=list(ours.to),
        keeps_copy=ours.keeps_copy,
        manner=ours.manner.value,
        is_partial=ours.is_partial,
        is_broken=ours.is_broken,
        outside=list(view.outside),
        refused_at=view.refused_at,
        others=[OtherRow(other.name, list(other.to), other.is_partial) for other in view.forwards.others],
        may_change=view.may_change,
    )
