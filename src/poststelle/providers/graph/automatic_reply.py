"""Automatic replies by Graph.

Source: Graph v1.0, "mailboxSettings resource type", "automaticRepliesSetting resource type".
"""

from datetime import UTC, datetime
from typing import Any

import msgspec

from poststelle.providers.errors import RetryLater
from poststelle.providers.graph.client import GraphClient
from poststelle.providers.graph.errors import raise_for_graph
from poststelle.providers.replies import Audience, AutomaticReply

_SCHEDULED = "scheduled"
_AUDIENCES = {"none": Audience.NONE, "contactsOnly": Audience.CONTACTS, "all": Audience.ALL}
_NAMES = {audience: name for name, audience in _AUDIENCES.items()}
# A schedule has both ends at Microsoft. These stand for "since ever" and "for ever".
_EVER = datetime(2000, 1, 1, tzinfo=UTC), datetime(2099, 12, 31, tzinfo=UTC)
_IN_UTC = ('outlook.timezone="UTC"',)


class _Zoned(msgspec.Struct, rename="camel"):
    date_time: str


class _Wire(msgspec.Struct, rename="camel"):
    status: str
    external_audience: str = "all"
    internal_reply_message: str | None = None
    external_reply_message: str | None = None
    scheduled_start_date_time: _Zoned | None = None
    scheduled_end_date_time: _Zoned | None = None


class GraphReplies:
    """The automatic reply of one mailbox."""

    def __init__(self, client: GraphClient, mailbox: str) -> None:
        self._client, self._path = client, f"/{mailbox}/mailboxSettings"

    async def get(self) -> AutomaticReply:
        body = await self._client.get(f"{self._path}/automaticRepliesSetting", prefer=_IN_UTC)
        try:
            return _reply(msgspec.json.decode(body, type=_Wire))
        except (msgspec.DecodeError, ValueError) as error:
            raise RetryLater("unreadable_answer") from error

    async def set(self, reply: AutomaticReply) -> None:
        wanted = {"automaticRepliesSetting": _setting(reply)}
        raise_for_graph(await self._client.send("PATCH", self._path, body=wanted))


def _reply(wire: _Wire) -> AutomaticReply:
    is_scheduled = wire.status == _SCHEDULED
    start = _instant(wire.scheduled_start_date_time) if is_scheduled else None
    end = _instant(wire.scheduled_end_date_time) if is_scheduled else None
    return AutomaticReply(
        is_enabled=wire.status != "disabled",
        from_=None if start is None or start <= _EVER[0] else start,
        to=None if end is None or end >= _EVER[1] else end,
        internal=wire.internal_reply_message or "",
        external=wire.external_reply_message or "",
        audience=_AUDIENCES.get(wire.external_audience, Audience.ALL),
    )


def _setting(reply: AutomaticReply) -> dict[str, Any]:
    texts = {
        "internalReplyMessage": reply.internal,
        "externalReplyMessage": reply.external,
        "externalAudience": _NAMES[reply.audience],
    }
    if not reply.is_enabled:
        return {"status": "disabled", **texts}
    if reply.from_ is None and reply.to is None:
        return {"status": "alwaysEnabled", **texts}
    return {
        "status": _SCHEDULED,
        "scheduledStartDateTime": _zoned(reply.from_ or _EVER[0]),
        "scheduledEndDateTime": _zoned(reply.to or _EVER[1]),
        **texts,
    }


def _instant(zoned: _Zoned | None) -> datetime | None:
    """Seven decimals of a second, and no zone: it was asked for in UTC."""
    return None if zoned is None else datetime.fromisoformat(zoned.date_time[:19]).replace(tzinfo=UTC)


def _zoned(at: datetime) -> dict[str, str]:
    return {"dateTime": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"}
