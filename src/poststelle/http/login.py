"""Set-up, login and logout, and one's own settings."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poststelle.access import users as people
from poststelle.access.login import NewLogin, NextStep, log_in
from poststelle.access.proving import change_password
from poststelle.auth.crypto import KeyRing
from poststelle.http import authn, wire
from poststelle.http.body import Body, given, read_body
from poststelle.http.errors import json_response
from poststelle.http.proof import SecondBody
from poststelle.http.services import Services
from poststelle.lib.version import version
from poststelle.mail import quiet_hours
from poststelle.model.errors import Conflict, LoginNeeded
from poststelle.model.mail_page import Column, Density, Layout, PreviewPlace, Sorting
from poststelle.model.user import User
from poststelle.settings.single_sign_on import provider
from poststelle.store.tx import ReadTx


class SetUpBody(Body):
    login: str
    name: str
    password: str
    email: str = ""
    setup_code: str = ""


class LoginBody(Body):
    login: str
    password: str


class MailPagePatch(Body):
    """``columns`` are all that are shown."""

    layout: Layout | msgspec.UnsetType = msgspec.UNSET
    density: Density | msgspec.UnsetType = msgspec.UNSET
    preview: PreviewPlace | msgspec.UnsetType = msgspec.UNSET
    is_threaded: bool | msgspec.UnsetType = msgspec.UNSET
    columns: tuple[Column, ...] | msgspec.UnsetType = msgspec.UNSET
    sort: Sorting | msgspec.UnsetType = msgspec.UNSET

    def said(self) -> dict[str, Any]:
        """What is there."""
        values = {field: getattr(self, field) for field in self.__struct_fields__}
        return {field: value for field, value in values.items() if value is not msgspec.UNSET}


class MePatch(Body):
    """``language`` null follows the browser."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    language: str | msgspec.UnsetType | None = msgspec.UNSET
    shows_reading: bool | msgspec.UnsetType = msgspec.UNSET
    theme: str | msgspec.UnsetType = msgspec.UNSET
    sender_name: str | msgspec.UnsetType = msgspec.UNSET
    phone: str | msgspec.UnsetType = msgspec.UNSET
    position: str | msgspec.UnsetType = msgspec.UNSET
    mail_page: MailPagePatch | msgspec.UnsetType = msgspec.UNSET


class PasswordBody(SecondBody):
    old: str
    new: str


def routes(services: Services) -> list[Route]:
    """``/api/start``, ``/api/setup``, ``/api/login``, ``/api/logout``, ``/api/me``."""
    door, store, config = services.door, services.store, services.config

    async def start(request: Request) -> Response:
        user = await _user_or_none(services, request)
        is_empty = not await store.read(people.is_set_up)
        quiet = await store.read(quiet_hours.get, user.id, services.clock.now()) if user else None
        body = {
            "setup_needed": is_empty,
            "setup_code_needed": is_empty and services.setup_code is not None,
            "user": wire.me(user) if user else None,
            "single_sign_on": await store.read(_provider_name, services.ring),
            "quiet_until": quiet.until if quiet else None,
            "version": version(),
            "is_demo": bool(config.demo_logins),
            "demo_logins": [
                {"login": d.login, "password": d.password, "name": d.name} for d in config.demo_logins
            ],
        }
        return json_response(request, body)

    async def set_up(request: Request) -> Response:
        body = await read_body(request, SetUpBody)
        if await store.read(people.is_set_up):  # before the costly hash; the transaction asks again
            raise Conflict("already_set_up", "Poststelle is set up already; log in instead.")
        people.check_setup_code(services.setup_code, body.setup_code)
        new = people.check_new_user(
            login=body.login, name=body.name, email=body.email, password=body.password, may_settings=True
        )
        hashed = await door.passwords.hash(body.password)
        made = await store.write(people.set_up, new, hashed, services.clock.now(), authn.agent(request))
        return _logged_in(services, request, made, status=201)

    async def begin(request: Request) -> Response:
        body = await read_body(request, LoginBody)
        made = await log_in(
            door,
            login=body.login,
            password=body.password,
            came_from=authn.came_from(request),
            agent=authn.agent(request),
        )
        return await came_in(services, request, made)

    async def end(request: Request) -> Response:
        await authn.end_old_login(services, request)
        return authn.drop_cookie(services, json_response(request, {}))

    async def patch_me(request: Request) -> Response:
        who = await authn.bearer(services, request)
        body = await read_body(request, MePatch)
        language = "auto" if body.language is None else body.language
        user = await store.write(
            people.change_oneself,
            who.user.id,
            name=given(body.name),
            language=given(language),
            shows_reading=given(body.shows_reading),
            theme=given(body.theme),
            sender_name=given(body.sender_name),
            phone=given(body.phone),
            position=given(body.position),
            mail_page=None if isinstance(body.mail_page, msgspec.UnsetType) else body.mail_page.said(),
            now=services.clock.now(),
        )
        return json_response(request, wire.me(user))

    async def password(request: Request) -> Response:
        who = await authn.bearer(services, request)
        body = await read_body(request, PasswordBody)
        made = await change_password(
            door, who, old=body.proof(body.old), new=body.new, agent=authn.agent(request)
        )
        services.hub.revoke(who.user.id)
        return _logged_in(services, request, made)

    return [
        Route("/api/start", start, methods=["GET"]),
        Route("/api/setup", set_up, methods=["POST"]),
        Route("/api/login", begin, methods=["POST"]),
        Route("/api/logout", end, methods=["POST"]),
        Route("/api/me", patch_me, methods=["PATCH"]),
        Route("/api/me/password", password, methods=["POST"]),
    ]


def _provider_name(tx: ReadTx, ring: KeyRing) -> str | None:
    """What stands on the button that leads there; None: there is none."""
    found = provider(tx, ring)
    return None if found is None else found.name


async def came_in(services: Services, request: Request, made: NewLogin | NextStep) -> Response:
    """After a first proof: the login with its cookie, or what is asked for next."""
    if isinstance(made, NextStep):
        return json_response(request, {"token": made.token, "ways": made.ways}, status=202)
    await authn.end_old_login(services, request)
    return _logged_in(services, request, made)


def _logged_in(services: Services, request: Request, made: NewLogin, *, status: int = 200) -> Response:
    return authn.set_cookie(services, json_response(request, wire.me(made.user), status=status), made)


async def _user_or_none(services: Services, request: Request) -> User | None:
    try:
        return (await authn.bearer(services, request)).user
    except LoginNeeded:
        return None
