"""Routes of subscriptions, which are not below a mailbox: ``/subscriptions`` and what follows it.

Source: Graph v1.0, "Create subscription", "List subscriptions", "Get subscription", "Update subscription",
"Delete subscription", "subscription: reauthorize".
"""

from __future__ import annotations

import asyncio
import uuid
from typing import Any
from urllib.parse import quote

from m365sim.directory import service_principal_id
from m365sim.graph import odata
from m365sim.graph.errors import GraphError, bad_request, not_simulated
from m365sim.graph.http import Answer, GraphRequest, check_match, json_answer, no_content
from m365sim.graph.parameters import parameters
from m365sim.graph.prefer import Prefer
from m365sim.graph.subscription_body import renewal, wanted
from m365sim.graph.subscription_resource import understand
from m365sim.identity.access import Caller
from m365sim.journal import CallRecord
from m365sim.notify.handshake import HandshakeFailed
from m365sim.notify.subscription import Subscription, instant
from m365sim.world.simulation import Simulation

MOST_PER_MAILBOX = 1000
"""Of all apps together.

Source: Graph v1.0, "Change notifications for Outlook resources", read autumn 2026.
"""
PAGE = 100


async def answer(
    sim: Simulation, request: GraphRequest, caller: Caller, prefer: Prefer, record: CallRecord
) -> Answer:
    """Answer a request below ``/subscriptions``; GraphError otherwise."""
    await asyncio.sleep(sim.limits.latency_s)
    _check_rate(sim, caller)
    check_match(request)
    match request.method, request.segments[1:]:
        case "POST", ():
            return await _create(sim, request, caller, prefer, record)
        case "GET", ():
            return _list(sim, request, caller, prefer)
        case "GET", (name,):
            return _show(sim, request, caller, name)
        case "PATCH", (name,):
            return await _renew(sim, request, caller, name)
        case "DELETE", (name,):
            return _delete(sim, request, caller, name)
        case "POST", (name, "reauthorize"):
            return _reauthorize(sim, request, caller, name)
        case method, segments:
            raise not_simulated(f"{method} /{'/'.join(('subscriptions', *segments))}")


def _check_rate(sim: Simulation, caller: Caller) -> None:
    wait_s = sim.notifier.rate.wait_s(caller.app_id, caller.tenant_id, sim.clock.now().timestamp())
    if wait_s is not None:
        headers = {"Retry-After": f"{wait_s:g}"}
        raise GraphError(429, "TooManyRequests", "Too many subscription requests.", headers)


async def _create(
    sim: Simulation, request: GraphRequest, caller: Caller, prefer: Prefer, record: CallRecord
) -> Answer:
    odata.check_options(request.query, ())
    want = wanted(request.json(), sim.behaviour, sim.clock.now().timestamp())
    resource = understand(sim, caller, want.resource, is_rich=bool(want.includes_data))
    record.mailbox = resource.address
    sim.notifier.tidy(sim.subscriptions.of_mailbox(resource.mailbox.id))
    _check_quota(sim, resource.mailbox.id)
    for url in (want.notification_url, want.lifecycle_url):
        if url is not None:
            await _validate(sim, url)
    _check_quota(sim, resource.mailbox.id)
    now = sim.clock.now()
    made = Subscription(
        id=str(uuid.uuid4()),
        app_id=caller.app_id,
        creator_id=_creator(caller),
        tenant_id=caller.tenant_id,
        mailbox_id=resource.mailbox.id,
        is_app_only=caller.is_app_only,
        resource=want.resource,
        changes=want.changes,
        notification_url=want.notification_url,
        expires_s=want.expires_s,
        authorized_s=now.timestamp(),
        root=request.root,
        folder=resource.folder,
        filter=resource.filter,
        select=resource.select,
        lifecycle_url=want.lifecycle_url,
        client_state=want.client_state,
        tls_version=want.tls_version,
        includes_data=want.includes_data,
        certificate=want.certificate,
        is_immutable=prefer.is_immutable,
        authorized_until_s=caller.expires_at.timestamp() if caller.expires_at else None,
        reminded_s=now.timestamp(),
    )
    sim.notifier.subscribe(made)
    return json_answer({**_entity(request), **_json(made)}, 201)


def _check_quota(sim: Simulation, mailbox_id: str) -> None:
    if len(sim.subscriptions.of_mailbox(mailbox_id)) >= MOST_PER_MAILBOX:
        reason = "Status Code: Forbidden; Reason: Maximum number of subscriptions has been reached"
        raise GraphError(403, "ExtensionError", f"Operation: Create; Exception: [{reason}]")


async def _validate(sim: Simulation, url: str) -> None:
    try:
        await sim.notifier.validate(url)
    except HandshakeFailed as failure:
        raise bad_request(str(failure), "ValidationError") from failure


def _creator(caller: Caller) -> str:
    """The user, or for an app by itself its service principal in the tenant."""
    if caller.user is not None:
        return caller.user.id
    return service_principal_id(caller.tenant_id, caller.app_id)


def _list(sim: Simulation, request: GraphRequest, caller: Caller, prefer: Prefer) -> Answer:
    """What the app has created: for the signed-in user, or, by itself, for anybody in the tenant."""
    odata.check_options(request.query, ("$top", "$skip"))
    sim.notifier.tidy()
    top = odata.number(request.query, "$top", 1, odata.MAX_TOP) or prefer.page_size or PAGE
    skip = odata.number(request.query, "$skip", 0) or 0
    mine = [s for s in sim.subscriptions if _is_visible(s, caller)]
    page = mine[skip : skip + top]
    data: dict[str, Any] = {
        "@odata.context": f"{request.root}/$metadata#subscriptions",
        "value": [_json(s) | {"clientState": None} for s in page],
    }
    if len(mine) > skip + top:
        options = {**request.query, "$skip": str(skip + top)}
        query = "&".join(f"{quote(n, safe='$')}={quote(v, safe='')}" for n, v in options.items())
        data["@odata.nextLink"] = f"{request.root}{request.target}?{query}"
    return json_answer(data)


def _is_visible(subscription: Subscription, caller: Caller) -> bool:
    if (subscription.app_id, subscription.tenant_id) != (caller.app_id, caller.tenant_id):
        return False
    return caller.user is None or caller.user.id == subscription.creator_id


def _mine(sim: Simulation, caller: Caller, name: str) -> Subscription:
    if found := sim.subscriptions.get(name):
        sim.notifier.tidy([found])
        found = sim.subscriptions.get(name)
    if found is None or not _is_visible(found, caller):
        raise GraphError(404, "ResourceNotFound", "The object was not found.")
    return found


def _show(sim: Simulation, request: GraphRequest, caller: Caller, name: str) -> Answer:
    odata.check_options(request.query, ())
    found = _mine(sim, caller, name)
    return json_answer({**_entity(request), **_json(found), "clientState": None})


async def _renew(sim: Simulation, request: GraphRequest, caller: Caller, name: str) -> Answer:
    """PATCH: a new end, a new address (validated like the first), another certificate; and reauthorised."""
    odata.check_options(request.query, ())
    found = _mine(sim, caller, name)
    now_s = sim.clock.now().timestamp()
    change = renewal(request.json(), sim.behaviour, now_s, is_rich=bool(found.includes_data))
    _check_access(sim, caller, found)
    if change.notification_url is not None:
        await _validate(sim, change.notification_url)
        found = _mine(sim, caller, name)
        found.notification_url = change.notification_url
    found.expires_s = change.expires_s or found.expires_s
    found.certificate = change.certificate or found.certificate
    _authorize(sim, caller, found)
    return json_answer({**_entity(request), **_json(found)})


def _reauthorize(sim: Simulation, request: GraphRequest, caller: Caller, name: str) -> Answer:
    odata.check_options(request.query, ())
    parameters(request, ())
    found = _mine(sim, caller, name)
    _check_access(sim, caller, found)
    _authorize(sim, caller, found)
    return no_content()


def _check_access(sim: Simulation, caller: Caller, subscription: Subscription) -> None:
    """Renewing fails when the app may not read there any more."""
    mailbox = subscription.mailbox_id
    scope = f"users/{mailbox}/messages"
    options = f"?$select={','.join(subscription.select)}" if subscription.select else ""
    understand(sim, caller, scope + options, is_rich=bool(subscription.includes_data))


def _authorize(sim: Simulation, caller: Caller, subscription: Subscription) -> None:
    now_s = sim.clock.now().timestamp()
    subscription.authorized_s = subscription.reminded_s = now_s
    subscription.authorized_until_s = caller.expires_at.timestamp() if caller.expires_at else None
    sim.notifier.renewed(subscription)


def _delete(sim: Simulation, request: GraphRequest, caller: Caller, name: str) -> Answer:
    odata.check_options(request.query, ())
    sim.notifier.remove(_mine(sim, caller, name))
    return no_content()


def _entity(request: GraphRequest) -> dict[str, str]:
    return {"@odata.context": f"{request.root}/$metadata#subscriptions/$entity"}


def _json(subscription: Subscription) -> dict[str, Any]:
    certificate = subscription.certificate
    return {
        "id": subscription.id,
        "resource": subscription.resource,
        "applicationId": subscription.app_id,
        "changeType": ",".join(subscription.changes),
        "clientState": subscription.client_state,
        "notificationUrl": subscription.notification_url,
        "notificationQueryOptions": None,
        "lifecycleNotificationUrl": subscription.lifecycle_url,
        "expirationDateTime": instant(subscription.expires_s),
        "creatorId": subscription.creator_id,
        "includeResourceData": subscription.includes_data,
        "latestSupportedTlsVersion": subscription.tls_version,
        "encryptionCertificate": certificate.text if certificate else None,
        "encryptionCertificateId": certificate.id if certificate else None,
        "notificationUrlAppId": None,
    }
