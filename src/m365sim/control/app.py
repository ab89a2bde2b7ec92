from m365sim.world.simulation import Simulation
from starlette.routing import Route


def control_routes(sim: Simulation) -> list[Route]:
    return []
