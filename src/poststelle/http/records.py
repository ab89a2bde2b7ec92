"""Activity records: whether a mailbox has them, and the list in which people find them."""

from datetime import datetime
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poststelle.access.trail import checked_period
from poststelle.http import authn
from poststelle.http.body import Body, account_id, instant, parse_account, query_int, read_body
from poststelle.http.errors import json_response
from poststelle.http.services import Services
from poststelle.lib.ids import decode_id, encode_id
from poststelle.mail import recording
from poststelle.model.activity import Activity
from poststelle.model.archive import Direction
from poststelle.model.errors import Invalid
from poststelle.model.ids import ACCOUNT, FOLDER, MESSAGE, THREAD, AccountId, MessageId
from poststelle.settings import recording as settings
from poststelle.store.activities import Place, Recording, Wanted

PAGE = 50


class RecordingBody(Body):
    is_on: bool


class RecordingRow(msgspec.Struct):
    """``turned_at``: when it was turned on or off; null: it never was."""

    is_on: bool
    turned_at: datetime | None


class RecordRow(msgspec.Struct):
    """``folder``: where the message still is; null: it has gone."""

    account: str
    message: str
    thread: str
    direction: str
    at: datetime
    subject: str
    preview: str
    contacts: list[list[str]]
    folder: str | None


def routes(services: Services) -> list[Route]:
    store, clock = services.store, services.clock

    async def option(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        return json_response(request, _option(await store.read(settings.get, who.user.id, account)))

    async def turn(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        body = await read_body(request, RecordingBody)
        await store.write(settings.turn, who.user.id, account, is_on=body.is_on, now=clock.now())
        return json_response(request, _option(await store.read(settings.get, who.user.id, account)))

    async def records(request: Request) -> Response:
        who = await authn.bearer(services, request)
        asked = request.query_params
        account = parse_account(asked["account"]) if "account" in asked else None
        limit = max(1, min(query_int(request, "limit") or PAGE, recording.MOST_AT_ONCE))
        wanted: dict[str, Any] = {"below": _place(asked.get("before")), "limit": limit}
        found = await store.read(recording.find, who.user.id, account, _wanted(request), **wanted)
        more = _cursor(found[-1]) if len(found) == limit else None
        return json_response(request, {"records": [_row(one) for one in found], "next": more})

    base = "/api/mailboxes/{account}/recording"
    return [
        Route(base, option, methods=["GET"]),
        Route(base, turn, methods=["PUT"]),
        Route("/api/records", records, methods=["GET"]),
    ]


def _wanted(request: Request) -> Wanted:
    """Raises Invalid for what can't be meant."""
    asked = request.query_params
    direction = asked.get("direction")
    if direction is not None and direction not in set(Direction):
        raise Invalid("direction", "invalid_direction", "The direction is in or out.")
    since, until = instant(request, "since"), instant(request, "until")
    checked_period(since, until)
    return Wanted(
        words=recording.sought(asked.get("q", "")),
        email=asked.get("email") or None,
        direction=None if direction is None else Direction(direction),
        since=since,
        until=until,
    )


def _cursor(one: Activity) -> str:
    at, account, message = recording.place_of(one)
    return f"{at}-{encode_id(ACCOUNT, account)}-{encode_id(MESSAGE, message)}"


def _place(text: str | None) -> Place | None:
    """The place that a cursor of ours names. Raises Invalid."""
    if text is None:
        return None
    at, _, rest = text.partition("-")
    account, _, message = rest.partition("-")
    ids = decode_id(ACCOUNT, account), decode_id(MESSAGE, message)
    if not (at.isascii() and at.isdecimal() and len(at) <= 15) or ids[0] is None or ids[1] is None:
        raise Invalid("before", "invalid_cursor", "before is what an earlier answer called next.")
    return Place(int(at), AccountId(ids[0]), MessageId(ids[1]))


def _option(found: Recording | None) -> RecordingRow:
    return RecordingRow(False, None) if found is None else RecordingRow(found.is_on, found.turned_at)


def _row(one: Activity) -> RecordRow:
    return RecordRow(
        account=encode_id(ACCOUNT, one.account_id),
        message=encode_id(MESSAGE, one.message_id),
        thread=encode_id(THREAD, one.thread_id),
        direction=one.direction.value,
        at=one.at,
        subject=one.subject,
        preview=one.preview,
        contacts=[[person.name, person.email] for person in one.contacts],
        folder=None if one.folder_id is None else encode_id(FOLDER, one.folder_id),
    )
