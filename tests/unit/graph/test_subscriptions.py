"""Subscriptions as Graph wants to be asked for them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from poststelle.lib.clock import SystemClock
from poststelle.providers.base import RemoteSubscriptions, Told
from poststelle.providers.errors import Refused, RemoteConflict
from poststelle.providers.graph.mail import GraphMail
from poststelle.providers.graph.subscriptions import LIFETIMES
from poststelle.providers.graph.throttle import AppLimits

pytestmark = pytest.mark.anyio

TOLD = Told("https://hooks.example.org/n", "https://hooks.example.org/l", "secret")
TOKEN_ENDS = datetime(2026, 9, 1, 9, 15, tzinfo=UTC)


class Service:
    """Graph's subscriptions: answers in turn, and what was asked."""

    def __init__(self, *answers: tuple[int, dict[str, Any]]) -> None:
        self.answers, self.asked = list(answers), list[tuple[str, str, Any]]()

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.json() if request.can_read_body else None
        self.asked.append((request.method, request.path_qs, body))
        assert 'IdType="ImmutableId"' in request.headers["Prefer"]
        status, told = self.answers.pop(0)
        return web.json_response(told, status=status)


class Tokens:
    """A token that ends at TOKEN_ENDS."""

    async def access_token(self, *, refused: str | None = None, claims: str | None = None) -> str:
        return "t"

    async def hold(self, at_least: timedelta) -> datetime:
        return TOKEN_ENDS


def error(status: int, code: str) -> tuple[int, dict[str, Any]]:
    return status, {"error": {"code": code, "message": ""}}


def entity(**more: Any) -> dict[str, Any]:
    url = {"notificationUrl": TOLD.url, "resource": "me/messages"}
    return {"id": "s1", **url, "expirationDateTime": "2026-09-03T08:00:00.1234567Z"} | more


@asynccontextmanager
async def opened(service: Service, mailbox: str = "me", **options: Any) -> AsyncIterator[GraphMail]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", service.answer)
    server = TestServer(app)
    async with server, aiohttp.ClientSession() as http:
        limits = AppLimits(SystemClock()).for_account()
        yield GraphMail(http, str(server.make_url("/v1.0")), Tokens(), limits, mailbox=mailbox, **options)


@asynccontextmanager
async def subscriptions(service: Service, **options: Any) -> AsyncIterator[RemoteSubscriptions]:
    async with opened(service, **options) as mail:
        assert mail.subscriptions is not None
        yield mail.subscriptions


async def test_all_messages_are_asked_for_without_their_content() -> None:
    """Both addresses, the secret, hints only; how long it lives, and how long it is authorised."""
    service = Service((201, entity()))
    async with subscriptions(service) as remote:
        made = await remote.create(TOLD)

    [(method, path, body)] = service.asked
    assert (method, path) == ("POST", "/v1.0/subscriptions")
    end = datetime.fromisoformat(body.pop("expirationDateTime"))
    assert timedelta(minutes=4190) < end - datetime.now(UTC) < timedelta(minutes=4230)
    assert body == {
        "changeType": "created,updated,deleted",
        "notificationUrl": TOLD.url,
        "lifecycleNotificationUrl": TOLD.lifecycle_url,
        "resource": "me/messages",
        "clientState": "secret",
        "includeResourceData": False,
    }
    assert (made.remote_id, made.url, made.authorized_until) == ("s1", TOLD.url, TOKEN_ENDS)
    assert made.expires_at == datetime(2026, 9, 3, 8, 0, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize("code", ["ErrorInvalidParameter", "ExtensionError"])
async def test_too_long_a_life_is_asked_for_again_shorter(code: str) -> None:
    """Microsoft's texts disagree on the limit, and it has answered with either code."""
    service = Service(error(400, code), (200, entity()))
    async with subscriptions(service) as remote:
        await remote.renew("s/1")

    ends = [datetime.fromisoformat(body["expirationDateTime"]) for _, _, body in service.asked]
    assert [path for _, path, _ in service.asked] == ["/v1.0/subscriptions/s%2F1"] * 2
    assert abs(ends[0] - ends[1] - (LIFETIMES[0] - LIFETIMES[1])) < timedelta(seconds=5)


async def test_what_no_life_would_mend_is_refused() -> None:
    """A failed handshake, a full quota, one that is gone: told as they are, not asked twice."""
    service = Service(
        error(400, "ValidationError"), error(403, "ExtensionError"), error(404, "ResourceNotFound")
    )
    async with subscriptions(service) as remote:
        with pytest.raises(Refused, match="ValidationError"):
            await remote.create(TOLD)
        with pytest.raises(Refused) as full:
            await remote.create(TOLD)
        with pytest.raises(RemoteConflict) as gone:
            await remote.renew("s1")

    assert full.value.status == 403
    assert gone.value.is_gone
    assert len(service.asked) == 3


async def test_the_list_is_read_to_its_end_and_holds_this_mailbox_alone() -> None:
    """Page by page; an app sees those of its other mailboxes too."""
    service = Service()
    async with opened(service, "users/desk@example.org", can_subscribe=True) as mail:
        base = str(mail._client._base)
        link = {"@odata.nextLink": f"{base}/subscriptions?$skip=1"}
        mine = entity(id="a", resource="/users/desk@example.org/messages")
        other = entity(id="b", resource="users/info@example.org/messages")
        last = entity(id="c", resource="users/desk@example.org/messages", notificationUrl=None)
        service.answers = [(200, {"value": [mine, other], **link}), (200, {"value": [last]})]
        assert mail.subscriptions is not None
        found = await mail.subscriptions.list_all()

    assert [(s.remote_id, s.url) for s in found] == [("a", TOLD.url), ("c", "")]


async def test_giving_back_what_is_gone_is_done_already() -> None:
    """404 is no error there."""
    service = Service(error(404, "ResourceNotFound"))
    async with subscriptions(service) as remote:
        await remote.destroy("s1")

    assert [method for method, _, _ in service.asked] == ["DELETE"]


async def test_a_delegate_is_told_nothing_of_a_shared_mailbox() -> None:
    """Only for one's own mailbox, and for an app by itself."""
    async with opened(Service(), "users/desk@example.org") as shared:
        assert shared.subscriptions is None
    async with opened(Service(), "users/desk@example.org", can_subscribe=True) as by_app:
        assert by_app.subscriptions is not None
