"""Groups of recipients: one's own, and those of mailboxes."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poststelle.http import authn
from poststelle.http.body import Body, account_id, account_id_if_named, read_body
from poststelle.http.errors import json_response
from poststelle.http.people import Person, group_row, pairs
from poststelle.http.services import Services
from poststelle.lib.ids import decode_id
from poststelle.model.errors import NotFound
from poststelle.model.ids import GROUP, GroupId
from poststelle.submission import groups


class GroupBody(Body):
    name: str
    members: list[Person]


class GroupPatch(Body):
    name: str | msgspec.UnsetType = msgspec.UNSET
    members: list[Person] | msgspec.UnsetType = msgspec.UNSET


def routes(services: Services) -> list[Route]:
    store, clock = services.store, services.clock

    async def list_own(request: Request) -> Response:
        who = await authn.bearer(services, request)
        found = await store.read(groups.own, who.user.id)
        return json_response(request, {"groups": [group_row(one) for one in found]})

    async def list_of_mailbox(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        kept = await store.read(groups.of_mailbox, who.user.id, account)
        rows = [group_row(one) for one in kept.groups]
        return json_response(request, {"groups": rows, "may_change": kept.may_change})

    async def create(request: Request) -> Response:
        """A mailbox's where the address names one."""
        who = await authn.bearer(services, request)
        account = account_id_if_named(request)
        said = _said(await read_body(request, GroupBody))
        made = await store.write(groups.create, who.user.id, account, said, clock.now())
        return json_response(request, group_row(made), status=201)

    async def change(request: Request) -> Response:
        who = await authn.bearer(services, request)
        said = _said(await read_body(request, GroupPatch))
        changed = await store.write(groups.change, who.user.id, _id(request), said, clock.now())
        return json_response(request, group_row(changed))

    async def remove(request: Request) -> Response:
        who = await authn.bearer(services, request)
        await store.write(groups.remove, who.user.id, _id(request), clock.now())
        return json_response(request, {})

    return [
        Route("/api/me/groups", list_own, methods=["GET"]),
        Route("/api/me/groups", create, methods=["POST"]),
        Route("/api/groups/{group}", change, methods=["PATCH"]),
        Route("/api/groups/{group}", remove, methods=["DELETE"]),
        Route("/api/mailboxes/{account}/groups", list_of_mailbox, methods=["GET"]),
        Route("/api/mailboxes/{account}/groups", create, methods=["POST"]),
    ]


def _said(body: GroupBody | GroupPatch) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if body.name is not msgspec.UNSET:
        said["name"] = body.name
    if not isinstance(body.members, msgspec.UnsetType):
        said["members"] = pairs(body.members)
    return said


def _id(request: Request) -> GroupId:
    number = decode_id(GROUP, str(request.path_params["group"]))
    if not number:
        raise NotFound("no_such_group", "This group is not there any more.")
    return GroupId(number)
