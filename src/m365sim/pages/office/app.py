"""The routes of all pages of the simulated office."""

from __future__ import annotations

from starlette.routing import Route

from m365sim.identity.platform import IdentityPlatform
from m365sim.pages.office.calls import calls_routes
from m365sim.pages.office.frame import Frame
from m365sim.pages.office.front import front_routes
from m365sim.pages.office.letters import letters_routes
from m365sim.pages.office.mailboxes import mailboxes_routes
from m365sim.pages.office.message import message_routes
from m365sim.pages.office.sign_ins import sign_ins_routes
from m365sim.pages.office.subscriptions import subscriptions_routes
from m365sim.pages.office.switches import switches_routes
from m365sim.pages.office.trouble import trouble_routes
from m365sim.pages.render import Renderer
from m365sim.world.simulation import Simulation


def office_routes(platform: IdentityPlatform, simulation: Simulation, renderer: Renderer) -> list[Route]:
    """Every page and every form."""
    frame = Frame(platform, simulation, renderer)
    return [
        *front_routes(frame),
        *mailboxes_routes(frame),
        *message_routes(frame),
        *letters_routes(frame),
        *calls_routes(frame),
        *subscriptions_routes(frame),
        *trouble_routes(frame),
        *switches_routes(frame),
        *sign_ins_routes(frame),
    ]
