"""``/api/users``: the people of this installation."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poststelle.access import users as people
from poststelle.access.people_facts import facts
from poststelle.access.texts import check_password
from poststelle.http import authn, wire
from poststelle.http.body import Body, given, query_bool, read_body, user_id
from poststelle.http.errors import json_response
from poststelle.http.proof import ProofBody, ProvenBody, asking
from poststelle.http.services import Services


class NewOrdinaryUser(Body):
    """What programs say. They are invited, or come by single sign-on."""

    login: str
    name: str
    email: str = ""


class NewUserBody(NewOrdinaryUser):
    """``password`` null: as above. An administrator needs ``proof``."""

    password: str | None = None
    may_settings: bool = False
    proof: ProofBody | None = None


class OrdinaryPatch(Body):
    """What programs change, ``is_active`` of ordinary users alone."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    is_active: bool | msgspec.UnsetType = msgspec.UNSET


class UserPatchBody(OrdinaryPatch):
    """``password``, ``may_settings``, and of an administrator ``email`` and ``is_active`` need ``proof``;
    ``may_settings`` set also ``addresses``, and ``is_who_came`` where they can have come in before.
    """

    email: str | msgspec.UnsetType = msgspec.UNSET
    may_settings: bool | msgspec.UnsetType = msgspec.UNSET
    password: str | msgspec.UnsetType = msgspec.UNSET
    addresses: list[str] | msgspec.UnsetType = msgspec.UNSET
    is_who_came: bool = False
    proof: ProofBody | None = None


def routes(services: Services) -> list[Route]:
    """List, add, change and remove people. Streams of people shut out are cut."""
    store, clock = services.store, services.clock

    async def list_all(request: Request) -> Response:
        who = await authn.bearer(services, request)
        found = await store.read(people.list_all, who.user.id)
        known = await store.read(facts, clock.now())
        return json_response(request, {"users": [wire.user_row(user, known) for user in found]})

    async def add(request: Request) -> Response:
        who = await authn.bearer(services, request)
        await store.read(people.list_all, who.user.id)  # the right, before the costly hash
        body = await read_body(request, NewUserBody)
        by = await asking(services, request, who, body.proof)
        new = people.check_new_user(
            login=body.login,
            name=body.name,
            email=body.email,
            password=body.password,
            may_settings=body.may_settings,
        )
        hashed = None if body.password is None else await services.door.passwords.hash(body.password)
        user = await by.write(people.add, new, hashed, clock.now())
        known = await store.read(facts, clock.now())
        return json_response(request, wire.user_row(user, known), status=201)

    async def change(request: Request) -> Response:
        who, target = await authn.bearer(services, request), user_id(request)
        old = await store.read(people.one, who.user.id, target)
        body = await read_body(request, UserPatchBody)
        password = given(body.password)
        by = await asking(services, request, who, body.proof)
        hashed = None
        if password is not None:
            check_password(password, login=old.login)
            hashed = await services.door.passwords.hash(password)
        patch = people.UserPatch(
            name=given(body.name),
            email=given(body.email),
            is_active=given(body.is_active),
            may_settings=given(body.may_settings),
            password_hash=hashed,
            addresses=given(body.addresses),
            is_who_came=body.is_who_came,
        )
        user = await by.write(people.change, target, patch, clock.now(), ring=services.ring)
        is_known_anew = body.may_settings is True or (user.may_settings and user.email != old.email)
        if hashed is not None or not user.is_active or is_known_anew:
            services.hub.revoke(target)
        known = await store.read(facts, clock.now())
        return json_response(request, wire.user_row(user, known))

    async def remove(request: Request) -> Response:
        who, target = await authn.bearer(services, request), user_id(request)
        erases = query_bool(request, "erase_name")
        await store.read(people.one, who.user.id, target)  # the right, before the costly hash
        body = await read_body(request, ProvenBody)
        by = await asking(services, request, who, body.proof)
        await by.write(people.remove, target, clock.now(), ring=services.ring, erases_name=erases)
        services.hub.revoke(target)
        return json_response(request, {})

    return [
        Route("/api/users", list_all, methods=["GET"]),
        Route("/api/users", add, methods=["POST"]),
        Route("/api/users/{user}", change, methods=["PATCH"]),
        Route("/api/users/{user}", remove, methods=["DELETE"]),
    ]
