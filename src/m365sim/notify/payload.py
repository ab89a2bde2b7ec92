"""Notifications as they are written.

Source: Graph v1.0, "Change notifications for Outlook resources", "changeNotification resource type".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from m365sim.graph.context import Context
from m365sim.graph.http import GraphRequest
from m365sim.graph.prefer import Prefer
from m365sim.graph.render import message_json
from m365sim.identity.access import Caller
from m365sim.notify.notice import Change, LifecycleEvent
from m365sim.notify.seal import seal
from m365sim.notify.subscription import Subscription, instant
from m365sim.world.mailbox import Mailbox
from m365sim.world.messages import Message
from m365sim.world.simulation import Simulation


def life_json(subscription: Subscription, event: LifecycleEvent) -> dict[str, Any]:
    """One lifecycle event."""
    return {
        "subscriptionId": subscription.id,
        "subscriptionExpirationDateTime": instant(subscription.expires_s),
        "tenantId": subscription.tenant_id,
        "clientState": subscription.client_state,
        "lifecycleEvent": event,
    }


def change_json(
    sim: Simulation, subscription: Subscription, mailbox: Mailbox, change: Change
) -> dict[str, Any]:
    """One change, with the resource data under seal if the subscription is for that.

    Paths and type are spelled differently with and without resource data, as in the guide.
    """
    ids = mailbox.ids
    is_immutable = subscription.is_immutable
    item = ids.immutable(change.number) if is_immutable else ids.message(change.placement)
    is_rich = bool(subscription.includes_data)
    plain, rich = f"Users/{mailbox.id}/Messages/{item}", f"Users('{mailbox.id}')/messages('{item}')"
    shown: dict[str, Any] = {
        "subscriptionId": subscription.id,
        "subscriptionExpirationDateTime": instant(subscription.expires_s),
        "changeType": change.kind,
        "resource": rich if is_rich else plain,
        "resourceData": {
            "@odata.type": "#microsoft.graph.message" if is_rich else "#Microsoft.Graph.Message",
            "@odata.id": rich if is_rich else plain,
            "@odata.etag": f'W/"{ids.change_key(change.version, change.number)}"',
            "id": item,
        },
        "clientState": subscription.client_state,
        "tenantId": subscription.tenant_id,
    }
    message = mailbox.messages.get(change.number)
    if subscription.certificate is not None and change.kind != "deleted" and message is not None:
        content = msgspec.json.encode(_data(sim, subscription, mailbox, message))
        shown["encryptedContent"] = seal(content, subscription.certificate)
    return shown


def _data(sim: Simulation, subscription: Subscription, mailbox: Mailbox, message: Message) -> dict[str, Any]:
    """The selected properties and nothing else, as they are now."""
    user = sim.directory.users[mailbox.id]
    request = GraphRequest("GET", "", (), {}, {}, b"", subscription.root)
    prefer = Prefer(is_immutable=subscription.is_immutable)
    context = Context(sim, request, prefer, user, mailbox, "", _reader(sim, subscription))
    shown = message_json(message, context, subscription.select)
    return {name: shown[name] for name in subscription.select or ()}


def _reader(sim: Simulation, subscription: Subscription) -> Caller:
    """Who reads a notification: the one who subscribed."""
    user = None if subscription.is_app_only else sim.directory.users.get(subscription.creator_id)
    scopes = frozenset({"Mail.Read"})
    return Caller(user, subscription.app_id, subscription.tenant_id, scopes, subscription.is_app_only)


def collection(shown: Iterable[dict[str, Any]], validation_tokens: list[str]) -> bytes:
    """The body of one POST."""
    body: dict[str, Any] = {"value": list(shown)}
    if validation_tokens:
        body["validationTokens"] = validation_tokens
    return msgspec.json.encode(body)
