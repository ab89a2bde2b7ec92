"""The second step of logging in, and logging in by a passkey alone. For people without a login."""

import asyncio
from datetime import timedelta

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poststelle.access import second_step
from poststelle.access.second_factor import NewApp
from poststelle.access.second_step import Entered
from poststelle.auth import one_time
from poststelle.http import authn, wire
from poststelle.http.body import Body, read_body
from poststelle.http.errors import json_response
from poststelle.http.proof import PasskeyBody, question
from poststelle.http.rate import Rate
from poststelle.http.services import Services
from poststelle.model.errors import TooMany

_QUESTIONS = (60, timedelta(seconds=2))  # one address asks in a row, and one more every: an office logs in


class StepBody(Body):
    """``token``: of the login that waits, from ``POST /api/login``."""

    token: str


class CodeBody(StepBody):
    code: str


class QuestionBody(Body):
    token: str | None = None


class NewPasskeyBody(PasskeyBody):
    name: str


class AppRow(msgspec.Struct):
    """``picture`` is a QR code of ``uri``, as a ``data:`` address."""

    token: str
    secret: str
    uri: str
    picture: str


async def app_row(new: NewApp) -> AppRow:
    picture = await asyncio.to_thread(one_time.picture, new.uri)
    return AppRow(new.token, new.secret, new.uri, picture)


def routes(services: Services) -> list[Route]:
    """Below ``/api/login/``."""
    door, rate = services.door, Rate(*_QUESTIONS)

    async def code(request: Request) -> Response:
        body = await read_body(request, CodeBody)
        came_from, agent = authn.came_from(request), authn.agent(request)
        entered = await second_step.with_code(door, body.token, body.code, came_from=came_from, agent=agent)
        return await _entered(services, request, entered)

    async def ask_passkey(request: Request) -> Response:
        body = await read_body(request, QuestionBody)
        if not rate.may(authn.came_from(request), services.clock.now()):
            raise TooMany("busy", "Too many questions for passkeys; try again soon.", after_s=2)
        return json_response(request, question(await second_step.ask_passkey(door, body.token)))

    async def passkey(request: Request) -> Response:
        body = await read_body(request, PasskeyBody)
        came_from, agent = authn.came_from(request), authn.agent(request)
        entered = await second_step.with_passkey(door, body.answer(), came_from=came_from, agent=agent)
        return await _entered(services, request, entered)

    async def begin_app(request: Request) -> Response:
        body = await read_body(request, StepBody)
        return json_response(request, await app_row(await second_step.begin_app(door, body.token)))

    async def finish_app(request: Request) -> Response:
        body = await read_body(request, CodeBody)
        entered = await second_step.finish_app(door, body.token, body.code, agent=authn.agent(request))
        return await _entered(services, request, entered)

    async def begin_passkey(request: Request) -> Response:
        body = await read_body(request, StepBody)
        return json_response(request, question(await second_step.begin_passkey(door, body.token)))

    async def finish_passkey(request: Request) -> Response:
        body = await read_body(request, NewPasskeyBody)
        agent = authn.agent(request)
        entered = await second_step.finish_passkey(door, body.answer(), body.name, agent=agent)
        return await _entered(services, request, entered)

    return [
        Route("/api/login/code", code, methods=["POST"]),
        Route("/api/login/passkey/question", ask_passkey, methods=["POST"]),
        Route("/api/login/passkey", passkey, methods=["POST"]),
        Route("/api/login/app", begin_app, methods=["POST"]),
        Route("/api/login/app", finish_app, methods=["PUT"]),
        Route("/api/login/new-passkey", begin_passkey, methods=["POST"]),
        Route("/api/login/new-passkey", finish_passkey, methods=["PUT"]),
    ]


async def _entered(services: Services, request: Request, entered: Entered) -> Response:
    await authn.end_old_login(services, request)
    body = {
        "user": wire.me(entered.login.user),
        "recovery_left": entered.recovery_left,
        "recovery_codes": entered.recovery_codes,
    }
    return authn.set_cookie(services, json_response(request, body), entered.login)
