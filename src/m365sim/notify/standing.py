"""Whether an app may still be told of a mailbox.

Source: Graph v1.0, "Reduce missing subscriptions and change notifications" (subscriptionRemoved).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from m365sim.identity.access import Caller
from m365sim.identity.scopes import app_scopes
from m365sim.notify.subscription import Subscription

if TYPE_CHECKING:
    from m365sim.directory import Directory, User
    from m365sim.world.simulation import Simulation

DELEGATED = frozenset({"Mail.ReadBasic", "Mail.Read", "Mail.ReadWrite"})
"""The delegated permissions that allow a subscription; ``.Shared`` ones do not."""
_READING = frozenset({"Mail.Read", "Mail.ReadWrite"})
"""What an app by itself needs, granted by Entra and not shut out, or given by a role in Exchange."""


def is_ended(sim: Simulation, subscription: Subscription, revoked_at: datetime | None) -> bool:
    """Whether access has ended: mailbox, user, app or consent gone, or the user's sign-ins revoked since.

    For an app by itself: the tenant has taken the permission back, or Exchange keeps it from this mailbox.
    """
    directory = sim.directory
    owner = directory.user_by_id(subscription.mailbox_id)
    if owner is None or not owner.has_mailbox or sim.world.mailbox_of(owner.id) is None:
        return True
    app = directory.app(subscription.app_id)
    if app is not None and not app.is_enabled:
        return True
    if subscription.is_app_only:
        return app is not None and not _may_read(directory, subscription, owner)
    if not owner.is_enabled or (
        revoked_at is not None and revoked_at.timestamp() > subscription.authorized_s
    ):
        return True
    # Apps are forgotten when the simulator stops: one that is unknown has not been refused anything.
    return app is not None and not DELEGATED & directory.granted_scopes(owner, app.client_id)


def _may_read(directory: Directory, subscription: Subscription, owner: User) -> bool:
    """Whether a token issued now would let the app read there. Such tokens have what was granted last."""
    tenant_id, app_id = subscription.tenant_id, subscription.app_id
    scopes = app_scopes(directory.app_permissions(tenant_id, app_id))
    now = Caller(None, app_id, tenant_id, scopes, is_app_only=True, rbac=directory.rbac)
    return bool(_READING & now.scopes_at(owner))
