"""``/api/webhooks``: programs that are told of activity records; ``/api/records/erasures``: a contact is
forgotten.
"""

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poststelle.http import authn
from poststelle.http.body import Body, given, parse_account, path_number, read_body
from poststelle.http.errors import json_response
from poststelle.http.services import Services
from poststelle.http.shapes import Instant
from poststelle.lib.ids import encode_id
from poststelle.mail.passing_on import record_id
from poststelle.model.errors import Invalid, NotFound
from poststelle.model.ids import ACCOUNT, DELIVERY, WEBHOOK, DeliveryId, UserId, WebhookId
from poststelle.model.webhook import Delivery, DeliveryState
from poststelle.push.reach import BadAddress
from poststelle.settings import recording, webhooks
from poststelle.settings.webhooks import Change, WebhookSheet


class NewWebhookBody(Body):
    """``account`` null: it is told of all mailboxes' records."""

    name: str
    url: str
    account: str | None = None


class WebhookPatchBody(Body):
    """What is left out stays as it is."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    url: str | msgspec.UnsetType = msgspec.UNSET
    is_paused: bool | msgspec.UnsetType = msgspec.UNSET


class ErasureBody(Body):
    email: str


class WebhookRow(msgspec.Struct):
    """``url`` null: what it was sealed with is gone. ``failing_since``: nothing was taken since; ``problem``:
    what was answered last, null when that was taken. ``is_given_up``: paused because nothing was taken for
    days. ``has_former_secret``: the secret before the present one signs, too.
    """

    id: str
    name: str
    url: str | None
    account: str | None
    created_at: Instant
    has_former_secret: bool
    paused_at: Instant | None
    is_given_up: bool
    failing_since: Instant | None
    taken_at: Instant | None
    problem: str | None
    next_at: Instant | None
    waiting: int
    refused: int


class NewWebhookRow(msgspec.Struct):
    """``secret`` is told this once."""

    webhook: WebhookRow
    secret: str


class TriedRow(msgspec.Struct):
    """``answer``: the status, or the name of an error."""

    is_taken: bool
    answer: str


class DeliveryRow(msgspec.Struct):
    """``event``: the id that the receiver was sent. ``state``: waiting, taken, refused or dropped.

    ``answer`` is that of the last of ``attempts``.
    """

    id: str
    event: str
    kind: str
    record: str
    state: DeliveryState
    attempts: int
    tried_at: Instant | None
    answer: str | None


class ErasedRow(msgspec.Struct):
    """How many records went, and how many stay for their other contacts."""

    erased: int
    changed: int


def routes(services: Services) -> list[Route]:
    store, ring, clock = services.store, services.ring, services.clock

    async def list_all(request: Request) -> Response:
        who = await authn.bearer(services, request)
        found = await store.read(webhooks.sheets, who.user.id, ring)
        return json_response(request, {"webhooks": [_row(one) for one in found]})

    async def add(request: Request) -> Response:
        who = await authn.bearer(services, request)
        body = await read_body(request, NewWebhookBody)
        await store.read(webhooks.sheets, who.user.id, ring)  # who may not is told before a name is looked up
        url = await _checked(services, body.url)
        account = None if body.account is None else parse_account(body.account)
        wanted = (who.user.id, body.name, url, account)
        made, secret = await store.write(webhooks.add, *wanted, ring=ring, now=clock.now())
        return json_response(request, NewWebhookRow(await row(who.user.id, made), secret), status=201)

    async def change(request: Request) -> Response:
        who, webhook = await authn.bearer(services, request), _webhook(request)
        body = await read_body(request, WebhookPatchBody)
        await store.read(webhooks.sheet, who.user.id, webhook, ring)
        url = given(body.url)
        url = None if url is None else await _checked(services, url)
        wanted = Change(given(body.name), url, given(body.is_paused))
        await store.write(webhooks.change, who.user.id, webhook, wanted, ring=ring, now=clock.now())
        return json_response(request, await row(who.user.id, webhook))

    async def remove(request: Request) -> Response:
        who, webhook = await authn.bearer(services, request), _webhook(request)
        await store.write(webhooks.remove, who.user.id, webhook, clock.now())
        return json_response(request, {})

    async def renew(request: Request) -> Response:
        who, webhook = await authn.bearer(services, request), _webhook(request)
        secret = await store.write(webhooks.renew_secret, who.user.id, webhook, ring=ring, now=clock.now())
        return json_response(request, NewWebhookRow(await row(who.user.id, webhook), secret))

    async def end_former(request: Request) -> Response:
        who, webhook = await authn.bearer(services, request), _webhook(request)
        await store.write(webhooks.end_former, who.user.id, webhook, ring=ring, now=clock.now())
        return json_response(request, await row(who.user.id, webhook))

    async def try_out(request: Request) -> Response:
        who, webhook = await authn.bearer(services, request), _webhook(request)
        outbound = services.herald.outbound
        is_taken, answer = await webhooks.try_out(
            store, who.user.id, webhook, ring=ring, outbound=outbound, clock=clock
        )
        return json_response(request, TriedRow(is_taken, answer))

    async def deliveries(request: Request) -> Response:
        who, webhook = await authn.bearer(services, request), _webhook(request)
        found = await store.read(webhooks.deliveries, who.user.id, webhook)
        return json_response(request, {"deliveries": [_delivery(one) for one in found]})

    async def send_again(request: Request) -> Response:
        who, webhook = await authn.bearer(services, request), _webhook(request)
        wanted = (who.user.id, webhook, _delivery_id(request), clock.now())
        return json_response(request, _delivery(await store.write(webhooks.send_again, *wanted)))

    async def drop(request: Request) -> Response:
        who, webhook = await authn.bearer(services, request), _webhook(request)
        wanted = (who.user.id, webhook, _delivery_id(request), clock.now())
        return json_response(request, _delivery(await store.write(webhooks.drop, *wanted)))

    async def erase(request: Request) -> Response:
        who = await authn.bearer(services, request)
        body = await read_body(request, ErasureBody)
        gone = await recording.erase_contact(store, who.user.id, body.email, clock.now())
        return json_response(request, ErasedRow(gone.erased, gone.changed))

    async def row(by: UserId, webhook: WebhookId) -> WebhookRow:
        return _row(await store.read(webhooks.sheet, by, webhook, ring))

    one = "/api/webhooks/{webhook}"
    return [
        Route("/api/webhooks", list_all, methods=["GET"]),
        Route("/api/webhooks", add, methods=["POST"]),
        Route(one, change, methods=["PATCH"]),
        Route(one, remove, methods=["DELETE"]),
        Route(f"{one}/secret", renew, methods=["POST"]),
        Route(f"{one}/former-secret", end_former, methods=["DELETE"]),
        Route(f"{one}/test", try_out, methods=["POST"]),
        Route(f"{one}/deliveries", deliveries, methods=["GET"]),
        Route(f"{one}/deliveries/{{delivery}}/send", send_again, methods=["POST"]),
        Route(f"{one}/deliveries/{{delivery}}", drop, methods=["DELETE"]),
        Route("/api/records/erasures", erase, methods=["POST"]),
    ]


async def _checked(services: Services, url: str) -> str:
    """Raises Invalid for where nothing may be sent."""
    try:
        await services.herald.outbound.check(url.strip())
    except BadAddress as problem:
        raise Invalid("url", "invalid_url", f"Nothing can be sent there: {problem}.") from problem
    return url.strip()


def _webhook(request: Request) -> WebhookId:
    missing = NotFound("no_such_webhook", "There is no such webhook.")
    return WebhookId(path_number(request, "webhook", WEBHOOK, missing))


def _delivery_id(request: Request) -> DeliveryId:
    missing = NotFound("no_such_delivery", "There is no such delivery.")
    return DeliveryId(path_number(request, "delivery", DELIVERY, missing))


def _row(found: WebhookSheet) -> WebhookRow:
    one = found.webhook
    return WebhookRow(
        id=encode_id(WEBHOOK, one.id),
        name=one.name,
        url=found.url,
        account=None if one.account_id is None else encode_id(ACCOUNT, one.account_id),
        created_at=one.created_at,
        has_former_secret=found.has_former,
        paused_at=one.paused_at,
        is_given_up=one.is_given_up,
        failing_since=one.failing_since,
        taken_at=one.taken_at,
        problem=one.problem,
        next_at=one.next_at if one.failures else None,
        waiting=found.waiting,
        refused=found.refused,
    )


def _delivery(one: Delivery) -> DeliveryRow:
    return DeliveryRow(
        id=encode_id(DELIVERY, one.id),
        event=one.event,
        kind=one.kind.value,
        record=record_id(one.account_id, one.message_id),
        state=one.state,
        attempts=one.attempts,
        tried_at=one.tried_at,
        answer=one.answer,
    )
