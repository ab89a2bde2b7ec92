"""The control API's routes under ``/control/subscriptions``."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from m365sim.control.reading import Refused
from m365sim.control.wire import LifecycleBody, SettleBody
from m365sim.notify.notice import LifecycleEvent
from m365sim.notify.rows import rows
from m365sim.notify.subscription import Subscription
from m365sim.world.simulation import Simulation


class SubscriptionsDoor:
    """What tests may see and do of subscriptions."""

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim

    def _found(self, request: Request) -> Subscription:
        found = self._sim.subscriptions.get(request.path_params["subscription"])
        if found is None:
            raise Refused("There is no such subscription.", 404)
        return found

    async def list_all(self, request: Request) -> Any:
        """Every subscription in force, of all apps."""
        self._sim.notifier.tidy()
        return {"subscriptions": rows(self._sim)}

    async def delete(self, request: Request) -> Any:
        """Let one vanish; its app is not told."""
        self._sim.notifier.remove(self._found(request))
        return Response(status_code=204)

    async def happen(self, request: Request, body: LifecycleBody) -> Any:
        """Send a lifecycle event now; ``subscriptionRemoved`` removes the subscription as well."""
        provoke(self._sim, self._found(request), body.event)
        return {"told": body.event}

    async def settle(self, request: Request, body: SettleBody) -> Any:
        """Answer when nothing is due or under way; ``waiting`` counts what a later hour may bring."""
        if not await self._sim.notifier.settle(body.within_s):
            raise Refused(f"Notifications are still under way after {body.within_s:g} s.", 409)
        return {"waiting": sum(self._sim.notifier.waiting().values())}


def provoke(sim: Simulation, subscription: Subscription, event: LifecycleEvent) -> None:
    """Send a lifecycle event now; Refused when the subscription has no address for it."""
    if subscription.lifecycle_url is None:
        raise Refused("The subscription has no lifecycleNotificationUrl.", 409)
    if event == "subscriptionRemoved":
        sim.notifier.take_away(subscription)
    else:
        sim.notifier.tell(subscription, event)
