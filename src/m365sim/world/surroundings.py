"""What the world needs to know of the simulator around it, given to it when a simulation is put together."""

from __future__ import annotations

from dataclasses import dataclass, field

from m365sim.behaviour import Behaviour
from m365sim.directory import Directory
from m365sim.limits import Limits


@dataclass(slots=True)
class Surroundings:
    """Who exists, which switches are set, which limits are in force. Never kept with the world."""

    directory: Directory = field(default_factory=Directory)
    behaviour: Behaviour = field(default_factory=Behaviour)
    limits: Limits = field(default_factory=Limits)
