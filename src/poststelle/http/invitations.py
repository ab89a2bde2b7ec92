"""Using an invitation: for people without a login, who have its link."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poststelle.access import invitations
from poststelle.http import authn
from poststelle.http.body import Body, read_body
from poststelle.http.errors import json_response
from poststelle.http.login import came_in
from poststelle.http.services import Services


class LinkBody(Body):
    """``token`` stands in no address: those are kept in logs."""

    token: str


class AcceptBody(LinkBody):
    password: str


def routes(services: Services) -> list[Route]:
    """``/api/invitation``."""
    door = services.door

    async def look(request: Request) -> Response:
        body = await read_body(request, LinkBody)
        user = await invitations.look(door, body.token, came_from=authn.came_from(request))
        return json_response(request, {"login": user.login, "name": user.name})

    async def accept(request: Request) -> Response:
        body = await read_body(request, AcceptBody)
        came_from, agent = authn.came_from(request), authn.agent(request)
        made = await invitations.accept(door, body.token, body.password, came_from=came_from, agent=agent)
        return await came_in(services, request, made)

    return [
        Route("/api/invitation/look", look, methods=["POST"]),
        Route("/api/invitation", accept, methods=["POST"]),
    ]
