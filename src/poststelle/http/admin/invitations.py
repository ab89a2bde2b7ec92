"""Inviting people: a link by which they choose their password."""

from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poststelle.access import invitations
from poststelle.access import users as people
from poststelle.access.invitations import NewInvitation
from poststelle.http import authn
from poststelle.http.body import Body, parse_account, read_body, user_id
from poststelle.http.errors import json_response
from poststelle.http.proof import ProofBody, asking
from poststelle.http.services import Services
from poststelle.http.shapes import Instant
from poststelle.settings import invitation_letters
from poststelle.settings.invitation_letters import Letter, Postman

PAGE = "/invitation"


class OrdinaryInvitation(Body):
    """``mailbox``: the link is sent from there, to the person's address; null: it is shown alone."""

    mailbox: str | None = None
    language: Literal["de", "en"] = "en"


class InvitationBody(OrdinaryInvitation):
    """An administrator's needs ``proof``."""

    proof: ProofBody | None = None


class InvitedRow(msgspec.Struct):
    """``mail_problem``: why the link could not be sent; it is good all the same."""

    link: str
    expires_at: Instant
    mailed_to: str | None
    mail_problem: str | None


def routes(services: Services) -> list[Route]:
    """``/api/users/{user}/invitation``."""
    store, clock = services.store, services.clock
    postman = Postman(store, services.ring, clock, services.open_remote)

    async def invite(request: Request) -> Response:
        who, target = await authn.bearer(services, request), user_id(request)
        user = await store.read(people.one, who.user.id, target)
        body = await read_body(request, InvitationBody)
        mailbox = None if body.mailbox is None else parse_account(body.mailbox)
        if mailbox is not None:
            await store.read(invitation_letters.check, who.user.id, mailbox, user)
        by = await asking(services, request, who, body.proof)
        made = await by.write(invitations.invite, target, clock.now())
        link = _link(services, made)
        problem = None
        if mailbox is not None:
            letter = Letter(mailbox, body.language, who.user, made.user, link, made.expires_at)
            problem = await invitation_letters.send(postman, letter)
        mailed_to = made.user.email if mailbox is not None and problem is None else None
        told = InvitedRow(link, made.expires_at, mailed_to, problem)
        return json_response(request, told, status=201)

    async def revoke(request: Request) -> Response:
        who, target = await authn.bearer(services, request), user_id(request)
        by = await asking(services, request, who, None)
        await by.write(invitations.revoke, target, clock.now())
        return json_response(request, {})

    return [
        Route("/api/users/{user}/invitation", invite, methods=["POST"]),
        Route("/api/users/{user}/invitation", revoke, methods=["DELETE"]),
    ]


def _link(services: Services, made: NewInvitation) -> str:
    """The secret stands behind ``#``: it reaches neither logs nor other servers."""
    return f"{services.config.public_url}{PAGE}#{made.secret}"
