"""Subscriptions to the changes of all messages of one mailbox.

Source: Graph v1.0, "subscription resource type", "Create subscription", "Update subscription",
"List subscriptions", "Delete subscription", "Change notifications for Outlook resources" (read 2026-09).
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec

from poststelle.lib.clock import Clock
from poststelle.providers.base import RemoteSubscription, Told
from poststelle.providers.errors import Refused, RetryLater
from poststelle.providers.graph.client import GraphClient, segment
from poststelle.providers.graph.errors import GraphAnswer, graph_error, raise_for_graph
from poststelle.providers.graph.token_sources import TokenSource
from poststelle.providers.graph.wire import instant
from poststelle.providers.links import LinksMet

# Guides disagree: at most 4,230 minutes, or 10,080. A tenant with a shorter limit gets the second one.
LIFETIMES = (timedelta(minutes=4200), timedelta(minutes=1440))
# Nothing is told while the token that a subscription was last authorised with has run out; tokens last 60
# to 90 minutes, and we should not have to come back much more often than that.
_TOKEN_LASTS = timedelta(minutes=50)
_TOO_LONG = frozenset({"ErrorInvalidParameter", "ExtensionError"})
_CHANGES = "created,updated,deleted"

T = TypeVar("T", bound=msgspec.Struct)


class _Wire(msgspec.Struct, rename="camel"):
    id: str
    resource: str = ""
    notification_url: str | None = None
    expiration_date_time: str | None = None


class _List(msgspec.Struct):
    value: list[_Wire]
    next_link: str | None = msgspec.field(default=None, name="@odata.nextLink")


class GraphSubscriptions:
    """Subscriptions of one mailbox (RemoteSubscriptions)."""

    def __init__(self, client: GraphClient, tokens: TokenSource, mailbox: str, clock: Clock) -> None:
        self._client, self._tokens, self._clock = client, tokens, clock
        self._resource = f"{mailbox}/messages"

    async def create(self, told: Told) -> RemoteSubscription:
        """Ids in notifications are immutable ones: the preference at creation counts for good."""
        body = {
            "changeType": _CHANGES,
            "notificationUrl": told.url,
            "lifecycleNotificationUrl": told.lifecycle_url,
            "resource": self._resource,
            "clientState": told.secret,
            "includeResourceData": False,
        }
        return await self._ask("POST", "/subscriptions", body)

    async def renew(self, remote_id: str) -> RemoteSubscription:
        return await self._ask("PATCH", _path(remote_id), {})

    async def list_all(self) -> Sequence[RemoteSubscription]:
        found: list[_Wire] = []
        link: str | None = "/subscriptions"
        met = LinksMet(link)
        while link:
            page = _decode(await self._client.get(link), _List)
            found += page.value
            link = page.next_link
            met.note(link)
        return [_remote(wire, None) for wire in found if wire.resource.strip("/") == self._resource]

    async def destroy(self, remote_id: str) -> None:
        answer = await self._client.send("DELETE", _path(remote_id))
        if answer.status != 404:
            raise_for_graph(answer)

    async def _ask(self, method: str, path: str, body: dict[str, Any]) -> RemoteSubscription:
        """Ask for the longest life that is granted, with a token that lasts."""
        authorized_until = await self._tokens.hold(_TOKEN_LASTS)
        for lifetime in LIFETIMES:
            end = (self._clock.now() + lifetime).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            answer = await self._client.send(method, path, body=body | {"expirationDateTime": end})
            if not _is_too_long(answer):
                break
        raise_for_graph(answer)
        return _remote(_decode(answer.body, _Wire), authorized_until)


def _is_too_long(answer: GraphAnswer) -> bool:
    error = graph_error(answer)
    return isinstance(error, Refused) and error.status == 400 and error.code in _TOO_LONG


def _remote(wire: _Wire, authorized_until: datetime | None) -> RemoteSubscription:
    expires_at = instant(wire.expiration_date_time)
    if expires_at is None:
        raise RetryLater("unreadable_answer")
    return RemoteSubscription(wire.id, wire.notification_url or "", expires_at, authorized_until)


def _path(remote_id: str) -> str:
    return f"/subscriptions/{segment(remote_id)}"


def _decode(body: bytes, type_: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=type_)
    except msgspec.DecodeError as error:
        raise RetryLater("unreadable_answer") from error
