"""Subscriptions as people and tests look at them."""

from __future__ import annotations

from typing import Any

from m365sim.notify.subscription import Subscription, instant
from m365sim.world.simulation import Simulation


def rows(sim: Simulation) -> list[dict[str, Any]]:
    """One line for each subscription in force, oldest first."""
    waiting = sim.notifier.waiting()
    return [_row(sim, s, waiting.get(s.id, 0)) for s in sim.subscriptions]


def _row(sim: Simulation, subscription: Subscription, waiting: int) -> dict[str, Any]:
    owner = sim.directory.user_by_id(subscription.mailbox_id)
    until, tally = subscription.authorized_until_s, subscription.tally
    return {
        "id": subscription.id,
        "mailbox": owner.upn if owner else subscription.mailbox_id,
        "appId": subscription.app_id,
        "isAppOnly": subscription.is_app_only,
        "resource": subscription.resource,
        "changeType": ",".join(subscription.changes),
        "notificationUrl": subscription.notification_url,
        "lifecycleNotificationUrl": subscription.lifecycle_url,
        "expirationDateTime": instant(subscription.expires_s),
        "authorizedUntil": None if until is None else instant(until),
        "isImmutable": subscription.is_immutable,
        "includeResourceData": bool(subscription.includes_data),
        "state": _state(sim, subscription),
        "waiting": waiting,
        "delivered": tally.delivered,
        "failed": tally.failed,
        "dropped": tally.dropped,
        "lastStatus": tally.last_status,
    }


def _state(sim: Simulation, subscription: Subscription) -> str:
    """``paused`` for want of a token, ``slow`` or ``dropping`` as the endpoint is, else ``active``."""
    now = sim.clock.now().timestamp()
    if sim.behaviour.subscription_needs_token and not subscription.is_authorized(now):
        return "paused"
    state = sim.notifier.endpoint_state(subscription.notification_url)
    return "active" if state == "ok" else state
