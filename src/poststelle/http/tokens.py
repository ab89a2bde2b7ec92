"""One's own API tokens. A token itself opens none of these: they need a login."""

from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poststelle.access import tokens
from poststelle.access.grants import parse_level
from poststelle.http import authn
from poststelle.http.body import parse_account, path_number, read_body
from poststelle.http.errors import json_response
from poststelle.http.proof import ProofBody
from poststelle.http.services import Services
from poststelle.http.shapes import Instant
from poststelle.lib.ids import encode_id
from poststelle.model.errors import NotFound
from poststelle.model.ids import ACCOUNT, TOKEN, TokenId
from poststelle.model.rights import Administration
from poststelle.model.user import ApiToken


class TokenBody(ProofBody):
    """``mailboxes`` null: all one is assigned to. ``days`` null: until it is revoked.

    ``administration``: in the administration API; with it ``mailboxes`` may be empty.
    """

    name: str
    level: str
    mailboxes: list[str] | None = None
    days: int | None = None
    administration: Literal["none", "read", "write"] = "none"


class TokenRow(msgspec.Struct):
    id: str
    name: str
    level: str
    mailboxes: list[str] | None
    created_at: Instant
    expires_at: Instant | None
    last_used_at: Instant | None
    administration: str


def routes(services: Services) -> list[Route]:
    """``/api/me/tokens``."""
    store, clock = services.store, services.clock

    async def list_mine(request: Request) -> Response:
        who = await authn.bearer(services, request)
        found = await store.read(tokens.list_mine, who.user.id)
        return json_response(request, {"tokens": [_row(one) for one in found]})

    async def create(request: Request) -> Response:
        who = await authn.bearer(services, request)
        body = await read_body(request, TokenBody)
        named = None if body.mailboxes is None else frozenset(map(parse_account, body.mailboxes))
        administration = Administration[body.administration.upper()]
        wanted = tokens.Wanted(body.name, parse_level(body.level), named, body.days, administration)
        made = await tokens.create(services.door, who, wanted, body.proof())
        return json_response(request, {"token": _row(made.token), "secret": made.secret}, status=201)

    async def revoke(request: Request) -> Response:
        who = await authn.bearer(services, request)
        ended = await store.write(tokens.revoke, who.user.id, _token_id(request), clock.now())
        services.hub.revoke_login(ended.token_hash)
        return json_response(request, {})

    return [
        Route("/api/me/tokens", list_mine, methods=["GET"]),
        Route("/api/me/tokens", create, methods=["POST"]),
        Route("/api/me/tokens/{token}", revoke, methods=["DELETE"]),
    ]


def _row(token: ApiToken) -> TokenRow:
    accounts = token.scope.accounts
    return TokenRow(
        id=encode_id(TOKEN, token.id),
        name=token.name,
        level=token.scope.level.name.lower(),
        mailboxes=None if accounts is None else [encode_id(ACCOUNT, account) for account in sorted(accounts)],
        created_at=token.created_at,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
        administration=token.administration.name.lower(),
    )


def _token_id(request: Request) -> TokenId:
    missing = NotFound("no_such_token", "There is no such token.")
    return TokenId(path_number(request, "token", TOKEN, missing))
