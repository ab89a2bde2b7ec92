"""All pages together, with the one style sheet they share."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from m365sim.identity.platform import IdentityPlatform
from m365sim.pages.home import home_routes
from m365sim.pages.render import Renderer
from m365sim.pages.sign_in import sign_in_routes
from m365sim.world.simulation import Simulation


def pages_routes(platform: IdentityPlatform, simulation: Simulation) -> list[Route]:
    """Every route of the pages listener that a person opens."""
    renderer = Renderer()

    async def css(request: Request) -> Response:
        return Response(renderer.css, media_type="text/css", headers={"Cache-Control": "max-age=300"})

    return [
        Route("/assets/pages.css", css),
        *home_routes(platform, simulation, renderer),
        *sign_in_routes(platform, renderer),
    ]
