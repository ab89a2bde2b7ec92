"""``/api/me/second-factor`` and ``/api/me/passkeys``: one's own, to see, set up and remove."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poststelle.access import passkeys, proving, second_factor
from poststelle.access.proving import write_proven
from poststelle.auth import passkeys as webauthn
from poststelle.http import authn
from poststelle.http.body import Body, path_number, read_body
from poststelle.http.errors import json_response
from poststelle.http.login_steps import CodeBody, NewPasskeyBody, app_row
from poststelle.http.proof import ProofBody, question
from poststelle.http.services import Services
from poststelle.http.shapes import Instant
from poststelle.lib.ids import encode_id
from poststelle.model.errors import NotFound
from poststelle.model.ids import PASSKEY, PasskeyId
from poststelle.model.second_factor import Passkey


class NameBody(Body):
    name: str


class PasskeyRow(msgspec.Struct):
    id: str
    name: str
    created_at: Instant
    last_used_at: Instant | None


class FactorsRow(msgspec.Struct):
    """``app_since`` null: no app. ``may_passkeys``: browsers offer them under this server's address.

    ``signed_on_until``: until then it counts as proof that the provider had the person sign on anew.
    """

    app_since: Instant | None
    passkeys: list[PasskeyRow]
    recovery_left: int
    is_required: bool
    may_passkeys: bool
    signed_on_until: Instant | None


def routes(services: Services) -> list[Route]:
    """What is set up or removed needs the present password, and the second factor of who has one."""
    store, clock, ring, door = services.store, services.clock, services.ring, services.door

    async def show(request: Request) -> Response:
        who = await authn.bearer(services, request)
        found = await store.read(second_factor.overview, ring, who.user)
        app = found.factors.app
        row = FactorsRow(
            app_since=None if app is None else app.created_at,
            passkeys=[_row(key) for key in found.factors.passkeys],
            recovery_left=found.factors.recovery_left,
            is_required=found.is_required,
            may_passkeys=door.site.is_able,
            signed_on_until=await store.read(proving.signed_on_anew, who.login, clock.now()),
        )
        return json_response(request, row)

    async def ask(request: Request) -> Response:
        who = await authn.bearer(services, request)
        return json_response(request, question(await proving.ask_passkey(door, who.user.id)))

    async def begin_app(request: Request) -> Response:
        who = await authn.bearer(services, request)
        body = await read_body(request, ProofBody)
        proven = await proving.confirm(door, who, body.proof())
        new = await write_proven(
            door, proven, second_factor.begin_app, ring, who.user, door.issuer, clock.now()
        )
        return json_response(request, await app_row(new))

    async def finish_app(request: Request) -> Response:
        who = await authn.bearer(services, request)
        body = await read_body(request, CodeBody)
        codes = await store.write(
            second_factor.finish_app, ring, body.token, body.code, who.user.id, clock.now()
        )
        return json_response(request, {"recovery_codes": codes})

    async def remove_app(request: Request) -> Response:
        who = await authn.bearer(services, request)
        body = await read_body(request, ProofBody)
        proven = await proving.confirm(door, who, body.proof())
        await write_proven(door, proven, second_factor.remove_app, ring, who.user, clock.now())
        return json_response(request, {})

    async def renew_codes(request: Request) -> Response:
        who = await authn.bearer(services, request)
        body = await read_body(request, ProofBody)
        proven = await proving.confirm(door, who, body.proof())
        codes = await write_proven(door, proven, second_factor.renew_recovery_codes, who.user.id, clock.now())
        return json_response(request, {"recovery_codes": codes})

    async def begin_passkey(request: Request) -> Response:
        who = await authn.bearer(services, request)
        body = await read_body(request, ProofBody)
        passkeys.require_able(door.site)
        proven = await proving.confirm(door, who, body.proof())
        await webauthn.load()
        asked = await write_proven(door, proven, passkeys.begin_new, ring, door.site, who.user, clock.now())
        return json_response(request, question(asked))

    async def finish_passkey(request: Request) -> Response:
        who = await authn.bearer(services, request)
        body = await read_body(request, NewPasskeyBody)
        await webauthn.load()
        codes = await store.write(
            passkeys.finish_new, ring, door.site, body.answer(), body.name, who.user.id, clock.now()
        )
        if codes is None:
            raise passkeys.wrong_passkey()
        return json_response(request, {"recovery_codes": codes})

    async def rename_passkey(request: Request) -> Response:
        who, key = await authn.bearer(services, request), _passkey_id(request)
        body = await read_body(request, NameBody)
        renamed = await store.write(passkeys.rename, who.user.id, key, body.name, clock.now())
        return json_response(request, _row(renamed))

    async def remove_passkey(request: Request) -> Response:
        who, key = await authn.bearer(services, request), _passkey_id(request)
        body = await read_body(request, ProofBody)
        proven = await proving.confirm(door, who, body.proof())
        await write_proven(door, proven, passkeys.remove, ring, who.user, key, clock.now())
        return json_response(request, {})

    return [
        Route("/api/me/second-factor", show, methods=["GET"]),
        Route("/api/me/second-factor/question", ask, methods=["POST"]),
        Route("/api/me/second-factor/app", begin_app, methods=["POST"]),
        Route("/api/me/second-factor/app", finish_app, methods=["PUT"]),
        Route("/api/me/second-factor/app", remove_app, methods=["DELETE"]),
        Route("/api/me/second-factor/recovery-codes", renew_codes, methods=["POST"]),
        Route("/api/me/passkeys", begin_passkey, methods=["POST"]),
        Route("/api/me/passkeys", finish_passkey, methods=["PUT"]),
        Route("/api/me/passkeys/{passkey}", rename_passkey, methods=["PATCH"]),
        Route("/api/me/passkeys/{passkey}", remove_passkey, methods=["DELETE"]),
    ]


def _row(key: Passkey) -> PasskeyRow:
    return PasskeyRow(encode_id(PASSKEY, key.id), key.name, key.created_at, key.last_used_at)


def _passkey_id(request: Request) -> PasskeyId:
    missing = NotFound("no_such_second_factor", "There is no such second factor.")
    return PasskeyId(path_number(request, "passkey", PASSKEY, missing))
