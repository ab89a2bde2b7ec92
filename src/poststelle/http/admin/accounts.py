"""``/api/accounts``: add, change, assign, disconnect and delete mailboxes."""

from typing import Any, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poststelle.access import grants
from poststelle.http import authn, wire
from poststelle.http.body import Body, account_id, given, read_body, user_id
from poststelle.http.errors import json_response
from poststelle.http.proof import ProofBody, ProvenBody, asking
from poststelle.http.services import Services
from poststelle.http.shapes import AskedLevel
from poststelle.lib.ids import decode_id, encode_id
from poststelle.model.errors import Invalid, NotFound
from poststelle.model.ids import ACCOUNT, USER, AccountId, UserId
from poststelle.model.rights import Grant, Level
from poststelle.settings import accounts, many
from poststelle.settings.many import LineResult

_TYPES = {
    "external": accounts.EXTERNAL,
    "internal": accounts.INTERNAL,
    "all": accounts.EXTERNAL | accounts.INTERNAL,
}


class AssignedBody(Body):
    id: str
    level: AskedLevel = "send"


class NewAccountBody(Body):
    """``type`` internal takes ``users`` along, and the ``language`` of its folders' names."""

    address: str
    confirm: bool = False
    type: Literal["external", "internal"] = "external"
    users: list[AssignedBody] = msgspec.field(default_factory=list)
    language: Literal["de", "en"] = "en"


class ManyBody(Body):
    addresses: str
    confirm: bool = False


class LineRow(msgspec.Struct):
    """``outcome``: added (with ``account``), duplicate, twice, invalid (with ``reason``)."""

    line: int
    text: str
    outcome: str
    reason: str | None
    account: str | None


class AccountPatchBody(Body):
    name: str | msgspec.UnsetType = msgspec.UNSET
    is_active: bool | msgspec.UnsetType = msgspec.UNSET
    is_vip: bool | msgspec.UnsetType = msgspec.UNSET


class DeleteBody(Body):
    """``archive``: the mailbox's archive is deleted, too, which needs ``proof``, as does to end one that is
    on and a mailbox that alerts come from. ``discard``: letters and changes that wait, too.
    """

    address: str = ""
    archive: bool = False
    discard: bool = False
    proof: ProofBody | None = None


class GrantBody(Body):
    level: AskedLevel = "send"
    confirm: bool = False


def routes(services: Services) -> list[Route]:
    """Each answer to a change is the account's fresh row."""
    store, clock = services.store, services.clock

    async def row(request: Request, by: UserId, account: AccountId, *, status: int = 200) -> Response:
        sheet = await store.read(accounts.sheet, by, account)
        return json_response(request, wire.account_row(sheet), status=status)

    async def list_all(request: Request) -> Response:
        who = await authn.bearer(services, request)
        types = _TYPES.get(request.query_params.get("type", "all"))
        if types is None:
            raise Invalid("type", "invalid_type", "The type is external, internal or all.")
        sheets = await store.read(accounts.sheets, who.user.id, types)
        return json_response(request, {"accounts": [wire.account_row(sheet) for sheet in sheets]})

    async def add(request: Request) -> Response:
        who = await authn.bearer(services, request)
        body = await read_body(request, NewAccountBody)
        said: dict[str, Any] = {"is_confirmed": body.confirm, "now": clock.now()}
        if body.type == "internal":
            assigned = [_assigned(one) for one in body.users]
            said["language"] = body.language
            added = await store.write(accounts.add_internal, who.user.id, body.address, assigned, **said)
            for user, _ in assigned:
                services.hub.revoke(user)
        else:
            added = await store.write(accounts.add, who.user.id, body.address, **said)
        return await row(request, who.user.id, added.id, status=201)

    async def add_many(request: Request) -> Response:
        who = await authn.bearer(services, request)
        body = await read_body(request, ManyBody)
        found = await store.write(
            many.add_many, who.user.id, body.addresses, is_confirmed=body.confirm, now=clock.now()
        )
        return json_response(request, {"lines": [_line(result) for result in found]})

    async def one(request: Request) -> Response:
        who = await authn.bearer(services, request)
        return await row(request, who.user.id, account_id(request))

    async def change(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        body = await read_body(request, AccountPatchBody)
        await store.write(
            accounts.set_options,
            who.user.id,
            account,
            name=given(body.name),
            is_active=given(body.is_active),
            is_vip=given(body.is_vip),
            now=clock.now(),
        )
        services.wake_sync(account)
        return await row(request, who.user.id, account)

    async def delete(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        body = await read_body(request, DeleteBody)
        wanted = (who.user.id, account, body.address)
        await store.read(accounts.require_deletable, *wanted, discards_waiting=body.discard)
        by = await asking(services, request, who, body.proof)
        # before the mailbox is told of no more
        await store.read(
            accounts.require_standing, by.by, account, deletes_archive=body.archive, ring=services.ring
        )
        await services.end_notifications(account)
        told: dict[str, Any] = {"deletes_archive": body.archive, "discards_waiting": body.discard}
        told |= {"ring": services.ring, "now": clock.now()}
        shut_out = await by.write(accounts.delete, account, body.address, **told)
        services.forget_remote(account)
        for user in shut_out:
            services.hub.revoke(user)
        return json_response(request, {})

    async def disconnect(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        by = await asking(services, request, who, (await read_body(request, ProvenBody)).proof)
        await store.read(accounts.require_disconnectable, by.by, account)
        await services.end_notifications(account)
        await by.write(accounts.disconnect, account, clock.now())
        services.forget_remote(account)
        return await row(request, who.user.id, account)

    async def assign(request: Request) -> Response:
        who, account, user = await authn.bearer(services, request), account_id(request), user_id(request)
        body = await read_body(request, GrantBody)
        grant = Grant(account, user, grants.parse_level(body.level))
        await store.write(grants.assign, who.user.id, grant, is_confirmed=body.confirm, now=clock.now())
        services.hub.revoke(user)
        return await row(request, who.user.id, account)

    async def withdraw(request: Request) -> Response:
        who, account, user = await authn.bearer(services, request), account_id(request), user_id(request)
        await store.write(grants.withdraw, who.user.id, user, account, clock.now())
        services.hub.revoke(user)
        return await row(request, who.user.id, account)

    return [
        Route("/api/accounts", list_all, methods=["GET"]),
        Route("/api/accounts", add, methods=["POST"]),
        Route("/api/accounts/import", add_many, methods=["POST"]),
        Route("/api/accounts/{account}", one, methods=["GET"]),
        Route("/api/accounts/{account}", change, methods=["PATCH"]),
        Route("/api/accounts/{account}", delete, methods=["DELETE"]),
        Route("/api/accounts/{account}/disconnect", disconnect, methods=["POST"]),
        Route("/api/accounts/{account}/users/{user}", assign, methods=["PUT"]),
        Route("/api/accounts/{account}/users/{user}", withdraw, methods=["DELETE"]),
    ]


def _assigned(body: AssignedBody) -> tuple[UserId, Level]:
    number = decode_id(USER, body.id)
    if number is None:
        raise NotFound("no_such_user", "There is no such user, or they are not active.")
    return UserId(number), grants.parse_level(body.level)


def _line(result: LineResult) -> LineRow:
    account = None if result.account is None else encode_id(ACCOUNT, result.account.id)
    return LineRow(result.line.number, result.line.text, result.outcome, result.reason, account)
