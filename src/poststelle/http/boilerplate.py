"""Signatures and templates: one's own, those of mailboxes, and with which signature one's letters end."""

from typing import Any, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poststelle.http import authn
from poststelle.http.body import Body, account_id, account_id_if_named, read_body
from poststelle.http.errors import json_response
from poststelle.http.people import Person, group_row, pairs, person_rows
from poststelle.http.services import Services
from poststelle.lib.ids import decode_id, encode_id
from poststelle.model.boilerplate import Boilerplate, BoilerplateKind
from poststelle.model.errors import Invalid, NotFound
from poststelle.model.ids import ACCOUNT, BOILERPLATE, KEPT_FILE, BoilerplateId
from poststelle.store.identity_texts import NO_SIGNATURE
from poststelle.submission import boilerplate, signing
from poststelle.submission.signing import Signs

_NONE = "none"


class BoilerplateBody(Body):
    """``html`` empty: it is plain text. ``to``, ``cc`` and ``bcc`` are a template's."""

    kind: Literal["signature", "template"]
    name: str
    html: str = ""
    plain: str = ""
    subject: str = ""
    is_default: bool = False
    is_answer_default: bool = False
    to: list[Person] = msgspec.field(default_factory=list)
    cc: list[Person] = msgspec.field(default_factory=list)
    bcc: list[Person] = msgspec.field(default_factory=list)


class BoilerplatePatch(Body):
    name: str | msgspec.UnsetType = msgspec.UNSET
    html: str | msgspec.UnsetType = msgspec.UNSET
    plain: str | msgspec.UnsetType = msgspec.UNSET
    subject: str | msgspec.UnsetType = msgspec.UNSET
    is_default: bool | msgspec.UnsetType = msgspec.UNSET
    is_answer_default: bool | msgspec.UnsetType = msgspec.UNSET
    to: list[Person] | msgspec.UnsetType = msgspec.UNSET
    cc: list[Person] | msgspec.UnsetType = msgspec.UNSET
    bcc: list[Person] | msgspec.UnsetType = msgspec.UNSET


class SigningBody(Body):
    """Null: as the defaults say; ``none``: not at all."""

    email: str
    signature: str | None
    answer_signature: str | None


class FileRow(msgspec.Struct):
    """``size`` in octets."""

    id: str
    name: str
    type: str
    size: int


class BoilerplateRow(msgspec.Struct):
    """``account``: the mailbox it belongs to, or, of one's own, the only one it is for."""

    id: str
    kind: str
    account: str | None
    is_own: bool
    name: str
    html: str
    plain: str
    subject: str
    is_default: bool
    is_answer_default: bool
    to: list[Person]
    cc: list[Person]
    bcc: list[Person]
    files: list[FileRow]


class AddressRow(msgspec.Struct):
    """``chosen`` as in SigningBody; the other two are what it comes to, null: none."""

    email: str
    name: str
    chosen: str | None
    answer_chosen: str | None
    signature: str | None
    answer_signature: str | None


def routes(services: Services) -> list[Route]:
    store, clock = services.store, services.clock

    async def list_own(request: Request) -> Response:
        who = await authn.bearer(services, request)
        found = await store.read(boilerplate.own, who.user.id)
        return json_response(request, {"boilerplate": [row(one) for one in found]})

    async def list_of_mailbox(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        kept = await store.read(boilerplate.of_mailbox, who.user.id, account)
        rows = [row(one) for one in kept.boilerplate]
        return json_response(request, {"boilerplate": rows, "may_change": kept.may_change})

    async def create(request: Request) -> Response:
        """A mailbox's where the address names one."""
        who = await authn.bearer(services, request)
        account = account_id_if_named(request)
        body = await read_body(request, BoilerplateBody)
        said = _by_name(body)
        kind = BoilerplateKind(body.kind)
        made = await store.write(boilerplate.create, who.user.id, account, kind, said, clock.now())
        return json_response(request, row(made), status=201)

    async def change(request: Request) -> Response:
        who = await authn.bearer(services, request)
        said = _said(await read_body(request, BoilerplatePatch))
        changed = await store.write(boilerplate.change, who.user.id, named(request), said, clock.now())
        return json_response(request, row(changed))

    async def remove(request: Request) -> Response:
        who = await authn.bearer(services, request)
        await store.write(boilerplate.remove, who.user.id, named(request), clock.now())
        return json_response(request, {})

    async def shelf(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        found = await store.read(signing.shelf, who.user.id, account)
        answer = {
            "boilerplate": [row(one) for one in (*found.shared, *found.own)],
            "values": found.values,
            "addresses": [_address(one) for one in found.addresses],
            "may_change": found.may_change,
            "groups": [group_row(one) for one in found.groups],
        }
        return json_response(request, answer)

    async def sign(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        body = await read_body(request, SigningBody)
        chosen = (
            _choice("signature", body.signature),
            _choice("answer_signature", body.answer_signature),
        )
        await store.write(signing.choose, who.user.id, account, body.email, *chosen)
        return await shelf(request)

    of_mailbox = "/api/mailboxes/{account}/boilerplate"
    return [
        Route("/api/me/boilerplate", list_own, methods=["GET"]),
        Route("/api/me/boilerplate", create, methods=["POST"]),
        Route("/api/boilerplate/{boilerplate}", change, methods=["PATCH"]),
        Route("/api/boilerplate/{boilerplate}", remove, methods=["DELETE"]),
        Route(of_mailbox, list_of_mailbox, methods=["GET"]),
        Route(of_mailbox, create, methods=["POST"]),
        Route("/api/mailboxes/{account}/writing", shelf, methods=["GET"]),
        Route("/api/mailboxes/{account}/signing", sign, methods=["PUT"]),
    ]


def _said(body: BoilerplatePatch) -> dict[str, Any]:
    return {field: value for field, value in _by_name(body).items() if value is not msgspec.UNSET}


def _by_name(body: BoilerplateBody | BoilerplatePatch) -> dict[str, Any]:
    """What a body says, people as pairs."""
    values = {field: getattr(body, field) for field in BoilerplatePatch.__struct_fields__}
    people = {f: pairs(values[f]) for f in ("to", "cc", "bcc") if values[f] is not msgspec.UNSET}
    return values | people


def row(one: Boilerplate) -> BoilerplateRow:
    account = one.owner.account
    return BoilerplateRow(
        id=encode_id(BOILERPLATE, one.id),
        kind=one.kind.value,
        account=None if account is None else encode_id(ACCOUNT, account),
        is_own=one.owner.user is not None,
        name=one.name,
        html=one.html,
        plain=one.plain,
        subject=one.subject,
        is_default=one.is_default,
        is_answer_default=one.is_answer_default,
        to=person_rows(one.recipients.to),
        cc=person_rows(one.recipients.cc),
        bcc=person_rows(one.recipients.bcc),
        files=[
            FileRow(encode_id(KEPT_FILE, kept.id), kept.name, kept.content_type, kept.octets.size)
            for kept in one.files
        ],
    )


def _address(one: Signs) -> AddressRow:
    return AddressRow(
        email=one.email,
        name=one.name,
        chosen=_text(one.chosen),
        answer_chosen=_text(one.answer_chosen),
        signature=_text(one.signature),
        answer_signature=_text(one.answer_signature),
    )


def _text(id_: BoilerplateId | None) -> str | None:
    if id_ is None:
        return None
    return _NONE if id_ == NO_SIGNATURE else encode_id(BOILERPLATE, id_)


def _choice(field: str, text: str | None) -> BoilerplateId | None:
    if text is None:
        return None
    if text == _NONE:
        return NO_SIGNATURE
    number = decode_id(BOILERPLATE, text)
    if not number:
        raise Invalid(field, "no_such_boilerplate", "This signature is not there any more.")
    return BoilerplateId(number)


def named(request: Request) -> BoilerplateId:
    number = decode_id(BOILERPLATE, str(request.path_params["boilerplate"]))
    if not number:
        raise NotFound("no_such_boilerplate", "This is not there any more.")
    return BoilerplateId(number)
