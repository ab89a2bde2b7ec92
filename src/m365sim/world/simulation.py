"""Everything one running simulator consists of, handed to each of its doors."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from m365sim.behaviour import Behaviour
from m365sim.clock import Clock
from m365sim.clouds import GLOBAL, Cloud
from m365sim.control.faults import Faults
from m365sim.directory import Directory
from m365sim.graph.searches import Searches
from m365sim.graph.tokens import TokenLedgers
from m365sim.journal import Journal
from m365sim.limits import Limits
from m365sim.notify.book import SubscriptionBook
from m365sim.uploads.sessions import Uploads
from m365sim.world.surroundings import Surroundings
from m365sim.world.world import World

if TYPE_CHECKING:
    from m365sim.notify.notifier import Notifier


_HOST = re.compile(r"[\w.-]+(?::\d+)?|\[[0-9A-Fa-f:.]+\](?::\d+)?")


@dataclass(slots=True)
class Simulation:
    """People, mail, calls, limits, time, cloud; faults, switches, tokens; searches, notices, uploads."""

    directory: Directory
    world: World
    journal: Journal = field(default_factory=Journal)
    limits: Limits = field(default_factory=Limits)
    clock: Clock = field(default_factory=Clock)
    faults: Faults = field(default_factory=Faults)
    tokens: TokenLedgers = field(default_factory=TokenLedgers)
    behaviour: Behaviour = field(default_factory=Behaviour)
    searches: Searches = field(default_factory=Searches)
    cloud: Cloud = GLOBAL
    base_url: str = ""
    names: frozenset[str] = frozenset()
    subscriptions: SubscriptionBook = field(default_factory=SubscriptionBook)
    uploads: Uploads = field(default_factory=Uploads)
    notifier: Notifier = field(init=False)

    def address_of(self, scheme: str, host: str) -> str:
        """Where a caller reaches this: as he says, unless the name in ``host`` is none of ours.

        No ``names``: every name is one. Links with a name that somebody else put in would lead elsewhere.
        """
        name = urlsplit(f"//{host}").hostname if _HOST.fullmatch(host) else None
        is_ours = name is not None and (not self.names or name in self.names)
        return f"{scheme}://{host}" if is_ours else self.base_url

    def __post_init__(self) -> None:
        # The notifier shows messages as Graph does, and Graph knows this module.
        from m365sim.notify.notifier import Notifier

        self.world.around = Surroundings(self.directory, self.behaviour, self.limits)
        self.notifier = Notifier(self)
