"""All pages together, with the style sheets and the one script they load."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from m365sim.identity.platform import IdentityPlatform
from m365sim.pages.office.app import office_routes
from m365sim.pages.render import Renderer
from m365sim.pages.sign_in import sign_in_routes
from m365sim.world.simulation import Simulation


def pages_routes(platform: IdentityPlatform, simulation: Simulation) -> list[Route]:
    """Every route of the pages listener that a person opens."""
    renderer = Renderer()

    async def asset(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in renderer.assets:
            return Response(status_code=404)
        octets, kind = renderer.assets[name]
        return Response(octets, media_type=kind, headers={"Cache-Control": "max-age=300"})

    return [
        Route("/assets/{name}", asset),
        *office_routes(platform, simulation, renderer),
        *sign_in_routes(platform, renderer),
    ]
