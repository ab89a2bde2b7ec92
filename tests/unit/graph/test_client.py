"""What GraphMail asks of the service, and what it makes of odd answers; the service is a few lines here."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from poststelle.lib.clock import SystemClock
from poststelle.model.ids import RemoteId
from poststelle.model.writeback import OpKind
from poststelle.providers.base import RemoteOp
from poststelle.providers.errors import CursorExpired, Refused, RemoteConflict, RetryLater, SignInNeeded
from poststelle.providers.graph.mail import GraphMail
from poststelle.providers.graph.throttle import AppLimits

pytestmark = pytest.mark.anyio

Answer = Callable[[web.Request], Awaitable[web.Response]]
INBOX = RemoteId("In/box=")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Tokens:
    """Access tokens t1, t2, …: a new one for each that was refused."""

    def __init__(self) -> None:
        self.number, self.claims = 1, ""

    async def access_token(self, *, refused: str | None = None, claims: str | None = None) -> str:
        if refused == f"t{self.number}":
            self.number += 1
            self.claims = claims or ""
        return f"t{self.number}"

    async def hold(self, at_least: timedelta) -> datetime:
        return datetime.now(UTC) + at_least


@asynccontextmanager
async def mail(
    answer: Answer, tokens: Tokens | None = None, *, has_permanent_delete: bool = True
) -> AsyncIterator[GraphMail]:
    """A GraphMail whose service is ``answer``."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    server = TestServer(app)
    async with server, aiohttp.ClientSession() as http:
        base = str(server.make_url("/v1.0"))
        limits = AppLimits(SystemClock()).for_account()
        yield GraphMail(http, base, tokens or Tokens(), limits, has_permanent_delete=has_permanent_delete)


def page(request: web.Request, *items: dict[str, Any], link: str = "deltaLink") -> web.Response:
    return web.json_response({"value": items, f"@odata.{link}": str(request.url.with_query("$token=1"))})


def failure(status: int, code: str, **headers: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": "…"}}, status=status, headers=headers)


async def test_ids_are_escaped_in_paths() -> None:
    """An id with a slash and an equals sign is one segment of the path."""
    paths = []

    async def answer(request: web.Request) -> web.Response:
        paths.append(request.raw_path.split("?")[0])
        return page(request)

    async with mail(answer) as remote:
        await remote.message_delta(INBOX, None, page_size=50)

    assert paths == ["/v1.0/me/mailFolders/In%2Fbox%3D/messages/delta"]


@pytest.mark.parametrize("link", ["https://elsewhere.example/v1.0/me/messages", "http://127.0.0.1:1/v1.0/x"])
async def test_a_link_elsewhere_never_gets_our_token(link: str) -> None:
    """A link of a service that has moved is read anew from nothing; a token goes to the service only."""

    async def answer(request: web.Request) -> web.Response:
        return page(request)

    async with mail(answer) as remote:
        with pytest.raises(CursorExpired, match="foreign_link"):
            await remote.message_delta(INBOX, link, page_size=50)


async def test_redirects_are_not_followed() -> None:
    """A redirect would carry the token away."""

    async def answer(request: web.Request) -> web.Response:
        raise web.HTTPFound("https://elsewhere.example/")

    async with mail(answer) as remote:
        with pytest.raises(Refused, match="http_302"):
            await remote.message_delta(INBOX, None, page_size=50)


async def test_a_refused_token_is_renewed_once_with_the_claims_asked_for() -> None:
    """401 with a claims challenge: one refresh passing the claims on, one more try."""
    tokens, seen = Tokens(), []
    challenge = 'Bearer error="insufficient_claims", claims="eyJhIjoxfQ=="'

    async def answer(request: web.Request) -> web.Response:
        seen.append(request.headers["Authorization"])
        if seen[-1] == "Bearer t1":
            return failure(401, "InvalidAuthenticationToken", **{"WWW-Authenticate": challenge})
        return page(request)

    async with mail(answer, tokens) as remote:
        await remote.message_delta(INBOX, None, page_size=50)

    assert (seen, tokens.claims) == (["Bearer t1", "Bearer t2"], '{"a":1}')


async def test_who_may_write_is_asked_when_the_request_is_ready_to_leave() -> None:
    """After the wait for a new token once more; what only reads is nobody's."""
    tokens, seen, asked = Tokens(), [], 0

    async def answer(request: web.Request) -> web.Response:
        seen.append(request.method)
        return failure(401, "InvalidAuthenticationToken")

    async def may_write() -> float:
        nonlocal asked
        asked += 1
        if tokens.number > 1:
            raise RetryLater("claim_lost")
        return 6.0

    change = RemoteOp(1, OpKind.SET, RemoteId("a"), {"is_seen": True})
    async with mail(answer, tokens) as remote:
        with pytest.raises(RetryLater, match="claim_lost"):
            await remote.under(may_write).apply([change])
        assert (seen, asked) == (["POST"], 2)
        with pytest.raises(SignInNeeded):
            await remote.under(may_write).message_delta(INBOX, None, page_size=50)
        with pytest.raises(SignInNeeded):
            await remote.apply([change])
    assert asked == 2


async def test_a_piece_of_a_file_asks_too() -> None:
    """It goes to an address of its own, without a token."""
    seen = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request.method)
        return web.json_response({}, status=201)

    async def may_write() -> float:
        raise RetryLater("claim_lost")

    async with mail(answer) as remote:
        url = f"{remote._client._base}/up"
        with pytest.raises(RetryLater, match="claim_lost"):
            await remote.under(may_write).upload_piece(url, 0, 1, b"x")
        assert seen == []
        await remote.upload_piece(url, 0, 1, b"x")
    assert seen == ["PUT"]


async def test_a_second_refusal_needs_a_person() -> None:
    """A fresh token refused, too: no loop."""
    seen = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request)
        return failure(401, "InvalidAuthenticationToken")

    async with mail(answer) as remote:
        with pytest.raises(SignInNeeded):
            await remote.message_delta(INBOX, None, page_size=50)

    assert len(seen) == 2


async def test_one_broken_message_costs_its_text_only() -> None:
    """A page that fails down to one message is read with contents apart; the others keep theirs."""
    asked = []

    async def answer(request: web.Request) -> web.Response:
        if request.path.endswith("$batch"):
            parts = (await request.json())["requests"]
            return web.json_response({"responses": [content(part) for part in parts]})
        asked.append(request.headers["Prefer"].rpartition("=")[2])
        if "body" in request.query["$select"]:
            return failure(500, "InternalServerError")
        return page(request, {"id": "good", "subject": "A"}, {"id": "broken", "subject": "B"})

    def content(part: dict[str, Any]) -> dict[str, Any]:
        if "broken" in part["url"]:
            error = {"error": {"code": "ErrorContentConversionFailed"}}
            return {"id": part["id"], "status": 500, "body": error}
        body = {"id": "good", "bodyPreview": "x", "body": {"contentType": "text", "content": "xyz"}}
        return {"id": part["id"], "status": 200, "body": body}

    async with mail(answer) as remote:
        found = await remote.message_delta(INBOX, None, page_size=50)

    assert asked == ["50", "12", "3", "1", "50"]
    assert [(m.subject, m.body and m.body.content) for m in found.messages] == [("A", "xyz"), ("B", None)]


async def test_in_the_middle_of_a_round_a_broken_message_restarts_it() -> None:
    """The query is fixed by a round's first request, so contents apart need a new round."""

    async def answer(request: web.Request) -> web.Response:
        if "$token" in request.query:
            return failure(500, "InternalServerError")
        return page(request, link="nextLink" if "body" in request.query["$select"] else "deltaLink")

    async with mail(answer) as remote:
        begun = await remote.message_delta(INBOX, None, page_size=50)
        with pytest.raises(CursorExpired):
            await remote.message_delta(INBOX, begun.next_link, page_size=50)
        found = await remote.message_delta(INBOX, None, page_size=50)

    assert found.delta_link


async def test_an_outage_is_no_broken_message() -> None:
    """When headers alone fail, too, the service is down: wait, and change nothing."""

    async def answer(request: web.Request) -> web.Response:
        return failure(500, "InternalServerError")

    async with mail(answer) as remote:
        with pytest.raises(RetryLater):
            await remote.message_delta(INBOX, None, page_size=50)


async def test_parts_missing_from_a_batch_are_tried_again_later() -> None:
    """The service may leave parts out; which ones is told by their ids, in any order."""

    async def answer(request: web.Request) -> web.Response:
        parts = (await request.json())["requests"]
        done = [{"id": part["id"], "status": 200, "body": {"id": "x"}} for part in reversed(parts)]
        return web.json_response({"responses": done[1:]})

    async with mail(answer) as remote:
        outcomes = await remote.apply([_read(number) for number in range(3)])

    assert [type(outcome.error) for outcome in outcomes] == [type(None), type(None), RetryLater]


async def test_without_permanent_delete_a_message_is_deleted_twice() -> None:
    """Outside the global cloud: to Deleted Items, and from there away; once, where it lies there already."""
    seen: list[str] = []
    held = {
        "/me/mailFolders/msgfolderroot": {"id": "root"},
        "/me/mailFolders/F": {"id": "F", "parentFolderId": "root"},
    }

    async def answer(request: web.Request) -> web.Response:
        if request.path.endswith("/mailFolders/deleteditems"):
            return web.json_response({"id": "trash"})
        return web.json_response({"responses": list(map(answered, (await request.json())["requests"]))})

    def answered(part: dict[str, Any]) -> dict[str, Any]:
        target = part["url"].partition("?")[0]
        if "/messages/" not in target:
            return {"id": part["id"], "status": 200 if target in held else 404, "body": held.get(target, {})}
        seen.append(part["method"])
        body = {"id": "M", "parentFolderId": "F" if len(seen) == 1 else "trash"}
        return {"id": part["id"], "status": 200, "body": body}

    removal = RemoteOp(1, OpKind.DESTROY, RemoteId("M"), {}, source=RemoteId("F"))
    async with mail(answer, has_permanent_delete=False) as remote:
        [outcome] = await remote.apply([removal])
        [again] = await remote.apply([replace(removal, attempts=1)])

    # The second time it lay in Deleted Items, perhaps by our hand.
    assert seen == ["GET", "DELETE", "DELETE", "GET", "DELETE"]
    assert again.error is None
    assert outcome.error is None


@pytest.mark.parametrize(
    ("me", "address", "is_own"),
    [
        ({"mail": "Info@Buero.example"}, "info@buero.EXAMPLE ", True),
        ({"userPrincipalName": "info@buero.example"}, "info@buero.example", True),
        (
            {"mail": "a@b.example", "proxyAddresses": ["SMTP:a@b.example", "smtp:info@buero.example"]},
            "info@buero.example",
            True,
        ),
        ({"mail": "anna@buero.example"}, "info@buero.example", False),
        ({"mail": "a@b.example", "proxyAddresses": ["SIP:info@buero.example"]}, "info@buero.example", False),
        ({"mail": None, "userPrincipalName": None, "proxyAddresses": None}, "info@buero.example", False),
    ],
)
async def test_only_the_entered_mailbox_is_accepted(me: dict[str, Any], address: str, is_own: bool) -> None:
    """Main address, sign-in name and aliases count, in any letter case."""

    async def answer(request: web.Request) -> web.Response:
        return web.json_response(me if request.path.endswith("/me") else {"id": "F"})

    async with mail(answer) as remote:
        if is_own:
            assert (await remote.verify(address)).casefold() == address.strip().casefold()
        else:
            with pytest.raises(Refused, match="wrong_mailbox"):
                await remote.verify(address)


async def test_an_account_without_a_mailbox_is_told_apart() -> None:
    """The sign-in works, but nothing is hosted there."""

    async def answer(request: web.Request) -> web.Response:
        if request.path.endswith("/me"):
            return web.json_response({"mail": "info@buero.example"})
        return failure(404, "MailboxNotEnabledForRESTAPI")

    async with mail(answer) as remote:
        with pytest.raises(Refused, match="no_mailbox"):
            await remote.verify("info@buero.example")


async def test_octets_of_a_vanished_attachment_are_an_error() -> None:
    """A stream that can't begin raises instead of giving nothing."""

    async def answer(request: web.Request) -> web.Response:
        return failure(404, "ErrorItemNotFound")

    async with mail(answer) as remote:
        with pytest.raises(RemoteConflict):
            [chunk async for chunk in remote.attachment_content(RemoteId("M"), RemoteId("A"))]


async def test_a_due_date_comes_with_a_start_date() -> None:
    """Graph refuses a flag with a due date alone."""
    bodies = []

    async def answer(request: web.Request) -> web.Response:
        [part] = (await request.json())["requests"]
        bodies.append(json.dumps(part["body"], sort_keys=True))
        return web.json_response({"responses": [{"id": "0", "status": 200, "body": {"id": "M"}}]})

    payload = {"is_flagged": True, "due_at": 1_788_249_600_000, "importance": 2}
    async with mail(answer) as remote:
        await remote.apply([RemoteOp(1, OpKind.SET, RemoteId("M"), payload)])

    at = {"dateTime": "2026-09-01T08:00:00", "timeZone": "UTC"}
    flag = {"flagStatus": "flagged", "startDateTime": at, "dueDateTime": at}
    assert json.loads(bodies[0]) == {"importance": "high", "flag": flag}


def _read(number: int) -> RemoteOp:
    return RemoteOp(number, OpKind.SET, RemoteId(f"M{number}"), {"is_seen": True})
