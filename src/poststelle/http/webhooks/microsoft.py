"""``/webhooks/microsoft``: Graph's change notifications and lifecycle events.

Source: Graph v1.0, "Receive change notifications through webhooks", "Reduce missing subscriptions and
change notifications" (read 2026-09).
"""

import html
import re
from collections.abc import Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from poststelle.http.rate import Rate
from poststelle.http.services import Services
from poststelle.model.ids import RemoteId
from poststelle.sync.heard import Event, Heard
from poststelle.sync.notify import LIFECYCLE_PATH, NOTIFICATIONS_PATH

MAX_TOKEN = 1000
MAX_HEARD = 1000
_NAME = re.compile(r"[A-Za-z0-9-]{1,128}")
_DELETED = "deleted"
_EVENTS = {event.value: event for event in Event}


class _ResourceData(msgspec.Struct):
    id: str | None = None


class _Notification(msgspec.Struct, rename="camel"):
    subscription_id: str = ""
    client_state: str | None = None
    change_type: str | None = None
    lifecycle_event: str | None = None
    resource_data: _ResourceData | None = None


class _Post(msgspec.Struct):
    value: list[msgspec.Raw]


def routes(services: Services) -> list[Route]:
    """Both addresses answer the handshake and take either kind: only the content tells them apart."""
    rate = Rate()

    async def take(request: Request) -> Response:
        address = request.client.host if request.client else ""
        if not rate.may(address, services.clock.now()):
            return PlainTextResponse("", status_code=429, headers={"Retry-After": "10"})
        token = request.query_params.get("validationToken")
        if token is not None:
            return _handshake(token)
        heard = _heard(await request.body())
        if heard is None:
            return PlainTextResponse("", status_code=400)
        if heard:
            await services.hear(heard)
        return PlainTextResponse("", status_code=202)

    return [
        Route(NOTIFICATIONS_PATH, take, methods=["POST"]),
        Route(LIFECYCLE_PATH, take, methods=["POST"]),
    ]


def _handshake(token: str) -> Response:
    """The token back, as text that no browser takes for anything else; it says nothing about us.

    It comes while our request for the subscription is pending, so there is nothing to compare it with.
    """
    if len(token) > MAX_TOKEN or not token.isprintable():
        return PlainTextResponse("", status_code=400)
    return PlainTextResponse(html.escape(token, quote=False))


def _heard(body: bytes) -> Sequence[Heard] | None:
    """What is told, but for what is neither a change nor an event we know; None for something else."""
    try:
        told = msgspec.json.decode(body, type=_Post).value
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    items = (item for raw in told[:MAX_HEARD] if (item := _read(raw)) is not None)
    return [_one(item) for item in items if _is_understood(item)]


def _read(raw: msgspec.Raw) -> _Notification | None:
    """One that is odd costs itself, and not the others of its post."""
    try:
        return msgspec.json.decode(raw, type=_Notification)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _is_understood(item: _Notification) -> bool:
    is_name = _NAME.fullmatch(item.subscription_id) is not None
    return is_name and item.lifecycle_event in {None, *_EVENTS}


def _one(item: _Notification) -> Heard:
    message = item.resource_data.id if item.resource_data else None
    return Heard(
        subscription=item.subscription_id,
        secret=item.client_state or "",
        message=RemoteId(message) if message else None,
        is_gone=item.change_type == _DELETED,
        event=_EVENTS.get(item.lifecycle_event or ""),
    )
